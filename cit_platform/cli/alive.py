"""`cit alive`: the dead man's switch, for a timer outside Dagster."""

from typing import Annotated

import typer

from cit_platform.cli.app import Debug, app, exit_on_user_error, print_line
from cit_platform.settings import load_settings


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
        from cit_platform.alerts.home_facts import home_facts
        from cit_platform.alerts.sending import send_due
        from cit_platform.automation.alive import judged_alive

        settings = load_settings()
        facts = home_facts(settings)
        judged = judged_alive(settings, facts, daemon)
        for condition in judged.holding:
            print_line(condition.words)
        for line in send_due(settings, judged, facts.now):
            print_line(f"Alerts: {line}")
        if judged.holding:
            raise typer.Exit(1)
        print_line("alive")
