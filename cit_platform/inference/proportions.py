"""Proportions with intervals that respect clusters."""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv

from cit_platform.inference.design import FloatArray
from cit_platform.inference.intervals import CONFIDENCE, Interval, logit_interval, quantiles


@dataclass(frozen=True)
class Proportion:
    """A share with 95 % limits, the rows and clusters behind it, and how the limits were found.

    `method` is `cluster_robust`, `exact` (clusters ignored) or `none` (no rows: all numbers NaN).
    """

    estimate: float
    low: float
    high: float
    n_rows: int
    n_clusters: int
    n_events: int
    method: str


def proportion(events: FloatArray, rows: FloatArray) -> Proportion:
    """Share of rows with an event, interval on the logit scale by linearisation of the ratio over clusters.

    The variance is G / (G - 1) times the sum over clusters of (events - share x rows) squared, over n squared: that
    of a ratio estimator. Where it is not defined or zero (no event, only events, one cluster, the same share in every
    cluster) the limits are the exact binomial ones, which ignore clusters and may then be too narrow; `method` says
    so.

    Args:
        events: (G,) rows with the event, by cluster.
        rows: (G,) rows, by cluster, at least one each.

    Raises:
        ValueError: shapes differ, a cluster has no row, or more events than rows.

    Source: Cochran (1977), Sampling Techniques, 3rd ed., ch. 6 (ratio estimators); Binder (1983), International
    Statistical Review 51, 279-292 (linearisation); Clopper and Pearson (1934), Biometrika 26, 404-413 (exact limits).
    """
    if events.shape != rows.shape or (rows < 1).any() or (events > rows).any() or (events < 0).any():
        raise ValueError("Every cluster needs at least one row, and from none to all of its rows with the event.")
    n, n_events, n_clusters = round(rows.sum()), round(events.sum()), len(rows)
    if n == 0:
        nan = float("nan")
        return Proportion(nan, nan, nan, 0, 0, 0, "none")
    share = n_events / n
    residuals = events - share * rows
    variance = float(residuals @ residuals) / n**2 * n_clusters / (n_clusters - 1) if n_clusters > 1 else 0.0
    if n_events in (0, n) or variance < 1e-24:
        low, high = exact_limits(n_events, n)
        return Proportion(share, low, high, n, n_clusters, n_events, "exact")
    interval = logit_interval(np.asarray(share), np.asarray(variance**0.5))
    return Proportion(share, float(interval.low), float(interval.high), n, n_clusters, n_events, "cluster_robust")


def exact_limits(n_events: int, n: int) -> tuple[float, float]:
    """Clopper-Pearson 95 % limits of n_events among n independent rows."""
    tail = (1.0 - CONFIDENCE) / 2
    low = 0.0 if n_events == 0 else float(betaincinv(n_events, n - n_events + 1, tail))
    high = 1.0 if n_events == n else float(betaincinv(n_events + 1, n - n_events, 1.0 - tail))
    return low, high


@dataclass(frozen=True, eq=False)
class ClusterSums:
    """Sums over the clusters of each of c cells; every field is (c,).

    `events` and `rows` are the rows with the event and all rows, `events_squared`, `events_by_rows` and `rows_squared`
    the sums of their squares and products by cluster, `clusters` how many clusters have a row.
    """

    events: FloatArray
    rows: FloatArray
    events_squared: FloatArray
    events_by_rows: FloatArray
    rows_squared: FloatArray
    clusters: FloatArray


def shares_of_cells(sums: ClusterSums) -> Interval:
    """Share of rows with an event in each cell, with Wilson's limits for as many rows as the clusters are worth.

    Made for many cells with few events, where limits on the logit scale fail and exact ones ignore clusters. Rows
    count as rows / design effect, where the design effect is the linearised variance of `proportion` over that of
    independent rows, and at least 1: of few clusters it is too noisy to narrow an interval by. Without events, or
    with one cluster, it is 1. The quantile is that of t on the Kish number of clusters less one. Cells without rows
    have NaN.

    Source: Wilson (1927), Journal of the American Statistical Association 22, 209-212; Korn and Graubard (1998),
    Survey Methodology 24, 193-201 (effective number of rows, degrees of freedom); Dean and Pagano (2015), Journal of
    Survey Statistics and Methodology 3, 484-503 (Wilson's limits with it).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        share = sums.events / sums.rows
        independent = share * (1.0 - share) / sums.rows
        squares = sums.events_squared - 2.0 * share * sums.events_by_rows + share**2 * sums.rows_squared
        variance = squares / sums.rows**2 * sums.clusters / (sums.clusters - 1.0)
        effect = np.where((sums.clusters > 1) & (independent > 0), variance / independent, 1.0)
        worth = sums.rows / np.maximum(effect, 1.0)
        effective = sums.rows**2 / sums.rows_squared
        ratio = quantiles(0.5 + CONFIDENCE / 2, effective) ** 2 / worth
        centre = (share + ratio / 2.0) / (1.0 + ratio)
        half = np.sqrt(ratio * share * (1.0 - share) + ratio**2 / 4.0) / (1.0 + ratio)
        error = np.sqrt(share * (1.0 - share) / worth)
    low, high = np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0)
    low, high = np.where(share == 0.0, 0.0, low), np.where(share == 1.0, 1.0, high)
    return Interval(share, error, low, high, effective)
