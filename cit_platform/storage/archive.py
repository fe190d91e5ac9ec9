"""The archive of snapshots: each content once, compressed, under its hash, and the log of when it was in force."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import date
from itertools import pairwise
from pathlib import Path

from cit_platform.sources.canonical import FORM
from cit_platform.sources.snapshot import RECORDS_FILE, Snapshot
from cit_platform.storage.archived_snapshot import (
    PARTIAL_PREFIX,
    RECEIVED_DIRECTORY,
    ArchivedSnapshot,
    ArchiveError,
    Retrieval,
    describe,
    described,
    keep_metadata,
    keep_received,
    retrieval_of,
)

LOG_FILE = "log.jsonl"
_RETRY = "Check the disk's free space and permissions, then run again."


class Archive:
    """Snapshots under `<root>/<content_hash>/`, and the log of their retrievals, `<root>/log.jsonl`.

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
        last = {retrieval.content_hash: retrieval.sequence for retrieval in self.log()}
        entries = [replace(entry, sequence=last.get(entry.content_hash, 0)) for entry in self._entries()]
        return tuple(sorted(entries, key=lambda entry: entry.sequence))

    def log(self) -> tuple[Retrieval, ...]:
        """Every retrieval, in order; also of contents that are no longer kept.

        Raises:
            ArchiveError: The log is unreadable.
        """
        path = self.root / LOG_FILE
        if not path.exists():
            return self._log_of_entries()
        try:
            return tuple(map(retrieval_of, path.read_text(encoding="utf-8").splitlines()))
        except (OSError, ValueError, TypeError) as error:
            raise ArchiveError(f"{path} is not the log of the archive ({error}). Restore it from a backup.") from error

    def in_force(self, day: date) -> ArchivedSnapshot:
        """The snapshot in force on a day: the last one retrieved on it or before (UTC).

        Raises:
            ArchiveError: There was none, or it is no longer kept; the oldest day that can be shown is named.
        """
        kept = {entry.content_hash: entry for entry in self._entries()}
        in_time = sorted(self.log(), key=lambda retrieval: (retrieval.moment, retrieval.sequence))
        before = [retrieval for retrieval in in_time if retrieval.day <= day]
        if before and before[-1].content_hash in kept:
            return replace(kept[before[-1].content_hash], sequence=before[-1].sequence)
        later = [retrieval.day for retrieval in in_time if retrieval.day > day and retrieval.content_hash in kept]
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
        return [described(path) for path in self._directories()]

    def _log_of_entries(self) -> tuple[Retrieval, ...]:
        """The log of an archive that was begun without one: each entry came once, as far as is known."""
        entries = sorted(self._entries(), key=lambda entry: (entry.sequence, entry.retrieved_at))
        return tuple(
            Retrieval(number, entry.content_hash, entry.retrieved_at, entry.n_records, "")
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
            keep_metadata(snapshot.metadata, directory)
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
                received_sha256=keep_received(snapshot.received, partial / RECEIVED_DIRECTORY),
                form=FORM,
            )
            shutil.copyfile(snapshot.records, partial / RECORDS_FILE)
            keep_metadata(snapshot.metadata, partial)
            describe(entry, partial)
            partial.rename(directory)
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def _noted(self, snapshot: Snapshot, log: Sequence[Retrieval], fingerprint: str, after: int) -> ArchivedSnapshot:
        sequence = 1 + max([after, *(retrieval.sequence for retrieval in log)])
        now = Retrieval(
            sequence, snapshot.content_hash, snapshot.retrieved_at, snapshot.n_records, fingerprint, snapshot.accepted
        )
        lines = "".join(f"{json.dumps(asdict(retrieval))}\n" for retrieval in (*log, now))
        partial = self.root / f"{PARTIAL_PREFIX}{LOG_FILE}"
        partial.write_text(lines, encoding="utf-8")
        partial.replace(self.root / LOG_FILE)
        return replace(described(self.root / snapshot.content_hash), sequence=sequence)


def worth_keeping(log: Sequence[Retrieval], named: Collection[str], oldest: date, compared: int) -> frozenset[str]:
    """The contents that an archive keeps.

    Args:
        log: the retrievals.
        named: contents that editions name.
        oldest: first day for which the snapshot in force can be shown.
        compared: number of the retrieval that the next comparison begins with.

    Returns:
        What is named, was in force on the oldest day or after it, or is still to be compared, and the last two
        contents.
    """
    in_time = sorted(log, key=lambda retrieval: (retrieval.moment, retrieval.sequence))
    superseded = {earlier.sequence: later.day for earlier, later in pairwise(in_time)}
    last_two = list(dict.fromkeys(retrieval.content_hash for retrieval in reversed(log)))[:2]
    return frozenset(
        {
            *named,
            *last_two,
            *(
                retrieval.content_hash
                for retrieval in log
                if superseded.get(retrieval.sequence, date.max) > oldest or retrieval.sequence >= compared
            ),
        }
    )
