"""The modelling columns: groups from the codebook, periods, and what becomes of a contact's several records."""

import datetime
from collections import Counter

import duckdb
import pyarrow as pa
import pytest

from cit_platform.codebook import codebook_tables
from cit_platform_tests.transforms.engine import CONTRADICTORY, FEATURES, Row, Tables, computed, fetched, put, record


def by_contact(tables: Tables) -> dict[str, Row]:
    return {row["contact_id"]: row for row in tables["features/contacts"]}


def column_of(database: duckdb.DuckDBPyConnection, column: str, changes: list[dict[str, str | None]]) -> list[object]:
    """One column of features/contacts for one-record contacts that differ in some fields."""
    rows = [record(**{"template_id": str(1000 + place), **change}) for place, change in enumerate(changes)]
    found = by_contact(computed(database, rows, FEATURES))
    return [found[row["template_id"]][column] for row in rows]


def given(database: duckdb.DuckDBPyConnection, column: str, labels: list[str]) -> list[object]:
    """An officer attribute as the codebook reads it, before small levels are merged."""
    computed(
        database, [record(template_id=str(1000 + n), **{column: label}) for n, label in enumerate(labels)], FEATURES
    )
    return [row[column] for row in fetched(database, "select * from features.grouped order by contact_id")]


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
    assert of_record["precinct"] == "West"
    assert (of_record["experience_years"], of_record["experience"]) == (5, "5-9")
    # Of a single officer nothing is said.
    assert (of_record["officer_race"], of_record["officer_gender"]) == ("Unknown", "Unknown")


