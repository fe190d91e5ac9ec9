"""Canonical text, record ids and the snapshot's hash."""

from __future__ import annotations

import random
import tempfile
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cit_platform.sources.columns import FIELDS
from cit_platform.sources.refused import SourceError
from cit_platform.sources.snapshot import Snapshot, canonical_snapshot, recomputed
from cit_platform_tests.sources.spellings import Rows, generated_rows, text_table


def snapshot_of(rows: pa.Table | Path, directory: Path) -> Snapshot:
    return canonical_snapshot(
        rows, directory, source="file", location="rows", licence="none", retrieved_at="2026-01-01T00:00:00+00:00"
    )


def landed(rows: pa.Table | Path, directory: Path) -> list[dict[str, str | None]]:
    records: list[dict[str, str | None]] = pq.read_table(snapshot_of(rows, directory).records).to_pylist()
    return records


def one_row(**fields: str | None) -> Rows:
    return [dict.fromkeys(FIELDS, None) | {"template_id": "1"} | fields]


def digests(rows: Rows, directory: Path) -> set[str]:
    return {(record["record_id"] or "").partition("-")[0] for record in landed(text_table(rows), directory)}


def test_blanks_are_folded_and_nothing_is_null(tmp_path: Path) -> None:
    row = one_row(
        beat="U2    ", officer_id=" 7 ", initial_call_type="LEWD -  (EXPOSING,\u00a0FLASHING)", sector="-", precinct=""
    )
    [record] = landed(text_table(row), tmp_path)
    expected = {"beat": "U2", "officer_id": "7", "initial_call_type": "LEWD - (EXPOSING, FLASHING)", "precinct": None}
    assert {f: record[f] for f in FIELDS} == row[0] | expected


def test_records_are_sorted_by_unique_ids_of_fixed_form(tmp_path: Path) -> None:
    rows = generated_rows()
    records = landed(text_table(rows), tmp_path)
    ids = [record["record_id"] or "" for record in records]
    assert ids == sorted(ids)
    assert len(set(ids)) == len(rows)
    assert all(len(i.partition("-")[0]) == 32 for i in ids)


def test_equal_rows_are_counted_from_one(tmp_path: Path) -> None:
    rows = generated_rows()
    records = landed(text_table(rows), tmp_path)
    counters: dict[tuple[str | None, ...], list[str]] = {}
    for record in records:
        digest, _, counter = (record["record_id"] or "").partition("-")
        counters.setdefault((digest, *(record[f] for f in FIELDS)), []).append(counter)
    repeats = sorted(found for found in counters.values() if len(found) > 1)
    assert repeats == [["1", "2"], ["1", "2", "3"]]
    assert all(found == ["1"] for found in counters.values() if len(found) == 1)


def test_order_of_rows_and_columns_does_not_matter(tmp_path: Path) -> None:
    rows = generated_rows()
    shuffled = rows.copy()
    random.Random(7).shuffle(shuffled)
    table = text_table(shuffled)
    first = snapshot_of(text_table(rows), tmp_path)
    content = first.records.read_bytes()
    second = snapshot_of(table.select(sorted(FIELDS)), tmp_path)
    assert second.content_hash == first.content_hash
    assert second.records.read_bytes() == content


def test_any_changed_value_changes_the_digest(tmp_path: Path) -> None:
    row = generated_rows()[1] | {"officer_year_of_birth": "1985"}
    # Of a birth that cannot be read nothing is kept.
    changed = {"officer_year_of_birth": "1911"}
    rows = [row, *(row | {field: value} for field in FIELDS for value in (changed.get(field, "changed"), None))]
    assert len(digests(rows, tmp_path)) == 1 + 2 * len(FIELDS)


def test_a_row_more_changes_the_hash(tmp_path: Path) -> None:
    rows = generated_rows()
    assert rows[-1] in rows[:-1]
    hashes = {snapshot_of(text_table(some), tmp_path).content_hash for some in (rows, rows[:-1])}
    assert len(hashes) == 2


