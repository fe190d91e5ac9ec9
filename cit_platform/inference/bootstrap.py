"""Resampling of whole clusters with full refits: for the limits of the prognostic score of the coming studies."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from cit_platform.inference.design import Design, FloatArray
from cit_platform.inference.fit import Fit
from cit_platform.inference.patterns import ClusterCounts
from cit_platform.inference.refits import refit


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """Coefficients (B, p, J - 1) of each draw, NaN where it has none; their number, and how often for which reason."""

    coefficients: FloatArray
    n_failed: int
    reasons: dict[str, int]

    @property
    def covariance(self) -> FloatArray:
        """Covariance over the draws that have coefficients, (p (J - 1), p (J - 1)), outcome by outcome."""
        flat = self.coefficients.transpose(0, 2, 1).reshape(len(self.coefficients), -1)
        return np.cov(flat[~np.isnan(flat[:, 0])], rowvar=False)


def cluster_bootstrap(fit: Fit, design: Design, cells: ClusterCounts, *, draws: int, seed: int) -> Bootstrap:
    """Draw as many clusters as there are, with replacement, refit, and do so again.

    A draw in which a level has no row, or none of some outcome, has no finite maximum: it is counted with its reason,
    and what is then said of the others is conditional on every level occurring.

    Args:
        fit: a converged maximum-likelihood fit of the cells.
        design: (m, p) patterns.
        cells: counts by cluster and pattern; of two clusterings the first counts.
        draws: number of draws B.
        seed: of the random numbers.

    Raises:
        ValueError: the fit has no numbers, or the cells cannot be its rows.

    Source: Cameron, Gelbach and Miller (2008), Review of Economics and Statistics 90, 414-427 (pairs cluster
    bootstrap); Davison and Hinkley (1997), Bootstrap Methods and their Application, sec. 3.8.
    """
    codes = cells.clusters[:, 0]
    rows = np.bincount(codes, weights=cells.rows)
    present = np.flatnonzero(rows)
    drawn = present[np.random.default_rng(seed).integers(0, len(present), (draws, len(present)))]
    position = drawn + len(rows) * np.arange(draws)[:, None]
    weights = np.bincount(position.ravel(), minlength=draws * len(rows)).reshape(draws, len(rows))
    refits = refit(fit, design, cells, codes, weights.astype(np.float64))
    reasons = Counter(reason for reason in refits.reasons if reason)
    return Bootstrap(refits.coefficients, reasons.total(), dict(reasons.most_common()))
