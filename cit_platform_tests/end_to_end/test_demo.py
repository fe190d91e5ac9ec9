"""The main job on the demonstration city, in the size that newcomers see."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from cit_platform.contracts import TABLES
from cit_platform.publishing.contents import topics
from cit_platform.publishing.edition.hold import HEADLINES
from cit_platform.publishing.parts.figure_provenance import BANNER
from cit_platform_tests.conftest import REPOSITORY, Cit

pytestmark = pytest.mark.pipeline


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Cit:
    """The default city, under a path with blanks and an umlaut."""
    cit = Cit(tmp_path_factory.mktemp("a home") / "für alle", {"CIT_AS_OF": "2026-11-20"})
    cit.printed = cit.refreshed()  # type: ignore[attr-defined]
    return cit


def test_it_prints_a_line_per_asset_the_findings_and_the_page(city: Cit) -> None:
    printed: str = city.printed  # type: ignore[attr-defined]
    written = [line.split()[0] for line in printed.splitlines() if " rows" in line[34:] and " WARN " not in line]
    assert sorted(written) == sorted(TABLES)
    # Of the findings the headlines alone, and not a page of them.
    after = printed.partition("published/edition")[2].splitlines()[1:]
    assert len(after) <= 8
    found = {each["key"]: each["sentence"] for each in json.loads((city.latest / "findings.json").read_text())}
    for key in HEADLINES:
        assert found[key] in after
    assert f"All {len(found)} findings: {city.latest / 'findings.json'}" in after
    assert any(line.startswith("Warnings: ") and "quality/exposure: " in line for line in after)
    assert f"Page: {city.latest / 'index.html'}" in printed


def beside_truth(city: Cit, variant: str) -> pd.DataFrame:
    """Coefficients of a variant beside their large-city values."""
    estimates, truth = city.published("estimates"), city.published("truth")
    estimates = estimates[estimates["model"].isin(["force", "disposition"]) & (estimates["variant"] == variant)]
    keys = ["model", "variant", "unit", "outcome", "term", "level"]
    known = truth.fillna({"level": ""})[[*keys, "value", "causal_value"]]
    return estimates.fillna({"level": ""}).merge(known, on=keys)


@pytest.mark.parametrize(
    ("variant", "terms"),
    [
        ("officer_clustered", {"cit_certified", "experience_years", "call_risk", "precinct"}),
        ("primary", {"cit_certified", "year", "records_system", "watch", "experience", "call_risk", "precinct"}),
    ],
)
def test_every_coefficient_is_near_its_large_city_value(city: Cit, variant: str, terms: set[str]) -> None:
    both = beside_truth(city, variant)
    assert {"force", "arrest", "emergent_detention", "referral"} <= set(both["outcome"])
    assert terms <= set(both["term"])
    distance = ((both["estimate"] - both["value"]) / both["std_error"]).abs()
    assert distance.notna().all()
    assert (distance < 3.5).all(), both.assign(distance=distance).nlargest(5, "distance").to_string()


def test_the_primary_estimates_are_of_what_certification_does_and_the_published_ones_are_not(city: Cit) -> None:
    """The city has the defects that real prints show: 2015 without certification, a form that changed in 2019."""
    by_variant = {}
    for variant in ("officer_clustered", "primary"):
        both = beside_truth(city, variant)
        certified = both[both["term"] == "cit_certified"].set_index("outcome")
        by_variant[variant] = (certified["value"] - certified["causal_value"]).abs()
    assert (by_variant["primary"] < 0.05).all()
    assert by_variant["officer_clustered"].max() > 0.1


def test_the_association_of_certification_with_force_is_found_and_said(city: Cit) -> None:
    both = beside_truth(city, "primary")
    row = both[(both["outcome"] == "force") & (both["term"] == "cit_certified")].iloc[0]
    assert row["conf_high"] < 1
    page = (city.latest / "index.html").read_text()
    assert "associated with" in page
    assert "mention force less often" in city.printed  # type: ignore[attr-defined]


def test_every_interval_can_be_computed_again_from_the_edition_alone(city: Cit) -> None:
    script = REPOSITORY / "docs" / "recompute.py"
    found = subprocess.run(
        [sys.executable, "-I", str(script), str(city.latest)], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout + found.stderr
    assert found.stdout.count(" agree; ") == found.stdout.count("\n") >= 18


def test_demonstration_data_say_so_on_the_page_and_in_every_figure(city: Cit) -> None:
    page = (city.latest / "index.html").read_text()
    assert page.index(BANNER) < page.index("<h1")
    figures = list((city.latest / "figures").glob("*.json"))
    assert {figure.stem for figure in figures} == {topic.chart for topic in topics() if topic.chart}
    for figure in figures:
        assert BANNER in figure.read_text().replace("<br>", " "), figure.name


def test_the_page_is_light(city: Cit) -> None:
    assert (city.latest / "index.html").stat().st_size <= 600_000


def test_received_records_are_clean_or_excluded_exactly(city: Cit) -> None:
    manifest = json.loads((city.latest / "manifest.json").read_text())
    assert manifest["rows_received"] == manifest["rows_clean"] + manifest["rows_excluded"]
    assert manifest["rows_received"] >= 110_000
    assert manifest["demonstration"] is True


def test_a_second_refresh_says_what_it_skips_and_why(city: Cit) -> None:
    before = city.state()
    printed = city.refreshed()
    assert "Skipped, no asset recomputed: nothing new: edition" in printed
    assert "Page:" in printed
    assert city.state() == before


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("codebook/seattle/dispositions.csv", "SHELTER TRANSPORT,referral", "SHELTER TRANSPORT,no_action"),
        ("transforms/features/contacts.sql", "select", "select "),
    ],
)
def test_a_changed_codebook_or_code_is_not_skipped(
    small_city: Cit, tmp_path: Path, file: str, old: str, new: str
) -> None:
    checkout = tmp_path / "checkout"
    shutil.copytree(
        REPOSITORY / "cit_platform", checkout / "cit_platform", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(REPOSITORY / "dagster.yaml", checkout)
    changed = checkout / "cit_platform" / file
    assert old in changed.read_text()
    changed.write_text(changed.read_text().replace(old, new, 1))
    done = Cit(small_city.home, small_city.env, checkout)("doctor")
    assert "would run: the code or the codebook changed" in done.stdout
