"""Other ways to ask: those that do not speak for the model, of force and of dispositions."""

from cit_platform.publishing.parts import html_table
from cit_platform.publishing.topics.other_ways import other_ways_table
from cit_platform_tests.publishing.conftest import report, tables_under
from cit_platform_tests.publishing.modelled import VARIANTS


def test_every_way_that_neither_speaks_nor_stands_on_the_ladder_is_there() -> None:
    estimates = tables_under("lower")["models/estimates"]
    rows = other_ways_table(estimates, "force").rows
    assert len(rows) == sum(role == "sensitivity" for role, *_ in VARIANTS.values())
    assert {row[1] for row in rows} == {"force, 2015 to 2026", "force, 2016 to 2026"}
    assert {len(row) for row in rows} == {len(html_table.ODDS_HEADER) + 3}


def test_any_of_the_dispositions_stands_beside_the_gravest() -> None:
    rows = other_ways_table(tables_under("lower")["models/estimates"], "disposition").rows
    any_of = [row[1] for row in rows if row[0].startswith("Any of the dispositions")]
    assert any_of == ["arrest, 2016 to 2026", "emergent detention, 2016 to 2026", "referral, 2016 to 2026"]


def test_contradictory_certification_is_read_both_ways() -> None:
    names = [row[0] for row in other_ways_table(tables_under("lower")["models/estimates"], "force").rows]
    assert sum("contradictory certification read as" in name for name in names) == 2


def test_the_tables_are_folded() -> None:
    blocks = report("other_ways", tables_under("lower")).blocks
    assert all(block["summary"] for block in blocks if block["kind"] == "numbers")