def test_policy_periods_begin_on_their_day(database: duckdb.DuckDBPyConnection) -> None:
    days = {
        "2015-05-15": "baseline",
        "2019-05-14": "baseline",
        "2019-05-15": "mark43",
        "2020-02-29": "mark43",
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
    assert given(database, "officer_race", list(races)) == list(races.values())
    genders = {"M": "M", "f": "F", "N": "Unknown", "-": "Unknown", "Q": "unmapped"}
    assert given(database, "officer_gender", list(genders)) == list(genders.values())


@pytest.mark.parametrize(
    ("years", "expected"),
    [
        *(("0", "0-4"), ("4", "0-4"), ("5", "5-9"), ("9", "5-9"), ("10", "10-14"), ("14", "10-14"), ("15", "15-19")),
        *(("19", "15-19"), ("20", "20+"), ("45", "20+"), ("46", "unknown"), ("-1", "unknown"), (None, "unknown")),
    ],
)
def test_experience_in_bins(database: duckdb.DuckDBPyConnection, years: str | None, expected: str) -> None:
    assert column_of(database, "experience", [{"officer_years_of_experience": years}]) == [expected]


def test_the_watch_is_of_the_event_or_else_of_the_report(database: duckdb.DuckDBPyConnection) -> None:
    of_event = {f"2016-03-01T{hour:02}:30:00": watch for hour, watch in WATCHES.items()}
    changes: list[dict[str, str | None]] = [{"occured_date_time": at, "reported_time": "-"} for at in of_event]
    assert column_of(database, "watch", changes) == list(of_event.values())
    # None, of another week, at an exact midnight, which is a time that was not recorded.
    for untrusted in (None, "2016-02-20T03:00:00", "2016-03-01T00:00:00"):
        changes = [{"occured_date_time": untrusted, "reported_time": f"{hour:02}:00:01"} for hour in WATCHES]
        assert column_of(database, "watch", [*changes, {"occured_date_time": untrusted, "reported_time": None}]) == [
            *WATCHES.values(),
            "unknown",
        ]


WATCHES = {0: "night", 7: "night", 8: "day", 15: "day", 16: "evening", 23: "evening"}


def test_the_weekend_is_of_the_event_or_else_of_the_report(database: duckdb.DuckDBPyConnection) -> None:
    days = [datetime.date(2016, 2, 29) + datetime.timedelta(days=n) for n in range(14)]
    weekend = [int(day.isoweekday() >= 6) for day in days]
    reported: list[dict[str, str | None]] = [
        {"reported_date": day.isoformat(), "occured_date_time": "2015-06-01T10:00:00"} for day in days
    ]
    assert column_of(database, "weekend", reported) == weekend
    occurred: list[dict[str, str | None]] = [
        {
            "reported_date": (day + datetime.timedelta(days=1)).isoformat(),
            "occured_date_time": f"{day}T{hour}:00",
        }
        for day in days
        for hour in ("13:05",)
    ]
    assert column_of(database, "weekend", occurred) == weekend


def officers(level: str, n: int, contacts: int = 2, **changes: str) -> list[Row]:
    """Contacts of officers who state the same race, alike many each."""
    rows = [
        record(officer_id=f"{level} {officer}", officer_race=level, **changes)
        for officer in range(n)
        for _ in range(contacts)
    ]
    return [row | {"template_id": f"{level} {place}"} for place, row in enumerate(rows)]


def one_of(level: str, contacts: int) -> list[Row]:
    """More contacts of the first of these officers."""
    return [
        record(template_id=f"{level} more {n}", officer_id=f"{level} 0", officer_race=level) for n in range(contacts)
    ]


MERGED = {
    "ten officers are enough": ([*officers("White", 12), *officers("Asian", 10)], {"White": 24, "Asian": 20}),
    "nine become Unknown, with others": (
        [*officers("White", 12), *officers("Asian", 9), *officers("Hispanic or Latino", 9)],
        {"White": 24, "Unknown": 36},
    ),
    "nine alone become the most frequent": ([*officers("White", 12), *officers("Asian", 9)], {"White": 42}),
    "one with half of the contacts is no one": (
        [*officers("White", 20), *officers("Asian", 11), *one_of("Asian", 18)],
        {"White": 40, "Asian": 40},
    ),
    "one with more than half is": (
        [*officers("White", 30), *officers("Asian", 11), *one_of("Asian", 19)],
        {"White": 101},
    ),
    "an Unknown of few is the most frequent": ([*officers("Asian", 11), *officers("Not Specified", 3)], {"Asian": 28}),
    "few join those who gave none": (
        [*officers("White", 12), *officers("Asian", 3), *officers("Unknown", 8)],
        {"White": 24, "Unknown": 22},
    ),
    "where all are few nobody is named": ([*officers("White", 5), *officers("Asian", 5)], {"Unknown": 20}),
    "who is not named is no officer": (
        [*officers("White", 12), *(row | {"officer_id": "-"} for row in officers("Asian", 30))],
        {"White": 84},
    ),
    "one who makes the most frequent hers": (
        [*officers("White", 10, 1), *one_of("White", 8), *one_of("White", 9)],
        {"Unknown": 27},
    ),
}


@pytest.mark.parametrize("case", MERGED)
def test_levels_of_few_officers_are_merged_before_anything_is_fitted(
    database: duckdb.DuckDBPyConnection, case: str
) -> None:
    rows, expected = MERGED[case]
    rows = [row | {"template_id": str(place)} for place, row in enumerate(rows)]
    tables = computed(database, rows, FEATURES)
    for path in ("features/records", "features/contacts"):
        assert Counter(row["officer_race"] for row in tables[path]) == expected


def test_a_label_that_awaits_its_mapping_stays_unmapped(database: duckdb.DuckDBPyConnection) -> None:
    tables = computed(database, [*officers("White", 12), *officers("Martian", 1)], FEATURES)
    assert Counter(row["officer_race"] for row in tables["features/contacts"]) == {"White": 24, "unmapped": 2}


def test_no_contact_makes_no_officer(database: duckdb.DuckDBPyConnection) -> None:
    absent = [row | {"disposition": "Unable to Contact"} for row in officers("Asian", 10)[18:]]
    rows = [*officers("White", 12), *officers("Asian", 10)[:18], *absent]
    tables = computed(database, rows, FEATURES)
    assert {row["officer_race"] for row in tables["features/records"]} == {"White"}


def test_contradictory_contacts_have_the_columns_and_levels_of_the_others(database: duckdb.DuckDBPyConnection) -> None:
    both = [record(template_id="9", officer_race="Asian", cit_certified_indicator=says) for says in "YN"]
    shelter = record(template_id="9", officer_race="Asian", disposition="Shelter", use_of_force_indicator="Y")
    tables = computed(database, [*officers("White", 12), *both, shelter], CONTRADICTORY)
    contact = tables.only("features/contradictory")
    assert "9" not in by_contact(tables)
    assert (contact["force"], contact["disposition_group"], contact["n_records"]) == (1, "referral", 3)
    assert (contact["officer_race"], contact["watch"], contact["experience"]) == ("White", "day", "5-9")


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
        assert not {"officer_birth_year", "officer_id"} & set(row)
