"""How alike two arms are before anything is fitted: standardised differences with limits over clusters."""

from dataclasses import dataclass

import numpy as np

from cit_platform.inference.design import FloatArray
from cit_platform.inference.intervals import Z


@dataclass(frozen=True)
class Balance:
    """A standardised difference, at least 0, with its standard error and 95 % limits; NaN where there is none."""

    estimate: float
    std_error: float
    low: float
    high: float


def standardised_difference(counts: FloatArray) -> FloatArray:
    """How far two arms differ in a categorical covariate, in standard deviations: (...) for counts (..., 2, L).

    The Mahalanobis distance between the shares of all levels but one, with the average of both arms' covariance; for
    two levels the difference of the shares over the root of the average variance. NaN where an arm has no rows. A level
    that neither arm has does not count.

    Source: Yang and Dalton (2012), SAS Global Forum, paper 335 (levels); Austin (2009), Statistics in Medicine 28,
    3083-3107, sec. 2.1 (two levels).
    """
    with np.errstate(invalid="ignore"):
        shares = counts / counts.sum(axis=-1, keepdims=True)
    empty = ~np.isfinite(shares).all(axis=(-1, -2))
    shares = np.where(empty[..., None, None], 0.0, shares)[..., 1:]
    products = shares[..., :, None] * shares[..., None, :]
    variances = shares[..., :, None] * np.eye(shares.shape[-1]) - products
    inverse = np.linalg.pinv(variances.mean(axis=-3), hermitian=True)
    apart = shares[..., 1, :] - shares[..., 0, :]
    squared = np.einsum("...i,...ij,...j->...", apart, inverse, apart)
    return np.asarray(np.where(empty, np.nan, np.sqrt(np.maximum(squared, 0.0))), dtype=np.float64)


def balance(counts: FloatArray) -> Balance:
    """The standardised difference of a covariate with limits by the jackknife over clusters.

    Between arms that differ by chance alone the difference is above 0 too: it is judged by its lower limit.

    Args:
        counts: (G, 2, L) rows of each cluster by arm and level.

    Source: MacKinnon, Nielsen and Webb (2023), Journal of Applied Econometrics 38, 671-694 (jackknife over clusters).
    """
    whole = counts.sum(axis=0)
    estimate = float(standardised_difference(whole))
    shifts = standardised_difference(whole - counts) - estimate
    n_clusters = len(counts)
    error = float(np.sqrt((n_clusters - 1) / n_clusters * (shifts**2).sum())) if n_clusters > 1 else np.nan
    return Balance(estimate, error, float(np.maximum(0.0, estimate - Z * error)), estimate + Z * error)
