"""Whole refreshes of a new day, killed at random moments while somebody reads, each followed by a normal one."""

import csv
import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from cit_platform_tests.conftest import Cit
from cit_platform_tests.faults.kills import contents, differences, killed_after, miscounted, reading

RESULTS = Path(__file__).parents[1] / "results" / "kills.csv"
FIRST_DAY, NEXT_DAY = {"CIT_AS_OF": "2026-03-01"}, {"CIT_AS_OF": "2026-03-02"}


@dataclass(frozen=True)
class Kill:
    """What came of one.

    Attributes:
        second: of the refresh, at which it was killed; what every command loads before is not counted.
        was_working: it had not ended by then.
        seconds: how long the normal refresh after it took.
        reads: of tables and editions that went well meanwhile.
        wrong: what was not as it must be.
    """

    second: float
    was_working: bool
    seconds: float
    reads: int
    wrong: str


def soak_kills(count: int, rows: int, seed: int) -> int:
    """Print what came of each, and write it to `results/kills.csv`; 1 if anything was wrong, else 0."""
    wrong = 0
    with tempfile.TemporaryDirectory() as folder, RESULTS.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(field.name for field in fields(Kill))
        for number, kill in enumerate(_kills(Path(folder), count, rows, seed), start=1):
            writer.writerow(astuple(kill))
            file.flush()
            print(f"{number} of {count}: killed after {kill.second} s: {kill.wrong or 'as if undisturbed'}", flush=True)
            wrong += bool(kill.wrong)
    print(f"{count} kills, {wrong} of them with a difference")
    return int(wrong > 0)


def _kills(folder: Path, count: int, rows: int, seed: int) -> Iterator[Kill]:
    first = Cit(folder / "first", {"CIT_DEMO_ROWS": str(rows)})
    first.refreshed(**FIRST_DAY)
    undisturbed = _copy(first, folder / "undisturbed")
    begun = time.monotonic()
    # Never killed: it measures how long a refresh takes.
    assert not killed_after(undisturbed, 3_600, **NEXT_DAY)
    longest, moment = time.monotonic() - begun, random.Random(seed)
    for _ in range(count):
        city = _copy(first, folder / "killed")
        yield _kill(city, undisturbed, moment.uniform(0, longest))
        shutil.rmtree(city.home)


def _copy(city: Cit, home: Path) -> Cit:
    shutil.copytree(city.home, home, symlinks=True)
    return Cit(home, city.env)


def _kill(city: Cit, undisturbed: Cit, second: float) -> Kill:
    with reading(city) as outcomes:
        was_working = killed_after(city, second, **NEXT_DAY)
        begun = time.monotonic()
        done = city("refresh", **NEXT_DAY)
        seconds = time.monotonic() - begun
    *failed, reads = outcomes
    assert isinstance(reads, int)
    wrong = [str(failure) for failure in failed]
    if done.returncode:
        wrong.append(f"the refresh after it failed: {done.stderr[-500:]}")
    else:
        here, there = contents(city), contents(undisturbed)
        wrong += [f"{path} has other rows" for path in there if here.get(path) != there[path]]
        wrong += [f"{name} of the edition differs" for name in differences(city.latest, undisturbed.latest)]
        wrong += miscounted(city)
    return Kill(round(second, 2), was_working, round(seconds, 1), reads, "; ".join(wrong))
