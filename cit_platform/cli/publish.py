"""`cit publish`: the editions copied to where a static host reads them."""

from pathlib import Path
from typing import Annotated

import typer

from cit_platform.cli.app import app, exit_on_user_error, prepared_settings, print_line


@app.command()
def publish(
    to: Annotated[Path, typer.Option("--to", help="Folder of a static host, or a git worktree, which is committed.")],
) -> None:
    """Copy the published editions and `latest` to a folder; what is held stays here, notices of withdrawal go too."""
    with exit_on_user_error():
        from cit_platform.publishing.edition.static_host import copy_editions
        from cit_platform.storage.run_lock import run_lock

        settings = prepared_settings()
        with run_lock(settings.home, "of cit publish", print_line):
            done = copy_editions(settings.home, to.expanduser().absolute())
        parts = {"added": done.added, "replaced by a notice": done.replaced, "removed": done.removed}
        said = [f"{what}: {', '.join(names)}" for what, names in parts.items() if names]
        print_line(f"{'; '.join(said) or 'Nothing to add'}. {to / 'latest' / 'index.html'}")
        if done.commit:
            print_line(f"Committed as {done.commit[:12]}; push it to publish it.")
