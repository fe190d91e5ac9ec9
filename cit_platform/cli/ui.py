"""`cit ui`: Dagster's web server behind a guard, its daemon, and the page, for this home."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cit_platform.cli.app import app, exit_on_user_error, prepared_settings, print_line
from cit_platform.cli.serve import page_port, pages
from cit_platform.cli.web_server import PortTakenError, listening, web_server
from cit_platform.settings import REPOSITORY, Settings
from cit_platform.storage.home_folder import HomeFolder

if TYPE_CHECKING:
    import uvicorn

    from cit_platform.cli.web_guard import WebGuard

WORKSPACE = REPOSITORY / "workspace.yaml"
# Besides Dagster's own policy: nobody frames the page, and no image of it tells another server that it was looked at.
UI_POLICY = "frame-ancestors 'none'; img-src 'self' data:"
SECONDS_TO_STOP = 60


@app.command()
def ui(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 3000,
    read_only: Annotated[bool, typer.Option("--read-only", help="Nobody can launch, stop or change anything.")] = False,
    daemon: Annotated[bool, typer.Option(help="Dagster's daemon too; a service of its own may run it.")] = True,
) -> None:
    """Dagster's web server and daemon for this home, with the nightly schedule on, and the page beside them."""
    with exit_on_user_error():
        settings = prepared_settings()
        os.chdir(REPOSITORY)
        # As an interrupt does: the daemon and the code server are stopped too.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        opened = listening(port)
        _say_what_will_be(settings, port, daemon)
        with _dagster(settings, port, read_only) as guarded, _page_served(settings):
            server = web_server(guarded)
            with _daemon(server) if daemon else contextlib.nullcontext():
                server.run(sockets=[opened])


def _say_what_will_be(settings: Settings, port: int, daemon: bool) -> None:
    print_line(f"Dagster: http://127.0.0.1:{port}")
    if daemon and not HomeFolder(settings.home).latest.exists():
        print_line(
            f"{settings.home} has no edition yet: within a minute the sensor `source` starts the first refresh by "
            "itself, see Runs. Switch it off under Automation to refresh by hand."
        )


@contextlib.contextmanager
def _dagster(settings: Settings, port: int, read_only: bool) -> "Iterator[WebGuard]":
    """Dagster's web application behind the guard; its code server lives as long."""
    import dagster as dg
    from dagster._core.workspace.context import WorkspaceProcessContext
    from dagster._core.workspace.load_target import WorkspaceFileTarget
    from dagster_webserver.app import create_app_from_workspace_process_context

    from cit_platform.cli.web_guard import WebGuard, origins

    workspace = WorkspaceFileTarget(paths=[str(WORKSPACE)])
    with (
        dg.DagsterInstance.get() as instance,
        WorkspaceProcessContext(
            instance,
            version=dg.__version__,
            read_only=read_only,
            workspace_load_target=workspace,
            code_server_log_level="warning",
        ) as process,
    ):
        instance.optimize_for_webserver(statement_timeout=15_000, pool_recycle=3600, max_overflow=20)
        web = create_app_from_workspace_process_context(process, live_data_poll_rate=2000)
        yield WebGuard(web, origins(port, settings.ui_url), UI_POLICY, _refusal)


def _refusal(method: str, path: str) -> str | None:
    """Dagster executes mutations by GET, which any image on any page can send."""
    asks = path.rstrip("/").endswith("/graphql") and method != "POST"
    return "GraphQL is answered to POST only." if asks else None


@contextlib.contextmanager
def _page_served(settings: Settings) -> Iterator[None]:
    """The editions served beside, unless something (`cit serve`) listens there already."""
    port = page_port(settings)
    try:
        opened = listening(port)
    except PortTakenError:
        print_line(f"The page: port {port} is taken, by cit serve perhaps; CIT_SERVE_URL names another.")
        yield
        return
    print_line(f"The page: http://127.0.0.1:{port}/latest/")
    server = web_server(pages(settings, port))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [opened]})
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


@contextlib.contextmanager
def _daemon(server: "uvicorn.Server") -> Iterator[None]:
    """Dagster's daemon beside the web server: neither outlives the other."""
    command = [str(Path(sys.executable).with_name("dagster-daemon")), "run", "-w", str(WORKSPACE)]
    process = subprocess.Popen([*command, "--log-level", "warning"])

    def stop_with_it() -> None:
        process.wait()
        if not server.should_exit:
            print_line(f"Dagster's daemon ended with code {process.returncode}; the web server stops too.")
            server.should_exit = True

    threading.Thread(target=stop_with_it, daemon=True).start()
    try:
        yield
    finally:
        server.should_exit = True
        process.terminate()
        try:
            process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            process.kill()
