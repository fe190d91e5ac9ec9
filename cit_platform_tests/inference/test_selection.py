"""Bounds under selection into the record: published values, brute force over what could be true, coverage."""

from itertools import product

import numpy as np
import pytest
from scipy.special import expit, logit

from cit_platform.inference.selection import (
    LostRows,
    bounding_factor,
    bounds_of_difference,
    bounds_with_interval,
    log_odds_with_unrecorded,
)


def test_the_factors_of_smith_and_vanderweele() -> None:
    """The Zika example of Smith and VanderWeele (2019): 2 and 1.7 in one arm, 2 and 1.5 in the other, and a sub-group.

    R's SelectionBias prints 3.31 for a risk ratio of 0.05 / 0.01 so bounded, and its vignette 1.56 for the sub-group.
    """
    one, other = bounding_factor(np.array([2.0, 2.0]), np.array([1.7, 1.5]))
    assert round(5.0 / (one * other), 2) == 3.31
    assert round(float(bounding_factor(np.array(2.71), np.array(2.33))), 2) == 1.56
    with pytest.raises(ValueError, match="at least 1"):
        bounding_factor(np.array(0.9), np.array(2.0))


def test_what_is_not_recorded_thins_the_risk() -> None:
    fall = log_odds_with_unrecorded(np.array(0.02), np.array(0.25))
    assert expit(logit(0.02) + fall) == pytest.approx(0.015)


def test_bounds_are_those_of_everything_that_the_lost_rows_could_have_been() -> None:
    events, rows = np.array([[3.0, 2.0], [1.0, 5.0]]), np.array([[60.0, 40.0], [40.0, 80.0]])
    lost = np.array([[1, 2, 2], [0, 1, 3], [1, 1, 2]], dtype=float)
    found = bounds_of_difference(events, rows, LostRows(lost))
    y, n = events.sum(axis=0), rows.sum(axis=0)
    differences = []
    # Events among those of known arm and unknown outcome; to the first arm go how many of each kind of unknown arm.
    for a, b, i, j, k, m in product(range(3), range(4), range(2), range(2), range(3), range(3)):
        if k + m > 2:
            continue
        for more in range(2 - k - m + 1):
            # k and m of the unknown are in the first arm, with and without; `more` in the other arm have it.
            y1, n1 = y[0] + 1 + a + i + k, n[0] + 5 + i + j + k + m
            y0, n0 = y[1] + 0 + b + (1 - i) + more, n[1] + 4 + (1 - i) + (1 - j) + 2 - k - m
            differences.append(y1 / n1 - y0 / n0)
    assert found.low == pytest.approx(min(differences))
    assert found.high == pytest.approx(max(differences))
    assert found.conf_low < found.low < found.high < found.conf_high


def test_without_lost_rows_the_bounds_are_the_difference_and_its_interval() -> None:
    draw = np.random.default_rng(2)
    rows = draw.integers(0, 40, (300, 2)).astype(float)
    events = draw.binomial(rows.astype(int), [0.05, 0.08]).astype(float)
    found = bounds_of_difference(events, rows, LostRows(np.zeros((3, 3))))
    risk = events.sum(axis=0) / rows.sum(axis=0)
    assert found.low == found.high == pytest.approx(risk[0] - risk[1])
    plain = 1.96 * float(np.sqrt((risk * (1 - risk) / rows.sum(axis=0)).sum()))
    assert found.conf_high - found.high == pytest.approx(plain, rel=0.15)


def test_the_interval_runs_from_two_sided_to_one_sided_quantiles() -> None:
    """The limits of Imbens and Manski (2004): 1.96 without a gap, 1.645 with a wide one."""
    assert bounds_with_interval(0.0, 0.0, 1.0, 1.0).conf_high == pytest.approx(1.959964, abs=1e-6)
    assert bounds_with_interval(0.0, 50.0, 1.0, 1.0).conf_low == pytest.approx(-1.644854, abs=1e-6)


def test_an_empty_arm_has_no_bounds() -> None:
    found = bounds_of_difference(np.zeros((2, 2)), np.array([[5.0, 0.0], [3.0, 0.0]]), LostRows(np.ones((3, 3))))
    assert np.isnan([found.low, found.high, found.conf_low, found.conf_high]).all()


def test_nothing_known_of_the_outcome_is_wider() -> None:
    events, rows = np.array([[3.0, 2.0], [1.0, 5.0]]), np.array([[60.0, 40.0], [40.0, 80.0]])
    lost = LostRows(np.array([[0, 9, 0], [0, 5, 0], [0, 3, 0]], dtype=float))
    known, unknown = (bounds_of_difference(events, rows, each) for each in (lost, lost.of_unknown_outcome()))
    assert unknown.low < known.low
    assert unknown.high > known.high
