"""Do two groups of rows differ in the risk that is known beforehand? A difference of prognostic scores."""

from dataclasses import dataclass

import numpy as np

from cit_platform.inference.cross_fitting import CrossFit
from cit_platform.inference.design import FloatArray, IntArray
from cit_platform.inference.intervals import Interval, plain_interval

# Of the variance of the group, per row: below it is rounding.
SMALLEST_SPREAD = 1e-12


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows, or groups of alike ones: `pattern`, `cluster` and `stratum` (n,) codes, `group` (n,) 0 or 1, `n` (n,)."""

    pattern: IntArray
    cluster: IntArray
    stratum: IntArray
    group: FloatArray
    n: FloatArray


def prognostic_difference(score: CrossFit, rows: Rows) -> Interval:
    """Mean predicted risk of group 1 less that of group 0, within strata; every field is a number.

    It is the coefficient of the group in a linear regression of the score on the group, the strata and the folds, which
    weights stratum s by n1 n0 / (n1 + n0); a stratum with one group alone counts for nothing. Folds are held alike
    because each has a score of its own, whose level would count as a difference where a fold has more of one group.
    The variance is the sum over clusters of their squared influence, times G / (G - 1), and a cluster's influence is
    that of its own rows and that of the rows of it to which the score was fitted. Limits follow t with as many clusters
    as tell of the group within strata.

    Args:
        score: risks by pattern, fitted to the rows of one kind and cross-fitted by cluster.
        rows: both groups, clusters numbered as in the score.

    Raises:
        ValueError: no stratum has rows of both groups.

    Source: Hansen (2008), Biometrika 95, 481-488 (prognostic score); Newey and McFadden (1994), Handbook of
    Econometrics 4, sec. 6 (the variance of both steps).
    """
    held = _HeldAlike.of(score, rows)
    group = held.left(rows.group)
    spread = float(rows.n @ group**2)
    if not spread > SMALLEST_SPREAD * rows.n.sum():
        raise ValueError("No stratum has rows of both groups.")
    risk = score.of_rows(rows.pattern, rows.cluster)
    difference = float((rows.n * group) @ risk) / spread
    surplus = held.left(risk) - difference * group
    n_clusters = len(score.fold)
    own = np.bincount(rows.cluster, rows.n * group * surplus, n_clusters)
    slopes = np.zeros_like(score.probability)
    np.add.at(slopes, (rows.pattern, score.fold[rows.cluster]), rows.n * group)
    influence = (own + score.influence(slopes)) / spread
    tells = np.bincount(rows.cluster, rows.n * group**2, n_clusters).astype(np.float64)
    return summed_interval(difference, influence, tells)


@dataclass(frozen=True, eq=False)
class _HeldAlike:
    """Strata, and folds (n, K - 1) within them: what rows are compared within."""

    stratum: IntArray
    n: FloatArray
    folds: FloatArray

    @staticmethod
    def of(score: CrossFit, rows: Rows) -> "_HeldAlike":
        fold = score.fold[rows.cluster]
        columns = [
            within((fold == k).astype(np.float64), rows.stratum, rows.n) for k in range(1, score.probability.shape[1])
        ]
        return _HeldAlike(rows.stratum, rows.n, np.column_stack([np.zeros(len(fold)), *columns]))

    def left(self, values: FloatArray) -> FloatArray:
        """What strata and folds leave of values (n,)."""
        inside = within(values, self.stratum, self.n)
        weighted = self.folds * self.n[:, None]
        by_fold = np.linalg.lstsq(weighted.T @ self.folds, weighted.T @ inside)[0]
        return np.asarray(inside - self.folds @ by_fold, dtype=np.float64)


def within(values: FloatArray, stratum: IntArray, n: FloatArray) -> FloatArray:
    """Values (n,) less the mean of their stratum."""
    means = np.bincount(stratum, n * values) / np.maximum(np.bincount(stratum, n), 1.0)
    return np.asarray(values - means[stratum], dtype=np.float64)


def summed_interval(estimate: float, influence: FloatArray, tells: FloatArray) -> Interval:
    """The interval of an estimate from the influence (G,) of its clusters and what each tells of it (G,).

    The degrees of freedom are those of the Kish number of clusters, as in `effective_clusters`.

    Source: Liang and Zeger (1986), Biometrika 73, 13-22; Carter, Schnepel and Steigerwald (2017), Review of Economics
    and Statistics 99, 698-709.
    """
    n_clusters = np.count_nonzero(tells)
    factor = n_clusters / (n_clusters - 1) if n_clusters > 1 else np.inf
    error = np.sqrt(factor * float(influence @ influence))
    number = np.asarray(tells.sum() ** 2 / (tells @ tells), dtype=np.float64)
    return plain_interval(np.asarray(estimate), np.asarray(error), number)
