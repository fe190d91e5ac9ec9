"""A verdict is data: it survives a table, it compares by its facts, and every kind has words in one place."""

import json

import pytest

from cit_platform.inference.verdict import (
    WORDS,
    Kind,
    Names,
    Verdict,
    codes,
    facts_json,
    short_words,
    verdicts_of,
    words,
)

ALONG = [{"column": "kind b", "outcome": "no_force"}]
# A case of every kind and what it says; two where the words have two forms.
CASES = [
    (Verdict(Kind.NO_ROWS), "no rows"),
    (
        Verdict(Kind.TOO_FEW_CHANGES, {"minimum": 10}),
        "too few changes: fewer than 10 are seen both before and after theirs",
    ),
    (
        Verdict(Kind.NO_COMPARISON),
        "no comparison: in no year do those whose change is still to come give events enough",
    ),
    (
        Verdict(Kind.COHORT_REFUSED, {"cohort": "2016-Q1", "percent": 30}),
        "the changes of 2016-Q1 are left out: 30 % of all in one quarter look like a change of the records",
    ),
    (
        Verdict(Kind.NO_ROWS_LEFT, {"levels": [{"column": "kind a", "absent": ["force"], "n_rows": 3}]}),
        "no rows left: kind a: level left out: no force in its 3 rows",
    ),
    (
        Verdict(Kind.NO_ROWS_LEFT, {"levels": [{"column": "kind a", "absent": [], "n_rows": None}]}),
        "no rows left: kind a: withheld: given by few officers",
    ),
    (Verdict(Kind.MISSING_VALUES, {"term": "age", "n_rows": 2}), "age is missing or infinite in 2 rows"),
    (Verdict(Kind.NO_CONTRAST, {"n_rows": 9, "outcome": "no_force"}), "all 9 rows are no_force: no contrast"),
    (Verdict(Kind.OUTCOME_ABSENT, {"outcomes": ["a", "b"]}), "no row has the outcome a, b"),
    (
        Verdict(Kind.CONSTANT_EXPOSURE, {"exposure": "cit_certified", "value": 0}),
        "cit_certified is constant: no row has cit_certified = 0",
    ),
    (
        Verdict(
            Kind.TOO_FEW_EVENTS,
            {
                "exposure": "cit_certified",
                "minimum": 5,
                "cases": [
                    {"value": 1, "outcome": "force", "n_events": 0, "n_rows": 20},
                    {"value": 0, "outcome": "no_force", "n_events": 3, "n_rows": 30},
                ],
            },
        ),
        "too few events: 0 of 20 rows with cit_certified = 1 are force, which separates the outcome; "
        "3 of 30 rows with cit_certified = 0 are no_force; at least 5 are needed",
    ),
    (
        Verdict(Kind.ONE_CLUSTER, {"exposure": "cit_certified", "value": 1, "n_rows": 7}),
        "all 7 rows with cit_certified = 1 are of one cluster",
    ),
    (
        Verdict(Kind.TOO_FEW_CLUSTERS, {"n_clusters": 1, "n_coefficients": 8}),
        "too few clusters: one cluster for 8 coefficients, so there is no clustered covariance",
    ),
    (
        Verdict(Kind.TOO_FEW_CLUSTERS, {"n_clusters": 8, "n_coefficients": 8}),
        "too few clusters: 8 clusters for 8 coefficients, so there is no clustered covariance",
    ),
    (
        Verdict(Kind.TOO_FEW_ROWS, {"n_rows": 2, "n_coefficients": 2}),
        "too few rows: 2 for 2 coefficients, so there is no robust covariance",
    ),
    (
        Verdict(Kind.INDISPENSABLE_CLUSTER, {"directions": [ALONG, ALONG]}),
        "no jackknife: a single cluster holds all rows that tell of kind b (no_force)",
    ),
    (
        Verdict(Kind.LEVEL_LEFT_OUT, {"absent": ["a", "b"], "n_rows": 6}),
        "level left out: no a and no b in its 6 rows",
    ),
    (
        Verdict(Kind.LEVEL_LEFT_OUT, {"absent": [], "n_rows": 6}),
        "level left out: all its 6 rows are of one cluster",
    ),
    (Verdict(Kind.CONSTANT_COLUMN, {"column": "age"}), "age is constant"),
    (
        Verdict(Kind.CONSTANT_TERM, {"term": "place", "level": "north"}),
        "place is constant (north) and leaves the model",
    ),
    (Verdict(Kind.COLLINEAR, {"column": "a", "others": ["b", "c"]}), "a is collinear with b, c"),
    (Verdict(Kind.ZERO_COLUMN, {"columns": ["a"]}), "the design matrix is not of full rank: a is zero in every row"),
    (
        Verdict(Kind.RANK_DEFICIENT, {"columns": ["a", "b"]}),
        "the design matrix is not of full rank: a, b are collinear",
    ),
    (
        Verdict(Kind.SEPARATION, {"along": ALONG}),
        "separation: the likelihood has no finite maximum along kind b (no_force)",
    ),
    (Verdict(Kind.SEPARATION), "separation: the likelihood has no finite maximum"),
    (Verdict(Kind.SEPARATION, {"singular": True}), "separation: the information matrix became singular"),
    (
        Verdict(Kind.NOT_CONVERGED, {"of": " of the penalised likelihood", "steps": 100}),
        "no convergence of the penalised likelihood in 100 steps",
    ),
    (
        Verdict(Kind.NOT_POSITIVE_DEFINITE, {"along": ALONG}),
        "the robust covariance is not positive definite along kind b (no_force)",
    ),
    (
        Verdict(Kind.WIDEST_OF_THREE, {"along": ALONG}),
        "the two-way covariance is not positive definite along kind b (no_force); the standard error is the widest of "
        "both one-way ones and the two-way one",
    ),
    (Verdict(Kind.NO_USABLE_EXPOSURE, {"exposure": "cit_certified"}), "cit_certified is usable in no quarter"),
    (
        Verdict(Kind.LEFT_OUT_TOGETHER),
        "level left out: not every step can estimate it, and all ask of the same rows",
    ),
    (
        Verdict(Kind.NO_ROWS_LEFT, {"levels": [{"column": "kind a"}]}),
        "no rows left: kind a: level left out: not every step can estimate it, and all ask of the same rows",
    ),
    (Verdict(Kind.SOFTWARE_WARNED, {"warnings": ["x", "y"]}), "statsmodels warned: x; y"),
    (
        Verdict(Kind.REFERENCE_REPLACED, {"reference": "a", "left_out": True, "level": "b"}),
        "reference a was left out; b, the most frequent level left, is the reference",
    ),
    (
        Verdict(Kind.REFERENCE_REPLACED, {"reference": "a", "left_out": False, "level": "b"}),
        "reference a does not occur; b, the most frequent level left, is the reference",
    ),
    (Verdict(Kind.OUTSIDE_WINDOW), "the data lie outside this window"),
    (
        Verdict(Kind.WINDOW_PARTLY_COVERED, {"first": "2015-05-15", "last": "2018-09-09"}),
        "the data cover only 2015-05-15 to 2018-09-09 of this window",
    ),
    (Verdict(Kind.WITHHELD), "withheld: given by few officers"),
    (Verdict(Kind.EXPOSURE_NOT_USABLE, {"exposure": "cit_certified"}), "cit_certified is not usable at this time"),
    (Verdict(Kind.FEW_OFFICERS, {"minimum": 10}), "withheld: reported by fewer than 10 officers"),
    (
        Verdict(Kind.FEW_GROUPS, {"n_groups": 2, "minimum": 3}),
        "too few groups: 2 can be compared, and at least 3 are needed",
    ),
    (
        Verdict(Kind.FEW_EVENTS_PER_COEFFICIENT, {"n_events": 120, "minimum": 460}),
        "too few events: 120 for a model that needs 460 to be asked in many ways",
    ),
    (Verdict(Kind.NO_STRATUM), "no comparison: no stratum holds both kinds of report of several clusters"),
    (Verdict(Kind.NONE_YET, {"day": "2026-11-27"}), "none yet: no contact was reported after 2026-11-27"),
    (
        Verdict(Kind.SWITCHED_OFF, {"questions": ["reversals", "switchers"]}),
        "not asked: the records break a limit that was stated beforehand (reversals, switchers)",
    ),
    (Verdict(Kind.NOTHING_TO_COMPARE), "nothing to compare yet"),
    (
        Verdict(Kind.NO_COMMON_STRATUM, {"exposure": "cit_certified"}),
        "no group of rows holds both: cit_certified does not vary within any",
    ),
    (
        Verdict(Kind.INDISTINCT, {"column": "cit_dispatched", "other": "cit_requested"}),
        "cit_dispatched is not told apart from cit_requested",
    ),
    (Verdict(Kind.NOT_CALIBRATED, {"minimum": 5}), "not calibrated: it takes at least 5 negative controls"),
    (
        Verdict(Kind.BEYOND_A_GATE, {"gates": ["overlap 0.12, at least 0.2 is asked for"]}),
        "kept off the page by a gate of the protocol: overlap 0.12, at least 0.2 is asked for",
    ),
    (Verdict(Kind.IMPOSSIBLE_ERRORS), "these errors cannot have given what is recorded"),
    (Verdict(Kind.NO_PRESENCE_CONTRAST), "a CIT officer is on scene no more often with a certified reporting officer"),
    (Verdict(Kind.ONE_ARM_ALONE), "only one of the two arms has contacts"),
]


