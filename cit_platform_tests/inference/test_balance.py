"""Standardised differences as tableone prints them, with limits over clusters that cover."""

import numpy as np
import pytest

from cit_platform.inference.balance import balance, standardised_difference


def test_of_two_levels_it_is_the_formula_of_austin() -> None:
    """Shares of 0.70 and 0.55: 0.15 over the root of (0.21 + 0.2475) / 2."""
    found = standardised_difference(np.array([[30.0, 70.0], [45.0, 55.0]]))
    assert found == pytest.approx(0.15 / np.sqrt((0.70 * 0.30 + 0.55 * 0.45) / 2))
    assert found == pytest.approx(0.31362502409358983)


def test_of_several_levels_it_is_that_of_tableone() -> None:
    """tableone 0.9.6, `_cat_smd` of the same shares: 0.7930332490533082; whichever level is left out."""
    counts = np.array([[120.0, 60.0, 15.0, 5.0], [150.0, 90.0, 60.0, 100.0]])
    assert standardised_difference(counts) == pytest.approx(0.7930332490533082, rel=1e-10)
    assert standardised_difference(counts[:, ::-1]) == pytest.approx(0.7930332490533082, rel=1e-10)


def test_a_level_that_nobody_has_does_not_count_and_an_empty_arm_has_none() -> None:
    counts = np.array([[30.0, 70.0], [45.0, 55.0]])
    with_empty = np.column_stack([counts, np.zeros(2)])
    assert standardised_difference(with_empty) == pytest.approx(standardised_difference(counts))
    assert np.isnan(standardised_difference(np.array([[0.0, 0.0], [1.0, 2.0]])))
    assert standardised_difference(np.array([[5.0], [9.0]])) == 0.0


def clusters(shares: np.ndarray, seed: int, sd: float = 0.5, n: int = 200) -> np.ndarray:
    """Clusters, each of one arm, whose own shares spread round those of the arm."""
    draw = np.random.default_rng(seed)
    arm = np.arange(n) % 2
    own = np.exp(np.log(shares[arm]) + sd * draw.standard_normal((n, shares.shape[1])))
    counts = np.zeros((n, 2, shares.shape[1]))
    counts[np.arange(n), arm] = [draw.multinomial(40, each / each.sum()) for each in own]
    return counts


def test_limits_over_clusters_cover_and_those_of_rows_would_not() -> None:
    shares = np.array([[0.5, 0.5], [0.3, 0.7]])
    truth = float(standardised_difference(sum(clusters(shares, 10_000 + i) for i in range(60)).sum(axis=0)))
    found = [balance(clusters(shares, i)) for i in range(300)]
    covered = np.mean([each.low <= truth <= each.high for each in found])
    assert 0.915 < covered < 0.98
    naive = np.sqrt(2 / 4_000 + truth**2 / 16_000)
    assert np.mean([abs(each.estimate - truth) <= 1.96 * naive for each in found]) < 0.85


def test_one_cluster_has_no_limits() -> None:
    assert np.isnan(balance(np.array([[[3.0, 4.0], [5.0, 1.0]]])).low)
