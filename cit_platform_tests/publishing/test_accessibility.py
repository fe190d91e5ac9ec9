"""Who cannot see, point or read small print reads the page too: axe-core, keyboard, large text, print, the CSP."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cit_platform.cli.serve import PAGE_POLICY
from cit_platform_tests.publishing.conftest import Built
from cit_platform_tests.publishing.test_page_in_browser import (
    BEYOND_THE_PAGE,
    CHARTS,
    absent,
    browser,  # noqa: F401 - a fixture
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

Opened = Callable[..., "Page"]
DRAWN = f"document.querySelectorAll('.plot .main-svg').length >= {len(CHARTS)}"
# What a pointer reaches and a keyboard has to; one that is folded away is not there.
REACHABLE = """[...document.querySelectorAll('a[href], button, select, summary, [tabindex="0"]')].filter(one =>
    !one.disabled && one.getClientRects().length && one.checkVisibility({visibilityProperty: true}))"""
UNNAMED = REACHABLE + ".filter(one => !(one.ariaLabel || one.textContent.trim())).map(one => one.outerHTML)"


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opened]:  # noqa: F811
    """Pages that tell what went wrong in them; with `plots=False` Plotly's script is empty."""
    pages: list[Page] = []

    def open_page(address: str, width: int = 1280, height: int = 800, plots: bool = True, **more: Any) -> Page:
        page = browser.new_page(viewport={"width": width, "height": height}, **more)
        pages.append(page)
        page.messages = []  # type: ignore[attr-defined]
        page.on("console", lambda message: page.messages.append(message.text))  # type: ignore[attr-defined]
        page.on("pageerror", lambda error: page.messages.append(str(error)))  # type: ignore[attr-defined]
        if not plots:
            page.route("**/plotly.min.js", lambda route: route.fulfill(body=""))
        page.goto(address)
        return page

    yield open_page
    assert [message for page in pages for message in page.messages] == []  # type: ignore[attr-defined]
    for page in pages:
        page.close()


@pytest.fixture(scope="module")
def axe() -> str:
    try:
        return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
    except ModuleNotFoundError:
        absent("axe-playwright-python, which holds axe-core, is not installed")
        raise


def violations(page: Page, axe: str, context: str = "document", rules: str = "{}") -> list[str]:
    page.evaluate(axe)
    # A page from a file may not fetch its own style sheet anew, which axe would try.
    options = f"{{resultTypes: ['violations'], preload: false, ...{rules}}}"
    found = page.evaluate(f"axe.run({context}, {options})")["violations"]
    return [f"{rule['id']}: {node['html'][:150]}" for rule in found for node in rule["nodes"]]


@pytest.mark.timeout(300)
def test_axe_finds_nothing_on_the_page(built: Built, opened: Opened, axe: str) -> None:
    page = opened(built().joinpath("index.html").as_uri())
    page.wait_for_function(DRAWN)
    assert violations(page, axe) == []


@pytest.mark.timeout(300)
def test_axe_finds_nothing_on_index_and_figure_nor_in_the_dark_on_a_phone(
    built: Built, opened: Opened, axe: str
) -> None:
    edition = built()
    index = opened(edition.parent.joinpath("index.html").as_uri())
    assert violations(index, axe) == []
    figure = opened(edition.joinpath("figures/force_forest.html").as_uri())
    figure.wait_for_selector(".plot .main-svg")
    assert violations(figure, axe) == []
    page = opened(edition.joinpath("index.html").as_uri(), 390, 844, plots=False, color_scheme="dark")
    parts = "{include: [['.banner'], ['.first'], ['#choosing'], ['section[aria-labelledby=force]']]}"
    assert violations(page, axe, parts, "{runOnly: ['color-contrast']}") == []


def test_axe_can_find_something(built: Built, opened: Opened, axe: str) -> None:
    page = opened(built().parent.joinpath("index.html").as_uri())
    page.evaluate("document.querySelector('main').innerHTML += '<button></button><p style=color:#ccc>pale</p>'")
    found = " ".join(violations(page, axe))
    assert "button-name" in found
    assert "color-contrast" in found


