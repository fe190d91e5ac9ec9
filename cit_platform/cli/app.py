"""The command itself: its options, how it prints, and what becomes of an error."""

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid
from rich.text import Text

from cit_platform.errors import UserError, mendable_errors_named
from cit_platform.printable import printable
from cit_platform.settings import Settings, load_settings
from cit_platform.storage.home_folder import open_home, prepare_home

app = typer.Typer(
    help="What CIT certification is associated with: refresh the platform, and look at what it holds.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
out, err = Console(soft_wrap=True, highlight=False), Console(stderr=True, soft_wrap=True, highlight=False)

Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


@contextmanager
def exit_on_user_error(debug: bool = False) -> Iterator[None]:
    """Errors as one paragraph on stderr and exit code 1; the traceback only on request."""
    try:
        with mendable_errors_named():
            yield
    except (typer.Exit, typer.Abort, KeyboardInterrupt, BrokenPipeError):
        # Click ends in silence where whoever read a pipe has left, as in `cit editions show ... | head`.
        raise
    except Exception as error:
        if debug:
            traceback.print_exc()
        kind = "" if isinstance(error, UserError) else f"{type(error).__name__}: "
        lines = "\n".join(map(printable, str(error).strip().splitlines()))
        err.print(f"[bold red]Error:[/] {escape(kind + lines)}", markup=True)
        raise typer.Exit(1) from None


def prepared_settings() -> Settings:
    """The settings, with their home ready to be used; says where Dagster's instance is, if not in the home."""
    settings = load_settings()
    prepare_home(settings)
    own = settings.home / "dagster"
    if settings.dagster_home != own:
        err.print(f"Dagster's instance: {settings.dagster_home}, as DAGSTER_HOME says, not {own}.", markup=False)
    return settings


def opened_settings() -> Settings:
    """The settings, for a command that only reads: nothing is made."""
    settings = load_settings()
    open_home(settings)
    return settings


def print_line(line: str) -> None:
    """Print a line as it is: paths and reasons may hold brackets."""
    out.print(line, markup=False)


def print_rows(columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    """Rows as a printable grid for a person, as CSV to the letter for a pipe."""
    if not out.is_terminal:
        import csv

        writer = csv.writer(sys.stdout)
        writer.writerow(columns)
        writer.writerows(rows)
        return
    grid = Grid()
    for name in columns:
        grid.add_column(Text(printable(name)))
    for row in rows:
        grid.add_row(*(Text("" if value is None else printable(str(value))) for value in row))
    out.print(grid)


def main() -> None:
    """Entry point of the command `cit`."""
    # The matrices are small: threads of linear algebra cost more than they give, above all beside other work.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    app()
