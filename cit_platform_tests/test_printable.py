"""Text of others: whatever it holds, nothing in it acts on a terminal or turns a page round."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cit_platform.codebook.vocabulary import vocabulary_of
from cit_platform.printable import listed, printable, shown

ACTING = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@given(text=st.text(st.characters(codec=None)))
def test_no_character_that_acts_is_left(text: str) -> None:
    for result in (printable(text), shown(text), listed([text])):
        assert not [letter for letter in result if unicodedata.category(letter) in ACTING]
    assert len(printable(text)) == len(text)


@given(text=st.text(st.characters(categories=["L", "N", "P", "S", "M"])))
def test_what_can_be_printed_stays(text: str) -> None:
    assert printable(text) == text


ACTING_TEXTS = (
    "\x1b[31mred",
    "\x1b]0;title\x07",
    "\x9b2J",
    "right\u202eto left",
    "\u2066apart\u2069",
    "\u200fmark",
    "a\rb",
)


@pytest.mark.parametrize("text", ACTING_TEXTS)
def test_labels_for_messages_obey_nobody(text: str) -> None:
    assert vocabulary_of("seattle").printable_label("disposition", text).isprintable()
    assert shown(text).isprintable()


def test_many_names_are_counted() -> None:
    assert listed(["a", "b"]) == "`a`, `b`"
    assert listed(map(str, range(9)), most=2, quote="") == "0, 1 and 7 more"
