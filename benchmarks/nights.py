"""Sixty nights of the live source: revisions against the generator's record, what is recomputed, how the home grows.

The portal on loopback serves a city with a busy publisher to a home that is removed at the end. Each night is one
`refresh`; a day passes between two, so old versions of tables go as they would.
"""

from __future__ import annotations

import argparse
import csv
import platform
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import cycle
from pathlib import Path

from rich.console import Console
from rich.table import Table

from cit_platform_tests.end_to_end.nights import FIRST_DAY, Night, Outcome, a_city_served

RESULTS = Path(__file__).parent / "results" / "nights.csv"
DEATHS = ("raw/records", "raw/revisions", "clean/records", "models/estimates")
DONE = ("refreshed", "fetched", "skipped")
MIB = 1024**2


def plan(nights: int) -> list[Night]:
    """Ten kinds of nights in turn: mostly new days, then also everything else that a portal and an operator do."""
    return [night for night, _ in zip(_nights(), range(nights), strict=False)]


def _nights() -> Iterator[Night]:
    day, deaths = FIRST_DAY, cycle(DEATHS)
    while True:
        yield Night("a new day", day)
        yield Night("a new day", day := day + timedelta(days=1))
        yield Night("nothing published", day, published=False)
        yield Night("two days at once", day := day + timedelta(days=2))
        yield Night("a new day, run again", day := day + timedelta(days=1), again=True)
        yield Night("the same records published anew", day)
        yield Night("a new day, refresh killed", day := day + timedelta(days=1), dies_at=next(deaths))
        yield Night("a new day, raw/records alone", day := day + timedelta(days=1), select='key:"raw/records"')
        yield Night("the day before restored", day - timedelta(days=1))
        yield Night("the restored day taken back", day)
        day += timedelta(days=1)


def main() -> None:
    """Live the nights, print what came of them, write `results/nights.csv`; exit 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.nights", description=__doc__)
    parser.add_argument("--nights", type=int, default=60)
    parser.add_argument("--rows", type=int, default=4_000, help="records of the city up to the end of 2025")
    chosen = parser.parse_args()
    nights = plan(chosen.nights)
    # Not a day that is restored later: the generator's record cannot be read backwards over a change of coding.
    recoded_on = next((n.day for n in nights[len(nights) // 2 :] if n.what == "two days at once"), nights[-1].day)
    folder = Path(tempfile.mkdtemp(prefix="nights-"))
    try:
        outcomes = _live(folder / "home", chosen.rows, nights, recoded_on)
    finally:
        shutil.rmtree(folder)
    _write(outcomes)
    _print_summary(outcomes)
    sys.exit(any(outcome.wrong for outcome in outcomes))


def _live(home: Path, rows: int, nights: list[Night], recoded_on: date) -> list[Outcome]:
    outcomes = []
    with a_city_served(home, rows, nights, recoded_on) as city:
        for number, night in enumerate(nights, start=1):
            outcome = city.live(night)
            outcomes.append(outcome)
            recoding = f", {outcome.respelled:,} values respelled" if outcome.respelled else ""
            print(
                f"{number:>3} {night.day} {night.what:<32} {outcome.did:<9} {outcome.seconds:5.1f} s  "
                f"{outcome.found.total():>4} of {outcome.expected.total():>4} revisions{recoding}",
                *(f"      {words}" for words in outcome.wrong),
                sep="\n",
                flush=True,
            )
    return outcomes


def _write(outcomes: list[Outcome]) -> None:
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        sizes = [f"{name}_bytes" for name in outcomes[0].sizes]
        header = ("night", "day", "what", "did", "seconds", "revisions_expected", "revisions_found", "respelled")
        writer.writerow([*header, "archived", *sizes, "wrong"])
        for number, o in enumerate(outcomes, start=1):
            revisions = (o.expected.total(), o.found.total(), o.respelled)
            night = (number, o.night.day, o.night.what, o.did, f"{o.seconds:.1f}")
            writer.writerow([*night, *revisions, o.archived, *o.sizes.values(), len(o.wrong)])


def _print_summary(outcomes: list[Outcome]) -> None:
    grid = Table("what", "figure")
    for what, figure in _summary(outcomes):
        grid.add_row(what, figure)
    Console(width=110).print(grid)


def _summary(outcomes: list[Outcome]) -> Iterator[tuple[str, str]]:
    yield "nights", f"{len(outcomes)} (Python {platform.python_version()})"
    for what, n in Counter(outcome.night.what for outcome in outcomes).items():
        yield f"  {what}", str(n)
    did = Counter(outcome.did for outcome in outcomes)
    yield "refreshed, fetched without recomputing, skipped", ", ".join(str(did[name]) for name in DONE)
    for change in ("added", "changed", "removed"):
        expected, found = (sum(getattr(o, which)[change] for o in outcomes) for which in ("expected", "found"))
        yield f"revisions {change}: recorded by the generator, found", f"{expected:,}, {found:,}"
    yield "values respelled by the change of coding", f"{sum(o.respelled for o in outcomes):,}"
    first, last = outcomes[0], outcomes[-1]
    yield "snapshots archived", str(last.archived)
    for name in last.sizes:
        yield f"{name}, after the first night and the last", f"{_mib(first, name)}, {_mib(last, name)} MiB"
    for name in DONE:
        seconds = sorted(o.seconds for o in outcomes if o.did == name)
        if seconds:
            yield f"seconds per night {name}: median, longest", f"{seconds[len(seconds) // 2]:.1f}, {seconds[-1]:.1f}"
    yield "nights with a difference", str(sum(bool(outcome.wrong) for outcome in outcomes))


def _mib(outcome: Outcome, name: str) -> str:
    return f"{outcome.sizes[name] / MIB:.1f}"


if __name__ == "__main__":
    main()
