"""Every sentence read under opposite truths."""

import math
import re
from pathlib import Path

import pandas as pd
import pytest

from cit_platform.inference.verdict import Kind, Verdict
from cit_platform.modelling.tidy import reason_columns
from cit_platform.publishing import findings as module
from cit_platform.publishing.findings import LADDER, NO_COMPARISON, Finding, findings, in_brief
from cit_platform.publishing.wording import reason, short_reason
from cit_platform_tests.publishing import frames
from cit_platform_tests.publishing.language import banned_words

ABOUT_CERTIFICATION = [
    f"{outcome}_{kind}"
    for outcome in ("force", "arrest", "emergent_detention", "referral")
    for kind in ("per_thousand", "odds_ratio")
]


def by_key(truth: str, demonstration: bool = False) -> dict[str, Finding]:
    return {finding.key: finding for finding in findings(frames.tables(truth), demonstration)}


@pytest.mark.parametrize(
    ("truth", "said", "unsaid"),
    [
        ("lower", r"associated with (lower odds|[\d.]+ fewer)", r"higher|more|no clear|cannot"),
        ("higher", r"associated with (higher odds|[\d.]+ more)", r"lower|fewer|no clear|cannot"),
        (
            "unclear",
            r"no clear association.*which includes 0|no clear association.*includes 1",
            r"associated with|cannot",
        ),
        ("cannot", r"cannot be estimated: too few events", r"associated with|no clear|lower|higher"),
    ],
)
def test_sentences_follow_the_truth(truth: str, said: str, unsaid: str) -> None:
    found = by_key(truth)
    for key in ABOUT_CERTIFICATION:
        sentence = found[key].sentence
        assert re.search(said, sentence), sentence
        assert not re.search(unsaid, sentence), sentence


@pytest.mark.parametrize("truth", frames.TRUTHS)
@pytest.mark.parametrize("demonstration", [True, False])
def test_no_causal_word_and_no_likely(truth: str, demonstration: bool) -> None:
    found = findings(frames.tables(truth), demonstration)
    texts = [in_brief(found), *(text for finding in found for text in (finding.sentence, finding.words, finding.what))]
    assert {text: words for text in texts if (words := banned_words(text))} == {}


def test_the_reader_of_words_can_fail() -> None:
    assert banned_words("Training reduces force; arrests are less likely. The effect of training leads to calm.")
    assert banned_words("“The interventionist effect” and a design effect are names") == []


@pytest.mark.parametrize("truth", ["lower", "higher", "unclear"])
def test_a_number_stands_with_interval_reference_and_n(truth: str) -> None:
    found = by_key(truth)
    for key in ABOUT_CERTIFICATION:
        sentence = found[key].sentence
        assert "95 % interval" in sentence
        assert "n = 88,765 contacts" in sentence
        assert (
            "compared with contacts reported by an officer without certification" in sentence or "with none" in sentence
        )


def test_numbers_come_from_the_estimates() -> None:
    """Doubling every log odds ratio changes every number in the sentence: none is written into it."""
    tables = frames.tables("lower")
    moved = {path: frame.copy() for path, frame in tables.items()}
    for name in ("odds_ratio", "conf_low", "conf_high"):
        moved["models/estimates"][name] **= 2
    before, after = ({f.key: f for f in findings(chosen, False)}["force_odds_ratio"] for chosen in (tables, moved))
    assert before.estimate == "0.70"
    assert after.estimate == "0.49"
    assert "0.49 (95 % interval 0.38 to 0.63" in after.sentence
    assert "0.70" not in after.sentence


def test_no_number_is_written_in_the_source() -> None:
    """The only numbers in the text of sentences are of the method: 95 %, 1,000, and 0 and 1 as "no difference"."""
    source = Path(module.__file__).read_text(encoding="utf-8")
    strings = re.findall(r'f?"([^"\n]*)"', source)
    numbers = {
        number for text in strings for number in re.findall(r"(?<![\w{.:])\d[\d.,]*", re.sub(r"\{[^}]*\}", "", text))
    }
    assert {number.rstrip(".,") for number in numbers} <= {"95", "1,000", "0", "1"}


