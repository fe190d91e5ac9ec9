"""`cit metrics`: the numbers of the home's health, for Prometheus."""

from pathlib import Path
from typing import Annotated

import typer

from cit_platform.cli.app import Debug, app, exit_on_user_error, opened_settings


@app.command()
def metrics(
    file: Annotated[Path | None, typer.Argument(help="Write there, whole or not at all; else to the console.")] = None,
    debug: Debug = False,
) -> None:
    """What `cit doctor` knows in numbers, as Prometheus' text format: for a timer and a text file collector."""
    with exit_on_user_error(debug):
        from cit_platform.cli.health import health_facts
        from cit_platform.cli.health.metrics import prometheus_text
        from cit_platform.storage.files import write_whole

        text = prometheus_text(health_facts(opened_settings()))
        if file is None:
            print(text, end="")
        else:
            write_whole(file, text)
            # The collector is another user.
            file.chmod(0o644)
