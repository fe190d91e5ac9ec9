"""Every folding, every typed value and every exclusion rule, on clean and on spoiled records."""

import datetime
from collections.abc import Callable
from typing import Any

import duckdb
import pytest

from cit_platform_tests.transforms.engine import AS_OF, CONTRADICTORY, Row, Tables, computed, record

Clean = Callable[..., Row]


@pytest.fixture
def clean(database: duckdb.DuckDBPyConnection) -> Clean:
    """The clean row of one record, with fields changed, that no rule may exclude."""

    def only(**changes: str | None) -> Row:
        return computed(database, [record(**changes)]).only("clean/records")

    return only


@pytest.fixture
def excluded(database: duckdb.DuckDBPyConnection) -> Callable[..., Row]:
    """The exclusion of one record, with fields changed, that a rule must exclude."""

    def only(**changes: str | None) -> Row:
        tables = computed(database, [record(**changes)])
        assert tables["clean/records"] == []
        return tables.only("clean/exclusions")

    return only


def by_contact(tables: Tables) -> dict[str, Row]:
    return {row["contact_id"]: row for row in tables["clean/records"]}


def values_of(database: duckdb.DuckDBPyConnection, column: str, changes: list[dict[str, str | None]]) -> list[Any]:
    """The values of one clean column for records that differ in some fields, all computed at once."""
    rows = [record(**{"template_id": str(1000 + place), **change}) for place, change in enumerate(changes)]
    found = by_contact(computed(database, rows))
    return [found[row["template_id"]][column] for row in rows]


def test_an_ordinary_record_keeps_every_field(clean: Clean) -> None:
    row = clean()
    del row["record_id"], row["incident_id"], row["officer_key"]
    assert row == {
        "contact_id": "43653",
        "reported_date": datetime.date(2016, 3, 2),
        "reported_hour": 14,
        "occurred_at": datetime.datetime(2016, 3, 1, 13, 5, 10),
        "occurred_hour": 13,
        "call_type": "911",
        "initial_call_type": "DISTURBANCE, MISCELLANEOUS/OTHER",
        "final_call_type": "DISTURBANCE - OTHER",
        "disposition": "CHRONIC COMPLAINT",
        "force": 0,
        "veteran": 0,
        "cit_requested": 0,
        "cit_dispatched": 1,
        "cit_arrived": 1,
        "cit_certified": 0,
        "experience_years": 5,
        "experience_status": "known",
        "experience_above_age": False,
        "officer_birth_year": 1982,
        "officer_gender": "M",
        "officer_race": "White",
        "officer_bureau": "OPERATIONS BUREAU",
        "officer_precinct": "WEST PCT",
        "officer_squad": "WEST PCT 3RD W - DAVID",
        "precinct": "WEST",
        "sector": "KING",
        "beat": "K3",
    }


def test_what_means_no_value_is_null(database: duckdb.DuckDBPyConnection) -> None:
    kept = {
        "reported_time": "reported_hour",
        "occured_date_time": "occurred_at",
        "call_type": "call_type",
        "initial_call_type": "initial_call_type",
        "final_call_type": "final_call_type",
        "disposition": "disposition",
        "subject_veteran_indicator": "veteran",
        "cit_officer_requested": "cit_requested",
        "cit_officer_dispatched": "cit_dispatched",
        "cit_officer_arrived": "cit_arrived",
        "officer_id": "officer_key",
        "officer_gender": "officer_gender",
        "officer_race": "officer_race",
        "officer_year_of_birth": "officer_birth_year",
        "officer_bureau_desc": "officer_bureau",
        "officer_precinct_desc": "officer_precinct",
        "officer_squad_desc": "officer_squad",
        "precinct": "precinct",
        "sector": "sector",
        "beat": "beat",
    }
    spellings = [None, "", "-", " - ", "FK ERROR", "fk  error", "\u00a0"]
    rows = [
        record(template_id=str(place), **dict.fromkeys(kept, nothing))
        for place, nothing in enumerate(spellings, start=1)
    ]
    found = computed(database, rows)["clean/records"]
    assert len(found) == len(spellings)
    for row in found:
        assert {column: row[column] for column in kept.values()} == dict.fromkeys(kept.values()), row["contact_id"]