@pytest.mark.timeout(180)
def test_the_keyboard_reaches_everything_in_the_order_of_the_page(built: Built, opened: Opened) -> None:
    page = opened(built().joinpath("index.html").as_uri(), plots=False)
    assert page.evaluate(UNNAMED) == []
    page.evaluate(f"window.reachable = {REACHABLE}; window.reached = []")
    number = page.evaluate("reachable.length")
    assert number > 100
    page.evaluate("document.addEventListener('focusin', event => reached.push(reachable.indexOf(event.target)))")
    for _ in range(number):
        page.keyboard.press("Tab")
    reached = page.evaluate("reached")
    assert reached == list(range(number))


def test_what_is_focused_is_seen_to_be(built: Built, opened: Opened) -> None:
    page = opened(built().joinpath("index.html").as_uri(), plots=False)
    for selector in (".contents a", "summary", "#choosing select", "#choosing a", "main a.row", ".scroll"):
        page.keyboard.press("Tab")
        style = page.evaluate(
            """selector => {
            const all = [...document.querySelectorAll(selector)];
            const one = all.find(each => each.getClientRects().length && each.checkVisibility());
            one.focus(); const style = getComputedStyle(one);
            return one.matches(':focus-visible') ? [style.outlineStyle, style.opacity] : ['none', '0'];}""",
            selector,
        )
        assert style[0] != "none", selector
        assert style[1] == "1", selector


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_text_of_twice_the_size_stays_within_the_page(built: Built, opened: Opened, width: int, height: int) -> None:
    page = opened(built().joinpath("index.html").as_uri(), width, height, plots=False)
    page.add_style_tag(content="html { font-size: 200%; }")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(BEYOND_THE_PAGE) == []
    clipped = page.evaluate(
        """[...document.querySelectorAll('#choosing p, .answer p, h1, h2, .result p, select')].filter(one =>
        one.scrollWidth > one.clientWidth + 2 && getComputedStyle(one).overflowX !== "visible"
        ).map(one => one.outerHTML.slice(0, 80))"""
    )
    assert clipped == []


def test_print_has_every_table_open_and_nothing_beyond_the_sheet(built: Built, opened: Opened) -> None:
    page = opened(built().joinpath("index.html").as_uri(), 718, 1000, plots=False)
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= 718
    assert page.evaluate(BEYOND_THE_PAGE) == []
    for selector in ("#choosing .kept", ".contents", ".skip"):
        assert not page.locator(selector).first.is_visible(), selector
    assert page.locator("#table-choices").is_visible()
    assert page.locator(".thousand svg").is_visible()


@pytest.mark.timeout(120)
def test_under_the_policy_of_the_server_everything_works_and_nothing_is_fetched_from_elsewhere(
    built: Built,
    browser: Browser,  # noqa: F811
) -> None:
    edition = built()
    page = browser.new_page(viewport={"width": 820, "height": 1180})
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))

    def answer(route: Route) -> None:
        address = route.request.url
        if not address.startswith("http://edition.test/"):
            heard.append(address)
            route.abort()
            return
        file = Path(edition, address.removeprefix("http://edition.test/").partition("#")[0] or "index.html")
        kind = mimetypes.guess_type(file.name)[0] or "text/plain"
        route.fulfill(path=file, headers={"Content-Security-Policy": PAGE_POLICY, "Content-Type": kind})

    page.route("**/*", answer)
    page.goto("http://edition.test/index.html")
    page.wait_for_function(DRAWN)
    page.get_by_label("What is counted").select_option("record")
    assert "in 1,000" in (page.locator(".answered").text_content() or "").replace("\N{NO-BREAK SPACE}", " ")
    assert "#choose=record" in page.url
    assert page.evaluate("document.documentElement.scrollWidth") == 820
    assert heard == []
    page.close()
