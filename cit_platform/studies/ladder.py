"""The same question asked ever more strictly: from the published way of counting to a standardised risk ratio."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtr

from cit_platform.inference.power import p_value_under_design_effect, smallest_detectable
from cit_platform.modelling.estimation import Estimation, estimate
from cit_platform.modelling.features import Features
from cit_platform.modelling.specification import EXPOSURE, FORCE_SPECIFICATIONS, Specification, Window, variant_of
from cit_platform.modelling.tidy import conform, count_columns, fit_columns, reason_columns, tidy_rows
from cit_platform.studies.absolute_risk import standardised_risks
from cit_platform.studies.replication import PUBLISHED

# Step -> variants of the force model; each step keeps what the one before has changed.
STEPS = (
    (0, "published"),
    (1, "contact_level"),
    (2, "officer_clustered"),
    (2, "two_way"),
    (3, "year_effects"),
)
STANDARDISED = (4, "standardised", "year_effects")
OUTCOME = "force"


def ladder(features: Features, agency: str, window: Window) -> pd.DataFrame:
    """Steps 0 to 4 in the contract of `models/ladder`.

    The design effect is stated at every step that has an odds ratio: at 0 and 1, whose intervals take rows as
    independent, it is that of clustering by officer, and says what they leave out. At step 0 it is also applied to the
    published p-value. Step 4 standardises the fit of step 3.
    """
    specifications = {variant: variant_of(FORCE_SPECIFICATIONS, variant) for _, variant in STEPS}
    estimations = {name: estimate(specification, features, window) for name, specification in specifications.items()}
    rows = []
    for step, variant in STEPS:
        row = {**_odds_ratio(estimations[variant], agency), "step": step}
        if specifications[variant].covariance == "model":
            row["design_effect"] = _design_effect_of_officers(specifications[variant], features, window, agency)
        rows.append(row)
    rows[0] |= _published(rows[0]["design_effect"])
    rows.append(_standardised(estimations[STANDARDISED[2]], agency))
    return conform(rows, "models/ladder")


def _odds_ratio(estimation: Estimation, agency: str) -> dict[str, Any]:
    [row] = [row for row in tidy_rows(estimation, agency) if row["term"] == EXPOSURE]
    return {**row, "measure": "odds_ratio", "ratio": row["odds_ratio"]}


def _design_effect_of_officers(specification: Specification, features: Features, window: Window, agency: str) -> float:
    clustered = estimate(replace(specification, covariance="officer"), features, window)
    return float(_odds_ratio(clustered, agency)["design_effect"])


def _published(design_effect: float) -> dict[str, float]:
    """The published p-value of force, and what it would be with this much dependence between rows."""
    [result] = [r for r in PUBLISHED if r.outcome == OUTCOME and r.term == EXPOSURE]
    assert result.p_value is not None
    corrected = np.nan if np.isnan(design_effect) else p_value_under_design_effect(result.p_value, design_effect)
    return {"published_p_value": result.p_value, "published_p_value_corrected": corrected}


def _standardised(estimation: Estimation, agency: str) -> dict[str, Any]:
    step, name, _ = STANDARDISED
    specification = estimation.specification
    common = {
        **fit_columns(estimation, agency, OUTCOME),
        **count_columns(estimation, OUTCOME),
        "step": step,
        "variant": name,
        "measure": "risk_ratio",
        "covariance": specification.covariance,
    }
    risks = standardised_risks(estimation)
    if risks is None:
        return {**common, "converged": False, **reason_columns(estimation.verdict)}
    at = risks.outcomes.index(OUTCOME)
    ratio, difference = risks.risk_ratio, risks.risk_difference
    error = float(ratio.std_error[at] / ratio.estimate[at])
    return {
        **common,
        "ratio": float(ratio.estimate[at]),
        "conf_low": float(ratio.low[at]),
        "conf_high": float(ratio.high[at]),
        "std_error": error,
        "p_value": float(2.0 * ndtr(-abs(np.log(ratio.estimate[at])) / error)),
        "risk_difference": float(difference.estimate[at]),
        "risk_difference_conf_low": float(difference.low[at]),
        "risk_difference_conf_high": float(difference.high[at]),
        "smallest_detectable": smallest_detectable(error).odds_ratio,
        "converged": True,
        "note": "standardised from the fit with year effects",
        "reason": "",
        "reason_facts": "",
    }
