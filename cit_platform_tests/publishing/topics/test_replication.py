"""Replication: inside our interval or not, on which side, how far apart; and that a demonstration compares nothing."""

import pandas as pd
import pytest

from cit_platform.publishing.parts.finding import Finding
from cit_platform.publishing.topics.replication import archived_words, replication_table
from cit_platform_tests.publishing.conftest import DEMO, Tables, report, tables_under

FRAME = "models/replication"


def by_outcome(tables: Tables) -> dict[str, Finding]:
    found = report("replication", tables).findings
    return {str(finding.row.key["outcome"]): finding for finding in found if finding.row}


def headline(frame: pd.DataFrame, outcome: str) -> "pd.Series[bool]":
    rows = (frame["outcome"] == outcome) & (frame["term"] == "cit_certified") & (frame["role"] == "headline")
    return rows & frame["published_odds_ratio"].notna()


def test_on_demonstration_data_nothing_is_compared() -> None:
    found = report("replication", tables_under("higher"), DEMO)
    [finding] = found.findings
    assert finding.key == "replication"
    assert "comparisons with the published numbers mean nothing here" in finding.sentence
    assert "published odds ratio" not in finding.sentence
    [table] = [block["table"] for block in found.blocks if "table" in block]
    assert {row[-3:] for row in table["rows"]} == {("–",) * 3}  # noqa: RUF001


@pytest.mark.parametrize(
    ("truth", "outcome", "words"),
    [
        ("higher", "arrest", "same side, published value inside our interval"),
        ("higher", "force", "same side, published value outside our interval"),
        ("lower", "force", "other side, published value outside our interval"),
        ("unclear", "force", "same side, published value inside our interval"),
    ],
)
def test_agreement_is_about_both_numbers_and_not_about_significance(truth: str, outcome: str, words: str) -> None:
    found = by_outcome(tables_under(truth))
    assert set(found) == {"force", "arrest", "referral"}
    assert found[outcome].words == words
    place = "inside" if "inside" in words else "outside"
    assert f"lies {place} that interval, on the {words.split()[0]} side of 1; ours is " in found[outcome].sentence


def test_no_word_says_that_the_published_result_failed_or_was_confirmed() -> None:
    for truth in ("lower", "higher", "unclear", "cannot"):
        text = " ".join(finding.sentence for finding in by_outcome(tables_under(truth)).values())
        assert not [word for word in ("hold", "fail", "confirm", "refut") if word in text]


def test_how_far_apart_they_are_has_an_interval() -> None:
    tables = tables_under("higher")
    frame = tables[FRAME]
    names = ["log_difference", "log_difference_conf_low", "log_difference_conf_high"]
    frame.loc[headline(frame, "force"), names] = [0.6931471805599453, 0.0, 1.3862943611198906]
    assert "ours is 2.00 times it (1.00 to 4.00)" in by_outcome(tables)["force"].sentence
    row = next(row for row in replication_table(frame, False).rows if row[0].startswith("force") and "0.69" in row[-1])
    assert row[-3:] == ("yes", "no", "0.69 (0.00 to 1.39)")


def test_numbers_with_different_references_are_not_compared() -> None:
    tables = tables_under("higher")
    frame = tables[FRAME]
    at = headline(frame, "force")
    frame.loc[at, "same_reference"] = False
    frame.loc[at, ["same_sign", "published_inside"]] = None
    found = by_outcome(tables)["force"]
    assert found.words == "not compared: another reference"
    assert "has another reference, so nothing is compared" in found.sentence
    assert "times it" not in found.sentence


def test_what_cannot_be_refitted_is_not_judged() -> None:
    found = report("replication", tables_under("cannot")).findings
    assert {finding.direction for finding in found} == {"cannot be estimated"}
    assert all(finding.estimate is None and "cannot be estimated" in finding.sentence for finding in found)


def test_the_assumed_end_of_the_published_years_is_said() -> None:
    text = " ".join(block.get("text", "") for block in report("replication", tables_under("higher")).blocks)
    assert "his last day is not known" in text


def test_a_note_stands_behind_the_sentence() -> None:
    tables = tables_under("higher")
    tables[FRAME]["note"] = "the data cover only 2019"
    sentences = [finding.sentence for finding in report("replication", tables).findings]
    assert all(sentence.endswith(" Note: the data cover only 2019.") for sentence in sentences)


@pytest.mark.parametrize(
    ("first", "words"),
    [
        (
            "2026-11-19",
            "No snapshot of his time is archived: the first is of 19 November 2026, and his window ends on 31",
        ),
        ("2026-04-03", "No snapshot of his time is archived: the first is of 3 April 2026"),
        ("2026-04-02", "A snapshot of 2 April 2026 is archived"),
        ("2025-11-30", "A snapshot of 30 November 2025 is archived"),
    ],
)
def test_it_says_whether_a_snapshot_of_the_authors_time_is_archived(first: str, words: str) -> None:
    tables = tables_under("lower")
    revisions = tables["quality/revisions"]
    revisions = revisions.assign(night=revisions["night"].replace("2026-11-19", first))
    assert words in archived_words(tables[FRAME], revisions)
    said = [block["text"] for block in report("replication", tables).blocks if block["kind"] == "prose"]
    assert any("archived" in text for text in said)


def test_without_watched_revisions_nothing_is_said_of_archived_snapshots() -> None:
    tables = tables_under("lower")
    assert "is not known here" in archived_words(tables[FRAME], tables["quality/revisions"].iloc[:0])
