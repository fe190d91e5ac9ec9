"""The call in words: the side of the difference, spread beyond chance or not, and classes without a number."""

import pytest
from plotly import graph_objects as go

from cit_platform.modelling.features import feature_frames
from cit_platform.publishing.parts.finding import Finding
from cit_platform.publishing.parts.rows import plain_rows
from cit_platform.publishing.topics.call_detail import class_chart, classes_table, groups_table
from cit_platform.studies.call_detail import call_detail
from cit_platform_tests.publishing.conftest import REAL, Tables, report, tables_under, written
from cit_platform_tests.studies.city import WINDOWS
from cit_platform_tests.studies.test_call_detail import with_force

CALLS = "models/call_detail"


def by_key(tables: Tables) -> dict[str, Finding]:
    return {finding.key: finding for finding in report("call_detail", tables).findings}


@pytest.mark.parametrize(
    ("truth", "direction", "words"),
    [
        ("lower", "lower", "the first lies lower, \N{MINUS SIGN}14.3 ("),
        ("higher", "higher", "the first lies higher, +14.3 ("),
        ("unclear", "no clear association", "no clear difference between the two"),
        ("cannot", "cannot be estimated", "cannot be estimated: all 4000 rows are no force"),
    ],
)
def test_the_difference_between_calls_follows_the_truth(truth: str, direction: str, words: str) -> None:
    found = by_key(tables_under(truth))["force_violent_beside_other"]
    assert (found.direction, words in found.sentence) == (direction, True), found.sentence


def test_spread_is_said_to_be_chance_only_where_its_interval_holds_0() -> None:
    tables = tables_under("lower")
    assert "no more than chance" in by_key(tables)["force_over_calls"].sentence
    calls = tables[CALLS]
    calls.loc[calls["part"] == "all_classes", "spread_conf_low"] = 0.02
    found = by_key(tables)["force_over_calls"]
    assert "differ beyond chance" in found.sentence
    assert "no more than chance" not in found.sentence


def test_a_spread_without_an_upper_limit_is_said_so() -> None:
    tables = tables_under("lower")
    tables[CALLS].loc[tables[CALLS]["part"] == "all_classes", "spread_conf_high"] = float("nan")
    assert "95 % interval from 0, without an upper end" in by_key(tables)["force_over_calls"].sentence


def test_the_page_says_of_a_city_of_opposite_signs_that_calls_differ() -> None:
    contacts = with_force({"violent": (0.14, 0.04), "suicide": (0.03, 0.08), "other": (0.04, 0.04)})
    tables = tables_under("lower")
    tables[CALLS] = call_detail(feature_frames(contacts.iloc[:0], contacts), "seattle", WINDOWS)
    found = by_key(tables)
    assert found["force_violent_beside_other"].direction == "lower"
    assert "differ beyond chance" in found["force_over_calls"].sentence


def test_what_few_officers_report_is_neither_drawn_nor_counted() -> None:
    rows = plain_rows(tables_under("lower")[CALLS])
    [silent] = [cells for cells in classes_table(rows).rows if cells[0] == "Public order"]
    assert silent == ("Public order", "withheld", "", "", "", "")
    figure = class_chart(rows, REAL)
    assert "Withheld: reported by fewer than 10 officers." in written(figure)
    assert len(figure["data"][0]["x"]) == len(classes_table(rows).rows) - 1
    assert {len(cells) for cells in groups_table(rows).rows} == {len(groups_table(rows).header)}
    go.Figure(class_chart([], REAL))
