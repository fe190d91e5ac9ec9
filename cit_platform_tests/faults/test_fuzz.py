"""Rows nobody foresaw: each is clean, or excluded under a rule, or the run is refused by name."""

import json
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cit_platform.contracts.raw import SOURCE_FIELDS
from cit_platform.storage.lake import Lake

pytestmark = pytest.mark.pipeline

STAGES = ("raw/records", "clean/exclusions", "clean/records", "features/records", "features/contacts")
ROWS_PER_RUN, RUNS = 2_000, 2

# What the source is known to print, what it might, and anything at all.
KNOWN: dict[str, list[Any]] = {
    "template_id": ["64522", "25412697826", " 1", "-", "", None],
    "reported_date": ["2015-07-19T00:00:00", "2019-02-30", "1900-01-01T00:00:00", "2031-01-01", "", None],
    "reported_time": ["02:21:00", "24:00:00", "7", None],
    "occured_date_time": ["2015-07-19T01:00:00.000", "1900-01-01T00:00:00.000", "2015-13-01T00:00:00.000", None],
    "disposition": ["Subject Arrested", "Emergent Detention / ITA", "emergent detention/ita", "New Thing", "-", None],
    "initial_call_type": ["SERVICE - WELFARE CHECK", "WEAPN - GUN,DEADLY WPN (NO THRTS/ASLT/DIST)", "MYSTERY", None],
    "officer_id": ["7497  ", "7497", "-", None],
    "officer_year_of_birth": ["1985-03-09T00:00:00", "1900", "85", None],
    "officer_years_of_experience": ["1", "-1", "46", "12.7", "1e1", "0x1F", "inf", "99999999999999999999", "", None],
}
INDICATORS = [field.name for field in SOURCE_FIELDS if field.name.startswith("cit_") or "indicator" in field.name]
ANYTHING = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)


def value(field: str) -> st.SearchStrategy[Any]:
    if field in INDICATORS:
        return st.sampled_from(["Y", "N", "y", " N ", "Yes", "no", "1", "0", "-", "Unknown", "", None])
    known = st.sampled_from(KNOWN.get(field, ["NORTH", "-", "FK ERROR", None]))
    return known | known | ANYTHING


ROW = st.fixed_dictionaries({field.name: value(field.name) for field in SOURCE_FIELDS})
SEEDS = st.lists(ROW, min_size=40, max_size=40)


def many(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """2,000 rows from 40 drawn ones: each field from a row of its own, so that faults meet in every combination."""
    fields = [field.name for field in SOURCE_FIELDS]
    return [
        {name: rows[(i * (place + 1) + i // 40) % len(rows)][name] for place, name in enumerate(fields)}
        for i in range(ROWS_PER_RUN)
    ]


@pytest.fixture(scope="module")
def cleaning_job() -> dg.JobDefinition:
    from cit_platform.definitions import defs

    return defs.resolve_job_def("refresh")


@settings(max_examples=RUNS, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(rows=SEEDS)
def test_every_row_is_clean_or_excluded_or_the_run_is_refused_by_name(
    cleaning_job: dg.JobDefinition, rows: list[dict[str, Any]]
) -> None:
    with tempfile.TemporaryDirectory() as directory, pytest.MonkeyPatch.context() as environment:
        home = Path(directory) / "home"
        file = Path(directory) / "rows.json"
        fuzzed = many(rows)
        file.write_text(json.dumps([{k: v for k, v in row.items() if v is not None} for row in fuzzed]))
        for name, text in {"HOME": home, "SOURCE": "file", "SOURCE_PATH": file, "AS_OF": date(2026, 3, 1)}.items():
            environment.setenv(f"CIT_{name}", str(text))
        stages = [
            dg.AssetKey(["raw", "records"]),
            dg.AssetKey(["clean", "exclusions"]),
            dg.AssetKey(["clean", "records"]),
        ]
        stages += [dg.AssetKey(["features", "records"]), dg.AssetKey(["features", "contacts"])]
        config = {"loggers": {"progress": {"config": {}}}}
        result = cleaning_job.execute_in_process(run_config=config, asset_selection=stages, raise_on_error=False)
        if result.success:
            assert_each_row_once(Lake(home), len(fuzzed))
        else:
            assert_refused_by_name(result)


def assert_each_row_once(lake: Lake, n: int) -> None:
    received = set(lake.frame("raw/records", ["record_id"])["record_id"])
    clean = list(lake.frame("clean/records", ["record_id"])["record_id"])
    excluded = list(lake.frame("clean/exclusions", ["record_id"])["record_id"])
    assert len(received) == n
    assert len(clean) + len(excluded) == n
    assert set(clean) | set(excluded) == received


def assert_refused_by_name(result: dg.ExecuteInProcessResult) -> None:
    failures = [event for event in result.all_events if event.is_step_failure]
    assert failures
    for failure in failures:
        described = failure.step_failure_data.user_failure_data
        assert described is not None, failure.step_failure_data.error
        assert described.description
