"""The formats that the portal prints, JSON, CSV and bulk CSV, read into rows of the 25 fields as text.

What a file is, and how it is packed, is `file`'s; what a value means, `canonical`'s.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from cit_platform.codebook.fields import source_fields
from cit_platform.printable import shown
from cit_platform.settings import chosen_agency
from cit_platform.sources import reading
from cit_platform.sources.columns import FIELDS, check_columns, compared_columns, field_named
from cit_platform.sources.refused import SourceError

if TYPE_CHECKING:
    import pyarrow as pa

CHUNK = 1024**2
BATCH_ROWS = 20_000
BATCH_CHARACTERS = 32 * 1024**2
# SODA JSON leaves null fields out: few rows may lack a field by chance, this many rows or fields may not.
ROWS_THAT_SHOW_EVERY_FIELD = 100
MAX_FIELDS_IN_NO_ROW = 5

_FIELD_SET = frozenset(FIELDS)
_PLAIN_TYPES = frozenset((str, type(None)))
_BLANKS = re.compile(r"[ \t\r\n]*")
AGAIN = "Download or copy it again."

Row = tuple[str | None, ...]


def write_rows(rows: Iterator[Row], target: Path, label: str) -> None:
    """Write rows of 25 texts as Parquet, in batches.

    Raises:
        SourceError: There are too many rows, or a value is too long or holds what is no character.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(field, pa.string()) for field in FIELDS])
    first = 1
    with pq.ParquetWriter(target, schema, compression="lz4") as writer:
        while batch := _batch(rows):
            try:
                columns = [pa.array(column, pa.string()) for column in zip(*batch, strict=True)]
            except UnicodeEncodeError as error:
                raise _not_a_character(batch, first, label) from error
            _check_lengths(columns, first, label)
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
            first += len(batch)
            if first - 1 > reading.MAX_ROWS:
                raise too_many_rows(label)


def _batch(rows: Iterator[Row]) -> list[Row]:
    """The next rows, as many as fit into memory however long they are."""
    batch: list[Row] = []
    characters = 0
    for row in islice(rows, BATCH_ROWS):
        batch.append(row)
        characters += len("".join(filter(None, row)))
        if characters > BATCH_CHARACTERS:
            break
    return batch


def _check_lengths(columns: list[pa.Array], first: int, label: str) -> None:
    import pyarrow.compute as pc

    for field, column in zip(FIELDS, columns, strict=True):
        lengths = pc.binary_length(column)
        if (pc.max(lengths).as_py() or 0) > reading.MAX_VALUE_BYTES:
            row = first + pc.index(pc.greater(lengths, reading.MAX_VALUE_BYTES), True).as_py()
            raise too_long(f"Row {row} of {label} holds, in `{field}`, a value", reading.MAX_VALUE_BYTES, "bytes")


def too_many_rows(label: str) -> SourceError:
    """The refusal of a source with more rows than any crisis data."""
    return SourceError(
        f"{label} has more than the {reading.MAX_ROWS:,} rows allowed, far more than the crisis data has. Check that "
        "it is the crisis data, and that its rows are not repeated."
    )


def unpacks_to_too_much(label: str) -> SourceError:
    """The refusal of a file that is small only as it is packed."""
    return SourceError(
        f"{label} unpacks to more than the {reading.MAX_UNPACKED_BYTES:,} bytes allowed, far more than the crisis data "
        "has. Check where it comes from."
    )


def too_long(what: str, most: int, unit: str) -> SourceError:
    """The refusal of a row or a value that no crisis data holds."""
    return SourceError(
        f"{what} of more than the {most:,} {unit} allowed, far longer than any of the crisis data. Look there for a "
        "quote that is not closed, or check where the data comes from."
    )


def _not_a_character(batch: list[Row], first: int, label: str) -> SourceError:
    """Name the value with half a surrogate pair, which JSON can escape and no text can hold."""
    for number, row in enumerate(batch, start=first):
        for field, value in zip(FIELDS, row, strict=True):
            if value is not None and any("\ud800" <= character <= "\udfff" for character in value):
                return SourceError(
                    f"Row {number} of {label} holds, in `{field}`, an escape (\\ud800 … \\udfff) that is no character. "
                    "Correct or drop it, or download the file again."
                )
    raise AssertionError("a batch that cannot be encoded holds a surrogate")


# --- JSON ---


