"""Nights of the live source: what the city publishes before each, and whether the platform says exactly that."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from unittest.mock import patch

import pandas as pd
from deltalake import DeltaTable
from typer.testing import CliRunner

from cit_platform.cli import app
from cit_platform.sources.demo.city import CityParameters
from cit_platform.sources.demo.revisions import Publisher
from cit_platform.sources.demo.source import DemoSource
from cit_platform_tests.conftest import Cit
from cit_platform_tests.portal.dataset import Dataset
from cit_platform_tests.portal.server import DATASET_ID, FakePortal
from cit_platform_tests.transforms.engine import beyond_form

SEED = 20150515
FIRST_DAY = date(2026, 3, 1)
CHANGES_PER_DAY = 6
RECORD = ["template_id", "disposition", "change", "field", "old_value", "new_value"]
ENDS = ["from_snapshot", "to_snapshot"]
# A refresh that dies as it commits a table: what comes before it is done, and nothing else.
DYING = """
import os, signal, sys
from cit_platform.storage.lake import Lake
commit, table = Lake.commit, sys.argv.pop(1)
def die(lake, staged, *more, **named):
    if staged.table.path == table:
        os.kill(os.getpid(), signal.SIGKILL)
    return commit(lake, staged, *more, **named)
Lake.commit = die
from cit_platform.cli import main
main()
"""

Change = tuple[str | None, ...]


@dataclass(frozen=True)
class Night:
    """What happens in one night.

    Attributes:
        what: in words.
        day: as-of date of the records that the portal serves.
        published: the portal says that its rows were updated.
        select: refresh only these assets.
        dies_at: the refresh is killed as it commits this table, and another one follows.
        again: the stage raw is run once more afterwards, and then a refresh.
    """

    what: str
    day: date
    published: bool = True
    select: str = ""
    dies_at: str = ""
    again: bool = False

    @property
    def compares(self) -> bool:
        """Whether the snapshots are compared, too; else the next night compares these as well."""
        return self.select in ("", "group:raw")


@dataclass(frozen=True)
class Outcome:
    """What came of a night.

    Attributes:
        night: what happened.
        did: what the refresh did: `refreshed`, `skipped`, or `fetched` where it met no other records than before.
        seconds: how long the refresh took.
        expected: rows that `raw/revisions` was due, by change, by the generator's record.
        found: rows that it got.
        respelled: values that were printed anew and mean the same, by the generator's record.
        archived: snapshots in the archive.
        sizes: bytes of the archive, the lake, the editions, Dagster's instance and the whole home.
        wrong: what was not as it must be, in words.
    """

    night: Night
    did: str
    seconds: float
    expected: Counter[str]
    found: Counter[str]
    respelled: int
    archived: int
    sizes: dict[str, int]
    wrong: tuple[str, ...]


@dataclass(frozen=True)
class City:
    """A city whose publisher is busy from `FIRST_DAY` on, and changes the coding of 2018 for that of 2020 on a day."""

    rows: int
    recoded_on: date

    def on(self, day: date) -> DemoSource:
        publisher = Publisher(CHANGES_PER_DAY, FIRST_DAY, self.recoded_on)
        return DemoSource(SEED, self.rows, day, CityParameters(coding="2018"), publisher)

    def snapshot(self, day: date) -> str:
        """Hash of the records of a day."""
        with tempfile.TemporaryDirectory() as scratch:
            return self.on(day).fetch(Path(scratch)).content_hash

    def changes(self, before: date, now: date) -> list[Change]:
        """The generator's own record of what differs between two days; read backwards if the later one comes first."""
        return _rows(self.on(now).revisions(before, now)) if before <= now else self._taken_back(before, now)

    def respellings(self, before: date, now: date) -> Counter[str]:
        """Records by field that a change of coding printed anew, in another text than canonical."""
        return beyond_form(self.on(now).respellings(before, now).to_dict("records")) if before <= now else Counter()

    def _taken_back(self, before: date, now: date) -> list[Change]:
        records = [(r["template_id"], r["disposition"]) for r in self.on(before).table().to_pylist()]
        there = {template for template, _ in records}
        known = set(self.on(now).table()["template_id"].to_pylist())
        opposite = {"added": "removed", "removed": "added", "changed": "changed"}
        # A template that comes back is new, and so no row; one that goes is removed with all its records.
        back = [
            (template, new if name == "disposition" else disposition, opposite[str(change)], name, new, old)
            for template, disposition, change, name, old, new in self.changes(now, before)
            if template in there
        ]
        gone = [(*record, "removed", None, None, None) for record in records if record[0] not in known]
        return [*back, *gone]


