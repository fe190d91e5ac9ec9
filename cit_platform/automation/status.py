"""Whether each asset is current and if not why, put together from the home into quality/status."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cit_platform.code_version import code_version
from cit_platform.contracts import ALL_TABLES, TABLES
from cit_platform.contracts.operations import HISTORY, STATUS
from cit_platform.contracts.raw import RECORDS
from cit_platform.contracts.table import OWNER
from cit_platform.errors import UserError
from cit_platform.settings import Settings
from cit_platform.storage.home_folder import HomeFolder
from cit_platform.storage.lake import DamagedTableError, Lake, LakeError, TableVersion
from cit_platform.storage.manifest import read_manifest
from cit_platform.storage.provenance import Fingerprint
from cit_platform.storage.source_looks import Outcome, read_looks

if TYPE_CHECKING:
    import pandas as pd
    from dagster import DagsterInstance

    from cit_platform.storage.run_history import Row

SOURCE = "spd_crisis_data"
PAGE, EDITION = "published/page", "published/edition"
ABSENT = "is not there yet"
ANSWERED = (Outcome.NOTHING_NEW, Outcome.REFRESH_DUE)


@dataclass(frozen=True)
class State:
    """What is known of one asset; `reason` is its own, without what it follows from."""

    reason: str | None = None
    follows_from: tuple[str, ...] = ()
    known: Mapping[str, Any] = field(default_factory=dict)


def record_status(settings: Settings, instance: "DagsterInstance | None" = None) -> list[str]:
    """Bring quality/status up to date; nothing is raised.

    Args:
        settings: the home.
        instance: Dagster's; the one that the environment names without it.

    Returns:
        A line that says why it could not be done; none where it was.
    """
    from cit_platform.automation.run_history import said_if_failed

    return said_if_failed(STATUS, lambda asked: keep_status(settings, asked), instance)


def keep_status(settings: Settings, instance: "DagsterInstance") -> None:
    """Write quality/status and show it in the UI, where it says something else than before.

    Nothing before the first run, and while one works: its assets change one by one.

    Raises:
        UserError: What the home says of itself is damaged.
        OSError: The home cannot be written.
    """
    from cit_platform.assets.operations import show_table
    from cit_platform.storage.run_lock import holder
    from cit_platform.storage.status import write_status

    lake = Lake(settings.home)
    if holder(settings.home) is not None or not any(map(lake.exists, ALL_TABLES)):
        return
    write_status(settings, status_rows(settings, instance))
    show_table(instance, lake, STATUS)


def status_rows(settings: Settings, instance: "DagsterInstance") -> "list[Row]":
    """A row per asset, from the source to the edition, with the columns of the table."""
    # A server asks for weeks, and the code under it changes.
    code_version.cache_clear()
    home, lake = HomeFolder(settings.home), Lake(settings.home)
    last = lake.last(HISTORY.path)
    history = last.frame(["run_id", "kind", "asset", "name", "passed", "severity"]) if last else None
    states = _states(settings, home, lake, instance)
    audits, stop = _audits(history), _what_stopped(history)
    return [
        _row(place, asset, states, stop) | _counts(audits.get(asset, state.known.get("checks", ())))
        for place, (asset, state) in enumerate(states.items(), start=1)
    ]


def _row(place: int, asset: str, states: Mapping[str, State], stop: str) -> "dict[str, Any]":
    known, reason = states[asset].known, _reason(asset, states)
    return {
        "place": place,
        "asset": asset,
        "stage": "source" if asset == SOURCE else asset.partition("/")[0],
        "is_current": reason is None,
        "reason": None if reason is None else reason if asset == SOURCE else reason + stop,
        **{name: known.get(name) for name in ("data_date", "computed_at", "n_rows", "last_good_run")},
        "owner": OWNER,
    }


def _reason(asset: str, states: Mapping[str, State]) -> str | None:
    """Its own reason, or that something before it is not current."""
    state = states[asset]
    if state.reason is not None:
        return state.reason
    before = (parent for parent in state.follows_from if _reason(parent, states) is not None)
    return next((f"follows from {parent}, which is not current" for parent in before), None)


def _states(settings: Settings, home: HomeFolder, lake: Lake, instance: "DagsterInstance") -> dict[str, State]:
    versions, faults = _versions(lake)
    current = _current(settings, home, versions.get(RECORDS.path))
    dates = {version.provenance.snapshot: version.provenance.as_of for version in versions.values()}
    return {
        SOURCE: _source(home),
        **_tables(versions, faults, current),
        **_published(home, versions, dates, instance),
        EDITION: _edition(home, current, dates),
    }


def _versions(lake: Lake) -> tuple[dict[str, TableVersion], dict[str, str]]:
    """Every table that can be read, as its log says, and of each other one why it cannot."""
    versions, faults = {}, {}
    for path in TABLES:
        try:
            if lake.exists(path):
                versions[path] = lake.version(path)
        except LakeError as error:
            faults[path] = error.reason if isinstance(error, DamagedTableError) else str(error)
    return versions, faults


def _current(settings: Settings, home: HomeFolder, records: TableVersion | None) -> Fingerprint:
    """What all should be of: the source as it was last seen or read, under today's code and settings."""
    from cit_platform.refresh.fingerprint import canonical_source_version, current_fingerprint

    seen = [(look.moment, look.source) for look in read_looks(home.path) if look.source is not None][:1]
    if records and records.provenance.fingerprint:
        seen.append((records.committed_at, records.provenance.fingerprint.source))
    _, source = max(seen, default=(None, ""))
    return canonical_source_version(home, current_fingerprint(settings, source))


