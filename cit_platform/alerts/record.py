"""The alerts' record, a file of the home: what is wrong since when, and by which channels that was said."""

import fcntl
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from cit_platform.alerts.condition import AT_ONCE, Condition, Judged, Kind
from cit_platform.storage.files import write_whole

RECORD_FILE = "alerts.json"
LOCK_FILE = "alerts.lock"
# Occurrences that an entry remembers: as many as CIT_ALERT_AFTER may ask for.
MOST_SEEN = 100


@dataclass(frozen=True)
class Entry:
    """A condition that holds, or that is over while a channel has still to say so.

    Attributes:
        since: when it was first judged to hold, ISO 8601 in UTC.
        seen: its occurrences in a row, as far as patience counts.
        sent: the channels that know of it.
        is_known: whether it held when the home was first judged, so that nobody is alerted.
    """

    condition: Condition
    since: str
    seen: tuple[str, ...]
    sent: tuple[str, ...] = ()
    is_over: bool = False
    is_known: bool = False

    def is_due(self, channel: str, after: int) -> bool:
        """Whether the channel has to alert."""
        needed = 1 if self.condition.kind in AT_ONCE else after
        return not (self.is_over or self.is_known or channel in self.sent) and len(self.seen) >= needed

    def is_recovered(self, channel: str) -> bool:
        """Whether the channel has to say that it is over."""
        return self.is_over and channel in self.sent


@dataclass(frozen=True)
class Record:
    """All entries; `judged_before` are the kinds that were judged at least once."""

    entries: tuple[Entry, ...] = ()
    judged_before: frozenset[str] = frozenset()

    def after_judging(self, judged: Judged, now: str) -> "Record":
        """What is known after another evaluation; nothing changes of the kinds that it could not judge."""
        before = {entry.condition.key: entry for entry in self.entries}
        holding = {condition.key: condition for condition in judged.holding}
        held = [self._held(condition, before.get(key), now) for key, condition in holding.items()]
        others = [
            replace(entry, is_over=entry.is_over or entry.condition.kind in judged.kinds)
            for key, entry in before.items()
            if key not in holding
        ]
        return Record((*held, *others), self.judged_before | judged.kinds)

    def _held(self, condition: Condition, entry: Entry | None, now: str) -> Entry:
        """The entry of a condition that holds: a new one, one that goes on, or one that is back before it was said."""
        if entry is None:
            is_known = condition.kind is Kind.WARNING and Kind.WARNING not in self.judged_before
            return Entry(condition, now, condition.occurrences[:MOST_SEEN], is_known=is_known)
        if entry.is_over:
            return replace(entry, condition=condition, since=now, seen=condition.occurrences[:MOST_SEEN], is_over=False)
        seen = tuple(dict.fromkeys((*entry.seen, *condition.occurrences)))
        return replace(entry, condition=condition, seen=seen[:MOST_SEEN])

    def after_sending(self, channel: str, keys: Sequence[str]) -> "Record":
        """A channel has alerted of these, or has said that they are over."""
        return replace(self, entries=tuple(_sent(e, channel) if e.condition.key in keys else e for e in self.entries))

    def without_done(self, channels: Sequence[str]) -> "Record":
        """Without what is over and of which no channel has to speak any more."""
        kept = (replace(entry, sent=tuple(c for c in entry.sent if c in channels)) for entry in self.entries)
        return replace(self, entries=tuple(entry for entry in kept if entry.sent or not entry.is_over))


def _sent(entry: Entry, channel: str) -> Entry:
    others = tuple(each for each in entry.sent if each != channel)
    return replace(entry, sent=others if entry.is_over else (*others, channel))


@contextmanager
def only_evaluation(home: Path) -> Iterator[bool]:
    """Whether no other process evaluates this home now; none can begin until this one ends.

    A home that cannot be written holds nobody up: better said twice than never.
    """
    with ExitStack() as opened:
        try:
            file = opened.enter_context((home / LOCK_FILE).open("a"))
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_only = True
        except OSError as error:
            is_only = not isinstance(error, BlockingIOError)
        yield is_only


def read_record(home: Path) -> Record:
    """The record of a home; an empty one where there is none or where it is damaged: better said twice than never."""
    try:
        held = json.loads((home / RECORD_FILE).read_text(encoding="utf-8"))
        return Record(tuple(map(_entry, held["entries"])), frozenset(held["judged_before"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Record()


def write_record(home: Path, record: Record) -> None:
    """Write the record, for its owner alone: its paragraphs hold words of the source."""
    held = {"entries": [asdict(entry) for entry in record.entries], "judged_before": sorted(record.judged_before)}
    text = json.dumps(held, indent=1)
    if not (home / RECORD_FILE).is_file() or (home / RECORD_FILE).read_text(encoding="utf-8") != text:
        write_whole(home / RECORD_FILE, text, mode=0o600)


def _entry(held: dict[str, Any]) -> Entry:
    said = held["condition"]
    condition = Condition(**{**said, "kind": Kind(said["kind"]), "occurrences": tuple(said["occurrences"])})
    return Entry(**{**held, "condition": condition, "seen": tuple(held["seen"]), "sent": tuple(held["sent"])})
