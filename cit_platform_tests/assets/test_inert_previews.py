"""What is shown of the data in the UI is text: no image, no link, no markup, whatever the feed holds.

The UI renders GitHub's dialect; markdown-it judges it here, and its literal addresses are looked for in the text left.
"""

import re

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from cit_platform.assets.asset_checks import to_check_result
from cit_platform.assets.source_answers import answer_event
from cit_platform.assets.table_asset import asset_key, frame_preview
from cit_platform.checks.audit import CheckOutcome
from cit_platform.printable import inert, printable

GFM = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
# As GitHub's dialect finds addresses in text, also where their letters were escaped.
ADDRESS = re.compile(r"https?://|www\.|[\w.+-]+@[\w-]+\.", re.IGNORECASE)
PAYLOADS = [
    "![b](/graphql?query=mutation%7BstopRunningSchedule%7D)",
    "![b][r]",
    "[a](http://evil.test)",
    "[a b](http://evil.test 'c')",
    "http://evil.test/beacon.png",
    "HTTP\\://evil.test",
    "www.evil.test",
    "someone@evil.test",
    "<http://evil.test>",
    "<img src=x onerror=alert(1)>",
    "&lt;img src=x&gt; &#33;",
    "a\\|b | c",
    "`|` ![a](b)",
    "`` ` ![a](b) `x|y\\|",
    "` `` ![x](y) ``",
    "**bold** _slanted_ ~~gone~~",
    "[^1] - [ ] task",
]
markdown = st.text(st.sampled_from("a1 `|\\![]()<>&;#*_~:/.@w-h\"'\t\n"), max_size=40)


def tokens(text: str) -> list[Token]:
    return [inner for token in GFM.parse(text) for inner in [token, *(token.children or [])]]


def shown(text: str) -> str:
    return "".join(token.content for token in tokens(text) if token.type in {"text", "code_inline"})


def acting(text: str) -> list[str]:
    kinds = {"image", "link_open", "html_inline", "html_block", "em_open", "strong_open", "s_open"}
    found = [token.type for token in tokens(text) if token.type in kinds]
    return found + [token.content for token in tokens(text) if token.type == "text" and ADDRESS.search(token.content)]


def with_payloads(test):  # type: ignore[no-untyped-def]
    for payload in PAYLOADS:
        test = example(text=payload)(test)
    return test


@with_payloads
@given(text=st.one_of(markdown, st.text(max_size=40)))
def test_a_value_of_the_data_is_one_cell_of_text(text: str) -> None:
    preview = frame_preview(pd.DataFrame({"label": [text], "n": [1]}))
    assert acting(preview) == []
    cells = [token for token in GFM.parse(preview) if token.type == "td_open"]
    assert len(cells) == 2


@with_payloads
@given(text=st.one_of(markdown, st.text(max_size=40)))
def test_a_result_of_a_check_is_text_and_code(text: str) -> None:
    outcome = CheckOutcome("known", "failed", "WARN", "", f"As `LABEL`, `{text}` (3) and {text}.", {})
    description = to_check_result(outcome, asset_key("raw/records"), "1f3a").description
    assert description is not None
    assert acting(description) == []


@pytest.mark.parametrize("text", PAYLOADS)
def test_what_a_silent_portal_said_is_text(text: str) -> None:
    assert acting(answer_event(text).description or "") == []


@given(text=st.text(st.characters(exclude_characters="`|@"), max_size=40))
def test_the_text_is_shown_as_it_is(text: str) -> None:
    line = " ".join(printable(text).split())
    assert " ".join(shown(f"x {inert(line)}").split()) == " ".join(f"x {line}".split())


def test_usual_words_are_left_as_they_are() -> None:
    words = "Not as expected: 3 of 40 rows (7.5 %), min_value 1; `OTHER - X` (3). 1.20 to 1.35 | x".replace(" | x", "")
    assert inert(words) == words
