"""Ranking and calibration from counts equal their definitions over rows and pairs; limits follow the clusters."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from cit_platform.inference.calibration import auc, calibration_table
from cit_platform.inference.counts import fit_counts
from cit_platform.inference.design import Design, design_matrix, design_of, predictors_of
from cit_platform.inference.fit import Fit
from cit_platform.inference.likelihood import probabilities
from cit_platform.inference.patterns import ClusterCounts, group_clusters, group_rows
from cit_platform.inference.proportions import proportion
from cit_platform_tests.inference.tables import AGE, EXPOSED, KIND, PLACE, random_table

TERMS = (EXPOSED, AGE, PLACE, KIND)
NAMES = ("none", "force", "more", "most")


def problem(table: pd.DataFrame, n_outcomes: int = 2) -> tuple[Fit, Design, ClusterCounts]:
    outcome = table["outcome"].to_numpy()
    patterns = group_rows(predictors_of(table, TERMS), outcome, n_outcomes)
    cells = group_clusters(patterns.row_pattern, table["cluster"].to_numpy(), outcome, n_outcomes)
    design = design_of(patterns.predictors, TERMS)
    return fit_counts(design, patterns.counts, NAMES[:n_outcomes]), design, cells


def dependent(seed: int, n_clusters: int, n: int) -> pd.DataFrame:
    """Rows of clusters that differ in their risk."""
    draw = np.random.default_rng(seed)
    table = random_table(seed, n, 2).assign(cluster=draw.integers(0, n_clusters, n))
    own = draw.normal(0, 0.8, n_clusters)[table["cluster"]]
    risk = expit(-1.0 + 0.8 * table["exposed"] + 0.03 * table["age"] + own)
    return table.assign(outcome=(draw.random(n) < risk).astype(np.int64))


def row_risks(table: pd.DataFrame, fit: Fit, outcome: int = 1) -> np.ndarray:
    return probabilities(design_matrix(table, TERMS).matrix, fit.coefficients)[:, outcome]


def shifted(fit: Fit, factor: float, added: float) -> Fit:
    """A fit whose predicted log odds are a multiple of the old ones, plus a constant."""
    coefficients = factor * fit.coefficients
    coefficients[0] += added
    return replace(fit, coefficients=coefficients)


@pytest.mark.parametrize("n_outcomes", [2, 4])
def test_area_is_the_share_of_pairs_in_order(n_outcomes: int) -> None:
    table = random_table(80, 600, n_outcomes)
    fit, design, cells = problem(table, n_outcomes)
    for outcome in range(1, n_outcomes):
        score = np.round(logit(row_risks(table, fit, outcome)), 9)
        having, others = score[table["outcome"] == outcome], score[table["outcome"] != outcome]
        pairs = np.sign(having[:, None] - others[None, :]) / 2 + 0.5
        area = auc(fit, design, cells, outcome=outcome)
        assert area.estimate == pytest.approx(pairs.mean(), abs=1e-9)
        assert (area.n_rows, area.n_events) == (600, len(having))
        assert area.low < area.estimate < area.high < 1


def test_error_of_the_area_is_that_of_leaving_out_clusters() -> None:
    table = dependent(81, 60, 3000)
    fit, design, cells = problem(table)
    area = auc(fit, design, cells)
    without = []
    for cluster in range(60):
        left = cells.clusters[:, 0] != cluster
        without.append(
            auc(fit, design, ClusterCounts(cells.pattern[left], cells.counts[left], cells.clusters[left])).estimate
        )
    jackknife = np.sqrt(59 / 60 * ((np.array(without) - np.mean(without)) ** 2).sum())
    assert area.std_error == pytest.approx(jackknife, rel=0.03)
    rows = ClusterCounts(*rows_of_their_own(cells))
    assert area.std_error > 1.5 * auc(fit, design, rows).std_error
    assert auc(fit, design, rows).estimate == pytest.approx(area.estimate)


def rows_of_their_own(cells: ClusterCounts) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pattern, counts and clusters of the same rows, each a cluster of its own."""
    cell, outcome = (
        np.repeat(each.ravel(), cells.counts.astype(int).ravel()) for each in np.indices(cells.counts.shape)
    )
    return cells.pattern[cell], np.eye(cells.counts.shape[1])[outcome], np.arange(len(cell))[:, None]


def test_every_row_twice_in_its_cluster_changes_no_limit() -> None:
    fit, design, cells = problem(dependent(82, 50, 1000))
    twice = ClusterCounts(cells.pattern, 2 * cells.counts, cells.clusters)
    once, again = auc(fit, design, cells), auc(fit, design, twice)
    assert (again.low, again.high) == pytest.approx((once.low, once.high), rel=1e-9)
    first, second = (calibration_table(fit, design, each) for each in (cells, twice))
    assert [g.observed.low for g in second] == pytest.approx([g.observed.low for g in first], rel=1e-9)


