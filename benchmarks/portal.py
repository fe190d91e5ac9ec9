"""The live source at size: rows per second and peak memory from a portal on loopback to the archive and to raw/records.

The portal serves a demonstration city from a process of its own; each step of the client is measured in a fresh one.
"""

from __future__ import annotations

import argparse
import csv
import multiprocessing
import os
import platform
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results" / "portal.csv"
AS_OF = date(2026, 3, 1)
TOKEN = "a-token-of-the-benchmark"
MIB = 1024**2
# A forked process would begin with the peak of its parent.
spawn = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Measured:
    """One step in a process of its own.

    Attributes:
        step: what was done.
        rows: rows that came of it.
        seconds: wall clock; the portal's own work is part of it.
        cpu_seconds: the client's processor time.
        peak_mib: largest resident memory of the client.
    """

    step: str
    rows: int
    seconds: float
    cpu_seconds: float
    peak_mib: float

    @property
    def rows_per_second(self) -> float:
        return self.rows / self.seconds


def archived(url: str, home: Path, token: str | None) -> int:
    """Fetch into the home and keep the snapshot in its archive."""
    from cit_platform.sources.socrata.source import SocrataSource
    from cit_platform.storage.archive import Archive
    from cit_platform_tests.portal.server import DATASET_ID

    directory = home / "fetched"
    directory.mkdir(parents=True)
    snapshot = SocrataSource((url,), DATASET_ID, token).fetch(directory)
    Archive(home / "archive").keep(snapshot)
    return snapshot.n_records


def materialised(url: str, home: Path, token: str | None) -> int:
    """Materialise raw/records in the home, its checks included."""
    import dagster as dg

    from cit_platform.contracts.raw import RECORDS
    from cit_platform.definitions import defs
    from cit_platform.settings import load_settings
    from cit_platform.storage.home_folder import prepare_home
    from cit_platform.storage.lake import Lake
    from cit_platform_tests.portal.server import DATASET_ID

    os.environ |= {
        "CIT_HOME": str(home),
        "CIT_SOURCE": "socrata",
        "CIT_SOCRATA_URL": url,
        "CIT_SOCRATA_DATASET": DATASET_ID,
        "CIT_AS_OF": AS_OF.isoformat(),
        "SOCRATA_APP_TOKEN": token or "",
    }
    prepare_home(load_settings())
    with dg.DagsterInstance.get() as instance:
        defs.resolve_job_def("refresh").execute_in_process(
            instance=instance,
            asset_selection=[dg.AssetKey(RECORDS.path.split("/"))],
            run_config={"loggers": {"progress": {"config": {}}}},
        )
    return Lake(home).version(RECORDS.path).n_rows


STEPS: dict[str, tuple[Callable[[str, Path, str | None], int], str | None]] = {
    "SODA 2.1 to the archive": (archived, None),
    "SODA 3 to the archive": (archived, TOKEN),
    "SODA 2.1 to raw/records": (materialised, None),
}


def main() -> None:
    """Serve the city, measure every step, print the table and write `results/portal.csv`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.portal", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="records of the city up to the end of 2025")
    parser.add_argument("--step", choices=STEPS, action="append", help="only this step; may be repeated")
    chosen = parser.parse_args()
    print(f"Drawing a city of {chosen.rows:,} rows ...", flush=True)
    with city_served(chosen.rows) as url:
        found = [measured(step, url) for step in chosen.step or STEPS]
    write(found)


@contextmanager
def city_served(rows: int) -> Iterator[str]:
    """The URL of a portal that serves a city from a process of its own."""
    here, there = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(rows, there), daemon=True)
    process.start()
    there.close()
    try:
        yield here.recv()
    finally:
        here.close()
        process.join(60)


def _serve(rows: int, line: Connection) -> None:
    from cit_platform_tests.portal.dataset import Dataset
    from cit_platform_tests.portal.server import FakePortal

    with FakePortal(Dataset.of_city(AS_OF, rows), tokens=(TOKEN,)) as portal:
        line.send(portal.url)
        # The other end closes when all is measured.
        line.poll(None)


def measured(step: str, url: str) -> Measured:
    """Run a step in a fresh process and a fresh home, and print its line.

    Raises:
        RuntimeError: The step failed; its process has printed why.
    """
    home = Path(tempfile.mkdtemp(prefix="portal-"))
    here, there = spawn.Pipe()
    process = spawn.Process(target=_measure, args=(step, url, home / "home", there))
    process.start()
    there.close()
    try:
        found: Measured = here.recv()
    except EOFError:
        raise RuntimeError(f"The step “{step}” failed") from None
    finally:
        process.join()
        shutil.rmtree(home)
    print(
        f"{found.step:<26}{found.rows:>10,} rows{found.seconds:>8.1f} s{found.rows_per_second:>9,.0f} rows/s"
        f"{found.cpu_seconds:>8.1f} CPU s{found.peak_mib:>8,.0f} MiB",
        flush=True,
    )
    return found


def _measure(step: str, url: str, home: Path, line: Connection) -> None:
    work, token = STEPS[step]
    began = time.monotonic()
    rows = work(url, home, token)
    seconds, used = time.monotonic() - began, resource.getrusage(resource.RUSAGE_SELF)
    line.send(Measured(step, rows, seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / MIB))


def write(found: list[Measured]) -> None:
    """Keep the figures, with what they were measured on."""
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*(field.name for field in fields(Measured)), "rows_per_second", "python", "cores"])
        for one in found:
            figures: dict[str, Any] = asdict(one)
            figures |= {name: f"{figures[name]:.1f}" for name in ("seconds", "cpu_seconds", "peak_mib")}
            machine = (platform.python_version(), os.cpu_count())
            writer.writerow([*figures.values(), f"{one.rows_per_second:.0f}", *machine])


if __name__ == "__main__":
    main()
