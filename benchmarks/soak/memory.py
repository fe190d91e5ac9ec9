"""Memory of web server, daemon and their code servers while both sensors tick: after 25 ticks, and after 50.

The memory is the proportional set size, in which what processes share is divided among them. Somebody asks the web
server for runs and assets all the while. Allocators are set as in the units of `deploy/`. Exit 1 where any grows by
more than a twentieth between the two.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import dagster as dg

from cit_platform_tests.conftest import REPOSITORY, Cit
from cit_platform_tests.deploy.services import Services

MOST_GROWTH = 0.05
UNIT = REPOSITORY / "deploy" / "systemd" / "cit-daemon.service"
WORKSPACE = Path(__file__).with_name("quick_workspace.yaml")
MIB = 1024


def main() -> None:
    """Print the memory at a few numbers of ticks, and the growth between the last two."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak.memory", description=__doc__)
    parser.add_argument("--ticks", type=int, default=50)
    parser.add_argument("--rows", type=int, default=1_500, help="records of the city up to the end of 2025")
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="memory-"))
    instance = {"DAGSTER_HOME": str(folder / "home" / "dagster")}
    city = {"CIT_DEMO_ROWS": str(chosen.rows), "CIT_AS_OF": "2026-03-01"}
    services = Services(Cit(folder / "home", city | instance | allocators()), workspace=str(WORKSPACE))
    try:
        services.cit.refreshed()
        services.revive()
        measured = [measure(services, ticks) for ticks in (1, chosen.ticks // 2, chosen.ticks)]
    finally:
        services.stop()
        shutil.rmtree(folder, ignore_errors=True)
    growth = {name: measured[2][name] / measured[1][name] - 1 for name in measured[1]}
    words = ", ".join(f"{name} {share:+.1%}" for name, share in growth.items())
    print(f"growth from tick {chosen.ticks // 2} to {chosen.ticks}: {words}")
    sys.exit(any(each > MOST_GROWTH for each in growth.values()))


def allocators() -> dict[str, str]:
    """What the unit of the daemon sets for the allocators of memory."""
    words = UNIT.read_text(encoding="utf-8").split()
    named = (word.removeprefix("Environment=") for word in words)
    return dict(word.split("=", 1) for word in named if word.startswith(("MALLOC_", "ARROW_")))


def measure(services: Services, ticks: int) -> dict[str, float]:
    """Wait until the sensor `alerts` has ticked so often, and measure each process in MiB."""
    while ticks_of(services.cit.home) < ticks:
        services.runs()
        services.history()
        ended = [name for name, process in services.processes.items() if process.poll() is not None]
        assert not ended, f"{ended} ended: see its log"
        time.sleep(3)
    found = {}
    for name, process in services.processes.items():
        found[name] = pss([process.pid])
        found[f"code server of {name}"] = pss(children(process.pid))
    words = ", ".join(f"{name} {mib:.0f} MiB" for name, mib in found.items())
    print(f"after {ticks_of(services.cit.home)} ticks: {words}, together {sum(found.values()):.0f} MiB", flush=True)
    return found


def ticks_of(home: Path) -> int:
    """How often the sensor `alerts` has ticked."""
    with dg.DagsterInstance.from_config(str(home / "dagster")) as instance:
        states = [state for state in instance.all_instigator_state() if state.name == "alerts"]
        return sum(len(instance.get_ticks(state.instigator_origin_id, state.selector_id)) for state in states)


def children(process: int) -> list[int]:
    """What a process started, and what that started."""
    own = [int(child) for f in Path(f"/proc/{process}/task").glob("*/children") for child in f.read_text().split()]
    return [*own, *(grandchild for child in own for grandchild in children(child))]


def pss(processes: Iterable[int]) -> float:
    """The proportional set size of these processes together, in MiB."""
    rollups = (Path(f"/proc/{process}/smaps_rollup").read_text() for process in processes)
    return sum(int(found.group(1)) for text in rollups if (found := re.search(r"(?m)^Pss:\s+(\d+) kB", text))) / MIB


if __name__ == "__main__":
    main()
