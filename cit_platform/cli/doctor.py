"""`cit doctor`: the health of a home, and whether the source is what the platform was built for."""

import json
import logging
import sys
from typing import Annotated

import typer

from cit_platform.cli.app import Debug, app, err, exit_on_user_error, opened_settings, print_line, print_rows
from cit_platform.printable import printable
from cit_platform.settings import Settings, SettingsError

# A probe tells them apart; 2 is a wrong use of the command.
EXIT_CODES = {"DEFECT": 1, "DEGRADED": 3}
GUIDE = "What to do with each difference: docs/first-live-run.md."


@app.command()
def doctor(
    source: Annotated[
        bool, typer.Option("--source", help="Survey the live portal: what it holds, what we assumed.")
    ] = False,
    labels: Annotated[
        bool, typer.Option("--labels", help="Write labels that the codebook lacks as CSV lines.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="What was found, as JSON.")] = False,
    daemon: Annotated[bool, typer.Option("--daemon", help="A daemon is expected: ask for its heartbeat too.")] = False,
    debug: Debug = False,
) -> None:
    """The health of this home, which is only read; with --source, whether the live portal is what we were built for.

    Exit code 0: healthy, what is noted is in order. 3: degraded, what is published is whole and somebody has to look.
    1: a defect, something is lost, altered or refused, or the next refresh cannot run. With --source: 0 where all is as
    assumed, 1 where anything differs, could not be asked, or failed.
    """
    if source and labels:
        raise typer.BadParameter("choose one of --source and --labels")
    if as_json and labels:
        raise typer.BadParameter("--json does not go with --labels")
    with exit_on_user_error(debug):
        settings = opened_settings()
        if source:
            _survey(settings, as_json, debug)
        elif labels:
            _print_labels(settings)
        else:
            _print_health(settings, as_json, daemon)


def _print_health(settings: Settings, as_json: bool, is_daemon_expected: bool) -> None:
    from cit_platform.cli.health import Level, health_facts

    facts = health_facts(settings, is_daemon_expected)
    worst = max(fact.level for fact in facts)
    state = {Level.DEFECT: "defect", Level.DEGRADED: "degraded"}.get(worst, "healthy")
    if as_json:
        listed = [
            {"name": fact.name, "level": fact.level.name.lower(), "words": fact.words, "numbers": dict(fact.numbers)}
            for fact in facts
        ]
        print(json.dumps({"state": state, "facts": listed}, indent=2, ensure_ascii=False))
    else:
        for fact in facts:
            mark = f"{fact.level.name}: " if fact.level >= Level.DEGRADED and fact.name != "damaged" else ""
            print_line(f"{fact.name:<14}{mark}{printable(fact.words)}")
    if worst >= Level.DEGRADED:
        err.print(f"This home is not healthy: {state}. What to do: docs/operations.md.", markup=False)
        raise typer.Exit(EXIT_CODES[worst.name])


def _survey(settings: Settings, as_json: bool, debug: bool) -> None:
    if settings.source != "socrata":
        raise SettingsError(
            f"CIT_SOURCE is {settings.source}: there is no portal to survey. Ask the live one with CIT_SOURCE=socrata "
            "cit doctor --source; it gets a home of its own."
        )
    from cit_platform.codebook.agency import DEFAULT_AGENCY
    from cit_platform.codebook.vocabulary import vocabulary_of
    from cit_platform.refresh.source import live_source
    from cit_platform.sources.socrata.survey import survey

    if settings.agency != DEFAULT_AGENCY:
        raise SettingsError(
            f"CIT_AGENCY is {settings.agency}: what we assume of a live source is written down for {DEFAULT_AGENCY} "
            "alone. cit refresh checks columns, types and labels of any."
        )
    # What could not be asked says why in its own line.
    logging.getLogger("cit_platform.sources").setLevel(logging.DEBUG if debug else logging.ERROR)
    found = survey(live_source(settings), vocabulary_of(settings.agency), settings.today())
    if as_json:
        print(json.dumps(found.as_json(), indent=2, ensure_ascii=False))
    else:
        columns = ["Question", "Assumed", "Found", "Verdict"]
        print_rows(columns, [(f.question, f.assumed, f.found or f.reason, f.verdict) for f in found.findings])
    verdicts = ", ".join(f"{n} {verdict}" for verdict, n in found.counts().items())
    err.print(f"{found.address}, dataset {found.dataset}: {verdicts}. {GUIDE}", markup=False)
    if not found.is_as_assumed:
        raise typer.Exit(1)


def _print_labels(settings: Settings) -> None:
    from cit_platform.codebook.review import REVIEWED, labels_to_review
    from cit_platform.storage.lake import Lake

    frame = Lake(settings.home).frame("raw/records", list(REVIEWED))
    values = {field: [(str(text), int(n)) for text, n in frame[field].value_counts().items()] for field in REVIEWED}
    reviews = labels_to_review(settings.agency, values)
    for review in reviews:
        print(f"# {review.field}: lines for codebook/{settings.agency}/{review.file}")
        print(*(map(printable, review.lines) if sys.stdout.isatty() else review.lines), sep="\n")
    known = "The codebook knows every label of raw/records that is a level of the models."
    waiting = f"{sum(len(review.lines) for review in reviews)} labels wait for review: see docs/mapping-a-label.md."
    err.print(waiting if reviews else known, markup=False)
