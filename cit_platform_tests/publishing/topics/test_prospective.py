"""Later contacts in words: none yet, and the side by the limits that hold at every look."""

import pytest

from cit_platform.publishing.parts.finding import Finding
from cit_platform.publishing.parts.rows import plain_rows
from cit_platform.publishing.topics.prospective import since_table
from cit_platform_tests.publishing.conftest import Tables, report, tables_under

PROSPECTIVE = "models/prospective"


def finding(tables: Tables) -> Finding:
    [found] = report("prospective", tables).findings
    return found


@pytest.mark.parametrize(
    ("truth", "direction", "words"),
    [
        ("lower", "lower", "is lower than of others (\N{MINUS SIGN}6.5; 95 % interval at every look"),
        ("higher", "higher", "is higher than of others (+6.5; 95 % interval at every look"),
        ("unclear", "no clear association", "shows no clear difference from others"),
        ("cannot", "cannot be estimated", "None yet: no contact in these data was reported after 27 November 2026"),
    ],
)
def test_the_side_follows_the_truth(truth: str, direction: str, words: str) -> None:
    found = finding(tables_under(truth))
    assert (found.direction, words in found.sentence) == (direction, True), found.sentence


def test_the_side_is_that_of_every_look_even_where_one_look_says_more() -> None:
    tables = tables_under("lower")
    tables[PROSPECTIVE]["risk_difference_conf_high"] = 0.001
    found = finding(tables)
    assert found.direction == "no clear association"
    assert "of one look \N{MINUS SIGN}9.8 to \N{MINUS SIGN}3.2" in found.sentence


def test_every_row_of_the_table_is_filled_or_says_why() -> None:
    for truth in ("lower", "cannot"):
        table = since_table(plain_rows(tables_under(truth)[PROSPECTIVE]))
        assert {len(cells) for cells in table.rows} == {len(table.header)}
        assert all(cells[2] == "none yet" for cells in table.rows) == (truth == "cannot")
