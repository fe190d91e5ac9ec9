"""Estimates of independent agencies combined: their mean, how far agencies differ, where one more would lie."""

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, stdtrit
from statsmodels.stats.meta_analysis import combine_effects

from cit_platform.inference.design import FloatArray
from cit_platform.inference.intervals import CONFIDENCE
from cit_platform.inference.partial_pooling import Limits, spread_between

FEWEST_AGENCIES = 2
# The interval of one further agency takes t on k - 2.
FEWEST_TO_PREDICT = 3


@dataclass(frozen=True, eq=False)
class PooledAgencies:
    """What k agencies have in common, and how far they differ, on the scale of their estimates.

    Attributes:
        mean: of the agencies that these stand for.
        spread: the standard deviation between agencies; its upper limit is NaN where the estimates lie closer together
            than chance would leave them in 97.5 of 100 cases.
        i_squared: the share of the variance of estimates that is between agencies, 0 to 1; its limits are those of
            `spread`.
        q, p_value: Cochran's statistic on k - 1, and how often chance alone leaves a larger one.
        predicted: where one further agency would lie; None with two agencies.
        weights: (k,) shares in the mean.
    """

    mean: Limits
    spread: Limits
    i_squared: Limits
    q: float
    p_value: float
    predicted: Limits | None
    weights: FloatArray


def pool_agencies(estimates: FloatArray, std_errors: FloatArray) -> PooledAgencies:
    """Pool k estimates by a normal model whose agencies are normal about a mean, k from 2 on.

    The spread is that of Paule and Mandel: statsmodels does not keep the other one it offers, DerSimonian and Laird's,
    from falling below 0. Limits of the mean take t on k - 1 with the factor of Hartung, Knapp, Sidik and Jonkman, which
    is not let below 1: without that two agencies that happen to agree would have an interval of no width. The further
    agency takes t on k - 2. The errors of the standard errors are not allowed for.

    Args:
        estimates: (k,) on a scale where they are about normal, such as log odds ratios.
        std_errors: (k,), above 0.

    Raises:
        ValueError: there are fewer than 2 estimates, or a number is missing or not above 0 where it must be.

    Source: Paule and Mandel (1982), Journal of Research of the National Bureau of Standards 87, 377-385; Hartung and
    Knapp (2001), Statistics in Medicine 20, 1771-1782; Röver, Knapp and Friede (2015), BMC Medical Research Methodology
    15, 99 (the factor from 1 on); Higgins, Thompson and Spiegelhalter (2009), Journal of the Royal Statistical Society
    A 172, 137-159 (further agency); Viechtbauer (2007), Statistics in Medicine 26, 37-52 (limits of the spread);
    Higgins and Thompson (2002), Statistics in Medicine 21, 1539-1558 (I²).
    """
    estimates, std_errors = (np.asarray(values, dtype=np.float64) for values in (estimates, std_errors))
    _refuse(estimates, std_errors)
    k, variances = len(estimates), std_errors**2
    with np.errstate(divide="ignore"):
        # Of equal estimates it divides by a Q of 0 for an I² that is not used.
        found = combine_effects(estimates, variances, method_re="iterated", use_t=True)
    value, variance = float(found.mean_effect_re), float(found.tau2)
    error = float(found.sd_eff_w_re) * max(1.0, float(found.scale_hksj_re)) ** 0.5
    spread = spread_between(estimates, np.diag(variances))
    typical = _typical_variance(variances)
    shares = (limit**2 / (limit**2 + typical) for limit in (spread.value, spread.low, spread.high))
    can_predict = k >= FEWEST_TO_PREDICT
    return PooledAgencies(
        mean=_within(value, error, k - 1),
        spread=spread,
        i_squared=Limits(*shares),
        q=float(found.q),
        p_value=float(chdtrc(k - 1, max(0.0, float(found.q)))),
        predicted=_within(value, (error**2 + variance) ** 0.5, k - 2) if can_predict else None,
        weights=np.asarray(found.weights_rel_re, dtype=np.float64),
    )


def _refuse(estimates: FloatArray, std_errors: FloatArray) -> None:
    shape = (len(estimates),)
    if len(estimates) < FEWEST_AGENCIES or estimates.shape != shape or std_errors.shape != shape:
        raise ValueError(f"{estimates.shape} estimates with {std_errors.shape} standard errors cannot be pooled.")
    if not (np.isfinite(estimates).all() and np.isfinite(std_errors).all() and (std_errors > 0).all()):
        raise ValueError("An estimate or a standard error is missing, or a standard error is not above 0.")


def _within(value: float, error: float, degrees: int) -> Limits:
    half = float(stdtrit(degrees, 0.5 + CONFIDENCE / 2)) * error
    return Limits(value, value - half, value + half)


def _typical_variance(variances: FloatArray) -> float:
    """The variance of an estimate within its agency that I² takes for all of them; that of each where all are equal."""
    weight = 1.0 / variances
    total = float(weight.sum())
    return (len(variances) - 1) * total / (total**2 - float((weight**2).sum()))
