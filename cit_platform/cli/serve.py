"""`cit serve`: the published editions on loopback, to read and nothing else."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote, urlsplit

import typer

from cit_platform.cli.app import app, exit_on_user_error, opened_settings, print_line
from cit_platform.cli.web_server import listening, web_server
from cit_platform.settings import Settings
from cit_platform.storage.home_folder import HomeFolder

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from cit_platform.cli.web_guard import WebGuard

# The page draws its figures with scripts of its own folder and of its own text, and fetches nothing from elsewhere.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data: "
    "blob:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# What a static host sends with figures instead: others may frame them. On loopback nobody has to.
FIGURE_POLICY = PAGE_POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")


@app.command()
def serve(
    port: Annotated[int | None, typer.Option(help="Port on 127.0.0.1; that of CIT_SERVE_URL if not given.")] = None,
) -> None:
    """The page in force and every edition, read-only, on this machine: `latest` leads to the edition in force."""
    with exit_on_user_error():
        settings = opened_settings()
        chosen = port or page_port(settings)
        opened = listening(chosen)
        print_line(f"The page: http://127.0.0.1:{chosen}/latest/")
        web_server(pages(settings, chosen)).run(sockets=[opened])


def page_port(settings: Settings) -> int:
    """The port that CIT_SERVE_URL names, else that of its default: a proxy's address names none."""
    default = urlsplit(str(Settings.model_fields["serve_url"].default)).port
    assert default is not None
    return urlsplit(settings.serve_url).port or default


def pages(settings: Settings, port: int) -> "WebGuard":
    """The application that serves a home's editions under `/editions/<edition>/` and leads `/latest/` there.

    A reader of `/latest/` gets all parts from one edition, whenever the link switches.
    """
    from starlette.applications import Starlette
    from starlette.routing import Mount, Route
    from starlette.staticfiles import StaticFiles

    from cit_platform.cli.web_guard import WebGuard, origins

    home = HomeFolder(settings.home)

    async def latest(request: "Request") -> "Response":
        return _redirect_to_latest(home.latest, request.path_params.get("path", ""))

    editions = StaticFiles(directory=home.editions, html=True, check_dir=False)
    routes = [Mount("/editions", editions), *(Route(path, latest) for path in ("/", "/latest", "/latest/{path:path}"))]
    return WebGuard(Starlette(routes=routes), origins(port, settings.serve_url), PAGE_POLICY, _refusal)


def _redirect_to_latest(latest: Path, path: str) -> "Response":
    from starlette.responses import PlainTextResponse, RedirectResponse

    if not latest.exists():
        return PlainTextResponse("There is no edition yet: `make refresh` publishes the first.\n", 404)
    return RedirectResponse(f"/editions/{latest.resolve().name}/{quote(path)}", 302, {"Cache-Control": "no-store"})


def _refusal(method: str, path: str) -> str | None:
    if method not in {"GET", "HEAD"}:
        return "This server is read-only."
    # What is still being written begins with a dot.
    return "This is not published." if any(part.startswith(".") for part in path.split("/")) else None
