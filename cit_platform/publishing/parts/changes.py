"""What changed from one edition to another, as page, file and command print it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

Row = tuple[str, str, str, str]
CHANGES = "changes.json"


@dataclass(frozen=True)
class Difference:
    """What changed, in sentences and as rows of what, before, after, change; `before` is empty where nothing was."""

    before: str = ""
    after: str = ""
    sentences: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()

    @property
    def opening(self) -> str:
        """Which editions are compared."""
        return f"From edition {self.before} to edition {self.after}:"


def changes_record(difference: Difference) -> Mapping[str, object]:
    """A difference for `changes.json`."""
    return asdict(difference)


def read_changes(file: Path) -> Difference:
    """A difference from its file."""
    stored = json.loads(file.read_text(encoding="utf-8"))
    rows = tuple((what, before, after, change) for what, before, after, change in stored["rows"])
    return Difference(stored["before"], stored["after"], tuple(stored["sentences"]), rows)
