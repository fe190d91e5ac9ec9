"""Rows grouped to covariate patterns with a count per outcome: all that the likelihood of these models needs."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from cit_platform.inference.design import BoolArray, FloatArray, IntArray, Predictors

# Keys of patterns are compacted before they outgrow this.
LARGEST_KEY = 2**62


@dataclass(frozen=True, eq=False)
class Patterns:
    """Distinct covariate patterns.

    `predictors` has one row per pattern (m); `counts` is (m, J outcomes); `row_pattern` (n,) gives for each grouped
    row its pattern.
    """

    predictors: Predictors
    counts: FloatArray
    row_pattern: IntArray


@dataclass(frozen=True, eq=False)
class ClusterCounts:
    """Counts by cluster and pattern: all that a clustered covariance needs.

    `pattern` (c,) is the row of the design, `counts` (c, J) the rows by outcome, `clusters` (c, d) the codes from 0 of
    d clusterings, one or two. The same cluster and pattern may stand in several cells; a cell without rows is none.
    """

    pattern: IntArray
    counts: FloatArray
    clusters: IntArray

    @cached_property
    def rows(self) -> FloatArray:
        """Rows by cell, (c,)."""
        return self.counts @ np.ones(self.counts.shape[1])

    @cached_property
    def largest_cluster(self) -> float:
        """Rows of the largest cluster of any clustering."""
        return max(float(np.bincount(codes, weights=self.rows).max(initial=0.0)) for codes in self.clusters.T)

    def pattern_counts(self, n_patterns: int) -> FloatArray:
        """Counts summed over clusters, (n_patterns, J): what belongs to the fit."""
        sums = [np.bincount(self.pattern, weights=column, minlength=n_patterns) for column in self.counts.T]
        return np.column_stack(sums)

    def of_patterns(self, kept: BoolArray) -> "ClusterCounts":
        """Counts of the patterns (m,) that are kept, numbered anew."""
        if kept.all():
            return self
        stays, number = kept[self.pattern], np.cumsum(kept) - 1
        return ClusterCounts(number[self.pattern[stays]], self.counts[stays], self.clusters[stays])


def check_counts(counts: FloatArray, n_patterns: int, n_outcomes: int) -> None:
    """Make sure that counts are counts of these patterns and outcomes.

    Raises:
        ValueError: the shape is not (n_patterns, n_outcomes), or a count is negative or not finite.
    """
    if counts.shape != (n_patterns, n_outcomes) or n_outcomes < 2:
        expected = (n_patterns, n_outcomes)
        raise ValueError(f"Counts have shape {counts.shape}, expected {expected} with two or more outcomes.")
    if not np.isfinite(counts).all() or counts.min(initial=0.0) < 0:
        raise ValueError("Counts must be finite and not negative.")


def group_rows(
    predictors: Predictors, outcome: IntArray, n_outcomes: int, weights: FloatArray | None = None
) -> Patterns:
    """Group rows that are alike in their predictors and count the outcomes of each pattern.

    Args:
        predictors: n rows; a missing value is a value of its own.
        outcome: (n,) codes 0 … n_outcomes - 1.
        n_outcomes: number of outcomes J.
        weights: (n,) rows that each row represents; one each if not given.

    Returns:
        Patterns in lexicographic order of their values, numbers before factors, missing first.
    """
    key, size = np.zeros(predictors.n_rows, dtype=np.int64), 1
    for codes, n_levels in _coded(predictors):
        if size * (n_levels + 1) > LARGEST_KEY:
            distinct, key = np.unique(key, return_inverse=True)
            size = len(distinct)
        key, size = key * (n_levels + 1) + codes + 1, size * (n_levels + 1)
    distinct, row_pattern = np.unique(key, return_inverse=True)
    counts, row_of = _counted(row_pattern, len(distinct), outcome, n_outcomes, weights)
    return Patterns(predictors.of_rows(row_of), counts, row_pattern)


def _coded(predictors: Predictors) -> Iterator[tuple[IntArray, int]]:
    """Codes (n,) and number of levels of each predictor, in the order of its values."""
    for values in predictors.numbers.values():
        codes, levels = pd.factorize(values, sort=True)
        yield codes, len(levels)
    for factor in predictors.factors.values():
        yield factor.codes, len(factor.levels)


def _counted(
    group: IntArray, n_groups: int, outcome: IntArray, n_outcomes: int, weights: FloatArray | None
) -> tuple[FloatArray, IntArray]:
    """Rows by group and outcome, (n_groups, J), and for each group the position of one of its rows."""
    counts = np.bincount(outcome * n_groups + group, weights=weights, minlength=n_outcomes * n_groups)
    row_of = np.empty(n_groups, dtype=np.int64)
    row_of[group] = np.arange(len(group))
    return counts.reshape(n_outcomes, n_groups).T.astype(np.float64, copy=False), row_of


def group_clusters(
    row_pattern: IntArray,
    clusters: IntArray,
    outcome: IntArray,
    n_outcomes: int,
    weights: FloatArray | None = None,
) -> ClusterCounts:
    """Count the outcomes of each pattern within each cluster.

    Args:
        row_pattern: (n,) pattern of each row.
        clusters: (n,) or (n, d) cluster codes from 0.
        outcome: (n,) codes 0 … n_outcomes - 1.
        n_outcomes: number of outcomes J.
        weights: (n,) rows that each row represents; one each if not given.

    Returns:
        Counts in the order of clusters, then patterns.
    """
    keys = np.column_stack([clusters, row_pattern]).T
    shape = tuple(keys.max(axis=1, initial=-1) + 1)
    distinct, cell = np.unique(np.ravel_multi_index(tuple(keys), shape), return_inverse=True)
    counts, row_of = _counted(cell, len(distinct), outcome, n_outcomes, weights)
    return ClusterCounts(row_pattern[row_of], counts, keys[:-1, row_of].T)
