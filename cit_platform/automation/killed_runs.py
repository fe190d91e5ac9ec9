"""Runs whose process died: nobody ends their record, and the queue, which has one place, waits for it."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

from cit_platform.resources.run_tags import has_held
from cit_platform.storage.run_lock import current_hold

if TYPE_CHECKING:
    from dagster import DagsterInstance, DagsterRun

# A run that lets go of the lock notes a moment later that it ended.
ENDING_SECONDS = 3.0


def close_killed_runs(instance: "DagsterInstance", home: Path) -> list[str]:
    """Report as failed the runs of a home that count as working and no longer hold its lock; give a line for each.

    A run says in a tag that it took the lock, and holds it to its end, which the kernel brings about too.
    """
    killed = _killed(instance, home)
    deadline = time.monotonic() + ENDING_SECONDS
    while killed and time.monotonic() < deadline:
        time.sleep(ENDING_SECONDS / 6)
        killed = _killed(instance, home)
    for run in killed:
        instance.report_run_failed(
            run,
            f"The process of this run was killed: it no longer holds the run lock of {home}. The last edition and "
            "every table can be read as before; the next refresh does what is left.",
        )
    return [f"run {run.run_id} was killed, and is closed now" for run in killed]


def _killed(instance: "DagsterInstance", home: Path) -> list["DagsterRun"]:
    from dagster import DagsterRunStatus, RunsFilter

    working = [DagsterRunStatus.NOT_STARTED, DagsterRunStatus.STARTING, DagsterRunStatus.STARTED]
    runs = instance.get_runs(RunsFilter(statuses=working))
    # Asked after the runs: one that takes the lock meanwhile is not among them, or is the holder.
    hold = current_hold(home)
    return [] if hold == "" else [run for run in runs if has_held(run, home) not in (None, hold)]
