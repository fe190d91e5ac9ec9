"""What if one chose otherwise? Force by certification under combinations of choices, as odds ratio and in contacts.

For: a reader's own choice among the ways of asking, and seeing how far the answer moves with it.
Not for: choosing the way whose answer one likes: the one that speaks was laid down beforehand.
"""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from cit_platform.inference.design import Term
from cit_platform.modelling.estimation import Estimation, estimate_all
from cit_platform.modelling.features import Features
from cit_platform.modelling.specification import (
    CALL_CLASS,
    CALL_RISK,
    EXPOSURE,
    PERIOD,
    PUBLISHED_CALL_RISK,
    YEAR,
    Specification,
    asked_otherwise,
    variant_of,
)
from cit_platform.modelling.tidy import conform, count_columns, fit_columns, reason_columns, tidy_rows
from cit_platform.modelling.windows import Windows
from cit_platform.studies.absolute_risk import risk_numbers, standardised_risks
from cit_platform.studies.force import FORCE_SPECIFICATIONS, PRIMARY, PUBLISHED_TERMS
from cit_platform.studies.protocol.specifications import forked, standing

CALLS = {"published": PUBLISHED_CALL_RISK, "situation": CALL_RISK, "fine": CALL_CLASS}
CONTROLS: dict[str, tuple[Term, ...]] = {
    "published": PUBLISHED_TERMS,
    "with_year": (*PUBLISHED_TERMS, YEAR),
    "with_period": (*PUBLISHED_TERMS, PERIOD),
    "primary": PRIMARY.terms,
    "without_hour": forked(PRIMARY, "without_hour").terms,
    "linear_experience": forked(PRIMARY, "linear_experience").terms,
}
# What the ways of asking on the page leave open: each choice of the one that speaks made otherwise, by itself.
ONE_CHOICE_OTHERWISE = (
    forked(PRIMARY, "by_record"),
    forked(PRIMARY, "fine_calls"),
    forked(PRIMARY, "without_hour"),
    asked_otherwise(PRIMARY, "independent", covariance="model", correction="CR1"),
    asked_otherwise(PRIMARY, "by_incident", covariance="incident", correction="CR1"),
    asked_otherwise(PRIMARY, "by_officer_and_incident", covariance="officer+incident", correction="CR1"),
    asked_otherwise(variant_of(FORCE_SPECIFICATIONS, "published"), "published_by_officer", covariance="officer"),
)
# Firth's penalty is another estimator for the same choices.
CHOSEN = (*(each for each in FORCE_SPECIFICATIONS if each.estimator == "mle"), *ONE_CHOICE_OTHERWISE)


def choices(features: Features, agency: str, windows: Windows) -> pd.DataFrame:
    """A row per combination of choices, in the contract of `models/choices`."""
    estimations = estimate_all(CHOSEN, features, windows)
    return conform([_row(estimation, agency) for estimation in estimations], "models/choices")


def _row(estimation: Estimation, agency: str) -> dict[str, Any]:
    specification, [outcome] = estimation.specification, estimation.specification.outcomes
    risks = standardised_risks(estimation)
    return {
        **fit_columns(estimation, agency, outcome.name),
        **choices_of(specification),
        **_odds_ratio(estimation, agency),
        **({} if risks is None else risk_numbers(risks, outcome.name)),
        **count_columns(estimation, outcome.name),
        "converged": risks is not None,
        **reason_columns(estimation.verdict),
        "standing": standing(specification),
    }


def choices_of(specification: Specification) -> dict[str, str]:
    """What a specification chooses, by column."""
    return {
        "quarters": specification.quarters,
        "controls": next(name for name, terms in CONTROLS.items() if _others(terms) == _others(specification.terms)),
        "calls": next(name for name, term in CALLS.items() if term in specification.terms),
        "contradictory": specification.contradictory,
        "covariance": specification.covariance,
    }


def _others(terms: Sequence[Term]) -> frozenset[str]:
    """What is held constant besides the call."""
    return frozenset(term.column for term in terms if term not in CALLS.values() and term.name != EXPOSURE)


def _odds_ratio(estimation: Estimation, agency: str) -> dict[str, float]:
    [row] = [row for row in tidy_rows(estimation, agency) if row["term"] == EXPOSURE]
    columns = {"odds_ratio": "odds_ratio", "odds_ratio_conf_low": "conf_low", "odds_ratio_conf_high": "conf_high"}
    return {ours: row[theirs] for ours, theirs in columns.items()}
