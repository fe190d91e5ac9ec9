"""A year of nights, one after the other under a clock that is set: how long a night takes, and what grows.

Each night is a `cit refresh`, after each seventh comes `cit maintain`, as the jobs of a daemon do them. Retentions are
short, so that their bounds are met within the year. The clock is libfaketime's (Debian's package `faketime`).
"""

from __future__ import annotations

import csv
import os
import resource
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import astuple, dataclass, fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Event
from unittest.mock import patch

from typer.testing import CliRunner

from cit_platform.automation.maintenance import sizes
from cit_platform.cli import app
from cit_platform.cli.refresh import HELD
from cit_platform.settings import REPOSITORY, load_settings
from cit_platform.storage.home_folder import HomeFolder
from cit_platform.storage.lake import Lake
from cit_platform.storage.manifest import read_manifest

RETENTION = {"CIT_RETENTION_EDITION_DAYS": "60", "CIT_RETENTION_ARCHIVE_DAYS": "60", "CIT_RETENTION_RUN_DAYS": "30"}
WEEK = 7
FIRST_DAY = date(2026, 1, 1)
# Half past four in Seattle, in winter.
HOUR_UTC = 12.5
NIGHTS_PER_PROCESS = 25
FAKETIME = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
CLOCK, RESULTS = "clock", "nights.csv"
WENT_WELL = {"refreshed", "held", "skipped"}


@dataclass(frozen=True)
class Measured:
    """What came of a night, and what there was after it.

    Attributes:
        night, day: its number from 1 on, and its date by the clock that was set.
        did: `refreshed`, `held` where the edition had to be promoted by hand, `skipped`, or the error.
        seconds, processor_seconds: of the refresh.
        rows: records of the snapshot.
        editions, snapshots, runs: how many there are.
        event_rows: rows of the event logs of all runs, and of their index by asset.
        check_rows: rows of the table of check results.
        log_entries: files in the logs of the tables.
        lake_bytes, archive_bytes, editions_bytes, instance_bytes: on the disk, what is shared once.
    """

    night: int
    day: date
    did: str
    seconds: float
    processor_seconds: float
    rows: int
    editions: int
    snapshots: int
    runs: int
    event_rows: int
    check_rows: int
    log_entries: int
    lake_bytes: int
    archive_bytes: int
    editions_bytes: int
    instance_bytes: int


def live_year(nights: int, rows: int, folder: Path) -> int:
    """Live the nights that are missing in a folder, some in each process; 1 if one went wrong, else 0."""
    if not FAKETIME:
        print("Not run: the clock is set by libfaketime, which is not here (apt-get install faketime).")
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    preloaded = filter(None, [os.environ.get("LD_PRELOAD"), str(FAKETIME[0])])
    # The times of files are given them at the end of the night; what waits, waits by the true clock.
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("CIT_", "DAGSTER_"))},
        "LD_PRELOAD": ":".join(preloaded),
        "FAKETIME_TIMESTAMP_FILE": str(folder / CLOCK),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
        "OMP_NUM_THREADS": "1",
    }
    while len(lived(folder)) < nights:
        last = min(nights, len(lived(folder)) + NIGHTS_PER_PROCESS)
        command = [sys.executable, "-m", "benchmarks.soak.year", str(folder), str(rows), str(last)]
        if subprocess.run(command, env=environment, cwd=REPOSITORY, check=False).returncode:
            return 1
    return 0


def lived(folder: Path) -> list[dict[str, str]]:
    """The nights that a folder has behind it."""
    file = folder / RESULTS
    if not file.is_file():
        return []
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def main() -> None:
    """Live nights in this process, whose clock is set, up to one; exit 1 at the first that goes wrong."""
    # Only this process has the clock that was set.
    os.environ.pop("LD_PRELOAD", None)
    # Beside a true monotonic clock libfaketime refuses the call by which Python sleeps.
    time.sleep = lambda seconds: Event().wait(seconds) and None  # type: ignore[assignment]
    folder, rows, last = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    before = lived(folder)
    environment = {"CIT_HOME": str(folder / "home"), "CIT_SOURCE": "demo", "CIT_DEMO_ROWS": rows, **RETENTION}
    for number in range(len(before) + 1, last + 1):
        day = FIRST_DAY + timedelta(days=number - 1)
        set_clock(folder / CLOCK, day)
        with patch.dict(os.environ, environment):
            night = live(number, day)
        date_files(folder / "home")
        keep(folder / RESULTS, night)
        print(
            f"{number:>4} {day} {night.did:<9} {night.processor_seconds:6.1f} s of processor, "
            f"{night.editions:>3} editions, {night.event_rows:>7,} events, {sum(astuple(night)[-4:]) / 2**20:7.1f} MiB",
            flush=True,
        )
        if night.did not in WENT_WELL:
            sys.exit(1)


