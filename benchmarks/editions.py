"""How much an edition adds to the disk: some nights of the demonstration city, a day apart.

Bytes are those on the disk, of files that the edition shares with no earlier one. A night with nothing but another day
of records changes all estimates; `again` is the same night published anew. With `--keep` the home stays, for
`benchmarks.kept_editions`.
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

RESULTS = Path(__file__).parent / "results" / "editions.csv"
FIRST_DAY = date(2026, 3, 1)
PARTS = ("database", "tables", "page and figures", "script", "other")


def main() -> None:
    """Live the nights, print what each added, write `results/editions.csv`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.editions", description=__doc__)
    parser.add_argument("--nights", type=int, default=3)
    parser.add_argument("--rows", type=int, default=110_000, help="records of the city up to the end of 2025")
    parser.add_argument("--keep", type=Path, help="where the home is made and stays")
    chosen = parser.parse_args()
    folder = chosen.keep or Path(tempfile.mkdtemp(prefix="editions-"))
    try:
        rows = list(live(folder / "home", chosen.rows, chosen.nights))
    finally:
        if not chosen.keep:
            shutil.rmtree(folder)
    with RESULTS.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["night", "day", "rows", *PARTS, "added", "listed"])
        writer.writerows(rows)


def live(home: Path, rows: int, nights: int) -> Iterator[list[object]]:
    """Each night's bytes by part, in all, and as a listing of the edition shows them."""
    known: set[int] = set()
    days = [FIRST_DAY + timedelta(days=number) for number in range(nights)]
    for number, day in enumerate([*days, days[-1]], start=1):
        refresh(home, rows, day, again=number > nights)
        edition = (home / "published" / "latest").resolve()
        files = [path for path in edition.rglob("*") if path.is_file()]
        added = Counter[str]()
        for file in files:
            if file.stat().st_ino not in known:
                added[part_of(file.relative_to(edition))] += on_disk(file)
        known |= {file.stat().st_ino for file in files}
        listed = sum(file.stat().st_size for file in files)
        name = "again" if number > nights else str(number)
        print(f"{name:>6} {day}: {added.total():>10,} of {listed:,} bytes added; {dict(added)}", flush=True)
        yield [name, day, rows, *(added[part] for part in PARTS), added.total(), listed]


def on_disk(file: Path) -> int:
    """Bytes that a file takes, without the zeros that it leaves out."""
    status = file.stat()
    return min(status.st_size, 512 * status.st_blocks)


def refresh(home: Path, rows: int, day: date, *, again: bool) -> None:
    """One night; a held edition is promoted."""
    settings = {"CIT_HOME": str(home), "CIT_DEMO_ROWS": str(rows), "CIT_AS_OF": day.isoformat()}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CIT_", "DAGSTER_"))}
    cit = [sys.executable, "-c", "from cit_platform.cli import main; main()"]
    done = subprocess.run(
        [*cit, "refresh", *(["--force"] if again else [])], env=kept | settings, capture_output=True, text=True
    )
    if done.returncode == 3:
        [held] = (home / "published" / "held").iterdir()
        subprocess.run([*cit, "editions", "promote", held.name], env=kept | settings, check=True, capture_output=True)
    elif done.returncode:
        sys.exit(done.stdout + done.stderr)


def part_of(file: Path) -> str:
    """Under which heading a file of an edition is counted."""
    if file.name == "cit.duckdb":
        return "database"
    first = file.parts[0]
    parts = {"figures": "page and figures", "index.html": "page and figures", "assets": "script"}
    parts |= dict.fromkeys(("schemas", "tables"), "tables")
    return parts.get(first, "other")


if __name__ == "__main__":
    main()
