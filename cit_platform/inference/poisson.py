"""Poisson regression of counts with an exposure, grouped by covariate pattern, with clusters of cells.

The estimate needs the counts by pattern alone, its cluster-robust covariance those by cluster and pattern: both are
exactly what the single rows give.
"""

from dataclasses import dataclass

import numpy as np

from cit_platform.inference.design import FloatArray, IntArray

MAX_STEPS = 100
# Newton stops where its step would change the log-likelihood by less than this, relative to the events.
SMALLEST_DECREMENT = 1e-18
# Share of the largest eigenvalue of the scaled information below which a direction is taken as not identified.
SMALLEST_EIGENVALUE = 1e-10


@dataclass(frozen=True, eq=False)
class Cells:
    """Counts by cluster and pattern, one row each: which pattern, which cluster, events, exposure; (c,)."""

    pattern: IntArray
    cluster: IntArray
    events: FloatArray
    exposure: FloatArray


@dataclass(frozen=True, eq=False)
class PoissonFit:
    """A log-linear fit of rates.

    Attributes:
        coefficients: (p,) log rates and log rate ratios; of least norm where some are not identified.
        information: (p, p) at the estimate.
        inverse: (p, p) inverse of the information, a generalised one where it is not of full rank.
        null_space: (p, k) directions that the data do not identify.
        scores: (G, p) gradient of the log-likelihood by cluster.
        converged: whether Newton's steps came to an end.
    """

    coefficients: FloatArray
    information: FloatArray
    inverse: FloatArray
    null_space: FloatArray
    scores: FloatArray
    converged: bool

    @property
    def n_clusters(self) -> int:
        """Clusters that have cells."""
        return len(self.scores)

    def covariance(self, contrasts: FloatArray) -> FloatArray:
        """Cluster-robust covariance (q, q) of contrasts (q, p), times G / (G - 1); NaN with fewer than two clusters.

        Source: Liang and Zeger (1986), Biometrika 73, 13-22.
        """
        g = self.n_clusters
        if g < 2:
            return np.full((len(contrasts), len(contrasts)), np.nan)
        moved = contrasts @ self.inverse @ self.scores.T
        return np.asarray(moved @ moved.T * g / (g - 1))

    def identifies(self, contrasts: FloatArray) -> bool:
        """Whether the data identify every contrast (q, p)."""
        return not self.null_space.size or bool(np.abs(contrasts @ self.null_space).max(initial=0.0) < 1e-6)


def total(codes: IntArray, values: FloatArray, size: int = 0) -> FloatArray:
    """Sum of values (n,) by code, (size,) or to the largest code."""
    return np.bincount(codes, values, size).astype(np.float64)


def fit_poisson(matrix: FloatArray, cells: Cells) -> PoissonFit:
    """Fit events ~ Poisson(exposure x exp(matrix @ coefficients)) by Newton's steps.

    A pattern without events in any of its cells is no trouble; a column whose every row has none is: leave its rows out
    beforehand, as in the limit they tell nothing of the others.

    Args:
        matrix: (m, p) patterns.
        cells: counts by cluster and pattern.

    Raises:
        ValueError: there is no event, or a cell has events without exposure.

    Source: McCullagh and Nelder (1989), Generalized Linear Models, 2nd ed., sec. 2.5 and ch. 6.
    """
    m = len(matrix)
    events, exposure = (total(cells.pattern, values, m) for values in (cells.events, cells.exposure))
    if events.sum() <= 0 or (cells.events[cells.exposure <= 0] > 0).any():
        raise ValueError("A Poisson fit needs events, and exposure wherever there are any.")
    start = exposure * events.sum() / exposure.sum()
    coefficients = _least_squares(matrix, np.log((events + start) / (2 * np.where(exposure > 0, exposure, 1.0))), start)
    value, converged = _log_likelihood(matrix, coefficients, events, exposure), False
    for _ in range(MAX_STEPS):
        expected = exposure * np.exp(matrix @ coefficients)
        gradient = matrix.T @ (events - expected)
        information = matrix.T @ (expected[:, None] * matrix)
        inverse, null_space = _inverse(information)
        step = inverse @ gradient
        if gradient @ step < SMALLEST_DECREMENT * events.sum():
            converged = True
            break
        coefficients, value = _step(matrix, coefficients, step, events, exposure, value)
    residuals = cells.events - cells.exposure * np.exp(matrix @ coefficients)[cells.pattern]
    return PoissonFit(coefficients, information, inverse, null_space, _scores(matrix, cells, residuals), converged)


def _least_squares(matrix: FloatArray, target: FloatArray, weights: FloatArray) -> FloatArray:
    root = np.sqrt(weights)
    return np.asarray(np.linalg.lstsq(matrix * root[:, None], target * root, rcond=1e-10)[0], dtype=np.float64)


def _log_likelihood(matrix: FloatArray, coefficients: FloatArray, events: FloatArray, exposure: FloatArray) -> float:
    predictor = matrix @ coefficients
    return float(events @ predictor - exposure @ np.exp(np.minimum(predictor, 500.0)))


def _step(
    matrix: FloatArray,
    coefficients: FloatArray,
    step: FloatArray,
    events: FloatArray,
    exposure: FloatArray,
    value: float,
) -> tuple[FloatArray, float]:
    """The step, halved until the log-likelihood does not fall by more than rounding."""
    for _ in range(30):
        moved = coefficients + step
        reached = _log_likelihood(matrix, moved, events, exposure)
        if reached >= value - 1e-9 * abs(value):
            return moved, reached
        step = step / 2
    return coefficients, value


