"""How contacts end: arrest and detention each by itself, and no number of either by who came."""

import pytest

from cit_platform.publishing.topics.response import RESPONSE
from cit_platform_tests.publishing.conftest import report, tables_under
from cit_platform_tests.studies.hand_made import WINDOWS, city, contacts
from cit_platform_tests.studies.test_response import response as studied


def test_arrest_and_detention_are_said_apart() -> None:
    [found] = report("response_endings", tables_under("lower")).findings
    assert found.sentence.startswith(
        "Of 1,000 contacts there are 90.0 (87.9 to 92.1) with arrest and 370.0 (366.5 to 373.5) with emergent "
        "detention, 95 % intervals in brackets; a contact with both counts in both (n = 86,000 contacts)."
    )


def test_the_sentence_changes_with_the_numbers() -> None:
    frame = studied(city(contacts("2024-01-05", 40, disposition_group=["arrest", "no_action"])), "seattle", WINDOWS)
    [found] = report("response_endings", tables_under("lower") | {RESPONSE: frame}).findings
    assert "500.0 (" in found.sentence
    assert "0.0 (0.0 to " in found.sentence


def test_no_number_of_an_ending_is_by_who_came() -> None:
    [block] = [
        block for block in report("response_endings", tables_under("lower")).blocks if block["kind"] == "numbers"
    ]
    assert block["table"]["header"] == ("Contacts", "Arrest", "Emergent detention", "n contacts")
    assert len(block["table"]["rows"]) == 11


@pytest.mark.parametrize("officers", [0, 2])
def test_a_city_of_hardly_anybody_says_why(officers: int) -> None:
    frame = studied(city(contacts("2024-01-05", officers)), "seattle", WINDOWS)
    [found] = report("response_endings", tables_under("lower") | {RESPONSE: frame}).findings
    assert found.direction == "cannot be estimated"
