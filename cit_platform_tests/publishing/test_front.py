"""The first screen: two plain sentences, a picture of 1,000 contacts, and what kind of numbers they are."""

import re
from xml.etree import ElementTree

import pytest

from cit_platform.publishing.front import FirstScreen, badge, first_screen
from cit_platform.publishing.page import ordered_findings
from cit_platform_tests.publishing.conftest import TRUTHS, reports, tables_under
from cit_platform_tests.publishing.language import banned_words

SVG = "{http://www.w3.org/2000/svg}"
IN_THOUSAND = re.compile(r"[\d.,]+ in 1,000[a-z ]*\([\d.,]+ to [\d.,]+, 95 %\)")


def top(truth: str) -> FirstScreen:
    found = reports(tables_under(truth))
    return first_screen({finding.key: finding for finding in ordered_findings(found)}, found)


@pytest.mark.parametrize(
    ("truth", "answer"),
    [
        ("lower", "mention force less often than other reports"),
        ("higher", "mention force more often than other reports"),
        ("unclear", "mention force neither clearly less nor clearly more often than other reports"),
        ("cannot", "cannot be estimated: "),
    ],
)
def test_the_answer_follows_the_truth(truth: str, answer: str) -> None:
    situation, certification = (words for words, _ in top(truth).sentences)
    assert answer in certification
    assert situation.startswith("Force, by kind of call: cannot be" if truth == "cannot" else "Force is ")
    assert banned_words(situation + certification) == []


@pytest.mark.parametrize("truth", TRUTHS)
def test_the_situation_comes_first_and_certification_in_contacts_next(truth: str) -> None:
    assert [finding.key for _, finding in top(truth).sentences] == ["force_by_call", "force_per_thousand"]


@pytest.mark.parametrize("truth", ["lower", "higher", "unclear"])
def test_every_number_is_so_many_in_a_thousand_with_its_range_and_nothing_is_a_symbol(truth: str) -> None:
    for words, _ in top(truth).sentences:
        assert IN_THOUSAND.search(words)
        left = IN_THOUSAND.sub("", words)
        assert not any(character.isdigit() for character in left), left
        assert not re.search(r"χ|\bp [<=]|odds|n =|\N{MINUS SIGN}", words)


def test_the_picture_has_a_dot_for_each_contact_and_twenty_for_how_sure() -> None:
    screen = top("lower")
    assert screen.picture is not None
    picture = ElementTree.fromstring(screen.picture["svg"])
    filled = sum(path.attrib["d"].count("M") for path in picture.iter() if path.attrib.get("class") == "contacts")
    grounds = list(picture.iter(f"{SVG}rect"))
    risks = [round(float(group)) for group in re.findall(r"([\d.]+) with force", picture.attrib["aria-label"])]
    assert len(risks) == len(grounds) == 2
    assert filled == sum(risks)
    [dot] = list(picture.iter(f"{SVG}pattern"))
    for ground in grounds:
        across, down = (float(ground.attrib[side]) / float(dot.attrib[side]) for side in ("width", "height"))
        assert across * down == pytest.approx(1000)
    assert sum(circle.attrib.get("class") == "quantile" for circle in picture.iter()) == 2 * 20


@pytest.mark.parametrize("truth", ["lower", "higher", "unclear"])
def test_the_picture_says_what_the_sentence_says(truth: str) -> None:
    screen = top(truth)
    assert screen.picture is not None
    said = ElementTree.fromstring(screen.picture["svg"]).attrib["aria-label"]
    (_, certification) = (words for words, _ in screen.sentences)
    assert re.findall(r"[\d.]+ to [\d.]+", said) == re.findall(r"[\d.]+ to [\d.]+", certification)


def test_without_a_number_there_is_no_picture() -> None:
    assert top("cannot").picture is None


@pytest.mark.parametrize(
    ("demonstration", "annual", "words"),
    [
        (True, False, "demonstration"),
        (True, True, "demonstration"),
        (False, False, "monitoring"),
        (False, True, "annual result"),
    ],
)
def test_the_badge_says_what_kind_of_numbers_they_are(demonstration: bool, annual: bool, words: str) -> None:
    assert badge(demonstration, annual) == words
