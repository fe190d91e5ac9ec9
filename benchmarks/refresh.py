"""A whole refresh beside an empty Dagster run with as many assets, checks and events, both from a cold start.

Each is a process of its own: the first in a new home, then the night after in it. The empty run materialises the same
assets with the same dependencies and checks, and writes as many lines into its log, but computes nothing; once with
Dagster's own storage, which the ratios are to, and once over kept connections, as the refresh. The ratio of processor
times tells on any machine what the platform adds to Dagster; seconds are of this one. A profile says where the
processor time of a night goes, by samples of the stack.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import FrameType
from typing import Any

from cit_platform_tests.conftest import REPOSITORY

NIGHTS = ("2026-03-01", "2026-03-02")
DEMO = 0
REFRESH, EMPTY, EMPTY_KEPT = RUNS = ("refresh", "empty run of Dagster", "the same over kept connections")
SAMPLE_SECONDS = 0.005
SILENT = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
# The part of a sample is that of its innermost frame with one of these in its path.
PARTS = {
    "importlib._bootstrap": "imports",
    "/great_expectations/": "checks",
    "cit_platform/checks/": "checks",
    "cit_platform/studies/": "studies",
    "cit_platform/modelling/": "studies",
    "cit_platform/inference/": "studies",
    "cit_platform/publishing/edition/": "edition",
    "cit_platform/publishing/": "topics",
    "cit_platform/engine/": "tables: written and read",
    "cit_platform/storage/": "tables: written and read",
    "cit_platform/sources/": "source",
    "cit_platform/": "the rest of the platform",
    "/dagster/": "Dagster",
}


@dataclass(frozen=True)
class Spent:
    """What a process took: seconds on the clock, of the processor, and samples of it by part."""

    wall: float
    processor: float
    events: Mapping[str, int]
    parts: Mapping[str, int]


def main() -> None:
    """Print the table and the profile of each size of city."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.refresh", description=__doc__)
    parser.add_argument("--rows", type=int, nargs="*", default=[1_000, DEMO], help="0: the demonstration as it is")
    parser.add_argument("--within", choices=RUNS, help=argparse.SUPPRESS)
    parser.add_argument("--lines", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.within:
        _spend(chosen.within, chosen.lines)
        return
    print(f"`python -m benchmarks.refresh`, {date.today()}, {os.cpu_count()} cores\n")
    print("| city | run | events | s | processor s | of the empty run |\n| --- | --- | --- | --- | --- | --- |")
    profiles = {}
    for rows in chosen.rows:
        city = f"{rows:,} records" if rows else "demonstration"
        with tempfile.TemporaryDirectory(prefix="refresh-") as folder:
            profiles[city] = _compare(city, rows, Path(folder))
    for city, parts in profiles.items():
        total = sum(parts.values())
        shares = [f"{part} {n / total:.0%}" for part, n in Counter(parts).most_common()]
        print(f"\nProcessor time of the night after, {city}: {', '.join(shares)}.")


def _compare(city: str, rows: int, folder: Path) -> Mapping[str, int]:
    """Both runs on both nights; the profile of the second refresh."""
    lines, parts = 0, {}
    for night, day in zip(("first", "the night after"), NIGHTS, strict=True):
        size = {"CIT_DEMO_ROWS": str(rows)} if rows else {}
        spent = {REFRESH: _spent(REFRESH, folder / "home", CIT_AS_OF=day, **size)}
        lines, parts = spent[REFRESH].events["line"], spent[REFRESH].parts
        spent |= {what: _spent(what, folder / what, "--lines", str(lines)) for what in (EMPTY, EMPTY_KEPT)}
        for what, found in spent.items():
            ratio = found.processor / spent[EMPTY].processor
            numbers = f"{sum(found.events.values()):,} | {found.wall:.1f} | {found.processor:.1f} | {ratio:.2f}"
            print(f"| {city} | {what}, {night} | {numbers} |", flush=True)
    return parts


def _spent(what: str, home: Path, *arguments: str, **settings: str) -> Spent:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CIT_", "DAGSTER_"))}
    own = {"CIT_HOME": str(home), "DAGSTER_HOME": str(home / "dagster"), "OMP_NUM_THREADS": "1", "COLUMNS": "200"}
    command = [sys.executable, "-m", "benchmarks.refresh", "--within", what, *arguments]
    begun = time.monotonic()
    done = subprocess.run(
        command, env={**kept, **own, **settings}, cwd=REPOSITORY, text=True, stdout=subprocess.PIPE, check=True
    )
    wall = time.monotonic() - begun
    return Spent(wall, **json.loads(done.stdout.splitlines()[-1]))


# --- Within a process of its own ---


def _spend(what: str, lines: int) -> None:
    """Do it, and print what it took as the last line."""
    parts: Counter[str] = Counter()

    def sample(_: int, frame: FrameType | None) -> None:
        parts[_part(frame)] += 1

    signal.signal(signal.SIGPROF, sample)
    signal.setitimer(signal.ITIMER_PROF, SAMPLE_SECONDS, SAMPLE_SECONDS)
    try:
        _refresh() if what == REFRESH else _run_empty(lines, what == EMPTY_KEPT)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    processor = time.process_time()
    print(json.dumps({"processor": processor, "events": _events(), "parts": parts}))


def _part(frame: FrameType | None) -> str:
    while frame is not None:
        for path, part in PARTS.items():
            if path in frame.f_code.co_filename:
                return part
        frame = frame.f_back
    return "other"


def _refresh() -> None:
    from cit_platform.cli import app

    app(["refresh"], standalone_mode=False)


def _run_empty(lines: int, is_kept: bool) -> None:
    """The assets of the refresh with their dependencies and checks, and nothing in them."""
    import dagster as dg

    from cit_platform.automation.kept_connections import instance_of_a_run
    from cit_platform.definitions import defs
    from cit_platform.storage.home_folder import link_whole

    folder = Path(os.environ["DAGSTER_HOME"])
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "dagster.yaml").exists():
        link_whole(REPOSITORY / "dagster.yaml", folder / "dagster.yaml")
    graph = defs.resolve_asset_graph()
    keys = sorted(graph.materializable_asset_keys)
    checks = {key: sorted(graph.get_check_keys_for_assets({key})) for key in keys}
    each, more = divmod(lines, len(keys))
    assets = [
        _empty_asset(key, graph.get(key).parent_keys, checks[key], each + (number < more))
        for number, key in enumerate(keys)
    ]
    job = dg.Definitions(assets, jobs=[dg.define_asset_job("empty", assets)]).resolve_job_def("empty")
    with instance_of_a_run() if is_kept else dg.DagsterInstance.get() as instance:
        assert job.execute_in_process(SILENT, instance=instance).success


def _empty_asset(key: Any, parents: Any, checks: list[Any], lines: int) -> Any:
    import dagster as dg

    specs = [dg.AssetCheckSpec(check.name, asset=key) for check in checks]

    @dg.asset(key=key, deps=sorted(parents), check_specs=specs)
    def asset(context: dg.AssetExecutionContext) -> Iterator[Any]:
        for number in range(lines):
            context.log.info(f"line {number}")
        for check in checks:
            yield dg.AssetCheckResult(passed=True, check_name=check.name, asset_key=key)
        yield dg.MaterializeResult(asset_key=key, metadata={"dagster/row_count": 0})

    return asset


def _events() -> Mapping[str, int]:
    """Of the last run: lines of the log, and events of Dagster's own."""
    import dagster as dg

    with dg.DagsterInstance.get() as instance:
        [run] = instance.get_runs(limit=1)
        return Counter("event" if entry.is_dagster_event else "line" for entry in instance.all_logs(run.run_id))


if __name__ == "__main__":
    main()
