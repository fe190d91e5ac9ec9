"""The ledger adds up, coverage counts what is there, labels and levels show what was seen."""

import datetime
from collections import Counter

import duckdb
import pytest

from cit_platform.codebook import codebook_files, codebook_rows
from cit_platform.contracts import TABLES
from cit_platform.transforms import read_sql
from cit_platform_tests.transforms.engine import (
    FIELDS,
    QUALITY,
    TYPES,
    Row,
    Tables,
    computed,
    fetched,
    keeps_contract,
    record,
)

RULES = [row["rule"] for row in codebook_rows(codebook_files("seattle")["exclusion_rules"])]


@pytest.fixture
def spoiled() -> list[Row]:
    """Records that lose some at every step of the ledger."""
    return [
        record(template_id="1"),
        record(template_id="1"),
        record(template_id="-"),
        record(template_id="2", officer_years_of_experience="-1"),
        record(template_id="3", officer_years_of_experience="70"),
        record(template_id="4", use_of_force_indicator="?"),
        record(template_id="5"),
        record(template_id="5", cit_certified_indicator="Y"),
        record(template_id="6", reported_date=None, occured_date_time=None),
        record(template_id="7", initial_call_type="ALIENS"),
        record(template_id="8", disposition=None, initial_call_type="ALIENS"),
        record(template_id="9", disposition="Other"),
        record(template_id="10", disposition="Abducted"),
        record(template_id="11", disposition="Shelter"),
        record(template_id="11", disposition="Other"),
        record(template_id="12", disposition="Unable to Contact"),
        record(template_id="13", officer_race="Martian", disposition="Shelter"),
        record(template_id="14", precinct="Harbor", disposition="Shelter"),
    ]


@pytest.fixture
def no_estimates(database: duckdb.DuckDBPyConnection) -> None:
    database.execute("delete from models.estimates")


def estimate(database: duckdb.DuckDBPyConnection, model: str, n_contacts: int | None, **changes: object) -> None:
    row = {
        "agency": "seattle",
        "model": model,
        "variant": "officer_clustered",
        "role": "headline",
        "term": "cit_certified",
        **changes,
    }
    row["n_contacts"] = n_contacts
    names = ", ".join(f'"{name}"' for name in row)
    database.execute(f"insert into models.estimates ({names}) values ({', '.join('?' * len(row))})", list(row.values()))


def steps(tables: Tables, part: str) -> list[tuple[str, str, int]]:
    return [(row["kind"], row["rule"], row["n"]) for row in tables["quality/flow"] if row["part"] == part]


@pytest.mark.usefixtures("no_estimates")
def test_the_flow_adds_up(database: duckdb.DuckDBPyConnection, spoiled: list[Row]) -> None:
    tables = computed(database, spoiled, QUALITY)
    assert [row["step"] for row in tables["quality/flow"]] == list(range(1, len(tables["quality/flow"]) + 1))
    losses = Counter(dict.fromkeys(RULES, 1) | {"contact_conflict": 2})
    assert steps(tables, "records") == [
        ("received", "received", 18),
        *(("excluded", rule, losses[rule]) for rule in RULES),
        ("kept", "clean", 10),
    ]
    assert steps(tables, "contacts") == [("excluded", "no_contact", 1), ("kept", "contacts", 8)]
    assert steps(tables, "force_model") == [
        ("excluded", "call_type_unmapped", 2),
        ("excluded", "other_label_unmapped", 2),
        ("excluded", "levels_without_events", 0),
        ("analysed", "analysed", 4),
    ]
    assert steps(tables, "disposition_model") == [
        ("excluded", "disposition_missing", 1),
        ("excluded", "disposition_other", 1),
        ("excluded", "disposition_unmapped", 1),
        ("excluded", "call_type_unmapped", 1),
        ("excluded", "other_label_unmapped", 1),
        ("excluded", "levels_without_events", 0),
        ("analysed", "analysed", 3),
    ]
    assert {row["unit"] for row in tables["quality/flow"] if row["part"] != "records"} == {"contact"}


@pytest.mark.usefixtures("no_estimates")
def test_rules_without_records_stand_in_the_flow_with_nought(database: duckdb.DuckDBPyConnection) -> None:
    tables = computed(database, [record()], QUALITY)
    assert steps(tables, "records") == [
        ("received", "received", 1),
        *(("excluded", rule, 0) for rule in RULES),
        ("kept", "clean", 1),
    ]


