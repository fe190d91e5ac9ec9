"""Sandwich covariance of a logit from grouped scores, with one or two ways of clustering."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csr_array

from cit_platform.inference.design import Design, FloatArray, IntArray
from cit_platform.inference.fit import Fit, failed_fit, named_direction, too_few_clusters
from cit_platform.inference.likelihood import information, probabilities, residuals
from cit_platform.inference.patterns import ClusterCounts, check_counts
from cit_platform.inference.verdict import Kind, Verdict

# Smallest ratio of robust to model-based variance, over all contrasts, that is told from zero.
SMALLEST_RATIO = 1e-10
# Square of the Newton step, in standard errors, that rows may ask of the fit they belong to.
LARGEST_DECREMENT = 1e-10


def clustered(fit: Fit, design: Design, cells: ClusterCounts) -> Fit:
    """Replace the covariance by the one that holds where rows of the same cluster depend on each other.

    The factor for finite samples is that of statsmodels, in Stata's words for regress: G / (G - 1) x (n - 1) / (n - k),
    with G clusters that have rows, n rows and k = p (J - 1).

    Args:
        fit: a maximum-likelihood fit of the cells summed over clusters.
        design: (m, p) patterns.
        cells: counts by cluster and pattern; of two clusterings the first counts.

    Returns:
        The fit with another covariance and the number of clusters; without numbers where there are not more clusters
        than coefficients or the covariance is not positive definite (say, all rows of a level in one cluster); a fit
        without numbers as it came.

    Raises:
        ValueError: the cells are not those of the fit.

    Source: Liang and Zeger (1986), Biometrika 73, 13-22; Cameron and Miller (2015), Journal of Human Resources 50,
    317-372, sec. II.
    """
    return _clustered(fit, design, cells, [cells.clusters[:, 0]])


def two_way(fit: Fit, design: Design, cells: ClusterCounts) -> Fit:
    """Replace the covariance by the one that holds where rows that share either of two clusters depend on each other.

    The sum of both one-way covariances minus that of their intersections, each with its own factor, as statsmodels
    has it.

    Args, returns and errors as `clustered` has them; both clusterings need more clusters than coefficients, and
    `n_clusters` is the smaller number. The difference need not be positive definite. Where it is not, the variance of
    each coefficient is the widest of the two one-way ones and the two-way one, and `remark` says so. Contrasts of
    several coefficients are then approximate: correlations are those of the sum of both one-way covariances, which
    errs towards wide.

    Source: Cameron, Gelbach and Miller (2011), Journal of Business and Economic Statistics 29, 238-249; MacKinnon,
    Nielsen and Webb (2024), Jackknife inference with two-way clustering, arXiv 2406.08880 (the largest of the three).
    """
    if cells.clusters.shape[1] != 2:
        raise ValueError(f"Cells have {cells.clusters.shape[1]} clustering; a two-way covariance needs two.")
    return _clustered(fit, design, cells, [cells.clusters[:, 0], cells.clusters[:, 1]])


def cluster_scores(fit: Fit, design: Design, cells: ClusterCounts, codes: IntArray) -> FloatArray:
    """Gradient of the log-likelihood at the fit by cluster; (G, p (J - 1)), outcome by outcome.

    Args:
        fit: a fit with p columns and J outcomes.
        design: (m, p) patterns.
        cells: counts by cluster and pattern.
        codes: (c,) cluster of each cell, from 0 to G - 1.
    """
    probability = probabilities(design.matrix, fit.coefficients)
    values = residuals(cells.counts, probability[cells.pattern])
    return sum_by_cluster(values, design.matrix, cells.pattern, codes)


def cluster_information(fit: Fit, design: Design, cells: ClusterCounts, codes: IntArray) -> FloatArray:
    """Information of the rows of each cluster at the fit; (G, p (J - 1), p (J - 1)), outcome by outcome.

    Args and source as `cluster_scores` and `information` have them.
    """
    p, k = fit.coefficients.shape
    probability = probabilities(design.matrix, fit.coefficients)
    pairs = [(a, b) for a in range(k) for b in range(a, k)]
    weights = np.column_stack([probability[:, a + 1] * ((a == b) - probability[:, b + 1]) for a, b in pairs])
    values = cells.rows[:, None] * weights[cells.pattern]
    result = np.empty((int(codes.max(initial=-1)) + 1, k, p, k, p))
    for i in range(p):
        products = design.matrix[:, i:] * design.matrix[:, [i]]
        sums = sum_by_cluster(values, products, cells.pattern, codes).reshape(len(result), len(pairs), p - i)
        for q, (a, b) in enumerate(pairs):
            result[:, a, i, b, i:] = result[:, a, i:, b, i] = sums[:, q]
            result[:, b, i, a, i:] = result[:, b, i:, a, i] = sums[:, q]
    return result.reshape(len(result), p * k, p * k)


def sum_by_cluster(values: FloatArray, matrix: FloatArray, pattern: IntArray, codes: IntArray) -> FloatArray:
    """Sum rows of a matrix, times a value, over the cells of each cluster.

    Args:
        values: (c, k) factors.
        matrix: (m, p) patterns.
        pattern: (c,) pattern of each cell.
        codes: (c,) cluster of each cell, from 0 to G - 1.

    Returns:
        (G, p k), the p sums with the first factor before those with the second.
    """
    n_clusters, n_cells = int(codes.max(initial=-1)) + 1, len(codes)
    # Sorts cells by cluster, once for all factors; codes have no order of their own where there are two clusterings.
    grouped = coo_array((np.empty(n_cells), (codes, np.arange(n_cells))), shape=(n_clusters, n_cells)).tocsr()
    order, bounds = grouped.indices, grouped.indptr
    shape = (n_clusters, len(matrix))
    return np.hstack([csr_array((value[order], pattern[order], bounds), shape=shape) @ matrix for value in values.T])


def present_clusters(cells: ClusterCounts, codes: IntArray) -> int:
    """Number of clusters that have rows."""
    return int(np.count_nonzero(np.bincount(codes, weights=cells.rows)))


def fitted_information(fit: Fit, design: Design, rows: FloatArray | ClusterCounts) -> FloatArray:
    """Information of all rows at a fit, once it is sure that they are the rows that were fitted.

    Args:
        fit: a maximum-likelihood fit.
        design: (m, p) patterns.
        rows: (m, J) counts by pattern and outcome, or cells.

    Returns:
        (p (J - 1), p (J - 1)), outcome by outcome.

    Raises:
        ValueError: the fit has no numbers, shapes do not match, a code lies outside its range, a count is negative or
            not finite, or the rows are not those that were fitted.
    """
    if not fit.converged:
        raise ValueError(f"The fit has no numbers: {fit.verdict}.")
    if fit.columns != design.columns:
        raise ValueError("The fit and the design have different columns.")
    counts = _pattern_counts(rows, fit, design) if isinstance(rows, ClusterCounts) else rows
    check_counts(counts, len(design.matrix), len(fit.outcomes))
    probability, total = probabilities(design.matrix, fit.coefficients), counts.sum(axis=1)
    result = information(design, total, probability)
    # The gradient vanishes at the maximum: rows for which it does not are others.
    gradient = (design.matrix.T @ residuals(counts, probability)).ravel(order="F")
    decrement = gradient @ np.linalg.solve(result, gradient)
    if round(total.sum()) != fit.n_rows or decrement > LARGEST_DECREMENT:
        raise ValueError(f"The {total.sum():.0f} rows counted here are not the {fit.n_rows} rows that were fitted.")
    return result


def _pattern_counts(cells: ClusterCounts, fit: Fit, design: Design) -> FloatArray:
    check_counts(cells.counts, len(cells.pattern), len(fit.outcomes))
    if cells.clusters.shape not in ((len(cells.pattern), 1), (len(cells.pattern), 2)):
        raise ValueError(f"Clusters have shape {cells.clusters.shape}, expected ({len(cells.pattern)}, 1 or 2).")
    lowest = min(cells.pattern.min(initial=0), cells.clusters.min(initial=0))
    if lowest < 0 or cells.pattern.max(initial=-1) >= len(design.matrix):
        raise ValueError("Cells name a pattern that the design does not have, or a negative cluster.")
    return cells.pattern_counts(len(design.matrix))


def _clustered(fit: Fit, design: Design, cells: ClusterCounts, clusterings: Sequence[IntArray]) -> Fit:
    if not fit.converged:
        return fit
    bread = fitted_information(fit, design, cells)
    sizes = [present_clusters(cells, codes) for codes in clusterings]
    verdict = too_few_clusters(min(sizes), fit.coefficients.size) or _too_few_rows(fit)
    if verdict:
        return failed_fit(fit.columns, fit.outcomes, fit.n_rows, min(sizes), verdict)
    meats = [_products(fit, design, cells, codes) for codes in clusterings]
    if len(meats) == 1:
        return _sandwich(fit, bread, meats[0], sizes[0])
    both = pd.factorize(clusterings[0] * (clusterings[1].max() + 1) + clusterings[1])[0]
    difference = meats[0] + meats[1] - _products(fit, design, cells, both)
    two = _sandwich(fit, bread, difference, min(sizes))
    if two.converged:
        return two
    return _widest(two, _sandwich(fit, bread, meats[0] + meats[1], min(sizes)), bread, [*meats, difference])


def _widest(refused: Fit, whole: Fit, bread: FloatArray, meats: Sequence[FloatArray]) -> Fit:
    """The fit with the sum of both covariances, its variances replaced by the widest that one of the meats gives."""
    if not whole.converged:
        return whole
    assert refused.verdict is not None
    inverse = np.linalg.inv(bread)
    variances = np.max([np.diag(inverse @ meat @ inverse) for meat in meats], axis=0)
    scale = np.sqrt(variances / np.diag(whole.covariance))
    remark = Verdict(Kind.WIDEST_OF_THREE, refused.verdict.facts)
    return replace(whole, covariance=scale[:, None] * whole.covariance * scale, remark=remark)


def score_products(fit: Fit, design: Design, cells: ClusterCounts) -> FloatArray:
    """What stands between two inverses of the information in `clustered`, its factor included; (p k, p k).

    Args and source as `clustered` has them.
    """
    return _products(fit, design, cells, cells.clusters[:, 0])


def _products(fit: Fit, design: Design, cells: ClusterCounts, codes: IntArray) -> FloatArray:
    scores = cluster_scores(fit, design, cells, codes)
    return _factor(fit, present_clusters(cells, codes)) * (scores.T @ scores)


def _factor(fit: Fit, n_clusters: int) -> float:
    return n_clusters / (n_clusters - 1) * (fit.n_rows - 1) / (fit.n_rows - fit.coefficients.size)


def _too_few_rows(fit: Fit) -> Verdict | None:
    if fit.n_rows > fit.coefficients.size:
        return None
    return Verdict(Kind.TOO_FEW_ROWS, {"n_rows": fit.n_rows, "n_coefficients": fit.coefficients.size})


def _sandwich(fit: Fit, bread: FloatArray, meat: FloatArray, n_clusters: int | None) -> Fit:
    """The fit with covariance inv(bread) meat inv(bread), if that is positive definite.

    In units of the model-based covariance, where eigenvalues are ratios of variances and no column's scale matters.
    """
    root = np.linalg.cholesky(bread)
    ratio = np.linalg.solve(root, np.linalg.solve(root, meat).T)
    values, vectors = np.linalg.eigh((ratio + ratio.T) / 2)
    if values[0] < SMALLEST_RATIO:
        direction = np.linalg.solve(root.T, vectors[:, 0]) * np.sqrt(np.diag(bread))
        verdict = Verdict(Kind.NOT_POSITIVE_DEFINITE, {"along": named_direction(direction, fit.columns, fit.outcomes)})
        return failed_fit(fit.columns, fit.outcomes, fit.n_rows, n_clusters, verdict)
    half = np.linalg.solve(root.T, vectors * np.sqrt(values))
    return replace(fit, covariance=half @ half.T, n_clusters=n_clusters)
