"""A figure away from the page: framed by another site, saved as a picture, read without scripts."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cit_platform.cli.serve import FIGURE_POLICY
from cit_platform.settings import REPOSITORY
from cit_platform_tests.publishing.conftest import Built
from cit_platform_tests.publishing.test_page_in_browser import browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["browser"]
NAME = "force_forest"


class Quiet(SimpleHTTPRequestHandler):
    """Any static host; what browsers ask for by themselves is not missed."""

    def do_GET(self) -> None:
        if self.path != "/favicon.ico":
            super().do_GET()
            return
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        pass


class Host(Quiet):
    """A static host that sends what operations.md asks for with figures."""

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", FIGURE_POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()


@contextmanager
def served(kind: type[Quiet], folder: Path) -> Iterator[str]:
    """The address of a host that serves a folder."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(kind, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def host(built: Built) -> Iterator[str]:
    with served(Host, built()) as address:
        yield address


@pytest.fixture
def another(tmp_path: Path) -> Iterator[str]:
    with served(Quiet, tmp_path) as address:
        yield address


def test_the_snippet_frames_the_figure_in_a_page_of_another_site(
    host: str, another: str, browser: Browser, tmp_path: Path
) -> None:
    page = browser.new_page(viewport={"width": 800, "height": 900})
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.goto(f"{host}/figures/{NAME}.html")
    page.wait_for_selector(".plot .main-svg")
    snippet = page.locator("#snippet").input_value()
    assert f'<iframe src="{host}/figures/{NAME}.html" title="' in snippet
    (tmp_path / "other.html").write_text(f"<!doctype html><link rel=icon href=data:,><p>Before</p>{snippet}")
    page.goto(f"{another}/other.html")
    frame = page.frame_locator("iframe")
    frame.locator(".plot .main-svg").first.wait_for()
    text = frame.locator(".plot").inner_text().replace("\N{NO-BREAK SPACE}", " ")
    for words in ("Odds ratios", "Source: demo, snapshot", "240 contacts in all", "Demonstration data"):
        assert words in text
    assert not frame.locator("#snippet").is_visible()
    # The sheet, its caption and the way back stand in the frame without a scroll bar of their own.
    bottom = frame.locator("a[target=_top]").evaluate("link => link.getBoundingClientRect().bottom - innerHeight")
    assert bottom <= 0
    assert messages == []
    page.close()


def test_it_is_saved_as_a_picture_twice_as_fine_as_the_sheet(host: str, browser: Browser, tmp_path: Path) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844}, accept_downloads=True)
    page.goto(f"{host}/figures/{NAME}.html#save")
    page.wait_for_selector(".plot .main-svg")
    assert page.locator("#save").is_enabled()
    with page.expect_download() as saved:
        page.locator("#save").click()
    assert saved.value.suggested_filename == f"{NAME}.png"
    saved.value.save_as(tmp_path / "saved.png")
    content = (tmp_path / "saved.png").read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(content[16:20], "big") == 1440
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.close()


def test_without_scripts_the_still_picture_stands_in_its_place(host: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{host}/figures/{NAME}.html")
    picture = page.locator("img.still")
    assert picture.is_visible()
    assert (picture.bounding_box() or {})["height"] > 100
    assert not page.locator("#save").is_visible()
    context.close()


def test_the_headers_that_operations_asks_of_figures_are_those_tried_here() -> None:
    assert f"`{FIGURE_POLICY}`" in (REPOSITORY / "docs" / "operations.md").read_text(encoding="utf-8")
