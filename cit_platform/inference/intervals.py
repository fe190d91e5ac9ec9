"""95 % intervals on a stated scale, normal, or by t where few clusters tell of the estimate."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit, ndtr, ndtri, stdtr, stdtrit

from cit_platform.inference.design import FloatArray

CONFIDENCE = 0.95
Z = float(ndtri(0.5 + CONFIDENCE / 2))


@dataclass(frozen=True, eq=False)
class Interval:
    """Estimates with standard errors and 95 % limits; every field has the same shape.

    `effective_clusters` is the number behind a t quantile, None where the quantile is normal.
    """

    estimate: FloatArray
    std_error: FloatArray
    low: FloatArray
    high: FloatArray
    effective_clusters: FloatArray | None = None


def quantiles(probability: float, effective_clusters: FloatArray | None) -> FloatArray:
    """Quantiles of the statistic of an estimate: of t where clusters are few.

    Args:
        probability: below which the statistic lies.
        effective_clusters: of each estimate; t has one degree of freedom less, and at least 1. None for the normal
            distribution.

    Source: Carter, Schnepel and Steigerwald (2017), Review of Economics and Statistics 99, 698-709; MacKinnon, Nielsen
    and Webb (2023), Journal of Econometrics 232, 272-299, sec. 3 (effective number of clusters less one).
    """
    if effective_clusters is None:
        return np.asarray(ndtri(probability), dtype=np.float64)
    return np.asarray(stdtrit(_degrees_of_freedom(effective_clusters), probability), dtype=np.float64)


def p_values(statistic: FloatArray, effective_clusters: FloatArray | None) -> FloatArray:
    """Two-sided p-values of statistics, by the distribution that `quantiles` takes."""
    if effective_clusters is None:
        return np.asarray(2.0 * ndtr(-np.abs(statistic)), dtype=np.float64)
    return np.asarray(2.0 * stdtr(_degrees_of_freedom(effective_clusters), -np.abs(statistic)), dtype=np.float64)


def _degrees_of_freedom(effective_clusters: FloatArray) -> FloatArray:
    return np.maximum(effective_clusters - 1.0, 1.0)


def plain_interval(
    estimate: FloatArray, std_error: FloatArray, effective_clusters: FloatArray | None = None
) -> Interval:
    """Symmetric interval on the scale of the estimate."""
    half = _quantile(effective_clusters) * std_error
    return Interval(estimate, std_error, estimate - half, estimate + half, effective_clusters)


def log_interval(
    estimate: FloatArray, std_error_log: FloatArray, effective_clusters: FloatArray | None = None
) -> Interval:
    """Interval of a positive ratio, symmetric on the log scale; `std_error_log` is that of the log."""
    factor = np.exp(_quantile(effective_clusters) * std_error_log)
    return Interval(estimate, estimate * std_error_log, estimate / factor, estimate * factor, effective_clusters)


def logit_interval(
    estimate: FloatArray, std_error: FloatArray, effective_clusters: FloatArray | None = None
) -> Interval:
    """Interval of a probability strictly between 0 and 1, symmetric on the logit scale, hence inside (0, 1)."""
    centre, half = logit(estimate), _quantile(effective_clusters) * std_error / (estimate * (1.0 - estimate))
    return Interval(estimate, std_error, expit(centre - half), expit(centre + half), effective_clusters)


def _quantile(effective_clusters: FloatArray | None) -> FloatArray:
    return quantiles(0.5 + CONFIDENCE / 2, effective_clusters)