@dataclass
class Nights:
    """A home of the live source, lived in this process night after night; a day passes between two."""

    home: Path
    city: City
    portal: FakePortal
    last_day: date
    served: date | None = None
    snapshots: dict[date, str] = field(default_factory=dict)
    edition: date | None = None
    lasting: Counter[Change] = field(default_factory=Counter)
    lasting_respelled: Counter[Change] = field(default_factory=Counter)
    expected: Counter[Change] = field(default_factory=Counter)
    respelled: Counter[Change] = field(default_factory=Counter)

    @property
    def cit(self) -> Cit:
        """The command line in this home."""
        portal = {"CIT_SOCRATA_URL": self.portal.url, "CIT_SOCRATA_DATASET": DATASET_ID}
        fixed = {"CIT_AS_OF": self.last_day.isoformat(), "CIT_PSEUDONYM_KEY": "the same key in each of the homes"}
        return Cit(self.home, {"CIT_SOURCE": "socrata", **portal, **fixed})

    def live(self, night: Night) -> Outcome:
        """Let the city publish and the platform refresh, and compare what it says with what was done."""
        self._let_a_day_pass()
        new_content = night.day != self.served
        self._publish(night)
        before, lasting, lasting_respelled = self._state(), self.lasting, self.lasting_respelled
        wrong = self._killed(night.dies_at) if night.dies_at else []
        begun = time.monotonic()
        said = self._refresh("--select", night.select) if night.select else self._refresh()
        seconds = time.monotonic() - begun
        did = _what_was_done(said, before, self._state())
        wrong += self._wrong_after(night, did, said, new_content)
        if night.again:
            wrong += self._wrong_after_running_again()
        if did == "refreshed" and not night.select:
            self.edition, self.lasting, self.lasting_respelled = night.day, self.expected, self.respelled
        return Outcome(
            night=night,
            did=did,
            seconds=seconds,
            expected=_by_change(self.expected - lasting if night.compares else Counter()),
            found=_by_change(self._found() - lasting if night.compares else Counter()),
            respelled=(self.respelled - lasting_respelled).total(),
            archived=self._archived(),
            sizes={name: _bytes(self.home / part) for name, part in PARTS.items()},
            wrong=tuple(wrong),
        )

    def _publish(self, night: Night) -> None:
        """Serve the night's records, and write down what changed since those of the last edition."""
        if night.published:
            self.portal.dataset = self.portal.dataset.replaced(self.city.on(night.day).table())
        self.served = night.day
        self.snapshots[night.day] = self.snapshots.get(night.day) or self.city.snapshot(night.day)
        self.expected, self.respelled = Counter(self.lasting), Counter(self.lasting_respelled)
        if self.edition is not None and self.edition != night.day:
            ends = (self.snapshots[self.edition], self.snapshots[night.day])
            self.expected.update((*change, *ends) for change in self.city.changes(self.edition, night.day))
            respelled = self.city.respellings(self.edition, night.day)
            self.respelled.update({(name, *ends): n for name, n in respelled.items()})

    def _refresh(self, *arguments: str) -> str:
        """Refresh in this process; what was printed, or the error."""
        with patch.dict(os.environ, self.cit.environment(), clear=True):
            done = CliRunner().invoke(app, ["refresh", *arguments])
        return done.output if done.exit_code == 0 else f"failed: {done.output[-2000:]}"

    def _killed(self, table: str) -> list[str]:
        command = [sys.executable, "-c", DYING, table, "refresh"]
        done = subprocess.run(
            command, env=self.cit.environment(), capture_output=True, text=True, timeout=280, check=False
        )
        return [] if done.returncode == -signal.SIGKILL else [f"was not killed: {done.stdout}{done.stderr}"]

    def _let_a_day_pass(self) -> None:
        """Remove what no version of the last day needs, as the next commit would if a day had passed."""
        lake = self.cit.lake
        for path in lake.versions():
            DeltaTable(str(lake.root / path)).vacuum(0, dry_run=False, enforce_retention_duration=False, full=True)

    # --- What is there, and what is wrong with it ---

    def _state(self) -> dict[str, object]:
        return self.cit.state() if self.home.exists() else {}

    def _archived(self) -> int:
        return len([entry for entry in (self.home / "archive").iterdir() if entry.is_dir() and entry.name[0] != "."])

    def _found(self) -> Counter[Change]:
        lake = self.cit.lake
        if not lake.exists("raw/revisions"):
            return Counter()
        return Counter(_rows(lake.frame("raw/revisions"), [*RECORD, *ENDS]))

    def _found_respelled(self) -> Counter[Change]:
        frame = self.cit.lake.frame("raw/comparisons").dropna(subset=["from_snapshot"])
        return Counter(dict(zip(_rows(frame, ["field", *ENDS]), frame["n_respelled"], strict=True)))

    def _wrong_after(self, night: Night, did: str, said: str, new_content: bool) -> list[str]:
        if said.startswith("failed"):
            return [said]
        compared = self._wrong_comparisons() if night.compares else []
        return [*compared, *self._wrong_archive(), *self._wrong_edition(night, did, new_content)]

    def _wrong_comparisons(self) -> list[str]:
        """Both tables against the generator's record of all nights so far, in both directions."""
        return [
            *_differing("raw/revisions", self.expected, self._found()),
            *_differing("raw/comparisons", self.respelled, self._found_respelled()),
        ]

    def _wrong_archive(self) -> list[str]:
        contents = len(set(self.snapshots.values()))
        return [] if self._archived() == contents else [f"{self._archived()} snapshots archived, {contents} published"]

    def _wrong_edition(self, night: Night, did: str, new_content: bool) -> list[str]:
        if did != ("refreshed" if new_content else "fetched" if night.published else "skipped"):
            return [f"the refresh {did}, with {'new' if new_content else 'the same'} records"]
        if night.select or not new_content:
            return []
        snapshot = json.loads((self.cit.latest / "manifest.json").read_text())["snapshot"]
        return [] if snapshot == self.snapshots[night.day] else [f"the edition is of {snapshot}"]

    def _wrong_after_running_again(self) -> list[str]:
        before = (self._found(), self._archived())
        said = self._refresh("--select", "group:raw")
        wrong = [] if not said.startswith("failed") else [said]
        if (self._found(), self._archived()) != before:
            wrong.append("running the stage raw again added something")
        said = self._refresh()
        return wrong if said.startswith("Skipped") else [*wrong, f"the refresh after that did not skip: {said[:300]}"]


