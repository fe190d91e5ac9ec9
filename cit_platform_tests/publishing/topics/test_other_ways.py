"""Other ways to ask: those that do not speak for the model, each with its odds ratio."""

from cit_platform.publishing.parts import html_table
from cit_platform.publishing.topics.force import forest_table
from cit_platform.publishing.topics.other_ways import other_ways_table
from cit_platform.studies.force import FORCE_SPECIFICATIONS
from cit_platform_tests.publishing.conftest import tables_under


def test_a_way_speaks_on_the_page_or_stands_among_the_others() -> None:
    estimates = tables_under("lower")["models/estimates"]
    rows = other_ways_table(estimates).rows
    speaking = [name for name, *_ in forest_table(estimates).rows if name.startswith("CIT certification")]
    assert len(rows) + len(speaking) == len(FORCE_SPECIFICATIONS)
    assert {row[0] for row in rows} >= {"One row per contact, clustered by incident"}
    assert {len(row) for row in rows} == {len(html_table.ODDS_HEADER) + 2}
