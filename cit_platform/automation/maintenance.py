"""What a home is rid of by retention: old files of tables, editions, snapshots, Dagster's runs and ticks."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cit_platform.automation.job_names import MAINTENANCE
from cit_platform.contracts import ALL_TABLES, TABLES, raw
from cit_platform.errors import UserError
from cit_platform.settings import Settings
from cit_platform.storage.home_folder import HomeFolder
from cit_platform.storage.lake import DamagedTableError, Lake

if TYPE_CHECKING:
    from dagster import DagsterInstance, DagsterRun

# So long every night's edition stays, and of the weeks before one each.
NIGHTLY_DAYS = 30


@dataclass(frozen=True)
class Maintained:
    """What maintenance did.

    Attributes:
        before, after: bytes by part of the home.
        removed: how many of each kind went.
        left: why something was left as it is, in paragraphs.
    """

    before: Mapping[str, int]
    after: Mapping[str, int]
    removed: Mapping[str, int]
    left: tuple[str, ...]


def maintain(settings: Settings, instance: "DagsterInstance", say: Callable[[str], None]) -> Maintained:
    """Remove what is past its retention; no run writes meanwhile.

    What stops one part, in words of an operator, stops no other.
    """
    from cit_platform.storage.run_lock import run_lock

    parts: dict[str, Callable[[], int]] = {
        "files of tables": lambda: _vacuum(settings),
        "editions": lambda: len(remove_editions(settings)),
        "snapshots": lambda: _prune_archive(settings),
        "runs": lambda: _delete_runs(settings, instance),
    }
    removed, left = {}, []
    with run_lock(settings.home, "of maintenance", say):
        before = sizes(settings)
        for name, remove in parts.items():
            try:
                removed[name] = remove()
            except UserError as error:
                left.append(f"{name}: {error}")
        _purge_ticks(settings, instance)
        return Maintained(before, sizes(settings), removed, tuple(left))


def sizes(settings: Settings) -> dict[str, int]:
    """Bytes of the parts of a home that grow."""
    home = HomeFolder(settings.home)
    parts = {"lake": home.lake, "archive": home.archive, "editions": home.editions, "dagster": settings.dagster_home}
    return {name: size(folder) for name, folder in parts.items()}


def size(folder: Path) -> int:
    """Bytes of the files of a folder, of those with several names once; a file may go meanwhile."""
    found: dict[tuple[int, int], int] = {}
    for file in folder.rglob("*"):
        with suppress(FileNotFoundError):
            if file.is_file() and not file.is_symlink():
                status = file.stat()
                found[status.st_dev, status.st_ino] = status.st_size
    return sum(found.values())


def _vacuum(settings: Settings) -> int:
    """Files that no version of the last day needs; each commit removes those of its own table already."""
    lake = Lake(settings.home)
    n = 0
    for path in filter(lake.exists, ALL_TABLES):
        try:
            lake.version(path)
        except DamagedTableError:
            # What is left of it may be all that can be restored.
            continue
        n += lake.vacuum(path)
    return n


def remove_editions(settings: Settings) -> tuple[str, ...]:
    """Remove the editions past their retention, and give their names; the caller holds the lock."""
    from cit_platform.publishing.edition.index import write_index
    from cit_platform.publishing.edition.retention import editions_past_retention, remove_edition

    lake = Lake(settings.home)
    held = {lake.version(table.path).provenance.snapshot for table in raw.TABLES if lake.exists(table.path)}
    today = datetime.now(UTC).date()
    oldest, nightly = (today - timedelta(days=days) for days in (settings.retention_edition_days, NIGHTLY_DAYS))
    names = editions_past_retention(settings.home, oldest, max(oldest, nightly), held)
    for name in names:
        remove_edition(settings.home, name)
    if names:
        write_index(settings.home)
    return names


def _prune_archive(settings: Settings) -> int:
    from cit_platform.assets.published import prune_archive
    from cit_platform.resources.home import Home

    return len(prune_archive(Home())) if Lake(settings.home).exists(raw.REVISIONS.path) else 0


def _delete_runs(settings: Settings, instance: "DagsterInstance") -> int:
    """Delete the runs past retention whose numbers are in quality/history and of which the UI shows nothing as latest.

    Raises:
        DamagedTableError: The history is damaged; no run goes.
    """
    from dagster import DagsterRunStatus, RunsFilter

    from cit_platform.automation.run_history import keep_ended_runs
    from cit_platform.storage.run_history import kept_runs

    keep_ended_runs(settings, instance)
    oldest = datetime.now(UTC) - timedelta(days=settings.retention_run_days)
    ended = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED]
    old = instance.get_runs(RunsFilter(statuses=ended, updated_before=oldest))
    kept = kept_runs(settings.home)
    candidates = [run for run in old if run.run_id in kept or run.job_name == MAINTENANCE]
    shown = frozenset(_shown_as_latest(instance)) if candidates else frozenset()
    going = [run for run in candidates if run.run_id not in shown]
    for run in going:
        _delete(instance, run)
    return len(going)


def _shown_as_latest(instance: "DagsterInstance") -> Iterator[str]:
    """The runs that hold the latest materialisation or observation of an asset, or the latest result of a check.

    Without its latest one an asset would count as never materialised, and the source as never read.
    """
    from cit_platform.assets.asset_checks import check_specs

    for key in instance.all_asset_keys():
        event = instance.get_latest_materialization_event(key)
        if event:
            yield event.run_id
        yield from (record.run_id for record in instance.fetch_observations(key, limit=1).records)
    checks = [spec.key for table in TABLES.values() for spec in check_specs(table)]
    latest = instance.event_log_storage.get_latest_asset_check_execution_by_key(checks)
    yield from (record.run_id for record in latest.values())


def _delete(instance: "DagsterInstance", run: "DagsterRun") -> None:
    """A run with its events and its compute logs, which Dagster leaves when a run goes."""
    instance.delete_run(run.run_id)
    instance.compute_log_manager.delete_logs(prefix=[run.run_id])
    shard: Any = getattr(instance.event_log_storage, "path_for_shard", None)
    if shard:
        # SQLite has a file per run, of which only the rows were deleted.
        file = Path(shard(run.run_id))
        for each in file.parent.glob(f"{file.name}*"):
            each.unlink()


def _purge_ticks(settings: Settings, instance: "DagsterInstance") -> None:
    before = (datetime.now(UTC) - timedelta(days=settings.retention_run_days)).timestamp()
    for state in instance.all_instigator_state():
        instance.purge_ticks(state.instigator_origin_id, state.selector_id, before)