def set_clock(file: Path, day: date) -> None:
    """Let the clock of this process run on from the hour of the nightly schedule on a day, and wait until it does."""
    target = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=HOUR_UTC)
    asked = subprocess.run(["date", "+%s"], capture_output=True, text=True, check=True)
    file.write_text(f"{int(target.timestamp()) - int(asked.stdout):+d}\n")
    deadline = time.monotonic() + 30
    while datetime.now(UTC).date() != day:
        if time.monotonic() > deadline:
            sys.exit(f"The clock of this process cannot be set: it says {datetime.now(UTC)}, not {day}.")
        time.sleep(0.2)


def date_files(home: Path) -> None:
    """Give the night's files the time of the night, which the system's clock, far ahead, did not."""
    now = time.time()
    for path in (home, *home.rglob("*")):
        if not path.is_symlink() and path.stat().st_mtime > now:
            os.utime(path, (now, now))


def live(number: int, day: date) -> Measured:
    """One night in the home that the environment names, and what there is after it."""
    begun, used = time.monotonic(), processor_seconds()
    did = refreshed()
    seconds, used = time.monotonic() - begun, processor_seconds() - used
    if number % WEEK == 0:
        kept = CliRunner().invoke(app, ["maintain"])
        did = did if kept.exit_code == 0 else f"maintenance failed: {kept.output[-2000:]}"
    settings = load_settings()
    home, lake, instance = HomeFolder(settings.home), Lake(settings.home), settings.home / "dagster"
    is_current = read_manifest(home.latest)["snapshot"] == lake.version("raw/records").provenance.snapshot
    if did in WENT_WELL and not is_current:
        did = "the edition is of another snapshot than raw/records"
    return Measured(
        night=number,
        day=day,
        did=did,
        seconds=round(seconds, 1),
        processor_seconds=round(used, 1),
        rows=lake.version("raw/records").n_rows,
        editions=len(folders(home.editions)),
        snapshots=len(folders(home.archive)),
        runs=rows_in(instance / "history" / "runs.db", "runs"),
        event_rows=sum(rows_in(file, "event_logs") for file in (instance / "history" / "runs").glob("*.db")),
        check_rows=rows_in(instance / "history" / "runs" / "index.db", "asset_check_executions"),
        log_entries=sum(1 for _ in home.lake.glob("*/*/_delta_log/*")),
        **{f"{'instance' if name == 'dagster' else name}_bytes": n for name, n in sizes(settings).items()},
    )


def refreshed() -> str:
    """Refresh; what was done, or what went wrong. A held edition is promoted, as its operator would."""
    done = CliRunner().invoke(app, ["refresh"])
    if done.exit_code == HELD:
        [held] = folders(HomeFolder(load_settings().home).held)
        promoted = CliRunner().invoke(app, ["editions", "promote", held.name])
        return "held" if promoted.exit_code == 0 else f"not promoted: {promoted.output[-2000:]}"
    if done.exit_code:
        return f"failed: {done.output[-2000:]}"
    return "skipped" if done.output.startswith("Skipped") else "refreshed"


def processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def folders(parent: Path) -> list[Path]:
    return [path for path in parent.glob("[!.]*") if path.is_dir()]


def rows_in(database: Path, table: str) -> int:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as opened:
        ((n,),) = opened.execute(f"select count(*) from {table}")
    return int(n)


def keep(file: Path, night: Measured) -> None:
    """Add a line to the nights of the folder."""
    is_new = not file.exists()
    with file.open("a", newline="", encoding="utf-8") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        if is_new:
            writer.writerow(field.name for field in fields(Measured))
        writer.writerow(astuple(night))


if __name__ == "__main__":
    main()
