"""`cit`: refresh, show, sql, editions, doctor. Thin: it decides, calls Dagster, and prints."""

import json
import logging
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from cit_platform.settings import REPOSITORY, Settings, SettingsError, load_settings
from cit_platform.storage.home_folder import prepare_home

if TYPE_CHECKING:
    from cit_platform.sources.observation import Observation

app = typer.Typer(
    help="What CIT certification is associated with: refresh the platform, and look at what it holds.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
editions_app = typer.Typer(help="The published editions.", no_args_is_help=True)
app.add_typer(editions_app, name="editions")
out, err = Console(soft_wrap=True, highlight=False), Console(stderr=True, soft_wrap=True, highlight=False)

SHOWN_ROWS = 20
GUIDE = "What to do with each difference: docs/operations.md, “The first live run”."
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


@contextmanager
def told_plainly(debug: bool = False) -> Iterator[None]:
    """Errors as one paragraph on stderr and exit code 1; the traceback only on request."""
    try:
        yield
    except (typer.Exit, typer.Abort, KeyboardInterrupt):
        raise
    except Exception as error:
        if debug:
            traceback.print_exc()
        err.print(f"[bold red]Error:[/] {_paragraph(error)}", markup=True)
        raise typer.Exit(1) from None


def _paragraph(error: Exception) -> str:
    from rich.markup import escape

    known = type(error).__name__ in {
        "SettingsError",
        "SourceError",
        "LakeError",
        "ArchiveError",
        "CodebookError",
        "EditionRefused",
        "RefreshFailedError",
    }
    prefix = "" if known else f"{type(error).__name__}: "
    return escape(prefix + str(error).strip())


class RefreshFailedError(Exception):
    """A refresh that ended without a new edition; the message says which asset stopped it and why."""


def _ready() -> Settings:
    settings = load_settings()
    prepare_home(settings)
    return settings


@app.command()
def refresh(
    select: Annotated[
        str,
        typer.Option(help="Only these assets, in Dagster's selection syntax: 'key:\"clean/records\"', 'group:models'."),
    ] = "",
    debug: Debug = False,
) -> None:
    """Bring everything up to date and publish an edition, unless nothing changed."""
    with told_plainly(debug):
        settings = _ready()
        if select:
            _run(select, debug)
            return
        from cit_platform.automation.decision import decide
        from cit_platform.storage.run_lock import run_lock

        # Held from the decision to the end: what was decided is still true when the run begins.
        with run_lock(settings.home, "of cit refresh", _say):
            decision = decide(settings)
            if decision.run:
                _say(f"Refreshing {settings.source} in {settings.home}: {decision.reason}.")
                _keep_seen(settings, decision.observation)
                _run(select, debug, decision.fingerprint)
            else:
                _say(f"Skipped, no asset recomputed: {decision.reason}.")
        _print_findings(settings)


def _say(line: str) -> None:
    """Print a line as it is: paths and reasons may hold brackets."""
    out.print(line, markup=False)


def _keep_seen(settings: Settings, observation: "Observation") -> None:
    """Add the look at the source to the history of its asset, as the schedule and the sensor do."""
    import dagster as dg

    from cit_platform.assets.spd_crisis_data import seen

    with dg.DagsterInstance.get() as instance:
        for event in seen(observation, settings.today(), settings.agency, instance):
            instance.report_runless_asset_event(event)


def _run(select: str, debug: bool, fingerprint: str = "") -> None:
    import dagster as dg

    from cit_platform.automation.decision import FINGERPRINT_TAG
    from cit_platform.definitions import defs

    tags = {FINGERPRINT_TAG: fingerprint} if fingerprint else {}
    assets = _selected(defs, select) if select else None
    config: dict[str, Any] = {"loggers": {"console" if debug else "progress": {"config": {}}}}
    with dg.DagsterInstance.get() as instance:
        result = defs.resolve_job_def("refresh").execute_in_process(
            run_config=config, instance=instance, asset_selection=assets, raise_on_error=False, tags=tags
        )
    if not result.success:
        raise RefreshFailedError(_why(result))


def _selected(defs: Any, select: str) -> list[Any]:
    import dagster as dg

    graph = defs.resolve_asset_graph()
    selection = dg.AssetSelection.from_string(select)
    keys = [key for key in selection.resolve(graph) if key in graph.materializable_asset_keys]
    if not keys:
        known = ", ".join(sorted(key.to_user_string() for key in graph.materializable_asset_keys))
        raise RefreshFailedError(f"The selection {select!r} names no asset of this platform. Assets: {known}")
    return keys


def _why(result: Any) -> str:
    failures = [event for event in result.all_events if event.is_step_failure or event.is_failure]
    if not failures:
        return "the run failed without saying where; run again with --debug"
    event = failures[0]
    data = event.event_specific_data
    description = getattr(getattr(data, "user_failure_data", None), "description", None)
    if description:
        return f"{event.step_key.replace('__', '/')}: {description}"
    error = getattr(data, "error", None)
    message = error.cause.message if error and error.cause else (error.message if error else str(event.message))
    return f"{event.step_key}: {message.strip()} This is a defect of the platform; run again with --debug."


@app.command()
def show(
    table: Annotated[str, typer.Argument(help="A table, such as models/estimates.")],
    rows: Annotated[int, typer.Option(help="How many rows.")] = SHOWN_ROWS,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="raw/records only: the snapshot in force on this date, of the archive."
        ),
    ] = None,
    debug: Debug = False,
) -> None:
    """Show the first rows of a table."""
    with told_plainly(debug):
        from cit_platform.contracts import TABLES
        from cit_platform.storage.lake import LakeError

        if table not in TABLES:
            raise LakeError(f"There is no table {table!r}. Tables: {', '.join(TABLES)}")
        if as_of is not None:
            _print_archived(_ready(), table, as_of.date(), rows)
            return
        _print_query(_ready(), f"select * from {TABLES[table].relation} limit {int(rows)}")


