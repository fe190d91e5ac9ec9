"""Absolute risks: the difference in contacts, on its side of 0, and why there is none."""

import pytest
from plotly import graph_objects as go

from cit_platform.publishing.parts.finding import Finding
from cit_platform.publishing.topics.absolute_risk import WITH_FINDING, adjusted_risk, risks_table
from cit_platform_tests.publishing.conftest import REAL, Tables, report, tables_under, written


def by_key(tables: Tables) -> dict[str, Finding]:
    return {finding.key: finding for finding in report("absolute_risk", tables).findings}


@pytest.mark.parametrize(
    ("truth", "direction", "words"),
    [
        ("lower", "lower", "fewer contacts with"),
        ("higher", "higher", "more contacts with"),
        ("unclear", "no clear association", "which includes 0"),
        ("cannot", "cannot be estimated", "cannot be estimated: "),
    ],
)
def test_the_difference_follows_the_truth(truth: str, direction: str, words: str) -> None:
    found = by_key(tables_under(truth))
    assert tuple(found) == tuple(f"{outcome}_per_thousand" for outcome in WITH_FINDING)
    for finding in found.values():
        assert finding.direction == direction, finding.sentence
        assert words in finding.sentence


def test_numbers_are_those_of_the_table() -> None:
    tables = tables_under("lower")
    risks = tables["models/absolute_risk"].set_index("outcome")
    for outcome in WITH_FINDING:
        finding, row = by_key(tables)[f"{outcome}_per_thousand"], risks.loc[outcome]
        assert (finding.estimate, finding.low, finding.high, finding.sizes.n) == (
            row["risk_difference"],
            row["risk_difference_conf_low"],
            row["risk_difference_conf_high"],
            row["n_contacts"],
        )
        assert finding.unit == "risk difference"
        assert "with none" in finding.sentence


def test_the_table_gives_the_smallest_detectable_difference() -> None:
    table = risks_table(tables_under("unclear")["models/absolute_risk"])
    at = table.header.index("Smallest detectable")
    assert all(row[at].startswith("± ") for row in table.rows)
    assert {len(row) for row in table.rows} == {len(table.header)}
    without = risks_table(tables_under("cannot")["models/absolute_risk"])
    assert {row[at] for row in without.rows} == {""}
    assert {len(row) for row in without.rows} == {len(table.header)}


def test_a_panel_without_a_number_says_why() -> None:
    risks = tables_under("cannot")["models/absolute_risk"]
    assert written(adjusted_risk(risks, REAL)).count("Cannot be estimated: ") == len(risks)
    go.Figure(adjusted_risk(risks.iloc[:0], REAL))
