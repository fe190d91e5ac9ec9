"""Dispositions: each odds ratio against no action, and bars that say why there is no interval."""

import pytest
from plotly import graph_objects as go

from cit_platform.publishing.parts.finding import Finding
from cit_platform.publishing.topics.dispositions import DISPOSITIONS, disposition_bars, odds_table, shares_table
from cit_platform_tests.publishing.conftest import REAL, Tables, report, tables_under, written


def findings(tables: Tables) -> tuple[Finding, ...]:
    return report("dispositions", tables).findings


@pytest.mark.parametrize(
    ("truth", "direction"),
    [
        ("lower", "lower"),
        ("higher", "higher"),
        ("unclear", "no clear association"),
        ("cannot", "cannot be estimated"),
    ],
)
def test_directions_follow_the_truth(truth: str, direction: str) -> None:
    found = findings(tables_under(truth))
    assert [finding.key for finding in found] == [f"{outcome}_odds_ratio" for outcome in DISPOSITIONS]
    assert {finding.direction for finding in found} == {direction}
    assert all("rather than no action" in finding.sentence for finding in found)


def test_every_disposition_and_variant_has_its_row() -> None:
    rows = odds_table(tables_under("lower")["models/estimates"]).rows
    assert [row[0] for row in rows] == ["Arrest", "Emergent detention", "Referral"] * 2


def test_bars_say_why_there_is_no_interval() -> None:
    shares = tables_under("lower")["models/disposition_shares"]
    gone = (shares["cit_certified"] == 1) & (shares["disposition_group"] == "arrest")
    shares.loc[gone, ["share_conf_low", "share_conf_high"]] = None
    figure = disposition_bars(shares, REAL)
    assert "too few contacts for an interval" in written(figure)
    assert len(figure["data"][0]["x"]) == len(figure["data"][1]["x"]) - 1
    assert [row[3] for row in shares_table(shares).rows].count("too few contacts for an interval") == 1


def test_an_empty_table_draws_a_figure() -> None:
    go.Figure(disposition_bars(tables_under("lower")["models/disposition_shares"].iloc[:0], REAL))
