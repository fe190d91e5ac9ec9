"""Other studies: what was read, no common axis, and a size to measure our power by."""

import pytest

from cit_platform.codebook.evidence import other_results
from cit_platform.publishing.topics.evidence import EVIDENCE
from cit_platform.studies.evidence import evidence as studied
from cit_platform_tests.publishing.conftest import TOPICS, Tables, report, tables_under


def sentence(tables: Tables) -> str:
    [found] = report("evidence", tables).findings
    return found.sentence


@pytest.mark.parametrize(
    ("smallest", "words"),
    [
        (0.84, "an odds ratio of 0.84 or less, and a ratio of 0.72 is one of these."),
        (0.60, "an odds ratio of 0.60 or less, and a ratio of 0.72 is none of these: a difference of that size could"),
        (None, "whether our records could show as much cannot be said here"),
    ],
)
def test_the_size_seen_elsewhere_is_held_against_our_power(smallest: float | None, words: str) -> None:
    tables = tables_under("lower")
    tables[EVIDENCE].loc[tables[EVIDENCE]["size_to_power"], "smallest_detectable_below"] = smallest
    assert words in sentence(tables)
    assert "no benchmark" in sentence(tables)


def test_the_table_shows_what_was_read_and_a_dash_for_what_was_not() -> None:
    [block] = [block for block in report("evidence", tables_under("lower")).blocks if block["kind"] == "numbers"]
    rows = [dict(zip(block["table"]["header"], row, strict=True)) for row in block["table"]["rows"]]
    assert [(row["Estimate"], row["Interval or p"]) for row in rows] == [
        ("odds ratio 0.47", "p = 0.007"),
        ("−28.1 %", "–"),  # noqa: RUF001
        ("–", "–"),  # noqa: RUF001
    ]
    assert {row["What was read"] for row in rows} == {"abstract"}
    assert TOPICS["evidence"].chart is None


def test_how_much_is_known_is_counted() -> None:
    [prose] = [block for block in report("evidence", tables_under("lower")).blocks if block["kind"] == "prose"]
    assert prose["text"].startswith(
        "Listed are 3 results of 3 other studies; 2 of them come with a number, none with an interval."
    )


def test_the_study_puts_our_power_beside_the_size_and_nowhere_else() -> None:
    force = tables_under("lower")["models/force"]
    found = studied(force).set_index(["study", "outcome"])
    size = found.loc[("engel_2022", "force")]
    assert size["ratio"] == pytest.approx(0.719)
    headline = force[(force["role"] == "headline") & (force["term"] == "cit_certified")]
    assert size["smallest_detectable_below"] == headline["smallest_detectable_below"].iloc[0]
    others = found[~found["size_to_power"].astype(bool)]
    assert others[["ratio", "smallest_detectable_below"]].isna().all(axis=None)


def test_without_a_fit_the_results_stand_without_our_power() -> None:
    found = studied(tables_under("cannot")["models/force"])
    assert len(found) == len(other_results("seattle"))
    assert found["smallest_detectable_below"].isna().all()
    assert studied(tables_under("cannot")["models/force"].iloc[:0]).empty


def test_every_result_of_the_codebook_says_what_was_read_and_only_numbers_have_a_measure() -> None:
    results = other_results("seattle")
    assert [result for result in results if result.size_to_power and result.outcome == "force"]
    for result in results:
        assert result.citation
        assert result.finding
        assert result.read
        assert bool(result.measure) == (result.estimate is not None), result.study
        assert result.conf_low is None
