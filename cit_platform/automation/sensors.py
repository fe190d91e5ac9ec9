"""The sensor on the source: looks at it by day, and asks for a refresh when one is due."""

import dagster as dg

from cit_platform.automation.jobs import refresh
from cit_platform.automation.tick import tick

INTERVAL_SECONDS = 6 * 3600


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


SENSORS = [source]
