"""Every check on a clean and a spoiled frame, and what an audit may say of either."""

import json
import os
import re
import socket
import stat
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cit_platform.checks.audit import CheckOutcome
from cit_platform.checks.check import Check
from cit_platform.checks.context import AuditContext
from cit_platform.checks.counting import MOST_OFFENDING
from cit_platform.checks.suites import SUITES
from cit_platform.checks.suites.raw import INDICATORS
from cit_platform.contracts import TABLES
from cit_platform.sources.snapshot import Unread
from cit_platform_tests.checks.frames import CLEAN_FRAMES, audited, clean_frame, context
from cit_platform_tests.checks.spoilers import KNOWN_NUMBERS, SPOILERS, put, received

N = 120
# Rows per year are judged, so that this table needs years full of rows to be right.
FULL = 36_000
REQUIRED = {path: [column.name for column in TABLES[path].columns if not column.nullable] for path in SPOILERS}
CASES = [(path, name) for path, spoilers in SPOILERS.items() for name in spoilers]
BADGE = "MARKER-7497"
# Columns of which the most frequent unexpected values may be printed whole.
PRINTED_WHOLE = {"raw/records": (*INDICATORS, "reported_date"), "clean/exclusions": ("rule", "value")}
PRINTED_WHOLE |= {"quality/exposure": ("quarter", "verdict", "reason")}


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
        # Every fourth has none, of those that were not spoiled.
        "missing_count": 23,
        "unexpected_count": 30,
        "unexpected_percent": pytest.approx(30 / 97 * 100),
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
def test_no_other_value_of_a_column_is_said(path: str, only: Any, capfd: pytest.CaptureFixture[str]) -> None:
    only(path, *SPOILERS[path])
    frame = clean_frame(path, N)
    printed_whole = {"record_id", "contact_id", "incident_id", "field", *PRINTED_WHOLE.get(path, ())}
    texts = {column.name for column in TABLES[path].columns if column.type == "string"}
    for column in frame.columns:
        if column in texts - printed_whole:
            frame = put(column, BADGE, slice(0, 40))(frame, context(path, N))[0]

    outcomes = audited(path, frame, context(path, N))

    # That of raw/comparisons checks no text but names of fields.
    nothing_to_spoil = ("raw/comparisons", "clean/exclusions", "quality/exposure")
    assert any(o.status == "failed" for o in outcomes) == (path not in nothing_to_spoil)
    assert BADGE not in repr(outcomes)
    assert BADGE not in "".join(capfd.readouterr())


def test_hidden_value_that_shows_is_not_said_again(only: Any) -> None:
    only("clean/exclusions", "private_values_hidden", "records_remain")
    hidden = clean_frame("clean/exclusions", N).query("field != 'officer_years_of_experience'")
    frame, circumstances = put("value", BADGE, slice(0, None))(hidden, context("clean/exclusions", len(hidden)))

    private, remain = audited("clean/exclusions", frame, circumstances)

    assert (private.status, private.numbers["unexpected_count"]) == ("failed", 48)
    assert "contact_conflict takes " in remain.message
    assert BADGE not in repr((private, remain))


# --- What a message tells of a column that is printed otherwise ---


def said(only: Any, name: str, column: str, values: Sequence[object], **circumstances: Any) -> CheckOutcome:
    """The outcome of a check of raw/records when the first records hold these values."""
    only("raw/records", name)
    frame = clean_frame("raw/records", N)
    printed = [*values, *frame[column].iloc[len(values) :]]
    (found,) = audited("raw/records", frame.assign(**{column: printed}), context("raw/records", N, **circumstances))
    return found


SHARES = [
    ("reported_date_parsable", "reported_date", "soon"),
    ("template_id_shape", "template_id", "2.5412E+10"),
    *((f"{field}_values", field, "perhaps") for field in INDICATORS),
]


@pytest.mark.parametrize(("name", "column", "value"), SHARES)
def test_a_slip_warns_and_another_print_blocks(name: str, column: str, value: str, only: Any) -> None:
    """2 % of 120 rows are 2.4."""
    few, many = (said(only, name, column, [value] * n) for n in (2, 3))
    assert [(o.status, o.severity) for o in (few, many)] == [("failed", "WARN"), ("failed", "ERROR")]
    assert f"3 of {N} rows break the rule" in many.message
    assert f"{column}: `" in many.message
    assert "` (3)." in many.message


