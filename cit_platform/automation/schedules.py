"""The nightly schedule: run if the source, the code or the settings changed, else a skip that says why."""

from pathlib import Path

import dagster as dg

from cit_platform.automation.jobs import refresh
from cit_platform.resources.run_lock import holder

FINGERPRINT_TAG = "cit/fingerprint"
WAITING = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
]


@dg.schedule(
    job=refresh,
    cron_schedule="0 4 * * *",
    execution_timezone="America/Los_Angeles",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Refresh everything at 04:00 in Seattle, unless nothing changed since the latest edition.",
)
def nightly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    from cit_platform.automation.decision import decide
    from cit_platform.settings import load_settings, prepare_home

    settings = load_settings()
    prepare_home(settings)
    decision = decide(settings)
    if not decision.run:
        return dg.SkipReason(decision.reason)
    running = _in_progress(context.instance, settings.home, decision.fingerprint)
    if running:
        return dg.SkipReason(f"run {running} is already refreshing to this state")
    return dg.RunRequest(tags={FINGERPRINT_TAG: decision.fingerprint})


def _in_progress(instance: dg.DagsterInstance, home: Path, fingerprint: str) -> str | None:
    """A run to this state that waits or works; one that counts as started while nobody holds the lock was killed."""
    statuses = WAITING if holder(home) is None else [*WAITING, dg.DagsterRunStatus.STARTED]
    runs = instance.get_runs(dg.RunsFilter(tags={FINGERPRINT_TAG: fingerprint}, statuses=statuses), limit=1)
    return runs[0].run_id if runs else None


SCHEDULES = [nightly]
