"""Whether a home is looked after, judged without Dagster: its editions and looks, and the daemon's heartbeat."""

import os
from datetime import UTC, datetime, timedelta

from cit_platform.alerts.condition import Condition, Judged, Kind
from cit_platform.alerts.rules import Facts
from cit_platform.settings import Settings
from cit_platform.storage.source_looks import Outcome


def judged_alive(settings: Settings, facts: Facts, with_daemon: bool) -> Judged:
    """What is wrong with a home, or nothing; of the daemon only where one is expected."""
    found = (_nothing_good(settings, facts), _no_daemon(settings, facts) if with_daemon else None)
    kinds = {Kind.NOTHING_GOOD, *([Kind.DAEMON] if with_daemon else [])}
    return Judged(tuple(condition for condition in found if condition), frozenset(kinds))


def _nothing_good(settings: Settings, facts: Facts) -> Condition | None:
    """That neither an edition nor a look that found nothing new is young enough."""
    good = [look.moment for look in facts.looks if look.outcome is Outcome.NOTHING_NEW]
    last = max([*good, *([facts.edition.built_at] if facts.edition else [])], default=None)
    # A clock that was set back leaves times to come: they are no sign of life.
    if last and timedelta(minutes=-5) <= facts.now - last <= timedelta(hours=settings.alive_hours):
        return None
    since = f"since {_utc(last)}" if last else "yet"
    words = (
        f"No edition and no look that found nothing new {since}; the bound is {settings.alive_hours} hours "
        "(CIT_ALIVE_HOURS)."
    )
    return Condition(Kind.NOTHING_GOOD, "", words, (facts.today.isoformat(),))


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _no_daemon(settings: Settings, facts: Facts) -> Condition | None:
    from cit_platform.automation.heartbeat import daemon_fault

    os.environ.setdefault("DAGSTER_HOME", str(settings.dagster_home))
    fault = daemon_fault()
    return Condition(Kind.DAEMON, "", fault, (facts.today.isoformat(),), "deployment/daemons") if fault else None
