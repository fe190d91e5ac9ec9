"""What the page says of the publisher's revisions: computed from the table, in words that name no cause."""

import pandas as pd
import pytest

from cit_platform.publishing.topics.revisions import nights_table, revision_bars, revision_sentences, revisions_table
from cit_platform_tests.publishing import conftest, frames
from cit_platform_tests.publishing.conftest import REAL
from cit_platform_tests.publishing.language import banned_words


@pytest.fixture
def revisions() -> pd.DataFrame:
    return frames.quality_tables()["quality/revisions"]


def only(frame: pd.DataFrame, *changes: str) -> pd.DataFrame:
    return frame[frame["change"].isin(changes)]


def written(frame: pd.DataFrame) -> str:
    return conftest.written(revision_bars(frame, REAL)).replace("\n", " ")


def test_before_the_second_snapshot_it_says_since_when_it_watches(revisions: pd.DataFrame) -> None:
    [sentence] = revision_sentences(only(revisions, "first"))
    assert sentence.startswith("The first snapshot was kept on 2026-11-19.")
    assert "compared since 2026-11-19" in written(only(revisions, "first")).replace("<br>", " ")


def test_without_a_revision_it_says_that_nothing_changed(revisions: pd.DataFrame) -> None:
    watching, nothing = revision_sentences(only(revisions, "first", "compared"))
    assert "on 2 days so far, the last time on 2026-11-22" in watching
    assert "nothing was added to, removed from or changed" in nothing
    assert "Nothing was added" in written(only(revisions, "first", "compared"))


def test_sentences_are_computed_from_the_table(revisions: pd.DataFrame) -> None:
    text = " ".join(revision_sentences(revisions))
    assert "4 records came in addition, no record vanished and 31 records changed in at least one field" in text
    assert "at least 152 days before (n = 30 with a known day of report)" in text
    assert "“officer years of experience”, in 20 records" in text
    assert "On 2026-11-20, 1 field was printed otherwise" in text
    revisions.loc[(revisions["night"] == "all") & (revisions["field"] == "initial_call_type"), "n_records"] = 21
    assert "“initial call type”, in 21 records" in " ".join(revision_sentences(revisions))
    assert banned_words(text) == []


def test_what_is_withheld_has_no_number(revisions: pd.DataFrame) -> None:
    withheld = "withheld: fewer than 10 contacts"
    [row] = [row for row in revisions_table(revisions).rows if row[0] == "Records changed: officer race"]
    assert row[1:] == (withheld, "", "", "", "", "")
    assert withheld in written(revisions)
    only_withheld = revisions[(revisions["night"] != "all") | ~revisions["shown"]]
    assert "The field changed most often" not in " ".join(revision_sentences(only_withheld))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            "absent",
            "On 2026-11-20, the city left out or brought back all values of “CIT officer requested” and “officer "
            "race”; that does not count as a change of the records.",
        ),
        (
            "collapsed",
            "On 2026-11-20, the city printed contacts of several rows in one row, by which 1,450 records went; this "
            "change of the source was let through, and does not count as removed records.",
        ),
    ],
)
def test_what_is_no_revision_is_one_sentence_a_night(revisions: pd.DataFrame, change: str, sentence: str) -> None:
    assert revision_sentences(revisions).count(sentence) == 1
    assert sentence not in revision_sentences(revisions[revisions["change"] != change])
    [revised] = {text for text in revision_sentences(revisions) if text.startswith("In contacts that")}
    assert revised in revision_sentences(revisions[revisions["change"] != change])


def test_what_is_no_revision_stands_in_the_table_and_in_no_bar(revisions: pd.DataFrame) -> None:
    listed = [row[0] for row in revisions_table(revisions).rows]
    for words in ("Of a whole field left out or brought back: CIT officer requested", "Gone, because contacts of"):
        assert sum(row.startswith(words) for row in listed) == 1
        assert words not in written(revisions)


def test_the_nights_are_listed_the_last_first(revisions: pd.DataFrame) -> None:
    assert nights_table(revisions).rows == (
        ("2026-11-22", "110,000", "4", "0", "31", "none"),
        ("2026-11-20", "109,965", "0", "0", "0", "precinct"),
    )


def test_every_bar_adds_up_to_its_records(revisions: pd.DataFrame) -> None:
    figure = revision_bars(revisions, REAL)
    bars = [trace for trace in figure["data"] if trace["type"] == "bar"]
    assert [sum(counts) for counts in zip(*(bar["x"] for bar in bars), strict=True)] == [4, 31, 20, 9]