def test_labels_are_folded_to_capitals(database: duckdb.DuckDBPyConnection) -> None:
    cases = {
        "Emergent Detention / ITA": "EMERGENT DETENTION/ITA",
        "Emergent Detention/ITA": "EMERGENT DETENTION/ITA",
        " emergent\t detention /\u00a0ITA\r\n": "EMERGENT DETENTION/ITA",
        "Mental Health Agency  or  Case Manager": "MENTAL HEALTH AGENCY OR CASE MANAGER",
        "-1900-01-01": "-1900-01-01",
        "--": "--",
    }
    for field in ("call_type", "initial_call_type", "disposition"):
        assert values_of(database, field, [{field: printed} for printed in cases]) == list(cases.values())


def test_leading_dashes_of_the_final_call_type_go(database: duckdb.DuckDBPyConnection) -> None:
    cases = {
        "--CRISIS COMPLAINT - GENERAL": "CRISIS COMPLAINT - GENERAL",
        "- - CRISIS COMPLAINT": "CRISIS COMPLAINT",
        "TRESPASS": "TRESPASS",
        "A - B": "A - B",
        "-": None,
        "--": None,
    }
    found = values_of(database, "final_call_type", [{"final_call_type": printed} for printed in cases])
    assert found == list(cases.values())


def test_texts_other_than_labels_keep_their_case(clean: Clean) -> None:
    row = clean(
        officer_race="American Indian / Alaska Native", officer_squad_desc=" Canine  Squad ", precinct="SouthWest"
    )
    assert row["officer_race"] == "American Indian/Alaska Native"
    assert row["officer_squad"] == "Canine Squad"
    assert row["precinct"] == "SOUTHWEST"


INDICATORS = [
    *((text, 1) for text in ("Y", "Yes", "1", "true", " y ")),
    *((text, 0) for text in ("N", "No", "0", "false")),
    *((text, None) for text in ("Unknown", "-", None, "maybe", "2")),
]


def test_indicators(database: duckdb.DuckDBPyConnection) -> None:
    columns = {
        "subject_veteran_indicator": "veteran",
        "cit_officer_requested": "cit_requested",
        "cit_officer_dispatched": "cit_dispatched",
        "cit_officer_arrived": "cit_arrived",
    }
    rows = [
        record(template_id=str(place), **dict.fromkeys(columns, text)) for place, (text, _) in enumerate(INDICATORS)
    ]
    found = by_contact(computed(database, rows))
    for place, (text, value) in enumerate(INDICATORS):
        row = found[str(place)]
        assert {name: row[name] for name in columns.values()} == dict.fromkeys(columns.values(), value), text


@pytest.mark.parametrize(
    ("field", "column"), [("use_of_force_indicator", "force"), ("cit_certified_indicator", "cit_certified")]
)
def test_indicators_without_which_there_is_no_analysis(
    database: duckdb.DuckDBPyConnection, field: str, column: str
) -> None:
    ordinary = record(template_id="1")
    rows = [record(template_id=str(place), **{field: text}) for place, (text, _) in enumerate(INDICATORS, start=10)]
    tables = computed(database, [ordinary, *rows])
    found = by_contact(tables)
    for row, (text, value) in zip(rows, INDICATORS, strict=True):
        if value is None:
            excluded = next(e for e in tables["clean/exclusions"] if e["template_id"] == row["template_id"])
            assert (excluded["rule"], excluded["field"], excluded["value"]) == ("indicator_missing", field, text)
        else:
            assert found[row["template_id"]][column] == value