def test_the_three_most_frequent_values_are_named(only: Any) -> None:
    values = ["NA"] * 9 + ["perhaps"] * 4 + ["?"] * 3 + ["rarely"]
    found = said(only, "cit_certified_indicator_values", "cit_certified_indicator", values)
    assert " cit_certified_indicator: `NA` (9), `PERHAPS` (4), `?` (3)." in found.message
    assert "RARELY" not in repr(found)


@pytest.mark.parametrize(
    ("name", "column", "labels"),
    [
        ("dispositions_mostly_mapped", "disposition_group", "`Abducted` (6), `Levitated` (3)"),
        ("call_types_mostly_mapped", "call_risk", "`UFO LANDED` (6), `911` (3)"),
    ],
)
def test_labels_that_await_their_mapping_are_named_as_they_are_printed(
    name: str, column: str, labels: str, only: Any
) -> None:
    frame = clean_frame("features/records", 120)
    frame.loc[:8, column] = "unmapped"
    only("features/records", name)
    found = outcome(audited("features/records", frame, context("features/records", 120)), name)
    assert found.blocks
    assert f"{column}: {labels}" in found.message


def test_of_ids_the_shape_is_said_and_a_spreadsheet_by_name(only: Any) -> None:
    ids = ["2.54127E+10"] * 5 + ["2.5412e10"] * 4 + ["B-7497x"]
    found = said(only, "template_id_shape", "template_id", ids)
    assert "`9.99999E+99: ids in scientific notation, as a spreadsheet writes them` (5)" in found.message
    assert "`9.9999e99: ids in scientific notation, as a spreadsheet writes them` (4)" in found.message
    assert "`x-9999x` (1)" in found.message
    assert not re.search("2.54|7497", repr(found))


@pytest.mark.parametrize(("field", "n_records", "blocks"), [("officer_id", 2, 0), ("officer_id", 3, 1), ("beat", 9, 0)])
def test_of_officers_the_shape_is_said_and_more_than_a_slip_blocks(
    field: str, n_records: int, blocks: bool, only: Any
) -> None:
    only("raw/records", "officer_id_shape")
    unread = (Unread(field, n_records, ("9.9E+99",)),)
    frame, circumstances = received(unread=unread)(clean_frame("raw/records", N), context("raw/records", N))
    (found,) = audited("raw/records", frame, circumstances)
    assert found.blocks == bool(blocks)
    words = f"{field}: `9.9E+99`: ids in scientific notation, as a spreadsheet writes them ({n_records} records)."
    assert words in found.message


def test_the_remedy_is_that_of_the_source(only: Any) -> None:
    def message(source: str, n: int = 9) -> str:
        return said(only, "template_id_shape", "template_id", ["1E+10"] * n, source=source).message

    assert "Take the portal's own CSV again" in message("file")
    assert "ask the publisher" in message("socrata")
    assert "xport" not in message("socrata")
    assert message("demo").endswith("(9).")
    assert message("file", 1).endswith("(1).")


def test_an_example_cannot_act_on_a_terminal(only: Any) -> None:
    found = said(only, "cit_certified_indicator_values", "cit_certified_indicator", ["\x1b[2J\u202e" + "x" * 999] * 5)
    assert found.message.isprintable()
    assert len(found.message) < 500


# --- Exclusions ---


def excluded(rows: Sequence[tuple[str, str, str]], n_received: int, **circumstances: Any) -> CheckOutcome:
    """The outcome of the one check of clean/exclusions, of these rules, fields and values."""
    path, columns = "clean/exclusions", dict(zip(("rule", "field", "value"), zip(*rows, strict=True), strict=True))
    frame = clean_frame(path, len(rows)).assign(**columns)
    (found,) = audited(path, frame, context(path, len(rows), n_received=n_received, **circumstances))
    return found


UNREAD = [("indicator_missing", "use_of_force_indicator", value) for value in ("NA",) * 5 + ("?",) * 3]
DOUBLE = [("exact_duplicate", "template_id", "254127")] * 2


