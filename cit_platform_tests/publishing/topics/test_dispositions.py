"""Dispositions: odds ratios against no action in one table, and bars that say why there is no interval."""

import pytest
from plotly import graph_objects as go

from cit_platform.publishing.topics.dispositions import disposition_bars, odds_table, shares_table
from cit_platform_tests.publishing.conftest import REAL, report, tables_under, written


def test_odds_ratios_stand_in_one_table_and_in_no_sentence() -> None:
    estimates = tables_under("lower")["models/estimates"]
    rows = odds_table(estimates).rows
    assert [row[0] for row in rows] == ["Arrest", "Emergent detention", "Referral"] * 2
    assert [row[-1] for row in rows] == ["83,086 contacts"] * 3 + ["102,196 records"] * 3
    assert report("dispositions", tables_under("lower")).findings == ()


@pytest.mark.parametrize(("truth", "odds"), [("lower", "0.67"), ("higher", "1.45"), ("unclear", "0.98")])
def test_they_follow_the_truth(truth: str, odds: str) -> None:
    assert odds_table(tables_under(truth)["models/estimates"]).rows[0][2] == odds


def test_it_is_said_of_which_contacts_they_are() -> None:
    text = " ".join(block.get("text", "") for block in report("dispositions", tables_under("lower")).blocks)
    assert "contacts with another disposition, or none, are not among them" in text


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
