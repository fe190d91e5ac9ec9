"""How far a trait that nobody recorded would shift a ratio, and how much of it would be needed."""

import numpy as np

from cit_platform.inference.design import FloatArray


def bias_factor(strength: FloatArray, share_exposed: FloatArray, share_unexposed: FloatArray) -> FloatArray:
    """Factor by which a binary trait shifts a risk ratio: the ratio found over the ratio given the trait.

    Exact for risk ratios where the trait has the same risk ratio in both arms; for odds ratios as good as the outcome
    is rare. Any shapes that broadcast.

    Args:
        strength: risk ratio of the outcome with the trait against without it, given the exposure and all controls.
        share_exposed: share that has the trait among the exposed, 0 to 1.
        share_unexposed: the same among the others.

    Raises:
        ValueError: a strength is not above 0, or a share is not between 0 and 1.

    Source: Bross (1966), Journal of Chronic Diseases 19, 637-647; Schlesselman (1978), American Journal of Epidemiology
    108, 3-8.
    """
    shares = np.concatenate([np.ravel(share_exposed), np.ravel(share_unexposed)])
    if np.any(np.asarray(strength) <= 0) or np.any(shares < 0) or np.any(shares > 1):
        raise ValueError("A strength must be above 0 and a share between 0 and 1.")
    more = np.asarray(strength, dtype=np.float64) - 1.0
    factor: FloatArray = (1.0 + more * share_exposed) / (1.0 + more * share_unexposed)
    return factor


def share_needed(ratio: FloatArray, strength: FloatArray, share_unexposed: FloatArray) -> FloatArray:
    """Share of the exposed that must have a trait for it to give the whole ratio; NaN where no share does.

    The equation of `bias_factor` solved for the share among the exposed; arguments as there.
    """
    more = np.asarray(strength, dtype=np.float64) - 1.0
    share = (ratio * (1.0 + more * share_unexposed) - 1.0) / more
    return np.where((share >= 0.0) & (share <= 1.0), share, np.nan)


def e_value(ratio: FloatArray) -> FloatArray:
    """Strength, as a risk ratio with both exposure and outcome, below which no trait gives the whole ratio.

    A ratio below 1 is inverted first.

    Source: VanderWeele and Ding (2017), Annals of Internal Medicine 167, 268-274.
    """
    away = np.maximum(ratio, 1.0 / np.asarray(ratio, dtype=np.float64))
    value: FloatArray = away + np.sqrt(away * (away - 1.0))
    return value


def e_value_of_limit(low: FloatArray, high: FloatArray) -> FloatArray:
    """The E-value of the limit of an interval that is nearer to 1; 1 where the interval holds 1."""
    nearer = np.where(np.asarray(low) > 1.0, low, np.where(np.asarray(high) < 1.0, high, 1.0))
    return e_value(nearer)


def strength_against_rest(log_ratios: FloatArray, shares: FloatArray) -> FloatArray:
    """Ratio of each level of a factor against all its other levels taken together.

    Args:
        log_ratios: (L,) log ratio of each level against one reference, which has 0.
        shares: (L,) weight of each level, not negative.

    Returns:
        (L,); NaN where no other level has weight.
    """
    weighted = shares * np.exp(log_ratios)
    rest = np.maximum(shares.sum() - shares, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(rest > 0, np.exp(log_ratios) * rest / (weighted.sum() - weighted), np.nan)
