"""The same question asked ever more strictly, and what the published p-value is worth under dependence.

For: seeing which of the choices between the published analysis and ours moves the answer, and by how much.
Not for: picking the step that one likes: where the steps disagree, that is the finding.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtr

from cit_platform.codebook.published_results import published_results
from cit_platform.inference.power import p_value_under_design_effect, smallest_detectable
from cit_platform.modelling.estimation import Estimation, estimate
from cit_platform.modelling.features import Features
from cit_platform.modelling.specification import EXPOSURE, Specification, Windows, steps_of
from cit_platform.modelling.tidy import conform, count_columns, fit_columns, reason_columns, tidy_rows
from cit_platform.studies.absolute_risk import standardised_risks
from cit_platform.studies.force import FORCE_SPECIFICATIONS

OUTCOME = "force"


def ladder(features: Features, agency: str, windows: Windows) -> pd.DataFrame:
    """The steps of the force model, and one more in risks, in the contract of `models/ladder`.

    Each step keeps what the one before has changed.
    The design effect is stated at every step that has an odds ratio: at 0 and 1, whose intervals take rows as
    independent, it is that of clustering by officer, and says what they leave out. At step 0 it is also applied to the
    published p-value. The last step standardises the fit of the one before.
    """
    estimations = [estimate(specification, features, windows) for _, specification in steps_of(FORCE_SPECIFICATIONS)]
    rows = []
    for estimation in estimations:
        row, specification = _odds_ratio(estimation, agency), estimation.specification
        if specification.covariance == "model":
            row["design_effect"] = _design_effect_of_officers(specification, features, windows, agency)
        if specification.role == "published":
            row |= _published(row["design_effect"], agency)
        rows.append(row)
    return conform([*rows, _standardised(estimations[-1], agency, rows[-1]["step"] + 1)], "models/ladder")


def _odds_ratio(estimation: Estimation, agency: str) -> dict[str, Any]:
    [row] = [row for row in tidy_rows(estimation, agency) if row["term"] == EXPOSURE]
    return {**row, "measure": "odds_ratio", "ratio": row["odds_ratio"]}


def _design_effect_of_officers(
    specification: Specification, features: Features, windows: Windows, agency: str
) -> float:
    clustered = estimate(replace(specification, covariance="officer"), features, windows)
    return float(_odds_ratio(clustered, agency)["design_effect"])


def _published(design_effect: float, agency: str) -> dict[str, float]:
    """The published p-value of force, and what it would be with this much dependence between rows."""
    [result] = [r for r in published_results(agency) if r.outcome == OUTCOME and r.term == EXPOSURE]
    assert result.p_value is not None
    corrected = np.nan if np.isnan(design_effect) else p_value_under_design_effect(result.p_value, design_effect)
    return {"published_p_value": result.p_value, "published_p_value_corrected": corrected}


def _standardised(estimation: Estimation, agency: str, step: int) -> dict[str, Any]:
    common = {
        **fit_columns(estimation, agency, OUTCOME),
        **count_columns(estimation, OUTCOME),
        "step": step,
        "variant": "standardised",
        "role": "ladder",
        "measure": "risk_ratio",
        "covariance": estimation.specification.covariance,
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
