"""`cit pool`: what the published editions of several agencies say together."""

from pathlib import Path
from typing import Annotated

import typer

from cit_platform.cli.app import Debug, app, exit_on_user_error, print_line


@app.command()
def pool(
    homes: Annotated[list[Path], typer.Argument(metavar="HOME...", help="Homes of two agencies or more.")],
    to: Annotated[
        Path | None, typer.Option("--to", help="Folder for the page with the forest plot and for the table.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Combine the agencies' headline estimates of force: their mean, how far they differ, where one more would lie.

    Reads the edition in force of each home and writes in none.
    """
    with exit_on_user_error(debug):
        from cit_platform.publishing.pooled import pooled_report, read_agencies, write_folder

        report = pooled_report(read_agencies(homes))
        for paragraph in filter(None, (report.banner, *report.paragraphs)):
            print_line(paragraph)
        if to is not None:
            page, table = write_folder(report, to)
            print_line(f"Page: {page}")
            print_line(f"Table: {table}")
