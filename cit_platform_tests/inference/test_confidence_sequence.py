"""The confidence sequence is the normal mixture's, and holds at all looks at once where contacts come by officer."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

from benchmarks.confidence_sequence.simulation import simulate
from cit_platform.inference.confidence_sequence import confidence_sequence


def half_width(std_error: float, narrowest_at: float) -> float:
    low, high = confidence_sequence(np.zeros(1), np.array([std_error]), narrowest_at)
    assert low[0] == -high[0]
    return float(high[0])


@pytest.mark.parametrize("std_error", [0.2, 1.0, 5.0])
def test_at_the_limit_the_mixture_of_likelihood_ratios_is_20(std_error: float) -> None:
    """Robbins (1970): the integral of the ratios against 0 over a normal of variance tau² reaches 1 / alpha there."""
    narrowest_at = 0.7
    # The precision of the mixing distribution, from where the limits are narrowest: log(1 + r) + 2 log 20 = r.
    ratio = 8.2119680620682
    assert math.log1p(ratio) + 2 * math.log(20) == pytest.approx(ratio)
    tau = math.sqrt(ratio) * narrowest_at
    estimate = half_width(std_error, narrowest_at)

    def mixed(effect: float) -> float:
        exponent = (effect * estimate - effect**2 / 2) / std_error**2 - effect**2 / 2 / tau**2
        return math.exp(exponent) / tau / math.sqrt(2 * math.pi)

    total, _ = quad(mixed, -10 * tau, 10 * tau, points=[0.0, estimate], limit=200)
    assert total == pytest.approx(20.0, rel=1e-6)


def test_it_is_narrowest_for_the_error_that_was_named() -> None:
    errors = np.geomspace(0.2, 5.0, 401)
    in_errors = np.array([half_width(error, 1.0) / error for error in errors])
    assert errors[in_errors.argmin()] == pytest.approx(1.0, rel=0.01)
    assert in_errors.min() == pytest.approx(3.0351, abs=5e-4)


def test_it_holds_at_all_looks_where_a_single_interval_does_not() -> None:
    """Officers with habits of their own, 40 looks; `python -m benchmarks.confidence_sequence` draws 1,000."""
    found = simulate(120, seed=2)
    assert found.sequence_fails <= 0.06
    assert found.one_look_fails > 0.12
    assert found.one_look_fails_at_the_end < 0.12


@pytest.mark.parametrize("std_error", [0.0, float("nan"), -1.0])
def test_an_error_that_is_none_is_refused(std_error: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        confidence_sequence(np.zeros(1), np.array([std_error]), 1.0)