def _inverse(information: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Inverse of an information, or its generalised one with the directions left out, (p, k)."""
    scale = 1.0 / np.sqrt(np.maximum(np.diag(information), 1e-300))
    values, vectors = np.linalg.eigh(information * np.outer(scale, scale))
    kept = values > SMALLEST_EIGENVALUE * values[-1]
    inverse = (vectors[:, kept] / values[kept]) @ vectors[:, kept].T * np.outer(scale, scale)
    null_space = vectors[:, ~kept] * scale[:, None]
    return np.asarray(inverse), np.asarray(null_space / np.linalg.norm(null_space, axis=0))


def _scores(matrix: FloatArray, cells: Cells, residuals: FloatArray) -> FloatArray:
    """Sum over the cells of each cluster of residual x pattern, (G, p), clusters in the order of their codes."""
    from scipy.sparse import coo_array

    _, cluster = np.unique(cells.cluster, return_inverse=True)
    shape = (int(cluster.max(initial=-1)) + 1, len(matrix))
    return np.asarray(coo_array((residuals, (cluster, cells.pattern)), shape=shape).tocsr() @ matrix)


def without_each_cluster(fit: PoissonFit, matrix: FloatArray, cells: Cells) -> FloatArray:
    """The coefficients when each cluster in turn is left out, by one Newton step from the estimate, (G, p).

    A column whose rows are all of one cluster keeps its coefficient when that leaves.

    Args:
        fit: of the cells, by `fit_poisson`.
        matrix: (m, p) patterns.
        cells: counts by cluster and pattern.

    Raises:
        LinAlgError: without some cluster, coefficients of several columns are not identified.

    Source: Pregibon (1981), Annals of Statistics 9, 705-724; MacKinnon, Nielsen and Webb (2023), Journal of Applied
    Econometrics 38, 671-694 (CV3).
    """
    expected = cells.exposure * np.exp(matrix @ fit.coefficients)[cells.pattern]
    order = np.argsort(cells.cluster, kind="stable")
    ends = np.flatnonzero(np.diff(cells.cluster[order])) + 1
    left = np.repeat(fit.information[None], fit.n_clusters, axis=0)
    for cluster, rows in enumerate(np.split(order, ends)):
        of_cluster = matrix[cells.pattern[rows]]
        left[cluster] -= of_cluster.T @ (expected[rows][:, None] * of_cluster)
    total, diagonal = np.diag(fit.information), np.einsum("gii->gi", left)
    diagonal[diagonal < 1e-9 * total] = 1.0
    shifts = np.linalg.solve(left, -fit.scores[:, :, None])[:, :, 0]
    return np.asarray(fit.coefficients + shifts)


def effective_clusters(fit: PoissonFit, matrix: FloatArray, cells: Cells, contrasts: FloatArray) -> FloatArray:
    """How many clusters tell of each contrast (q, p): the Kish number of what each tells, (q,).

    Source: as in `effective_clusters.py`.
    """
    expected = cells.exposure * np.exp(matrix @ fit.coefficients)[cells.pattern]
    _, cluster = np.unique(cells.cluster, return_inverse=True)
    moved = (matrix @ fit.inverse @ contrasts.T)[cells.pattern]
    tells = [total(cluster, expected * column**2) for column in moved.T]
    return np.array([of.sum() ** 2 / (of @ of) for of in tells])


def fit_with_effects(matrix: FloatArray, cells: Cells) -> PoissonFit:
    """The same with an effect of each cluster, concentrated out of the likelihood; no column may be constant in them.

    A cluster without events tells nothing of the coefficients and counts in nothing.

    Args:
        matrix: (c, p), a row per cell, not per pattern.
        cells: counts by cluster; `pattern` is not read.

    Raises:
        ValueError: there is no event.

    Source: Hausman, Hall and Griliches (1984), Econometrica 52, 909-938; Wooldridge (1999), Journal of Econometrics
    90, 77-97 (the robust covariance).
    """
    totals = total(cells.cluster, cells.events)
    counts = totals[cells.cluster] > 0
    if not counts.any():
        raise ValueError("A Poisson fit needs events.")
    matrix, events, exposure = matrix[counts], cells.events[counts], cells.exposure[counts]
    _, cluster = np.unique(cells.cluster[counts], return_inverse=True)
    totals = total(cluster, events)
    coefficients, converged = np.zeros(matrix.shape[1]), False
    for _ in range(MAX_STEPS):
        rate = exposure * np.exp(matrix @ coefficients)
        expected = rate * (totals / total(cluster, rate))[cluster]
        means = _sums(matrix * expected[:, None], cluster) / totals[:, None]
        centred = matrix - means[cluster]
        gradient = matrix.T @ (events - expected)
        information = centred.T @ (expected[:, None] * centred)
        inverse, null_space = _inverse(information)
        step = inverse @ gradient
        if gradient @ step < SMALLEST_DECREMENT * events.sum():
            converged = True
            break
        coefficients = coefficients + step * min(1.0, 2.0 / np.abs(step).max())
    scores = _sums(centred * (events - expected)[:, None], cluster)
    return PoissonFit(coefficients, information, inverse, null_space, scores, converged)


def _sums(values: FloatArray, cluster: IntArray) -> FloatArray:
    """Sums of rows (n, p) by cluster, (G, p)."""
    return np.column_stack([total(cluster, column) for column in values.T])