def test_strongest_predictor_is_whichever_it_is() -> None:
    tables = frames.tables("lower")
    first = findings(tables, False)[0]
    assert "strongest predictor of force is the nature of the call" in first.sentence
    assert "“violent or high-risk call” compared with “general welfare check”" in first.sentence
    assert "CIT certification is number 2 of 6" in first.sentence
    tests = tables["models/term_tests"]
    tests.loc[tests["term"] == "precinct", "lr_chi2_per_df"] = 5000.0
    assert "strongest predictor of force is the precinct" in findings(tables, False)[0].sentence


def test_headline_leads_with_situation_then_absolute_then_odds_ratio() -> None:
    keys = [finding.key for finding in findings(frames.tables("lower"), False)]
    assert keys[:3] == ["strongest_predictor", "force_per_thousand", "force_odds_ratio"]


@pytest.mark.parametrize(
    ("truth", "verdict"),
    [
        ("higher", "is supported"),
        ("lower", "is not supported"),
        ("unclear", "is not supported"),
        ("cannot", "cannot be estimated"),
    ],
)
def test_interventionist_effect(truth: str, verdict: str) -> None:
    assert verdict in by_key(truth)["interventionist_effect"].sentence


def test_demonstration_compares_nothing() -> None:
    found = by_key("higher", demonstration=True)
    assert "comparisons with the published numbers mean nothing here" in found["replication"].sentence
    assert not any("published odds ratio" in finding.sentence for finding in found.values())


def test_replication_on_real_data_holds_or_not() -> None:
    held = {key: finding.sentence for key, finding in by_key("higher").items() if key.startswith("replication")}
    assert len(held) == 2
    assert all("1.13 (p = 0.027)" in sentence and "it holds" in sentence for sentence in held.values())
    lost = [finding.sentence for key, finding in by_key("lower").items() if key.startswith("replication")]
    assert all("it does not hold" in sentence for sentence in lost)


def test_ladder_says_how_far_estimate_and_interval_move() -> None:
    sentence = by_key("lower")["ladder"].sentence
    for words in (
        "step 0 (one row per record, as published)",
        "step 3 (one row per contact, clustered by officer, adjusted for the year)",
        "0.70 (95 % interval 0.63 to 0.78), n = 101,234 records",
        "0.70 (95 % interval 0.61 to 0.80), n = 88,765 contacts",
        "compared with contacts reported by an officer without certification",
        f"{0.068 / 0.055:.2f} times as wide",
        "Every step says the same (certified: lower).",
    ):
        assert words in sentence, words


def ladder_with(step: int, measure: str, **numbers: float | None) -> dict[str, pd.DataFrame]:
    tables = frames.tables("higher")
    ladder = tables["models/ladder"]
    ladder.loc[(ladder["step"] == step) & (ladder["measure"] == measure), list(numbers)] = list(numbers.values())
    return tables


def test_ladder_names_the_steps_that_disagree() -> None:
    tables = ladder_with(2, "odds_ratio", conf_low=0.98)
    sentence = {finding.key: finding for finding in findings(tables, False)}["ladder"].sentence
    assert (
        "The steps disagree, and that is the finding: steps 0, 1, 3 and 4 (certified: higher); "
        "steps 2 by officer and 2 by officer and incident (no clear association)." in sentence
    )


def test_ladder_numbers_come_from_its_table() -> None:
    tables = ladder_with(3, "odds_ratio", ratio=2.0, conf_low=1.5, conf_high=2.7)
    sentence = {finding.key: finding for finding in findings(tables, False)}["ladder"].sentence
    assert "2.00 (95 % interval 1.50 to 2.70)" in sentence
    assert f"The second odds ratio is {2.0 / math.exp(0.36):.2f} times the first" in sentence


def test_design_effect_and_what_the_published_p_value_would_be() -> None:
    sentence = by_key("unclear")["design_effect"].sentence
    assert "the variance of the published counting is 1.78 times what independent rows would give" in sentence
    assert "With one row per contact it is 1.29 clustered by officer and 1.33 clustered by officer and inc" in sentence
    assert "n = 101,234 records, 1,017 officers" in sentence
    assert sentence.endswith("The published p = 0.027 would then be p = 0.097.")


@pytest.mark.parametrize("truth", frames.TRUTHS)
def test_no_corrected_p_value_on_demonstration_data(truth: str) -> None:
    found = by_key(truth, demonstration=True)
    assert not any("0.097" in finding.sentence or "0.027" in finding.sentence for finding in found.values())
    assert truth == "cannot" or found["design_effect"].sentence.endswith(NO_COMPARISON)


