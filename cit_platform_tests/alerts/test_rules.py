"""From facts to conditions: each kind holds when it should, ends when it should, and is not judged unasked."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from cit_platform.alerts.condition import AT_ONCE, REMEDIES, Condition, Kind
from cit_platform.alerts.rules import Edition, Facts, Failure, Run, Tick, judge
from cit_platform.storage.source_looks import Look, Outcome

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CHECKS = (
    {
        "table": "raw/records",
        "name": "vocabulary_known",
        "status": "failed",
        "severity": "WARN",
        "message": "3 new.",
    },
    {"table": "raw/records", "name": "columns", "status": "passed", "severity": "ERROR", "message": "As expected."},
)
EDITION = Edition("2026-03-01T0400-aaaa", "a" * 64, NOW - timedelta(hours=8), CHECKS)
GOOD = Facts(
    today=date(2026, 3, 1),
    now=NOW,
    looks=(Look("2026-03-01T11:00:00+00:00", Outcome.NOTHING_NEW, "nothing new", "2026-02-28"),),
    edition=replace(EDITION, checks=CHECKS[1:]),
    snapshots=((2, "a" * 64), (1, "b" * 64)),
    runs=(Run("good", NOW), Run("older", NOW, (Failure("raw/records", "It failed."),))),
    ticks={"source": (Tick(NOW),), "nightly": (Tick(NOW), Tick(NOW - timedelta(days=1), "KeyError"))},
)
WHOLE = frozenset(Kind) - {Kind.NOTHING_GOOD, Kind.DAEMON}


def held(facts: Facts) -> dict[str, Condition]:
    return {condition.key: condition for condition in judge(facts).holding}


def looked(*outcomes: Outcome) -> tuple[Look, ...]:
    """Looks with these outcomes, the last one first."""
    return tuple(Look(f"2026-03-01T{11 - n:02}:00:00+00:00", o, f"{o}, in words") for n, o in enumerate(outcomes))


def test_where_all_is_well_nothing_holds_and_everything_is_judged() -> None:
    judged = judge(GOOD)
    assert judged.holding == ()
    assert judged.kinds == WHOLE


def test_of_a_home_that_was_never_asked_nothing_is_judged() -> None:
    judged = judge(Facts(today=date(2026, 3, 1), now=NOW))
    assert (judged.holding, judged.kinds) == ((), frozenset())


def test_every_kind_says_what_to_do() -> None:
    assert set(REMEDIES) == set(Kind)
    assert set(Kind) > AT_ONCE


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        (Outcome.SILENT, Kind.SILENT_SOURCE),
        (Outcome.CHANGED, Kind.SCHEMA_DRIFT),
        (Outcome.REFUSED, Kind.REFUSED_SOURCE),
    ],
)
def test_looks_without_an_answer_count_while_they_are_in_a_row(outcome: Outcome, kind: Kind) -> None:
    [found] = held(replace(GOOD, looks=looked(outcome, outcome, Outcome.NOTHING_NEW, outcome))).values()
    assert (found.kind, found.words) == (kind, f"{outcome}, in words")
    assert len(found.occurrences) == 2
    assert held(replace(GOOD, looks=looked(Outcome.REFRESH_DUE, outcome))) == {}


@pytest.mark.parametrize(("newest", "is_stale"), [("2026-02-23", False), ("2026-02-22", True), ("2027-01-01", False)])
def test_a_feed_whose_newest_report_is_old_is_stale(newest: str, is_stale: bool) -> None:
    silent = looked(Outcome.SILENT)
    seen = replace(GOOD, looks=(*silent, replace(GOOD.looks[0], newest_report=newest)))
    stale = [condition for condition in held(seen).values() if condition.kind is Kind.STALE_DATA]
    assert bool(stale) == is_stale
    assert all("the feed has stalled" in condition.words for condition in stale)


def test_a_snapshot_without_its_edition_holds_the_edition_unless_a_run_works_at_it() -> None:
    waiting = replace(GOOD, snapshots=((4, "d" * 64), (3, "c" * 64), *GOOD.snapshots))
    [found] = held(waiting).values()
    assert (found.kind, found.occurrences) == (Kind.HELD_EDITION, ("4", "3"))
    assert EDITION.name in found.words
    at_work = judge(replace(waiting, is_working=True))
    assert (at_work.holding, Kind.HELD_EDITION in at_work.kinds) == ((), False)


def test_a_warning_check_of_the_edition_is_a_condition_of_its_own() -> None:
    [found] = held(replace(GOOD, edition=EDITION)).values()
    assert (found.kind, found.place, found.words) == (Kind.WARNING, "raw/records: vocabulary_known", "3 new.")
    assert found.page == "assets/raw/records"


def test_runs_count_until_the_last_good_one_and_by_what_stopped_them() -> None:
    runs = (
        Run("3", NOW, (Failure("raw/records", "Third."),)),
        Run("2", NOW, (Failure("raw/records", "Second."), Failure("clean/records", "Blocked.", is_blocked=True))),
        Run("1", NOW),
        Run("0", NOW, (Failure("models/force", "Long ago."),)),
    )
    found = held(replace(GOOD, runs=runs))
    assert {key: condition.occurrences for key, condition in found.items()} == {
        "failed run: raw/records": ("3", "2"),
        "blocking check: clean/records": ("2",),
    }
    assert found["failed run: raw/records"].words == "Third."
    assert found["failed run: raw/records"].page == "runs/3"


def test_a_look_that_finds_nothing_new_ends_what_failed_before_it() -> None:
    """The source was mended by taking it back: no run follows."""
    failed = (Failure("raw/records", "It failed."),)
    look = GOOD.looks[0].moment
    before, after = Run("1", look - timedelta(minutes=1), failed), Run("2", look + timedelta(minutes=1), failed)
    assert held(replace(GOOD, runs=(before,))) == {}
    [found] = held(replace(GOOD, runs=(after, before))).values()
    assert found.occurrences == ("2",)
    silent = looked(Outcome.SILENT, Outcome.REFRESH_DUE)
    assert "failed run: raw/records" in held(replace(GOOD, looks=silent, runs=(before,)))


def test_columns_that_a_run_refuses_are_schema_drift() -> None:
    words = "missing: `disposition`. Let it through once with `cit refresh --accept columns`."
    [found] = held(replace(GOOD, runs=(Run("1", NOW, (Failure("raw/records", words),)),))).values()
    assert found.kind is Kind.SCHEMA_DRIFT
    rows = words.replace("columns", "rows")
    [found] = held(replace(GOOD, runs=(Run("1", NOW, (Failure("raw/records", rows),)),))).values()
    assert found.kind is Kind.FAILED_RUN


@pytest.mark.parametrize("runs", [None, ()])
def test_runs_and_ticks_that_are_not_known_are_not_judged(runs: tuple[Run, ...] | None) -> None:
    judged = judge(replace(GOOD, runs=runs, ticks=None))
    assert {Kind.FAILED_RUN, Kind.BLOCKING_CHECK, Kind.TICK_ERROR} & judged.kinds == set()
    assert Kind.SILENT_SOURCE in judged.kinds


def test_a_sensor_in_error_is_named_with_its_error_while_it_ticks() -> None:
    failed = tuple(Tick(NOW - timedelta(hours=n), "ValueError") for n in range(3))
    [found] = held(replace(GOOD, ticks={"source": (*failed, Tick(NOW - timedelta(hours=4)))})).values()
    assert (found.kind, found.place, len(found.occurrences)) == (Kind.TICK_ERROR, "source", 3)
    assert "ValueError" in found.words
    long_ago = tuple(replace(tick, at=tick.at - timedelta(days=3)) for tick in failed)
    assert held(replace(GOOD, ticks={"source": long_ago, "alerts": ()})) == {}