def test_borders_of_fields_cannot_be_forged(tmp_path: Path) -> None:
    forgeries: list[tuple[str | None, str | None]] = [
        ("a", "b"),
        ("a\x1fb", None),
        ("ab", None),
        (None, "ab"),
        ("1:b", None),
        ("a1:b", None),
        ("a:", "b"),
        ("a", ":b"),
        ("a1:", "b"),
        ("null", None),
        ("é", "b"),
        ("e\u0301", "b"),
        *((f"a{separator}b", "c") for separator in "|,;:\x1e\x1f\0/-"),
        *(("a", f"b{separator}c") for separator in "|,;:\x1e\x1f\0/-"),
    ]
    rows: Rows = [
        dict.fromkeys(FIELDS) | dict(zip(neighbours, values, strict=True))
        for neighbours in pairwise(field for field in FIELDS if field != "officer_year_of_birth")
        for values in forgeries
    ]
    distinct = {tuple(row[field] for field in FIELDS) for row in rows}
    assert len(distinct) > 23 * 27
    assert len(digests(rows, tmp_path)) == len(distinct)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.lists(st.one_of(st.none(), st.text(max_size=4)), min_size=25, max_size=25), min_size=2, max_size=12))
def test_records_are_equal_exactly_when_their_digests_are(values: list[list[str | None]]) -> None:
    rows: Rows = [dict(zip(FIELDS, row, strict=True)) for row in values]
    with tempfile.TemporaryDirectory() as directory:
        records = landed(text_table(rows), Path(directory))
    assert len(records) == len(rows)
    found = {(record["record_id"] or "").partition("-")[0] for record in records}
    assert len(found) == len({tuple(record[field] for field in FIELDS) for record in records})


def test_ids_are_recomputed_from_what_a_snapshot_holds(tmp_path: Path) -> None:
    snapshot = snapshot_of(text_table(generated_rows()), tmp_path)
    stored = pq.read_table(snapshot.records)
    again = tmp_path / "again"
    again.mkdir()
    path, content_hash = recomputed(stored.select(FIELDS), again)
    assert content_hash == snapshot.content_hash
    assert pq.read_table(path).to_pylist() == stored.to_pylist()
    spoiled = stored.set_column(25, "beat", pa.array(["K1"] * stored.num_rows))
    assert recomputed(spoiled.select(FIELDS), again)[1] != content_hash


def test_path_and_table_give_the_same(tmp_path: Path) -> None:
    table = text_table(generated_rows())
    pq.write_table(table, tmp_path / "rows in ü.parquet")
    assert snapshot_of(tmp_path / "rows in ü.parquet", tmp_path) == snapshot_of(table, tmp_path)


def test_time_column_alias_and_portal_columns(tmp_path: Path) -> None:
    table = text_table(generated_rows())
    renamed = table.rename_columns(["reported_hour" if f == "reported_time" else f for f in FIELDS])
    extended = renamed.append_column(":@computed_region", pa.array(range(table.num_rows)))
    assert snapshot_of(extended, tmp_path) == snapshot_of(table, tmp_path)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda t: t.drop_columns(["officer_race"]), "missing: `officer_race`"),
        (
            lambda t: t.rename_columns(["race" if f == "officer_race" else f for f in FIELDS]),
            "missing: `officer_race`; unknown: `race`",
        ),
        (lambda t: t.append_column("reported_hour", t.column(0)), "more than once: `reported_time`"),
        (lambda t: t.set_column(0, "template_id", pa.array([1] * t.num_rows)), "`template_id` of rows is BIGINT"),
        (lambda t: t.slice(0, 0), "rows holds no records"),
    ],
)
def test_rows_that_are_not_crisis_data_are_refused(spoil: object, message: str, tmp_path: Path) -> None:
    assert callable(spoil)
    with pytest.raises(SourceError, match=message):
        snapshot_of(spoil(text_table(generated_rows())), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_quote_in_the_directory(tmp_path: Path) -> None:
    directory = tmp_path / "it's ü"
    directory.mkdir()
    assert snapshot_of(text_table(generated_rows()), directory).n_records == 43
    assert [path.name for path in directory.iterdir()] == ["records.parquet"]
