"""`cit refresh`: bring everything up to date, and print what was found."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cit_platform.cli.app import Debug, app, exit_on_user_error, prepared_settings, print_line
from cit_platform.errors import UserError, paragraph_of
from cit_platform.resources.run_tags import ACCEPT_TAG, FORCE_TAG, LAUNCHED_BY_TAG, REASON_TAG, lock_tag
from cit_platform.settings import Settings
from cit_platform.storage.home_folder import HomeFolder

if TYPE_CHECKING:
    from dagster_shared.error import SerializableErrorInfo

    from cit_platform.automation.decision import Decision


LAUNCHED_BY = "cit refresh"
# Exit code where an edition was built and is held.
HELD = 3
# How Dagster labels the runs of a code location, with whose jobs its web page then lists them.
LOCATION_TAGS = {".dagster/repository": "__repository__@cit_platform"}


class Change(StrEnum):
    """What may be let through once: see the message that refuses it."""

    ROWS = "rows"
    COLUMNS = "columns"
    TYPES = "types"
    EXCLUSIONS = "exclusions"
    LABELS = "labels"


class RefreshFailedError(UserError):
    """A refresh that ended without a new edition; the message says which asset stopped it and why."""


@app.command()
def refresh(
    select: Annotated[
        str,
        typer.Option(help="Only these assets, in Dagster's selection syntax: 'key:\"clean/records\"', 'group:models'."),
    ] = "",
    accept: Annotated[
        list[Change] | None,
        typer.Option(help="Let a change of the source through that is refused, this once; may be given again."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Compute everything anew and publish an edition, also if nothing changed.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Bring everything up to date and publish an edition, unless nothing changed.

    Ends with 3 where the edition is held: a headline changed its sign or left the interval of the one in force.
    """
    accepted = sorted(accept or [])
    with exit_on_user_error(debug):
        settings = prepared_settings()
        with _recorded_at_the_end(settings):
            _refresh(settings, select, debug, accepted, force)
        if not select:
            _print_findings(settings)
            _end_if_held(settings)


def _refresh(settings: Settings, select: str, debug: bool, accepted: list[Change], force: bool) -> None:
    """What is selected, whatever its state; without a selection all, if it is due."""
    from cit_platform.automation.look import look
    from cit_platform.storage.pseudonym_key import establish_key
    from cit_platform.storage.run_lock import run_lock

    # Held from the decision to the end: what was decided is still true when the run begins.
    with run_lock(settings.home, "of cit refresh", print_line) as hold:
        establish_key(settings)
        if select:
            _run(settings, hold, select, debug, accepted, {REASON_TAG: f"by hand: {select}"})
            return
        decision = look(settings)
        if force:
            reason = decision.reason if decision.run else "asked for with --force"
            decision = replace(decision, run=True, reason=reason)
        if not decision.run:
            print_line(f"Skipped, no asset recomputed: {decision.reason}.")
            return
        print_line(f"Refreshing {settings.source} in {settings.home}: {decision.reason}.")
        _keep_observation(settings, decision)
        forced = {FORCE_TAG: "true"} if force else {}
        _run(settings, hold, select, debug, accepted, decision.tags(LAUNCHED_BY) | forced)


@contextmanager
def _recorded_at_the_end(settings: Settings) -> Iterator[None]:
    """Keep what the run gave, and evaluate the alerts, whether what is done within went well or not."""
    try:
        yield
    finally:
        from cit_platform.automation.evaluation import evaluate_alerts
        from cit_platform.automation.run_history import record_ended_runs
        from cit_platform.automation.status import record_status

        for line in (*record_ended_runs(settings), *record_status(settings)):
            print_line(f"Not recorded: {line}")
        for line in evaluate_alerts(settings):
            print_line(f"Alerts: {line}")


