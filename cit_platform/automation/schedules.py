"""The schedules: each night a refresh if anything changed, else a skip that says why; each week maintenance."""

import dagster as dg

from cit_platform.automation.jobs import maintenance, refresh
from cit_platform.automation.tick import tick
from cit_platform.codebook.agency import agency_of
from cit_platform.settings import chosen_agency

AGENCY = agency_of(chosen_agency())


@dg.schedule(
    job=refresh,
    cron_schedule="0 4 * * *",
    execution_timezone=AGENCY.time_zone.key,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description=(
        f"Refresh everything at 04:00 in {AGENCY.display_name}, unless nothing changed since the latest edition."
    ),
)
def nightly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    outcome, events = tick(context.instance, "schedule nightly")
    # Dagster keeps the events of a sensor's tick itself, but knows none of a schedule's.
    for event in events:
        context.instance.report_runless_asset_event(event)
    return outcome


weekly = dg.ScheduleDefinition(
    name="weekly",
    job=maintenance,
    cron_schedule="0 14 * * 0",
    execution_timezone=AGENCY.time_zone.key,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description=f"Remove what is past its retention, on Sundays at 14:00 in {AGENCY.display_name}.",
)

SCHEDULES = [nightly, weekly]