def test_force_is_named_before_certification(excluded: Callable[..., Row]) -> None:
    row = excluded(use_of_force_indicator="?", cit_certified_indicator="?")
    assert (row["rule"], row["field"], row["value"]) == ("indicator_missing", "use_of_force_indicator", "?")


def certified(database: duckdb.DuckDBPyConnection, negatives: int, others: list[str | None]) -> Tables:
    """A year of 1,000 records, some of them N, the rest Y, and the records asked about."""
    texts = ["N"] * negatives + ["Y"] * (1000 - negatives - len(others)) + others
    return computed(
        database, [record(template_id=str(place), cit_certified_indicator=text) for place, text in enumerate(texts)]
    )


def test_certification_of_the_first_coding_is_y_or_nothing(database: duckdb.DuckDBPyConnection) -> None:
    tables = certified(database, 9, [None, "-", "Unknown", "maybe"])
    found = by_contact(tables)
    assert [found[contact]["cit_certified"] for contact in ("996", "997")] == [0, 0]
    assert [row["value"] for row in tables["clean/exclusions"] if row["template_id"] in ("998", "999")] != []
    assert tables.rules == {"indicator_missing": 2}, "a given answer that is no answer stays one"


def test_certification_of_the_later_coding_may_be_missing(database: duckdb.DuckDBPyConnection) -> None:
    tables = certified(database, 10, [None, "-"])
    assert tables.rules == {"indicator_missing": 2}


def test_the_coding_is_judged_by_report_year(database: duckdb.DuckDBPyConnection) -> None:
    later = [record(template_id=f"2{n}", cit_certified_indicator="N") for n in range(5)]
    missing = record(template_id="1", cit_certified_indicator=None, reported_date="2017-01-01")
    of_the_same_year = record(template_id="2", cit_certified_indicator=None)
    tables = computed(database, [*later, missing, of_the_same_year])
    assert by_contact(tables)["1"]["cit_certified"] == 0
    assert [row["template_id"] for row in tables["clean/exclusions"]] == ["2"]


def test_experience_in_range_stays(database: duckdb.DuckDBPyConnection) -> None:
    cases = {"0": 0, "45": 45, "007": 7, " 12 ": 12}
    found = values_of(database, "experience_years", [{"officer_years_of_experience": printed} for printed in cases])
    assert found == list(cases.values())


UNKNOWN_EXPERIENCE = ["-1", None, "-", "FK ERROR"]
IMPOSSIBLE_EXPERIENCE = [
    *("46", "84", "-2", "-5", "12.7", "1e1", "0x1F", "inf", "nan", "five", "+3", "1 2", "1_0"),
    *("\N{ARABIC-INDIC DIGIT FIVE}", "9" * 400, "-" + "9" * 400),
]


@pytest.mark.parametrize(("status", "cases"), [("unknown", UNKNOWN_EXPERIENCE), ("impossible", IMPOSSIBLE_EXPERIENCE)])
def test_a_record_whose_experience_cannot_be_used_stays_without_it(
    database: duckdb.DuckDBPyConnection, status: str, cases: list[str | None]
) -> None:
    rows = [record(template_id=str(place), officer_years_of_experience=text) for place, text in enumerate(cases)]
    tables = computed(database, rows)
    assert tables["clean/exclusions"] == []
    found = [
        (row["experience_years"], row["experience_status"], row["experience_above_age"])
        for row in tables["clean/records"]
    ]
    assert found == [(None, status, None)] * len(cases)


def test_birth_year_and_experience(database: duckdb.DuckDBPyConnection) -> None:
    cases = [
        ("1982-12-31T00:00:00", "16", 1982, False),
        ("1982-12-31T00:00:00", "17", 1982, True),
        ("1982", "5", 1982, False),
        ("1900", "5", None, None),
        ("1900-01-01T00:00:00", "5", None, None),
        (None, "40", None, None),
        ("unknown", "40", None, None),
    ]
    changes = [{"officer_year_of_birth": born, "officer_years_of_experience": years} for born, years, _, _ in cases]
    assert values_of(database, "officer_birth_year", changes) == [year for _, _, year, _ in cases]
    assert values_of(database, "experience_above_age", changes) == [above for _, _, _, above in cases]


