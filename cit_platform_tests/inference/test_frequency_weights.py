"""Fits to counts equal those to the rows they represent, and have no numbers where these have none."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from cit_platform.inference import frequency_weights
from cit_platform.inference.design import Design, design_of, predictors_of
from cit_platform.inference.fit import Fit
from cit_platform.inference.frequency_weights import fit_frequencies
from cit_platform.inference.patterns import ClusterCounts, group_clusters, group_rows
from cit_platform.inference.row_level import fit_rows
from cit_platform_tests.inference.tables import AGE, EXPOSED, KIND, PLACE, random_table

TERMS = (EXPOSED, AGE, PLACE, KIND)
NAMES = ("none", "force", "more", "most")


@dataclass(frozen=True, eq=False)
class Counted:
    """Rows, each of which represents `weights` (n,) of its kind, and their counts."""

    rows: pd.DataFrame
    weights: np.ndarray
    design: Design
    row_pattern: np.ndarray
    counts: np.ndarray
    cells: ClusterCounts

    @property
    def names(self) -> tuple[str, ...]:
        return NAMES[: self.counts.shape[1]]

    def fit_counts(self, clustered: bool, start: np.ndarray | None = None) -> Fit:
        return fit_frequencies(self.design, self.counts, self.names, self.cells if clustered else None, start)

    def fit_rows(self, clustered: bool) -> Fit:
        every = np.repeat(np.arange(len(self.rows)), self.weights)
        design = Design(self.design.columns, self.design.matrix[self.row_pattern[every]])
        clusters = self.rows["cluster"].to_numpy()[every] if clustered else None
        return fit_rows(design, self.rows["outcome"].to_numpy()[every], self.names, clusters)


def table_of(seed: int, n: int, n_outcomes: int) -> pd.DataFrame:
    """A random table with few ages, for there is a column per pattern."""
    table = random_table(seed, n, n_outcomes)
    return table.assign(age=table["age"] // 8)


def counted(rows: pd.DataFrame, n_outcomes: int, weights: np.ndarray | None = None) -> Counted:
    weights = np.ones(len(rows), dtype=np.int64) if weights is None else weights
    outcome = rows["outcome"].to_numpy()
    patterns = group_rows(predictors_of(rows, TERMS), outcome, n_outcomes, weights)
    cells = group_clusters(patterns.row_pattern, rows["cluster"].to_numpy(), outcome, n_outcomes, weights)
    design = design_of(patterns.predictors, TERMS)
    return Counted(rows, weights, design, patterns.row_pattern, patterns.counts, cells)


def weighted(seed: int, n_outcomes: int) -> Counted:
    """Weights of 0 to 4; a whole pattern and a whole cluster have none, so that they are not there."""
    rows = table_of(seed, 1500, n_outcomes)
    weights = np.random.default_rng(seed).integers(0, 5, len(rows))
    first = counted(rows, n_outcomes)
    weights[(first.row_pattern == 7) | (rows["cluster"] == 3)] = 0
    return counted(rows, n_outcomes, weights)


def assert_equal(fit: Fit, expected: Fit) -> None:
    assert (fit.verdict, expected.verdict) == (None, None)
    assert (fit.columns, fit.outcomes, fit.converged) == (expected.columns, expected.outcomes, True)
    assert (fit.n_rows, fit.n_clusters) == (expected.n_rows, expected.n_clusters)
    np.testing.assert_allclose(fit.coefficients, expected.coefficients, rtol=1e-8)
    np.testing.assert_allclose(fit.std_errors, expected.std_errors, rtol=1e-8)
    scale = np.outer(expected.std_errors.ravel(order="F"), expected.std_errors.ravel(order="F"))
    np.testing.assert_allclose(fit.covariance / scale, expected.covariance / scale, atol=1e-8)
    assert fit.log_likelihood == pytest.approx(expected.log_likelihood, rel=1e-12)


@pytest.mark.parametrize("n_outcomes", [2, 3, 4])
@pytest.mark.parametrize("clustered", [False, True])
@pytest.mark.parametrize("seed", [30, 31])
def test_counts_give_the_fit_of_their_rows(seed: int, clustered: bool, n_outcomes: int) -> None:
    table = weighted(seed, n_outcomes)
    assert_equal(table.fit_counts(clustered), table.fit_rows(clustered))


@pytest.mark.parametrize("n_outcomes", [2, 3])
def test_scores_add_up_over_blocks_and_parts_of_cells(n_outcomes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells in any order, each in two parts: clusters stand in several blocks."""
    table = weighted(32, n_outcomes)
    whole = table.fit_counts(clustered=True)
    cells, draw = table.cells, np.random.default_rng(32)
    part = np.floor(cells.counts * draw.random(cells.counts.shape))
    order = draw.permutation(2 * len(part))
    parts = ClusterCounts(
        np.tile(cells.pattern, 2)[order],
        np.concatenate([part, cells.counts - part])[order],
        np.tile(cells.clusters, (2, 1))[order],
    )
    monkeypatch.setattr(frequency_weights, "LARGEST_BLOCK", 3000)
    assert_equal(fit_frequencies(table.design, table.counts, table.names, parts), whole)


