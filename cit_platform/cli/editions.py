"""`cit editions`: the published editions, and what a person decides about them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from cit_platform.cli.app import (
    app,
    err,
    exit_on_user_error,
    opened_settings,
    prepared_settings,
    print_line,
    print_rows,
)
from cit_platform.settings import Settings

editions_app = typer.Typer(help="The published editions, and what is decided about them.", no_args_is_help=True)
app.add_typer(editions_app, name="editions")

Edition = Annotated[str, typer.Argument(help="An edition, or 'latest'.")]
Recompute = Annotated[
    bool,
    typer.Option(
        "--recompute",
        help="Compute the headlines again from the archived snapshots: how much of their change is owed to new "
        "records, to revised records, and to code, codebook, settings or versions. Takes some minutes.",
    ),
]


@editions_app.command("list")
def list_() -> None:
    """Every edition, oldest first, and the one that is held."""
    with exit_on_user_error():
        from cit_platform.storage.editions import held_editions, list_editions, unreadable_editions

        settings = opened_settings()
        fields = ("edition", "source", "rows_received", "rows_clean", "monthly", "demonstration")
        shown = [(m, _state(settings, m)) for m in list_editions(settings.home)]
        shown += [(m, "held") for m in held_editions(settings.home)]
        print_rows([*fields, "state"], [(*(m[field] for field in fields), state) for m, state in shown])
        for folder in unreadable_editions(settings.home):
            err.print(f"{folder} is not listed: its manifest is missing or damaged.", markup=False)


@editions_app.command("show")
def show_edition(edition: Edition = "latest") -> None:
    """The manifest of one edition."""
    with exit_on_user_error():
        from cit_platform.storage.editions import edition_folder
        from cit_platform.storage.manifest import read_manifest

        print(json.dumps(read_manifest(edition_folder(opened_settings().home, edition)), indent=2))


@editions_app.command("diff")
def diff(before: Edition, after: Edition = "latest", recompute: Recompute = False) -> None:
    """What changed between two editions: new records, revised records, code, codebook, settings, and the headlines."""
    with exit_on_user_error():
        from cit_platform.publishing.edition.difference import difference

        settings = opened_settings()
        found = difference(settings.home, before, after)
        for sentence in (found.opening, *found.sentences):
            print_line(sentence)
        print_rows(["what", "before", "after", "change"], [*found.rows])
        if recompute:
            from cit_platform.automation.recomputation import recomputed_headlines

            print_rows(["recomputed", "before", "after", "change"], [*recomputed_headlines(settings, before, after)])


@editions_app.command("rebuild")
def rebuild(edition: Edition = "latest") -> None:
    """Compute an edition again from its archived snapshot, beside the home, and compare it byte for byte."""
    with exit_on_user_error():
        from cit_platform.automation.rebuild import rebuild

        found = rebuild(opened_settings(), edition)
        for difference in found.differences:
            print_line(difference)
        if found.differences:
            raise typer.Exit(1)
        print_line(f"Equal: {found.n_files} files byte for byte, {found.n_tables} tables of cit.duckdb by hash.")


@editions_app.command("promote")
def promote(edition: Annotated[str, typer.Argument(help="A held edition.")]) -> None:
    """Publish a held edition: `latest` leads to it from now on."""
    with exit_on_user_error(), _alone("promote") as settings:
        from cit_platform.publishing.edition.force import promote

        print_line(f"In force: {promote(settings.home, edition) / 'index.html'}")


@editions_app.command("withdraw")
def withdraw(
    edition: Annotated[str, typer.Argument(help="A published edition.")],
    why: Annotated[str, typer.Option("--why", help="What readers are told, in one sentence.")],
) -> None:
    """Take an edition back: its page becomes a notice, its data go, and the one before it is in force again."""
    with exit_on_user_error(), _alone("withdraw") as settings:
        from datetime import UTC, datetime

        from cit_platform.publishing.edition.force import withdraw

        left = withdraw(settings.home, edition, why, datetime.now(UTC))
        print_line(f"Withdrawn: {edition}. In force: {left.name if left else 'no edition'}.")
        print_line("A refresh publishes again once source, code, codebook or settings differ, or with --force.")


@editions_app.command("prune")
def prune() -> None:
    """Remove the editions past CIT_RETENTION_EDITION_DAYS, as `cit maintain` does besides other things."""
    with exit_on_user_error(), _alone("prune") as settings:
        from cit_platform.automation.maintenance import remove_editions
        from cit_platform.errors import UserError
        from cit_platform.storage.editions import unreadable_editions

        unreadable = unreadable_editions(settings.home)
        if unreadable:
            raise UserError(f"Nothing was removed: the manifest of {unreadable[0]} is missing or damaged. Restore it.")
        names = remove_editions(settings)
        print_line(f"Removed: {', '.join(names) or 'no edition'}.")


@contextmanager
def _alone(what: str) -> Iterator[Settings]:
    """The settings, while no run writes."""
    from cit_platform.storage.run_lock import run_lock

    settings = prepared_settings()
    with run_lock(settings.home, f"of cit editions {what}", print_line):
        yield settings


def _state(settings: Settings, manifest: dict[str, object]) -> str:
    from cit_platform.storage.editions import is_withdrawn
    from cit_platform.storage.home_folder import HomeFolder

    if is_withdrawn(manifest):
        return "withdrawn"
    in_force = HomeFolder(settings.home).latest.resolve().name
    return "in force" if manifest["edition"] == in_force else "published"
