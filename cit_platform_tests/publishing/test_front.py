"""The top of the page: the answer without numbers, the sentences that it rests on, and tiles with the numbers."""

from dataclasses import replace

import pytest

from cit_platform.publishing.front import Headline, headline, in_brief, leading, tiles
from cit_platform.publishing.page import ordered_findings
from cit_platform_tests.publishing.conftest import TRUTHS, reports, tables_under
from cit_platform_tests.publishing.language import banned_words


def top(truth: str) -> Headline:
    return headline({finding.key: finding for finding in ordered_findings(reports(tables_under(truth)))})


@pytest.mark.parametrize(
    ("truth", "answer"),
    [
        ("lower", "mention force less often than other reports"),
        ("higher", "mention force more often than other reports"),
        ("unclear", "shows no clear association with force"),
        ("cannot", "cannot be estimated from these data"),
    ],
)
def test_the_answer_follows_the_truth(truth: str, answer: str) -> None:
    text = in_brief(top(truth))
    assert answer in text
    assert not any(character.isdigit() for character in text)
    assert banned_words(text) == []


@pytest.mark.parametrize("truth", TRUTHS)
def test_the_situation_comes_first_and_certification_in_contacts_next(truth: str) -> None:
    assert [finding.key for finding in leading(top(truth))] == ["force_by_call", "force_per_thousand"]


def test_tiles_are_printed_from_the_findings() -> None:
    found = top("lower")
    contacts, events, difference, ratio = tiles(found)
    assert contacts[0] == f"{found.odds_ratio.sizes.n:,}"
    assert events[0] == f"{found.odds_ratio.sizes.n_events:,}"
    assert difference[0].startswith("\N{MINUS SIGN}")
    assert difference[1] == "difference in contacts with force, per 1,000"
    assert ratio[0] == f"{found.odds_ratio.estimate:.2f}"
    assert "95 % interval" in ratio[2]
    moved = replace(found, odds_ratio=replace(found.odds_ratio, estimate=3.25))
    assert tiles(moved)[3][0] == "3.25"


def test_a_tile_without_a_number_says_why() -> None:
    *_, difference, ratio = tiles(top("cannot"))
    for value, _, small in (difference, ratio):
        assert value == "not estimated"
        assert small.startswith("cannot be estimated: ")
