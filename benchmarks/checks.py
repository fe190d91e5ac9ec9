"""What the checks of the largest tables cost against their rows: seconds of counting and of judging, and memory.

Each audit is a process of its own, once over rows without fault and once over rows that all break one rule. Python's
peak is what the process held at most for the audit, Great Expectations included; the process's is beyond what it held
before, the engine included, whose limit is 1 GB.
"""

import argparse
import json
import os
import pickle
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Callable
from datetime import date
from pathlib import Path
from time import process_time
from typing import Any

from cit_platform.checks import audit as auditing
from cit_platform.checks.counting import StagedRows
from cit_platform.engine.duckdb import plain_engine
from cit_platform.settings import REPOSITORY
from cit_platform_tests.checks.frames import SPOILED, clean_frame, context, spoiled_frame, staged

FRAMES = {"without fault": clean_frame, "spoiled": spoiled_frame}
SIZES = (10_000, 100_000, 1_000_000)
PROCESS = Path("/proc/self")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.checks", description=__doc__)
    parser.add_argument("--rows", type=int, nargs="*", default=SIZES)
    parser.add_argument("--within", choices=("stage", "audit"), help=argparse.SUPPRESS)
    parser.add_argument("--of", nargs=4, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.within:
        {"stage": _stage, "audit": _audit}[chosen.within](*chosen.of)
        return
    print(f"`python -m benchmarks.checks`, {date.today()}, {os.cpu_count()} cores\n")
    print("| table | rows | broken | counting, s | judging, s | Python's peak, MiB | the process's peak, MiB |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for path in SPOILED:
        for rows in chosen.rows:
            for frames in FRAMES:
                with tempfile.TemporaryDirectory(prefix="checks-") as folder:
                    _within("stage", path, str(rows), frames, folder)
                    found = json.loads(_within("audit", path, str(rows), frames, folder).splitlines()[-1])
                numbers = " | ".join(f"{found[name]:.1f}" for name in ("counting", "judging", "python", "process"))
                print(f"| {path} | {rows:,} | {found['broken']:,} | {numbers} |", flush=True)


def _within(what: str, *of: str) -> str:
    """Do one part in a process of its own; what it printed."""
    command = [sys.executable, "-m", "benchmarks.checks", "--within", what, "--of", *of]
    return subprocess.run(command, cwd=REPOSITORY, text=True, stdout=subprocess.PIPE, check=True).stdout


def _stage(path: str, rows: str, frames: str, folder: str) -> None:
    frame = FRAMES[frames](path, int(rows))
    waiting = staged(frame, path, plain_engine("8GB", 2, Path(folder) / "spill"), Path(folder))
    (Path(folder) / "staged").write_bytes(pickle.dumps(waiting))


def _audit(path: str, rows: str, _frames: str, folder: str) -> None:
    waiting = pickle.loads((Path(folder) / "staged").read_bytes())
    engine = plain_engine("1GB", 2, Path(folder) / "spill")
    rows_of_it = StagedRows(waiting, engine, context(path, int(rows)))
    # What the first audit of a process loads is not what rows cost.
    auditing.audit(rows_of_it, None)
    spent = dict.fromkeys(("counting", "judging"), 0.0)
    for name, function in (("counting", "_counts"), ("judging", "_judged")):
        setattr(auditing, function, _timed(getattr(auditing, function), spent, name))
    (PROCESS / "clear_refs").write_text("5")
    before = _memory("VmRSS")
    outcomes = auditing.audit(rows_of_it, None)
    process = _memory("VmHWM") - before
    broken = max(int(outcome.numbers.get("unexpected_count", 0)) for outcome in outcomes)
    found = {**spent, "process": process, "broken": broken}
    tracemalloc.start()
    auditing.audit(rows_of_it, None)
    print(json.dumps({**found, "python": tracemalloc.get_traced_memory()[1] / 2**20}))


def _timed(function: Callable[..., Any], spent: dict[str, float], name: str) -> Callable[..., Any]:
    def timed(*arguments: Any) -> Any:
        begun = process_time()
        try:
            return function(*arguments)
        finally:
            spent[name] += process_time() - begun

    return timed


def _memory(field: str) -> float:
    """MiB of this process."""
    lines = dict(line.split(":", 1) for line in (PROCESS / "status").read_text().splitlines())
    return int(lines[field].split()[0]) / 1024


if __name__ == "__main__":
    main()
