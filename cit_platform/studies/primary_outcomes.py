"""Which of the four outcomes laid down beforehand go with certification, judged together, and is it enough to matter?

For: the answer of the protocol: one row per primary outcome, by its specification, margin and multiplicity.
Not for: nightly conclusions: one analysis a year is the result, and every night between is monitoring.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cit_platform.inference.design import FloatArray
from cit_platform.inference.intervals import p_values
from cit_platform.inference.power import detectable_std_errors
from cit_platform.inference.simultaneous import against_margin, holm, simultaneous_interval
from cit_platform.inference.standardisation import StandardisedRisks, average_risks
from cit_platform.modelling.counts import officers_statement
from cit_platform.modelling.estimation import Estimation, estimate_all
from cit_platform.modelling.features import Features
from cit_platform.modelling.specification import EXPOSURE
from cit_platform.modelling.tidy import conform, count_columns, fit_columns, reason_columns, tidy_rows
from cit_platform.modelling.windows import Windows
from cit_platform.studies.absolute_risk import standardised_risks
from cit_platform.studies.disposition import GROUPS, any_of
from cit_platform.studies.force import PRIMARY
from cit_platform.studies.protocol import protocol
from cit_platform.studies.protocol.specifications import standing

PRIMARY_OUTCOMES = (PRIMARY, *map(any_of, GROUPS))
RISKS = ("risk_certified", "risk_not_certified", "risk_difference")
# Position of the outcome; its absence is the reference.
OUTCOME = 1


def primary_outcomes(features: Features, agency: str, windows: Windows) -> pd.DataFrame:
    """The primary outcomes in the contract of `models/primary_outcomes`.

    What cannot be estimated counts as tested by Holm; simultaneous are the intervals of the others.
    """
    estimations = estimate_all(PRIMARY_OUTCOMES, features, windows)
    risks = [standardised_risks(estimation) for estimation in estimations]
    rows = [_row(each, found, agency) for each, found in zip(estimations, risks, strict=True)]
    _judge_together(rows, estimations, risks, features)
    return conform(rows, "models/primary_outcomes")


def headline_numbers(frame: pd.DataFrame) -> dict[str, float]:
    """The risk difference of each primary outcome per 1,000 contacts, for the UI to plot over time."""
    known = frame[frame["converged"]].to_dict("records")
    return {f"{row['outcome']} per 1,000": 1000 * float(row["risk_difference"]) for row in known}


def _row(estimation: Estimation, risks: StandardisedRisks | None, agency: str) -> dict[str, Any]:
    [outcome] = estimation.specification.outcomes
    margin = protocol().margins[outcome.name]
    return {
        **fit_columns(estimation, agency, outcome.name),
        "role": "headline",
        "standing": standing(estimation.specification),
        "margin": margin,
        "size": "",
        "p_value": np.nan,
        **({} if risks is None else _numbers(risks, margin) | _odds_ratio(estimation, agency)),
        **count_columns(estimation, outcome.name),
        "converged": risks is not None,
        **reason_columns(estimation.verdict, [omission.verdict for omission in estimation.data.diagnosis.left_out]),
    }


def _numbers(risks: StandardisedRisks, margin: float) -> dict[str, Any]:
    intervals = dict(zip(RISKS, (risks.risk_exposed, risks.risk_unexposed, risks.risk_difference), strict=True))
    numbers: dict[str, Any] = {}
    for name, interval in intervals.items():
        numbers[name] = float(interval.estimate[OUTCOME])
        numbers[f"{name}_conf_low"] = float(interval.low[OUTCOME])
        numbers[f"{name}_conf_high"] = float(interval.high[OUTCOME])
    value, error, clusters = _difference(risks)
    found = against_margin(value, error, margin, clusters)
    effective = None if clusters is None else np.asarray(clusters)
    return {
        **numbers,
        "p_value": float(p_values(np.asarray(value / error), effective)),
        "equivalence_low": found.low,
        "equivalence_high": found.high,
        "size": found.size.value,
        "smallest_detectable_difference": float(detectable_std_errors(effective)) * error,
        "effective_clusters": clusters,
    }


def _difference(risks: StandardisedRisks) -> tuple[float, float, float | None]:
    """The risk difference, its standard error and its effective clusters."""
    found = risks.risk_difference
    clusters = None if found.effective_clusters is None else float(found.effective_clusters[OUTCOME])
    return float(found.estimate[OUTCOME]), float(found.std_error[OUTCOME]), clusters


def _odds_ratio(estimation: Estimation, agency: str) -> dict[str, float]:
    [row] = [row for row in tidy_rows(estimation, agency) if row["term"] == EXPOSURE]
    names = {"odds_ratio": "odds_ratio", "odds_ratio_conf_low": "conf_low", "odds_ratio_conf_high": "conf_high"}
    return {name: row[source] for name, source in names.items()}


def _judge_together(
    rows: list[dict[str, Any]],
    estimations: Sequence[Estimation],
    risks: Sequence[StandardisedRisks | None],
    features: Features,
) -> None:
    """Add what takes all outcomes to judge: adjusted p-values, and the limits that hold at once."""
    for row, adjusted in zip(rows, holm(np.array([row["p_value"] for row in rows])), strict=True):
        row["p_value_holm"] = adjusted
    known = [i for i, found in enumerate(risks) if found is not None]
    if not known:
        return
    differences = [_difference(found) for found in risks if found is not None]
    value, error = (np.array([difference[i] for difference in differences]) for i in (0, 1))
    clusters = [difference[2] for difference in differences if difference[2] is not None]
    influences = _influences([estimations[i] for i in known], features)
    interval = simultaneous_interval(value, error, influences, np.array(clusters) if clusters else None)
    for place, i in enumerate(known):
        rows[i] |= {"simultaneous_low": interval.low[place], "simultaneous_high": interval.high[place]}


def _influences(estimations: Sequence[Estimation], features: Features) -> FloatArray:
    """By how much each officer moves each risk difference, (officers, outcomes): the shift when the officer leaves.

    Each fit numbers the officers of its own rows, so they are brought together by who they are.
    """
    shifts = [_shift_of_difference(estimation) for estimation in estimations]
    keys = [
        _officers(estimation, features)[: len(shift)] for estimation, shift in zip(estimations, shifts, strict=True)
    ]
    everyone, code = np.unique(np.concatenate(keys), return_inverse=True)
    codes = np.split(code, np.cumsum([len(key) for key in keys])[:-1])
    result = np.zeros((len(everyone), len(shifts)))
    for column, (officers, shift) in enumerate(zip(codes, shifts, strict=True)):
        result[officers, column] = shift
    return result


def _officers(estimation: Estimation, features: Features) -> Any:
    statement = officers_statement(estimation.specification, estimation.window)
    return features.select(*statement)["officer"].astype(str)


def _shift_of_difference(estimation: Estimation) -> FloatArray:
    fit, design, jackknife = estimation.fit, estimation.design, estimation.jackknife
    assert fit is not None
    assert design is not None
    assert jackknife is not None
    weights = estimation.data.counts.sum(axis=1)
    exposed, unexposed = average_risks(fit, design, weights, estimation.specification.exposure)
    gradient = exposed.gradient[OUTCOME] - unexposed.gradient[OUTCOME]
    return np.asarray(jackknife.shifts @ gradient, dtype=np.float64)
