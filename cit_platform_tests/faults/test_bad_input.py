"""Files that cannot be read: a paragraph that names what is wrong, no traceback, and everything as it was."""

import csv
import gzip
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from cit_platform_tests.conftest import Cit

pytestmark = pytest.mark.pipeline


def rows_of(file: Path) -> list[list[str]]:
    return list(csv.reader(file.read_text().splitlines()))


def write_rows(file: Path, rows: list[list[str]]) -> None:
    with file.open("w", newline="") as target:
        csv.writer(target).writerows(rows)


def without_a_column(file: Path) -> None:
    write_rows(file, [row[:8] + row[9:] for row in rows_of(file)])


def broken_zip(file: Path) -> None:
    with zipfile.ZipFile(file.with_suffix(".zip"), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(file, "records.csv")
    whole = file.with_suffix(".zip").read_bytes()
    file.write_bytes(whole[: len(whole) // 2])


SPOILERS: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing column": (without_a_column, "missing: `use_of_force_indicator`"),
    "empty file": (lambda file: file.write_text(""), "empty"),
    "zero rows": (lambda file: write_rows(file, rows_of(file)[:1]), "no rows|no records|zero"),
    "HTML": (lambda file: file.write_text("<!DOCTYPE html><html><body>Sign in</body></html>"), "HTML"),
    "error object": (
        lambda file: file.write_text(json.dumps({"error": True, "message": "Rate limit exceeded"})),
        "Rate limit exceeded",
    ),
    "truncated": (lambda file: file.write_text(file.read_text()[:-40]), "line|row"),
    "wrong encoding": (lambda file: file.write_bytes(file.read_text().encode("utf-16")), "UTF-16|encod"),
    "binary": (lambda file: file.write_bytes(bytes(range(256)) * 40), "binary|text"),
    "broken zip": (broken_zip, "zip"),
    "broken gzip": (lambda file: file.write_bytes(gzip.compress(file.read_bytes())[:-200]), "gzip|cut|truncated"),
    "not there": (lambda file: file.unlink(), "not there|does not exist|no file|not found"),
}


# Whichever asset is asked for, the records are read by the same one: the whole refresh is tried on three of the faults.
WHOLE = ("missing column", "truncated", "not there")


@pytest.mark.parametrize("fault", SPOILERS)
def test_it_is_refused_in_one_paragraph_and_nothing_changes(file_city: Cit, fault: str) -> None:
    spoil, words = SPOILERS[fault]
    selected = () if fault in WHOLE else ("--select", 'key:"raw/records"')
    file, before = Path(file_city.env["CIT_SOURCE_PATH"]), file_city.state()
    spoil(file)
    message = file_city.refused("refresh", *selected)
    assert file.name in message
    assert len(message.strip().splitlines()) == 1
    assert re.search(words, message, re.IGNORECASE), message
    assert file_city.state() == before