PARTS = {"archive": "archive", "lake": "lake", "editions": "published/editions", "instance": "dagster", "home": "."}


def _rows(frame: pd.DataFrame, columns: Iterable[str] = RECORD) -> list[Change]:
    chosen = frame[list(columns)].astype(object)
    return list(chosen.where(chosen.notna(), None).itertuples(index=False, name=None))


def _differing(table: str, expected: Counter[Change], found: Counter[Change], n: int = 3) -> list[str]:
    """What only one side has: how much, and the first of it."""
    sides = {f"missing in {table}": expected - found, f"too much in {table}": found - expected}
    return [f"{rows.total()} {fault}: {list(rows)[:n]}" for fault, rows in sides.items() if rows]


def _by_change(rows: Counter[Change]) -> Counter[str]:
    counts = Counter[str]()
    for row, n in rows.items():
        counts[str(row[RECORD.index("change")])] += n
    return counts


def _what_was_done(said: str, before: dict[str, object], after: dict[str, object]) -> str:
    if said.startswith("failed"):
        return "failed"
    return "skipped" if said.startswith("Skipped") else "refreshed" if after != before else "fetched"


def _bytes(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


@contextmanager
def a_city_served(home: Path, rows: int, plan: list[Night], recoded_on: date) -> Iterator[Nights]:
    """A new home, and a portal that serves the city; the portal is closed at the end."""
    city = City(rows, recoded_on)
    with FakePortal(Dataset(city.on(plan[0].day).table())) as portal:
        yield Nights(home, city, portal, max(night.day for night in plan))


def days_from(first: date) -> Iterator[date]:
    """One day after the other."""
    while True:
        yield first
        first += timedelta(days=1)
