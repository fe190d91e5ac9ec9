"""Every check on a clean and a spoiled frame, and what an audit may say of either."""

import json
import os
import re
import socket
import stat
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cit_platform.checks.audit import CheckOutcome, audit, columns_needed
from cit_platform.checks.suites import SUITES, Check
from cit_platform.contracts import TABLES
from cit_platform_tests.checks.frames import CLEAN_FRAMES, clean_frame, context
from cit_platform_tests.checks.spoilers import SPOILERS, put

N = 120
# Rows per year are judged, so that this table needs years full of rows to be right.
FULL = 36_000
REQUIRED = {path: [column.name for column in TABLES[path].columns if not column.nullable] for path in SPOILERS}
CASES = [(path, name) for path, spoilers in SPOILERS.items() for name in spoilers]
BADGE = "MARKER-7497"


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Reduce the suite of a table to the checks of one name, as an audit of all takes a second."""

    def reduce(path: str, *names: str) -> None:
        monkeypatch.setitem(SUITES, path, tuple(check for check in SUITES[path] if check.name in names))

    return reduce


def outcome(outcomes: list[CheckOutcome], name: str) -> CheckOutcome:
    return next(outcome for outcome in outcomes if outcome.name == name)


@pytest.mark.parametrize("path", CLEAN_FRAMES)
def test_clean_frame_passes_every_check(path: str) -> None:
    n = FULL if path == "clean/records" else N
    # 120 rows over the years are too thin for the coding by year, but not for one year.
    frame = clean_frame(path, n)

    outcomes = audit(TABLES[path], frame, context(path, n), None)

    assert [o.name for o in outcomes] == [check.name for check in SUITES[path]]
    assert [(o.name, o.message) for o in outcomes if o.status != "passed"] == []


@pytest.mark.parametrize("path", SUITES)
def test_every_check_has_a_spoiler(path: str) -> None:
    assert set(SPOILERS[path]) == {check.name for check in SUITES[path]}


@pytest.mark.parametrize(("path", "name"), CASES)
def test_spoiled_frame_fails_its_check(path: str, name: str, only: Any) -> None:
    only(path, name)
    frame, circumstances = SPOILERS[path][name](clean_frame(path, N), context(path, N))

    (found,) = audit(TABLES[path], frame, circumstances, None)

    assert found.status == "failed", found.message
    assert found.numbers or name == "columns"


@pytest.mark.parametrize("path", REQUIRED)
def test_missing_values_name_their_columns(path: str, only: Any) -> None:
    only(path, "required_values_present")
    frame, circumstances = clean_frame(path, N), context(path, N)
    for row, name in enumerate(REQUIRED[path]):
        frame, circumstances = put(name, None, row)(frame, circumstances)

    (found,) = audit(TABLES[path], frame, circumstances, None)

    assert (found.status, found.severity) == ("failed", "ERROR")
    assert list(found.offending) == REQUIRED[path]


@pytest.mark.parametrize("path", CLEAN_FRAMES)
def test_empty_frame_fails_unless_it_may_be_empty(path: str, only: Any) -> None:
    only(path, *SPOILERS[path])
    frame = clean_frame(path, N).iloc[:0]

    outcomes = audit(TABLES[path], frame, context(path, 0), None)

    assert [o.name for o in outcomes if o.status == "errored"] == []
    assert (outcome(outcomes, "row_count").status == "passed") == TABLES[path].may_be_empty
    assert any(o.blocks for o in outcomes) != TABLES[path].may_be_empty


def test_missing_column_is_an_error_not_a_failure() -> None:
    frame = clean_frame("clean/records", N).drop(columns="veteran")

    outcomes = audit(TABLES["clean/records"], frame, context("clean/records", N), None)

    assert {o.name for o in outcomes if o.status == "errored"} == {"veteran_values"}
    veteran = outcome(outcomes, "veteran_values")
    assert "column veteran is missing" in veteran.message
    assert veteran.blocks
    assert outcome(outcomes, "columns").status == "passed"


def test_subject_that_cannot_be_prepared_is_an_error(only: Any) -> None:
    only("clean/records", "incident_size", "row_count")
    frame = clean_frame("clean/records", N).drop(columns="incident_id")

    size = outcome(audit(TABLES["clean/records"], frame, context("clean/records", N), None), "incident_size")

    assert (size.status, size.severity, size.blocks) == ("errored", "WARN", False)
    assert "incident_id" in size.message


def test_sum_check_without_counts_is_an_error(only: Any) -> None:
    only("clean/records", "rows_reconcile")
    circumstances = context("clean/records", N, n_received=None)

    (found,) = audit(TABLES["clean/records"], clean_frame("clean/records", N), circumstances, None)

    assert (found.status, found.blocks) == ("errored", True)
    assert "ValueError" in found.message


def test_part_of_the_rows_is_refused() -> None:
    with pytest.raises(ValueError, match="120 rows of raw/records were staged, but 119"):
        audit(TABLES["raw/records"], clean_frame("raw/records", N).iloc[1:], context("raw/records", N), None)


def test_numbers_and_offending_keys(only: Any) -> None:
    only("clean/records", "experience_range", "force_prevalence", "reported_date_range")
    frame, circumstances = put("experience_years", 46, slice(0, 30))(
        clean_frame("clean/records", N), context("clean/records", N)
    )

    outcomes = audit(TABLES["clean/records"], frame, circumstances, None)

    experience = outcome(outcomes, "experience_range")
    assert experience.offending == tuple(frame["record_id"].iloc[:20])
    assert experience.numbers == {
        "element_count": N,
        "missing_count": 0,
        "unexpected_count": 30,
        "unexpected_percent": 25.0,
        "min_value": 0,
        "max_value": 45,
    } | {key: value for key, value in experience.numbers.items() if key == "mostly"}
    assert experience.blocks
    assert outcome(outcomes, "force_prevalence").numbers["observed_value"] == pytest.approx(2 / 120)
    dates = outcome(outcomes, "reported_date_range").numbers
    assert (dates["min_value"], dates["max_value"]) == ("2015-05-15T00:00:00", "2026-11-22T00:00:00")
    json.dumps([dict(o.numbers) for o in outcomes])


def test_columns_are_named(only: Any) -> None:
    only("raw/records", "columns")
    columns = (*(c for c in TABLES["raw/records"].column_names if c != "beat"), "sidewalk")

    (found,) = audit(
        TABLES["raw/records"], clean_frame("raw/records", N), context("raw/records", N, columns=columns), None
    )

    assert found.status == "failed"
    assert "Missing: beat. Unknown: sidewalk." in found.message


def test_years_and_incidents_are_named(only: Any) -> None:
    only("clean/records", "rows_per_year", "incident_size")
    frame, circumstances = put("incident_id", "storm", slice(0, 13))(
        clean_frame("clean/records", N), context("clean/records", N)
    )

    outcomes = audit(TABLES["clean/records"], frame, circumstances, None)

    assert outcome(outcomes, "incident_size").offending == ("storm",)
    assert outcome(outcomes, "rows_per_year").offending == tuple(str(year) for year in range(2015, 2027))


@pytest.mark.parametrize("path", CLEAN_FRAMES)
def test_no_value_of_a_column_is_told(path: str, only: Any, capfd: pytest.CaptureFixture[str]) -> None:
    only(path, *SPOILERS[path])
    frame = clean_frame(path, N)
    shown_as_keys = {"record_id", "contact_id", "incident_id", "field"}
    for column in frame.columns:
        if column not in shown_as_keys:
            frame = put(column, BADGE, slice(0, 40))(frame, context(path, N))[0]

    outcomes = audit(TABLES[path], frame, context(path, N), None)

    assert sum(o.status != "passed" for o in outcomes) >= 2
    assert BADGE not in repr(outcomes)
    assert BADGE not in "".join(capfd.readouterr())


def test_hidden_value_that_shows_is_not_told_again(only: Any) -> None:
    only("clean/exclusions", "private_values_hidden")
    frame, circumstances = put("value", BADGE, slice(0, None))(
        clean_frame("clean/exclusions", N), context("clean/exclusions", N)
    )

    (found,) = audit(TABLES["clean/exclusions"], frame, circumstances, None)

    assert (found.status, found.numbers["unexpected_count"]) == ("failed", 48)
    assert BADGE not in repr(found)


@pytest.mark.parametrize(
    ("source", "n_rows", "previous", "severity"),
    [
        ("socrata", 50_000, None, "ERROR"),
        ("socrata", 49_999, None, "WARN"),
        ("socrata", 100, 60_000, "ERROR"),
        ("file", 110_000, None, "WARN"),
        ("demo", 110_000, 110_000, "WARN"),
    ],
)
def test_magnitudes_block_on_the_whole_live_set_only(
    source: str, n_rows: int, previous: int | None, severity: str
) -> None:
    circumstances = context("raw/records", n_rows, source=source, previous_rows=previous)

    def found(path: str, name: str) -> str:
        return check(path, name).rule.severity(circumstances)

    for path, name in [
        ("raw/records", "row_count_change"),
        ("clean/records", "force_prevalence"),
        ("clean/records", "certified_share"),
        ("clean/records", "rows_per_year"),
    ]:
        assert found(path, name) == severity
    assert found("raw/records", "newest_report") == "WARN"
    assert found("raw/records", "experience_range") == "WARN"
    assert found("clean/records", "experience_range") == "ERROR"
    assert found("raw/records", "certification_coding") == "ERROR"


def check(path: str, name: str) -> Check:
    return next(check for check in SUITES[path] if check.name == name)


def test_stalled_feed_counts_valid_dates_only(only: Any) -> None:
    only("raw/records", "newest_report")
    frame, later = SPOILERS["raw/records"]["newest_report"](clean_frame("raw/records", N), context("raw/records", N))
    future, _ = put("reported_date", "2099-01-01T00:00:00")(frame, later)
    (found,) = audit(TABLES["raw/records"], future, later, None)
    assert found.status == "failed"
    assert found.numbers["observed_value"] == 30
    assert re.search(r"The newest report is of \d{4}-\d{2}-\d{2}\.$", found.message)

    undated, _ = put("reported_date", "1900-01-01T00:00:00", slice(0, None))(frame, later)
    (found,) = audit(TABLES["raw/records"], undated, later, None)
    assert found.status == "failed"


def test_coding_by_year_names_the_year_and_allows_either_coding(only: Any) -> None:
    only("raw/records", "certification_coding")
    frame, circumstances = put("reported_date", "2018-03-01T00:00:00", slice(0, 100))(
        clean_frame("raw/records", N), context("raw/records", N)
    )

    def status(*answers: Any) -> CheckOutcome:
        given = frame.assign(cit_certified_indicator=[answers[row % len(answers)] for row in range(N)])
        (found,) = audit(TABLES["raw/records"], given, circumstances, None)
        return found

    assert status("Y", None).status == "passed"
    assert status("Y", "N").status == "passed"
    assert status("Y", "N", "Unknown").status == "passed"
    mixed = status("Y", "N", "-")
    assert mixed.status == "failed"
    assert "2018" in mixed.offending


def test_types_as_they_come_from_a_lake(only: Any) -> None:
    """int32, nullable, boolean and date columns of Parquet pass like those made in Python."""
    table = TABLES["clean/records"]
    numbers = [c.name for c in table.columns if c.type == "int32" and c.name in columns_needed(table)]
    frame = clean_frame("clean/records", N).astype(dict.fromkeys(numbers, "Int32"))
    outcomes = audit(table, frame, context("clean/records", N), None)
    assert {o.name for o in outcomes if o.status != "passed"} == {"rows_per_year"}


def test_far_dates_fail_without_error(only: Any) -> None:
    only("raw/records", "reported_date_range", "reported_date_parsable")
    frame, circumstances = put("reported_date", "9999-12-31")(clean_frame("raw/records", N), context("raw/records", N))
    assert [o.status for o in audit(TABLES["raw/records"], frame, circumstances, None)] == ["passed", "failed"]

    only("clean/records", "reported_date_range")
    frame, circumstances = put("reported_date", date(9999, 12, 31))(
        clean_frame("clean/records", N), context("clean/records", N)
    )
    assert [o.status for o in audit(TABLES["clean/records"], frame, circumstances, None)] == ["failed"]


def test_data_docs_are_private_and_nothing_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("network access")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    directory = tmp_path / "dätä docs" / "quality"
    frame, circumstances = put("cit_certified_indicator", "MAYBE")(
        clean_frame("raw/records", N), context("raw/records", N)
    )
    old_umask = os.umask(0)
    try:
        audit(TABLES["raw/records"], frame, circumstances, directory)
    finally:
        os.umask(old_umask)

    page = directory / "raw_records.html"
    assert [path.name for path in directory.iterdir()] == [page.name]
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    text = page.read_text(encoding="utf-8")
    assert "MAYBE" in text
    assert "Content-Security-Policy" in text
    assert all(check.name in text for check in SUITES["raw/records"])
    assert "Exception" not in "".join(capfd.readouterr())


def test_folding_is_that_of_the_query() -> None:
    """The raw checks accept what the query of clean/folded accepts, to the letter."""
    import duckdb

    from cit_platform.checks.subjects import RAW_ROWS
    from cit_platform.transforms import read_sql

    words: list[Any] = [
        *("Y", " y ", "\u00a0yes\t", "n\r\n", "1", "T RUE", "Unknown", "MAYBE"),
        *("-", " - ", "", " ", None, "FK ERROR", "fk  error", "FK\u00a0ERROR", "1900-01-01T0", "1900-01-02"),
        *("2019-02-29", "2020-02-29T00:00:00", "2020-02-29 x", "2020-2-9", "9999-12-31"),
    ]
    frame = clean_frame("raw/records", len(words)).assign(use_of_force_indicator=words, reported_date=words)
    everything = frame.reindex(columns=TABLES["raw/records"].column_names).astype("string")
    with duckdb.connect() as connection:
        connection.execute("create schema raw")
        connection.register("arriving", everything)
        connection.execute("create table raw.records as select * from arriving")
        folded = connection.execute(
            f"select upper(use_of_force_indicator), report_day from ({read_sql('clean/folded')}) order by record_id",
            {"as_of": date(2026, 11, 21)},
        ).fetchall()

    rows = RAW_ROWS.prepare(frame, context("raw/records", len(words)))

    assert [None if pd.isna(word) else word for word in rows["use_of_force_indicator"]] == [word for word, _ in folded]
    within = rows["reported_date"].where(rows["reported_date"].between("2015-05-15", "2026-11-22"))
    assert [None if pd.isna(day) else day.date() for day in within] == [day for _, day in folded]
