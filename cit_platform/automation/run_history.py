"""What runs gave and saw, from Dagster into quality/history and quality/looks: it stays when the runs are deleted."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cit_platform.automation.job_names import MAINTENANCE
from cit_platform.contracts import Table
from cit_platform.contracts.operations import HISTORY, LOOKS
from cit_platform.errors import UserError, paragraph_of
from cit_platform.resources.run_tags import EDITION_TAG, SNAPSHOT_TAG
from cit_platform.settings import Settings
from cit_platform.storage.home_folder import HomeFolder

if TYPE_CHECKING:
    from dagster import DagsterInstance, RunRecord

    from cit_platform.storage.run_history import Row

# Runs that are looked at after each refresh and every five minutes; before runs are deleted all of them are.
MOST_RUNS = 50

log = logging.getLogger(__name__)


def record_ended_runs(settings: Settings, instance: "DagsterInstance | None" = None) -> list[str]:
    """Add to quality/history the runs that ended and that it does not hold; nothing is raised.

    Args:
        settings: the home.
        instance: Dagster's; the one that the environment names without it.

    Returns:
        A line that says why it could not be done; none where it was.
    """
    return said_if_failed(HISTORY, lambda asked: keep_ended_runs(settings, asked, MOST_RUNS), instance)


def said_if_failed(
    table: Table, write: Callable[["DagsterInstance"], None], instance: "DagsterInstance | None"
) -> list[str]:
    """Write a table about the platform's work; a line that says why that failed, for it must stop nothing else."""
    import dagster as dg

    try:
        with nullcontext(instance) if instance else dg.DagsterInstance.get() as asked:
            write(asked)
        return []
    except Exception as error:
        said = str(error) if isinstance(error, UserError) else paragraph_of(error)
        if said is None:
            log.exception(f"{table.path} could not be written")
        return [f"{table.path} could not be written: {said or type(error).__name__}"]


def keep_ended_runs(settings: Settings, instance: "DagsterInstance", limit: int | None = None) -> None:
    """Add to quality/history the last runs that ended; all of them without a limit.

    Raises:
        DamagedTableError: The history is damaged.
        OSError: The home cannot be written.
    """
    from dagster import DagsterRunStatus, RunsFilter

    from cit_platform.assets.operations import show_table
    from cit_platform.automation.fit_looks import looks_of
    from cit_platform.storage.lake import Lake
    from cit_platform.storage.run_history import add_looks, add_rows, kept_runs

    ended = RunsFilter(statuses=[DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED])
    ids = instance.get_run_ids(ended, limit=limit)
    missing = set(ids) - kept_runs(settings.home) if ids else set()
    if not missing:
        return
    records = instance.get_run_records(RunsFilter(run_ids=sorted(missing)))
    rows = [
        row
        for record in records
        if record.dagster_run.job_name != MAINTENANCE
        for row in _rows_of(settings, instance, record)
    ]
    # Before the history, which says that a run is kept.
    looks = [look for record in records for look in looks_of(settings, instance, record)]
    if looks:
        add_looks(settings, looks)
        show_table(instance, Lake(settings.home), LOOKS)
    if rows:
        add_rows(settings, rows)
        show_table(instance, Lake(settings.home), HISTORY)


def _rows_of(settings: Settings, instance: "DagsterInstance", record: "RunRecord") -> list["Row"]:
    """What a run gave; at least how it ended."""
    from dagster import DagsterRunStatus

    from cit_platform.storage.run_history import RUN

    run = record.dagster_run
    ended = datetime.fromtimestamp(record.end_time, UTC) if record.end_time else record.update_timestamp
    edition = run.tags.get(EDITION_TAG)
    shared = {
        "finished_at": ended.replace(tzinfo=None),
        "run_id": run.run_id,
        "job": run.job_name,
        "edition": edition,
        "snapshot": run.tags.get(SNAPSHOT_TAG),
    }
    passed = run.status is DagsterRunStatus.SUCCESS
    own = {"kind": RUN, "asset": "", "name": run.status.value.lower(), "passed": passed}
    found = [own, *_events(instance, run.run_id), *(_findings(settings, edition) if edition else ())]
    # Of what a run said twice the last word counts.
    by_key = {(each["kind"], each["asset"], each["name"]): {**shared, **each} for each in found}
    return list(by_key.values())


def _events(instance: "DagsterInstance", run_id: str) -> "Iterator[Row]":
    from dagster import DagsterEventType

    kinds = {DagsterEventType.ASSET_MATERIALIZATION, DagsterEventType.ASSET_CHECK_EVALUATION}
    for record in instance.get_records_for_run(run_id, of_type=kinds).records:
        event = record.event_log_entry.dagster_event
        if event and event.is_step_materialization:
            yield from _numbers(event.step_materialization_data.materialization)
        elif event:
            yield _check(event.event_specific_data)


def _numbers(materialization: Any) -> "Iterator[Row]":
    """Row count and headline numbers of a materialisation."""
    asset = materialization.asset_key.to_user_string()
    for name, metadata in materialization.metadata.items():
        value = _number(metadata)
        if value is not None:
            is_count = name == "dagster/row_count"
            kind = {"kind": "rows", "name": "rows"} if is_count else {"kind": "number", "name": name}
            yield {**kind, "asset": asset, "value": value}


def _check(evaluation: Any) -> "Row":
    return {
        "kind": "check",
        "asset": evaluation.asset_key.to_user_string(),
        "name": evaluation.check_name,
        "value": _number(evaluation.metadata.get("observed_value")),
        "passed": evaluation.passed,
        "severity": evaluation.severity.value,
    }


def _number(metadata: Any) -> float | None:
    value = getattr(metadata, "value", None)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _findings(settings: Settings, edition: str) -> "Iterator[Row]":
    """The findings of an edition; none of one that is gone."""
    file = HomeFolder(settings.home).editions / edition / "findings.json"
    for finding in json.loads(file.read_text(encoding="utf-8")) if file.is_file() else ():
        numbers = finding["numbers"]
        analysed = numbers["analysed"]
        yield {
            "kind": "finding",
            "asset": "",
            "name": finding["key"],
            "value": numbers["estimate"],
            "conf_low": numbers["low"],
            "conf_high": numbers["high"],
            "n_contacts": analysed["n"] if analysed["unit"] == "contact" else None,
        }
