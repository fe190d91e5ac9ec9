"""Does certification go with more of everything and less of nothing? The published claim, read in two ways.

For: the claim as it was made (three odds ratios against no action), and in contacts (three risk differences).
Not for: the size of any of them: see models/disposition and models/absolute_risk.
"""

from typing import Any

import numpy as np
import pandas as pd

from cit_platform.codebook.published_results import published_results
from cit_platform.inference.design import FloatArray
from cit_platform.inference.power import power_of_all
from cit_platform.modelling.specification import EXPOSURE, headline_of
from cit_platform.modelling.tidy import conform
from cit_platform.studies.disposition import DISPOSITION_SPECIFICATIONS, GROUPS

# The value that says no association, and the column of the estimate, by measure.
MEASURES = {"odds_ratio": 1.0, "risk_difference": 0.0}
COPIED = ("agency", "outcome", "n_contacts", "n_officers", "n_events", "note", "reason", "reason_facts")


def interventionist_effect(
    disposition: pd.DataFrame, absolute_risk: pd.DataFrame, fit_matrices: pd.DataFrame
) -> pd.DataFrame:
    """Intersection-union test in each reading: supported where all three lower 95 % limits lie above no association.

    Each part is tested at its own level and no correction is needed, for the claim holds only if all parts do
    (Berger 1982, Technometrics 24, 295-300). Contradicted where one interval lies wholly below; otherwise undecided.

    Args:
        disposition: `models/disposition` of one agency.
        absolute_risk: `models/absolute_risk` of the same.
        fit_matrices: `models/fit_matrices` of the same: the covariance between the odds ratios, for their power.

    Returns:
        One row per measure and disposition in the contract of `models/interventionist_effect`.
    """
    headline = headline_of(DISPOSITION_SPECIFICATIONS)
    odds = disposition[(disposition["variant"] == headline.variant) & (disposition["term"] == EXPOSURE)]
    risks = absolute_risk[(absolute_risk["model"] == headline.model) & absolute_risk["outcome"].isin(GROUPS)]
    rows = [
        *_reading("odds_ratio", odds, _power(odds, fit_matrices)),
        *_reading("risk_difference", risks, np.nan),
    ]
    return conform(rows, "models/interventionist_effect")


def _reading(measure: str, frame: pd.DataFrame, power: float) -> list[dict[str, Any]]:
    parts = [_part(row, measure) for row in frame.to_dict("records")]
    verdict = _verdict([part["part"] for part in parts])
    return [{**part, "verdict": verdict, "power": power} for part in parts]


def _part(row: dict[Any, Any], measure: str) -> dict[str, Any]:
    limits = ("conf_low", "conf_high") if measure == "odds_ratio" else (f"{measure}_conf_low", f"{measure}_conf_high")
    low, high = (row[name] for name in limits)
    return {
        **{name: row[name] for name in COPIED},
        "measure": measure,
        "estimate": row[measure],
        "conf_low": low,
        "conf_high": high,
        "part": _side(low, high, MEASURES[measure]),
    }


def _side(low: float, high: float, none: float) -> str:
    if not np.isfinite([low, high]).all():
        return "cannot_be_estimated"
    if low > none:
        return "above"
    return "below" if high < none else "undecided"


def _verdict(parts: list[str]) -> str:
    if not parts or "cannot_be_estimated" in parts:
        return "cannot_be_estimated"
    if "below" in parts:
        return "contradicted"
    return "supported" if set(parts) == {"above"} else "undecided"


def _power(odds: pd.DataFrame, fit_matrices: pd.DataFrame) -> float:
    """Chance that the claim would be found supported if the published odds ratios were true.

    Where none was published for an outcome, the smaller of those that were is taken.
    """
    if not odds["converged"].all() or odds.empty:
        return np.nan
    published = {r.outcome: r.odds_ratio for r in published_results(odds["agency"].iloc[0]) if r.term == EXPOSURE}
    known = [published[group] for group in GROUPS if group in published]
    if not known:
        return np.nan
    outcomes = odds["outcome"].tolist()
    assumed = np.log([published.get(outcome, min(known)) for outcome in outcomes])
    clusters = odds["effective_clusters"].to_numpy(dtype=np.float64)
    return power_of_all(assumed, _covariance(outcomes, odds["variant"].iloc[0], fit_matrices), clusters)


def _covariance(outcomes: list[str], variant: str, fit_matrices: pd.DataFrame) -> FloatArray:
    """Covariance (k, k) of the exposure's coefficients, in the order of the outcomes."""
    about = (fit_matrices["model"] == "disposition") & (fit_matrices["variant"] == variant)
    of_exposure = (fit_matrices["term"] == EXPOSURE) & (fit_matrices["other_term"] == EXPOSURE)
    pairs = fit_matrices[about & of_exposure]
    result = np.full((len(outcomes), len(outcomes)), np.nan)
    for one, other, value in zip(pairs["outcome"], pairs["other_outcome"], pairs["covariance"], strict=True):
        i, j = outcomes.index(one), outcomes.index(other)
        result[i, j] = result[j, i] = value
    return result
