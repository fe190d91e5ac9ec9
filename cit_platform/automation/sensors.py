"""The sensors: one looks at the source by day and asks for a refresh when one is due; one evaluates the alerts."""

import dagster as dg

from cit_platform.automation.jobs import refresh
from cit_platform.automation.tick import tick

INTERVAL_SECONDS = 6 * 3600
ALERTS_INTERVAL_SECONDS = 300


@dg.sensor(
    job=refresh,
    minimum_interval_seconds=INTERVAL_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Observe the city's dataset every six hours, and refresh everything if it changed since the latest "
    "edition; a portal that does not answer is a skip that says so.",
)
def source(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    outcome, events = tick(context.instance, "sensor source")
    if isinstance(outcome, dg.SkipReason):
        return dg.SensorResult(skip_reason=outcome, asset_events=events)
    return dg.SensorResult(run_requests=[outcome], asset_events=events)


@dg.sensor(
    minimum_interval_seconds=ALERTS_INTERVAL_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Judge runs, checks, looks at the source and ticks every five minutes, and send what is due by the "
    "channels that CIT_ALERT_… sets: once that something is wrong, once that it is over. Before, close the record of "
    "runs whose process was killed, for the queue waits for them, and keep in quality/history what ended runs gave, in "
    "quality/status what is current. It launches nothing.",
)
def alerts(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    from cit_platform.automation.evaluation import evaluate_alerts
    from cit_platform.automation.killed_runs import close_killed_runs
    from cit_platform.automation.run_history import record_ended_runs
    from cit_platform.automation.status import record_status
    from cit_platform.errors import UserError
    from cit_platform.settings import load_settings

    try:
        settings = load_settings()
        closed = close_killed_runs(context.instance, settings.home)
        recorded = [*record_ended_runs(settings, context.instance), *record_status(settings, context.instance)]
        lines = [*closed, *recorded, *evaluate_alerts(settings, context.instance)]
    except UserError as error:
        lines = [str(error)]
    return dg.SkipReason("; ".join(lines) or "no alert is due")


SENSORS = [source, alerts]
