"""The archive of snapshots: each content once, compressed, under its hash, with the bytes as they were received."""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import json
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from cit_platform.sources.snapshot import FIELDS, RECORDS_FILE, Snapshot, SourceError, canonical_snapshot

DESCRIPTION_FILE = "snapshot.json"
RECEIVED_DIRECTORY = "received"
PARTIAL_PREFIX = ".partial-"
# Fast: the bytes are kept for proof, and the records beside them are what is read.
GZIP_LEVEL = 3
_PACKED_HEADS = (b"\x1f\x8b", b"PK\x03\x04", b"PAR1")


class ArchiveError(Exception):
    """The archive does not hold, or no longer holds unharmed, what was asked for; one paragraph."""


@dataclass(frozen=True)
class ArchivedSnapshot:
    """One entry of the archive.

    Attributes:
        content_hash: the snapshot's hash and the entry's name.
        directory: where the entry lies.
        source: see `Snapshot`, like the next four.
        location: where this content was first received from.
        retrieved_at: when this content was first retrieved, ISO 8601 in UTC.
        licence: the terms it is published under.
        n_records: number of records.
        received_sha256: sha256 of the bytes as received, before any compression here; None where there were none.
        sequence: grows with every `keep`; the entry kept last has the highest.
    """

    content_hash: str
    directory: Path
    source: str
    location: str
    retrieved_at: str
    licence: str
    n_records: int
    received_sha256: str | None
    sequence: int

    @property
    def records(self) -> Path:
        """Parquet with `record_id` and the 25 fields, as in `Snapshot.records`."""
        return self.directory / RECORDS_FILE

    @property
    def received(self) -> Path | None:
        """The bytes as received, gzip-compressed unless they came compressed; None where there were none."""
        return next((self.directory / RECEIVED_DIRECTORY).glob("*"), None)

    def verify(self) -> None:
        """Recompute every record id and the hash over them from the 25 fields, and the hash of the received bytes.

        Raises:
            ArchiveError: The entry is unreadable or is not what was archived.
        """
        if not self._records_are_whole():
            raise ArchiveError(f"{self.records} no longer holds the records of {self.content_hash}. {_RESTORE}")
        if self.received_sha256 and not self._received_is_whole():
            raise ArchiveError(f"The bytes as received beside {self.records} were changed. {_RESTORE}")

    def _records_are_whole(self) -> bool:
        import pyarrow as pa
        import pyarrow.parquet as pq

        with tempfile.TemporaryDirectory() as scratch:
            try:
                stored = pq.read_table(self.records)
                ids = stored.column("record_id").combine_chunks()
                again = canonical_snapshot(
                    stored.select(FIELDS),
                    Path(scratch),
                    source=self.source,
                    location=str(self.records),
                    licence=self.licence,
                    retrieved_at=self.retrieved_at,
                )
                recomputed = pq.read_table(again.records, columns=["record_id"]).column("record_id").combine_chunks()
            except (OSError, KeyError, pa.ArrowException, SourceError):
                return False
        return again.content_hash == self.content_hash and ids.equals(recomputed)

    def _received_is_whole(self) -> bool:
        received = self.received
        if received is None:
            return False
        try:
            return _sha256(received) == self.received_sha256 or _sha256_unpacked(received) == self.received_sha256
        except (OSError, EOFError, zlib.error):
            return False


