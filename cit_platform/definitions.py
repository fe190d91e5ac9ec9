"""Everything Dagster loads, in one page."""

import dagster as dg

from cit_platform.assets import clean, features, models, published, quality, raw
from cit_platform.automation.jobs import JOBS
from cit_platform.automation.progress import progress
from cit_platform.automation.schedules import SCHEDULES
from cit_platform.resources.home import Home

defs = dg.Definitions(
    assets=[
        *raw.ASSETS,
        *clean.ASSETS,
        *features.ASSETS,
        *models.ASSETS,
        *quality.ASSETS,
        *published.ASSETS,
    ],
    jobs=JOBS,
    schedules=SCHEDULES,
    resources={"home": Home()},
    loggers={"console": dg.colored_console_logger, "progress": progress},
    # A step's own process costs more than the step, and one process holds the run lock from first read to last write.
    executor=dg.in_process_executor,
)
