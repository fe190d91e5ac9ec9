"""One snapshot as the archive keeps it, and the line of its log that says when it came."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import tempfile
import zlib
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from cit_platform.errors import UserError
from cit_platform.sources.canonical import FORM
from cit_platform.sources.columns import FIELDS
from cit_platform.sources.snapshot import RECORDS_FILE, canonical_snapshot, recomputed

DESCRIPTION_FILE = "snapshot.json"
RECEIVED_DIRECTORY = "received"
METADATA_FILE = "metadata.json"
PARTIAL_PREFIX = ".partial-"
# Fast: the bytes are kept for proof, and the records beside them are what is read.
GZIP_LEVEL = 3
_PACKED_HEADS = (b"\x1f\x8b", b"PK\x03\x04", b"PAR1")
_RESTORE = "Restore it from a backup, or remove this entry if no edition names it."


class ArchiveError(UserError):
    """The archive does not hold, or no longer holds unharmed, what was asked for; one paragraph."""


@dataclass(frozen=True)
class Retrieval:
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
        form: number of the canonical form of its text; entries that do not say have the first.
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
    form: int = 1
    sequence: int = 0

    @property
    def records(self) -> Path:
        """Parquet with `record_id` and the 25 fields, as in `Snapshot.records`."""
        return self.directory / RECORDS_FILE

    def records_in_present_form(self, directory: Path) -> Path:
        """The records in today's canonical text, written into a new directory where the entry has an older form.

        Raises:
            SourceError: They cannot be brought into it.
        """
        if self.form == FORM:
            return self.records
        import pyarrow.parquet as pq

        directory.mkdir(parents=True)
        snapshot = canonical_snapshot(
            pq.read_table(self.records, columns=list(FIELDS)),
            directory,
            source=self.source,
            location=f"the archived snapshot {self.content_hash[:12]}",
            licence=self.licence,
            retrieved_at=self.retrieved_at,
        )
        return snapshot.records

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


def retrieval_of(line: str) -> Retrieval:
    """A line of the log; before changes could be accepted it did not name any."""
    noted = json.loads(line)
    return Retrieval(**{**noted, "accepted": tuple(noted.get("accepted", ()))})


def describe(entry: ArchivedSnapshot, directory: Path) -> None:
    description = {name: value for name, value in asdict(entry).items() if name not in ("directory", "sequence")}
    partial = directory / f"{PARTIAL_PREFIX}{DESCRIPTION_FILE}"
    partial.write_text(json.dumps(description, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    partial.replace(directory / DESCRIPTION_FILE)


def described(directory: Path) -> ArchivedSnapshot:
    path = directory / DESCRIPTION_FILE
    try:
        return ArchivedSnapshot(directory=directory, **json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise ArchiveError(f"{path} does not describe an archived snapshot ({error}). {_RESTORE}") from error


def keep_metadata(metadata: Path | None, directory: Path) -> None:
    """Note what the source says now; where it says nothing, what it said before stays."""
    if metadata is not None:
        partial = directory / f"{PARTIAL_PREFIX}{METADATA_FILE}"
        shutil.copyfile(metadata, partial)
        partial.replace(directory / METADATA_FILE)


def keep_received(received: Path | None, directory: Path) -> str | None:
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
