"""The flow: every rule with its count, in total and by certification, on the chart and in its table."""

from cit_platform.publishing.topics.flow import exclusion_flow, flow_table
from cit_platform_tests.publishing.conftest import REAL, tables_under, written


def test_every_rule_stands_with_its_count() -> None:
    flow = tables_under("lower")["quality/flow"]
    text = written(exclusion_flow(flow, REAL))
    for words in (
        "<b>110,000</b> records received",
        "1,234  exact duplicate",
        "<b>108,664</b> clean records",
        "0  no template",
    ):
        assert words in text
    table = flow_table(flow)
    assert len(table.rows) == len(flow[flow["arm"] == ""])
    first = ("left out: exact duplicate of another record", "records", "records", "1,234", "641", "579", "14")
    assert table.rows[1] == first


def test_each_box_divides_its_count_by_certification() -> None:
    flow = tables_under("lower")["quality/flow"]
    assert "57,200 certified, 51,700 not certified" in written(exclusion_flow(flow, REAL))
    totals = flow[flow["arm"] == ""]
    text = written(exclusion_flow(totals, REAL))
    assert "certified," not in text
    assert {row[4:] for row in flow_table(totals).rows} == {("", "", "")}


def test_the_rows_may_come_in_any_order() -> None:
    flow = tables_under("lower")["quality/flow"]
    assert flow_table(flow.sample(frac=1, random_state=3)) == flow_table(flow)
