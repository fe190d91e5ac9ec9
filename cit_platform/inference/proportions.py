"""Proportions with intervals that respect clusters."""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv

from cit_platform.inference.design import FloatArray
from cit_platform.inference.intervals import CONFIDENCE, logit_interval


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
