"""What an ended run saw of data that are no demonstration, taken from Dagster for quality/looks."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cit_platform.assets.fit_looks import FITS, PROTOCOL
from cit_platform.resources.run_tags import EDITION_TAG
from cit_platform.settings import Settings
from cit_platform.storage.home_folder import HomeFolder

if TYPE_CHECKING:
    from dagster import DagsterInstance, DagsterRun, RunRecord

    from cit_platform.storage.run_history import Row

PUBLISHED, HELD, BLOCKED, UNPUBLISHED = "published", "held", "blocked", "unpublished"


def looks_of(settings: Settings, instance: "DagsterInstance", record: "RunRecord") -> "Iterator[Row]":
    """A row per specification that the run fitted, in the columns of `quality/looks`."""
    from dagster import DagsterEventType

    run = record.dagster_run
    state = state_of(settings, run)
    for each in instance.get_records_for_run(run.run_id, of_type=DagsterEventType.ASSET_OBSERVATION).records:
        event = each.event_log_entry.dagster_event
        if event is None:
            continue
        observation = event.asset_observation_data.asset_observation
        if FITS not in observation.metadata:
            continue
        said = {name: value.value for name, value in observation.metadata.items()}
        moment = datetime.fromtimestamp(each.event_log_entry.timestamp, UTC).replace(tzinfo=None)
        for specification in json.loads(str(said[FITS])):
            yield {
                "looked_at": moment,
                "run_id": run.run_id,
                "asset": observation.asset_key.to_user_string(),
                "specification": specification,
                "snapshot": said["snapshot"],
                "protocol": said[PROTOCOL],
                "edition": run.tags.get(EDITION_TAG),
                "state": state,
            }


def state_of(settings: Settings, run: "DagsterRun") -> str:
    """What became of the results of an ended run."""
    from dagster import DagsterRunStatus

    edition = run.tags.get(EDITION_TAG)
    if edition is None:
        return UNPUBLISHED if run.status is DagsterRunStatus.SUCCESS else BLOCKED
    return HELD if (HomeFolder(settings.home).held / edition).is_dir() else PUBLISHED
