"""What came of each look at the source, a file of the home: who asks whether it is silent needs no Dagster."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from itertools import takewhile
from pathlib import Path

from cit_platform.storage.files import write_whole

LOOKS_FILE = "source-looks.jsonl"
# Looks that are kept, and lines that the file may have before it is cut back to them.
KEPT, LONGEST = 200, 400


class Outcome(StrEnum):
    """What came of a look."""

    NOTHING_NEW = "nothing new"
    REFRESH_DUE = "refresh due"
    SILENT = "silent"
    CHANGED = "changed"
    REFUSED = "refused"


@dataclass(frozen=True)
class Look:
    """A look at the source: when (ISO 8601, UTC), what came of it, in words, and the newest report that it showed.

    `source` is the state of the source that it saw, as a fingerprint names it; None without an answer.
    """

    at: str
    outcome: Outcome
    words: str
    newest_report: str | None = None
    source: str | None = None

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.at)


def note_look(
    home: Path, outcome: Outcome, words: str, newest_report: date | None = None, source: str | None = None
) -> None:
    """Add a look that ends now; a home that cannot be written has other troubles, and its look is not kept."""
    newest = None if newest_report is None else newest_report.isoformat()
    look = Look(datetime.now(UTC).isoformat(timespec="microseconds"), outcome, words, newest, source)
    file = home / LOOKS_FILE
    try:
        with file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(asdict(look)) + "\n")
        if file.read_bytes().count(b"\n") > LONGEST:
            write_whole(file, "".join(json.dumps(asdict(each)) + "\n" for each in reversed(read_looks(home)[:KEPT])))
    except OSError:
        return


def read_looks(home: Path) -> tuple[Look, ...]:
    """The looks, the last one first; lines that are damaged are left out."""
    try:
        lines = (home / LOOKS_FILE).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ()
    return tuple(look for look in map(_look, reversed(lines)) if look is not None)


def _look(line: str) -> Look | None:
    try:
        held = json.loads(line)
        look = Look(**{**held, "outcome": Outcome(held["outcome"])})
        return look if look.moment.tzinfo else None
    except (ValueError, TypeError, KeyError):
        return None


def silent_in_words(home: Path) -> str:
    """That the source is silent, and for how many looks in a row."""
    silent = list(takewhile(lambda look: look.outcome is Outcome.SILENT, read_looks(home)))
    return f"NO ANSWER of the source, look {len(silent)} in a row" if len(silent) > 1 else "NO ANSWER of the source"
