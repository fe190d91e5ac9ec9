"""Intervals have the width and the bounds that their scale gives them."""

import numpy as np
import pytest
from scipy.special import expit, logit

from cit_platform.inference.intervals import (
    Z,
    log_interval,
    logit_interval,
    percentile_interval,
    plain_interval,
)

ESTIMATE, ERROR = np.array([0.1, 0.5]), np.array([0.02, 0.05])


def test_normal_intervals_are_symmetric_on_their_scale() -> None:
    assert pytest.approx(1.959963984540054) == Z
    plain = plain_interval(ESTIMATE, ERROR)
    np.testing.assert_allclose([plain.low, plain.high], [ESTIMATE - Z * ERROR, ESTIMATE + Z * ERROR])
    log = log_interval(ESTIMATE, ERROR)
    np.testing.assert_allclose(np.log(log.high / ESTIMATE), Z * ERROR)
    np.testing.assert_allclose(log.low * log.high, ESTIMATE**2)
    np.testing.assert_allclose(log.std_error, ESTIMATE * ERROR)
    risk = logit_interval(ESTIMATE, ERROR)
    np.testing.assert_allclose(risk.high, expit(logit(ESTIMATE) + Z * ERROR / (ESTIMATE * (1 - ESTIMATE))))
    np.testing.assert_allclose(logit(risk.low) + logit(risk.high), 2 * logit(ESTIMATE), atol=1e-12)


def test_percentiles_leave_one_draw_in_forty_on_each_side() -> None:
    draws = np.random.default_rng(1).permutation(np.arange(1001.0))[:, None] * [1.0, -2.0]
    interval = percentile_interval(np.array([500.0, -1000.0]), draws)
    np.testing.assert_allclose([interval.low, interval.high], [[25.0, -1950.0], [975.0, -50.0]])
    np.testing.assert_allclose(interval.std_error, draws.std(axis=0, ddof=1))
    assert interval.estimate.tolist() == [500.0, -1000.0]


@pytest.mark.parametrize("spoiled", [np.nan, np.inf])
def test_few_draws_and_draws_without_numbers_are_refused(spoiled: float) -> None:
    draws = np.arange(39.0)[:, None]
    with pytest.raises(ValueError, match="need 40 draws"):
        percentile_interval(np.array([20.0]), draws)
    with pytest.raises(ValueError, match="with numbers"):
        percentile_interval(np.array([20.0]), np.vstack([draws, [[1.0]], [[spoiled]]]))
