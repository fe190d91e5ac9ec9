"""The response: what came in words, requests that the feed does not state, and tables of combinations."""

from typing import Any

import pandas as pd
import pytest

from cit_platform.publishing.parts.finding import Finding
from cit_platform.publishing.topics.response import RESPONSE
from cit_platform_tests.publishing.conftest import Tables, report, tables_under
from cit_platform_tests.studies.hand_made import WINDOWS, city, contacts
from cit_platform_tests.studies.test_response import response as studied


def finding(tables: Tables) -> Finding:
    [found] = report("response", tables).findings
    return found


def of_city(**states: Any) -> Tables:
    """The tables with the response of a city made by hand."""
    return tables_under("lower") | {RESPONSE: studied(city(contacts("2024-01-05", 40, **states)), "seattle", WINDOWS)}


def prose(tables: Tables) -> str:
    return " ".join(block["text"] for block in report("response", tables).blocks if block["kind"] == "prose")


def captions(tables: Tables) -> list[str]:
    return [block["table"]["caption"] for block in report("response", tables).blocks if block["kind"] == "numbers"]


def test_who_came_is_said_with_intervals() -> None:
    assert finding(tables_under("lower")).sentence == (
        "A certified officer came to 79.0 % of the contacts (95 % interval 78.7 % to 79.3 %; n = 86,000 contacts); one "
        "was sent to 41.0 % (40.6 % to 41.4 %); to 43.0 % (42.6 % to 43.4 %) one came without having been sent."
    )
    assert finding(of_city(cit_arrived=[1, 1, 1, 0])).sentence.startswith("A certified officer came to 75.0 % of the")


def test_requests_that_are_stated_nowhere_are_said_to_be() -> None:
    tables = tables_under("lower")
    assert "is stated in no contact of this snapshot" in prose(tables)
    [caption] = captions(tables)
    assert caption.startswith("Every combination of sent and came")


def test_requests_that_are_stated_stand_in_a_table_of_all_three() -> None:
    tables = of_city(cit_requested=[1, 0, 0, 0], cit_dispatched=[1, 1, 0, 0], cit_arrived=[1, 0, 1, 0])
    assert "One was requested in 25.0 %" in prose(tables)
    assert "the same as sent" not in prose(tables)
    assert [caption.split(":")[0] for caption in captions(tables)] == [
        "Every combination of requested, sent and came",
        "Every combination of sent and came",
    ]


def test_requests_that_equal_what_was_sent_are_said_to_tell_one_thing() -> None:
    states = [1, 0, 0, 1]
    assert "it is the same as sent in every contact" in prose(of_city(cit_requested=states, cit_dispatched=states))


def test_groups_of_few_officers_are_withheld_in_chart_and_tables() -> None:
    found = report("response", tables_under("lower"))
    [table] = [block["table"] for block in found.blocks if block["kind"] == "numbers"]
    by_group = {row[0]: row[1:] for row in table["rows"]}
    assert set(by_group["South"][:4]) == {"withheld"}
    assert by_group["North"][0] == "36.0 % (35.3 % to 36.7 %)"
    points = sum(len(trace["x"]) for trace in found.chart["figure"]["data"])  # type: ignore[index]
    assert points == 2 * 9


@pytest.mark.parametrize("officers", [0, 2])
def test_a_city_of_hardly_anybody_says_why(officers: int) -> None:
    frame: pd.DataFrame = studied(city(contacts("2024-01-05", officers)), "seattle", WINDOWS)
    assert finding(tables_under("lower") | {RESPONSE: frame}).direction == "cannot be estimated"
