"""The main job on 1,000 real rows: every count again, counted independently."""

import gzip
import json
from collections import defaultdict
from pathlib import Path

import pytest

from cit_platform_tests.conftest import Cit

pytestmark = pytest.mark.pipeline


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, sample: Path) -> Cit:
    cit = Cit(
        tmp_path_factory.mktemp("real") / "home",
        {"CIT_SOURCE": "file", "CIT_SOURCE_PATH": str(sample), "CIT_AS_OF": "2026-11-20"},
    )
    cit.printed = cit.refreshed()  # type: ignore[attr-defined]
    return cit


def independent_count(sample: Path) -> dict[str, int]:
    """The rules that apply to this sample, in plain Python and in their order."""
    rows = json.loads(sample.read_text())
    counts: dict[str, int] = defaultdict(int)
    reports = defaultdict(set)
    for row in rows:
        reports[row["template_id"]].add((row["officer_id"].strip(), row["cit_certified_indicator"]))
    kept = [row for row in rows if len(reports[row["template_id"]]) == 1]
    for row in kept:
        years = int(row["officer_years_of_experience"])
        counts["unknown" if years == -1 else "known" if 0 <= years <= 45 else "impossible"] += 1
    counts["contact_conflict"] = len(rows) - len(kept)
    counts["clean"] = len(kept)
    counts["force"] = sum(row["use_of_force_indicator"] == "Y" for row in kept)
    counts["certified"] = sum(row["cit_certified_indicator"] == "Y" for row in kept)
    return dict(counts)


def test_the_counts_equal_an_independent_count(real: Cit, sample: Path) -> None:
    excluded = real.published("exclusions").set_index("rule")["records"]
    manifest = json.loads((real.latest / "manifest.json").read_text())
    clean = real.lake.frame("clean/records")
    counted = independent_count(sample)
    assert counted == {
        "unknown": 59,
        "impossible": 30,
        "known": 875,
        "contact_conflict": 36,
        "clean": 964,
        "force": 20,
        "certified": 26,
    }
    assert clean["experience_status"].value_counts().to_dict() == {
        status: counted[status] for status in ("known", "unknown", "impossible")
    }
    assert excluded[excluded > 0].to_dict() == {rule: counted[rule] for rule in excluded[excluded > 0].index}
    assert set(excluded[excluded > 0].index) == {"contact_conflict"}
    assert (manifest["rows_received"], manifest["rows_clean"], manifest["rows_excluded"]) == (1000, 964, 36)
    assert (int(clean["force"].sum()), int(clean["cit_certified"].sum())) == (20, 26)


def test_what_cannot_be_estimated_says_so_by_name_and_reason(real: Cit) -> None:
    estimates = real.published("estimates")
    exposure = estimates[(estimates["term"] == "cit_certified") & (estimates["outcome"] == "force")]
    assert not exposure.empty
    assert not exposure["converged"].any()
    assert exposure["estimate"].isna().all()
    assert exposure["note"].str.contains("too few events").all()
    page = (real.latest / "index.html").read_text()
    assert "cannot be estimated" in page
    assert "too few events" in page
    assert "cannot be estimated" in real.printed.lower()  # type: ignore[attr-defined]


def test_real_records_are_not_called_a_demonstration(real: Cit) -> None:
    assert "Demonstration data" not in (real.latest / "index.html").read_text()
    assert json.loads((real.latest / "manifest.json").read_text())["demonstration"] is False
    assert not (real.latest / "tables" / "truth.csv").exists()


def test_no_badge_number_and_no_birth_date_leaves_raw(real: Cit, sample: Path) -> None:
    rows = json.loads(sample.read_text())
    births = {row["officer_year_of_birth"] for row in rows if "officer_year_of_birth" in row}
    for table in real.latest.glob("tables/*.csv*"):
        text = (gzip.decompress(table.read_bytes()) if table.suffix == ".gz" else table.read_bytes()).decode()
        assert not any(birth in text for birth in births), table.name
        assert "officer_id" not in text.splitlines()[0]
        assert "officer_key" not in text.splitlines()[0]
