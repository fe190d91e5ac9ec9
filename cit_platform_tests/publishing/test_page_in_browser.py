"""The page in a real Chromium: quiet console, figures drawn, and everything there without scripts."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from cit_platform.publishing.parts.figure_provenance import BANNER
from cit_platform_tests.publishing.conftest import TOPICS, Built

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHARTS = [topic.chart for topic in TOPICS.values() if topic.chart]

# Texts of the charts, but for the ticks, that end right of their chart.
BEYOND_THE_EDGE = """[...document.querySelectorAll('.plot')].flatMap(plot =>
    [...plot.querySelectorAll('.annotation-text')].filter(text =>
        text.getBoundingClientRect().right > plot.getBoundingClientRect().right + 1).map(text => text.textContent))"""


def absent(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must provide it: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        absent("playwright is not installed")
    program = shutil.which("chromium")
    if program is None:
        absent("there is no chromium on the path")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


def test_page_is_quiet_and_draws_every_figure(built: Built, browser: Browser) -> None:
    edition = built()
    page = browser.new_page(viewport={"width": 360, "height": 900}, color_scheme="dark")
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith("file:") else messages.append(request.url))
    page.goto(edition.joinpath("index.html").as_uri())
    page.wait_for_function(f"document.querySelectorAll('.plot .main-svg').length >= {len(CHARTS)}")
    assert messages == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.evaluate(BEYOND_THE_EDGE) == []
    assert page.locator(".plot", has_text=BANNER.split(",")[0]).count() == len(CHARTS)
    ink = page.evaluate("getComputedStyle(document.querySelector('.plot .annotation-text')).fill")
    assert ink == page.evaluate("getComputedStyle(document.body).color")
    page.goto(edition.joinpath("figures/force_forest.html").as_uri())
    page.wait_for_selector(".plot .main-svg")
    assert messages == []
    page.close()


def test_page_works_without_scripts(built: Built, browser: Browser) -> None:
    edition = built()
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(edition.joinpath("index.html").as_uri())
    assert page.get_by_text(BANNER, exact=True).first.is_visible()
    for chart in CHARTS:
        assert page.locator(f"#table-{chart}").is_visible()
    found = {finding["key"]: finding for finding in json.loads((edition / "findings.json").read_text(encoding="utf-8"))}
    interval = found["force_odds_ratio"]["interval"]
    assert page.locator("#table-force_forest").get_by_text(interval).first.is_visible()
    assert not page.locator("#force_forest").is_visible()
    context.close()
