"""Estimates of groups pooled in part: their mean, their spread beyond chance, and each drawn towards the mean."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtri, stdtrit

from cit_platform.inference.design import FloatArray
from cit_platform.inference.intervals import CONFIDENCE

FEWEST_GROUPS = 3
# Of the spread's square; the first bracket of its root is the variance of the estimates, and widens from there.
TOLERANCE = 1e-14
LARGEST_WIDENING = 200


@dataclass(frozen=True)
class Limits:
    """A number and its 95 % limits."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class PartialPooling:
    """What k groups have in common, and where they differ.

    `mean` of the groups; `spread`, the standard deviation of what the groups have beyond chance, its upper limit NaN
    where the groups lie closer together than chance would leave them in 97.5 of 100 cases; `q` the
    heterogeneity statistic on `degrees`, and `i_squared` its share beyond chance; `predicted`, where another such
    group would lie; `shrunken`, `low` and `high` (k,), each group drawn towards the mean by how little it tells.
    """

    mean: Limits
    spread: Limits
    q: float
    degrees: int
    i_squared: float
    predicted: Limits
    shrunken: FloatArray
    low: FloatArray
    high: FloatArray


def partial_pooling(estimates: FloatArray, covariance: FloatArray) -> PartialPooling:
    """Pool the estimates of k groups by a normal model whose group values are normal about a mean.

    The spread is that of Paule and Mandel: where the weighted squares of the deviations are as large as chance and
    spread together make them; 0 where chance alone makes them larger. Its limits are those of the Q-profile. Those of
    the mean take t on k - 1; the factor of Hartung and Knapp is 1 at this spread, and is not let below 1 where the
    spread is 0. A group's value is its best linear prediction; its limits take the spread as known, and are then too
    narrow where k is small. Estimates may be correlated, as those of one fit are: with none it is the textbook's.

    Args:
        estimates: (k,) on a scale where they are about normal, such as log odds ratios.
        covariance: (k, k) of their errors, positive definite.

    Raises:
        ValueError: there are fewer than 3 groups, or the shapes do not match.

    Source: Paule and Mandel (1982), Journal of Research of the National Bureau of Standards 87, 377-385 (spread);
    Viechtbauer (2007), Statistics in Medicine 26, 37-52 (Q-profile); Hartung and Knapp (2001), Statistics in Medicine
    20, 1771-1782, and Röver, Knapp and Friede (2015), BMC Medical Research Methodology 15, 99 (mean); Higgins and
    Thompson (2002), Statistics in Medicine 21, 1539-1558 (I²); Raudenbush and Bryk (1985), Journal of Educational
    Statistics 10, 75-98 (groups).
    """
    k = len(estimates)
    if k < FEWEST_GROUPS or covariance.shape != (k, k):
        raise ValueError(f"{k} estimates with a covariance of shape {covariance.shape} cannot be pooled.")
    degrees = k - 1
    spread = spread_between(estimates, covariance)
    variance = spread.value**2
    mean, mean_variance, _ = _mean(estimates, covariance, variance)
    quantile = float(stdtrit(degrees, 0.5 + CONFIDENCE / 2))
    shrunken, errors = _drawn_to_the_mean(estimates, covariance, variance)
    _, _, q = _mean(estimates, covariance, 0.0)
    return PartialPooling(
        mean=_about(mean, quantile * mean_variance**0.5),
        spread=spread,
        q=q,
        degrees=degrees,
        i_squared=max(0.0, 1.0 - degrees / q) if q > 0.0 else 0.0,
        predicted=_about(mean, quantile * (mean_variance + variance) ** 0.5),
        shrunken=shrunken,
        low=shrunken - quantile * errors,
        high=shrunken + quantile * errors,
    )


def spread_between(estimates: FloatArray, covariance: FloatArray) -> Limits:
    """The standard deviation of what two groups or more have beyond chance, as in `partial_pooling`, with its limits.

    Args:
        estimates: (k,).
        covariance: (k, k) of their errors, positive definite.
    """
    degrees, tail = len(estimates) - 1, (1.0 - CONFIDENCE) / 2

    def q_at(variance: float) -> float:
        return _mean(estimates, covariance, variance)[2]

    variance = _crossing(q_at, float(degrees))
    low, high = (_crossing(q_at, float(chdtri(degrees, probability))) for probability in (tail, 1.0 - tail))
    return Limits(variance**0.5, low**0.5, high**0.5 or float("nan"))


def _about(value: float, half: float) -> Limits:
    return Limits(value, value - half, value + half)


def _mean(estimates: FloatArray, covariance: FloatArray, variance: float) -> tuple[float, float, float]:
    """The weighted mean at a variance between groups, its own variance, and the weighted squared deviations."""
    weight = np.linalg.inv(covariance + variance * np.eye(len(estimates)))
    total = float(weight.sum())
    mean = float(weight.sum(axis=0) @ estimates) / total
    deviation = estimates - mean
    return mean, 1.0 / total, float(deviation @ weight @ deviation)


def _crossing(q_at: Callable[[float], float], wanted: float) -> float:
    """The variance between groups at which the deviations are as large as wanted; 0 where they are smaller at once."""
    if q_at(0.0) <= wanted:
        return 0.0
    high = 1e-6
    for _ in range(LARGEST_WIDENING):
        if q_at(high) < wanted:
            break
        high *= 2.0
    return float(brentq(lambda variance: q_at(variance) - wanted, 0.0, high, xtol=TOLERANCE))


def _drawn_to_the_mean(estimates: FloatArray, covariance: FloatArray, variance: float) -> tuple[FloatArray, FloatArray]:
    """Predictions (k,) of the group values, linear in the estimates, and their standard errors."""
    identity = np.eye(len(estimates))
    weight = np.linalg.inv(covariance + variance * identity)
    of_mean = np.tile(weight.sum(axis=0) / weight.sum(), (len(estimates), 1))
    linear = variance * weight @ (identity - of_mean) + of_mean
    error = linear @ covariance @ linear.T + variance * (linear - identity) @ (linear - identity).T
    return linear @ estimates, np.asarray(np.sqrt(np.diag(error)), dtype=np.float64)
