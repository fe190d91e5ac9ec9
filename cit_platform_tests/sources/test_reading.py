"""Files made to exhaust the machine: refused in a paragraph, within the memory that is allowed, with nothing left."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cit_platform.sources import formats, reading
from cit_platform.sources.columns import FIELDS
from cit_platform.sources.file import FileSource
from cit_platform.sources.refused import SourceError

ROW = dict.fromkeys(FIELDS, "x")


@pytest.fixture(autouse=True)
def low_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_ROWS", 1_000)
    monkeypatch.setattr(reading, "MAX_ROW_LENGTH", 2_000)
    monkeypatch.setattr(reading, "MAX_VALUE_BYTES", 300)
    monkeypatch.setattr(reading, "MAX_UNPACKED_BYTES", 2_000_000)


def parquet(path: Path, n_rows: int, value: str) -> None:
    """Columns whose one value stands in the file once, however many rows and letters it has."""
    column = pa.DictionaryArray.from_arrays(pa.array([0] * n_rows, pa.int32()), pa.array([value]))
    pq.write_table(pa.table(dict.fromkeys(FIELDS, column)), path, compression="zstd")


def csv_text(rows: list[dict[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, FIELDS)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def zipped(path: Path, content: bytes, method: int) -> None:
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("records.csv", content)


HEADER = ",".join(FIELDS) + "\n"
BOMBS: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "Parquet, many rows": ("b.parquet", lambda path: parquet(path, 1_001, "x"), "more than the 1,000 rows"),
    "Parquet, a long value": (
        "b.parquet",
        lambda path: parquet(path, 10, "x" * 301),
        "`template_id`, a value of more than the 300",
    ),
    "Parquet, much text": (
        "b.parquet",
        lambda path: parquet(path, 999, "x" * 299),
        "unpacks to more than the 2,000,000 bytes",
    ),
    "gzip": ("b.csv.gz", lambda path: path.write_bytes(gzip.compress(b"x" * 2_000_001)), "unpacks to more than"),
    "zip": ("b.zip", lambda path: zipped(path, b"x" * 2_000_001, zipfile.ZIP_DEFLATED), "unpacks to more than"),
    "zip by bzip2": ("b.zip", lambda path: zipped(path, b"x", zipfile.ZIP_BZIP2), "method 12.*Pack it as a plain zip"),
    "zip by LZMA": ("b.zip", lambda path: zipped(path, b"x", zipfile.ZIP_LZMA), "method 14.*Pack it as a plain zip"),
    "one line": (
        "b.csv",
        lambda path: path.write_text(HEADER + "x" * 2_001),
        "Line 2 .*more than the 2,000 characters",
    ),
    "a header without end": (
        "b.csv",
        lambda path: path.write_text("x," * 2_001),
        "Line 1 .*more than the 2,000 characters",
    ),
    "one row of many lines": (
        "b.csv",
        lambda path: path.write_text(HEADER + '"x\n",' * 401),
        r"Line \d+ .*belongs to a row of more than the 2,000 characters",
    ),
    "CSV, a long value": (
        "b.csv",
        lambda path: path.write_text(csv_text([ROW, ROW | {"beat": "x" * 301}])),
        "Row 2 .*`beat`",
    ),
    "CSV, many rows": ("b.csv", lambda path: path.write_text(csv_text([ROW] * 1_001)), "more than the 1,000 rows"),
    "JSON, a long value": (
        "b.json",
        lambda path: path.write_text(json.dumps([ROW, ROW | {"beat": "x" * 301}])),
        "Row 2 .*`beat`",
    ),
    "JSON, a long row": (
        "b.json",
        lambda path: path.write_text('[{"beat": "' + "x" * 5_000),
        "Row 1 .*more than the 2,000",
    ),
    "JSON, many rows": ("b.json", lambda path: path.write_text(json.dumps([ROW] * 1_001)), "more than the 1,000 rows"),
    "JSON, rows of nothing": (
        "b.json",
        lambda path: path.write_text("[" + "{}," * 9 + "{}]"),
        "Row 1 .*no field at all",
    ),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_by_its_limit_and_leaves_nothing(
    bomb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, "CHUNK", 1_000)
    name, write, says = BOMBS[bomb]
    path, directory, elsewhere = tmp_path / name, tmp_path / "snapshot", tmp_path / "cwd"
    directory.mkdir()
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    write(path)
    with pytest.raises(SourceError) as refused:
        FileSource(path).fetch(directory)
    message = str(refused.value)
    assert re.search(says, message), message
    assert name in message
    assert "\n" not in message
    assert re.search(r"Check|Look|Pack|Download", message)
    assert [*directory.iterdir(), *elsewhere.iterdir()] == []


def test_just_within_the_limits_is_read(tmp_path: Path) -> None:
    rows = [
        ROW | {"template_id": str(number), "reported_date": "2015-05-15", "beat": "x" * 300} for number in range(1_000)
    ]
    path = tmp_path / "b.csv"
    path.write_text(csv_text(rows))
    assert FileSource(path).fetch(tmp_path).n_records == 1_000


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_parquet_file_is_read_or_refused_in_a_paragraph(seed: int, tmp_path: Path) -> None:
    path, directory = tmp_path / "b.parquet", tmp_path / "snapshot"
    directory.mkdir()
    parquet(path, 100, "2015-05-15")
    content = bytearray(path.read_bytes())
    for place in random.Random(seed).sample(range(4, len(content)), 3):
        content[place] ^= 1 << seed % 8
    path.write_bytes(content)
    try:
        message = f"{FileSource(path).fetch(directory).n_records} rows of b.parquet"
    except SourceError as refused:
        message = str(refused)
    assert "b.parquet" in message
    assert message.isprintable()
    assert {file.name for file in directory.iterdir()} <= {"records.parquet"}


# --- Memory, measured in a process of its own with the limits as they are ---

MEASURED = """
import resource, sys
from pathlib import Path
import duckdb, pyarrow.parquet, pyarrow.compute
from cit_platform.sources.file import FileSource
from cit_platform.sources.refused import SourceError
path, directory, limit = sys.argv[1:]
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    print(FileSource(Path(path), limit).fetch(Path(directory)).n_records)
except SourceError as error:
    print(error)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def measured(path: Path, limit: str = "200MB") -> tuple[str, int]:
    """What reading a file ends with, and the mebibytes that it took."""
    directory = path.parent / "snapshot"
    directory.mkdir()
    command = [sys.executable, "-c", MEASURED, str(path), str(directory), limit]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=path.parent)
    assert [file.name for file in directory.iterdir() if file.name != "records.parquet"] == []
    answer, mebibytes = done.stdout.splitlines()
    return answer, int(mebibytes)


def line_of_200_megabytes(path: Path) -> None:
    with gzip.open(path, "wb", compresslevel=1) as packed:
        packed.write(HEADER.encode())
        for _ in range(200):
            packed.write(b"x" * 1_000_000)


LARGE: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "Parquet of 20 GB": ("b.parquet", lambda path: parquet(path, 200_000, "x" * 5_000), "unpacks to more than"),
    "Parquet of 200,000 rows": ("b.parquet", lambda path: parquet(path, 200_000, "x"), "^200000$"),
    "a line of 200 MB": ("b.csv.gz", line_of_200_megabytes, "Line 2 .*more than the 1,048,576 characters"),
}


@pytest.mark.parametrize("bomb", LARGE)
def test_a_bomb_stays_within_the_memory_that_is_allowed(bomb: str, tmp_path: Path) -> None:
    name, write, says = LARGE[bomb]
    write(tmp_path / name)
    answer, mebibytes = measured(tmp_path / name)
    assert re.search(says, answer), answer
    assert mebibytes < 350
    assert len(list(tmp_path.iterdir())) == 2
