"""Records from one file: SODA JSON, CSV with API names, the portal's bulk CSV, or Parquet; also in `.gz` and `.zip`."""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import json
import re
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import IO, Any, TextIO

from cit_platform.sources.observation import Observation
from cit_platform.sources.snapshot import (
    ALIASES,
    FIELDS,
    Snapshot,
    SourceError,
    canonical_snapshot,
    check_columns,
    shown,
)

LICENCE = "Public Domain, as the portal states for the dataset Crisis Data (i2q9-thny)"
MAX_UNPACKED_BYTES = 4 * 1024**3
MAX_JSON_RECORD = 1024**2
CHUNK = 1024**2
BATCH_ROWS = 20_000
# SODA JSON leaves null fields out: few rows may lack a field by chance, this many rows or fields may not.
ROWS_THAT_SHOW_EVERY_FIELD = 100
MAX_FIELDS_IN_NO_ROW = 5

# Headers of the bulk CSV, in the order of the fields; the hour replaced the time in later downloads.
DISPLAY_NAMES: tuple[str, ...] = (
    "Template ID",
    "Reported Date",
    "Reported Time",
    "Occurred Date / Time",
    "Call Type",
    "Initial Call Type",
    "Final Call Type",
    "Disposition",
    "Use of Force Indicator",
    "Subject Veteran Indicator",
    "CIT Officer Requested",
    "CIT Officer Dispatched",
    "CIT Officer Arrived",
    "Officer ID",
    "Officer Gender",
    "Officer Race",
    "Officer Year of Birth",
    "Officer Years of Experience",
    "CIT Certified Indicator",
    "Officer Bureau Desc",
    "Officer Precinct Desc",
    "Officer Squad Desc",
    "Precinct",
    "Sector",
    "Beat",
)
_API_NAMES = {
    **{field: field for field in FIELDS},
    **ALIASES,
    **{name.casefold(): field for name, field in zip(DISPLAY_NAMES, FIELDS, strict=True)},
    "reported hour": "reported_time",
}
_FIELD_SET = frozenset(FIELDS)
_PLAIN_TYPES = frozenset((str, type(None)))
_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_PRINTED_AS_THEY_ARE = (
    *("VARCHAR", '"NULL"', "BOOLEAN", "DATE", "TIME"),
    *_INTEGERS,
    *(f"U{name}" for name in _INTEGERS),
)
_BLANKS = re.compile(r"[ \t\r\n]*")
_AGAIN = "Download or copy it again."

Row = tuple[str | None, ...]


