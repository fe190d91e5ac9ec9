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

from cit_platform.sources.snapshot import FIELDS, Snapshot, SourceError, canonical_snapshot
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


def landed_times(texts: list[str | None], directory: Path) -> list[str | None]:
    rows = [
        row for number, text in enumerate(texts) for row in one_row(template_id=str(number), occured_date_time=text)
    ]
    records = sorted(landed(text_table(rows), directory), key=lambda record: int(record["template_id"] or -1))
    return [record["occured_date_time"] for record in records]


def digests(rows: Rows, directory: Path) -> set[str]:
    return {(record["record_id"] or "").partition("-")[0] for record in landed(text_table(rows), directory)}


def test_event_time_has_one_spelling(tmp_path: Path) -> None:
    canonical_by_printed = {
        "2015-09-01T15:25:09.000": "2015-09-01T15:25:09.000",
        "2015-09-01T15:25:09": "2015-09-01T15:25:09.000",
        "2015-09-01 15:25:09": "2015-09-01T15:25:09.000",
        "2015-09-01 15:25:09.5": "2015-09-01T15:25:09.500",
        "2015-09-01 15:25:09.123000": "2015-09-01T15:25:09.123",
        "09/01/2015 03:25:09 PM": "2015-09-01T15:25:09.000",
        "09/01/2015 03:25:09 AM": "2015-09-01T03:25:09.000",
        "09/01/2015 12:25:09 PM": "2015-09-01T12:25:09.000",
        "01/01/1900 12:00:00 AM": "1900-01-01T00:00:00.000",
        "": None,
        None: None,
    }
    assert landed_times([*canonical_by_printed], tmp_path) == [*canonical_by_printed.values()]


def test_text_that_is_no_time_is_kept(tmp_path: Path) -> None:
    printed: list[str | None] = [
        "2015-02-30T10:00:00",
        "2015-09-01T25:00:00",
        "2015-09-01T15:25:09.123456",
        "2015-09-01T15:25:09Z",
        "2015-09-01",
        "13/01/2015 03:25:09 PM",
        "09/01/2015 13:25:09 PM",
        "09/01/2015 00:25:09 AM",
        "09/01/2015 03:25:09 pm",
        " 2015-09-01T15:25:09",
        "2015-09-01T15:25:09\n",
        "-",
        "soon",
    ]
    assert landed_times(printed, tmp_path) == printed


def test_other_fields_are_kept_to_the_letter(tmp_path: Path) -> None:
    row = one_row(beat="U2    ", officer_id=" 7 ", reported_date="09/01/2015 03:25:09 PM", sector="-", precinct="")
    [record] = landed(text_table(row), tmp_path)
    assert {f: record[f] for f in FIELDS} == row[0] | {"precinct": None}


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
    row = generated_rows()[1]
    rows = [row, *(row | {field: value} for field in FIELDS for value in ("changed", None))]
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
        *((f"a{separator}b", "c") for separator in "|,;:\t\n\x1e\x1f\0/-"),
        *(("a", f"b{separator}c") for separator in "|,;:\t\n\x1e\x1f\0/-"),
    ]
    rows: Rows = [
        dict.fromkeys(FIELDS) | dict(zip(neighbours, values, strict=True))
        for neighbours in pairwise(FIELDS)
        for values in forgeries
    ]
    distinct = {tuple(row[field] for field in FIELDS) for row in rows}
    assert len(distinct) > 24 * 31
    assert len(digests(rows, tmp_path)) == len(distinct)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.lists(st.one_of(st.none(), st.text(max_size=4)), min_size=25, max_size=25), min_size=2, max_size=12))
def test_rows_are_equal_exactly_when_their_digests_are(values: list[list[str | None]]) -> None:
    rows: Rows = [dict(zip(FIELDS, row, strict=True)) for row in values]
    with tempfile.TemporaryDirectory() as directory:
        records = landed(text_table(rows), Path(directory))
    assert len(records) == len(rows)
    found = {(record["record_id"] or "").partition("-")[0] for record in records}
    assert len(found) == len({tuple(row[field] or None for field in FIELDS) for row in rows})


TIME_LIKE = st.from_regex(r"\d{2}/\d{2}/\d{4} \d{2}:\d{2}:\d{2} [AP]M|\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d*)?")


@settings(max_examples=4, deadline=None)
@given(st.lists(st.one_of(st.text(), st.datetimes().map(str), TIME_LIKE), min_size=30, max_size=60))
def test_canonical_text_stays_as_it_is(texts: list[str | None]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        once = landed_times(texts, Path(directory))
        assert landed_times(once, Path(directory)) == once
    assert [text is None for text in once] == [text == "" for text in texts]


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
        (lambda t: t.drop_columns(["beat"]), "missing: `beat`"),
        (lambda t: t.append_column("subject_age", t.column(0)), "unknown: `subject_age`"),
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
