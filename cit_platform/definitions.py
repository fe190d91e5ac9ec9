"""Everything Dagster loads, in one page."""

import dagster as dg

from cit_platform.assets import (
    clean,
    features,
    models,
    operations,
    published,
    quality,
    raw,
    source_answers,
    spd_crisis_data,
)
from cit_platform.automation.jobs import JOBS
from cit_platform.automation.progress import progress
from cit_platform.automation.schedules import SCHEDULES
from cit_platform.automation.sensors import SENSORS
from cit_platform.resources.home import Home

defs = dg.Definitions(
    assets=[
        *spd_crisis_data.ASSETS,
        *raw.ASSETS,
        *clean.ASSETS,
        *features.ASSETS,
        *models.ASSETS,
        *quality.ASSETS,
        *published.ASSETS,
        *operations.ASSETS,
    ],
    asset_checks=[*spd_crisis_data.CHECKS, *source_answers.CHECKS],
    jobs=JOBS,
    schedules=SCHEDULES,
    sensors=SENSORS,
    resources={"home": Home()},
    loggers={"console": dg.colored_console_logger, "progress": progress},
    # A step's own process costs more than the step, and one process holds the run lock from first read to last write.
    executor=dg.in_process_executor,
)