class FileSource:
    """A file of crisis data, read whole at each fetch; its format is found from its content.

    Attributes:
        name: `file`.
        path: the file.
    """

    name = "file"

    def __init__(self, path: Path) -> None:
        """Name the file; it is first touched by `fingerprint` or `fetch`."""
        self.path = path

    def fingerprint(self) -> str:
        """Hash the file's bytes: sha256, 64 hex.

        Raises:
            SourceError: The file is not there or cannot be read.
        """
        with _faults_named(self.path), _regular_file(self.path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def observe(self) -> Observation:
        """Hash the file's bytes, and look when it was last written.

        Raises:
            SourceError: see `fingerprint`.
        """
        fingerprint = self.fingerprint()
        with _faults_named(self.path):
            written = datetime.fromtimestamp(self.path.stat().st_mtime, UTC)
        return Observation(fingerprint, rows_updated_at=written)

    def fetch(self, directory: Path) -> Snapshot:
        """Read the file and write its records into a directory.

        Args:
            directory: existing directory that receives `records.parquet`, and nothing when the file is refused.

        Raises:
            SourceError: The file cannot be read, or is not crisis data; file, column or row are named.
        """
        with _faults_named(self.path), tempfile.TemporaryDirectory(prefix=".reading-", dir=directory) as scratch:
            before = _regular_file(self.path).stat()
            rows = _text_rows(_unpacked(self.path, Path(scratch)), Path(scratch))
            after = self.path.stat()
            if (before.st_mtime_ns, before.st_size, before.st_ino) != (after.st_mtime_ns, after.st_size, after.st_ino):
                raise SourceError(f"{self.path} changed while it was read. Wait until it is complete, then try again.")
            return canonical_snapshot(
                rows,
                directory,
                source=self.name,
                location=self.path.name,
                licence=LICENCE,
                retrieved_at=datetime.now(UTC).isoformat(timespec="seconds"),
                received=self.path,
            )


@dataclass(frozen=True)
class _Content:
    """Unpacked bytes: where they lie, the name they were given, and what to call them in messages."""

    path: Path
    name: str
    label: str

    @property
    def suffix(self) -> str:
        return Path(self.name).suffix.lower()


@contextmanager
def _faults_named(path: Path) -> Iterator[None]:
    """Turn the faults of reading into a SourceError that names the file."""
    import duckdb
    import pyarrow as pa

    try:
        yield
    except FileNotFoundError as error:
        raise SourceError(f"There is no file {path}. Check CIT_SOURCE_PATH.") from error
    except (OSError, ValueError, duckdb.Error, pa.ArrowException) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise SourceError(
            f"{path} cannot be read: {reason.rstrip('.')}. Check the file, its permissions and the free space on disk."
        ) from error


def _regular_file(path: Path) -> Path:
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise SourceError(f"{path} is a directory. Name one file of records in CIT_SOURCE_PATH.")
    if not stat.S_ISREG(mode):
        raise SourceError(f"{path} is not a regular file but a pipe or a device. Save the records in a file first.")
    return path


# --- Packed files ---


def _unpacked(path: Path, scratch: Path) -> _Content:
    """The file itself, or what is packed in it, unpacked into `scratch`."""
    packing = _packing(path)
    named = {".gz": "gzip", ".zip": "zip"}.get(path.suffix.lower())
    if packing is None:
        if named and path.stat().st_size > 0:
            raise SourceError(f"{path} is named {path.suffix} but is not a {named} file: it is damaged. {_AGAIN}")
        return _Content(path, path.name, str(path))
    target = scratch / "unpacked"
    try:
        name = _gunzip(path, target) if packing == "gzip" else _unzip(path, target)
    except (gzip.BadGzipFile, zipfile.BadZipFile, EOFError, zlib.error) as error:
        raise SourceError(f"{path} is a broken {packing} file ({error}). {_AGAIN}") from error
    if _packing(target):
        raise SourceError(f"{path} holds a packed file inside a packed file. Unpack it once, and give the inner file.")
    return _Content(target, name, f"{shown(name)} in {path}")


def _packing(path: Path) -> str | None:
    with path.open("rb") as file:
        head = file.read(4)
    if head[:2] == b"\x1f\x8b":
        return "gzip"
    return "zip" if head in (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08") else None


def _gunzip(path: Path, target: Path) -> str:
    with gzip.open(path) as packed:
        _copy_limited(packed, target, path)
    return path.with_suffix("").name


def _unzip(path: Path, target: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        names = [member.filename for member in members]
        if "xl/workbook.xml" in names:
            raise SourceError(f"{path} is an Excel workbook. Save its sheet as CSV in UTF-8.")
        if len(members) != 1:
            listed = ", ".join(shown(name) for name in names[:5]) + (", …" if len(names) > 5 else "")
            raise SourceError(
                f"{path} holds {len(members)} files{': ' if names else ''}{listed}. Pack exactly one file of records."
            )
        if members[0].flag_bits & 0x1:
            raise SourceError(f"{path} is protected by a password. Unpack it, and give the file inside.")
        try:
            with archive.open(members[0]) as packed:
                _copy_limited(packed, target, path)
        except NotImplementedError as error:
            raise SourceError(f"{path} is packed in a way that cannot be read ({error}). Use plain zip.") from error
    return names[0]


def _copy_limited(packed: IO[bytes] | gzip.GzipFile, target: Path, path: Path) -> None:
    written = 0
    with target.open("wb") as file:
        while chunk := packed.read(CHUNK):
            written += len(chunk)
            if written > MAX_UNPACKED_BYTES:
                raise SourceError(
                    f"{path} unpacks to more than {MAX_UNPACKED_BYTES:,} bytes, far more than the crisis data has. "
                    "Check where it comes from."
                )
            file.write(chunk)


# --- Formats ---


def _text_rows(content: _Content, scratch: Path) -> Path:
    """Write the rows of a file of any format to Parquet: the 25 fields, as text."""
    target = scratch / "rows.parquet"
    with content.path.open("rb") as file:
        head = file.read(4096)
    if not head.strip():
        raise SourceError(f"{content.label} is empty. {_AGAIN}")
    if head.startswith(b"PAR1"):
        _parquet_as_text(content, scratch, target)
        return target
    if content.suffix in (".parquet", ".pq"):
        raise SourceError(f"{content.label} is named {content.suffix} but is not a Parquet file. {_AGAIN}")
    _check_text(content, head)
    with content.path.open(encoding="utf-8-sig", newline="") as text:
        write_rows(_text_reader(content, text)(text, content.label), target, content.label)
    return target


def _text_reader(content: _Content, text: TextIO) -> Callable[[TextIO, str], Iterator[Row]]:
    start = text.read(4096).lstrip()
    text.seek(0)
    if start.startswith("["):
        return _json_rows
    if start.startswith("{"):
        raise _object_refused(content, start)
    if start.startswith("<"):
        title = re.search(r"<title[^>]*>([^<]{1,80})", start, re.IGNORECASE)
        named = f" (title: {shown(title[1])})" if title else ""
        raise SourceError(
            f"{content.label} is HTML, a web page{named}, or other markup. Download the dataset's export itself, "
            "as JSON or CSV."
        )
    if content.suffix == ".json":
        raise SourceError(f"{content.label} is not JSON: it begins with {start[:20]!r} instead of `[`. {_AGAIN}")
    return csv_rows


def _object_refused(content: _Content, start: str) -> SourceError:
    """The refusal of a JSON object: the portal's own error, or another of its formats."""
    answer: Any = None
    if content.path.stat().st_size < CHUNK:
        try:
            answer = json.loads(content.path.read_text(encoding="utf-8-sig"))
        except (ValueError, RecursionError):
            answer = None
    if isinstance(answer, dict) and ("message" in answer or "error" in answer or "code" in answer):
        message = shown(str(answer.get("message") or answer.get("error") or ""), 300)
        code = f" ({shown(str(answer['code']))})" if "code" in answer else ""
        return SourceError(
            f"{content.label} holds an error message of the portal, not records{code}: “{message}”. Correct the "
            "request or try again later."
        )
    return SourceError(
        f"{content.label} holds a JSON object that begins with {start[:40]!r}, not an array of records. Download "
        "/resource/i2q9-thny.json, which begins with `[`."
    )


def _check_text(content: _Content, head: bytes) -> None:
    """Refuse bytes that are not UTF-8 text, naming the line."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or _every_other_is_null(head):
        raise SourceError(f"{content.label} is encoded in UTF-16 or UTF-32. Save it as UTF-8.")
    decoder = codecs.getincrementaldecoder("utf-8")()
    line, ended = 1, False
    with content.path.open("rb") as file:
        while not ended:
            chunk = file.read(CHUNK)
            ended = not chunk
            if b"\0" in chunk:
                line += chunk[: chunk.index(b"\0")].count(b"\n")
                raise SourceError(f"{content.label} is a binary or damaged file: line {line} has a null byte. {_AGAIN}")
            try:
                decoder.decode(chunk, final=ended)
            except UnicodeDecodeError as error:
                raise _not_utf8(content, error, line) from error
            line += chunk.count(b"\n")


def _every_other_is_null(head: bytes) -> bool:
    return max(head[0::2].count(0), head[1::2].count(0)) > len(head) * 0.4


def _not_utf8(content: _Content, error: UnicodeDecodeError, line: int) -> SourceError:
    data = bytes(error.object)
    line += data[: error.start].count(b"\n")
    controls = sum(byte < 32 and byte not in b"\t\r\n\f" for byte in data)
    if controls > len(data) * 0.01:
        return SourceError(f"{content.label} is a binary file, not JSON, CSV or Parquet. Check which file was meant.")
    return SourceError(
        f"{content.label} is not encoded in UTF-8: line {line} holds the byte 0x{data[error.start]:02x}, as Latin-1 or "
        "Windows-1252 files do. Save it as UTF-8."
    )


def write_rows(rows: Iterator[Row], target: Path, label: str) -> None:
    """Write rows of 25 texts as Parquet, in batches; a character that no text holds is a `SourceError`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(field, pa.string()) for field in FIELDS])
    first = 1
    with pq.ParquetWriter(target, schema, compression="lz4") as writer:
        while batch := list(islice(rows, BATCH_ROWS)):
            try:
                columns = [pa.array(column, pa.string()) for column in zip(*batch, strict=True)]
            except UnicodeEncodeError as error:
                raise _not_a_character(batch, first, label) from error
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
            first += len(batch)


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
            json.JSONDecodeError: The value is not JSON, or longer than any record.
        """
        while True:
            try:
                value, self._position = self._decoder.raw_decode(self._buffer, self._position)
            except json.JSONDecodeError as error:
                if len(self._buffer) - self._position > MAX_JSON_RECORD:
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


def _json_rows(file: TextIO, label: str) -> Iterator[Row]:
    """Rows of an array of objects, each value as text; a field that a row leaves out is null."""
    seen: set[str] = set()
    number = 0
    for number, pairs in enumerate(json_objects(file, label), start=1):
        record = json_record(pairs, f"Row {number} of {label}")
        seen |= record.keys()
        yield tuple(map(record.get, FIELDS))
    if number:
        _check_fields_seen(seen, number, label)


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
        raise SourceError(f"{label} goes on after the end of its array. Give one array of records. {_AGAIN}")


def _broken_array(text: _JsonText, label: str, number: int) -> SourceError:
    found = text.next_character()
    if not found:
        return _cut_off(label, f"after row {number}")
    return SourceError(f"{label} is not valid JSON: after row {number} stands {found!r}, not a comma. {_AGAIN}")


def _cut_off(label: str, where: str) -> SourceError:
    return SourceError(f"{label} is cut off {where}: its array of records is not closed. {_AGAIN}")


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
    except json.JSONDecodeError as error:
        raise SourceError(f"Row {number} of {label} is not valid JSON ({error.msg}). {_AGAIN}") from error
    except RecursionError as error:
        raise SourceError(f"Row {number} of {label} is nested too deep. Each value has to be plain.") from error
    return pairs


def json_record(pairs: list[tuple[str, Any]], where: str) -> dict[str, str | None]:
    """One record as the source prints it; a repeated name or a nested value is a `SourceError`."""
    record: dict[str, Any] = dict(pairs)
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
        field = ALIASES.get(name, name)
        if field not in _FIELD_SET:
            raise SourceError(
                f"{where} has a column `{shown(name)}` that the crisis data does not have. Export the dataset without "
                "added columns; if the portal itself added it, the contract raw/records has to be reviewed first."
            )
        if field in record:
            raise SourceError(f"{where} has the column `{shown(name)}` more than once. {_AGAIN}")
        record[field] = value if value is None or isinstance(value, str) else _plain_text(value, field, where)
    return record


def _plain_text(value: Any, field: str, where: str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    raise SourceError(
        f"{where} holds, in `{field}`, an object, an array or a number that is not finite, where a plain value "
        "belongs. Give the portal's own JSON."
    )


def _check_fields_seen(seen: set[str], rows: int, label: str) -> None:
    missing = [field for field in FIELDS if field not in seen]
    by_chance = rows < ROWS_THAT_SHOW_EVERY_FIELD and len(missing) <= MAX_FIELDS_IN_NO_ROW
    if missing and ("template_id" in missing or not by_chance):
        check_columns(seen, label)


# --- CSV ---


def csv_rows(file: TextIO, label: str) -> Iterator[Row]:
    """Rows of a CSV with API or display names; every row must have the header's number of fields."""
    lines = _csv_lines(file, label)
    _, header = next(lines, (1, []))
    pick = itemgetter(*_csv_positions(header, label))
    for line, row in lines:
        if len(row) != len(header):
            raise SourceError(
                f"Line {line} of {label} has {len(row)} fields where the header has {len(header)}. If it is the last "
                f"line, the file was cut off; else look for an unquoted comma or line break. {_AGAIN}"
            )
        yield pick(row)


def _csv_lines(file: TextIO, label: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with the number of the line they begin on; blank lines may stand at the end only."""
    reader = csv.reader(file, strict=True)
    blank = line = 0
    try:
        while True:
            line = reader.line_num + 1
            row = next(reader, None)
            if row is None:
                return
            if not row:
                blank = blank or line
            elif blank:
                raise SourceError(f"Line {blank} of {label} is blank, with rows after it. {_AGAIN}")
            else:
                yield line, row
    except csv.Error as error:
        raise SourceError(
            f"Line {line} of {label} begins a row that is not valid CSV ({error}): a quote is not closed or not "
            f"doubled, or the file was cut off. {_AGAIN}"
        ) from error


def _csv_positions(header: list[str], label: str) -> list[int]:
    """Where each of the 25 fields stands in a row."""
    names = [_api_name(name) for name in header]
    if not _FIELD_SET.intersection(names):
        raise SourceError(
            f"{label} does not begin with the header of the crisis data, but with `{shown(','.join(header), 80)}`. "
            "Give a CSV with commas between fields and the column names in its first line."
        )
    check_columns((name for name in names if not name.startswith(":")), label)
    return [names.index(field) for field in FIELDS]


def _api_name(name: str) -> str:
    """The API name of a header, which may be a display name; an unknown one stays as it is."""
    return _API_NAMES.get(" ".join(name.split()).casefold(), name)


# --- Parquet ---


def _parquet_as_text(content: _Content, scratch: Path, target: Path) -> None:
    import duckdb

    # A link with a plain name: DuckDB would read `*` and `[` in a path as a pattern.
    link = scratch / "received.parquet"
    link.symlink_to(content.path.resolve())
    with duckdb.connect() as connection:
        try:
            rows = connection.read_parquet(str(link))
        except duckdb.Error as error:
            reason = str(error).splitlines()[0].replace(str(link), content.label)
            raise SourceError(f"{content.label} is a broken Parquet file ({reason}). {_AGAIN}") from error
        types = {name: str(kind) for name, kind in zip(rows.columns, rows.types, strict=True)}
        names = {_api_name(name): name for name in types if not name.startswith(":")}
        check_columns((_api_name(name) for name in types if not name.startswith(":")), content.label)
        selected = [f"{_printed(names[field], types[names[field]], content.label)} as {field}" for field in FIELDS]
        rows.project(", ".join(selected)).write_parquet(str(target), compression="lz4")


def _printed(name: str, kind: str, label: str) -> str:
    """SQL for a typed column as the portal would print it."""
    column = '"' + name.replace('"', '""') + '"'
    text = f"cast({column} as varchar)"
    if kind in ("FLOAT", "DOUBLE"):
        return f"case when not isnan({column}) then regexp_replace({text}, '[.]0+$', '') end"
    if kind.startswith("DECIMAL"):
        return f"regexp_replace({text}, '[.]0+$', '')"
    if kind in ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"):
        return f"replace({text}, ' ', 'T')"
    if kind in _PRINTED_AS_THEY_ARE or kind.startswith("ENUM"):
        return text
    raise SourceError(
        f"Column `{shown(name)}` of {label} is of the type {shown(kind)}, where text, a number, a date or a time "
        "without a zone belongs. Write it as text, as the portal prints it."
    )
