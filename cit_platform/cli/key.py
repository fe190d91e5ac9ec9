"""`cit key`: the key of the officers' pseudonyms, which is never printed."""

from pathlib import Path
from typing import Annotated

import typer

from cit_platform.cli.app import app, exit_on_user_error, prepared_settings, print_line

key_app = typer.Typer(help="The key of the officers' pseudonyms; it is never printed.", no_args_is_help=True)
app.add_typer(key_app, name="key")


@key_app.command()
def new() -> None:
    """Give the home another key: every officer gets another pseudonym, and the next refresh recomputes everything.

    The key is CIT_PSEUDONYM_KEY where that is set, else a random one in the home. Histories of officers before and
    after do not join.
    """
    with exit_on_user_error():
        from cit_platform.storage.pseudonym_key import key_file, new_key
        from cit_platform.storage.run_lock import run_lock

        settings = prepared_settings()
        with run_lock(settings.home, "of cit key", print_line):
            former = new_key(settings)
        where = "CIT_PSEUDONYM_KEY" if settings.pseudonym_key else str(key_file(settings))
        print_line(
            f"The pseudonym key of {settings.home} is that of {where} from now on. Keep a copy, apart from the home."
        )
        if former:
            print_line(f"The former key is kept in {former}; remove it when no earlier result is needed any more.")
        print_line(
            "Every officer gets another pseudonym: histories of officers before and after do not join, and the next "
            "cit refresh recomputes everything."
        )


@key_app.command()
def restore(file: Annotated[Path, typer.Argument(help="The file in which the key was saved.")]) -> None:
    """Put a saved key back, once it was compared with the home's hash of it; no officer's pseudonym changes."""
    with exit_on_user_error():
        from cit_platform.storage.pseudonym_key import key_file, restore_key
        from cit_platform.storage.run_lock import run_lock

        settings = prepared_settings()
        with run_lock(settings.home, "of cit key", print_line):
            restore_key(settings, file)
        print_line(f"{key_file(settings)} holds the pseudonym key of this home again; nothing has to be recomputed.")
