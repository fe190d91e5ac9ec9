"""The page in a real Chromium: quiet console, figures drawn, nothing beyond an edge, all there without scripts."""

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
    assert page.locator("figure.chart .source", has_text=BANNER).count() == len(CHARTS)
    assert page.locator(".plot", has_text=BANNER.split(",")[0]).count() == 0
    ink = page.evaluate("getComputedStyle(document.querySelector('.plot .annotation-text')).fill")
    assert ink == page.evaluate("getComputedStyle(document.body).color")
    page.goto(edition.joinpath("figures/force_forest.html").as_uri())
    page.wait_for_selector(".plot .main-svg")
    assert page.locator(".plot", has_text=BANNER.split(",")[0]).count() == 1
    assert messages == []
    page.close()


WIDTHS = (390, 768, 1280)
# What a reader sees without scrolling: the bottom of the answers, of what they cannot say, and of the dots.
FOLD = """selector => document.querySelector(selector).getBoundingClientRect().bottom"""
BEYOND_THE_PAGE = """[...document.querySelectorAll('main *, header *, nav *')].filter(one =>
    one.closest('.scroll, .plot, .sheet') === null && one.getBoundingClientRect().width > 0 &&
    one.getBoundingClientRect().right > document.documentElement.clientWidth + 1
).map(one => one.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_stands_beyond_the_edge_and_the_contents_are_at_hand(
    built: Built, browser: Browser, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 844 if width < 768 else 800})
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.goto(built().joinpath("index.html").as_uri())
    page.wait_for_function(f"document.querySelectorAll('.plot .main-svg').length >= {len(CHARTS)}")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate(BEYOND_THE_PAGE) == []
    assert page.evaluate(BEYOND_THE_EDGE) == []
    links = page.locator(".contents a")
    assert links.first.is_visible() == (width == 1280)
    if width < 1280:
        page.locator(".contents summary").click()
    links.get_by_text("Limits").click()
    page.wait_for_function("document.querySelector('.contents a[aria-current]')?.textContent === 'Limits'")
    assert links.first.is_visible() == (width == 1280)
    assert messages == []
    page.close()


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_answer_limit_and_picture_stand_on_the_first_screen(
    built: Built, browser: Browser, width: int, height: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(built().joinpath("index.html").as_uri())
    for selector in (".badge", "#answer", ".caveat", ".thousand svg"):
        assert page.evaluate(FOLD, selector) <= height, selector
    assert page.evaluate("document.querySelector('table').getBoundingClientRect().top") > height
    page.close()


def test_text_and_first_picture_do_not_wait_for_the_library(built: Built, browser: Browser) -> None:
    page = browser.new_page()
    page.route("**/plotly.min.js", lambda route: None)
    page.goto(built().joinpath("index.html").as_uri(), wait_until="commit")
    page.wait_for_selector(".thousand svg .quantile", timeout=5000)
    assert page.locator("footer").is_visible()
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
    assert page.locator(".thousand svg").is_visible()
    text = page.locator("body").inner_text().replace("\N{NO-BREAK SPACE}", " ")
    assert [key for key, finding in found.items() if finding["sentence"] not in text] == []
    tables = page.locator("table")
    assert all(tables.nth(place).is_visible() for place in range(tables.count()))
    context.close()