def test_every_kind_has_words_and_a_case_here() -> None:
    assert set(WORDS) == set(Kind) == {verdict.kind for verdict, _ in CASES}


@pytest.mark.parametrize(("verdict", "text"), CASES, ids=lambda each: each.kind if isinstance(each, Verdict) else "")
def test_a_verdict_says_what_it_knows(verdict: Verdict, text: str) -> None:
    assert str(verdict) == text
    assert text.startswith(short_words(verdict))
    assert ":" not in short_words(verdict)


def test_a_row_of_a_table_gives_its_verdicts_back() -> None:
    verdicts = [verdict for verdict, _ in CASES]
    assert verdicts_of(codes(verdicts), facts_json(verdicts)) == verdicts
    assert verdicts_of("", "") == verdicts_of(None, None) == []
    assert (codes([]), facts_json([])) == ("", "")


def test_codes_and_facts_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(ValueError, match="no_such_reason"):
        verdicts_of("no_such_reason", "[{}]")
    with pytest.raises(ValueError, match="zip"):
        verdicts_of("no_rows;separation", json.dumps([{}]))


def test_the_same_kind_with_other_facts_is_another_verdict() -> None:
    assert Verdict(Kind.MISSING_VALUES, {"term": "age", "n_rows": 2}) != Verdict(
        Kind.MISSING_VALUES, {"term": "age", "n_rows": 3}
    )


def test_other_names_reach_every_outcome_and_arm() -> None:
    class Shouted(Names):
        def outcome(self, name: str) -> str:
            return name.upper()

        def arm(self, exposure: str, value: int) -> str:
            return f"ARM {value}"

    for verdict, text in CASES:
        said = words(verdict, Shouted())
        assert "no_force" not in said
        assert "rows with cit_certified" not in said
        assert ("no_force" in text) == ("NO_FORCE" in said)
