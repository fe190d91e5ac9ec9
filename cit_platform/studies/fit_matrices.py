"""From what can every interval be computed again? Information, score products and covariance of the printed fits.

For: recomputing standard errors, intervals and contrasts from an edition alone (docs/recompute.py).
Not for: reading: the coefficients and their intervals stand in models/estimates.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from cit_platform.inference.covariance import fitted_information, score_products
from cit_platform.modelling.estimation import Estimation, estimate_all
from cit_platform.modelling.features import Features
from cit_platform.modelling.tidy import conform
from cit_platform.modelling.windows import Windows
from cit_platform.studies.disposition import DISPOSITION_SPECIFICATIONS
from cit_platform.studies.force import FORCE_SPECIFICATIONS

PRINTED = tuple(
    specification
    for specification in (*FORCE_SPECIFICATIONS, *DISPOSITION_SPECIFICATIONS)
    if specification.role in ("published", "headline")
)


def fit_matrices(features: Features, agency: str, windows: Windows) -> pd.DataFrame:
    """The upper triangle of the matrices of each printed fit, in the contract of `models/fit_matrices`.

    A fit without numbers has no rows.
    """
    estimations = estimate_all(PRINTED, features, windows)
    return conform([{"agency": agency, **row} for each in estimations for row in _pairs(each)], "models/fit_matrices")


def _pairs(estimation: Estimation) -> Iterator[dict[str, Any]]:
    specification, data, design = estimation.specification, estimation.data, estimation.design
    fit, model_fit = estimation.fit, estimation.model_fit
    if estimation.verdict or fit is None or model_fit is None or design is None:
        return
    information = fitted_information(model_fit, design, data.counts)
    products = (
        score_products(model_fit, design, data.kept_cells)
        if specification.clusterings
        else np.full_like(information, np.nan)
    )
    coefficients = [(outcome, column.term, column.level) for outcome in fit.outcomes[1:] for column in fit.columns]
    for a, (outcome, term, level) in enumerate(coefficients):
        for b, (other_outcome, other_term, other_level) in enumerate(coefficients[a:], start=a):
            yield {
                "model": specification.model,
                "variant": specification.variant,
                "outcome": outcome,
                "term": term,
                "level": level,
                "other_outcome": other_outcome,
                "other_term": other_term,
                "other_level": other_level,
                "information": information[a, b],
                "score_cross_product": products[a, b],
                "covariance": fit.covariance[a, b],
            }
