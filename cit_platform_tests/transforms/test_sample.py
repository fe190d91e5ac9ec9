"""1,000 real records of 2020: what the statements keep and exclude equals a count made without them."""

import json
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import duckdb
import pytest

from cit_platform.modelling.exposure import exposure_of
from cit_platform.modelling.windows import Windows, windows_of
from cit_platform.sources.snapshot import canonical_snapshot
from cit_platform.transforms import read_sql
from cit_platform_tests.transforms.engine import CONTRADICTORY, FIELDS, QUALITY, Row, Tables, computed

EXCLUDED = {"contact_conflict": 36}


@pytest.fixture(scope="module")
def rows(sample: Path) -> list[Row]:
    return [{name: row.get(name) for name in FIELDS} for row in json.loads(sample.read_text(encoding="utf-8"))]


@pytest.fixture(scope="module")
def tables(database: duckdb.DuckDBPyConnection, rows: list[Row]) -> Tables:
    database.execute("delete from models.estimates")
    return computed(database, rows, QUALITY)


def counted_by_hand(rows: list[Row]) -> tuple[Counter[str], list[Row]]:
    """Exclusions by rule, and the rows left; every value of this sample is one that plain Python reads."""
    assert len({tuple(row.values()) for row in rows}) == len(rows)
    losses: Counter[str] = Counter()
    left: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        left[row["template_id"]].append(row)
    kept = []
    for template in left.values():
        if len({(row["officer_id"].strip(), row["cit_certified_indicator"]) for row in template}) > 1:
            losses["contact_conflict"] += len(template)
        else:
            kept += template
    return losses, kept


def test_exclusions_equal_an_independent_count(rows: list[Row], tables: Tables) -> None:
    losses, kept = counted_by_hand(rows)
    assert (len(rows), len(kept)) == (1000, 964)
    assert tables.rules == losses == EXCLUDED
    assert len(tables["clean/records"]) == 964
    assert Counter(row["contact_id"] for row in tables["clean/records"]) == Counter(row["template_id"] for row in kept)


def test_force_and_certification_that_remain(rows: list[Row], tables: Tables) -> None:
    _, kept = counted_by_hand(rows)
    assert sum(row["use_of_force_indicator"] == "Y" for row in kept) == 20
    assert sum(row["cit_certified_indicator"] == "Y" for row in kept) == 26
    for path in ("clean/records", "features/records", "features/contacts"):
        assert sum(row["force"] for row in tables[path]) == 20
        # One of the 17 templates that are no contact is of a certified officer.
        assert sum(row["cit_certified"] for row in tables[path]) == (25 if path == "features/contacts" else 26)


def test_no_label_of_the_sample_is_unmapped(tables: Tables) -> None:
    assert [row["label"] for row in tables["quality/labels"] if row["grouping"] == "unmapped"] == []
    assert sum(row["n_records"] for row in tables["quality/labels"]) == 2 * 964


def test_the_flow_of_the_sample_adds_up(tables: Tables) -> None:
    total = [row for row in tables["quality/flow"] if not row["arm"]]
    amounts = {(row["part"], row["rule"]): row["n"] for row in total}
    lost = sum(row["n"] for row in total if (row["part"], row["kind"]) == ("records", "excluded"))
    assert amounts["records", "received"] == 1000 == amounts["records", "clean"] + lost
    assert (amounts["contacts", "no_contact"], amounts["contacts", "contacts"]) == (17, 947)
    for part in ("force_model", "disposition_model"):
        assert sum(n for (of, _), n in amounts.items() if of == part) == 947


def test_certification_is_usable_from_2016_on(database: duckdb.DuckDBPyConnection, tables: Tables) -> None:
    exposure = exposure_of(database.execute(read_sql("quality/exposure_counts")).df())
    of_2015 = exposure[exposure["quarter"].str.startswith("2015")]
    assert (of_2015["certified_share"] == 0).all()
    assert of_2015["contacts"].sum() == sum(row["year"] == 2015 for row in tables["features/contacts"])
    assert set(of_2015["verdict"]) == {"implausible"}
    assert set(exposure["verdict"].iloc[3:]) == {"usable"}
    window = date(2015, 5, 15), date(2020, 11, 15)
    assert windows_of(exposure, window) == Windows(window, (date(2016, 1, 1), date(2020, 11, 15)))


def test_the_contradictory_contacts_of_the_sample_lie_after_2015(
    database: duckdb.DuckDBPyConnection, rows: list[Row]
) -> None:
    tables = computed(database, rows, CONTRADICTORY)
    found = tables["features/contradictory"]
    assert (len(tables["clean/contradictory"]), len(found)) == (36, 18)
    assert min(row["reported_date"] for row in found) == date(2016, 12, 4)


def test_record_ids_of_a_snapshot_are_those_the_rules_expect(rows: list[Row], tmp_path: Path) -> None:
    """Equal records of a snapshot differ in the counter by which the first is kept."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    doubled = pa.Table.from_pylist([*rows[:5], *rows[:5]], schema=pa.schema([(name, pa.string()) for name in FIELDS]))
    snapshot = canonical_snapshot(doubled, tmp_path, source="file", location="here", licence="", retrieved_at="")
    ids = pq.read_table(snapshot.records).column("record_id").to_pylist()
    assert sorted(name.rpartition("-")[2] for name in ids) == ["1"] * 5 + ["2"] * 5
