"""`cit editions`: the published editions."""

import json
from pathlib import Path
from typing import Annotated

import typer

from cit_platform.cli.app import app, err, exit_on_user_error, opened_settings, print_rows
from cit_platform.errors import UserError
from cit_platform.storage.home_folder import HomeFolder

editions_app = typer.Typer(help="The published editions.", no_args_is_help=True)
app.add_typer(editions_app, name="editions")


@editions_app.command("list")
def list_() -> None:
    """Every edition, oldest first."""
    with exit_on_user_error():
        from cit_platform.publishing.edition import list_editions, unreadable_editions

        home = opened_settings().home
        manifests = list_editions(home)
        fields = ("edition", "source", "rows_received", "rows_clean", "monthly", "demonstration")
        print_rows(list(fields), [tuple(manifest[field] for field in fields) for manifest in manifests])
        for folder in unreadable_editions(home):
            err.print(f"{folder} is not listed: its manifest is missing or damaged.", markup=False)


@editions_app.command("show")
def show_edition(edition: Annotated[str, typer.Argument(help="An edition, or 'latest'.")] = "latest") -> None:
    """The manifest of one edition."""
    with exit_on_user_error():
        from cit_platform.storage.manifest import read_manifest

        home = HomeFolder(opened_settings().home)
        folder = home.latest if edition == "latest" else home.editions / Path(edition).name
        if not (folder / "manifest.json").is_file():
            raise UserError(f"There is no edition {edition!r} in {home.published}; `cit editions list` names them.")
        print(json.dumps(read_manifest(folder), indent=2))