class Archive:
    """Snapshots under `<root>/<content_hash>/`.

    Each entry holds `records.parquet`, `received/<name>` and `snapshot.json`. Entries appear whole or not at all; an
    entry's records never change.
    """

    def __init__(self, root: Path) -> None:
        """Name the directory; it is made by the first `keep`."""
        self.root = root

    def keep(self, snapshot: Snapshot) -> ArchivedSnapshot:
        """Store a snapshot, or note that its content came again.

        Raises:
            ArchiveError: It could not be stored; the archive is as before.
        """
        try:
            with self._one_writer():
                self._remove_partial()
                return self._entry_of(snapshot)
        except OSError as error:
            raise ArchiveError(f"The snapshot could not be archived in {self.root}: {error}. {_RETRY}") from error

    def list(self) -> tuple[ArchivedSnapshot, ...]:
        """All entries, the one kept last at the end.

        Raises:
            ArchiveError: An entry's description is unreadable.
        """
        directories = self.root.iterdir() if self.root.is_dir() else ()
        entries = [_described(path) for path in directories if not path.name.startswith(".")]
        return tuple(sorted(entries, key=lambda entry: entry.sequence))

    def get(self, prefix: str) -> ArchivedSnapshot:
        """The entry whose hash is, or begins with, `prefix`.

        Raises:
            ArchiveError: No entry, or several, begin so.
        """
        found = [entry for entry in self.list() if entry.content_hash.startswith(prefix)]
        if len(found) == 1:
            return found[0]
        known = ", ".join(entry.content_hash[:12] for entry in (found or self.list())[-10:]) or "none"
        fault = "Several archived snapshots begin" if found else "No archived snapshot begins"
        raise ArchiveError(f"{fault} with `{prefix}` in {self.root}. Choose one of: {known}.")

    def latest(self) -> ArchivedSnapshot | None:
        """The entry kept last, also when its content was there before; None in an empty archive."""
        entries = self.list()
        return entries[-1] if entries else None

    @contextmanager
    def _one_writer(self) -> Iterator[None]:
        """Lock the directory; the kernel frees it when the writer is killed."""
        self.root.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.root, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _remove_partial(self) -> None:
        """Remove what killed writers left: under the lock, no living one has any."""
        for path in self.root.glob(f"{PARTIAL_PREFIX}*"):
            shutil.rmtree(path)

    def _entry_of(self, snapshot: Snapshot) -> ArchivedSnapshot:
        directory = self.root / snapshot.content_hash
        latest = self.latest()
        sequence = latest.sequence + 1 if latest else 1
        if directory.exists():
            entry = replace(_described(directory), sequence=sequence)
            _describe(entry, directory)
            return entry
        partial = Path(tempfile.mkdtemp(prefix=PARTIAL_PREFIX, dir=self.root))
        try:
            entry = ArchivedSnapshot(
                content_hash=snapshot.content_hash,
                directory=directory,
                source=snapshot.source,
                location=snapshot.location,
                retrieved_at=snapshot.retrieved_at,
                licence=snapshot.licence,
                n_records=snapshot.n_records,
                received_sha256=_keep_received(snapshot.received, partial / RECEIVED_DIRECTORY),
                sequence=sequence,
            )
            shutil.copyfile(snapshot.records, partial / RECORDS_FILE)
            _describe(entry, partial)
            partial.rename(directory)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        return entry


_RESTORE = "Restore it from a backup, or remove this entry if no edition names it."
_RETRY = "Check the disk's free space and permissions, then run again."


def _describe(entry: ArchivedSnapshot, directory: Path) -> None:
    description = {name: value for name, value in asdict(entry).items() if name != "directory"}
    partial = directory / f"{PARTIAL_PREFIX}{DESCRIPTION_FILE}"
    partial.write_text(json.dumps(description, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    partial.replace(directory / DESCRIPTION_FILE)


def _described(directory: Path) -> ArchivedSnapshot:
    path = directory / DESCRIPTION_FILE
    try:
        return ArchivedSnapshot(directory=directory, **json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise ArchiveError(f"{path} does not describe an archived snapshot ({error}). {_RESTORE}") from error


def _keep_received(received: Path | None, directory: Path) -> str | None:
    """Copy the bytes as received, compressed, and give their sha256 before compression."""
    directory.mkdir()
    if received is None:
        return None
    with received.open("rb") as source:
        packed = source.read(4).startswith(_PACKED_HEADS)
        source.seek(0)
        target = directory / (received.name if packed else f"{received.name}.gz")
        if packed:
            shutil.copyfile(received, target)
        else:
            # No name and no time inside: the same bytes give the same file.
            with target.open("wb") as raw, gzip.GzipFile("", "wb", GZIP_LEVEL, raw, mtime=0) as compressed:
                shutil.copyfileobj(source, compressed)
    return _sha256(target) if packed else _sha256_unpacked(target)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sha256_unpacked(path: Path) -> str:
    with gzip.open(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
