"""Records from one file: SODA JSON, CSV with API names, the portal's bulk CSV, or Parquet; also in `.gz` and `.zip`."""

from __future__ import annotations

import codecs
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
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, TextIO

from cit_platform.codebook.agency import agency_of
from cit_platform.printable import shown
from cit_platform.settings import chosen_agency
from cit_platform.sources import reading
from cit_platform.sources.change import NOT_KNOWN, Size, let_through, size_changes, size_of
from cit_platform.sources.formats import (
    AGAIN,
    CHUNK,
    Row,
    csv_rows,
    json_rows,
    unpacks_to_too_much,
    write_rows,
)
from cit_platform.sources.observation import Observation
from cit_platform.sources.parquet import parquet_as_text
from cit_platform.sources.reading import MEMORY_LIMIT
from cit_platform.sources.refused import SourceError
from cit_platform.sources.snapshot import Snapshot, canonical_snapshot

# A spreadsheet rounds long ids and rewrites dates when it saves them as CSV.
PORTALS_OWN = (
    "Take the portal's own CSV instead (Export, CSV): what a spreadsheet saves has its ids and dates rewritten."
)
TAKE_IT_AGAIN = "Take the portal's own CSV again (Export, CSV), whole and not filtered."
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"


class FileSource:
    """A file of crisis data, read whole at each fetch; its format is found from its content.

    Attributes:
        name: `file`.
        path: the file.
    """

    name = "file"

    def __init__(
        self,
        path: Path,
        memory_limit: str = MEMORY_LIMIT,
        last: Size = NOT_KNOWN,
        accept: frozenset[str] = frozenset(),
    ) -> None:
        """Name the file; it is first touched by `fingerprint` or `fetch`.

        Args:
            path: the file.
            memory_limit: as in `CIT_MEMORY_LIMIT`.
            last: size of the last edition's snapshot; a file that is far from it is refused.
            accept: codes of changes that are let through, see `SourceChangedError`.
        """
        self.path = path
        self._memory_limit = memory_limit
        self._last = last
        self._accept = accept

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
            unknown: list[str] = []
            content = _unpacked(self.path, Path(scratch))
            rows = _text_rows(content, Path(scratch), self._memory_limit, self._accept, unknown)
            after = self.path.stat()
            if (before.st_mtime_ns, before.st_size, before.st_ino) != (after.st_mtime_ns, after.st_size, after.st_ino):
                raise SourceError(f"{self.path} changed while it was read. Wait until it is complete, then try again.")
            snapshot = canonical_snapshot(
                rows,
                Path(scratch),
                source=self.name,
                location=self.path.name,
                licence=agency_of(chosen_agency()).dataset.terms,
                retrieved_at=datetime.now(UTC).isoformat(timespec="seconds"),
                received=self.path,
                memory_limit=self._memory_limit,
                accept=self._accept,
            )
            refusals = size_changes(size_of(snapshot), self._last, str(self.path), TAKE_IT_AGAIN)
            accepted = let_through(refusals, self._accept)
            return replace(
                snapshot,
                records=snapshot.records.replace(directory / snapshot.records.name),
                unknown_columns=tuple(unknown),
                accepted=(*snapshot.accepted, *accepted),
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
    except MemoryError as error:
        raise SourceError(f"{path} needs more memory than there is. Check that it is the crisis data.") from error
    except duckdb.OutOfMemoryException as error:
        raise SourceError(
            f"{path} needs more than the memory that CIT_MEMORY_LIMIT allows and the space beside it on disk. Check "
            "that it is the crisis data; if it is, raise the limit."
        ) from error
    # Libraries below raise RuntimeError for files that are damaged in ways that they did not foresee.
    except (OSError, ValueError, RuntimeError, duckdb.Error, pa.ArrowException) as error:
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
            raise SourceError(f"{path} is named {path.suffix} but is not a {named} file: it is damaged. {AGAIN}")
        return _Content(path, path.name, str(path))
    target = scratch / "unpacked"
    try:
        name = _gunzip(path, target) if packing == "gzip" else _unzip(path, target)
    except (gzip.BadGzipFile, zipfile.BadZipFile, EOFError, zlib.error) as error:
        raise SourceError(f"{path} is a broken {packing} file ({error}). {AGAIN}") from error
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
            raise SourceError(f"{path} is an Excel workbook. {PORTALS_OWN}")
        if len(members) != 1:
            listed = ", ".join(shown(name) for name in names[:5]) + (", …" if len(names) > 5 else "")
            raise SourceError(
                f"{path} holds {len(members)} files{': ' if names else ''}{listed}. Pack exactly one file of records."
            )
        _check_member(members[0], path)
        with archive.open(members[0]) as packed:
            _copy_limited(packed, target, path)
    return names[0]


def _check_member(member: zipfile.ZipInfo, path: Path) -> None:
    if member.flag_bits & 0x1:
        raise SourceError(f"{path} is protected by a password. Unpack it, and give the file inside.")
    # The others are unpacked by Python in pieces of any size, so that no limit holds.
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise SourceError(
            f"{path} is packed in a way that is not read (method {member.compress_type}): only stored and deflated "
            "files are. Pack it as a plain zip, or give the file inside."
        )
    if member.file_size > reading.MAX_UNPACKED_BYTES:
        raise unpacks_to_too_much(str(path))


def _copy_limited(packed: IO[bytes] | gzip.GzipFile, target: Path, path: Path) -> None:
    written = 0
    with target.open("wb") as file:
        while chunk := packed.read(CHUNK):
            written += len(chunk)
            if written > reading.MAX_UNPACKED_BYTES:
                raise unpacks_to_too_much(str(path))
            file.write(chunk)


# --- Formats ---


def _text_rows(content: _Content, scratch: Path, memory_limit: str, accept: frozenset[str], unknown: list[str]) -> Path:
    """Write the rows of a file of any format to Parquet: the 25 fields, as text; see `csv_rows` for `unknown`."""
    target = scratch / "rows.parquet"
    with content.path.open("rb") as file:
        head = file.read(4096)
    if not head.strip():
        raise SourceError(f"{content.label} is empty. {AGAIN}")
    if head.startswith(OLD_WORKBOOK):
        raise SourceError(f"{content.label} is an Excel workbook. {PORTALS_OWN}")
    if head.startswith(b"PAR1"):
        parquet_as_text(content.path, content.label, scratch, target, memory_limit, accept, unknown)
        return target
    if content.suffix in (".parquet", ".pq"):
        raise SourceError(f"{content.label} is named {content.suffix} but is not a Parquet file. {AGAIN}")
    _check_text(content, head)
    with content.path.open(encoding="utf-8-sig", newline="") as text:
        rows = _text_reader(content, text)(text, content.label, accept, unknown)
        write_rows(rows, target, content.label)
    return target


def _text_reader(content: _Content, text: TextIO) -> Callable[[TextIO, str, frozenset[str], list[str]], Iterator[Row]]:
    start = text.read(4096).lstrip()
    text.seek(0)
    if start.startswith("["):
        return json_rows
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
        raise SourceError(f"{content.label} is not JSON: it begins with {start[:20]!r} instead of `[`. {AGAIN}")
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
        f"/resource/{agency_of(chosen_agency()).dataset.id}.json, which begins with `[`."
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
                raise SourceError(f"{content.label} is a binary or damaged file: line {line} has a null byte. {AGAIN}")
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
