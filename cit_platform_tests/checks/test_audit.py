"""Every check on a clean and a spoiled frame, and what an audit may say of either."""

import json
import os
import re
import socket
import stat
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cit_platform.checks.audit import CheckOutcome
from cit_platform.checks.check import Check
from cit_platform.checks.context import AuditContext
from cit_platform.checks.counting import MOST_OFFENDING
from cit_platform.checks.suites import SUITES
from cit_platform.contracts import TABLES
from cit_platform_tests.checks.frames import CLEAN_FRAMES, audited, clean_frame, context
from cit_platform_tests.checks.spoilers import KNOWN_NUMBERS, SPOILERS, put

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

    outcomes = audited(path, frame, context(path, n))

    assert [o.name for o in outcomes] == [check.name for check in SUITES[path]]
    assert [(o.name, o.message) for o in outcomes if o.status != "passed"] == []


@pytest.mark.parametrize("path", SUITES)
def test_every_check_has_a_spoiler(path: str) -> None:
    assert set(SPOILERS[path]) == {check.name for check in SUITES[path]}


@pytest.mark.parametrize(("path", "name"), CASES)
def test_spoiled_frame_fails_its_check(path: str, name: str, only: Any) -> None:
    only(path, name)
    frame, circumstances = SPOILERS[path][name](clean_frame(path, N), context(path, N))

    (found,) = audited(path, frame, circumstances)

    assert found.status == "failed", found.message
    number = found.numbers.get("unexpected_count", found.numbers.get("observed_value"))
    assert number == KNOWN_NUMBERS[path].get(name, 1)


@pytest.mark.parametrize("path", REQUIRED)
def test_missing_values_name_their_columns(path: str, only: Any) -> None:
    only(path, "required_values_present")
    frame, circumstances = clean_frame(path, N), context(path, N)
    for row, name in enumerate(REQUIRED[path]):
        frame, circumstances = put(name, None, row)(frame, circumstances)

    (found,) = audited(path, frame, circumstances)

    assert (found.status, found.severity) == ("failed", "ERROR")
    assert list(found.offending) == REQUIRED[path][:MOST_OFFENDING]


@pytest.mark.parametrize("path", CLEAN_FRAMES)
def test_empty_frame_fails_unless_it_may_be_empty(path: str, only: Any) -> None:
    only(path, *SPOILERS[path])
    frame = clean_frame(path, N).iloc[:0]

    outcomes = audited(path, frame, context(path, 0))

    assert [o.name for o in outcomes if o.status == "errored"] == []
    assert (outcome(outcomes, "row_count").status == "passed") == TABLES[path].may_be_empty
    assert any(o.blocks for o in outcomes) != TABLES[path].may_be_empty


def without(path: str, column: str) -> AuditContext:
    return context(path, N, columns=tuple(name for name in TABLES[path].column_names if name != column))


def test_missing_column_is_an_error_not_a_failure() -> None:
    outcomes = audited("clean/records", clean_frame("clean/records", N), without("clean/records", "veteran"))

    assert {o.name for o in outcomes if o.status == "errored"} == {"veteran_values"}
    veteran = outcome(outcomes, "veteran_values")
    assert "column veteran is missing" in veteran.message
    assert veteran.blocks
    assert outcome(outcomes, "columns").status == "failed"


def test_missing_column_of_an_aggregate_is_an_error(only: Any) -> None:
    only("clean/records", "incident_size", "row_count")
    missing = without("clean/records", "incident_id")

    outcomes = audited("clean/records", clean_frame("clean/records", N), missing)

    size = outcome(outcomes, "incident_size")
    assert (size.status, size.severity, size.blocks) == ("errored", "WARN", False)
    assert "incident_id" in size.message
    assert outcome(outcomes, "row_count").status == "passed"


def test_sum_check_without_counts_is_an_error(only: Any) -> None:
    only("clean/records", "rows_reconcile")
    circumstances = context("clean/records", N, n_received=None)

    (found,) = audited("clean/records", clean_frame("clean/records", N), circumstances)

    assert (found.status, found.blocks) == ("errored", True)
    assert "ValueError" in found.message


def test_part_of_the_rows_is_refused() -> None:
    with pytest.raises(ValueError, match="120 rows of raw/records were staged, but 119"):
        audited("raw/records", clean_frame("raw/records", N).iloc[1:], context("raw/records", N))


