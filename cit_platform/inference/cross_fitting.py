"""Risks predicted for clusters whose rows the model has not seen, and what the fitted clusters move in them."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from cit_platform.inference.counts import fit_counts
from cit_platform.inference.design import INTERCEPT, Design, FloatArray, IntArray
from cit_platform.inference.patterns import ClusterCounts
from cit_platform.inference.verdict import Verdict

FOLDS = 5
OUTCOMES = ("none", "event")
# Without a fold the coefficients move little: Newton's steps from those of all rows, to about 1e-12.
MOST_STEPS, STEP_TOLERANCE, LARGEST_STEP = 10, 1e-6, 5.0


@dataclass(frozen=True, eq=False)
class CrossFit:
    """Predicted risks, each from the clusters outside a fold.

    `fold` (G,) is that of each cluster; `probability` (m, K) the risk of each pattern without the rows of fold k.
    """

    design: Design
    cells: ClusterCounts
    fold: IntArray
    probability: FloatArray

    def of_rows(self, pattern: IntArray, cluster: IntArray) -> FloatArray:
        """The risk (n,) of rows of these patterns in these clusters, whose own rows had no part in it."""
        return np.asarray(self.probability[pattern, self.fold[cluster]], dtype=np.float64)

    def influence(self, slopes: FloatArray) -> FloatArray:
        """What each cluster adds to a sum of predicted risks by way of the coefficients; (G,).

        Args:
            slopes: (m, K) derivative of the sum by the risk of each pattern in each fold.

        Source: Newey and McFadden (1994), Handbook of Econometrics 4, sec. 6 (two-step estimators).
        """
        added, pattern, matrix = np.zeros(len(self.fold)), self.cells.pattern, self.design.matrix
        codes, rows = self.cells.clusters[:, 0], self.cells.rows
        fitted = np.bincount(pattern, rows, len(matrix))
        for k in range(self.probability.shape[1]):
            risk = self.probability[:, k]
            spread = risk * (1.0 - risk)
            outside = self.fold[codes] != k
            known = fitted - np.bincount(pattern[~outside], rows[~outside], len(matrix))
            gradient = matrix.T @ (slopes[:, k] * spread)
            direction = matrix @ np.linalg.solve(_information(self.design, known * spread), gradient)
            surplus = (self.cells.counts[:, 1] - rows * risk[pattern]) * direction[pattern]
            added += np.bincount(codes[outside], surplus[outside], len(added))
        return added


def folds_of(n_clusters: int) -> IntArray:
    """The fold of each cluster, in turn: clusters that are numbered by their first row are spread over time alike."""
    return np.arange(n_clusters, dtype=np.int64) % FOLDS


def cross_fit(design: Design, cells: ClusterCounts, fold: IntArray) -> CrossFit | Verdict:
    """Fit a logit without each fold of clusters, and predict the risk of every pattern.

    Every coefficient but the intercept has a log-F(1, 1) prior: a row of half an event and half a non-event in which
    its predictor alone is 1, so that a level without events has a finite coefficient.

    Args:
        design: (m, p) patterns, of whatever rows.
        cells: counts (c, 2) by cluster and pattern, events last; of two clusterings the first counts.
        fold: (G,) of each cluster, with or without rows, from 0 to K - 1.

    Returns:
        The risks; a verdict where some fit has no finite maximum.

    Source: Chernozhukov et al. (2018), Econometrics Journal 21, C1-C68 (cross-fitting); Greenland and Mansournia
    (2015), Statistics in Medicine 34, 3133-3143 (log-F priors by added rows).
    """
    wider, cells_of_folds = _with_prior(design, cells, fold)
    of_fold = cells_of_folds.clusters[:, 0]
    counts = cells_of_folds.pattern_counts(len(wider.matrix))
    fit = fit_counts(wider, counts, OUTCOMES)
    if fit.verdict:
        return fit.verdict
    probability = []
    for k in range(int(fold.max(initial=0)) + 1):
        leaving = cells_of_folds.counts * (of_fold == k)[:, None]
        left = counts - ClusterCounts(cells_of_folds.pattern, leaving, of_fold[:, None]).pattern_counts(len(counts))
        # Rounding of the difference is no row.
        found = _fit_from(fit.coefficients[:, 0], wider, np.maximum(left, 0.0))
        if isinstance(found, Verdict):
            return found
        probability.append(expit(design.matrix @ found))
    return CrossFit(design, cells, fold, np.column_stack(probability))


def _fit_from(start: FloatArray, design: Design, counts: FloatArray) -> FloatArray | Verdict:
    """Coefficients (p,) of counts that differ little from those of the start; else by the fit with step control."""
    coefficients, total = start, counts.sum(axis=1)
    for _ in range(MOST_STEPS):
        risk = expit(design.matrix @ coefficients)
        gradient = design.matrix.T @ (counts[:, 1] - total * risk)
        try:
            step = np.linalg.solve(design.gram(total * risk * (1.0 - risk)), gradient)
        except np.linalg.LinAlgError:
            break
        coefficients = coefficients + step
        size = np.abs(step).max()
        if size < STEP_TOLERANCE:
            return coefficients
        if not size < LARGEST_STEP:
            break
    fit = fit_counts(design, counts, OUTCOMES)
    return fit.verdict or fit.coefficients[:, 0]


def _with_prior(design: Design, cells: ClusterCounts, fold: IntArray) -> tuple[Design, ClusterCounts]:
    """The design, and the cells by fold, with the rows of the prior in a fold of their own, which never leaves."""
    m, p = design.matrix.shape
    assert design.columns[0].term == INTERCEPT
    own = int(fold.max(initial=0)) + 1
    return Design(design.columns, np.vstack([design.matrix, np.eye(p)[1:]])), ClusterCounts(
        np.concatenate([cells.pattern, m + np.arange(p - 1)]),
        np.vstack([cells.counts, np.full((p - 1, 2), 0.5)]),
        np.concatenate([fold[cells.clusters[:, 0]], np.full(p - 1, own)])[:, None],
    )


def _information(design: Design, weights: FloatArray) -> FloatArray:
    """X'WX and what the prior adds to it: a quarter for each coefficient but the intercept at most."""
    return design.gram(weights) + np.diag([0.0, *np.full(len(design.columns) - 1, 0.25)])
