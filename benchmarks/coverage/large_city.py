"""What each estimate tends to as a city grows: the same fit, to the counts that the population expects."""

from functools import cache

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, softmax

from benchmarks.coverage.cities import (
    FORCE_SHARE,
    CityDesign,
    disposition_log_odds,
    force_log_odds,
    pattern_shares,
)
from benchmarks.coverage.estimates import Estimand, estimates
from benchmarks.coverage.models import FORCE_MODEL, Model
from cit_platform.inference.counts import fit_counts
from cit_platform.inference.design import FloatArray

# Any large number: the maximum does not depend on it.
EXPECTED_ROWS = 1e6
FORCE_NODES, DISPOSITION_NODES = 41, 21


@cache
def force_intercept(design: CityDesign) -> float:
    """Log odds of force of the reference contact with which force occurs in `FORCE_SHARE` of all contacts."""
    shares = pattern_shares()
    return float(brentq(lambda start: float((shares * _force(design, start, null=False)).sum()) - FORCE_SHARE, -12, 0))


def large_city_values(design: CityDesign, model: Model, *, null: bool) -> dict[Estimand, float]:
    """Values that the estimates tend to as the number of officers grows, which is what their intervals must cover.

    The models have no term for officer or incident, so these are population-averaged values: the outcome's
    probability in each pattern is averaged over the normal effects of officer and incident by Gauss-Hermite
    quadrature, and the model is fitted to the averages in the population's mixture of patterns. The averages are not
    exactly logistic; the fit is then the closest logit in the Kullback-Leibler sense, the limit of maximum likelihood.

    Raises:
        RuntimeError: the expected counts cannot be fitted.

    Source: Zeger, Liang and Albert (1988), Biometrics 44, 1049-1060 (population-averaged coefficients); White (1982),
    Econometrica 50, 1-25 (limit under misspecification).
    """
    counts = expected_counts(design, model, null=null)
    fit = fit_counts(model.design, counts, model.outcomes)
    found = estimates(model, fit, counts.sum(axis=1))
    return {estimand: estimate.value for estimand, estimate in found.items()}


def expected_counts(design: CityDesign, model: Model, *, null: bool) -> FloatArray:
    """Expected contacts by pattern and outcome among a million; (m, J)."""
    if model is FORCE_MODEL:
        risk = _force(design, force_intercept(design), null=null)
        probability = np.stack([1 - risk, risk], axis=-1)
    else:
        probability = _dispositions(design, null=null)
    expected = (EXPECTED_ROWS * pattern_shares()[..., None] * probability).reshape(-1, len(model.outcomes))
    return np.column_stack([np.bincount(model.row, column) for column in expected.T])


def _force(design: CityDesign, intercept: float, *, null: bool) -> FloatArray:
    """Risk of force by pattern, averaged over officers and incidents; `PATTERNS`."""
    nodes, weights = _standard_normal(FORCE_NODES)
    predictor = intercept + force_log_odds(null=null)[..., None] + design.total_sd * nodes
    risk: FloatArray = expit(predictor) @ weights
    return risk


def _dispositions(design: CityDesign, *, null: bool) -> FloatArray:
    """Probabilities of the dispositions by pattern, averaged likewise; (*PATTERNS, 4)."""
    nodes, weights = _standard_normal(DISPOSITION_NODES)
    unseen = design.total_sd * np.stack(np.meshgrid(nodes, nodes, nodes, indexing="ij")).reshape(3, -1)
    weight = np.einsum("i,j,k->ijk", weights, weights, weights).ravel()
    # Experience does not enter: its first level is that of all.
    predictor = disposition_log_odds(null=null)[:, :, :1, :, :, None] + unseen.reshape(3, 1, 1, 1, 1, -1)
    probability = softmax(np.concatenate([np.zeros_like(predictor[:1]), predictor]), axis=0) @ weight
    return np.moveaxis(probability, 0, -1)


def _standard_normal(n: int) -> tuple[FloatArray, FloatArray]:
    """Nodes and weights of an expectation over a standard normal variable."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(n)
    return nodes, weights / weights.sum()