def test_numbers_and_offending_keys(only: Any) -> None:
    only("clean/records", "experience_range", "force_prevalence", "reported_date_range")
    frame, circumstances = put("experience_years", 46, slice(0, 30))(
        clean_frame("clean/records", N), context("clean/records", N)
    )

    outcomes = audited("clean/records", frame, circumstances)

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

    (found,) = audited("raw/records", clean_frame("raw/records", N), context("raw/records", N, columns=columns))

    assert found.status == "failed"
    assert "Missing: beat. Unknown: sidewalk." in found.message


def test_years_and_incidents_are_named(only: Any) -> None:
    only("clean/records", "rows_per_year", "incident_size")
    frame, circumstances = put("incident_id", "storm", slice(0, 13))(
        clean_frame("clean/records", N), context("clean/records", N)
    )

    outcomes = audited("clean/records", frame, circumstances)

    assert outcome(outcomes, "incident_size").offending == ("storm",)
    assert outcome(outcomes, "rows_per_year").offending == tuple(str(year) for year in range(2015, 2027))


@pytest.mark.parametrize("path", CLEAN_FRAMES)
def test_no_value_of_a_column_is_said(path: str, only: Any, capfd: pytest.CaptureFixture[str]) -> None:
    only(path, *SPOILERS[path])
    frame = clean_frame(path, N)
    shown_as_keys = {"record_id", "contact_id", "incident_id", "field"}
    texts = {column.name for column in TABLES[path].columns if column.type == "string"}
    for column in frame.columns:
        if column in texts - shown_as_keys:
            frame = put(column, BADGE, slice(0, 40))(frame, context(path, N))[0]

    outcomes = audited(path, frame, context(path, N))

    # That of raw/comparisons checks no text but names of fields.
    assert any(o.status == "failed" for o in outcomes) == (path != "raw/comparisons")
    assert BADGE not in repr(outcomes)
    assert BADGE not in "".join(capfd.readouterr())


def test_hidden_value_that_shows_is_not_said_again(only: Any) -> None:
    only("clean/exclusions", "private_values_hidden")
    frame, circumstances = put("value", BADGE, slice(0, None))(
        clean_frame("clean/exclusions", N), context("clean/exclusions", N)
    )

    (found,) = audited("clean/exclusions", frame, circumstances)

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
    future, _ = put("reported_date", "2099-01-01")(frame, later)
    (found,) = audited("raw/records", future, later)
    assert found.status == "failed"
    assert found.numbers["observed_value"] == 30
    assert re.search(r"The newest report is of \d{4}-\d{2}-\d{2}\.$", found.message)

    undated, _ = put("reported_date", "1900-01-01", slice(0, None))(frame, later)
    (found,) = audited("raw/records", undated, later)
    assert found.status == "failed"


def test_coding_by_year_names_the_year_and_allows_either_coding(only: Any) -> None:
    only("raw/records", "certification_coding")
    frame, circumstances = put("reported_date", "2018-03-01", slice(0, 100))(
        clean_frame("raw/records", N), context("raw/records", N)
    )

    def status(*answers: Any) -> CheckOutcome:
        given = frame.assign(cit_certified_indicator=[answers[row % len(answers)] for row in range(N)])
        (found,) = audited("raw/records", given, circumstances)
        return found

    assert status("Y", None).status == "passed"
    assert status("Y", "N").status == "passed"
    assert status("Y", "N", "Unknown").status == "passed"
    mixed = status("Y", "N", "-")
    assert mixed.status == "failed"
    assert "2018" in mixed.offending


def test_far_dates_fail_without_error(only: Any) -> None:
    only("raw/records", "reported_date_range", "reported_date_parsable")
    frame, circumstances = put("reported_date", "9999-12-31")(clean_frame("raw/records", N), context("raw/records", N))
    assert [o.status for o in audited("raw/records", frame, circumstances)] == ["passed", "failed"]

    only("clean/records", "reported_date_range")
    frame, circumstances = put("reported_date", date(9999, 12, 31))(
        clean_frame("clean/records", N), context("clean/records", N)
    )
    assert [o.status for o in audited("clean/records", frame, circumstances)] == ["failed"]


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
        audited("raw/records", frame, circumstances, directory)
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
