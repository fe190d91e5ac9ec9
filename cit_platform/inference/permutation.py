"""Who had which row among those present? The share of a group by class when labels are shuffled within strata."""

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from cit_platform.inference.design import FloatArray, IntArray
from cit_platform.inference.intervals import Z, p_values

# Of the largest eigenvalue of the covariance: below it is rounding.
SMALLEST_SHARE = 1e-9


@dataclass(frozen=True, eq=False)
class Shuffled:
    """The rows of the group by class, observed and under all shuffles; all are (C,) but the last.

    `low` and `high` hold 95 % of the shuffles, `p_value` is two-sided; `p_any` is of all classes at once.
    """

    observed: FloatArray
    expected: FloatArray
    low: FloatArray
    high: FloatArray
    p_value: FloatArray
    p_any: float


def shuffle_within(group: IntArray, others: IntArray) -> Shuffled:
    """Shuffle within each stratum which rows belong to the group, the number of its rows kept.

    In a stratum the classes of the group's rows are then multivariate hypergeometric, so that mean and covariance over
    all shuffles are known in closed form, and the sum over strata is about normal: no shuffle has to be drawn. All
    classes at once are the generalised Cochran-Mantel-Haenszel test. Strata without the group, or without others, stay
    out: nothing can change there.

    Args:
        group: (S, C) rows of the group by stratum and class.
        others: (S, C) the other rows.

    Raises:
        ValueError: no stratum has rows of both.

    Source: Landis, Heyman and Koch (1978), International Statistical Review 46, 237-254 (general association);
    Pesarin and Salmaso (2010), Permutation Tests for Complex Data, sec. 1.9 (stratified permutation).
    """
    both = (group.sum(axis=1) > 0) & (others.sum(axis=1) > 0)
    if not both.any():
        raise ValueError("No stratum has rows of the group and others.")
    mine, rows = group[both].astype(np.float64), (group[both] + others[both]).astype(np.float64)
    size, total = mine.sum(axis=1), rows.sum(axis=1)
    share = rows / total[:, None]
    observed, expected = mine.sum(axis=0), size @ share
    # Both kinds of row are there, so that a stratum has at least two.
    factor = size * (total - size) / (total - 1)
    covariance = np.diag(factor @ share) - share.T @ (factor[:, None] * share)
    spread = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    distance = observed - expected
    statistic = np.divide(distance, spread, out=np.zeros_like(distance), where=spread > 0)
    values, vectors = np.linalg.eigh(covariance)
    known = values > SMALLEST_SHARE * max(float(values[-1]), 1.0)
    chi_square = float((((vectors.T @ distance)[known] ** 2) / values[known]).sum())
    p_any = float(chdtrc(known.sum(), chi_square)) if known.any() else 1.0
    limits = Z * spread
    return Shuffled(observed, expected, expected - limits, expected + limits, p_values(statistic, None), p_any)
