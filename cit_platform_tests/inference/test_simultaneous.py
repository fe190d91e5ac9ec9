"""Judged together: Holm as printed elsewhere, limits that hold at once as often as said, and size against a margin."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal, t
from statsmodels.stats.multitest import multipletests

from cit_platform.inference.simultaneous import Size, against_margin, holm, simultaneous_interval

SHARED = 0.6


def influences(n_clusters: int, k: int, seed: int, shared: float = SHARED) -> np.ndarray:
    """Scores of clusters that share a part over k estimates."""
    draw = np.random.default_rng(seed)
    own, common = draw.standard_normal((n_clusters, k)), draw.standard_normal((n_clusters, 1))
    return np.sqrt(1 - shared) * own + np.sqrt(shared) * common


@pytest.mark.parametrize("p_values", [[0.01, 0.04, 0.03, 0.005], [0.5, 0.5, 0.5, 0.5], [0.0, 1.0], [0.02]])
def test_holm_is_that_of_statsmodels(p_values: list[float]) -> None:
    np.testing.assert_allclose(holm(np.array(p_values)), multipletests(p_values, method="holm")[1], rtol=1e-12)


def test_what_cannot_be_tested_counts_as_not_rejected_and_has_no_p() -> None:
    found = holm(np.array([0.01, np.nan, 0.02]))
    np.testing.assert_allclose(found, [0.03, np.nan, 0.04])


def beyond(found: object) -> np.ndarray:
    return (found.high - found.estimate) / found.std_error  # type: ignore[attr-defined]


def test_independent_estimates_have_the_quantile_of_sidak_and_equal_ones_that_of_one() -> None:
    zero, one = np.zeros(4), np.ones(4)
    independent = np.vstack([np.eye(4)] * 5)
    np.testing.assert_allclose(beyond(simultaneous_interval(zero, one, independent)), 2.4909, atol=0.015)
    np.testing.assert_allclose(beyond(simultaneous_interval(zero, one, np.ones((9, 4)))), 1.96, atol=0.015)


def test_the_quantile_is_that_of_the_multivariate_normal() -> None:
    scores = influences(400, 3, seed=4)
    correlation = np.corrcoef(scores.T @ scores) * 0 + (scores.T @ scores) / np.sqrt(
        np.outer(*[(scores**2).sum(axis=0)] * 2)
    )
    [c, *_] = beyond(simultaneous_interval(np.zeros(3), np.ones(3), scores))
    normal = multivariate_normal(cov=correlation, seed=1)
    assert normal.cdf(np.full(3, c), lower_limit=np.full(3, -c)) == pytest.approx(0.95, abs=0.002)


def test_with_few_clusters_each_has_the_same_level_of_its_own_t() -> None:
    clusters = np.array([6.0, 600.0])
    found = simultaneous_interval(np.zeros(2), np.ones(2), np.vstack([np.eye(2)] * 5), clusters)
    levels = [2 * t.sf(c, g - 1) for c, g in zip(beyond(found), clusters, strict=True)]
    assert levels[0] == pytest.approx(levels[1], rel=1e-9)
    assert 0.024 < levels[0] < 0.0265


def test_all_intervals_hold_at_once_in_95_of_100_studies() -> None:
    """Family-wise coverage by simulation: 1,500 studies of 200 clusters; single 95 % intervals cover far less often."""
    held, single, studies = 0, 0, 1_500
    draw = np.random.default_rng(9)
    for _ in range(studies // 50):
        beyond_all = beyond(simultaneous_interval(np.zeros(4), np.ones(4), influences(200, 4, int(draw.integers(1e9)))))
        for _ in range(50):
            scores = influences(200, 4, int(draw.integers(1e9)))
            statistic = np.abs(scores.sum(axis=0)) / np.sqrt((scores**2).sum(axis=0))
            held += bool((statistic <= beyond_all).all())
            single += bool((statistic <= 1.96).all())
    assert 0.935 < held / studies < 0.965
    assert single / studies < 0.91


def test_estimates_that_no_cluster_moves_are_refused() -> None:
    with pytest.raises(ValueError, match="clusters"):
        simultaneous_interval(np.zeros(2), np.ones(2), np.column_stack([np.ones(4), np.zeros(4)]))
    with pytest.raises(ValueError, match="3 simultaneous"):
        simultaneous_interval(np.zeros(3), np.ones(3), np.ones((4, 2)))


@pytest.mark.parametrize(
    ("estimate", "std_error", "size"),
    [
        (-5.5, 0.9, Size.LARGER),
        (5.5, 0.9, Size.LARGER),
        (0.1, 0.5, Size.SMALLER),
        (-1.9, 0.5, Size.UNDECIDED),
        (0.0, 3.0, Size.UNDECIDED),
        (-3.0, 1.0, Size.UNDECIDED),
    ],
)
def test_a_difference_is_larger_smaller_or_undecided(estimate: float, std_error: float, size: Size) -> None:
    found = against_margin(estimate, std_error, 2.0)
    assert found.size is size
    assert (found.low, found.high) == pytest.approx((estimate - 1.644854 * std_error, estimate + 1.644854 * std_error))
    few = against_margin(estimate, std_error, 2.0, 5.0)
    assert few.low < found.low


def test_smaller_is_said_as_often_as_said_and_larger_never_more() -> None:
    draw = np.random.default_rng(3)
    at_the_margin = [against_margin(float(x), 0.5, 2.0).size for x in draw.normal(2.0, 0.5, 4_000)]
    assert 0.04 < at_the_margin.count(Size.SMALLER) / 4_000 < 0.06
    assert 0.018 < at_the_margin.count(Size.LARGER) / 4_000 < 0.033
    # A margin that is small beside the standard error: either side may err.
    within = [against_margin(float(x), 10.0, 0.1).size for x in draw.normal(0.0, 10.0, 4_000)]
    assert within.count(Size.LARGER) / 4_000 < 0.06
