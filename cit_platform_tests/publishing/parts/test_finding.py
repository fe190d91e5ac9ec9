"""A finding in print: formatted once, from its numbers and their unit."""

from dataclasses import asdict, replace
from datetime import date

import pytest

from cit_platform.publishing.parts.finding import (
    Finding,
    RowKey,
    Sizes,
    Unit,
    finding_of,
    finding_record,
    listed,
    not_estimated,
    printed_estimate,
    printed_interval,
    printed_n,
    row_key,
)
from cit_platform_tests.publishing.conftest import report, tables_under
from cit_platform_tests.publishing.language import banned_words

FINDING = Finding(
    key="force_odds_ratio",
    what="Force, odds ratio of certification",
    direction="lower",
    words="certified: lower",
    sentence="…",
    unit="odds ratio",
    estimate=0.7012345678912,
    low=0.61,
    high=0.79,
    sizes=Sizes(88_765, 1_391, 1_017),
    row=RowKey("models/estimates", {"term": "cit_certified"}),
    heading="Force",
)


def test_todays_printed_fields_stand_beside_the_numbers() -> None:
    record = finding_record(FINDING)
    printed = {name: record[name] for name in ("what", "estimate", "interval", "n", "words")}
    assert printed == {
        "what": "Force, odds ratio of certification",
        "estimate": "0.70",
        "interval": "0.61 to 0.79",
        "n": "n = 88,765 contacts",
        "words": "certified: lower",
    }
    assert record["numbers"]["estimate"] == 0.7012345679
    assert record["numbers"]["analysed"] == {"n": 88_765, "n_events": 1_391, "n_officers": 1_017, "unit": "contact"}
    assert record["row"] == {"table": "models/estimates", "key": {"term": "cit_certified"}}


@pytest.mark.parametrize(
    ("unit", "estimate", "printed"),
    [
        ("odds ratio", 1.004, "1.004"),
        ("odds ratio", 123.4, "123"),
        ("risk", 0.0163, "16.3 per 1,000"),
        ("risk difference", -0.0097, "\N{MINUS SIGN}9.7 per 1,000"),
        ("risk difference", 0.0097, "+9.7 per 1,000"),
        ("ratio of odds ratios", 1.02, "1.02 times"),
        ("design effect", 1.784, "1.78"),
        ("verdict", None, "certified: lower"),
        ("odds ratio", None, "not estimated"),
    ],
)
def test_a_number_is_printed_by_its_unit(unit: Unit, estimate: float | None, printed: str) -> None:
    assert printed_estimate(replace(FINDING, unit=unit, estimate=estimate)) == printed


def test_what_is_not_known_is_not_printed() -> None:
    bare = replace(FINDING, low=None, high=None, sizes=Sizes())
    assert (printed_interval(bare), printed_n(bare)) == ("", "")
    assert printed_estimate(replace(FINDING, unit="verdict", estimate=None, direction="cannot be estimated")) == (
        "not estimated"
    )
    assert printed_n(replace(FINDING, sizes=Sizes(12, unit="record"))) == "n = 12 records"


def test_a_finding_comes_back_from_storage() -> None:
    assert finding_of(asdict(FINDING)) == FINDING
    assert finding_of(asdict(replace(FINDING, row=None))) == replace(FINDING, row=None)


def test_the_key_of_a_row_is_that_of_its_contract() -> None:
    key = {"agency": "seattle", "model": "force", "outcome": "force", "step": 3}
    assert row_key("models/ladder", key | {"window_start": date(2015, 5, 15)}).key == key


def test_dates_of_a_key_are_iso_text() -> None:
    [found] = report("force", tables_under("lower")).findings
    assert found.row is not None
    assert found.row.key["window_start"] == "2016-04-01"


def test_what_was_not_fitted_says_so() -> None:
    found = not_estimated("k", "What", "The odds", "odds ratio", "models/estimates", None)
    assert found.sentence == "The odds cannot be estimated: it was not fitted."
    assert (found.about, found.sizes) == ("What", Sizes())


def test_lists_in_a_sentence() -> None:
    assert [listed(words) for words in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]


def test_the_reader_of_words_can_fail() -> None:
    assert banned_words("Training reduces force; arrests are less likely. The effect of training leads to calm.")
    assert banned_words("“The interventionist effect” and a design effect are names") == []