def _print_archived(settings: Settings, table: str, day: date, rows: int) -> None:
    from cit_platform.engine.duckdb import bind_files
    from cit_platform.resources.home import engine_of
    from cit_platform.storage.archive import Archive, ArchiveError

    if table != "raw/records":
        raise ArchiveError(
            f"The archive keeps the snapshots of raw/records and no other table: cit show raw/records --as-of {day}. "
            f"What followed from one stands in the edition of that time: cit editions list."
        )
    entry = Archive(settings.home / "archive").in_force(day)
    with engine_of(settings).connection() as connection:
        bind_files(connection, "raw.records", [str(entry.records)])
        result = connection.execute(f"select * from raw.records limit {int(rows)}")
        _print_rows([column[0] for column in result.description or []], result.fetchall())
    err.print(f"Snapshot {entry.content_hash[:12]}, {entry.n_records:,} records, in force on {day}.", markup=False)


@app.command()
def sql(query: Annotated[str, typer.Argument(help="A select over the tables.")], debug: Debug = False) -> None:
    """Ask the tables in SQL; the current versions are bound in memory, so nobody is blocked."""
    with told_plainly(debug):
        _print_query(_ready(), query)


def _print_query(settings: Settings, query: str) -> None:
    from cit_platform.engine.duckdb import bind_files
    from cit_platform.resources.home import engine_of
    from cit_platform.storage.lake import Lake

    with engine_of(settings).connection() as connection:
        for path, version in Lake(settings.home).versions().items():
            bind_files(connection, path.replace("/", "."), version.files)
        result = connection.execute(query)
        columns = [column[0] for column in result.description or []]
        _print_rows(columns, result.fetchall())


def _print_rows(columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    if not out.is_terminal:
        import csv

        writer = csv.writer(sys.stdout)
        writer.writerow(columns)
        writer.writerows(rows)
        return
    grid = Grid(*columns)
    for row in rows:
        grid.add_row(*(Text("" if value is None else str(value)) for value in row))
    out.print(grid)


@editions_app.command("list")
def list_() -> None:
    """Every edition, oldest first."""
    with told_plainly():
        from cit_platform.publishing.edition import list_editions

        manifests = list_editions(_ready().home)
        fields = ("edition", "source", "rows_received", "rows_clean", "confirmatory", "demonstration")
        _print_rows(list(fields), [tuple(manifest[field] for field in fields) for manifest in manifests])


@editions_app.command("show")
def show_edition(edition: Annotated[str, typer.Argument(help="An edition, or 'latest'.")] = "latest") -> None:
    """The manifest of one edition."""
    with told_plainly():
        from cit_platform.publishing.edition import read_manifest

        root = _ready().home / "published"
        folder = root / "latest" if edition == "latest" else root / "editions" / Path(edition).name
        if not (folder / "manifest.json").is_file():
            raise SettingsError(f"There is no edition {edition!r} in {root}; `cit editions list` names them.")
        print(json.dumps(read_manifest(folder), indent=2))


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
    with told_plainly(debug):
        settings = _ready()
        if source:
            _survey(settings, as_json, debug)
        elif labels:
            _print_labels(settings)
        else:
            _print_state(settings)


def _print_state(settings: Settings) -> None:
    from cit_platform.automation.decision import decide
    from cit_platform.storage.lake import Lake
    from cit_platform.storage.run_lock import holder

    decision = decide(settings)
    lines = {
        "home": str(settings.home),
        "source": settings.source + (f" {settings.source_path}" if settings.source_path else ""),
        "as of": settings.today().isoformat(),
        "tables": str(len(Lake(settings.home).versions())),
        "run lock": holder(settings.home) or "free",
        "next refresh": ("would run: " if decision.run else "would skip: ") + decision.reason,
    }
    for name, value in lines.items():
        out.print(f"{name:<14}{value}", markup=False)


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
        _print_rows(columns, [(f.question, f.assumed, f.found or f.reason, f.verdict) for f in found.findings])
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
        print(*review.lines, sep="\n")
    known = "The codebook knows every disposition and initial call type of raw/records."
    waiting = f"{sum(len(review.lines) for review in reviews)} labels wait for review: see docs/mapping-a-label.md."
    err.print(waiting if reviews else known, markup=False)


@app.command()
def ui(port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 3000) -> None:
    """Dagster's web server and daemon for this home, with the nightly schedule on."""
    with told_plainly():
        _ready()
        os.chdir(REPOSITORY)
        dg = Path(sys.executable).with_name("dg")
        os.execv(dg, [str(dg), "dev", "--host", "127.0.0.1", "--port", str(port)])


def _print_findings(settings: Settings) -> None:
    latest = settings.home / "published" / "latest"
    if not latest.exists():
        return
    grid = Grid("Finding", "Estimate", "95 % interval", "n", "In words")
    for finding in json.loads((latest / "findings.json").read_text()):
        grid.add_row(*(Text(finding[field]) for field in ("what", "estimate", "interval", "n", "words")))
    out.print(grid)
    out.print(f"Page: {latest / 'index.html'}", markup=False)


def main() -> None:
    """Entry point of the command `cit`."""
    # The matrices are small: threads of linear algebra cost more than they give, above all beside other work.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    app()
