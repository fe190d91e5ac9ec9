"""The archive of snapshots: each content once, compressed, under its hash, and the log of when it was in force."""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import json
import os
import shutil
import tempfile
import zlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

from cit_platform.errors import UserError
from cit_platform.sources.snapshot import FIELDS, RECORDS_FILE, Snapshot, recomputed

DESCRIPTION_FILE = "snapshot.json"
RECEIVED_DIRECTORY = "received"
METADATA_FILE = "metadata.json"
LOG_FILE = "log.jsonl"
PARTIAL_PREFIX = ".partial-"
# Fast: the bytes are kept for proof, and the records beside them are what is read.
GZIP_LEVEL = 3
_PACKED_HEADS = (b"\x1f\x8b", b"PK\x03\x04", b"PAR1")


class ArchiveError(UserError):
    """The archive does not hold, or no longer holds unharmed, what was asked for; one paragraph."""


@dataclass(frozen=True)
class Sighting:
    """One line of the log: a content came, and was in force from then on.

    Attributes:
        sequence: number of the line, growing.
        content_hash: the content.
        retrieved_at: when it was retrieved this time, ISO 8601 in UTC.
        n_records: number of records.
        fingerprint: what the source's probe said just before; the content came under it.
        accepted: the changes that the operator let through with it, see `Snapshot`.
    """

    sequence: int
    content_hash: str
    retrieved_at: str
    n_records: int
    fingerprint: str
    accepted: tuple[str, ...] = ()

    @property
    def moment(self) -> datetime:
        """When it was retrieved, UTC."""
        return datetime.fromisoformat(self.retrieved_at).astimezone(UTC)

    @property
    def day(self) -> date:
        """The day (UTC) on which it was retrieved."""
        return self.moment.date()


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
        sequence: number of its last line in the log.
    """

    content_hash: str
    directory: Path
    source: str
    location: str
    retrieved_at: str
    licence: str
    n_records: int
    received_sha256: str | None
    sequence: int = 0

    @property
    def records(self) -> Path:
        """Parquet with `record_id` and the 25 fields, as in `Snapshot.records`."""
        return self.directory / RECORDS_FILE

    @property
    def received(self) -> Path | None:
        """The bytes as received, gzip-compressed unless they came compressed; None where there were none."""
        return next((self.directory / RECEIVED_DIRECTORY).glob("*"), None)

    @property
    def metadata(self) -> dict[str, str] | None:
        """What the source said of the dataset when this content last came, text by item; None where it said nothing.

        Raises:
            ArchiveError: The file is unreadable.
        """
        path = self.directory / METADATA_FILE
        if not path.exists():
            return None
        try:
            items: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ArchiveError(f"{path} does not hold the source's description ({error}). {_RESTORE}") from error
        return items

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
                again, content_hash = recomputed(stored.select(FIELDS), Path(scratch))
                recomputed_ids = pq.read_table(again, columns=["record_id"]).column("record_id").combine_chunks()
            except (OSError, KeyError, pa.ArrowException):
                return False
        return content_hash == self.content_hash and ids.equals(recomputed_ids)

    def _received_is_whole(self) -> bool:
        received = self.received
        if received is None:
            return False
        try:
            return _sha256(received) == self.received_sha256 or _sha256_unpacked(received) == self.received_sha256
        except (OSError, EOFError, zlib.error):
            return False


class Archive:
    """Snapshots under `<root>/<content_hash>/`, and the log of their arrivals, `<root>/log.jsonl`.

    Each entry holds `records.parquet`, `received/<name>`, `snapshot.json` and, where the source describes its dataset,
    `metadata.json`. Entries appear whole or not at all; an
    entry's records never change.
    """

    def __init__(self, root: Path) -> None:
        """Name the directory; it is made by the first `keep`."""
        self.root = root

    def keep(self, snapshot: Snapshot, fingerprint: str = "", after: int = 0) -> ArchivedSnapshot:
        """Store a snapshot, unless its content is there, and note in the log that it came.

        Args:
            snapshot: what is in force from now on.
            fingerprint: what the source's probe said just before.
            after: a number that the log's line has to exceed, though the log may have been lost.

        Raises:
            ArchiveError: It could not be stored; the archive is as before.
        """
        try:
            with self._one_writer():
                self._remove_partial()
                log = self.log()
                self._store(snapshot)
                return self._noted(snapshot, log, fingerprint, after)
        except OSError as error:
            raise ArchiveError(f"The snapshot could not be archived in {self.root}: {error}. {_RETRY}") from error

    def list(self) -> tuple[ArchivedSnapshot, ...]:
        """All entries, the one kept last at the end.

        Raises:
            ArchiveError: An entry's description or the log is unreadable.
        """
        last = {sighting.content_hash: sighting.sequence for sighting in self.log()}
        entries = [replace(entry, sequence=last.get(entry.content_hash, 0)) for entry in self._entries()]
        return tuple(sorted(entries, key=lambda entry: entry.sequence))

    def log(self) -> tuple[Sighting, ...]:
        """Every arrival, in order; also of contents that are no longer kept.

        Raises:
            ArchiveError: The log is unreadable.
        """
        path = self.root / LOG_FILE
        if not path.exists():
            return self._log_of_entries()
        try:
            return tuple(map(_sighting, path.read_text(encoding="utf-8").splitlines()))
        except (OSError, ValueError, TypeError) as error:
            raise ArchiveError(f"{path} is not the log of the archive ({error}). Restore it from a backup.") from error

    def in_force(self, day: date) -> ArchivedSnapshot:
        """The snapshot in force on a day: the last one retrieved on it or before (UTC).

        Raises:
            ArchiveError: There was none, or it is no longer kept; the oldest day that can be shown is named.
        """
        kept = {entry.content_hash: entry for entry in self._entries()}
        in_time = sorted(self.log(), key=lambda sighting: (sighting.moment, sighting.sequence))
        before = [sighting for sighting in in_time if sighting.day <= day]
        if before and before[-1].content_hash in kept:
            return replace(kept[before[-1].content_hash], sequence=before[-1].sequence)
        later = [sighting.day for sighting in in_time if sighting.day > day and sighting.content_hash in kept]
        fault = f"The snapshot in force on {day} is no longer kept" if before else f"No snapshot is as old as {day}"
        oldest = f"The oldest date after it that can be shown is {later[0]}." if later else "Nothing later is kept."
        raise ArchiveError(f"{fault} in {self.root}. {oldest}")

    def prune(self, kept: Collection[str]) -> tuple[str, ...]:
        """Remove the contents that are not named; the log stays. Gives those that were removed.

        Raises:
            ArchiveError: One could not be removed.
        """
        try:
            with self._one_writer():
                self._remove_partial()
                removed = [path for path in self._directories() if path.name not in kept]
                for path in removed:
                    # Whole or not at all, also for who reads it meanwhile.
                    path.rename(self.root / f"{PARTIAL_PREFIX}{path.name}")
                self._remove_partial()
                return tuple(sorted(path.name for path in removed))
        except OSError as error:
            raise ArchiveError(f"An old snapshot could not be removed from {self.root}: {error}.") from error

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

    def _directories(self) -> Sequence[Path]:
        found = self.root.iterdir() if self.root.is_dir() else ()
        return [path for path in found if path.is_dir() and not path.name.startswith(".")]

    def _entries(self) -> Sequence[ArchivedSnapshot]:
        return [_described(path) for path in self._directories()]

    def _log_of_entries(self) -> tuple[Sighting, ...]:
        """The log of an archive that was begun without one: each entry came once, as far as is known."""
        entries = sorted(self._entries(), key=lambda entry: (entry.sequence, entry.retrieved_at))
        return tuple(
            Sighting(number, entry.content_hash, entry.retrieved_at, entry.n_records, "")
            for number, entry in enumerate(entries, start=1)
        )

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
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()

    def _store(self, snapshot: Snapshot) -> None:
        directory = self.root / snapshot.content_hash
        if directory.exists():
            _keep_metadata(snapshot.metadata, directory)
            return
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
            )
            shutil.copyfile(snapshot.records, partial / RECORDS_FILE)
            _keep_metadata(snapshot.metadata, partial)
            _describe(entry, partial)
            partial.rename(directory)
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def _noted(self, snapshot: Snapshot, log: Sequence[Sighting], fingerprint: str, after: int) -> ArchivedSnapshot:
        sequence = 1 + max([after, *(sighting.sequence for sighting in log)])
        now = Sighting(
            sequence, snapshot.content_hash, snapshot.retrieved_at, snapshot.n_records, fingerprint, snapshot.accepted
        )
        lines = "".join(f"{json.dumps(asdict(sighting))}\n" for sighting in (*log, now))
        partial = self.root / f"{PARTIAL_PREFIX}{LOG_FILE}"
        partial.write_text(lines, encoding="utf-8")
        partial.replace(self.root / LOG_FILE)
        return replace(_described(self.root / snapshot.content_hash), sequence=sequence)


def _sighting(line: str) -> Sighting:
    """A line of the log; before changes could be accepted it did not name any."""
    noted = json.loads(line)
    return Sighting(**{**noted, "accepted": tuple(noted.get("accepted", ()))})


def worth_keeping(log: Sequence[Sighting], named: Collection[str], oldest: date, compared: int) -> frozenset[str]:
    """The contents that an archive keeps.

    Args:
        log: the arrivals.
        named: contents that editions name.
        oldest: first day for which the snapshot in force can be shown.
        compared: number of the arrival that the next comparison begins with.

    Returns:
        What is named, was in force on the oldest day or after it, or is still to be compared, and the last two
        contents.
    """
    in_time = sorted(log, key=lambda sighting: (sighting.moment, sighting.sequence))
    superseded = {earlier.sequence: later.day for earlier, later in pairwise(in_time)}
    last_two = list(dict.fromkeys(sighting.content_hash for sighting in reversed(log)))[:2]
    return frozenset(
        {
            *named,
            *last_two,
            *(
                sighting.content_hash
                for sighting in log
                if superseded.get(sighting.sequence, date.max) > oldest or sighting.sequence >= compared
            ),
        }
    )


_RESTORE = "Restore it from a backup, or remove this entry if no edition names it."
_RETRY = "Check the disk's free space and permissions, then run again."


def _describe(entry: ArchivedSnapshot, directory: Path) -> None:
    description = {name: value for name, value in asdict(entry).items() if name not in ("directory", "sequence")}
    partial = directory / f"{PARTIAL_PREFIX}{DESCRIPTION_FILE}"
    partial.write_text(json.dumps(description, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    partial.replace(directory / DESCRIPTION_FILE)


def _described(directory: Path) -> ArchivedSnapshot:
    path = directory / DESCRIPTION_FILE
    try:
        return ArchivedSnapshot(directory=directory, **json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise ArchiveError(f"{path} does not describe an archived snapshot ({error}). {_RESTORE}") from error


def _keep_metadata(metadata: Path | None, directory: Path) -> None:
    """Note what the source says now; where it says nothing, what it said before stays."""
    if metadata is not None:
        partial = directory / f"{PARTIAL_PREFIX}{METADATA_FILE}"
        shutil.copyfile(metadata, partial)
        partial.replace(directory / METADATA_FILE)


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
