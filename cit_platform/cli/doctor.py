"""`cit doctor`: whether this home can be refreshed, and whether the source is what the platform was built for."""

import json
import logging
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from cit_platform.cli.app import Debug, app, err, exit_on_user_error, opened_settings, print_line, print_rows
from cit_platform.contracts import TABLES
from cit_platform.printable import printable
from cit_platform.settings import Settings, SettingsError

if TYPE_CHECKING:
    from cit_platform.storage.lake import Lake

GUIDE = "What to do with each difference: docs/first-live-run.md."


@app.command()
def doctor(
    source: Annotated[
        bool, typer.Option("--source", help="Survey the live portal: what it holds, what we assumed.")
    ] = False,
    labels: Annotated[
        bool, typer.Option("--labels", help="Write labels that the codebook lacks as CSV lines.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --source: the survey as JSON.")] = False,
    debug: Debug = False,
) -> None:
    """Whether this home can be refreshed; with --source, whether the live portal is what the platform was built for.

    Exit code 0 where all is well; 1 where anything differs, could not be asked, or failed.
    """
    if source and labels:
        raise typer.BadParameter("choose one of --source and --labels")
    if as_json and not source:
        raise typer.BadParameter("--json goes with --source")
    with exit_on_user_error(debug):
        settings = opened_settings()
        if source:
            _survey(settings, as_json, debug)
        elif labels:
            _print_labels(settings)
        else:
            _print_state(settings)


def _print_state(settings: Settings) -> None:
    """What is known goes first, so that a fault which stops the decision leaves it readable."""
    from cit_platform.automation.decision import decide
    from cit_platform.storage.checksums import edition_damage
    from cit_platform.storage.home_folder import HomeFolder, open_to_others
    from cit_platform.storage.lake import Lake
    from cit_platform.storage.run_lock import holder

    _print_fact("home", str(settings.home))
    _print_fact("source", settings.source + (f" {settings.source_path}" if settings.source_path else ""))
    _print_fact("as of", settings.today().isoformat())
    lake = Lake(settings.home)
    _print_fact("tables", str(sum(lake.exists(path) for path in TABLES)))
    latest = HomeFolder(settings.home).latest
    _print_fact("edition", latest.resolve().name if latest.exists() else "none yet")
    lost = edition_damage(latest) if latest.exists() else ()
    for damage in (*_damage(lake), *(f"edition: {phrase}" for phrase in lost)):
        _print_fact("damaged", damage)
    readable = open_to_others(HomeFolder(settings.home))
    if readable:
        said = f"{len(readable)} paths, such as {readable[0]}; the next refresh closes them"
        _print_fact("open to others", said)
    _print_fact("run lock", holder(settings.home) or "free")
    decision = decide(settings)
    _print_fact("next refresh", ("would run: " if decision.run else "would skip: ") + decision.reason)


def _print_fact(name: str, value: str) -> None:
    print_line(f"{name:<14}{value}")


def _damage(lake: "Lake") -> list[str]:
    """Each damaged table, with the way out."""
    from cit_platform.storage.lake import DamagedTableError

    found = []
    for path in filter(lake.exists, TABLES):
        try:
            lake.verified(path)
        except DamagedTableError as damaged:
            found.append(str(damaged))
    return found


def _survey(settings: Settings, as_json: bool, debug: bool) -> None:
    if settings.source != "socrata":
        raise SettingsError(
            f"CIT_SOURCE is {settings.source}: there is no portal to survey. Ask the live one with CIT_SOURCE=socrata "
            "cit doctor --source; it gets a home of its own."
        )
    from cit_platform.codebook.vocabulary import vocabulary_of
    from cit_platform.refresh.source import live_source
    from cit_platform.sources.socrata.survey import survey

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
