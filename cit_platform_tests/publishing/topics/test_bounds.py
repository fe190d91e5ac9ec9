"""Contacts left out on the page: counts by arm, bounds, and the side they leave open."""

from cit_platform.publishing.parts.finding import Finding
from cit_platform.publishing.parts.wording import MINUS
from cit_platform_tests.publishing.conftest import Tables, report, tables_under


def finding(tables: Tables) -> Finding:
    [found] = report("bounds", tables).findings
    return found


def test_the_sentence_has_the_arms_and_both_bounds() -> None:
    sentence = finding(tables_under("lower")).sentence.replace(MINUS, "-")
    assert "left out 1,100 contacts (1.3 %): 300 by certified officers, 200 by others, 600 " in sentence
    assert "-6.4 per 1,000 (95 % interval -8.2 to -4.6)" in sentence
    assert "between -21.4 and +8.6 had they stayed, whatever happened in them, which includes 0" in sentence
    assert "between -6.8 and -6.0, still on one side of 0" in sentence


def test_where_nothing_was_left_out_nothing_is_bounded() -> None:
    tables = tables_under("lower")
    tables["models/bounds"]["n_lost"] = 0
    assert "left out no contact" in finding(tables).sentence


def test_every_row_is_in_the_table_in_its_order() -> None:
    [table] = [block["table"] for block in report("bounds", tables_under("higher")).blocks if "table" in block]
    assert [row[0] for row in table["rows"]][::2] == [
        "nothing: as analysed",
        "contacts whose records disagree",
        "contacts left out by another rule",
        "all contacts left out",
    ]
    assert finding(tables_under("cannot")).direction == "cannot be estimated"
