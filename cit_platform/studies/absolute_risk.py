"""How much is that in contacts? Risks with everyone and with no one certified, and their difference.

For: saying an odds ratio in contacts per 1,000, standardised over the contacts analysed.
Not for: predicting a single contact.
"""

from typing import Any

import pandas as pd

from cit_platform.inference.intervals import Interval
from cit_platform.inference.power import detectable_std_errors
from cit_platform.inference.standardisation import StandardisedRisks, standardise
from cit_platform.modelling.estimation import Estimation, estimate
from cit_platform.modelling.features import Features
from cit_platform.modelling.specification import Outcome, Specification, headline_of
from cit_platform.modelling.tidy import conform, count_columns, fit_columns, reason_columns
from cit_platform.modelling.windows import Windows
from cit_platform.studies.disposition import DISPOSITION_SPECIFICATIONS
from cit_platform.studies.force import FORCE_SPECIFICATIONS


def absolute_risk(features: Features, agency: str, windows: Windows) -> pd.DataFrame:
    """Risks of force and of each disposition, no action among them, standardised over the contacts of the fit.

    From the headline fits; columns and meaning in the contract of `models/absolute_risk`.
    """
    force = headline_of(FORCE_SPECIFICATIONS)
    disposition = headline_of(DISPOSITION_SPECIFICATIONS)
    rows = _rows(force, force.outcomes, features, agency, windows)
    rows += _rows(disposition, disposition.all_outcomes, features, agency, windows)
    return conform(rows, "models/absolute_risk")


def headline_numbers(frame: pd.DataFrame) -> dict[str, float]:
    """The adjusted risk difference of each primary outcome per 1,000 contacts, for the UI to plot over time."""
    rows = frame[frame["converged"] & (frame["variant"] == "primary")]
    return {
        f"{row['outcome']} difference per 1,000": float(row["risk_difference"]) * 1000
        for row in rows.to_dict("records")
    }


def _rows(
    specification: Specification, outcomes: tuple[Outcome, ...], features: Features, agency: str, windows: Windows
) -> list[dict[str, Any]]:
    estimation = estimate(specification, features, windows)
    risks = standardised_risks(estimation)
    return [
        {
            **fit_columns(estimation, agency, outcome.name),
            **({} if risks is None else risk_numbers(risks, outcome.name)),
            "covariance": specification.covariance,
            **count_columns(estimation, outcome.name),
            "converged": risks is not None,
            **_why(estimation),
        }
        for outcome in outcomes
    ]


def standardised_risks(estimation: Estimation) -> StandardisedRisks | None:
    """Risks over the contacts of a fit; None where it has no numbers."""
    design = estimation.design
    if estimation.fit is None or design is None or estimation.verdict:
        return None
    weights = estimation.data.counts.sum(axis=1)
    return standardise(estimation.fit, design, weights, estimation.specification.exposure)


def risk_numbers(risks: StandardisedRisks, outcome: str) -> dict[str, float]:
    """Risks, difference and ratio of an outcome with their limits, in the columns of `models/absolute_risk`."""
    at = risks.outcomes.index(outcome)
    intervals: dict[str, Interval] = {
        "risk_certified": risks.risk_exposed,
        "risk_not_certified": risks.risk_unexposed,
        "risk_difference": risks.risk_difference,
        "risk_ratio": risks.risk_ratio,
    }
    numbers = {}
    for name, interval in intervals.items():
        numbers[name] = float(interval.estimate[at])
        numbers[f"{name}_conf_low"] = float(interval.low[at])
        numbers[f"{name}_conf_high"] = float(interval.high[at])
    difference = risks.risk_difference
    detectable = detectable_std_errors(difference.effective_clusters) * difference.std_error
    return {**numbers, "smallest_detectable_difference": float(detectable[at])}


def _why(estimation: Estimation) -> dict[str, str]:
    """Why there are no risks; in the words also which contacts they are not about."""
    why = reason_columns(estimation.verdict)
    left_out = [f"{omission.column.label}: {omission.verdict}" for omission in estimation.data.diagnosis.left_out]
    return why | {"note": "; ".join(filter(None, (why["note"], *left_out)))}
