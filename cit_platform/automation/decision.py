"""Whether a refresh is due: one function, asked by the command line, the schedule and the sensor."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cit_platform.checks.feed import standstill
from cit_platform.code_version import code_version
from cit_platform.refresh.due import due, latest_manifest
from cit_platform.refresh.fingerprint import computing_part, settled
from cit_platform.refresh.source import source_of
from cit_platform.settings import Settings
from cit_platform.sources.observation import Observation
from cit_platform.storage.run_lock import holder

if TYPE_CHECKING:
    from dagster import DagsterInstance

FINGERPRINT_TAG = "cit/fingerprint"


@dataclass(frozen=True)
class Decision:
    """Run or skip, and why, in words; what the source was seen to be."""

    run: bool
    reason: str
    fingerprint: str
    observation: Observation


def decide(settings: Settings, instance: "DagsterInstance | None" = None) -> Decision:
    """Ask the source, and run unless everything descends from its state, this code, codebook and these settings.

    Args:
        settings: the home and its source.
        instance: where a run to the same state may wait or work already; the holder of the run lock needs none.

    Raises:
        SourceError: The source cannot be reached, or is not the crisis data.
    """
    # A server decides for weeks, and the code under it changes.
    code_version.cache_clear()
    observation = source_of(settings).observe()
    current = f"{settled(settings.home, observation.fingerprint[:16])}.{computing_part(settings)}"
    reason = due(settings.home, current)
    if reason is None:
        return Decision(False, _nothing_new(settings, observation), current, observation)
    working = _in_progress(instance, settings.home, current) if instance else None
    if working:
        return Decision(False, f"run {working} is already refreshing to this state", current, observation)
    return Decision(True, reason, current, observation)


def _nothing_new(settings: Settings, observation: Observation) -> str:
    edition = latest_manifest(settings.home)["edition"]
    stands = standstill(observation.newest_report, settings.today())
    return f"nothing new: edition {edition} has this source, code, codebook and settings" + (
        f"; {stands}" if stands else ""
    )


def _in_progress(instance: "DagsterInstance", home: Path, fingerprint: str) -> str | None:
    """A run to this state that waits or works; one that counts as started while nobody holds the lock was killed."""
    from dagster import DagsterRunStatus, RunsFilter

    waiting = [DagsterRunStatus.QUEUED, DagsterRunStatus.NOT_STARTED, DagsterRunStatus.STARTING]
    statuses = waiting if holder(home) is None else [*waiting, DagsterRunStatus.STARTED]
    runs = instance.get_runs(RunsFilter(tags={FINGERPRINT_TAG: fingerprint}, statuses=statuses), limit=1)
    return runs[0].run_id if runs else None