def _keep_observation(settings: Settings, decision: "Decision") -> None:
    """Add the look at the source to the history of its asset, as the schedule and the sensor do."""
    import dagster as dg

    from cit_platform.assets.source_answers import answer_event
    from cit_platform.assets.spd_crisis_data import observation_events

    with dg.DagsterInstance.get() as instance:
        observed = observation_events(
            decision.observation, decision.fingerprint.source, settings.today(), settings.agency, instance
        )
        for event in (*observed, answer_event()):
            instance.report_runless_asset_event(event)


def _run(settings: Settings, hold: str, select: str, debug: bool, accept: list[Change], tags: dict[str, str]) -> None:
    """Run in this process, which holds the lock under `hold`; Dagster never queues such a run.

    The run says from its first moment that it has the lock, so that it is known as killed whenever that happens.
    """
    from cit_platform.automation.kept_connections import instance_of_a_run
    from cit_platform.automation.killed_runs import close_killed_runs
    from cit_platform.definitions import defs

    run_id = str(uuid.uuid4())
    own = {**LOCATION_TAGS, LAUNCHED_BY_TAG: LAUNCHED_BY, **lock_tag(settings.home, hold, run_id)}
    tags = {**tags, **own, **({ACCEPT_TAG: ", ".join(accept)} if accept else {})}
    assets = _selected(defs, select) if select else None
    config: dict[str, Any] = {
        "loggers": {"console" if debug else "progress": {"config": {}}},
        "resources": {"home": {"config": {"accept": [str(change) for change in accept]}}},
    }
    with instance_of_a_run() as instance:
        for line in close_killed_runs(instance, settings.home):
            print_line(line)
        result = defs.resolve_job_def("refresh").execute_in_process(
            run_config=config, instance=instance, asset_selection=assets, raise_on_error=False, tags=tags, run_id=run_id
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
    known = _paragraph(error)
    if known:
        return f"{event.step_key.replace('__', '/')}: {known}" if event.step_key else known
    message = error.cause.message if error and error.cause else (error.message if error else str(event.message))
    return f"{event.step_key}: {message.strip()} This is a defect of the platform; run again with --debug."


def _paragraph(error: "SerializableErrorInfo | None") -> str | None:
    """What a person can do about the error of a run, if its chain tells; outside of assets only its text is left."""
    from cit_platform.resources.failures import interruption

    while error is not None:
        if error.cls_name == "Failure":
            return error.message.partition(": ")[2].strip()
        paragraph = interruption(error) or paragraph_of(error.message)
        if paragraph:
            return paragraph
        error = error.cause or error.context
    return None


def _end_if_held(settings: Settings) -> None:
    """Say that an edition waits for a person, and end with an exit code of its own."""
    from cit_platform.storage.editions import held_editions

    held = held_editions(settings.home)
    if not held:
        return
    name, folder = held[-1]["edition"], HomeFolder(settings.home).held
    print_line(f"Held, not published: edition {name}. {' '.join(held[-1]['volatile']['held'])}")
    print_line(
        f"Read {folder / name / 'index.html'} and `cit editions diff latest {name}`; then publish it with "
        f"`cit editions promote {name}`, or mend what moved the headline and refresh. The edition in force stays."
    )
    raise typer.Exit(HELD)


def _print_findings(settings: Settings) -> None:
    """The headlines and the warnings of the edition in force, and where all the rest stands."""
    from cit_platform.publishing.edition.hold import HEADLINES, findings_of
    from cit_platform.storage.manifest import read_manifest

    latest = HomeFolder(settings.home).latest
    if not latest.exists():
        return
    found = {finding["key"]: finding for finding in findings_of(latest)}
    for key in HEADLINES:
        if key in found:
            print_line(found[key]["sentence"])
    warned = [f"{check['table']}: {check['name']}" for check in read_manifest(latest)["checks"] if not check["passed"]]
    if warned:
        print_line(f"Warnings: {'; '.join(warned)}")
    print_line(f"All {len(found)} findings: {latest / 'findings.json'}")
    print_line(f"Page: {latest / 'index.html'}")
