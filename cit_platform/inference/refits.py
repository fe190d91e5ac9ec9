"""One model refitted under many weights of its clusters, each refit started at the estimate.

What the bootstrap and the exact jackknife share; the prognostic score and the CV3 limits of the coming studies need it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import coo_array

from cit_platform.inference.counts import fit_counts
from cit_platform.inference.covariance import cluster_information, cluster_scores, fitted_information, sum_by_cluster
from cit_platform.inference.design import INTERCEPT, BoolArray, Design, FloatArray, IntArray
from cit_platform.inference.fit import Fit
from cit_platform.inference.patterns import ClusterCounts

# Numbers in one block of patterns x refits, and patterns multiplied at once: the latter stay in the cache.
BLOCK_SIZE = 2_000_000
PATTERNS_AT_ONCE = 2048
# Steps of the joint fit; what has not converged by then is fitted alone, with step control and a verdict.
JOINT_STEPS = 8
# Bound of the changes of log odds. Convergence is quadratic: after a last step of 1e-5 the error is about 1e-10.
STEP_TOLERANCE = 1e-5
# What moves further is fitted alone too.
LARGEST_STEP = 10.0
# Share of the information about any contrast below which nothing is left of it but rounding.
SMALLEST_SHARE = 1e-8


@dataclass(frozen=True, eq=False)
class Refits:
    """B refits: `coefficients` (B, p, J - 1), NaN where there are none; `reasons` (B,) say why, empty otherwise."""

    coefficients: FloatArray
    reasons: tuple[str, ...]


def refit(fit: Fit, design: Design, cells: ClusterCounts, codes: IntArray, weights: FloatArray) -> Refits:
    """Refit a model with its clusters weighted: 0 leaves one out, 2 takes its rows twice.

    Newton steps for many refits at once: the first from sums by cluster, the others from products of matrices.

    Args:
        fit: a converged maximum-likelihood fit of the cells, where the refits start.
        design: (m, p) patterns.
        cells: counts by cluster and pattern.
        codes: (c,) cluster of each cell, from 0 to G - 1.
        weights: (B, G), not negative.

    Returns:
        Coefficients to about 1e-10 of a log odds. A refit in which a level has no row or lacks an outcome, or whose
        likelihood has no finite maximum for another reason, has that reason instead.

    Raises:
        ValueError: the fit has no numbers, or the cells cannot be its rows.
    """
    root = np.asarray(np.linalg.cholesky(fitted_information(fit, design, cells)), dtype=np.float64)
    sums = _sums(fit, design, cells, codes)
    coefficients = np.full((len(weights), *fit.coefficients.shape), np.nan)
    reasons = _vanished(design, cells, codes, fit.outcomes, weights)
    for block in _blocks([b for b, reason in enumerate(reasons) if not reason], len(design.matrix)):
        converged, found = _fit_jointly(fit, design.matrix, sums, root, weights[block])
        coefficients[block[converged]] = found[converged]
        for b in block[~converged]:
            weighted = ClusterCounts(cells.pattern, cells.counts * weights[b][codes][:, None], cells.clusters)
            counts = weighted.pattern_counts(len(design.matrix))
            alone = fit_counts(design, counts, fit.outcomes)
            coefficients[b], reasons[b] = alone.coefficients, str(alone.verdict or "")
    return Refits(coefficients, tuple(reasons))


@dataclass(frozen=True, eq=False)
class _Sums:
    """Sums by cluster, outcome by outcome: what every refit is a weighted sum of.

    `rows` (m, G) by pattern, sparse; `observed` (G, p (J - 1)) predictors summed over the rows of each outcome;
    `scores` (G, p (J - 1)) and `information` (G, p (J - 1), p (J - 1)) at the estimate.
    """

    rows: Any
    observed: FloatArray
    scores: FloatArray
    information: FloatArray


def _sums(fit: Fit, design: Design, cells: ClusterCounts, codes: IntArray) -> _Sums:
    shape = (len(design.matrix), int(codes.max(initial=-1)) + 1)
    return _Sums(
        rows=coo_array((cells.rows, (cells.pattern, codes)), shape=shape).tocsr(),
        observed=sum_by_cluster(cells.counts[:, 1:], design.matrix, cells.pattern, codes),
        scores=cluster_scores(fit, design, cells, codes),
        information=cluster_information(fit, design, cells, codes),
    )


def _blocks(refits: list[int], n_patterns: int) -> Iterator[IntArray]:
    size = max(1, BLOCK_SIZE // n_patterns)
    for first in range(0, len(refits), size):
        yield np.asarray(refits[first : first + size], dtype=np.int64)


def _fit_jointly(
    fit: Fit, matrix: FloatArray, sums: _Sums, root: FloatArray, weights: FloatArray
) -> tuple[BoolArray, FloatArray]:
    """Which of some refits converged in a few joint Newton steps, (b,), and their coefficients, (b, p, J - 1)."""
    p, k = fit.coefficients.shape
    rows, observed = sums.rows @ np.ascontiguousarray(weights.T), weights @ sums.observed
    flat = np.tile(fit.coefficients.ravel(order="F"), (len(weights), 1))
    gradient, information = weights @ sums.scores, np.tensordot(weights, sums.information, axes=1)
    reach = np.tile(np.abs(matrix).max(axis=0), k)
    converged, moving = np.zeros(len(weights), dtype=np.bool_), np.flatnonzero(_of_full_rank(information, root))
    gradient, information, rows, observed = gradient[moving], information[moving], rows[:, moving], observed[moving]
    for _ in range(JOINT_STEPS):
        step, change = _newton_step(gradient, information, reach)
        flat[moving] += step
        converged[moving[change < STEP_TOLERANCE]] = True
        still = (change >= STEP_TOLERANCE) & (change <= LARGEST_STEP)
        moving, rows, observed = moving[still], rows[:, still], observed[still]
        if moving.size == 0:
            break
        expected, information = _expectations(matrix, rows, flat[moving].reshape(-1, k, p))
        gradient = observed - expected
    return converged, flat.reshape(-1, k, p).transpose(0, 2, 1)


def _of_full_rank(information: FloatArray, root: FloatArray) -> BoolArray:
    """Whether refits (b, q, q) have information about every contrast, as a share of that of the estimate."""
    share = np.linalg.solve(root, np.linalg.solve(root, information).transpose(0, 2, 1))
    return np.asarray(np.linalg.eigvalsh(share)[:, 0] > SMALLEST_SHARE, dtype=np.bool_)


def _newton_step(gradient: FloatArray, information: FloatArray, reach: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Steps (b, p (J - 1)), and a bound (b,) of what each changes in any log odds; infinite where there is no step.

    `reach` (p (J - 1),) is the largest size of each predictor.
    """
    step = np.zeros_like(gradient)
    regular = np.linalg.slogdet(information)[0] > 0
    step[regular] = np.linalg.solve(information[regular], gradient[regular][:, :, None])[:, :, 0]
    return step, np.where(regular, np.abs(step) @ reach, np.inf)