def test_reported_date(database: duckdb.DuckDBPyConnection) -> None:
    day, of_the_event = datetime.date(2016, 3, 2), datetime.date(2016, 3, 1)
    cases = {
        "2016-03-02": day,
        "2016-03-02T00:00:00": day,
        "2016-03-02T23:59:59.000": day,
        "2015-05-15": datetime.date(2015, 5, 15),
        "2020-11-15": datetime.date(2020, 11, 15),
        # Without a day of its own the report takes that of the event.
        **dict.fromkeys(("2015-05-14", "2020-11-16", "1900-01-01T00:00:00", "2016-02-30", None), of_the_event),
        **dict.fromkeys(("20160302", "infinity", "0000-00-00", "2016-03-02Tx", "42431"), of_the_event),
    }
    found = values_of(database, "reported_date", [{"reported_date": printed} for printed in cases])
    assert dict(zip(cases, found, strict=True)) == cases


def test_without_any_date_a_record_leaves(database: duckdb.DuckDBPyConnection) -> None:
    events = [None, "1900-01-01T00:00:00.000", "2015-05-14T23:59:59.000", "2020-11-16T00:00:01.000", "noon"]
    rows = [record(reported_date="2031-01-01", occured_date_time=event) for event in events]
    tables = computed(database, rows)
    assert tables.rules == {"date_missing": len(events)}
    assert {(row["field"], row["value"]) for row in tables["clean/exclusions"]} == {("reported_date", "2031-01-01")}


def test_the_range_of_dates_moves_with_the_as_of_date(database: duckdb.DuckDBPyConnection) -> None:
    spoiled = record(reported_date="2020-11-16", occured_date_time=None)
    assert computed(database, [spoiled]).rules == {"date_missing": 1}
    later = AS_OF + datetime.timedelta(days=1)
    assert not computed(database, [spoiled], as_of=later).rules


def test_hour_of_the_event(database: duckdb.DuckDBPyConnection) -> None:
    cases = [
        ("2016-03-02T00:30:00.000", "2016-03-02T00:30:00", 0),
        ("2016-02-29T23:10:00.000", "2016-02-29T23:10:00", 23),
        ("2016-02-28T23:10:00.000", "2016-02-28T23:10:00", None),
        ("2016-03-03T00:00:01.000", "2016-03-03T00:00:01", None),
        ("2012-04-01T10:00:00.000", None, None),
        ("2016-03-02T24:00:00.000", None, None),
        ("2016-02-30T10:00:00.000", None, None),
        ("2016-03-02", None, None),
        ("1900-01-01T00:00:00.000", None, None),
    ]
    changes: list[dict[str, str | None]] = [{"occured_date_time": printed} for printed, _, _ in cases]
    times = [datetime.datetime.fromisoformat(at) if at else None for _, at, _ in cases]
    assert values_of(database, "occurred_at", changes) == times
    assert values_of(database, "occurred_hour", changes) == [hour for _, _, hour in cases]


def test_without_a_reported_day_no_hour_is_trusted(clean: Clean) -> None:
    row = clean(reported_date="1900-01-01T00:00:00", reported_time="00:00:00")
    assert (row["reported_date"], row["reported_hour"], row["occurred_hour"]) == (datetime.date(2016, 3, 1), None, None)
    assert row["incident_id"] == "contact-43653"


