"""The evaluation of alerts: what Dagster and the home know, judged and sent; nothing is raised out of it."""

import logging
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cit_platform.alerts.channels import channels_of
from cit_platform.alerts.home_facts import home_facts
from cit_platform.alerts.rules import Facts, Failure, Run, Tick, judge
from cit_platform.alerts.sending import send_due
from cit_platform.automation.job_names import REFRESH
from cit_platform.errors import paragraph_of
from cit_platform.settings import Settings

if TYPE_CHECKING:
    from dagster import DagsterInstance, DagsterRun

# Runs and ticks that are looked at: days of failures in a row. What was alerted stands in the home's own record.
MOST_RUNS, MOST_TICKS = 20, 10

log = logging.getLogger(__name__)


def evaluate_alerts(settings: Settings, instance: "DagsterInstance | None" = None) -> list[str]:
    """Judge the home and its Dagster instance, and send what is due; nothing where no channel is set.

    Args:
        settings: the home and the channels.
        instance: Dagster's; the one that the environment names without it.

    Returns:
        A line for each notice that went out or could not be sent; an error is a line too, and never raised.
    """
    if not channels_of(settings):
        return []
    try:
        facts, lines = _facts(settings, instance)
        return [*lines, *send_due(settings, judge(facts), facts.now)]
    except Exception as error:
        if paragraph_of(error) is None:
            log.exception("The alerts could not be evaluated")
        return [f"The alerts could not be evaluated ({type(error).__name__}); the next evaluation tries again."]


def _facts(settings: Settings, instance: "DagsterInstance | None") -> tuple[Facts, list[str]]:
    """All facts; those of the home alone where Dagster's storage does not answer, and a line that says so."""
    import dagster as dg

    facts = home_facts(settings)
    try:
        with nullcontext(instance) if instance else dg.DagsterInstance.get() as asked:
            return replace(facts, runs=_runs(asked), ticks=_ticks(asked)), []
    except Exception as error:
        if paragraph_of(error) is None:
            log.exception("Runs and ticks could not be asked for")
        return facts, [f"Dagster's storage does not answer ({type(error).__name__}): runs and ticks are not judged."]


def _runs(instance: "DagsterInstance") -> tuple[Run, ...]:
    """The whole refreshes that ended, the last one first, up to the last one that went well.

    Who materialises a part of the assets by hand sees what comes of it.
    """
    from dagster import DagsterRunStatus, RunsFilter

    ended = RunsFilter(job_name=REFRESH, statuses=[DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE])
    found: list[Run] = []
    for record in instance.get_run_records(ended, limit=MOST_RUNS):
        run = record.dagster_run
        if run.asset_selection:
            continue
        at = datetime.fromtimestamp(record.end_time, UTC) if record.end_time else record.update_timestamp
        if run.status is DagsterRunStatus.SUCCESS:
            return (*found, Run(run.run_id, at))
        found.append(Run(run.run_id, at, _failures(instance, run)))
    return tuple(found)


def _failures(instance: "DagsterInstance", run: "DagsterRun") -> tuple[Failure, ...]:
    """Why a run failed; at least one reason."""
    from dagster import DagsterEventType

    kinds = {DagsterEventType.STEP_FAILURE, DagsterEventType.ASSET_CHECK_EVALUATION}
    events = [
        record.event_log_entry.dagster_event
        for record in instance.get_records_for_run(run.run_id, of_type=kinds).records
    ]
    blocked = {event.step_key for event in events if event and _blocks(event)}
    failures = tuple(_failure(event, blocked) for event in events if event and event.is_step_failure)
    return failures or (Failure(REFRESH, "The run ended before an asset failed: it was killed, or could not begin."),)


def _blocks(event: Any) -> bool:
    from dagster import AssetCheckSeverity

    if event.is_step_failure:
        return False
    evaluation = event.event_specific_data
    return not evaluation.passed and evaluation.severity is AssetCheckSeverity.ERROR


def _failure(event: Any, blocked: set[str | None]) -> Failure:
    """The paragraph of what a person can mend; of a defect its class alone, for its words may hold anything."""
    from cit_platform.resources.failures import interruption

    data = event.event_specific_data
    paragraph = data.user_failure_data.description if data.user_failure_data else interruption(data.error)
    error = data.error.cause or data.error if data.error else None
    defect = f"{error.cls_name if error else 'An error'}: a defect of the platform; the run's log says more."
    return Failure(event.step_key.replace("__", "/"), paragraph or defect, is_blocked=event.step_key in blocked)


def _ticks(instance: "DagsterInstance") -> dict[str, tuple[Tick, ...]]:
    """The ticks that ended, the last one first, of each sensor and schedule that is on."""
    found: dict[str, tuple[Tick, ...]] = {}
    for state in instance.all_instigator_state():
        if state.is_running:
            ticks = instance.get_ticks(state.instigator_origin_id, state.selector_id, limit=MOST_TICKS)
            # Two servers of one home have states of their own: the one that ticked last is at work.
            found[state.name] = max(found.get(state.name, ()), _ended(ticks), key=_last)
    return found


def _ended(ticks: Sequence[Any]) -> tuple[Tick, ...]:
    from dagster._core.scheduler.instigation import TickStatus

    ended = [tick for tick in ticks if tick.status is not TickStatus.STARTED]
    return tuple(
        Tick(
            datetime.fromtimestamp(tick.timestamp, UTC), _error_of(tick) if tick.status is TickStatus.FAILURE else None
        )
        for tick in ended
    )


def _error_of(tick: Any) -> str:
    error = tick.error.cause or tick.error if tick.error else None
    return str(error.cls_name) if error else "an error"


def _last(ticks: tuple[Tick, ...]) -> float:
    return ticks[0].at.timestamp() if ticks else 0.0
