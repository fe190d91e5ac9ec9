"""`cit alive`: the dead man's switch, for a timer outside Dagster."""

import os
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from cit_platform.alerts.condition import Condition, Judged, Kind
from cit_platform.alerts.home_facts import home_facts
from cit_platform.alerts.rules import Facts
from cit_platform.alerts.sending import send_due
from cit_platform.cli.app import Debug, app, exit_on_user_error, print_line
from cit_platform.settings import Settings, load_settings
from cit_platform.storage.source_looks import Outcome


@app.command()
def alive(
    daemon: Annotated[bool, typer.Option("--daemon", help="A daemon is expected: ask for its heartbeat too.")] = False,
    debug: Debug = False,
) -> None:
    """Whether this home is looked after: for a timer outside Dagster, which nobody watches otherwise.

    Exit code 0 if an edition, or a look that found nothing new, is younger than CIT_ALIVE_HOURS and, with --daemon,
    the daemon's heartbeat is fresh; else 1, and an alert by the channels that CIT_ALERT_… sets.
    """
    with exit_on_user_error(debug):
        settings = load_settings()
        facts = home_facts(settings)
        found = (_nothing_good(settings, facts), _no_daemon(settings, facts) if daemon else None)
        holding = tuple(condition for condition in found if condition)
        kinds = {Kind.NOTHING_GOOD, *([Kind.DAEMON] if daemon else [])}
        for condition in holding:
            print_line(condition.words)
        for line in send_due(settings, Judged(holding, frozenset(kinds)), facts.now):
            print_line(f"Alerts: {line}")
        if holding:
            raise typer.Exit(1)
        print_line("alive")


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