def test_hour_of_the_report(database: duckdb.DuckDBPyConnection) -> None:
    cases = {
        "22:34:00": 22,
        "00:00:00": 0,
        "7": 7,
        "07:05": 7,
        "24:00:00": None,
        "22:60:00": None,
        "-3": None,
        "ten": None,
    }
    found = values_of(database, "reported_hour", [{"reported_time": printed} for printed in cases])
    assert found == list(cases.values())


def test_a_gender_code_nobody_knows_stays_as_printed(database: duckdb.DuckDBPyConnection) -> None:
    codes: list[dict[str, str | None]] = [{"officer_gender": code} for code in ("m", "F", "N", "Q")]
    assert values_of(database, "officer_gender", codes) == ["M", "F", "N", "Q"]


def test_one_officer_has_one_key_however_padded(database: duckdb.DuckDBPyConnection) -> None:
    keys = values_of(
        database, "officer_key", [{"officer_id": number} for number in ("7497  ", "7497", "7498", "FK ERROR", None)]
    )
    assert keys[0] == keys[1] != keys[2]
    assert keys[3:] == [None, None]
    assert "7497" not in (keys[0], keys[1])


def incidents(database: duckdb.DuckDBPyConnection, changes: list[dict[str, str | None]]) -> list[str]:
    return values_of(database, "incident_id", changes)


def test_contacts_of_one_event_share_an_incident(database: duckdb.DuckDBPyConnection) -> None:
    first, second = incidents(database, [{"officer_id": "1"}, {"officer_id": "2", "beat": "k3"}])
    assert first == second
    assert first.startswith("event-")


def test_another_event_is_another_incident(database: duckdb.DuckDBPyConnection) -> None:
    others = [{"occured_date_time": "2016-03-01T13:05:11.000"}, {"beat": "K2"}, {"initial_call_type": "TRESPASS"}]
    found = incidents(database, [{}, *others])
    assert len(set(found)) == 4
    assert all(incident.startswith("event-") for incident in found)


def test_a_contact_whose_event_is_not_known_is_its_own_incident(database: duckdb.DuckDBPyConnection) -> None:
    unknown: list[dict[str, str | None]] = [
        {"occured_date_time": None},
        {"beat": "-"},
        {"initial_call_type": "-"},
        {"occured_date_time": "2016-03-02T00:00:00.000"},
        {"occured_date_time": "2016-02-28T13:05:10.000"},
        {"occured_date_time": "2016-03-03T13:05:10.000"},
    ]
    found = incidents(database, [*unknown, *unknown])
    assert found == [f"contact-{1000 + place}" for place in range(12)]


def test_a_contact_has_one_incident_also_when_its_records_disagree(database: duckdb.DuckDBPyConnection) -> None:
    tables = computed(database, [record(), record(beat="-", disposition="Shelter")])
    assert {row["incident_id"] for row in tables["clean/records"]} == {"contact-43653"}


def test_of_equal_records_the_first_stays(database: duckdb.DuckDBPyConnection) -> None:
    tables = computed(database, [record()] * 12)
    assert tables.only("clean/records")["record_id"].endswith("-1")
    assert tables.rules == {"exact_duplicate": 11}
    assert {(row["field"], row["value"]) for row in tables["clean/exclusions"]} == {("template_id", "43653")}


def test_another_disposition_is_no_duplicate(database: duckdb.DuckDBPyConnection) -> None:
    tables = computed(database, [record(), record(disposition="Shelter")])
    assert [row["contact_id"] for row in tables["clean/records"]] == ["43653", "43653"]


def test_template_missing(database: duckdb.DuckDBPyConnection) -> None:
    spellings = [None, "-", "FK ERROR"]
    tables = computed(database, [record(template_id=printed) for printed in spellings])
    assert tables.rules == {"template_missing": 3}
    found = tables["clean/exclusions"]
    assert {(row["field"], row["template_id"]) for row in found} == {("template_id", None)}
    assert {row["value"] for row in found} == set(spellings)