def test_tenths_hold_all_rows_in_order_with_shares_as_counted() -> None:
    table = dependent(83, 80, 4000)
    fit, design, cells = problem(table)
    groups = calibration_table(fit, design, cells)
    risk = row_risks(table, fit)
    assert len(groups) == 10
    assert sum(group.observed.n_rows for group in groups) == 4000
    for lower, upper in pairwise(groups):
        assert lower.lowest <= lower.expected <= lower.highest < upper.lowest
    for group in groups:
        chosen = (risk > group.lowest - 1e-9) & (risk < group.highest + 1e-9)
        assert 300 < chosen.sum() < 500
        rows = table[chosen].assign(risk=risk[chosen]).groupby("cluster")
        assert group.expected == pytest.approx(risk[chosen].mean(), rel=1e-8)
        assert group.observed == proportion(rows["outcome"].sum().to_numpy(float), rows.size().to_numpy(float))
        surplus = rows["outcome"].sum() - rows["risk"].sum()
        g = len(surplus)
        error = max((surplus**2).sum() * g / (g - 1), (risk * (1 - risk))[chosen].sum()) ** 0.5 / chosen.sum()
        assert group.std_error == pytest.approx(error, rel=1e-6)
    # The score equation of the intercept: expected and observed events are as many in all.
    surplus = sum((group.observed.estimate - group.expected) * group.observed.n_rows for group in groups)
    assert surplus == pytest.approx(0.0, abs=1e-6)


def test_a_tenth_without_events_is_no_certainty() -> None:
    design = design_matrix(pd.DataFrame({"exposed": [0, 1]}), (EXPOSED,))
    fit = fit_counts(design, np.array([[40.0, 40.0], [95.0, 5.0]]), NAMES[:2])
    clusters = np.arange(20)
    cells = ClusterCounts(np.repeat([0, 1], 20), np.tile([[5.0, 0.0]], (40, 1)), np.tile(clusters, 2)[:, None])
    rare, common = calibration_table(fit, design, cells)
    assert (rare.observed.n_events, rare.observed.method) == (0, "exact")
    assert rare.observed.high == pytest.approx(1 - 0.025 ** (1 / 100))
    assert rare.std_error == pytest.approx((0.05 * 0.95 / 100) ** 0.5, rel=1e-6)
    assert common.std_error > 0


def test_few_distinct_predictions_stay_whole() -> None:
    design = design_matrix(pd.DataFrame({"exposed": [0, 1]}), (EXPOSED,))
    cells = ClusterCounts(
        np.repeat([0, 1], 10), np.repeat([[8.0, 2.0], [5.0, 5.0]], 10, axis=0), np.arange(20)[:, None] % 10
    )
    fit = fit_counts(design, cells.pattern_counts(2), NAMES[:2])
    assert [group.observed.n_rows for group in calibration_table(fit, design, cells)] == [100, 100]


@pytest.mark.filterwarnings("error", "ignore::ResourceWarning")
def test_what_cannot_be_judged_says_why() -> None:
    table = dependent(88, 20, 400)
    fit, design, cells = problem(table)
    without_events = ClusterCounts(cells.pattern, cells.counts * [1.0, 0.0], cells.clusters)
    area = auc(fit, design, without_events)
    assert area.remark.startswith("0 of ")
    assert np.isnan([area.estimate, area.std_error, area.low, area.high]).all()
    flat = shifted(fit, 0.0, -1.0)
    assert auc(flat, design, cells).remark == "all rows have the same predicted risk"
    one = ClusterCounts(cells.pattern, cells.counts, np.zeros_like(cells.clusters))
    assert auc(fit, design, one).remark == "one cluster: no interval"
    assert np.isnan(calibration_table(fit, design, one)[0].std_error)


@pytest.mark.filterwarnings("error", "ignore::ResourceWarning")
def test_perfect_order_has_no_interval() -> None:
    design = design_matrix(pd.DataFrame({"exposed": [0, 1]}), (EXPOSED,))
    fit = fit_counts(design, np.array([[40.0, 20.0], [20.0, 40.0]]), NAMES[:2])
    cells = ClusterCounts(np.repeat([0, 1], 10), np.repeat(np.eye(2), 10, axis=0), np.arange(20)[:, None] // 2)
    assert auc(fit, design, cells).remark == "predicted risk separates the outcome: no interval"


def test_predictions_that_differ_by_rounding_are_ties() -> None:
    columns = design_matrix(pd.DataFrame({"exposed": [0, 1], "kind": ["a", "b"]}), (EXPOSED, KIND)).columns
    design = Design(columns, np.array([[1.0, 1.0, 0.0], [1.0, 0.0, 1.0]]))
    cells = ClusterCounts(np.repeat([0, 1], 10), np.tile([[3.0, 2.0], [1.0, 4.0]], (10, 1)), np.arange(20)[:, None])
    plain = fit_counts(Design(columns[:1], design.matrix[:, :1]), cells.pattern_counts(2), NAMES[:2])
    assert 0.1 + 0.2 != 0.3
    fit = replace(plain, columns=columns, coefficients=np.array([[0.0], [0.1 + 0.2], [0.3]]))
    assert auc(fit, design, cells).remark == "all rows have the same predicted risk"


def test_fits_without_numbers_and_other_designs_are_refused() -> None:
    fit, design, cells = problem(dependent(89, 20, 400))
    failed = fit_counts(design, cells.pattern_counts(len(design.matrix)) * [1.0, 0.0], NAMES[:2])
    for function in (auc, calibration_table):
        with pytest.raises(ValueError, match="no row has the outcome"):
            function(failed, design, cells)
        with pytest.raises(ValueError, match="different columns"):
            function(fit, design.without([2]), cells)
