"""The published claim: as made and in contacts, each supported, contradicted, undecided or not to be estimated."""

import pytest

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.finding import Finding, printed_estimate
from cit_platform.publishing.topics.interventionist_effect import KEYS, parts_table
from cit_platform_tests.publishing.conftest import Tables, report, tables_under
from cit_platform_tests.publishing.modelled import part_of, verdict_of

FRAME = "models/interventionist_effect"


def by_measure(tables: Tables) -> dict[str, Finding]:
    found = {finding.key: finding for finding in report("interventionist_effect", tables).findings}
    return {measure: found[key] for measure, key in KEYS.items()}


def moved(measure: str, outcome: str, estimate: float, low: float, high: float) -> Tables:
    """The claim reproduced but for one part of one reading."""
    tables = tables_under("higher")
    frame = tables[FRAME]
    of_measure = frame["measure"] == measure
    at = of_measure & (frame["outcome"] == outcome)
    frame.loc[at, ["estimate", "conf_low", "conf_high"]] = [estimate, low, high]
    frame.loc[at, "part"] = part_of(low, high, 1.0 if measure == "odds_ratio" else 0.0)
    frame.loc[of_measure, "verdict"] = verdict_of(list(frame.loc[of_measure, "part"]))
    return tables


@pytest.mark.parametrize(
    ("truth", "direction", "verdict"),
    [
        ("higher", "higher", "supported"),
        ("lower", "lower", "contradicted"),
        ("unclear", "note", "undecided"),
        ("cannot", "cannot be estimated", "not estimated"),
    ],
)
@pytest.mark.parametrize("measure", KEYS)
def test_the_verdict_follows_the_truth(truth: str, direction: str, verdict: str, measure: str) -> None:
    found = by_measure(tables_under(truth))[measure]
    assert (found.direction, printed_estimate(found)) == (direction, verdict)


def test_a_contradiction_names_what_lies_below_and_nothing_else() -> None:
    sentence = by_measure(moved("risk_difference", "arrest", -0.0175, -0.021, -0.014))["risk_difference"].sentence
    numbers = "arrest (-17.5 per 1,000, -21.0 to -14.0)".replace("-", wording.MINUS)
    assert f"these data contradict the published claim: contacts ending in {numbers} were fewer, not more" in sentence
    assert "referral" not in sentence


def test_what_is_undecided_is_neither_refuted_nor_supported() -> None:
    found = by_measure(moved("odds_ratio", "referral", 1.04, 0.98, 1.1))
    sentence = found["odds_ratio"].sentence
    assert "leave the published claim undecided: the interval for referral includes 1" in sentence
    assert "contradict" not in sentence
    assert "83 of 100 studies of this size would find it supported" in sentence


def test_the_two_readings_can_differ() -> None:
    """Published odds ratios reproduced, and fewer detentions in contacts: supported as claimed, and contradicted."""
    found = by_measure(moved("risk_difference", "emergent_detention", -0.01, -0.02, -0.005))
    assert {measure: finding.words for measure, finding in found.items()} == {
        "odds_ratio": "supported",
        "risk_difference": "contradicted",
    }


def test_the_three_intervals_of_each_reading_stand_in_a_table() -> None:
    rows = parts_table(tables_under("higher")[FRAME]).rows
    assert [row[4] for row in rows] == ["above"] * 6
    assert rows[0][2] == "1.45"
    assert {row[4] for row in parts_table(tables_under("cannot")[FRAME]).rows} == {"cannot be estimated"}


def test_without_rows_the_model_could_not_be_fitted() -> None:
    tables = tables_under("higher")
    tables[FRAME] = tables[FRAME].iloc[:0]
    assert all("the disposition model could not be fitted" in found.sentence for found in by_measure(tables).values())