def test_records_of_a_contact_that_disagree_on_certification_all_leave(database: duckdb.DuckDBPyConnection) -> None:
    other = record(template_id="1")
    tables = computed(database, [record(), record(cit_certified_indicator="Y"), record(disposition="Shelter"), other])
    assert tables.only("clean/records")["contact_id"] == "1"
    assert tables.rules == {"contact_conflict": 3}
    assert {(row["field"], row["value"]) for row in tables["clean/exclusions"]} == {
        ("cit_certified_indicator", "N"),
        ("cit_certified_indicator", "Y"),
    }


def test_contacts_that_contradict_themselves_on_certification_alone_stand_apart(
    database: duckdb.DuckDBPyConnection,
) -> None:
    rows = [
        record(template_id="1"),
        record(template_id="2"),
        record(template_id="2", cit_certified_indicator="Y", officer_years_of_experience="-1"),
        record(template_id="3"),
        record(template_id="3", cit_certified_indicator="Y", officer_id="1"),
        record(template_id="4", reported_date=None, occured_date_time=None),
        record(template_id="4", cit_certified_indicator="Y"),
    ]
    tables = computed(database, rows, CONTRADICTORY)
    assert tables.rules == {"contact_conflict": 6}, "they are excluded too"
    assert [row["contact_id"] for row in tables["clean/records"]] == ["1"]
    found = {(row["contact_id"], row["cit_certified"]) for row in tables["clean/contradictory"]}
    # Without a date a record has no place in time.
    assert found == {("2", 0), ("2", 1), ("4", 1)}


@pytest.mark.parametrize("officer", ["7498", None])
def test_records_of_a_contact_that_disagree_on_the_officer_all_leave(
    database: duckdb.DuckDBPyConnection, officer: str | None
) -> None:
    tables = computed(database, [record(), record(officer_id=officer, cit_certified_indicator="Y")])
    assert tables.rules == {"contact_conflict": 2}
    assert {(row["field"], row["value"]) for row in tables["clean/exclusions"]} == {("officer_id", None)}


def test_records_of_a_contact_may_differ_in_all_else(database: duckdb.DuckDBPyConnection) -> None:
    others = [
        {"reported_time": "09:00:00"},
        {"officer_years_of_experience": "9"},
        {"precinct": "East"},
        {"officer_race": "Asian"},
    ]
    assert not computed(database, [record(), *(record(**other) for other in others)]).rules


def test_records_without_an_officer_agree(database: duckdb.DuckDBPyConnection) -> None:
    tables = computed(database, [record(officer_id=None), record(officer_id="-", disposition="Shelter")])
    assert [row["officer_key"] for row in tables["clean/records"]] == [None, None]


def test_a_record_that_left_before_makes_no_conflict(database: duckdb.DuckDBPyConnection) -> None:
    tables = computed(database, [record(), record(cit_certified_indicator="Y", use_of_force_indicator="?")])
    assert tables.rules == {"indicator_missing": 1}
    assert tables.only("clean/records")["cit_certified"] == 0


def test_rules_apply_in_their_order(database: duckdb.DuckDBPyConnection) -> None:
    """A record that breaks every rule goes under the first; mended there, under the next, to the last."""
    broken: dict[str, str | None] = {
        "template_id": "-",
        "use_of_force_indicator": "?",
        "reported_date": None,
        "occured_date_time": None,
    }
    mends: list[tuple[str, dict[str, str | None]]] = [
        ("template_missing", {"template_id": "7"}),
        ("indicator_missing", {"use_of_force_indicator": "N"}),
    ]
    for rule, mend in mends:
        assert computed(database, [record(**broken)] * 2).rules == {"exact_duplicate": 1, rule: 1}
        broken |= mend
    conflicting = [record(**broken), record(**{**broken, "officer_id": "1"})]
    assert computed(database, conflicting).rules == {"contact_conflict": 2}, "before date_missing"
    assert computed(database, conflicting[:1]).rules == {"date_missing": 1}
