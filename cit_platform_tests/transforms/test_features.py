"""The modelling columns: groups from the codebook, periods, and what becomes of a contact's several records."""

import datetime

import duckdb
import pyarrow as pa
import pytest

from cit_platform.codebook import codebook_tables
from cit_platform_tests.transforms.engine import FEATURES, Row, Tables, computed, put, record


def by_contact(tables: Tables) -> dict[str, Row]:
    return {row["contact_id"]: row for row in tables["features/contacts"]}


def column_of(database: duckdb.DuckDBPyConnection, column: str, changes: list[dict[str, str | None]]) -> list[object]:
    """One column of features/contacts for one-record contacts that differ in some fields."""
    rows = [record(**{"template_id": str(1000 + place), **change}) for place, change in enumerate(changes)]
    found = by_contact(computed(database, rows, FEATURES))
    return [found[row["template_id"]][column] for row in rows]


def test_a_contact_of_one_record_is_that_record(database: duckdb.DuckDBPyConnection) -> None:
    tables = computed(database, [record()], FEATURES)
    of_record, contact = tables.only("features/records"), tables.only("features/contacts")
    del of_record["record_id"]
    own = {"any_arrest": 0, "any_emergent_detention": 0, "any_referral": 0, "n_records": 1, "conflicting_fields": 0}
    assert contact == {**of_record, **own}
    assert of_record["call_risk_published"] == "disturbance"
    assert of_record["reported_date"] == datetime.date(2016, 3, 2)
    assert (of_record["year"], of_record["period"], of_record["records_system"]) == (2016, "baseline", "legacy")
    assert (of_record["disposition_group"], of_record["call_risk"]) == ("no_action", "disturbance")
    assert (of_record["precinct"], of_record["officer_race"], of_record["officer_gender"]) == ("West", "White", "M")


def test_policy_periods_begin_on_their_day(database: duckdb.DuckDBPyConnection) -> None:
    days = {
        "2015-05-15": "baseline",
        "2020-02-29": "baseline",
        "2020-03-01": "pandemic",
        "2021-07-24": "pandemic",
        "2021-07-25": "hb1310",
        "2022-03-03": "hb1310",
        "2022-03-04": "hb1735",
        "2023-09-30": "hb1735",
        "2023-10-01": "care",
        "2026-11-22": "care",
    }
    rows = [record(template_id=str(place), reported_date=day) for place, day in enumerate(days)]
    found = by_contact(computed(database, rows, FEATURES, as_of=datetime.date(2026, 11, 22)))
    assert [found[str(place)]["period"] for place in range(len(days))] == list(days.values())


def test_records_system_by_the_size_of_the_template_number(database: duckdb.DuckDBPyConnection) -> None:
    numbers = {
        "43469": "legacy",
        "2147483647": "legacy",
        "2147483648": "mark43",
        "25412697826": "mark43",
        "0000000000000000000000043469": "legacy",
        "9" * 60: "mark43",
        "A25412697826": "legacy",
    }
    found = by_contact(computed(database, [record(template_id=number) for number in numbers], FEATURES))
    assert {number: found[number]["records_system"] for number in numbers} == numbers


def test_missing_is_not_unmapped(database: duckdb.DuckDBPyConnection) -> None:
    changes: list[dict[str, str | None]] = [
        {"disposition": "-", "initial_call_type": None},
        {"disposition": "Abducted by aliens", "initial_call_type": "ALIENS - IP/JO"},
        {"disposition": "Other", "initial_call_type": "UNKNOWN - COMPLAINT OF UNKNOWN NATURE"},
    ]
    assert column_of(database, "disposition_group", changes) == ["missing", "unmapped", "other"]
    assert column_of(database, "call_risk", changes) == ["unknown", "unmapped", "other"]
    assert column_of(database, "call_class", changes) == ["unknown", "unmapped", "nature_unknown"]


def test_exact_labels_beat_patterns_and_the_first_pattern_wins(database: duckdb.DuckDBPyConnection) -> None:
    original = codebook_tables("seattle")["call_types"]
    codes = [
        ("1", "pattern", "^TRES.*$", "violent", "first"),
        ("2", "pattern", "^TRE.*$", "other", "second"),
        ("10", "pattern", "^T.*$", "other", "tenth"),
        ("11", "exact", "TRESPASS", "suicide", "exact"),
    ]
    names = ("order", "kind", "label", "call_risk", "call_class", "published_call_risk")
    columns = {name: pa.array([(*code, "")[place] for code in codes], pa.string()) for place, name in enumerate(names)}
    put(database, "codebook.call_types", pa.table(columns))
    try:
        labels = ["Trespass", "TRESPASSING", "TREE", "TOWN", "A TREE"]
        found = column_of(database, "call_class", [{"initial_call_type": label} for label in labels])
    finally:
        put(database, "codebook.call_types", original)
    assert found == ["exact", "first", "second", "tenth", "unmapped"]


