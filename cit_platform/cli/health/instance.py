"""What Dagster's instance knows: its storage, the daemon, schedule and sensors, the last refresh."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cit_platform.cli.health.fact import Fact, Level, age_in_words, facts_or_defect
from cit_platform.settings import Settings

if TYPE_CHECKING:
    from dagster import DagsterInstance

SCHEDULE = "nightly"


def instance(settings: Settings, is_daemon_expected: bool) -> Iterator[Fact]:
    """All that can be asked of the instance; only where it is there, for Dagster makes one that is not."""
    folder = settings.dagster_home
    if not (folder / "dagster.yaml").exists():
        yield Fact("dagster", f"no instance in {folder} yet: the first refresh makes it", Level.NOTED)
        return
    if not os.access(folder, os.W_OK):
        # Dagster opens its storage for writing, and would make what it misses there.
        yield Fact("dagster", f"not asked: this user cannot write {folder}", Level.NOTED)
        return
    from cit_platform.automation.heartbeat import SilentInstanceError, answer_of_instance

    try:
        yield from answer_of_instance(lambda asked: tuple(_facts(settings, asked, is_daemon_expected)))
    except SilentInstanceError as error:
        yield Fact("dagster", str(error), Level.DEFECT)
        return
    # The storage has just answered: what takes its time now is no silence.
    yield from facts_or_defect("assets", lambda: _assets(settings))


def _facts(settings: Settings, asked: "DagsterInstance", is_daemon_expected: bool) -> Iterator[Fact]:
    yield Fact("dagster", f"{settings.dagster_home}, storage {type(asked.run_storage).__name__}")
    yield _daemon(asked, is_daemon_expected)
    yield from _schedules(asked)
    yield _last_run(asked)


def _daemon(asked: "DagsterInstance", is_expected: bool) -> Fact:
    from cit_platform.automation.heartbeat import daemon_fault_in

    beats = asked.get_daemon_heartbeats().values()
    if not beats:
        return Fact("daemon", "never ran with this instance", Level.DEGRADED if is_expected else Level.NOTED)
    age = datetime.now(UTC).timestamp() - max(beat.timestamp for beat in beats)
    fault = daemon_fault_in(asked)
    words = fault or f"lives, last heartbeat {age_in_words(age)} ago"
    level = Level.GOOD if not fault else Level.DEGRADED if is_expected else Level.NOTED
    return Fact("daemon", words, level, {"daemon_heartbeat_age_seconds": age})


def _schedules(asked: "DagsterInstance") -> Iterator[Fact]:
    """Whether schedule and sensors are on; what nobody switched is on by default once a daemon runs."""
    states = {state.name: state for state in asked.all_instigator_state()}
    off = sorted(name for name, state in states.items() if not state.is_running)
    for name in off:
        yield Fact("automation", f"{name} is off: switch it on under Automation in the UI", Level.DEGRADED)
    words = "is on" if SCHEDULE in states else "is on by default, with the first daemon"
    if SCHEDULE not in off:
        yield Fact("automation", f"the schedule {SCHEDULE} {words}", Level.GOOD, {"schedule_on": 1.0})
    else:
        yield Fact("automation", f"the schedule {SCHEDULE} is off", Level.DEGRADED, {"schedule_on": 0.0})


def _last_run(asked: "DagsterInstance") -> Fact:
    from dagster import DagsterRunStatus, RunsFilter

    from cit_platform.automation.job_names import REFRESH
    from cit_platform.resources.run_tags import EDITION_TAG

    ended = RunsFilter(job_name=REFRESH, statuses=[DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE])
    records = asked.get_run_records(ended, limit=1)
    if not records:
        return Fact("last run", "none yet", Level.NOTED)
    run, end = records[0].dagster_run, records[0].end_time or records[0].update_timestamp.timestamp()
    age = datetime.now(UTC).timestamp() - end
    is_good = run.status is DagsterRunStatus.SUCCESS
    edition = f", edition {run.tags[EDITION_TAG]}" if EDITION_TAG in run.tags else ""
    words = f"{run.status.value.lower()} {age_in_words(age)} ago{edition} (run {run.run_id[:8]})"
    numbers = {"last_run_age_seconds": age, "last_run_success": float(is_good)}
    return Fact("last run", words, Level.GOOD if is_good else Level.DEGRADED, numbers)


def _assets(settings: Settings) -> Iterator[Fact]:
    """How many assets are current and why the first that is not is none, as `quality/status` says of each."""
    import dagster as dg

    from cit_platform.automation.status import status_rows

    with dg.DagsterInstance.get() as asked:
        rows = status_rows(settings, asked)
    late = [row for row in rows if not row["is_current"]]
    words = f"{len(rows) - len(late)} of {len(rows)} are current"
    if late:
        more = f", and {len(late) - 1} more (cit show quality/status)" if len(late) > 1 else ""
        words += f"; not: {late[0]['asset']}: {late[0]['reason']}{more}"
    numbers = {"assets": float(len(rows)), "assets_not_current": float(len(late))}
    yield Fact("assets", words, Level.NOTED if late else Level.GOOD, numbers)
