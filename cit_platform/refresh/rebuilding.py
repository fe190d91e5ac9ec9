"""A home that computes an edition of another home again: the archived snapshot is its source."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cit_platform.sources.columns import FIELDS
from cit_platform.sources.observation import Observation
from cit_platform.sources.snapshot import Snapshot, canonical_snapshot
from cit_platform.storage.archive import Archive
from cit_platform.storage.archived_snapshot import METADATA_FILE, ArchiveError, Retrieval
from cit_platform.storage.home_folder import HomeFolder, home_record, write_home_record

if TYPE_CHECKING:
    import pyarrow as pa

_RECORD = "rebuilding"
TEMPLATE = "template_id"


@dataclass(frozen=True)
class Rebuilding:
    """What a home rebuilds, as its own record holds it.

    Attributes:
        archive: folder of the archive that keeps the snapshot.
        sequence: number of the retrieval that is read.
        fingerprint: the source's part of the edition's fingerprint.
        location: where its snapshot came from, in its words.
        edition: its name.
        built_at: its time, ISO 8601.
        monthly: whether it was the monthly one.
        changes: the file that says what changed since the edition before it.
        templates_of: number of an earlier retrieval; of the snapshot only records whose template was in that one are
            read. 0 for all.
    """

    archive: str
    sequence: int
    fingerprint: str
    location: str
    edition: str
    built_at: str
    monthly: bool
    changes: str
    templates_of: int = 0


def rebuilding(home: HomeFolder) -> Rebuilding | None:
    """What a home rebuilds; None for every home of its own."""
    record = home_record(home).get(_RECORD)
    return Rebuilding(**record) if record else None


def note_rebuilding(home: HomeFolder, record: dict[str, Any], what: Rebuilding) -> None:
    """Make a home one that rebuilds; `record` is what it says of itself besides."""
    write_home_record(home, {**record, _RECORD: asdict(what)})


class ArchivedSource:
    """The source of an edition that is rebuilt: one archived snapshot, as it came then."""

    def __init__(self, what: Rebuilding) -> None:
        """Find the snapshot and the line of the log under which it came.

        Raises:
            ArchiveError: The archive no longer keeps it.
        """
        self.what = what
        self.archive = Archive(Path(what.archive))
        self.retrieval = self._retrieval(what.sequence)
        self.entry = self.archive.get(self.retrieval.content_hash)
        self.name = self.entry.source

    def _retrieval(self, sequence: int) -> Retrieval:
        found = [retrieval for retrieval in self.archive.log() if retrieval.sequence == sequence]
        if not found:
            raise ArchiveError(f"The log of {self.archive.root} has no retrieval {sequence}.")
        return found[0]

    def fingerprint(self) -> str:
        """What the source's probe said then."""
        return self.what.fingerprint

    def observe(self) -> Observation:
        """What was noted of the source."""
        return Observation(self.fingerprint())

    def fetch(self, directory: Path) -> Snapshot:
        """The archived records in today's canonical text."""
        snapshot = canonical_snapshot(
            self._records(),
            directory,
            source=self.entry.source,
            location=self.what.location,
            licence=self.entry.licence,
            retrieved_at=self.retrieval.retrieved_at,
            accept=frozenset(self.retrieval.accepted),
        )
        metadata = self.entry.directory / METADATA_FILE
        return replace(snapshot, metadata=metadata if metadata.exists() else None, accepted=self.retrieval.accepted)

    def _records(self) -> pa.Table:
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        records = pq.read_table(self.entry.records, columns=list(FIELDS))
        if not self.what.templates_of:
            return records
        earlier = self.archive.get(self._retrieval(self.what.templates_of).content_hash).records
        known = pq.read_table(earlier, columns=[TEMPLATE])[TEMPLATE].unique()
        return records.filter(pc.is_in(records[TEMPLATE], value_set=known))
