"""`cit`: a file per group of commands, thin: each decides, calls the platform, and prints."""

from cit_platform.cli import (  # noqa: F401 - each adds its commands to the app
    alive,
    doctor,
    editions,
    key,
    maintain,
    metrics,
    pool,
    publish,
    refresh,
    serve,
    tables,
    ui,
)
from cit_platform.cli.app import app, main

__all__ = ["app", "main"]
