"""Harder calls: the answer follows the interval and the margin, and the page always says what balance cannot show."""

import pandas as pd
import pytest

from cit_platform.publishing.parts.finding import Finding
from cit_platform_tests.publishing.conftest import TRUTHS, Tables, report, tables_under


def by_key(tables: Tables) -> dict[str, Finding]:
    return {finding.key: finding for finding in report("dispatch_balance", tables).findings}


@pytest.mark.parametrize(
    ("truth", "direction", "words"),
    [
        ("lower", "lower", "fewer contacts with force per 1,000"),
        ("higher", "higher", "more contacts with force per 1,000"),
        ("unclear", "no clear association", ", includes 0)"),
        ("cannot", "cannot be estimated", "cannot be estimated: too few events"),
    ],
)
def test_both_differences_follow_the_truth(truth: str, direction: str, words: str) -> None:
    found = by_key(tables_under(truth))
    for key in ("harder_calls", "overlap_difference"):
        assert found[key].direction == direction
        assert words in found[key].sentence


@pytest.mark.parametrize(
    ("limits", "verdict", "words"),
    [
        ((-0.0002, 0.0003), "inside", "The interval lies within 0.5 per 1,000 either way"),
        ((0.0011, 0.0023), "beyond", "The interval lies beyond 0.5 per 1,000"),
        ((-0.0002, 0.0023), "undecided", "Whether it is under 0.5 per 1,000, the size stated beforehand, is open"),
    ],
)
def test_the_margin_is_said_with_the_verdict(limits: tuple[float, float], verdict: str, words: str) -> None:
    tables = tables_under("lower")
    frame = tables["models/dispatch_balance"]
    row = frame["question"] == "wrote"
    frame.loc[row, ["risk_difference_conf_low", "risk_difference_conf_high"]] = limits
    frame.loc[row, "risk_difference"] = sum(limits) / 2
    frame.loc[row, "verdict"] = verdict
    assert words in by_key(tables)["harder_calls"].sentence


@pytest.mark.parametrize("truth", TRUTHS)
def test_the_page_always_says_what_balance_cannot_exclude(truth: str) -> None:
    said = [block for block in report("dispatch_balance", tables_under(truth)).blocks if block["kind"] == "prose"]
    [text] = [block["text"] for block in said if block["lead"] == "What balance cannot show."]
    assert "cannot exclude that certified officers write up calls that are harder in ways no field records" in text


def test_the_published_comparison_comes_first_and_as_it_was_made() -> None:
    sentence = by_key(tables_under("lower"))["dispatch_published"].sentence
    assert "write up 56.0 % (54.0 % to 58.0 %) of the violent or high-risk calls and 55.0 %" in sentence


def test_that_requested_and_sent_are_indistinct_is_said_only_where_it_is_so() -> None:
    tables = tables_under("lower")
    frame = tables["models/dispatch_balance"]

    def text() -> str:
        blocks = report("dispatch_balance", tables).blocks
        return " ".join(block["text"] for block in blocks if block["kind"] == "prose")

    assert "cannot be told apart" not in text()
    whole = frame[frame["question"] == "wrote"].assign(question="sent", note="cit_dispatched is not told apart")
    tables["models/dispatch_balance"] = pd.concat([frame, whole], ignore_index=True)
    assert "cannot be told apart" in text()