@pytest.mark.parametrize(
    ("truth", "said"),
    [
        ("lower", "certification is associated with lower risk of force: risk ratio 0.70 (95 % interval 0.61 to 0.80)"),
        ("higher", "certification is associated with higher risk of force: risk ratio 1.42"),
        ("unclear", "certification shows no clear association with the risk of force: risk ratio 1.01"),
        ("cannot", "The standardised risk ratio of force cannot be estimated: too few events"),
    ],
)
def test_standardised_risk_ratio(truth: str, said: str) -> None:
    assert said in by_key(truth)["ladder_risk_ratio"].sentence


@pytest.mark.parametrize("key", LADDER)
def test_ladder_gives_the_reason_why_not(key: str) -> None:
    assert "at least 5 are needed (n = 88,765 contacts)" in by_key("cannot")[key].sentence
    tables = frames.tables("lower")
    tables["models/ladder"] = tables["models/ladder"].iloc[:0]
    assert {f.key: f for f in findings(tables, False)}[key].direction == "cannot be estimated"


def test_power_stands_beside_every_null() -> None:
    null = [finding.sentence for finding in by_key("unclear").values() if finding.direction == "no clear association"]
    assert len(null) >= 11
    assert all("would have been found with 80 % power" in sentence for sentence in null)
    found = by_key("unclear")
    assert "An odds ratio below 0.83 or above 1.20 would have been found" in found["force_odds_ratio"].sentence
    assert "A difference of at least 2.5 per 1,000 contacts" in found["force_per_thousand"].sentence
    assert "A risk ratio below 0.83 or above 1.21 would have been found" in found["ladder_risk_ratio"].sentence
    assert "An odds ratio below 0.83 or above 1.21 would have been found" in found["ladder"].sentence


@pytest.mark.parametrize("truth", ["lower", "higher", "cannot"])
def test_power_stands_beside_nulls_only(truth: str) -> None:
    assert not any("80 % power" in finding.sentence for finding in by_key(truth).values())


def test_interval_that_nearly_touches_one_is_not_printed_as_one() -> None:
    tables = frames.tables("lower")
    tables["models/estimates"].loc[:, "conf_high"] = 0.9996
    sentence = {finding.key: finding for finding in findings(tables, False)}["force_odds_ratio"].sentence
    assert "to 0.9996" in sentence


def test_what_the_command_line_prints() -> None:
    found = {finding.key: finding for finding in findings(frames.tables("lower"), False)}["force_odds_ratio"]
    assert (found.what, found.estimate, found.interval, found.n, found.words) == (
        "Force, odds ratio of certification",
        "0.70",
        "0.61 to 0.79",
        "n = 88,765 contacts",
        "certified: lower",
    )


def test_missing_model_cannot_be_estimated() -> None:
    tables = frames.tables("lower")
    tables["models/estimates"] = pd.DataFrame(columns=tables["models/estimates"].columns)
    found = {finding.key: finding for finding in findings(tables, False)}
    assert found["force_odds_ratio"].direction == "cannot be estimated"


def test_a_reason_is_said_in_the_words_of_the_page() -> None:
    case = {"value": 1, "outcome": "emergent_detention", "n_events": 3, "n_rows": 23}
    facts = {"exposure": "cit_certified", "cases": [case, case | {"value": 0, "outcome": "no_force"}], "minimum": 5}
    few = Verdict(Kind.TOO_FEW_EVENTS, facts)
    outside = Verdict(Kind.OUTSIDE_WINDOW)
    row = reason_columns(few, [outside])
    assert reason(row) == (
        "too few events: 3 of 23 rows of certified officers are emergent detention; "
        "3 of 23 rows of officers without certification are no force; at least 5 are needed; "
        "the data lie outside this window"
    )
    assert short_reason(row) == "too few events"


def test_a_level_left_out_says_so_and_a_row_without_a_reason_too() -> None:
    left_out = Verdict(Kind.LEVEL_LEFT_OUT, {"absent": ["force"], "n_rows": 60})
    assert reason(reason_columns(left_out)) == "level left out: no force in its 60 rows"
    assert short_reason(reason_columns(left_out)) == "level left out"
    for nothing in (None, ""):
        row = {"reason": nothing, "reason_facts": nothing}
        assert reason(row) == short_reason(row) == "no reason was recorded"
