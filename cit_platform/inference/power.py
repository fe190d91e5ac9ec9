"""What a study could have found: smallest detectable effects, design effects, and what these do to a published test."""

from math import inf, sqrt

import numpy as np
from scipy.special import ndtr, ndtri

from cit_platform.inference.design import FloatArray
from cit_platform.inference.intervals import CONFIDENCE, quantiles

POWER = 0.80
SEED = 20_150_515


def detectable_std_errors(effective_clusters: FloatArray | None = None) -> FloatArray:
    """The standard errors that an effect must measure for a two-sided 5 % test to find it with a chance of 80 %.

    2.8 where limits are normal, more where they follow t.

    Args:
        effective_clusters: of each estimate; None for the normal distribution.

    Source: Bloom (1995), Evaluation Review 19, 547-556 (multiples of the standard error, quantiles of t).
    """
    both = quantiles(0.5 + CONFIDENCE / 2, effective_clusters) + quantiles(POWER, effective_clusters)
    return np.asarray(both, dtype=np.float64)


def power_of_all(effects: FloatArray, covariance: FloatArray, effective_clusters: FloatArray | None = None) -> float:
    """The chance that each of k estimates has its lower 95 % limit above 0: that a claim of all of them is supported.

    The estimates are taken as normal about the effects. The chance is that all lie beyond their critical values, by the
    distribution function of the multivariate normal.

    Args:
        effects: (k,) true values, e.g. log odds ratios.
        covariance: (k, k) of the estimates, positive definite.
        effective_clusters: (k,) where limits follow t.

    Raises:
        ValueError: the shapes do not match, or the covariance is not positive definite.

    Source: Berger (1982), Technometrics 24, 295-300 (intersection-union: each at its own level); Genz (1992), Journal
    of Computational and Graphical Statistics 1, 141-149 (the distribution function).
    """
    from scipy.stats import multivariate_normal

    k = len(effects)
    if covariance.shape != (k, k) or np.linalg.eigvalsh(covariance)[0] <= 0.0:
        raise ValueError(f"The power of {k} estimates needs their covariance, ({k}, {k}) and positive definite.")
    errors = np.sqrt(np.diag(covariance))
    beyond = effects / errors - quantiles(0.5 + CONFIDENCE / 2, effective_clusters)
    correlation = covariance / np.outer(errors, errors)
    # By lattice points from four estimates on: the same ones each time.
    return float(multivariate_normal(cov=correlation, seed=SEED).cdf(beyond))


def design_effect(robust_std_error: float, model_std_error: float) -> float:
    """How many times larger the variance is than if rows were independent.

    Raises:
        ValueError: a standard error is not a positive number.

    Source: Kish (1965), Survey Sampling, p. 258.
    """
    if not (0.0 < robust_std_error < inf and 0.0 < model_std_error < inf):
        raise ValueError("A design effect needs two positive standard errors.")
    return (robust_std_error / model_std_error) ** 2


def p_value_under_design_effect(p_value: float, deff: float) -> float:
    """The two-sided p-value that a Wald test would have if the variance of its estimate were `deff` times as large.

    Raises:
        ValueError: the p-value does not lie between 0 and 1, or the design effect is not positive.
    """
    if not 0.0 < deff < inf:
        raise ValueError(f"A design effect is a positive number, not {deff}.")
    return 2.0 * float(ndtr(-_statistic(p_value) / sqrt(deff)))


def _statistic(p_value: float) -> float:
    if not 0.0 < p_value < 1.0:
        raise ValueError(f"A p-value of {p_value} has no test statistic; it must lie between 0 and 1.")
    return -float(ndtri(p_value / 2))
