"""What the records are: the arithmetic of who else was there, and since when certification can be used."""

import pandas as pd
import pytest

from cit_platform.publishing.topics.the_records import (
    colleague_words,
    disposition_words,
    exposure_table,
    window_words,
)
from cit_platform_tests.publishing.conftest import Tables, report, tables_under


def arrived(share: float, low: float) -> pd.DataFrame:
    """The situation with another share of contacts to which a certified officer came without the writer being one."""
    frame = tables_under("lower")["models/situation"]
    hit = (frame["outcome"] == "cit_arrived") & (frame["level"] == "0")
    frame.loc[hit, ["risk", "risk_conf_low", "risk_conf_high"]] = [share, low, share + 0.02]
    return frame


def judged(**implausible: str) -> pd.DataFrame:
    """Quarters of which those named (as q2016_Q1) are implausible, each with its reason."""
    frame = tables_under("lower")["quality/exposure"].assign(verdict="usable", reason="")
    for name, reason in implausible.items():
        hit = frame["quarter"] == name[1:].replace("_", "-")
        assert hit.any()
        frame.loc[hit, ["verdict", "reason"]] = ["implausible", reason]
    return frame


def said(tables: Tables) -> dict[str, str]:
    return {block["lead"]: block["text"] for block in report("the_records", tables).blocks if block.get("lead")}


def test_the_box_says_who_writes_who_is_missing_and_what_force_means() -> None:
    words = said(tables_under("lower"))
    assert "Who acts also ticks the boxes" in words["Who writes them."]
    assert "Contacts without a form" in words["Who is not in them."]
    assert "reportable force" in words["What force means."]
    assert set(words) >= {"Who else was there.", "How it ended.", "Since when."}


def test_mostly_a_colleague_was_there_only_where_the_interval_says_so() -> None:
    text = colleague_words(arrived(0.64, 0.62))
    assert (
        "and to 64 % of those written up by others (26,240 of 41,000): mostly a certified colleague was there" in text
    )
    for share, low in ((0.51, 0.49), (0.3, 0.28)):
        assert "mostly" not in colleague_words(arrived(share, low))


def test_where_nothing_is_known_of_a_colleague_nothing_is_said() -> None:
    frame = tables_under("lower")["models/situation"]
    text = colleague_words(frame[frame["outcome"] != "cit_arrived"])
    assert text.endswith("cannot be told from this snapshot.")


@pytest.mark.parametrize(
    ("implausible", "words"),
    [
        ({}, "Certification can be used in every quarter."),
        ({"q2015_Q2": "few_certified"}, "analysed from 1 July 2015 on"),
        ({"q2015_Q2": "few_certified", "q2017_Q3": "few_certified"}, "analysed from 1 October 2017 on"),
        ({"q2026_Q2": "few_certified"}, "Up to the last quarter certification is implausible: 2026-Q2 (hardly any"),
    ],
)
def test_the_window_starts_where_all_later_quarters_are_usable(implausible: dict[str, str], words: str) -> None:
    frame = judged(**implausible)
    assert words in window_words(frame.sample(frac=1, random_state=2))


def test_quarters_with_different_reasons_are_not_mixed() -> None:
    text = window_words(judged(q2015_Q2="few_certified", q2015_Q3="new_reason", q2015_Q4="new_reason"))
    assert "2015-Q2 (hardly any certified officer reports); 2015-Q3 and 2015-Q4 (new reason)" in text


def test_many_quarters_are_counted() -> None:
    names = [f"q{year}_Q{number}" for year in (2016, 2017) for number in (1, 2, 3, 4)]
    assert "8 quarters from 2016-Q1 to 2017-Q4" in window_words(judged(**dict.fromkeys(names, "few_certified")))


def test_without_quarters_nothing_is_claimed_of_them() -> None:
    assert "has not been judged" in window_words(judged().iloc[:0])


def test_the_estimate_with_every_quarter_stands_beside() -> None:
    tables = tables_under("lower")
    estimates = tables["models/estimates"]
    hit = (estimates["variant"] == "all_quarters") & (estimates["term"] == "cit_certified")
    estimates.loc[hit, ["odds_ratio", "conf_low", "conf_high"]] = [0.88, 0.8, 0.97]
    assert "the odds ratio of force is 0.88 (0.80 to 0.97) instead of 0.67 (" in said(tables)["Since when."]
    tables["models/estimates"] = estimates[estimates["variant"] != "all_quarters"]
    assert "With every quarter" not in said(tables)["Since when."]


def test_a_demonstration_of_one_row_per_contact_says_who_chose() -> None:
    flow = tables_under("lower")["quality/flow"]
    assert disposition_words(flow).endswith(": here 108,664 records of 90,111 contacts.")
    assert "that the city chose by a rule" in disposition_words(flow.iloc[:0])


def test_every_quarter_stands_in_the_table_with_its_verdict() -> None:
    rows = exposure_table(judged(q2015_Q2="few_certified")).rows
    assert len(rows) == 45
    assert (rows[0][0], rows[0][-1]) == ("2015-Q2", "hardly any certified officer reports")
    assert rows[1][-1] == "usable"
    # Who seems to become certified after a quarter in which nobody was says nothing.
    assert (rows[0][5:7], rows[1][5:7], rows[2][5:7]) == (("11", "0"), ("", ""), ("11", "0"))