def _source(home: HomeFolder) -> State:
    looks = read_looks(home.path)
    newest = next((look.newest_report for look in looks if look.newest_report), None)
    known = {"data_date": date.fromisoformat(newest) if newest else None}
    if not looks:
        return State("no look at it yet", known=known)
    last = looks[0]
    return State(None if last.outcome in ANSWERED else f"{last.outcome}: {last.words}", known=known)


def _tables(versions: Mapping[str, TableVersion], faults: Mapping[str, str], current: Fingerprint) -> dict[str, State]:
    from cit_platform.refresh.due import reasons_of_tables

    reasons = {**reasons_of_tables(versions, current), **faults}
    return {
        path: _table(versions[path], reasons.get(path)) if path in versions else State(reasons.get(path, ABSENT))
        for path in TABLES
    }


def _table(version: TableVersion, reason: str | None) -> State:
    provenance = version.provenance
    known = {
        "data_date": provenance.as_of,
        "computed_at": _naive(version.committed_at),
        "n_rows": version.n_rows,
        "checks": [(check["status"] == "passed", check["severity"]) for check in provenance.checks],
        "last_good_run": provenance.run_id,
    }
    return State(reason, tuple(parent for parent in provenance.inputs if parent in TABLES), known)


def _published(
    home: HomeFolder,
    versions: Mapping[str, TableVersion],
    dates: Mapping[str, date],
    instance: "DagsterInstance",
) -> dict[str, State]:
    """The topics, and the page that is put together from them."""
    from dagster import AssetKey

    from cit_platform.publishing.contents import topic_names
    from cit_platform.publishing.edition.work import older_tables, read_reports, report_file

    topics = {f"published/{name}": name for name in topic_names()}
    made = instance.get_latest_materialization_events([AssetKey(asset.split("/")) for asset in (*topics, PAGE)])
    runs = {key.to_user_string(): event.run_id for key, event in made.items() if event}
    reports = read_reports(home.path, topics.values())
    states = {}
    for asset, name in topics.items():
        report = reports.get(name)
        if report is None:
            states[asset] = State(ABSENT)
            continue
        older = older_tables(report, versions)
        known = {
            "data_date": dates.get(report.snapshot),
            "computed_at": _modified(report_file(home.path, name)),
            "last_good_run": runs.get(asset),
        }
        reason = f"was made from another version of {older[0]}" if older else None
        states[asset] = State(reason, tuple(path for path in report.inputs if path in TABLES), known)
    return {**states, PAGE: _page(home, runs.get(PAGE), tuple(topics))}


def _page(home: HomeFolder, run_id: str | None, topics: tuple[str, ...]) -> State:
    file = home.work / "index.html"
    if not file.is_file():
        return State(ABSENT)
    return State(None, (*TABLES, *topics), {"computed_at": _modified(file), "last_good_run": run_id})


def _edition(home: HomeFolder, current: Fingerprint, dates: Mapping[str, date]) -> State:
    from cit_platform.refresh.due import reason_of_edition

    try:
        reason = reason_of_edition(home, current)
        manifest = read_manifest(home.latest)
        built_at = datetime.fromisoformat(manifest["volatile"]["built_at"])
    except UserError as error:
        return State(str(error) if home.latest.exists() else ABSENT)
    known = {
        "data_date": dates.get(manifest["snapshot"]),
        "computed_at": _naive(built_at),
        "last_good_run": manifest["volatile"].get("run_id"),
    }
    return State(reason, (PAGE,), known)


def _modified(file: Path) -> datetime:
    return _naive(datetime.fromtimestamp(file.stat().st_mtime, UTC))


def _naive(moment: datetime) -> datetime:
    """In UTC, to the second, as the tables hold times."""
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0)


def _audits(history: "pd.DataFrame | None") -> dict[str, list[tuple[bool, str]]]:
    """Of each asset that was audited, whether each check of the last audit passed, and its severity."""
    if history is None:
        return {}
    checks = history[history["kind"] == "check"]
    last = checks[checks["run_id"] == checks.groupby("asset")["run_id"].transform("last")]
    found: dict[str, list[tuple[bool, str]]] = {}
    for asset, passed, severity in zip(last["asset"], last["passed"], last["severity"], strict=True):
        found.setdefault(asset, []).append((bool(passed), severity))
    return found


def _counts(checks: Collection[tuple[bool, str]]) -> dict[str, int | None]:
    """How many checks passed, warned and failed; of an asset without any, nothing."""
    failed = [severity for passed, severity in checks if not passed]
    n_failed = sum(severity == "ERROR" for severity in failed)
    counts = (len(checks) - len(failed), len(failed) - n_failed, n_failed) if checks else (None, None, None)
    return dict(zip(("checks_passed", "checks_warned", "checks_failed"), counts, strict=True))


def _what_stopped(history: "pd.DataFrame | None") -> str:
    """What stopped the last run that ended, as the end of a reason; empty where it went well."""
    if history is None or history.empty:
        return ""
    run = history[history["kind"] == "run"].iloc[-1]
    if run["passed"]:
        return ""
    own = history[(history["run_id"] == run["run_id"]) & (history["kind"] == "check")]
    blocked = own[(own["passed"] == False) & (own["severity"] == "ERROR")]  # noqa: E712 - a column with nulls
    by = [f"{asset}: {name}" for asset, name in zip(blocked["asset"], blocked["name"], strict=True)]
    said = f"was blocked by {', '.join(by)}" if by else f"ended in {run['name']}"
    return f"; run {run['run_id'][:8]} {said}"