@pytest.mark.parametrize("n_outcomes", [2, 4])
def test_the_start_does_not_choose_the_maximum(n_outcomes: int) -> None:
    table = weighted(33, n_outcomes)
    cold = table.fit_counts(clustered=True)
    assert_equal(table.fit_counts(clustered=True, start=cold.coefficients.round(2)), cold)


def test_the_start_saves_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """From close by three steps are enough, from zero they are not."""
    table = weighted(34, 4)
    near = table.fit_counts(clustered=False).coefficients.round(3)
    monkeypatch.setattr("cit_platform.inference.row_level.MAXIMUM_STEPS", 4)
    assert table.fit_counts(clustered=False, start=near).verdict is None
    assert str(table.fit_counts(clustered=False).verdict) == "no convergence in 4 steps"


@pytest.mark.parametrize("n_outcomes", [2, 3, 4])
@pytest.mark.parametrize("clustered", [False, True])
@pytest.mark.filterwarnings("error", "ignore::ResourceWarning")
def test_separation_is_a_verdict_and_no_warning_escapes(clustered: bool, n_outcomes: int) -> None:
    rows = table_of(35, 800, n_outcomes)
    table = counted(rows.assign(outcome=rows["outcome"].mask(rows["kind"] == "b", n_outcomes - 1)), n_outcomes)
    fit = table.fit_counts(clustered)
    assert str(fit.verdict).startswith("separation: ")
    assert str(table.fit_rows(clustered).verdict).startswith("separation: ")
    assert not fit.converged
    assert np.isnan(fit.coefficients).all()
    assert np.isnan(fit.covariance).all()


@pytest.mark.parametrize("n_outcomes", [2, 3])
def test_what_the_clusters_do_not_allow_has_the_verdict_of_the_rows(n_outcomes: int) -> None:
    rows = table_of(36, 800, n_outcomes)
    k = 8 * (n_outcomes - 1)
    inside = rows["kind"] == "b"
    for clusters, verdict in (
        (
            0 * rows["cluster"],
            f"too few clusters: one cluster for {k} coefficients, so there is no clustered covariance",
        ),
        (rows.index % k, f"too few clusters: {k} clusters for {k} coefficients, so there is no clustered covariance"),
        ((rows["cluster"] + 1).mask(inside, 0), "the robust covariance is not positive definite"),
    ):
        table = counted(rows.assign(cluster=clusters), n_outcomes)
        assert table.fit_counts(clustered=True).verdict == table.fit_rows(clustered=True).verdict
        assert str(table.fit_rows(clustered=True).verdict) == verdict


def test_a_saturated_model_is_no_separation() -> None:
    """As many coefficients as patterns: the fit meets every share exactly."""
    design = Design(counted(table_of(37, 100, 2), 2).design.columns[:2], np.array([[1.0, 0.0], [1.0, 1.0]]))
    for counts in (np.array([[40.0, 10.0], [20.0, 30.0]]), np.array([[40.0, 10.0, 5.0], [20.0, 30.0, 6.0]])):
        fit = fit_frequencies(design, counts, NAMES[: counts.shape[1]])
        expected = np.log(counts[:, 1:] / counts[:, :1])
        assert fit.verdict is None
        np.testing.assert_allclose(fit.coefficients, [expected[0], expected[1] - expected[0]], rtol=1e-10)


def test_what_does_not_belong_together_is_refused() -> None:
    table = weighted(38, 2)
    with pytest.raises(ValueError, match="Counts have shape"):
        fit_frequencies(table.design, table.counts[1:], table.names)
    with pytest.raises(ValueError, match="do not add up to the counts"):
        fit_frequencies(table.design, table.counts + 1.0, table.names, table.cells)
    two = ClusterCounts(table.cells.pattern, table.cells.counts, np.repeat(table.cells.clusters, 2, axis=1))
    with pytest.raises(ValueError, match="2 clusterings"):
        fit_frequencies(table.design, table.counts, table.names, two)
