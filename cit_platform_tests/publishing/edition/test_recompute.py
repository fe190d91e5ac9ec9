"""docs/recompute.py gives the intervals of a real edition again, and notices a number that was changed."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

from cit_platform.publishing.parts.between_editions import without_private_terms
from cit_platform_tests.conftest import REPOSITORY
from cit_platform_tests.publishing import studied

SCRIPT = REPOSITORY / "docs" / "recompute.py"


def recomputed(edition: Path) -> subprocess.CompletedProcess[str]:
    """In a Python that cannot see this project."""
    return subprocess.run(
        [sys.executable, "-I", str(SCRIPT), str(edition)], capture_output=True, text=True, check=False, cwd=edition
    )


def script() -> dict[str, Any]:
    """What the script defines, in this process: a Python of its own takes seconds to begin."""
    names: dict[str, Any] = {"__name__": "recompute"}
    exec(compile(SCRIPT.read_text(encoding="utf-8"), str(SCRIPT), "exec"), names)
    return names


def change(edition: Path, table: str, changed: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    [file] = (edition / "tables").glob(f"{table}.csv*")
    frame = pd.read_csv(file, keep_default_na=False, na_values=[""], dtype={"reason": str})
    changed(frame).to_csv(file, index=False)


def test_every_interval_of_an_edition_is_found_again(built) -> None:  # type: ignore[no-untyped-def]
    found = recomputed(built("higher", models=studied.models))
    assert found.returncode == 0, found.stdout + found.stderr
    said = found.stdout.splitlines()
    for model in ("force", "disposition"):
        assert any(re.match(rf"{model}/published: \d+ standard errors of the model agree", line) for line in said)
        assert any(re.match(rf"{model}/\w+: \d+ standard errors without allowance", line) for line in said)
    assert sum("limits of risk differences agree" in line for line in said) == 2
    assert any(line.startswith("disposition/") and ": 8 limits of risk differences" in line for line in said)
    assert all(" agree; " in line for line in said)


@pytest.mark.parametrize(
    ("table", "column", "what"),
    [
        ("estimates", "conf_high", "upper limits"),
        ("estimates", "std_error", "standard errors"),
        ("estimates", "std_error_cr1", "without allowance"),
        ("fit_matrices", "covariance", "standard errors"),
        ("fit_matrices", "information", "standard errors of the model"),
        ("absolute_risk", "risk_difference_conf_low", "limits of risk differences"),
        ("risk_gradients", "gradient_certified", "limits of risk differences"),
    ],
)
def test_a_number_that_was_changed_is_noticed(
    built,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    table: str,
    column: str,
    what: str,  # type: ignore[no-untyped-def]
) -> None:
    edition = tmp_path / "edition"
    shutil.copytree(built("higher", models=studied.models) / "tables", edition / "tables")
    # Of some fifty fits two: the script takes them one by one.
    change(edition, "fit_matrices", lambda pairs: pairs[pairs["variant"].isin(["published", "primary"])])
    change(edition, table, lambda rows: rows.assign(**{column: rows[column] * (1 + 1e-4)}))
    assert script()["main"](edition) == 1
    assert any(what in line and "DO NOT AGREE" in line for line in capsys.readouterr().out.splitlines())


def test_between_monthly_editions_what_is_left_is_compared(built, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    edition = tmp_path / "edition"
    shutil.copytree(built("higher", models=studied.models) / "tables", edition / "tables")
    (edition / "manifest.json").write_text('{"officer_attributes": false}')
    for name in ("estimates", "fit_matrices", "risk_gradients"):
        change(edition, name, lambda rows, name=name: without_private_terms({name: rows})[name])
    found = recomputed(edition)
    assert found.returncode == 0, found.stdout + found.stderr
    assert "own attributes are left out" in found.stdout
    assert "standard errors agree" in found.stdout
    assert "without allowance" not in found.stdout


def test_an_edition_without_numbers_says_so(built) -> None:  # type: ignore[no-untyped-def]
    found = recomputed(built("cannot", models=studied.models))
    assert (found.returncode, found.stdout) == (0, "No fit of this edition has numbers: nothing to recompute.\n")


@pytest.mark.parametrize("df", [1.0, 1.7, 4.0, 12.3, 250.0, np.inf])
def test_its_quantiles_are_those_of_t(df: float) -> None:
    assert script()["t_quantile"](df) == pytest.approx(student.ppf(0.975, df), rel=1e-10)
