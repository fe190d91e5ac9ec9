"""From what can every risk difference be computed again? Derivatives of the standardised risks by the coefficients.

For: recomputing the intervals of models/absolute_risk from an edition alone (docs/recompute.py).
Not for: reading: the risks and their intervals stand in models/absolute_risk.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from cit_platform.inference.standardisation import average_risks
from cit_platform.modelling.estimation import Estimation, estimate
from cit_platform.modelling.features import Features
from cit_platform.modelling.specification import Outcome, headline_of
from cit_platform.modelling.tidy import conform
from cit_platform.modelling.windows import Windows
from cit_platform.studies.disposition import DISPOSITION_SPECIFICATIONS
from cit_platform.studies.force import FORCE_SPECIFICATIONS


def risk_gradients(features: Features, agency: str, windows: Windows) -> pd.DataFrame:
    """Gradients of the risks of the headline fits, in the contract of `models/risk_gradients`.

    A fit without numbers has no rows.
    """
    force, disposition = headline_of(FORCE_SPECIFICATIONS), headline_of(DISPOSITION_SPECIFICATIONS)
    rows = [
        {"agency": agency, **row}
        for specification, outcomes in ((force, force.outcomes), (disposition, disposition.all_outcomes))
        for row in _derivatives(estimate(specification, features, windows), outcomes)
    ]
    return conform(rows, "models/risk_gradients")


def _derivatives(estimation: Estimation, outcomes: tuple[Outcome, ...]) -> Iterator[dict[str, Any]]:
    specification, fit, design = estimation.specification, estimation.fit, estimation.design
    if estimation.verdict or fit is None or design is None:
        return
    weights = estimation.data.counts.sum(axis=1)
    certified, not_certified = average_risks(fit, design, weights, specification.exposure)
    difference = certified.gradient - not_certified.gradient
    clusters = np.full(len(fit.outcomes), np.nan) if fit.clusters_of is None else fit.clusters_of(difference)
    coefficients = [(outcome, column.term, column.level) for outcome in fit.outcomes[1:] for column in fit.columns]
    for outcome in outcomes:
        at = fit.outcomes.index(outcome.name)
        for position, (coefficient_outcome, term, level) in enumerate(coefficients):
            yield {
                "model": specification.model,
                "variant": specification.variant,
                "outcome": outcome.name,
                "coefficient_outcome": coefficient_outcome,
                "term": term,
                "level": level,
                "gradient_certified": certified.gradient[at, position],
                "gradient_not_certified": not_certified.gradient[at, position],
                "effective_clusters": clusters[at],
            }