@pytest.mark.usefixtures("no_estimates")
def test_what_a_fit_leaves_out_is_the_last_loss(database: duckdb.DuckDBPyConnection, spoiled: list[Row]) -> None:
    estimate(database, "force", 3)
    # Other agencies, variants and terms, and shorter windows, say nothing of these contacts.
    estimate(database, "force", 2)
    estimate(database, "force", 99, agency="elsewhere")
    estimate(database, "force", 99, variant="published", role="published")
    estimate(database, "force", 99, term="intercept")
    estimate(database, "replication", 99)
    # What cannot be estimated has no count.
    estimate(database, "disposition", None)
    tables = computed(database, spoiled, QUALITY)
    assert steps(tables, "force_model")[2:] == [("excluded", "levels_without_events", 1), ("analysed", "analysed", 3)]
    assert steps(tables, "disposition_model")[-2:] == [
        ("excluded", "levels_without_events", 0),
        ("analysed", "analysed", 3),
    ]


def test_coverage_counts_what_is_there(database: duckdb.DuckDBPyConnection) -> None:
    rows = [
        record(),
        record(template_id="2", beat="-   ", sector="FK ERROR", officer_id=None, officer_year_of_birth="1900"),
        record(template_id="3", reported_date="2017-01-01", disposition="\u00a0"),
        record(template_id="4", reported_date="1900-01-01T00:00:00", final_call_type="--"),
        record(template_id="5", reported_date="2099-01-01"),
    ]
    tables = computed(database, rows, QUALITY)
    found = {(row["field"], row["year"]): (row["n_records"], row["n_present"]) for row in tables["quality/coverage"]}
    assert set(found) == {(field, year) for field in FIELDS for year in ("2016", "2017", "unknown")}
    incomplete = {
        **{(field, "2016"): (2, 1) for field in ("beat", "sector", "officer_id", "officer_year_of_birth")},
        ("disposition", "2017"): (1, 0),
        ("reported_date", "unknown"): (2, 1),
    }
    whole = {"2016": (2, 2), "2017": (1, 1), "unknown": (2, 2)}
    assert found == {key: incomplete.get(key, whole[key[1]]) for key in found}
    shares = {row["n_present"] / row["n_records"] == row["share_present"] for row in tables["quality/coverage"]}
    assert shares == {True}


def test_labels_show_every_label_with_its_group(database: duckdb.DuckDBPyConnection) -> None:
    rows = [
        record(template_id="1", disposition="Resources Declined"),
        record(template_id="2", disposition="resources  declined"),
        record(template_id="3", disposition=None, initial_call_type="-"),
        record(template_id="4", disposition="Abducted", initial_call_type="ALIENS"),
        record(template_id="-", disposition="Excluded"),
    ]
    tables = computed(database, rows, QUALITY)
    assert [tuple(row.values()) for row in tables["quality/labels"]] == [
        ("disposition", "", "missing", 1),
        ("disposition", "ABDUCTED", "unmapped", 1),
        ("disposition", "RESOURCES DECLINED", "no_action", 2),
        ("initial_call_type", "", "missing", 1),
        ("initial_call_type", "ALIENS", "unmapped", 1),
        ("initial_call_type", "DISTURBANCE, MISCELLANEOUS/OTHER", "disturbance", 2),
    ]


def test_levels_withhold_small_numbers_of_officer_attributes(database: duckdb.DuckDBPyConnection) -> None:
    common = [record(template_id=f"1{place}") for place in range(10)]
    rare = [record(template_id=f"2{place}", officer_race="Asian", precinct="East") for place in range(9)]
    unmapped = record(template_id="3", officer_race="Asian", precinct="East", initial_call_type="ALIENS")
    tables = computed(database, [*common, *rare, unmapped], QUALITY)
    found = {(row["term"], row["level"]): (row["n_contacts"], row["shown"]) for row in tables["quality/levels"]}
    assert found == {
        ("call_risk", "disturbance"): (19, True),
        ("call_risk", "unmapped"): (1, True),
        ("officer_gender", "M"): (20, True),
        ("officer_race", "Asian"): (None, False),
        ("officer_race", "White"): (None, True),
        ("period", "baseline"): (20, True),
        ("precinct", "East"): (10, True),
        ("precinct", "West"): (10, True),
    }