def _expectations(matrix: FloatArray, rows: FloatArray, coefficients: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Expected sums of predictors (b, p k) and information (b, p k, p k) of refits, outcome by outcome.

    Args:
        matrix: (m, p) patterns.
        rows: (m, b) rows by pattern.
        coefficients: (b, k, p).
    """
    b, k, p = coefficients.shape
    upper = np.triu_indices(p)
    expected, products = np.zeros((k, p, b)), np.zeros((k, k, len(upper[0]), b))
    for first in range(0, len(matrix), PATTERNS_AT_ONCE):
        some = matrix[first : first + PATTERNS_AT_ONCE]
        pairs = (some[:, upper[0]] * some[:, upper[1]]).T
        odds = [np.exp(some @ coefficients[:, a].T) for a in range(k)]
        share = 1.0 / (1.0 + sum(odds))
        counts = [rows[first : first + PATTERNS_AT_ONCE] * share * odd for odd in odds]
        for a in range(k):
            expected[a] += some.T @ counts[a]
            products[a, a] += pairs @ (counts[a] * (1.0 - share * odds[a]))
            for c in range(a + 1, k):
                products[a, c] -= pairs @ (counts[a] * (share * odds[c]))
    information = np.empty((b, k, p, k, p))
    for a in range(k):
        for c in range(a, k):
            for i, j, values in zip(*upper, products[a, c], strict=True):
                information[:, a, i, c, j] = information[:, a, j, c, i] = values
                information[:, c, i, a, j] = information[:, c, j, a, i] = values
    return expected.reshape(k * p, b).T, information.reshape(b, k * p, k * p)


def _vanished(
    design: Design, cells: ClusterCounts, codes: IntArray, outcomes: tuple[str, ...], weights: FloatArray
) -> list[str]:
    """Why refits have no finite maximum because a level has no row of some outcome; '' where every level has one."""
    labels, levels = _levels(design)
    table = weights @ sum_by_cluster(cells.counts, levels, cells.pattern, codes)
    table = table.reshape(len(weights), len(outcomes), len(labels))
    reasons = [""] * len(weights)
    # Backwards: the first level in the order of the columns has the last word.
    for j in reversed(range(len(labels))):
        for outcome in reversed(range(len(outcomes))):
            for b in np.flatnonzero(table[:, outcome, j] == 0):
                absent = outcomes[outcome] if table[b, :, j].any() else "row"
                reasons[b] = f"{labels[j]}: no {absent}".removeprefix(": ")
    return reasons


def _levels(design: Design) -> tuple[list[str], FloatArray]:
    """Labels and indicators (m, levels) of the whole table and of all levels, references among them."""
    labels, indicators = [""], [np.ones(len(design.matrix))]
    for term in dict.fromkeys(column.term for column in design.columns if column.term != INTERCEPT):
        positions = design.positions(term)
        block = design.matrix[:, positions]
        members = block.sum(axis=1)
        if np.isin(block, (0.0, 1.0)).all() and members.max(initial=0.0) <= 1:
            labels += [design.columns[j].label for j in positions] + [f"reference of {term}"]
            indicators += [*block.T, 1.0 - members]
    return labels, np.column_stack(indicators)
