"""The analyst's files: notebook and R script end with the printed headline; package and citation are what they say."""

import csv
import gzip
import hashlib
import importlib.util
import json
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
import yaml
from jsonschema import Draft7Validator

from cit_platform_tests.publishing import studied
from cit_platform_tests.publishing.conftest import Built

# The schema of the Citation File Format 1.2.0 as its authors publish it (CC BY 4.0). Their program cffconvert asks for
# a jsonschema before version 4, and frictionless for a later one.
CFF_SCHEMA = Path(__file__).with_name("cff-1.2.0.schema.json")
# Of Table Schema, version 1: how a value of each type is printed.
PRINTS = {
    "string": r".*",
    "integer": r"-?\d+",
    "number": r"-?\d+(\.\d+)?(e[+-]\d+)?|inf|-inf",
    "boolean": r"true|false",
    "date": r"\d{4}-\d\d-\d\d",
    "datetime": r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?",
}


def cells_run(edition: Path) -> "subprocess.CompletedProcess[str]":
    """The notebook's cells in their order, in a Python that cannot see this project."""
    cells = json.loads((edition / "analysis" / "headline.ipynb").read_text(encoding="utf-8"))["cells"]
    program = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    return subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, check=False, cwd=edition / "analysis"
    )


def headline_of(edition: Path) -> dict[str, str]:
    findings = json.loads((edition / "findings.json").read_text(encoding="utf-8"))
    return next(finding for finding in findings if finding["key"] == "force_odds_ratio")


def changed(edition: Path, copy: Path) -> Path:
    """A copy whose covariances are a ten-thousandth greater."""
    shutil.copytree(edition, copy)
    file = copy / "tables" / "fit_matrices.csv.gz"
    frame = pd.read_csv(file, keep_default_na=False, na_values=[""])
    frame["covariance"] *= 1 + 1e-4
    frame.to_csv(file, index=False)
    return copy


def test_the_notebook_ends_with_the_printed_odds_ratio(built: Built, tmp_path: Path) -> None:
    edition = built("higher", models=studied.models)
    done = cells_run(edition)
    assert done.returncode == 0, done.stderr
    headline = headline_of(edition)
    assert f"as printed: {headline['estimate']} ({headline['interval']})" in done.stdout
    assert f"odds ratio {headline['numbers']['estimate']:.4g}, 95 % interval" in done.stdout  # type: ignore[index]
    assert cells_run(changed(edition, tmp_path / "changed")).returncode != 0


def test_the_notebook_of_an_edition_without_the_number_says_why(built: Built) -> None:
    done = cells_run(built("cannot", models=studied.models))
    assert done.returncode == 0, done.stderr
    assert "cannot be estimated" in done.stdout


def test_the_notebook_is_one_of_format_4_5(built: Built) -> None:
    notebook = json.loads((built("lower") / "analysis" / "headline.ipynb").read_text(encoding="utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(ids) == len(set(ids))
    assert all(cell["outputs"] == [] for cell in notebook["cells"] if cell["cell_type"] == "code")
    if importlib.util.find_spec("nbformat"):
        import nbformat

        nbformat.validate(nbformat.from_dict(notebook))


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not here")
def test_the_script_for_r_ends_with_the_printed_odds_ratio(built: Built, tmp_path: Path) -> None:
    edition = built("higher", models=studied.models)

    def run(folder: Path) -> "subprocess.CompletedProcess[str]":
        command = ["Rscript", "--vanilla", "headline.R"]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder / "analysis")

    done = run(edition)
    assert done.returncode == 0, done.stderr
    assert f"odds ratio {headline_of(edition)['numbers']['estimate']:.4g}," in done.stdout  # type: ignore[index]
    assert run(changed(edition, tmp_path / "changed")).returncode != 0
    without = run(built("cannot", models=studied.models))
    assert (without.returncode, "cannot be estimated" in without.stdout) == (0, True)


def test_every_value_is_of_the_type_that_the_data_package_states(built: Built) -> None:
    edition = built("higher", models=studied.models)
    package = json.loads((edition / "datapackage.json").read_text(encoding="utf-8"))
    assert re.fullmatch(r"[a-z0-9._/-]+", package["name"])
    assert len({resource["name"] for resource in package["resources"]}) == len(package["resources"])
    for resource in package["resources"]:
        content = (edition / resource["path"]).read_bytes()
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert (len(content), digest) == (resource["bytes"], resource["hash"])
        text = gzip.decompress(content) if "compression" in resource else content
        rows = list(csv.DictReader(text.decode("utf-8").splitlines()))
        schema = json.loads((edition / resource["schema"]).read_text(encoding="utf-8"))
        fields = {field["name"]: field["type"] for field in schema["fields"]}
        assert rows
        assert list(rows[0]) == list(fields)
        wrong = [
            (resource["name"], name, row[name])
            for row in rows
            for name, kind in fields.items()
            if row[name] and not re.fullmatch(PRINTS[kind], row[name], re.DOTALL)
        ]
        assert wrong == []
        key = schema.get("primaryKey", [])
        assert not key or len({tuple(row[name] for name in key) for row in rows}) == len(rows)


@pytest.mark.skipif(importlib.util.find_spec("frictionless") is None, reason="frictionless is not here")
def test_frictionless_finds_the_package_valid(built: Built) -> None:
    from frictionless import validate

    report = validate(str(built("higher", models=studied.models) / "datapackage.json"))
    assert report.valid, report.flatten(["message"])


def test_the_citation_has_what_the_format_asks_for(built: Built) -> None:
    cited = yaml.safe_load((built("lower") / "CITATION.cff").read_text(encoding="utf-8"))
    schema = json.loads(CFF_SCHEMA.read_text(encoding="utf-8"))
    validator = Draft7Validator(schema, format_checker=Draft7Validator.FORMAT_CHECKER)
    assert [error.message for error in validator.iter_errors(cited)] == []
    assert [error.validator for error in validator.iter_errors({**cited, "type": "data"})] == ["enum"]
    assert list(validator.iter_errors({name: cited[name] for name in cited if name != "authors"}))
    assert (cited["cff-version"], cited["type"]) == ("1.2.0", "dataset")
    assert date.fromisoformat(str(cited["date-released"]))
    assert all(author.get("name") for author in cited["authors"])
    assert all(isinstance(cited[name], str) and cited[name] for name in ("message", "title", "version", "abstract"))
