"""The file source: every spelling of the same rows lands alike, and every fault is refused by name."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cit_platform.sources import file, formats, reading
from cit_platform.sources.columns import FIELDS
from cit_platform.sources.file import FileSource
from cit_platform.sources.refused import SourceError
from cit_platform.sources.snapshot import Snapshot, canonical_snapshot
from cit_platform_tests.sources.display_names import DISPLAY_NAMES
from cit_platform_tests.sources.spellings import (
    SPELLINGS,
    Rows,
    bulk_csv_bytes,
    csv_bytes,
    generated_rows,
    json_bytes,
    parquet_bytes,
    text_table,
    written,
    zip_bytes,
)

SAMPLE = Path(__file__).parents[2].parent / "shared" / "spd-sample" / "soda_2020-11-14.json"


def fetched(path: Path) -> tuple[Snapshot, list[dict[str, str | None]]]:
    with tempfile.TemporaryDirectory() as directory:
        snapshot = FileSource(path).fetch(Path(directory))
        assert [entry.name for entry in Path(directory).iterdir()] == ["records.parquet"]
        return snapshot, pq.read_table(snapshot.records).to_pylist()


def refusal(path: Path) -> str:
    """The message of a refusal that leaves nothing behind."""
    with tempfile.TemporaryDirectory() as directory:
        with pytest.raises(SourceError) as refused:
            FileSource(path).fetch(Path(directory))
        assert list(Path(directory).iterdir()) == []
    message = str(refused.value)
    assert path.name in message
    assert "\n" not in message
    assert len(message) < 2500
    return message


def hash_of(rows: Rows) -> str:
    with tempfile.TemporaryDirectory() as directory:
        return canonical_snapshot(
            text_table(rows), Path(directory), source="file", location="", licence="", retrieved_at=""
        ).content_hash


# --- What is read ---


@pytest.mark.parametrize("name", SPELLINGS)
def test_every_spelling_gives_the_same_records(name: str, tmp_path: Path) -> None:
    rows = generated_rows()
    path = written(tmp_path, name, SPELLINGS[name](rows))
    snapshot, _ = fetched(path)
    assert snapshot.content_hash == hash_of(rows)
    assert (snapshot.n_records, snapshot.source, snapshot.location) == (len(rows), "file", name)
    assert snapshot.received == path
    assert snapshot.retrieved_at.endswith("+00:00")


@pytest.mark.parametrize("name", ["numbers.json", "api.csv", "bulk.csv", "typed.parquet", "soda.json.gz", "soda.zip"])
def test_every_spelling_of_the_real_sample_gives_the_same_records(name: str, tmp_path: Path) -> None:
    if not SAMPLE.exists():
        assert os.environ.get("CI") != "true", f"{SAMPLE} has to be there in CI"
        pytest.skip(f"the sample of real rows is not at {SAMPLE}")
    rows = sample_rows()
    snapshot, records = fetched(written(tmp_path, name, SPELLINGS[name](rows)))
    assert snapshot.content_hash == sample_hash()
    assert len(records) == 1000


@cache
def sample_rows() -> Rows:
    return [{field: record.get(field) for field in FIELDS} for record in json.loads(SAMPLE.read_bytes())]


@cache
def sample_hash() -> str:
    return fetched(SAMPLE)[0].content_hash


def test_name_that_looks_like_a_pattern(tmp_path: Path) -> None:
    directory = tmp_path / "in ü"
    directory.mkdir()
    for name, content in (("r [1]*.parquet", parquet_bytes), ("r%20 in x.json", json_bytes)):
        assert fetched(written(directory, name, content(generated_rows())))[0].n_records == 43


def test_many_pieces_and_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = generated_rows(20)
    expected = hash_of(rows)
    contents = {"api.csv.gz": gzip.compress(csv_bytes(rows))} | {
        name: SPELLINGS[name](rows) for name in ("soda.json", "numbers.json")
    }
    monkeypatch.setattr(formats, "BATCH_ROWS", 7)
    for piece in (150, 1001):
        monkeypatch.setattr(formats, "CHUNK", piece)
        for name in contents:
            assert fetched(written(tmp_path, name, contents[name]))[0].content_hash == expected


def test_few_json_rows_may_leave_fields_out(tmp_path: Path) -> None:
    records = [{"template_id": "1"} | dict.fromkeys(FIELDS[6:], "x")]
    [record] = fetched(written(tmp_path, "few.json", json.dumps(records).encode()))[1]
    assert [record[f] for f in FIELDS[:7]] == ["1", None, None, None, None, None, "x"]


def test_typed_parquet_is_printed_as_the_portal_does(tmp_path: Path) -> None:
    table = text_table(generated_rows(1)[:1])
    columns = {
        "reported_date": pa.array([0], pa.date32()),
        "reported_time": pa.array([3_600_000_000], pa.time64("us")),
        "officer_id": pa.array([7.0]),
        "officer_years_of_experience": pa.array([float("nan")]),
        "cit_officer_arrived": pa.array([True]),
        "sector": pa.nulls(1),
    }
    for name, column in columns.items():
        table = table.set_column(table.schema.get_field_index(name), name, column)
    pq.write_table(table, tmp_path / "typed.parquet")
    [record] = fetched(tmp_path / "typed.parquet")[1]
    assert [record[name] for name in columns] == ["1970-01-01", "01:00:00", "7", None, "true", None]


def test_fingerprint_is_the_hash_of_the_bytes(tmp_path: Path) -> None:
    source = FileSource(written(tmp_path, "a.json", b"one"))
    assert source.fingerprint() == hashlib.sha256(b"one").hexdigest()
    source.path.write_bytes(b"two")
    assert source.fingerprint() == hashlib.sha256(b"two").hexdigest()


def test_fingerprint_of_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"There is no file .*absent\.json"):
        FileSource(tmp_path / "absent.json").fingerprint()


# --- Columns ---


MANY_NEEDED = (*FIELDS[7:9], *FIELDS[13:16], "precinct")


def without(rows: Rows, *fields: str) -> list[dict[str, str | None]]:
    return [{f: value for f, value in row.items() if f not in fields} for row in rows]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("api.csv", csv_bytes(generated_rows()).replace(b",officer_race,", b",race,")),
        ("bulk.csv", bulk_csv_bytes(generated_rows()).replace(b",Officer Race,", b",Race,")),
        ("many_rows.json", json.dumps(without(generated_rows(200), "officer_race")).encode()),
        ("many_fields.json", json.dumps(without(generated_rows(5), *MANY_NEEDED)).encode()),
        ("text.parquet", parquet_bytes(generated_rows(), leave_out="officer_race")),
    ],
)
def test_missing_column_is_named(name: str, content: bytes, tmp_path: Path) -> None:
    message = refusal(written(tmp_path, name, content))
    missing = message.partition("missing: ")[2].partition(";")[0].partition(".")[0].split(", ")
    assert missing == ([f"`{f}`" for f in MANY_NEEDED] if name == "many_fields.json" else ["`officer_race`"])


def test_json_without_template_id_is_refused_however_few_rows(tmp_path: Path) -> None:
    path = written(tmp_path, "a.json", json.dumps(without(generated_rows(1), "template_id")).encode())
    assert "missing: `template_id`" in refusal(path)


@pytest.mark.parametrize("name", ["soda.json", "api.csv", "bulk.csv", "text.parquet"])
def test_extra_column_stays_unread_and_is_named(name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rows = generated_rows()
    path = tmp_path / name
    if name.endswith("json"):
        records: list[dict[str, Any]] = json.loads(json_bytes(rows))
        records[6]["subject_age"] = "33"
        path.write_bytes(json.dumps(records).encode())
    elif name.endswith("csv"):
        first, *rest = list(csv.reader(SPELLINGS[name](rows).decode().splitlines(keepends=True)))
        text = io.StringIO()
        csv.writer(text).writerows([["subject_age", *first], *(["33", *row] for row in rest)])
        path.write_text(text.getvalue())
    else:
        table = text_table(rows)
        pq.write_table(table.append_column("subject_age", table.column(0)), path)
    assert fetched(path)[0].content_hash == hash_of(rows)
    assert "not read: `subject_age`" in caplog.text


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ([*DISPLAY_NAMES[:-3], "Sector", "Sector"], "more than once: `sector`; missing: `precinct`"),
        ([*FIELDS, "reported_hour"], "more than once: `reported_time`"),
        ([*FIELDS, "Beat"], "more than once: `beat`"),
    ],
)
def test_double_header_is_named(header: list[str], named: str, tmp_path: Path) -> None:
    content = ",".join(header) + "\n" + ",".join("x" for _ in header) + "\n"
    assert named in refusal(written(tmp_path, "a.csv", content.encode()))


def test_field_twice_in_a_json_row_is_named(tmp_path: Path) -> None:
    content = b'[{"template_id": "1"}, {"template_id": "2", "template_id": "3"}]'
    message = refusal(written(tmp_path, "a.json", content))
    assert "Row 2 of" in message
    assert "`template_id` more than once" in message


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b"\x1b[31m\tred,blue\n1,2\n"),
        ("a.csv", ('"\x1b[31m\nred",' + ",".join(FIELDS[1:])).encode()),
        ("a.json", json.dumps([{"template_id": "1", "\x1b[31m\nred\udc00": "x"}]).encode()),
        ("a.json", b"<title>\x1b[31m\nred</title>"),
        ("a.json", json.dumps({"code": "x", "message": "\x1b[31m\nred\udc00"}).encode()),
        ("a.zip", zip_bytes({"\x1b[31m\nred": b"", "b": b""})),
    ],
)
def test_text_of_the_file_is_harmless_in_messages(name: str, content: bytes, tmp_path: Path) -> None:
    message = refusal(written(tmp_path, name, content))
    assert "[31m red" in message
    assert message.isprintable()


# --- Rows ---


@pytest.mark.parametrize("value", ['{"url": "x"}', "[]", "{}", "[1]", "NaN", "-Infinity"])
def test_value_that_is_not_plain_is_named(value: str, tmp_path: Path) -> None:
    content = f'[{{"template_id": "1", "beat": "x"}}, {{"template_id": "2", "beat": {value}}}]'
    message = refusal(written(tmp_path, "a.json", content.encode()))
    assert "Row 2 of" in message
    assert "`beat`" in message


def test_half_a_surrogate_is_named(tmp_path: Path) -> None:
    records = [dict.fromkeys(FIELDS, "x"), dict.fromkeys(FIELDS, "x") | {"sector": "a\udc00"}]
    message = refusal(written(tmp_path, "a.json", json.dumps(records).encode()))
    assert "Row 2 of" in message
    assert "`sector`" in message


@pytest.mark.parametrize("change", [b",extra", None])
def test_csv_row_of_another_width_is_named_by_line(change: bytes | None, tmp_path: Path) -> None:
    rows = [row | {"initial_call_type": "two\nlines"} for row in generated_rows(4)]
    lines = csv_bytes(rows).split(b"\n")
    # Header, then two lines a row: the third row begins on line 6 and ends on line 7.
    lines[6] = lines[6] + change if change else lines[6].rpartition(b",")[0]
    message = refusal(written(tmp_path, "a.csv", b"\n".join(lines)))
    assert "Line 6 of" in message
    assert ("27 fields" if change else "25 fields") in message
    assert "header has 26" in message


def test_blank_line_between_rows_is_named(tmp_path: Path) -> None:
    header, *lines = csv_bytes([generated_rows()[1]] * 3).splitlines()
    blank_at_end = b"\n".join([header, *lines, b"", b"", b""])
    assert fetched(written(tmp_path, "end.csv", blank_at_end))[0].n_records == 3
    blank_between = b"\n".join([header, lines[0], b"", lines[1]])
    assert "Line 3 of" in refusal(written(tmp_path, "between.csv", blank_between))


def test_zero_rows(tmp_path: Path) -> None:
    for name, content in (
        ("a.json", b" [ ] "),
        ("a.csv", csv_bytes([])),
        ("b.csv", bulk_csv_bytes([])),
        ("a.parquet", parquet_bytes([])),
    ):
        assert "holds no records" in refusal(written(tmp_path, name, content))


# --- Files that are something else, or broken ---

UNREADABLE: list[tuple[str, bytes, str]] = [
    ("empty.json", b"", "is empty"),
    ("blank.csv", b" \n\n ", "is empty"),
    ("mark.csv", b"\xef\xbb\xbf", "does not begin with the header"),
    ("empty.json.gz", gzip.compress(b""), "is empty"),
    ("page.json", b"<!DOCTYPE html><html><head><title>Sign in</title>", "a web page (title: Sign in)"),
    ("page.csv", b"\n <html>", "a web page"),
    ("error.json", b'{"code":"dataset.missing","error":true,"message":"Not found"}', "(dataset.missing): “Not found”"),
    ("error.json", b'{"error": true, "message": "Too many requests"}', "“Too many requests”"),
    ("error.json", b'{"message": "Invalid app_token", "code": "permission_denied"}', "“Invalid app_token”"),
    ("rows.json", b'{"meta": {}, "data": []}', "not an array of records"),
    ("lines.json", b'{"template_id": "1"}\n{"template_id": "2"}\n', "not an array of records"),
    ("cut.json", json_bytes(generated_rows())[:-1], "cut off after row 43"),
    ("cut.json", json_bytes(generated_rows())[:3000], "cut off in the middle of row"),
    ("cut.json", b"[", "cut off"),
    ("cut.json", b'[{"template_id": "1"},', "cut off after row 1"),
    ("bad.json", b'[{"template_id": "1"}, {"template_id": 2 3, "beat": "U2"}, {"beat": "U3"}]', "Row 2 of"),
    ("bad.json", b'[{"template_id": "1"} {"template_id": "2"}]', "after row 1 stands"),
    ("bad.json", b'[{"template_id": "1"},]', "Row 2 of"),
    ("bad.json", b'[{"template_id": "1"}] []', "goes on after the end"),
    ("bad.json", b'["template_id", "beat"]', "Row 1 of"),
    ("bad.json", b"[[1, 2]]", "Row 1 of"),
    ("deep.json", b'[{"beat": ' + b"[" * 100_000, "Row 1 of"),
    ("text.json", b"template_id,beat\n1,2\n", "is not JSON"),
    ("cut.csv", csv_bytes(generated_rows()).rstrip(b"\n").rpartition(b",")[0], "Line 76 of"),
    ("quote.csv", csv_bytes(generated_rows(2)[1:2]).replace(b'"SQUAD"', b'"SQUAD'), "Line 2 of"),
    ("cut.csv", csv_bytes(generated_rows()).rstrip(b'"\n'), "Line 76 of"),
    ("quote.csv", csv_bytes(generated_rows(2)[1:2]) + b'"row,' + b"x" * 200_000, "begins a row that is not valid CSV"),
    ("tab.csv", "\t".join(FIELDS).encode() + b"\n1\t2\n", "commas between fields"),
    ("semicolon.csv", ";".join(DISPLAY_NAMES).encode() + b"\n1;2\n", "commas between fields"),
    ("prose.txt", b"Dear colleague,\nhere is the data.\n", "does not begin with the header"),
    ("utf16.csv", csv_bytes(generated_rows()).decode().encode("utf-16"), "UTF-16"),
    ("utf16.json", json_bytes(generated_rows()).decode().encode("utf-16-le"), "UTF-16"),
    ("latin1.csv", csv_bytes(generated_rows()).decode().encode("latin-1"), "line 2 holds the byte 0xed"),
    ("latin1.json", b'[\n{"beat": "\xf1"}]', "line 2 holds the byte 0xf1"),
    ("cut_letter.csv", csv_bytes(generated_rows()) + "é".encode()[:1], "not encoded in UTF-8"),
    ("binary.csv", bytes(range(1, 256)) * 40, "a binary file"),
    ("binary.json", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)), "binary"),
    ("null.csv", csv_bytes(generated_rows()) + b"\n\0", "null byte"),
    ("broken.zip", zip_bytes({"a.json": json_bytes(generated_rows())})[:-40], "broken zip"),
    ("broken.zip", b"PK\x03\x04 nothing", "broken zip"),
    ("named.zip", b"[]", "is not a zip file"),
    ("named.csv.gz", csv_bytes(generated_rows()), "is not a gzip file"),
    ("broken.csv.gz", gzip.compress(csv_bytes(generated_rows()))[:-20], "broken gzip"),
    ("broken.csv.gz", gzip.compress(b"x" * 1000)[:-8] + b"\0" * 8, "broken gzip"),
    ("broken.csv.gz", b"\x1f\x8b\x08\x00" + b"\xff" * 50, "broken gzip"),
    ("several.zip", zip_bytes({"a.json": b"[]", "b.json": b"[]"}), "holds 2 files: a.json, b.json"),
    ("none.zip", zip_bytes({}), "holds 0 files"),
    ("nested.zip", zip_bytes({"a.zip": zip_bytes({"a.json": b"[]"})}), "packed file inside"),
    ("nested.gz", gzip.compress(gzip.compress(b"[]")), "packed file inside"),
    (
        "book.xlsx",
        zip_bytes({"xl/workbook.xml": b"", "xl/styles.xml": b""}),
        "Excel workbook. Take the portal's own CSV",
    ),
    ("book.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "Excel workbook. Take the portal's own CSV"),
    ("named.parquet", csv_bytes(generated_rows()), "is not a Parquet file"),
    ("broken.parquet", b"PAR1" + b"\0" * 100, "broken Parquet"),
    ("cut.parquet", parquet_bytes(generated_rows())[:-100], "broken Parquet"),
]


# Ids of their own: packed content holds the time, and workers must collect the same tests.
@pytest.mark.parametrize(
    ("name", "content", "named"), UNREADABLE, ids=[f"{place}-{name}" for place, (name, _, _) in enumerate(UNREADABLE)]
)
def test_what_is_not_crisis_data_is_refused(name: str, content: bytes, named: str, tmp_path: Path) -> None:
    assert named in refusal(written(tmp_path, name, content))


def test_parquet_with_damaged_pages(tmp_path: Path) -> None:
    content = bytearray(parquet_bytes(generated_rows(500)))
    content[100:2000] = b"\xff" * 1900
    refusal(written(tmp_path, "damaged.parquet", bytes(content)))


def test_parquet_column_of_another_type_is_named(tmp_path: Path) -> None:
    for column, kind in (
        (pa.array([[1]]), "INTEGER|BIGINT"),
        (pa.array([b"x"]), "BLOB"),
        (pa.array([{"a": 1}]), "STRUCT"),
    ):
        table = text_table(generated_rows(1)[:1])
        pq.write_table(table.set_column(24, "beat", column), tmp_path / "typed.parquet")
        message = refusal(tmp_path / "typed.parquet")
        assert "`beat`" in message
        assert any(part in message for part in kind.split("|"))


def test_zip_with_a_password(tmp_path: Path) -> None:
    content = bytearray(zip_bytes({"a.json": json_bytes(generated_rows())}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert "password" in refusal(written(tmp_path, "locked.zip", bytes(content)))


@pytest.mark.parametrize("name", ["bomb.json.gz", "bomb.zip"])
def test_what_unpacks_to_too_much_is_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_UNPACKED_BYTES", 3_000_000)
    bomb = b"[" + b" " * 3_000_000
    content = gzip.compress(bomb) if name.endswith("gz") else zip_bytes({"a.json": bomb})
    assert "more than the 3,000,000 bytes" in refusal(written(tmp_path, name, content))


def test_json_record_without_end_is_refused_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_ROW_LENGTH", 1000)
    monkeypatch.setattr(formats, "CHUNK", 500)
    content = b'[{"template_id": "1"}, {"beat": "' + b"x" * 5000 + b'"}]'
    assert "Row 2 of" in refusal(written(tmp_path, "long.json", content))


def test_path_that_is_no_file(tmp_path: Path) -> None:
    assert "There is no file" in refusal(tmp_path / "absent.json")
    assert "is a directory" in refusal(tmp_path)
    os.mkfifo(tmp_path / "pipe.json")
    assert "not a regular file" in refusal(tmp_path / "pipe.json")
    (tmp_path / "loop.json").symlink_to(tmp_path / "loop.json")
    assert "cannot be read" in refusal(tmp_path / "loop.json")
    written(tmp_path, "a.json", b"[]")
    assert "cannot be read" in refusal(tmp_path / "a.json" / "b.json")
    assert "cannot be read" in refusal(tmp_path / "null\0.json")
    assert "cannot be read" in refusal(tmp_path / ("long" * 100))


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs Linux's /proc")
def test_file_that_cannot_be_read() -> None:
    # Unreadable for root as well, which a file without permissions is not.
    assert "cannot be read" in refusal(Path("/proc/self/mem"))


def test_file_that_changes_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, "a.csv", csv_bytes(generated_rows()))
    first_read = file._check_text

    def append_after(content: Any, head: bytes) -> None:
        first_read(content, head)
        with path.open("ab") as growing:
            growing.write(csv_bytes(generated_rows()).partition(b"\n")[2])

    monkeypatch.setattr(file, "_check_text", append_after)
    assert "changed while it was read" in refusal(path)


# --- Anything at all ---

JSON_VALUE = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(),
        st.text(st.characters(categories=["Cs", "Cc"]), max_size=2),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=3), inner, max_size=2)),
    max_leaves=3,
)


def lands(value: Any) -> bool:
    """Whether a JSON value is a plain one that text can hold."""
    if isinstance(value, str):
        return not any("\ud800" <= character <= "\udfff" for character in value)
    return not isinstance(value, list | dict | float) or (isinstance(value, float) and abs(value) < float("inf"))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 24), JSON_VALUE), min_size=1, max_size=8))
def test_any_json_value_lands_as_text_or_is_refused_by_name(cells: list[tuple[int, Any]]) -> None:
    records: list[dict[str, Any]] = [
        dict.fromkeys(FIELDS, "x") | {"template_id": str(number), FIELDS[field]: value}
        for number, (field, value) in enumerate(cells)
    ]
    with tempfile.TemporaryDirectory() as directory:
        path = written(Path(directory), "any.json", json.dumps(records).encode())
        spoiled = [number for number, (_, value) in enumerate(cells) if not lands(value)]
        if spoiled:
            message = refusal(path)
            assert any(f"Row {n + 1} of" in message and f"`{FIELDS[cells[n][0]]}`" in message for n in spoiled)
            return
        _, landed = fetched(path)
    assert len(landed) == len(records)


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(sorted(SPELLINGS)), st.data())
def test_damaged_bytes_never_show_a_traceback(name: str, data: st.DataObject) -> None:
    content = bytearray(SPELLINGS[name](generated_rows(6)))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(content) - 1))
        content[start : start + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=40))
    with tempfile.TemporaryDirectory() as directory, tempfile.TemporaryDirectory() as target:
        path = written(Path(directory), name, bytes(content))
        message = None
        try:
            FileSource(path).fetch(Path(target))
        except SourceError as refused:
            message = str(refused)
        assert (message is None) == bool(list(Path(target).iterdir()))
        assert message is None or name in message
