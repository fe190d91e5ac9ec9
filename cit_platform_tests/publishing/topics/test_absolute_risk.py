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
        ("lower", "lower", ": a difference of "),
        ("higher", "higher", ": a difference of "),
        ("unclear", "no clear association", ", includes 0)"),
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


def test_the_risks_are_said_of_reports_and_the_difference_has_no_sign() -> None:
    tables = tables_under("lower")
    risks = tables["models/absolute_risk"]
    names = ["risk_certified", "risk_not_certified", "risk_difference"]
    names += ["risk_difference_conf_low", "risk_difference_conf_high"]
    risks.loc[risks["outcome"] == "force", names] = [0.0137, 0.0192, -0.0055, -0.0073, -0.0036]
    assert by_key(tables)["force_per_thousand"].sentence.startswith(
        "Among 1,000 contacts like these, about 14 written up by certified officers and 19 by others would involve "
        "force: a difference of 5.5 (95 % interval 3.6 to 7.3); n = "
    )


def test_rounding_hides_no_difference_and_invents_none() -> None:
    tables = tables_under("unclear")
    risks = tables["models/absolute_risk"]
    risks.loc[risks["outcome"] == "force", ["risk_certified", "risk_not_certified"]] = [0.01656, 0.01649]
    assert "about 16.6 written up by certified officers and 16.5 by others" in (
        by_key(tables)["force_per_thousand"].sentence
    )


def test_of_dispositions_it_is_said_among_which_contacts() -> None:
    found = by_key(tables_under("higher"))
    for outcome in WITH_FINDING[1:]:
        assert "contacts with one of the four dispositions" in found[f"{outcome}_per_thousand"].sentence
    assert "four dispositions" not in found["force_per_thousand"].sentence


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
