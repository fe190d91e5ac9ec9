"""The flow: every rule with its count, on the chart and in its table."""

from cit_platform.publishing.topics.flow import exclusion_flow, flow_table
from cit_platform_tests.publishing.conftest import REAL, tables_under, written


def test_every_rule_stands_with_its_count() -> None:
    flow = tables_under("lower")["quality/flow"]
    text = written(exclusion_flow(flow, REAL))
    for words in (
        "<b>110,000</b> records received",
        "1,234  exact duplicate",
        "<b>101,234</b> clean records",
        "0  no template",
    ):
        assert words in text
    table = flow_table(flow)
    assert len(table.rows) == len(flow)
    assert table.rows[1] == ("left out: exact duplicate of another record", "records", "records", "1,234")
