"""`cit ui`: Dagster's web server and daemon for this home."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from cit_platform.cli.app import app, exit_on_user_error, prepared_settings
from cit_platform.settings import REPOSITORY


@app.command()
def ui(port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 3000) -> None:
    """Dagster's web server and daemon for this home, with the nightly schedule on."""
    with exit_on_user_error():
        prepared_settings()
        os.chdir(REPOSITORY)
        dg = Path(sys.executable).with_name("dg")
        os.execv(dg, [str(dg), "dev", "--host", "127.0.0.1", "--port", str(port)])
