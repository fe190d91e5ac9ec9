"""Several estimates judged together: adjusted p-values, intervals that hold all at once, and size against a margin."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.special import ndtr

from cit_platform.inference.design import FloatArray
from cit_platform.inference.intervals import CONFIDENCE, Interval, quantiles

DRAWS = 100_000
SEED = 20_150_515
# Two one-sided tests at 5 % are one interval of 90 %.
ONE_SIDED = 0.95


class Size(StrEnum):
    """Where a difference lies against the smallest one that matters, on either side of 0."""

    LARGER = "larger"
    SMALLER = "smaller"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class AgainstMargin:
    """The 90 % interval of an estimate, which decides whether it is smaller than a margin, and the verdict."""

    low: float
    high: float
    size: Size


def holm(p_values: FloatArray) -> FloatArray:
    """Holm's step-down adjusted p-values, (k,); one that is missing counts as tested and not rejected, and stays NaN.

    Source: Holm (1979), Scandinavian Journal of Statistics 6, 65-70.
    """
    known = np.where(np.isnan(p_values), 1.0, p_values)
    order = np.argsort(known, kind="stable")
    steps = np.maximum.accumulate(known[order] * np.arange(len(known), 0, -1))
    adjusted = np.empty_like(known)
    adjusted[order] = np.minimum(steps, 1.0)
    return np.where(np.isnan(p_values), np.nan, adjusted)


def simultaneous_interval(
    estimate: FloatArray, std_error: FloatArray, influences: FloatArray, effective_clusters: FloatArray | None = None
) -> Interval:
    """95 % intervals that all hold at once, by the distribution of the largest statistic over clusters.

    Each cluster's influences are multiplied by one normal number, again and again; their sums are normal with the
    covariance of the estimates, so they are drawn as such. The level at which the largest of the k statistics is
    exceeded in 5 % of the draws is that of each interval, by its own distribution: of t where clusters are few.

    Args:
        estimate: (k,).
        std_error: (k,), positive.
        influences: (G, k) what each cluster moves each estimate by, for the correlation of the estimates alone.
        effective_clusters: (k,) where limits follow t.

    Raises:
        ValueError: the shapes do not match, or an estimate is moved by no cluster.

    Source: Hothorn, Bretz and Westfall (2008), Biometrical Journal 50, 346-363 (largest statistic); Kline and Santos
    (2012), Journal of Econometric Methods 1, 23-41 (multiplied scores of clusters); Chernozhukov, Chetverikov and Kato
    (2013), Annals of Statistics 41, 2786-2819 (normal multipliers); Beran (1988), Journal of the American Statistical
    Association 83, 679-686 (the same level for each).
    """
    k = len(estimate)
    length = np.sqrt((influences**2).sum(axis=0))
    if influences.shape[1:] != (k,) or len(std_error) != k or not (length > 0.0).all():
        raise ValueError(f"{k} simultaneous intervals need clusters that move each of the estimates.")
    root = np.linalg.qr(influences / length, mode="r")
    draws = np.random.default_rng(SEED).standard_normal((DRAWS, len(root))) @ root
    beyond = float(np.quantile(np.abs(draws).max(axis=1), CONFIDENCE))
    half = quantiles(float(ndtr(beyond)), effective_clusters) * std_error
    return Interval(estimate, std_error, estimate - half, estimate + half, effective_clusters)


def against_margin(
    estimate: float, std_error: float, margin: float, effective_clusters: float | None = None
) -> AgainstMargin:
    """Whether a difference is surely larger than a margin, on one side, or surely smaller, on both.

    Smaller where the 90 % interval lies wholly within: two one-sided tests at 5 %, which both have to reject. Larger
    where the 95 % interval lies wholly beyond: either side may, so that two tests at 5 % would err in up to 10 of 100.

    Args:
        estimate: a difference, 0 for none.
        std_error: of it.
        margin: the smallest difference that matters, positive.
        effective_clusters: where limits follow t.

    Source: Schuirmann (1987), Journal of Pharmacokinetics and Biopharmaceutics 15, 657-680 (two one-sided tests).
    """
    clusters = None if effective_clusters is None else np.asarray(effective_clusters)
    half = float(quantiles(ONE_SIDED, clusters)) * std_error
    low, high = estimate - half, estimate + half
    if abs(estimate) - float(quantiles(0.5 + CONFIDENCE / 2, clusters)) * std_error > margin:
        return AgainstMargin(low, high, Size.LARGER)
    return AgainstMargin(low, high, Size.SMALLER if -margin < low and high < margin else Size.UNDECIDED)
