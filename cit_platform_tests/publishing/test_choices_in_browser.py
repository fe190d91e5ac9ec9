"""Choosing in a real Chromium: sentence, dots and mark change together, by keyboard and by link."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from cit_platform_tests.publishing.conftest import Built
from cit_platform_tests.publishing.modelled import WAYS
from cit_platform_tests.publishing.test_page_in_browser import browser  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PLACES = {variant: chosen for (variant, _), chosen in WAYS.items()}
NO_BREAK = "\N{NO-BREAK SPACE}"


def opened(edition: Any, browser: Browser, after: str = "") -> Page:  # noqa: F811
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    # Plots have no part in choosing.
    page.route("**/plotly.min.js", lambda route: route.fulfill(body=""))
    page.messages = []  # type: ignore[attr-defined]
    page.on("console", lambda message: page.messages.append(message.text))  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.messages.append(str(error)))  # type: ignore[attr-defined]
    page.goto(edition.joinpath("index.html").as_uri() + after)
    return page


@pytest.fixture
def page(built: Built, browser: Browser) -> Iterator[Page]:  # noqa: F811
    page = opened(built(), browser)
    yield page
    assert page.messages == []  # type: ignore[attr-defined]
    page.close()


def state(page: Page) -> dict[str, Any]:
    """What the page shows of the way chosen."""
    shown: dict[str, Any] = page.evaluate(
        """() => ({
        chosen: [...document.querySelectorAll('#choosing select')].map(one => one.value),
        answer: document.querySelector('.answered').textContent,
        numbers: document.querySelector('.numbers').textContent,
        dots: [...document.querySelectorAll('.ways .contacts')].map(one => one.getAttribute('d').split('M').length - 1),
        values: [...document.querySelectorAll('.ways .values')].map(one => one.textContent),
        marks: [...document.querySelectorAll('.way.chosen')].map(one => one.dataset.way),
        unit: document.querySelector('.ways .axis').textContent,
        row: document.querySelector('.result').dataset.row, hash: location.hash,
        offered: !document.querySelector('.offer').hidden})"""
    )
    shown["answer"] = shown["answer"].replace(NO_BREAK, " ")
    return shown


def way_of(page: Page, chosen: tuple[str, ...]) -> tuple[int, dict[str, Any]]:
    ways = json.loads(page.locator("#data-choices").text_content() or "")["ways"]
    return next((place, each) for place, each in enumerate(ways) if each["choices"] == list(chosen))


def test_it_opens_with_the_way_that_speaks(page: Page) -> None:
    shown = state(page)
    assert tuple(shown["chosen"]) == PLACES["primary"]
    assert shown["hash"] == ""
    assert not shown["offered"]
    assert page.locator("#choosing select").count() == 6


def test_sentence_dots_mark_row_and_link_change_together(page: Page) -> None:
    before = state(page)
    page.get_by_label("What is counted").select_option("record")
    shown = state(page)
    place, way = way_of(page, PLACES["by_record"])
    assert shown["answer"] == way["answer"].replace(NO_BREAK, " ") != before["answer"]
    assert "in 1,000 records" in shown["answer"]
    assert [value.split(" ")[0] for value in shown["values"]] == re.findall(r"([\d.]+) in 1,000", shown["answer"])
    assert shown["dots"] == [d.count("M") for d in way["contacts"]] != before["dots"]
    assert shown["marks"] == [str(place)] != before["marks"]
    assert json.loads(shown["row"])["key"]["unit"] == "record"
    assert shown["unit"].startswith("records")
    assert shown["hash"] == "#choose=record,usable,primary,situation,left_out,officer"
    page.get_by_role("button", name="Back to the way that speaks").click()
    assert state(page) | {"hash": ""} == before


def test_the_link_holds_the_choice(built: Built, browser: Browser) -> None:  # noqa: F811
    chosen = PLACES["published"]
    page = opened(built(), browser, "#choose=" + ",".join(chosen))
    shown = state(page)
    assert tuple(shown["chosen"]) == chosen
    assert shown["answer"] == way_of(page, chosen)[1]["answer"].replace(NO_BREAK, " ")
    assert page.evaluate("document.getElementById('choosing').getBoundingClientRect().top") < 400
    page.close()


@pytest.mark.parametrize("hash_", ["#choose=", "#choose=toString,1,2,3,4,5", "#choose=%3Cscript%3E", "#limits"])
def test_a_link_that_holds_none_is_as_if_there_were_none(built: Built, browser: Browser, hash_: str) -> None:  # noqa: F811
    page = opened(built(), browser, hash_)
    assert tuple(state(page)["chosen"]) == PLACES["primary"]
    assert page.messages == []  # type: ignore[attr-defined]
    page.close()


def test_a_combination_that_was_not_computed_is_said_to_be_and_the_nearest_is_offered(page: Page) -> None:
    page.get_by_label("What is counted").select_option("record")
    options = page.get_by_label("How finely calls are told apart").locator("option").all_inner_texts()
    assert options == ["in the groups of this page", "in the published groups (not computed)"]
    before = state(page)
    page.get_by_label("How finely calls are told apart").select_option("published")
    shown = state(page)
    assert shown["offered"]
    assert shown["answer"].startswith("These choices were not computed together. The nearest that were:")
    assert "“in the groups of this page” in place of “in the published groups”" in shown["answer"]
    assert "not computed" not in page.get_by_label("What is counted").locator("option:checked").inner_text()
    assert (shown["numbers"], shown["marks"], shown["row"]) == ("", [], None)
    page.get_by_role("button", name="Take the nearest").press("Enter")
    after = state(page)
    assert after == before
    assert page.evaluate("document.activeElement.tagName") == "SELECT"


def test_the_keyboard_alone_reaches_and_changes_every_choice(page: Page) -> None:
    page.locator("#choosing select").first.focus()
    names = []
    for _ in range(6):
        names.append(page.evaluate("document.activeElement.getAttribute('aria-label')"))
        page.keyboard.press("Tab")
    assert names == page.evaluate("[...document.querySelectorAll('#choosing select')].map(one => one.ariaLabel)")
    assert len(set(names)) == 6
    page.locator("#choosing select").nth(1).focus()
    page.keyboard.press("ArrowDown")
    assert tuple(state(page)["chosen"]) == PLACES["all_quarters"]


def test_the_answer_is_announced(page: Page) -> None:
    tree = page.locator("#choosing").aria_snapshot()
    assert "status" in tree
    assert all(f'combobox "{name}"' in tree for name in ("What is counted", "What may be alike"))


def test_a_mark_can_be_taken_by_the_pointer(page: Page) -> None:
    place, _ = way_of(page, PLACES["all_quarters"])
    page.locator(f'.way[data-way="{place}"] .point').click()
    assert tuple(state(page)["chosen"]) == PLACES["all_quarters"]


def test_without_a_number_the_reason_stands_there(built: Built, browser: Browser) -> None:  # noqa: F811
    page = opened(built("cannot", "file"), browser)
    assert "cannot be estimated: " in (page.locator(".answered").text_content() or "")
    page.get_by_label("What is counted").select_option("record")
    assert "cannot be estimated: " in (page.locator(".answered").text_content() or "")
    assert page.messages == []  # type: ignore[attr-defined]
    page.close()


def test_without_scripts_the_sentence_and_the_table_stand_there(built: Built, browser: Browser) -> None:  # noqa: F811
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(built().joinpath("index.html").as_uri())
    assert page.locator("#choosing select").count() == 0
    assert "Count each contact once, in the plausible quarters" in page.locator(".question").inner_text()
    assert page.locator("#table-choices").is_visible()
    assert page.locator("#table-choices tbody tr").count() == len(WAYS)
    assert not page.get_by_role("button").first.is_visible()
    context.close()
