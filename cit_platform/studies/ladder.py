"""The same question asked ever more strictly, and what the published p-value is worth under dependence.

For: seeing which of the choices between the published analysis and ours moves the answer, and by how much.
Not for: picking the step that one likes: where the steps disagree, that is the finding.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from cit_platform.codebook.published_results import published_results
from cit_platform.inference.intervals import p_values
from cit_platform.inference.power import p_value_under_design_effect
from cit_platform.modelling.estimation import Estimation, estimate_together
from cit_platform.modelling.features import Features
from cit_platform.modelling.specification import EXPOSURE, Specification, steps_of
from cit_platform.modelling.tidy import conform, count_columns, fit_columns, reason_columns, tidy_rows
from cit_platform.modelling.windows import Windows
from cit_platform.studies.absolute_risk import standardised_risks
from cit_platform.studies.disposition import DISPOSITION_SPECIFICATIONS
from cit_platform.studies.force import FORCE_SPECIFICATIONS
from cit_platform.studies.protocol.specifications import standing


def ladder(features: Features, agency: str, windows: Windows) -> pd.DataFrame:
    """The steps of force and of each disposition, and one more in risks, in the contract of `models/ladder`.

    Each step keeps what the one before has changed; the steps of one model are diagnosed together, so that a level
    that one of them cannot hold leaves them all. The design effect is stated at every step that has an odds ratio: at
    0 and 1, whose intervals take rows as independent, it is that of clustering by officer, and says what they leave
    out. At step 0 it is also applied to the published p-value. The last step standardises the fit of the one before.
    """
    rows: list[dict[str, Any]] = []
    for specifications in (FORCE_SPECIFICATIONS, DISPOSITION_SPECIFICATIONS):
        rows += _steps([specification for _, specification in steps_of(specifications)], features, agency, windows)
    return conform(rows, "models/ladder")


def _steps(steps: list[Specification], features: Features, agency: str, windows: Windows) -> Iterator[dict[str, Any]]:
    """The rows of one model: a row per outcome and step."""
    # The first two once more by officer, for their design effect.
    twins = [replace(step, covariance="officer") for step in steps if step.covariance == "model"]
    estimations = estimate_together([*steps, *twins], features, windows)
    clustered = dict(zip([step.variant for step in twins], estimations[len(steps) :], strict=False))
    for estimation in estimations[: len(steps)]:
        for row in _odds_ratios(estimation, agency):
            yield row | _under_dependence(row, clustered.get(row["variant"]), agency)
    strictest = estimations[len(steps) - 1]
    for outcome in strictest.specification.outcomes:
        yield _standardised(strictest, agency, outcome.name)


def _odds_ratios(estimation: Estimation, agency: str) -> list[dict[str, Any]]:
    rows = [row for row in tidy_rows(estimation, agency) if row["term"] == EXPOSURE]
    asked = {"measure": "odds_ratio", "standing": standing(estimation.specification)}
    return [{**row, **asked, "ratio": row["odds_ratio"]} for row in rows]


def _under_dependence(row: dict[str, Any], clustered: Estimation | None, agency: str) -> dict[str, float]:
    """The design effect of officers for a step that takes rows as independent, and the published p-value under it."""
    if clustered is None:
        return {}
    [twin] = [other for other in _odds_ratios(clustered, agency) if other["outcome"] == row["outcome"]]
    effect = {"design_effect": float(twin["design_effect"])}
    return effect | (_published(effect["design_effect"], row["outcome"], agency) if row["role"] == "published" else {})


def _published(design_effect: float, outcome: str, agency: str) -> dict[str, float]:
    """The published p-value of an outcome, and what it would be with this much dependence between rows."""
    results = [r for r in published_results(agency) if r.outcome == outcome and r.term == EXPOSURE]
    p_value = next((result.p_value for result in results), None)
    if p_value is None:
        return {}
    corrected = np.nan if np.isnan(design_effect) else p_value_under_design_effect(p_value, design_effect)
    return {"published_p_value": p_value, "published_p_value_corrected": corrected}


def _standardised(estimation: Estimation, agency: str, outcome: str) -> dict[str, Any]:
    assert estimation.specification.step is not None
    common = {
        **fit_columns(estimation, agency, outcome),
        **count_columns(estimation, outcome),
        "step": estimation.specification.step + 1,
        "variant": "standardised",
        "role": "ladder",
        "measure": "risk_ratio",
        "standing": standing(estimation.specification),
        "covariance": estimation.specification.covariance,
    }
    risks = standardised_risks(estimation)
    if risks is None:
        return {**common, "converged": False, **reason_columns(estimation.verdict)}
    at = risks.outcomes.index(outcome)
    ratio, difference = risks.risk_ratio, risks.risk_difference
    errors = ratio.std_error / ratio.estimate
    return {
        **common,
        "ratio": float(ratio.estimate[at]),
        "conf_low": float(ratio.low[at]),
        "conf_high": float(ratio.high[at]),
        "std_error": float(errors[at]),
        "p_value": float(p_values(np.log(ratio.estimate) / errors, ratio.effective_clusters)[at]),
        "risk_difference": float(difference.estimate[at]),
        "risk_difference_conf_low": float(difference.low[at]),
        "risk_difference_conf_high": float(difference.high[at]),
        "converged": True,
        "note": "standardised from the primary fit",
        "reason": "",
        "reason_facts": "",
    }
