"""Every name that reaches the page has words."""

import csv
from importlib.resources import files

import pytest

from cit_platform.checks.suites import SUITES
from cit_platform.cli.refresh import Change
from cit_platform.inference.verdict import Kind, Verdict
from cit_platform.modelling.specification import steps_of
from cit_platform.modelling.tidy import reason_columns
from cit_platform.publishing.parts import wording
from cit_platform.studies.dependence import CLUSTERINGS
from cit_platform.studies.disposition import DISPOSITION_SPECIFICATIONS
from cit_platform.studies.force import FORCE_SPECIFICATIONS
from cit_platform.studies.replication import REPLICATION_SPECIFICATIONS

SPECIFICATIONS = (*FORCE_SPECIFICATIONS, *DISPOSITION_SPECIFICATIONS, *REPLICATION_SPECIFICATIONS)


def codebook(name: str, column: str) -> set[str]:
    file = files("cit_platform") / "codebook" / "seattle" / name
    with file.open(encoding="utf-8") as lines:
        return {row[column] for row in csv.DictReader(lines)}


def test_variants_terms_and_covariances_have_words() -> None:
    assert {s.variant for s in SPECIFICATIONS} <= set(wording.known_words("variant"))
    assert {name for s in SPECIFICATIONS for name in s.term_names} <= set(wording.known_words("term"))
    asked = {s.covariance for s in SPECIFICATIONS} - {"model"} | set(CLUSTERINGS)
    assert asked == set(wording.known_words("clustering"))
    steps = {specification.variant for _, specification in steps_of(FORCE_SPECIFICATIONS)}
    assert steps | {"standardised"} == set(wording.known_words("ladder_step"))


@pytest.mark.parametrize(
    ("term", "name", "column"),
    [
        ("call_risk", "call_types.csv", "call_risk"),
        ("call_class", "call_types.csv", "call_class"),
        ("period", "periods.csv", "period"),
    ],
)
def test_levels_of_the_codebook_have_words(term: str, name: str, column: str) -> None:
    levels = codebook(name, column)
    assert term != "call_risk" or levels <= set(wording.known_words("calls"))
    assert len(levels) > 1
    assert {level for level in levels if f"{term}/{level}" not in wording.known_words("level")} == set()


@pytest.mark.parametrize(
    ("below", "above", "named"),
    [
        (0.85, 1.18, "a fifth"),
        (0.81, 1.2, "a fifth"),
        (0.79, 1.2, "a quarter"),
        (0.951, 1.049, "a twentieth"),
        (0.6, 1.5, "a half"),
    ],
)
def test_power_is_said_in_fractions_that_both_sides_reach(below: float, above: float, named: str) -> None:
    assert wording.power_of_ratio(below, above) == (
        f"With this many reports we would usually have noticed a difference of {named} or more, and often missed a "
        "smaller one."
    )


def test_little_power_is_said_as_it_is() -> None:
    assert "would usually have noticed only a ratio under 0.40 or over 2.30" in wording.power_of_ratio(0.4, 2.3)
    assert wording.power_of_ratio(None, 2.3).endswith("noticed only a ratio over 2.30, and no lower one.")
    assert wording.power_of_ratio(None, None) == wording.power_of_difference(None) == ""
    assert "a difference of 3.9 in 1,000 or more" in wording.power_of_difference(0.0039)


@pytest.mark.parametrize(
    ("one", "other", "printed"),
    [
        (0.0137, 0.0192, ("14", "19")),
        (0.0137, 0.0139, ("13.7", "13.9")),
        (0.0049, 0.0192, ("4.9", "19.2")),
        (0.38, 0.271, ("380", "271")),
    ],
)
def test_two_risks_are_whole_where_nothing_is_lost(one: float, other: float, printed: tuple[str, str]) -> None:
    assert wording.per_thousand_pair(one, other) == printed


def test_every_exclusion_rule_and_every_group_of_dispositions_has_words() -> None:
    assert codebook("exclusion_rules.csv", "rule") <= set(wording.known_words("rule"))
    assert codebook("disposition_groups.csv", "grouping") <= set(wording.known_words("outcome"))


def test_what_has_no_words_is_printed_as_it_stands() -> None:
    assert wording.term_words("weather") == wording.outcome_words("weather") == "weather"
    assert wording.level_words("precinct", "North") == "North"


def test_a_reason_is_said_in_the_words_of_the_page() -> None:
    case = {"value": 1, "outcome": "emergent_detention", "n_events": 3, "n_rows": 23}
    facts = {"exposure": "cit_certified", "cases": [case, case | {"value": 0, "outcome": "no_force"}], "minimum": 5}
    row = reason_columns(Verdict(Kind.TOO_FEW_EVENTS, facts), [Verdict(Kind.OUTSIDE_WINDOW)])
    assert wording.reason(row) == (
        "too few events: 3 of 23 reports by certified officers are emergent detention; "
        "3 of 23 reports by officers without certification are no force; at least 5 are needed; "
        "the data lie outside this window"
    )
    assert wording.short_reason(row) == "too few events"


def test_a_reason_names_no_column() -> None:
    collinear = {"column": "year 2019", "others": ["weekend"]}
    for verdict, said in (
        (Verdict(Kind.CONSTANT_EXPOSURE, {"exposure": "cit_certified", "value": 1}), "CIT certification is constant"),
        (Verdict(Kind.CONSTANT_COLUMN, {"column": "precinct North"}), "precinct (North) is constant"),
        (Verdict(Kind.COLLINEAR, collinear), "year (2019) is collinear with weekend"),
    ):
        assert wording.short_reason(reason_columns(verdict)) == said


def test_a_level_left_out_says_so_and_a_row_without_a_reason_too() -> None:
    left_out = Verdict(Kind.LEVEL_LEFT_OUT, {"absent": ["force"], "n_rows": 60})
    assert wording.reason(reason_columns(left_out)) == "level left out: no force in its 60 rows"
    assert wording.short_reason(reason_columns(left_out)) == "level left out"
    for nothing in (None, ""):
        row = {"reason": nothing, "reason_facts": nothing}
        assert wording.reason(row) == wording.short_reason(row) == "no reason was recorded"


def test_every_change_that_can_be_let_through_has_words() -> None:
    assert [change for change in Change if wording.accepted_words(change) == change] == []


def test_every_warning_with_words_is_of_a_check() -> None:
    unknown = wording.known_words("warning").keys() - {check.name for suite in SUITES.values() for check in suite}
    assert unknown == set()