class _JsonText:
    """A JSON text read piece by piece, so that a large array never is in memory whole."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._buffer = ""
        self._position = 0
        # Lists of pairs show a name that comes twice, and any list shows a nested value.
        self._decoder = json.JSONDecoder(
            object_pairs_hook=list, parse_int=str, parse_float=_number_text, parse_constant=_not_finite
        )

    def next_character(self) -> str:
        """The next character that is not blank, or '' at the end."""
        while True:
            blank = _BLANKS.match(self._buffer, self._position)
            self._position = blank.end() if blank else self._position
            if self._position < len(self._buffer):
                return self._buffer[self._position]
            if not self._refill():
                return ""

    def skip_character(self) -> None:
        self._position += 1

    def value(self) -> Any:
        """The value that begins here.

        Raises:
            EOFError: The text ends inside the value.
            OverflowError: The value is longer than any record.
            json.JSONDecodeError: The value is not JSON.
        """
        while True:
            try:
                value, self._position = self._decoder.raw_decode(self._buffer, self._position)
            except json.JSONDecodeError as error:
                if len(self._buffer) - self._position > reading.MAX_ROW_LENGTH:
                    if error.msg.startswith("Unterminated") or error.pos - self._position > reading.MAX_ROW_LENGTH:
                        raise OverflowError from error
                    raise
                if not self._refill():
                    if error.msg.startswith("Unterminated") or len(self._buffer) - error.pos < len("\\ud800"):
                        raise EOFError from error
                    raise
            else:
                return value

    def _refill(self) -> bool:
        chunk = self._file.read(CHUNK)
        self._buffer, self._position = self._buffer[self._position :] + chunk, 0
        return bool(chunk)


def _number_text(literal: str) -> str:
    """A number as the portal prints it: whole numbers without a fraction."""
    whole, _, fraction = literal.partition(".")
    return whole if not fraction.strip("0") else literal


def _not_finite(literal: str) -> list[str]:
    return [literal]


def json_rows(
    file: TextIO, label: str, accept: frozenset[str] = frozenset(), unknown: list[str] | None = None
) -> Iterator[Row]:
    """Rows of an array of objects, each value as text; a field that a row leaves out is null; see `csv_rows`."""
    seen: set[str] = set()
    number = 0
    for number, pairs in enumerate(json_objects(file, label), start=1):
        record = json_record(pairs, f"Row {number} of {label}")
        seen.update(map(itemgetter(0), pairs))
        yield tuple(map(record.get, FIELDS))
    if number:
        _check_fields_seen(seen, number, label, accept)
    if unknown is not None:
        unknown += sorted(compared_columns(seen).unknown)


def json_objects(file: TextIO, label: str) -> Iterator[list[tuple[str, Any]]]:
    """The objects of a JSON array one by one, as pairs of name and value; anything else is a `SourceError`."""
    text = _JsonText(file)
    number, opening = 0, "["
    while True:
        if text.next_character() != opening:
            raise _broken_array(text, label, number)
        text.skip_character()
        number += 1
        if number == 1 and text.next_character() == "]":
            break
        yield _json_object(text, number, label)
        if text.next_character() == "]":
            break
        opening = ","
    text.skip_character()
    if text.next_character():
        raise SourceError(f"{label} goes on after the end of its array. Give one array of records. {AGAIN}")


def _broken_array(text: _JsonText, label: str, number: int) -> SourceError:
    found = text.next_character()
    if not found:
        return _cut_off(label, f"after row {number}")
    return SourceError(f"{label} is not valid JSON: after row {number} stands {found!r}, not a comma. {AGAIN}")


def _cut_off(label: str, where: str) -> SourceError:
    return SourceError(f"{label} is cut off {where}: its array of records is not closed. {AGAIN}")


def _json_object(text: _JsonText, number: int, label: str) -> list[tuple[str, Any]]:
    start = text.next_character()
    if not start:
        raise _cut_off(label, f"after row {number - 1}")
    if start != "{":
        raise SourceError(f"Row {number} of {label} begins with {start!r}; each row has to be an object of fields.")
    try:
        pairs: list[tuple[str, Any]] = text.value()
    except EOFError as error:
        raise _cut_off(label, f"in the middle of row {number}") from error
    except OverflowError as error:
        raise too_long(f"Row {number} of {label} is a text", reading.MAX_ROW_LENGTH, "characters") from error
    except json.JSONDecodeError as error:
        raise SourceError(f"Row {number} of {label} is not valid JSON ({error.msg}). {AGAIN}") from error
    except RecursionError as error:
        raise SourceError(f"Row {number} of {label} is nested too deep. Each value has to be plain.") from error
    return pairs


def json_record(pairs: list[tuple[str, Any]], where: str) -> dict[str, str | None]:
    """One record as the source prints it; no field at all, a repeated name or a nested value is a `SourceError`."""
    record: dict[str, Any] = dict(pairs)
    if not record:
        raise SourceError(f"{where} has no field at all. {AGAIN}")
    if (
        len(record) == len(pairs)
        and record.keys() <= _FIELD_SET
        and _PLAIN_TYPES.issuperset(map(type, record.values()))
    ):
        return record
    record = {}
    for name, value in pairs:
        if name.startswith(":"):
            continue
        field = field_named(name)
        if field is None:
            continue
        if field in record:
            raise SourceError(f"{where} has the column `{shown(name)}` more than once. {AGAIN}")
        record[field] = value if value is None or isinstance(value, str) else _plain_text(value, field, where)
    return record


def _plain_text(value: Any, field: str, where: str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    raise SourceError(
        f"{where} holds, in `{field}`, an object, an array or a number that is not finite, where a plain value "
        "belongs. Give the portal's own JSON."
    )


def _check_fields_seen(seen: set[str], rows: int, label: str, accept: frozenset[str]) -> None:
    needed = {field.name for field in source_fields(chosen_agency()) if field.is_needed}
    missing = needed - set(map(field_named, seen))
    by_chance = rows < ROWS_THAT_SHOW_EVERY_FIELD and len(missing) <= MAX_FIELDS_IN_NO_ROW
    if not missing or "template_id" in missing or not by_chance:
        check_columns(sorted(seen), label, accept)


# --- CSV ---


def csv_rows(
    file: TextIO, label: str, accept: frozenset[str] = frozenset(), unknown: list[str] | None = None
) -> Iterator[Row]:
    """Rows of a CSV with API or display names, a field that is not there as null.

    Args:
        file: the text.
        label: what to call it in messages.
        accept: codes of changes that are let through.
        unknown: receives the names of columns that are no field.

    Raises:
        SourceError: It is not CSV, its columns are not ours, or a row has not the header's number of fields.
    """
    lines = _csv_lines(file, label)
    _, header = next(lines, (1, []))
    pick = itemgetter(*_csv_positions(header, label, accept))
    if unknown is not None:
        unknown += compared_columns(header).unknown
    nothing: list[str | None] = [None]
    for line, row in lines:
        if len(row) != len(header):
            raise SourceError(
                f"Line {line} of {label} has {len(row)} fields where the header has {len(header)}. If it is the last "
                f"line, the file was cut off; else look for an unquoted comma or line break. {AGAIN}"
            )
        yield pick(row + nothing)


class _Lines:
    """The lines of a text one by one, up to a length; the lines of one row, which quotes may hold together, as well."""

    def __init__(self, file: TextIO, label: str) -> None:
        self._file = file
        self._label = label
        self._number = 0
        self._room = reading.MAX_ROW_LENGTH

    def begin_row(self) -> None:
        self._room = reading.MAX_ROW_LENGTH

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._file.readline(self._room + 1)
        self._number += 1
        self._room -= len(line)
        if self._room < 0:
            raise too_long(
                f"Line {self._number} of {self._label} belongs to a row", reading.MAX_ROW_LENGTH, "characters"
            )
        if not line:
            raise StopIteration
        return line


def _csv_lines(file: TextIO, label: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with the number of the line they begin on; blank lines may stand at the end only."""
    lines = _Lines(file, label)
    reader = csv.reader(lines, strict=True)
    blank = line = 0
    try:
        while True:
            line = reader.line_num + 1
            lines.begin_row()
            row = next(reader, None)
            if row is None:
                return
            if not row:
                blank = blank or line
            elif blank:
                raise SourceError(f"Line {blank} of {label} is blank, with rows after it. {AGAIN}")
            else:
                yield line, row
    except csv.Error as error:
        raise SourceError(
            f"Line {line} of {label} begins a row that is not valid CSV ({error}): a quote is not closed or not "
            f"doubled, or the file was cut off. {AGAIN}"
        ) from error


def _csv_positions(header: list[str], label: str, accept: frozenset[str]) -> list[int]:
    """Where each of the 25 fields stands in a row; at its end for a field that is not there."""
    names = [None if name.startswith(":") else field_named(name) for name in header]
    if not any(names):
        raise SourceError(
            f"{label} does not begin with the header of the crisis data, but with `{shown(','.join(header), 80)}`. "
            "Give a CSV with commas between fields and the column names in its first line."
        )
    check_columns(header, label, accept)
    return [names.index(field) if field in names else len(header) for field in FIELDS]