def test_where_no_record_remains_the_rules_are_named_with_their_values(only: Any) -> None:
    only("clean/exclusions", "records_remain")
    found = excluded(UNREAD + DOUBLE, 10, source="file")
    assert found.blocks
    words = "indicator_missing takes 8 records by use_of_force_indicator `NA` (5) `?` (3)"
    assert f"{words}; exact_duplicate takes 2 records by template_id." in found.message
    assert "254127" not in repr(found)
    assert "Take the portal's own CSV again" in found.message
    assert not excluded(UNREAD + DOUBLE, 11).blocks


@pytest.mark.parametrize("source", ["file", "socrata", "demo"])
def test_a_jump_of_the_share_excluded_blocks_until_it_is_let_through(source: str, only: Any) -> None:
    only("clean/exclusions", "excluded_share")

    def found(before: float | None, **circumstances: Any) -> CheckOutcome:
        return excluded(UNREAD, 20, source=source, previous_excluded=before, **circumstances)

    assert found(None).status == "passed"
    assert found(0.21).status == "passed"
    refused = found(0.19)
    assert refused.blocks
    assert "observed 0.4" in refused.message
    assert "indicator_missing takes 8 records" in refused.message
    assert refused.message.endswith("once with `cit refresh --accept exclusions`.")
    let_through = found(0.19, accepted=frozenset({"exclusions"}))
    assert (let_through.status, let_through.severity) == ("failed", "WARN")
    assert found(0.19, accepted=frozenset({"rows"})).blocks


def exposure_audited(implausible: slice, source: str, n_received: int) -> dict[str, CheckOutcome]:
    """The outcomes of quality/exposure where certification is N for everyone in some quarters."""
    frame, circumstances = clean_frame("quality/exposure", 40), context("quality/exposure", 40)
    for column, value in {"verdict": "implausible", "reason": "few_certified", "certified_share": 0.004}.items():
        frame, circumstances = put(column, value, implausible)(frame, circumstances)
    circumstances = context("quality/exposure", 40, source=source, n_received=n_received, previous_rows=40)
    return {o.name: o for o in audited("quality/exposure", frame, circumstances)}


def test_quarters_without_certification_are_named_with_their_share_and_the_window() -> None:
    found = exposure_audited(slice(0, 4), "socrata", 60_000)
    quarters = found["certified_share_by_quarter"]
    assert (quarters.status, quarters.severity) == ("failed", "WARN")
    assert quarters.offending == ("2015-Q1", "2015-Q2", "2015-Q3", "2015-Q4")
    assert "2015-Q1 0.4 % (few_certified); 2015-Q2 0.4 %" in quarters.message
    assert "usable from 2016-01-01 on" in quarters.message
    assert found["window_remains"].status == "passed"


def test_where_certification_ends_the_whole_live_set_is_blocked() -> None:
    for source, n_received, blocks in (("socrata", 60_000, True), ("socrata", 40_000, False), ("demo", 60_000, False)):
        found = exposure_audited(slice(36, 40), source, n_received)["window_remains"]
        assert (found.status, found.blocks) == ("failed", blocks)
        assert "usable in no quarter at the end" in found.message
    assert not any(o.blocks for o in exposure_audited(slice(20, 21), "socrata", 60_000).values())


def test_no_message_names_a_level_that_few_officers_have(only: Any) -> None:
    only("features/contacts", "officer_levels_shared")
    frame, circumstances = clean_frame("features/contacts", N), context("features/contacts", N)
    frame, circumstances = put("officer_race", "Two or More Races", slice(0, 3))(frame, circumstances)
    (found,) = audited("features/contacts", frame, circumstances)
    assert found.blocks
    assert found.offending == ("officer_race",)
    assert "Two or More" not in repr(found)


def test_a_fall_of_rows_that_is_let_through_warns(only: Any) -> None:
    only("raw/records", "row_count_change")
    fell: dict[str, Any] = {"source": "socrata", "previous_rows": 60_000}
    (refused,) = audited("raw/records", clean_frame("raw/records", N), context("raw/records", N, **fell))
    assert refused.blocks
    accepted = context("raw/records", N, **fell, accepted=frozenset({"rows"}))
    (found,) = audited("raw/records", clean_frame("raw/records", N), accepted)
    assert (found.status, found.severity) == ("failed", "WARN")


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
