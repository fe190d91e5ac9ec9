"""Proportions: clustered limits equal an independent estimator; the edges have exact limits."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit
from scipy.stats import norm, t
from statsmodels.stats.proportion import proportion_confint

from cit_platform.inference.proportions import ClusterSums, Proportion, exact_limits, proportion, shares_of_cells


def of_rows(event: np.ndarray, clusters: np.ndarray) -> Proportion:
    """The proportion of rows, counted by cluster."""
    rows = np.bincount(clusters)
    present = rows > 0
    return proportion(np.bincount(clusters, weights=event)[present], rows[present].astype(float))


def test_limits_equal_those_of_a_clustered_regression_on_a_constant() -> None:
    draw = np.random.default_rng(1)
    clusters = draw.integers(0, 60, 900)
    event = draw.random(900) < expit(draw.normal(-1, 0.8, 60))[clusters]
    peer = sm.OLS(event.astype(float), np.ones(900)).fit(cov_type="cluster", cov_kwds={"groups": clusters})
    share, error = peer.params[0], peer.bse[0]
    half = 1.959963984540054 * error / (share * (1 - share))
    result = of_rows(event, clusters)
    assert result.estimate == pytest.approx(share, rel=1e-12)
    assert result.low == pytest.approx(expit(logit(share) - half), rel=1e-9)
    assert result.high == pytest.approx(expit(logit(share) + half), rel=1e-9)
    assert (result.n_rows, result.n_clusters, result.method) == (900, 60, "cluster_robust")


def test_repeating_every_row_in_its_cluster_changes_no_limit() -> None:
    draw = np.random.default_rng(2)
    event, clusters = draw.random(200) < 0.3, np.arange(200)
    once, twice = of_rows(event, clusters), of_rows(np.repeat(event, 2), np.repeat(clusters, 2))
    assert (twice.low, twice.high) == pytest.approx((once.low, once.high), rel=1e-12)


def test_exact_limits_of_clopper_and_pearson() -> None:
    """Closed form without events: 1 - 0.025^(1/n); 4 of 20: (0.0573, 0.4366), as printed in many texts."""
    assert exact_limits(0, 10) == pytest.approx((0.0, 1 - 0.025**0.1))
    assert exact_limits(10, 10) == pytest.approx((0.025**0.1, 1.0))
    assert tuple(round(limit, 4) for limit in exact_limits(4, 20)) == (0.0573, 0.4366)


@pytest.mark.parametrize(("events", "estimate"), [(0, 0.0), (12, 1.0)])
def test_no_events_and_only_events_have_exact_limits(events: int, estimate: float) -> None:
    result = of_rows(np.arange(12) < events, np.arange(12))
    assert (result.estimate, result.method) == (estimate, "exact")
    assert (result.low, result.high) == pytest.approx(exact_limits(events, 12))


def test_one_cluster_has_exact_limits() -> None:
    result = of_rows(np.arange(10) < 3, np.zeros(10, dtype=np.int64))
    assert (result.method, result.n_clusters) == ("exact", 1)


def test_the_same_share_in_every_cluster_is_no_certainty() -> None:
    result = of_rows(np.tile([True, False], 10), np.repeat(np.arange(10), 2))
    assert result.method == "exact"
    assert result.low < 0.5 < result.high


def test_no_rows_have_no_numbers() -> None:
    result = proportion(np.array([]), np.array([]))
    assert np.isnan([result.estimate, result.low, result.high]).all()
    assert (result.n_rows, result.method) == (0, "none")


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=1, max_size=60))
@settings(max_examples=60, deadline=None)
def test_limits_always_hold_the_share_inside_zero_and_one(rows: list[tuple[bool, int]]) -> None:
    event, clusters = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    result = of_rows(event, clusters)
    assert 0.0 <= result.low <= result.estimate <= result.high <= 1.0


@pytest.mark.parametrize(("events", "rows"), [([1.0], [0.0]), ([2.0], [1.0]), ([-1.0], [1.0]), ([1.0, 0.0], [1.0])])
def test_impossible_counts_are_refused(events: list[float], rows: list[float]) -> None:
    with pytest.raises(ValueError, match="at least one row"):
        proportion(np.array(events), np.array(rows))


def sums_of(events: np.ndarray, rows: np.ndarray) -> ClusterSums:
    """The sums over clusters of cells (c, G)."""
    named = (events, rows, events**2, events * rows, rows**2, np.ones_like(rows))
    return ClusterSums(*(part.sum(axis=1) for part in named))


def test_limits_of_cells_are_wilsons_where_every_cluster_has_one_row() -> None:
    events = np.repeat([[1.0, 0.0], [0.0, 0.0], [1.0, 1.0]], 40, axis=1)
    found = shares_of_cells(sums_of(events, np.ones_like(events)))
    # The quantile of t with one degree of freedom less than there are clusters, as a level of the normal one.
    alpha = 2 * norm.sf(t.ppf(0.975, 79))
    for number, n_events in enumerate((40, 0, 80)):
        # A sample of ones and zeros in clusters of one has n / (n - 1) times the variance of n independent rows.
        worth = 80 * 79 / 80 if number == 0 else 80
        peer = proportion_confint(n_events * worth / 80, worth, alpha=alpha, method="wilson")
        assert (found.low[number], found.high[number]) == pytest.approx(peer, abs=1e-9)


def test_the_standard_error_of_cells_is_that_of_a_clustered_regression() -> None:
    draw = np.random.default_rng(4)
    clusters = draw.integers(0, 60, 900)
    event = draw.random(900) < expit(draw.normal(-1, 0.8, 60))[clusters]
    peer = sm.OLS(event.astype(float), np.ones(900)).fit(cov_type="cluster", cov_kwds={"groups": clusters})
    by_cluster = np.bincount(clusters, weights=event)[None, :], np.bincount(clusters)[None, :].astype(float)
    found = shares_of_cells(sums_of(*by_cluster))
    assert (found.estimate[0], found.std_error[0]) == pytest.approx((peer.params[0], peer.bse[0]), rel=1e-9)


def test_rows_repeated_in_their_clusters_widen_nothing_and_narrow_nothing() -> None:
    draw = np.random.default_rng(5)
    events = (draw.random((3, 50)) < 0.3).astype(float)
    once, thrice = (shares_of_cells(sums_of(k * events, np.full((3, 50), float(k)))) for k in (1, 3))
    assert thrice.low == pytest.approx(once.low)
    assert thrice.high == pytest.approx(once.high)


def test_cells_without_rows_have_no_number_and_one_cluster_tells_next_to_nothing() -> None:
    found = shares_of_cells(sums_of(np.array([[0.0], [3.0]]), np.array([[0.0], [9.0]])))
    assert np.isnan(found.estimate[0])
    assert np.isnan(found.low[0])
    assert found.high[1] - found.low[1] > 0.9


@pytest.mark.parametrize(("officers", "mean", "share", "spread"), [(60, 2, 0.03, 0.7), (300, 6, 0.015, 0.7)])
def test_limits_of_cells_cover_where_officers_differ(officers: int, mean: int, share: float, spread: float) -> None:
    draw = np.random.default_rng(6)
    rows = 1.0 + draw.poisson(mean - 1, (4000, officers)) * (draw.random((4000, officers)) < 0.9)
    own = expit(logit(share) - spread**2 / 2 + draw.normal(0, spread, rows.shape))
    found = shares_of_cells(sums_of(draw.binomial(rows.astype(int), own).astype(float), rows))
    truth = own.mean()
    covered = ((found.low <= truth) & (truth <= found.high)).mean()
    assert 0.935 < covered < 0.98
    assert ((found.low < found.estimate) & (found.estimate < found.high)).mean() > 0.9
