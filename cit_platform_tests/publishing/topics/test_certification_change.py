"""Before and after certification: the ratio on its side of 1, what may mislead, and why there is none."""

import pytest

from cit_platform.inference.verdict import Kind, Verdict
from cit_platform_tests.publishing.conftest import content, report, tables_under

CHANGE = "models/certification_change"


@pytest.mark.parametrize(
    ("truth", "words"),
    [
        ("lower", "fewer than expected"),
        ("higher", "more than expected"),
        ("unclear", "no clear change"),
        ("cannot", "cannot be estimated: too few changes"),
    ],
)
def test_the_sentence_follows_the_truth(truth: str, words: str) -> None:
    found = {finding.key: finding for finding in report("certification_change", tables_under(truth)).findings}
    assert set(found) == {"force_per_month", "force_per_contact", "force_per_month_fading"}
    assert words in found["force_per_month"].sentence


def test_it_says_what_was_counted_and_what_was_expected() -> None:
    [finding, *_] = report("certification_change", tables_under("lower")).findings
    assert finding.sentence.startswith(
        "After they became certified, 190 officers reported 82 contacts with force, where officers who were still to "
        "be certified lead one to expect 122: 0.67 (95 % interval "
    )


def test_the_chance_to_notice_fading_stands_beside_it() -> None:
    tables = tables_under("lower")
    fading = tables[CHANGE]["quantity"] == "fading"
    tables[CHANGE].loc[fading, "power"] = 0.38
    [*_, finding] = report("certification_change", tables).findings
    assert "the chance to see that here is 38 %" in finding.sentence


def test_a_trend_before_turns_the_ratio_and_the_page_says_into_what() -> None:
    tables = tables_under("lower")
    rows = tables[CHANGE]["quantity"] == "average_trend_high"
    tables[CHANGE].loc[rows, ["ratio", "conf_low", "conf_high"]] = [0.31, 0.2, 0.5]
    said = [block.text for block in content("certification_change", tables).blocks if hasattr(block, "text")]
    assert any("would be 0.31 or 0.82 instead" in text for text in said)


def test_a_refused_cohort_is_named() -> None:
    tables = tables_under("lower")
    verdict = Verdict(Kind.COHORT_REFUSED, {"cohort": "2016-Q1", "percent": 30})
    tables[CHANGE]["note"] = str(verdict)
    said = [block.text for block in content("certification_change", tables).blocks if hasattr(block, "text")]
    assert any(text.startswith("The changes of 2016-Q1 are left out: 30 % of all") for text in said)


def test_two_way_fixed_effects_are_called_a_check() -> None:
    tables = [
        block.table
        for block in content("certification_change", tables_under("lower")).blocks
        if hasattr(block, "table")
    ]
    assert any("as a check" in row[0] for row in tables[0].rows)