def put_rows(database: duckdb.DuckDBPyConnection, path: str, rows: list[Row]) -> None:
    """Replace a table of raw by rows, columns that are not given null."""
    table = TABLES[path]
    columns = ", ".join(f'"{column.name}" {TYPES[column.type]}' for column in table.columns)
    database.execute(f"create or replace table {table.relation} ({columns})")
    for row in rows:
        names = ", ".join(f'"{name}"' for name in row)
        database.execute(
            f"insert into {table.relation} ({names}) values ({', '.join('?' * len(row))})", list(row.values())
        )


def line(number: int, change: str, field: str | None = None, **changed: object) -> Row:
    return {
        "sequence": 2,
        "line": number,
        "record_id": f"record {number}",
        "template_id": f"template {number}",
        "change": change,
        "field": field,
        "seen_at": datetime.datetime(2026, 3, 31, 12),
        "reported_date": datetime.date(2026, 3, 1),
        **changed,
    }


def counted_revisions(database: duckdb.DuckDBPyConnection, lines: list[Row]) -> dict[tuple[str, str, str], Row]:
    snapshots = [
        {"sequence": n, "field": field, "from_snapshot": before, "n_records": 100 + n, "n_respelled": respelled}
        | {"seen_at": datetime.datetime(2026, 3, 29 + n, 12), "n_absent": 2 * respelled, "n_collapsed": 40 * (n - 1)}
        for n, before, respelled in ((1, None, 0), (2, "a", 7))
        for field in ("beat", "officer_id")
    ]
    put_rows(database, "raw/revisions", lines)
    put_rows(database, "raw/comparisons", snapshots)
    rows = fetched(database, read_sql("quality/revisions"))
    keeps_contract("quality/revisions", rows)
    assert [tuple(row) for row in rows[:1]] == [TABLES["quality/revisions"].column_names]
    return {(row["night"], row["change"], row["field"]): row for row in rows}


def test_revisions_are_counted_by_night_kind_and_field(database: duckdb.DuckDBPyConnection) -> None:
    lines = [
        line(1, "changed", "beat"),
        line(2, "changed", "sector", record_id="record 1", template_id="template 1"),
        line(3, "changed", "beat", reported_date=datetime.date(2026, 1, 1)),
        line(4, "changed", "beat", reported_date=datetime.date(2020, 1, 1)),
        line(5, "removed", reported_date=None),
        line(6, "added", template_id="template 5"),
        line(7, "added", template_id="template 5"),
        line(1, "changed", "beat", sequence=3, seen_at=datetime.datetime(2026, 4, 1)),
    ]
    found = counted_revisions(database, lines)
    numbers = ("n_records", "n_templates", "n_within_month", "n_within_year", "n_later", "median_age_days")

    def counts_of(*key: str) -> tuple[object, ...]:
        return tuple(found[key][name] for name in numbers)  # type: ignore[index]

    assert counts_of("2026-03-31", "changed", "beat") == (3, 3, 1, 1, 1, 89.0)
    assert counts_of("2026-03-31", "changed", "") == (3, 3, 1, 1, 1, 89.0)
    assert counts_of("all", "changed", "beat") == (4, 3, 1, 2, 1, 60.0)
    assert counts_of("all", "changed", "sector")[:2] == (1, 1)
    assert counts_of("all", "removed", "") == (1, 1, 0, 0, 0, None)
    assert counts_of("2026-03-31", "added", "")[:2] == (2, 1)
    assert counts_of("2026-03-30", "first", "")[0] == 101
    assert counts_of("2026-03-31", "compared", "")[0] == 102
    assert counts_of("all", "respelled", "beat")[0] == 7
    for night in ("all", "2026-03-31"):
        assert counts_of(night, "absent", "beat") == (14, None, None, None, None, None)
        assert counts_of(night, "collapsed", "") == (40, None, None, None, None, None)
    assert {change for night, change, _ in found if night == "2026-03-30"} == {"first"}


def test_revisions_of_few_contacts_are_withheld_for_an_officers_field(database: duckdb.DuckDBPyConnection) -> None:
    lines = [line(n, "changed", "officer_race") for n in range(9)] + [line(n, "changed", "beat") for n in range(20, 22)]
    found = counted_revisions(database, lines)
    for key in (("all", "changed", "officer_race"), ("all", "respelled", "officer_id")):
        assert not found[key]["shown"]
        assert {value for name, value in found[key].items() if name.startswith(("n_", "median"))} == {None}
    assert found["all", "changed", "beat"]["shown"]
    found = counted_revisions(database, [*lines, line(10, "changed", "officer_race")])
    assert found["all", "changed", "officer_race"]["n_records"] == 10
