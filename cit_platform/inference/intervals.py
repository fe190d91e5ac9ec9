"""95 % intervals, normal on a stated scale."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit, ndtri

from cit_platform.inference.design import FloatArray

CONFIDENCE = 0.95
Z = float(ndtri(0.5 + CONFIDENCE / 2))


@dataclass(frozen=True, eq=False)
class Interval:
    """Estimates with standard errors and 95 % limits; every field has the same shape."""

    estimate: FloatArray
    std_error: FloatArray
    low: FloatArray
    high: FloatArray


def plain_interval(estimate: FloatArray, std_error: FloatArray) -> Interval:
    """Symmetric interval on the scale of the estimate."""
    return Interval(estimate, std_error, estimate - Z * std_error, estimate + Z * std_error)


def log_interval(estimate: FloatArray, std_error_log: FloatArray) -> Interval:
    """Interval of a positive ratio, symmetric on the log scale; `std_error_log` is that of the log."""
    low, high = estimate * np.exp(-Z * std_error_log), estimate * np.exp(Z * std_error_log)
    return Interval(estimate, estimate * std_error_log, low, high)


def logit_interval(estimate: FloatArray, std_error: FloatArray) -> Interval:
    """Interval of a probability strictly between 0 and 1, symmetric on the logit scale, hence inside (0, 1)."""
    centre, half = logit(estimate), Z * std_error / (estimate * (1.0 - estimate))
    return Interval(estimate, std_error, expit(centre - half), expit(centre + half))
