"""The ledger adds up, coverage counts what is there, labels and levels show what was seen."""

import datetime
from collections import Counter

import duckdb
import pytest

from cit_platform.codebook import codebook_files, codebook_rows
from cit_platform.contracts import TABLES
from cit_platform.modelling.exposure import exposure_of
from cit_platform.transforms import read_sql
from cit_platform_tests.transforms.engine import (
    FEATURES,
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

RULES = [
    row["rule"] for row in codebook_rows(codebook_files("seattle")["exclusion_rules"]) if row["removes_from"] == "all"
]


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


def steps(tables: Tables, part: str, arm: str = "") -> list[tuple[str, str, int]]:
    return [
        (row["kind"], row["rule"], row["n"])
        for row in tables["quality/flow"]
        if (row["part"], row["arm"]) == (part, arm)
    ]


def arms_add_up(tables: Tables) -> bool:
    """Whether the arms of each step are its total, none below nought."""
    amounts: dict[int, dict[str, int]] = {}
    for row in tables["quality/flow"]:
        amounts.setdefault(row["step"], {})[row["arm"]] = row["n"]
    return all(min(of.values()) >= 0 and of.pop("") == sum(of.values()) and len(of) == 3 for of in amounts.values())


@pytest.mark.usefixtures("no_estimates")
def test_the_flow_adds_up(database: duckdb.DuckDBPyConnection, spoiled: list[Row]) -> None:
    tables = computed(database, spoiled, QUALITY)
    assert arms_add_up(tables)
    total = [row["step"] for row in tables["quality/flow"] if not row["arm"]]
    assert total == list(range(1, len(total) + 1))
    losses = Counter(dict.fromkeys(RULES, 1) | {"contact_conflict": 2})
    assert steps(tables, "records") == [
        ("received", "received", 18),
        *(("excluded", rule, losses[rule]) for rule in RULES),
        ("kept", "clean", 12),
    ]
    assert steps(tables, "contacts") == [("excluded", "no_contact", 1), ("kept", "contacts", 10)]
    assert steps(tables, "force_model") == [
        ("excluded", "usable_exposure", 0),
        ("excluded", "call_type_unmapped", 2),
        ("excluded", "other_label_unmapped", 2),
        ("excluded", "levels_without_events", 0),
        ("analysed", "analysed", 6),
    ]
    assert steps(tables, "published_model") == [
        ("excluded", "experience_unknown", 1),
        ("excluded", "experience_impossible", 1),
        ("excluded", "call_type_unmapped", 2),
        ("excluded", "other_label_unmapped", 2),
        ("excluded", "levels_without_events", 0),
        ("analysed", "analysed", 6),
    ]
    assert steps(tables, "disposition_model") == [
        ("excluded", "usable_exposure", 0),
        ("excluded", "disposition_missing", 1),
        ("excluded", "disposition_other", 1),
        ("excluded", "disposition_unmapped", 1),
        ("excluded", "call_type_unmapped", 1),
        ("excluded", "other_label_unmapped", 1),
        ("excluded", "levels_without_events", 0),
        ("analysed", "analysed", 5),
    ]
    assert {row["unit"] for row in tables["quality/flow"] if row["part"] not in ("records", "published_model")} == {
        "contact"
    }


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
    estimate(database, "disposition", 99, variant="published", role="published")
    estimate(database, "force", 99, term="intercept")
    estimate(database, "replication", 99)
    # What cannot be estimated has no count.
    estimate(database, "disposition", None)
    tables = computed(database, spoiled, QUALITY)
    assert steps(tables, "force_model")[3:] == [("excluded", "levels_without_events", 3), ("analysed", "analysed", 3)]
    assert arms_add_up(tables)
    # The table of estimates does not say whose contacts they were.
    assert steps(tables, "force_model", "unknown")[3:] == steps(tables, "force_model")[3:]
    assert steps(tables, "disposition_model")[-2:] == [
        ("excluded", "levels_without_events", 0),
        ("analysed", "analysed", 5),
    ]


@pytest.mark.usefixtures("no_estimates")
def test_levels_that_left_a_fit_say_whose_contacts_went(database: duckdb.DuckDBPyConnection) -> None:
    rows = [record(template_id=str(n), cit_certified_indicator="YN"[n % 2]) for n in range(5)]
    rows += [record(template_id=str(10 + n), precinct="South", cit_certified_indicator="YYN"[n]) for n in range(3)]
    rows += [record(template_id=str(20 + n), precinct="South", reported_date="2015-06-01") for n in range(2)]
    estimate(database, "force", 5, window_start=datetime.date(2016, 1, 1))
    left_out = {"term": "precinct", "level": "South", "reason": "level_left_out;reference_replaced"}
    estimate(database, "force", None, **left_out)
    tables = computed(database, rows, QUALITY)
    found = {arm: [n for _, _, n in steps(tables, "force_model", arm)] for arm in ("", "certified", "not_certified")}
    assert found == {"": [2, 0, 0, 3, 5], "certified": [0, 0, 0, 2, 3], "not_certified": [2, 0, 0, 1, 2]}
    assert arms_add_up(tables)


@pytest.mark.usefixtures("no_estimates")
def test_the_arm_of_an_excluded_record_is_what_it_says_of_certification(database: duckdb.DuckDBPyConnection) -> None:
    rows = [
        *(record(template_id="1", cit_certified_indicator=says) for says in ("Y", "N", "N")),
        record(template_id="1", cit_certified_indicator="N", disposition="Shelter"),
        record(template_id="2", cit_certified_indicator="Y"),
        record(template_id="-", cit_certified_indicator="Y"),
        record(template_id="3", cit_certified_indicator="Unknown"),
    ]
    tables = computed(database, rows, QUALITY)
    found = {
        arm: {rule: n for _, rule, n in steps(tables, "records", arm) if n}
        for arm in ("certified", "not_certified", "unknown")
    }
    assert found == {
        "certified": {"received": 3, "contact_conflict": 1, "template_missing": 1, "clean": 1},
        "not_certified": {"received": 3, "exact_duplicate": 1, "contact_conflict": 2},
        "unknown": {"received": 1, "indicator_missing": 1},
    }
    assert arms_add_up(tables)


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


def levels_of(database: duckdb.DuckDBPyConnection, officers: dict[str, list[int]], **changes: str) -> dict[str, Row]:
    """The rows of officer_race where officers, one a number, wrote so many contacts each, nothing merged."""
    stated = [
        (race, f"{race} {n}") for race, sizes in officers.items() for n, size in enumerate(sizes) for _ in range(size)
    ]
    rows = [
        record(template_id=str(place), officer_race=race, officer_id=officer, **changes)
        for place, (race, officer) in enumerate(stated)
    ]
    computed(database, rows, FEATURES)
    database.execute(
        "update features.contacts set officer_race = g.officer_race from features.grouped g "
        "where g.contact_id = features.contacts.contact_id"
    )
    rows = fetched(database, read_sql("quality/levels"))
    keeps_contract("quality/levels", rows)
    assert {row["shown"] for row in rows if not row["term"].startswith("officer")} == {True}
    return {row["level"]: row for row in rows if row["term"] == "officer_race"}


def test_levels_of_few_officers_are_withheld_with_all_counts_of_their_term(database: duckdb.DuckDBPyConnection) -> None:
    for spoiled in ([9] * 9, [5] * 9 + [46]):
        found = levels_of(database, {"White": [2] * 12, "Asian": spoiled})
        assert {level: row["shown"] for level, row in found.items()} == {"White": True, "Asian": False}
        assert {row["n_contacts"] for row in found.values()} == {row["n_officers"] for row in found.values()} == {None}
    found = levels_of(database, {"White": [2] * 12, "Asian": [5] * 9 + [45]})
    assert {level: (row["n_contacts"], row["n_officers"], row["shown"]) for level, row in found.items()} == {
        "White": (24, 12, True),
        "Asian": (90, 10, True),
    }


def test_what_no_model_can_hold_makes_no_officer(database: duckdb.DuckDBPyConnection) -> None:
    found = levels_of(database, {"White": [2] * 12, "Asian": [5] * 10}, initial_call_type="ALIENS")
    assert {row["shown"] for row in found.values()} == {False}


def test_the_only_level_of_a_term_is_shown(database: duckdb.DuckDBPyConnection) -> None:
    found = levels_of(database, {"White": [3]})
    assert (found["White"]["n_contacts"], found["White"]["shown"]) == (3, True)


def test_officers_are_counted_in_the_usable_window_too(database: duckdb.DuckDBPyConnection) -> None:
    database.execute(
        "insert into quality.exposure (quarter, first_day, verdict) values "
        "('2016-Q1', date '2016-01-01', 'implausible'), ('2016-Q2', date '2016-04-01', 'usable')"
    )
    try:
        officers = {"White": [2] * 30, "Asian": [2] * 12}
        assert {row["shown"] for row in levels_of(database, officers).values()} == {True}, "nothing lies in the window"
        database.execute(
            "update features.contacts set reported_date = date '2016-05-01' "
            "where officer_race = 'White' or officer_key in (select min(officer_key) from features.contacts "
            "where officer_race = 'Asian')"
        )
        rows = fetched(database, read_sql("quality/levels"))
        shown = {row["level"]: row["shown"] for row in rows if row["term"] == "officer_race"}
        assert shown == {"White": True, "Asian": False}
    finally:
        database.execute("delete from quality.exposure")


def test_one_officer_of_a_level_is_named_and_counted_nowhere(database: duckdb.DuckDBPyConnection) -> None:
    """One officer of 31 gives no gender, in 82 contacts."""
    rows = [record(officer_id=str(n % 30), officer_gender="MMF"[n % 3]) for n in range(300)]
    rows += [record(officer_id="999", officer_gender="N", use_of_force_indicator="NY"[n % 10 == 0]) for n in range(82)]
    rows = [row | {"template_id": str(place)} for place, row in enumerate(rows)]
    tables = computed(database, [*rows, *rows[-40:]], QUALITY)
    merged = {"M": 282, "F": 100}
    for path in ("features/records", "features/contacts"):
        assert Counter(row["officer_gender"] for row in tables[path]) == merged
    found = {row["level"]: row for row in tables["quality/levels"] if row["term"] == "officer_gender"}
    assert {level: (row["n_contacts"], row["shown"]) for level, row in found.items()} == {
        level: (n, True) for level, n in merged.items()
    }
    shown_values = [
        value for path in QUALITY if path.startswith("quality/") for row in tables[path] for value in row.values()
    ]
    assert 82 not in shown_values
    exposure = exposure_of(database.execute(read_sql("quality/exposure_counts")).df())
    assert 82 not in exposure.to_numpy().ravel().tolist()


def test_certification_that_comes_and_goes_is_counted_by_quarter(database: duckdb.DuckDBPyConnection) -> None:
    says = [
        ("1", "2016-01-01", "N"),
        ("1", "2016-03-31", "Y"),
        ("1", "2016-04-01", "Y"),
        ("1", "2017-01-01", "N"),
        ("2", "2016-02-01", "Y"),
        ("2", "2016-02-02", "N"),
        ("2", "2016-02-03", "Y"),
        ("2", "2016-02-04", "N"),
        (None, "2016-02-01", "N"),
        (None, "2016-02-02", "Y"),
    ]
    rows = [
        record(template_id=str(n), officer_id=officer, reported_date=day, cit_certified_indicator=certified)
        for n, (officer, day, certified) in enumerate(says)
    ]
    computed(database, rows, FEATURES)
    revised = [line(n, "changed", "cit_certified_indicator", reported_date=datetime.date(2016, 5, n)) for n in (1, 2)]
    others = [
        line(3, "changed", "beat", reported_date=datetime.date(2016, 5, 1)),
        line(4, "changed", "cit_certified_indicator", reported_date=None),
        line(5, "removed"),
    ]
    put_rows(database, "raw/revisions", [*revised, *others])
    try:
        table = exposure_of(database.execute(read_sql("quality/exposure_counts")).df())
    finally:
        put_rows(database, "raw/revisions", [])
    columns = ["quarter", "contacts", "officers", "to_certified", "to_uncertified", "revised"]
    assert table[columns].to_numpy().tolist() == [
        ["2016-Q1", 8, 4, 2, 1, 0],
        ["2016-Q2", 1, 1, 0, 0, 2],
        ["2017-Q1", 1, 1, 0, 1, 0],
    ]
    assert tuple(table.columns) == TABLES["quality/exposure"].column_names


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
