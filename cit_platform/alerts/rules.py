"""From facts to the conditions that hold now: pure, one rule for each kind of fact."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import takewhile

from cit_platform.alerts.condition import Condition, Judged, Kind
from cit_platform.sources.feed import stalled_since
from cit_platform.storage.source_looks import Look, Outcome

SOURCE = "spd_crisis_data"
# A sensor or schedule that has not ticked since then is not on any more, or belonged to another server.
OLDEST_TICK = timedelta(days=2)


@dataclass(frozen=True)
class Failure:
    """What stopped a run: an asset, the paragraph, and whether a blocking check did not pass."""

    asset: str
    words: str
    is_blocked: bool = False


@dataclass(frozen=True)
class Run:
    """A whole refresh, and when it ended; of one that failed, why."""

    run_id: str
    ended: datetime
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True)
class Tick:
    """A tick that ended, of a sensor or schedule; of one that failed, the class of its error."""

    at: datetime
    error: str | None = None


@dataclass(frozen=True)
class Edition:
    """The edition in force."""

    name: str
    snapshot: str
    built_at: datetime
    checks: tuple[dict[str, str], ...]


@dataclass(frozen=True)
class Facts:
    """What is known of a home; None of what could not be asked, which then is not judged.

    Attributes:
        today: the as-of date.
        now: the time, in UTC.
        looks: at the source, the last one first.
        edition: the one in force; None before the first.
        held: the newest edition and why it was not published; empty where none waits.
        snapshots: the content hashes that came, with the number of each retrieval, the last one first.
        is_working: whether a run writes now.
        runs: whole refreshes that ended, the last one first.
        ticks: by sensor and schedule, the last one first.
    """

    today: date
    now: datetime
    looks: tuple[Look, ...] = ()
    edition: Edition | None = None
    held: tuple[tuple[str, str], ...] = ()
    snapshots: tuple[tuple[int, str], ...] = ()
    is_working: bool = False
    runs: tuple[Run, ...] | None = None
    ticks: dict[str, tuple[Tick, ...]] | None = None


def judge(facts: Facts) -> Judged:
    """The conditions that hold, and which kinds the facts were enough to judge."""
    holding: dict[str, Condition] = {}
    kinds: set[Kind] = set()
    for rule in (_looks, _feed, _edition, _warnings, _runs, _ticks):
        judged = rule(facts)
        kinds |= judged.kinds
        for condition in judged.holding:
            known = holding.get(condition.key)
            more = known.occurrences if known else ()
            # Of several failures of one kind at one place the last one speaks.
            said = known or condition
            holding[condition.key] = replace(said, occurrences=tuple(dict.fromkeys((*more, *condition.occurrences))))
    return Judged(tuple(holding.values()), frozenset(kinds))


def _judged(kinds: Sequence[Kind], holding: Sequence[Condition] = ()) -> Judged:
    return Judged(tuple(holding), frozenset(kinds))


def _looks(facts: Facts) -> Judged:
    """The last look without an answer, or with one that is refused, and how many before it were alike."""
    kinds = {
        Outcome.SILENT: Kind.SILENT_SOURCE,
        Outcome.CHANGED: Kind.SCHEMA_DRIFT,
        Outcome.REFUSED: Kind.REFUSED_SOURCE,
    }
    holding = []
    last = facts.looks[0] if facts.looks else None
    if last is not None and last.outcome in kinds:
        alike = tuple(look.at for look in takewhile(lambda look: look.outcome == last.outcome, facts.looks))
        holding.append(Condition(kinds[last.outcome], SOURCE, last.words, alike, f"assets/{SOURCE}"))
    return _judged(list(kinds.values()) if last else [], holding)


def _feed(facts: Facts) -> Judged:
    """Whether the newest report that the source showed is too old."""
    newest = next((look.newest_report for look in facts.looks if look.newest_report), None)
    if newest is None:
        return _judged([])
    words = stalled_since(date.fromisoformat(newest), facts.today)
    page = f"assets/{SOURCE}"
    stale = [Condition(Kind.STALE_DATA, SOURCE, words, (facts.today.isoformat(),), page)] if words else []
    return _judged([Kind.STALE_DATA], stale)


def _edition(facts: Facts) -> Judged:
    """Whether an edition is held, or the newest snapshot came and none followed, although nobody works at it."""
    if facts.held:
        return _judged([Kind.HELD_EDITION], [_held(name, why) for name, why in facts.held])
    if facts.is_working or facts.edition is None or not facts.snapshots:
        return _judged([])
    published = facts.edition.snapshot
    waiting = list(takewhile(lambda retrieval: retrieval[1] != published, facts.snapshots))
    if not waiting:
        return _judged([Kind.HELD_EDITION])
    words = f"Snapshot {waiting[0][1][:8]} came and no edition of it was published; edition {facts.edition.name} stays."
    numbers = tuple(str(number) for number, _ in waiting)
    return _judged(
        [Kind.HELD_EDITION],
        [Condition(Kind.HELD_EDITION, "published/edition", words, numbers, "assets/published/edition")],
    )


def _held(name: str, why: str) -> Condition:
    words = f"Edition {name} is built and held: {why} `cit editions promote {name}` publishes it."
    return Condition(Kind.HELD_EDITION, "published/edition", words, (name,), "assets/published/edition")


def _warnings(facts: Facts) -> Judged:
    """The warning checks of the edition in force that did not pass."""
    if facts.edition is None:
        return _judged([])
    amber = [
        Condition(
            Kind.WARNING,
            f"{check['table']}: {check['name']}",
            check["message"],
            (facts.edition.name,),
            f"assets/{check['table']}",
        )
        for check in facts.edition.checks
        if check["status"] != "passed"
    ]
    return _judged([Kind.WARNING], amber)


def _runs(facts: Facts) -> Judged:
    """What stopped a refresh since one went well or a look found nothing new; runs that were deleted tell nothing."""
    if not facts.runs:
        return _judged([])
    good = next((look.moment for look in facts.looks if look.outcome is Outcome.NOTHING_NEW), None)
    failed = takewhile(lambda run: run.failures and (good is None or run.ended > good), facts.runs)
    holding = [
        Condition(_kind_of(failure), failure.asset, failure.words, (run.run_id,), f"runs/{run.run_id}")
        for run in failed
        for failure in run.failures
    ]
    return _judged([Kind.FAILED_RUN, Kind.BLOCKING_CHECK, Kind.SCHEMA_DRIFT], holding)


def _kind_of(failure: Failure) -> Kind:
    if failure.is_blocked:
        return Kind.BLOCKING_CHECK
    # A file says only when it is read that its columns changed; its paragraph ends with how to let that through.
    is_drift = any(f"cit refresh --accept {code}" in failure.words for code in ("columns", "types"))
    return Kind.SCHEMA_DRIFT if is_drift else Kind.FAILED_RUN


def _ticks(facts: Facts) -> Judged:
    """Sensors and schedules whose last tick ended in an error."""
    if facts.ticks is None:
        return _judged([])
    holding = []
    for name, ticks in facts.ticks.items():
        failed = list(takewhile(lambda tick: tick.error, ticks))
        if failed and failed[0].at > facts.now - OLDEST_TICK:
            words = f"{name} ended its last tick with {failed[0].error}."
            times = tuple(tick.at.isoformat() for tick in failed)
            holding.append(Condition(Kind.TICK_ERROR, name, words, times, "automation"))
    return _judged([Kind.TICK_ERROR], holding)