def test_places_and_officers_are_levels_of_the_models(database: duckdb.DuckDBPyConnection) -> None:
    precincts = {"NORTH": "North", "South": "South", "SouthWest": "Southwest", "SOUTHWEST": "Southwest"}
    precincts |= dict.fromkeys(("OOJ", "Unknown", "FK ERROR", "-"), "Unknown") | {"HARBOR": "unmapped"}
    assert column_of(database, "precinct", [{"precinct": label} for label in precincts]) == list(precincts.values())
    races = {
        "White": "White",
        "black or african american": "Black or African American",
        "American Indian / Alaska Native": "American Indian/Alaska Native",
        "American Indian or Alaska Native": "American Indian/Alaska Native",
        "Nat Hawaiian/Oth Pac Islander": "Nat Hawaiian/Oth Pac Islander",
        "Native Hawaiian or Other Pacific Islander": "Nat Hawaiian/Oth Pac Islander",
        "Martian": "unmapped",
    }
    races |= dict.fromkeys(("Not Specified", "Declined to Answer", "Unknown", "-"), "Unknown")
    assert column_of(database, "officer_race", [{"officer_race": label} for label in races]) == list(races.values())
    genders = {"M": "M", "f": "F", "N": "Unknown", "-": "Unknown", "Q": "unmapped"}
    assert column_of(database, "officer_gender", [{"officer_gender": label} for label in genders]) == list(
        genders.values()
    )


DISPOSITIONS = ["Subject Arrested", "Emergent Detention/ITA", "Shelter", "Chronic Complaint", "Other", "Nonsense", "-"]
GROUPS = ["arrest", "emergent_detention", "referral", "no_action", "other", "unmapped", "missing"]


def test_a_template_of_nothing_higher_than_unable_to_contact_is_no_contact(database: duckdb.DuckDBPyConnection) -> None:
    rows = [
        *(record(template_id="1", disposition=label) for label in ("Unable to Contact", "Other", "Nonsense", "-")),
        *(record(template_id="2", disposition=label) for label in ("Unable to Contact", "Chronic Complaint")),
        record(template_id="3", disposition="Other"),
    ]
    tables = computed(database, rows, FEATURES)
    assert {contact: row["disposition_group"] for contact, row in by_contact(tables).items()} == {
        "2": "no_action",
        "3": "other",
    }
    groups = [(row["contact_id"], row["disposition_group"]) for row in tables["features/records"]]
    assert sorted(group for contact, group in groups if contact == "1") == [
        "missing",
        "no_contact",
        "other",
        "unmapped",
    ]


@pytest.mark.parametrize("highest", range(7))
def test_the_highest_disposition_of_a_contact_counts(database: duckdb.DuckDBPyConnection, highest: int) -> None:
    rows = [record(disposition=label) for label in reversed(DISPOSITIONS[highest:])]
    tables = computed(database, rows, FEATURES)
    contact = tables.only("features/contacts")
    assert contact["disposition_group"] == GROUPS[highest]
    assert contact["n_records"] == len(rows)
    flags = [contact[f"any_{group}"] for group in GROUPS[:3]]
    assert flags == [int(place >= highest) for place in range(3)]
    assert contact["conflicting_fields"] == 0, "several dispositions are no disagreement"


def test_force_is_any(database: duckdb.DuckDBPyConnection) -> None:
    rows = [record(), record(disposition="Shelter", use_of_force_indicator="Y"), record(template_id="2")]
    tables = computed(database, rows, FEATURES)
    assert {contact: row["force"] for contact, row in by_contact(tables).items()} == {"43653": 1, "2": 0}
    assert sum(row["force"] for row in tables["features/records"]) == 1
    assert by_contact(tables)["43653"]["conflicting_fields"] == 1


def test_other_columns_come_from_the_first_record_in_the_order_of_its_fields(
    database: duckdb.DuckDBPyConnection,
) -> None:
    """The reported date comes first of the fields, then the hour; a missing value comes last."""
    rows = [
        record(reported_date="2016-03-03", precinct="East", disposition="Shelter", officer_years_of_experience="1"),
        record(reported_time="-", precinct="South", cit_officer_arrived="-"),
        record(reported_time="16:00:00", precinct="North", cit_officer_requested="Y", officer_years_of_experience="9"),
    ]
    for order in (rows, rows[::-1]):
        contact = computed(database, order, FEATURES).only("features/contacts")
        assert contact["reported_date"] == datetime.date(2016, 3, 2)
        assert (contact["precinct"], contact["experience_years"]) == ("North", 9)
        assert (contact["cit_requested"], contact["cit_arrived"]) == (1, 1)
        # Date, hour, requested, arrived, experience, precinct.
        assert contact["conflicting_fields"] == 6


def test_nothing_in_features_names_an_officer(database: duckdb.DuckDBPyConnection) -> None:
    tables = computed(database, [record(officer_id="987654")], FEATURES)
    for path in ("features/records", "features/contacts"):
        row = tables.only(path)
        assert "987654" not in {str(value) for value in row.values()}
        assert not {"officer_birth_year", "officer_squad", "officer_id"} & set(row)
