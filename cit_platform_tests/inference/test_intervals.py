"""Intervals have the width and the bounds that their scale gives them."""

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import norm
from scipy.stats import t as student

from cit_platform.inference.intervals import (
    Z,
    log_interval,
    logit_interval,
    p_values,
    plain_interval,
    quantiles,
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


def test_few_effective_clusters_widen_by_t_and_never_below_one_degree_of_freedom() -> None:
    clusters = np.array([1.2, 13.5])
    plain = plain_interval(ESTIMATE, ERROR, clusters)
    np.testing.assert_allclose((plain.high - ESTIMATE) / ERROR, student.ppf(0.975, [1.0, 12.5]))
    np.testing.assert_allclose(np.log(log_interval(ESTIMATE, ERROR, clusters).high / ESTIMATE), plain.high - ESTIMATE)
    np.testing.assert_allclose(p_values(np.array([-2.0, 2.0]), clusters), 2 * student.sf(2.0, [1.0, 12.5]))
    np.testing.assert_allclose(p_values(np.array([-2.0, 2.0]), None), 2 * norm.sf(2.0))
    np.testing.assert_allclose(quantiles(0.975, np.array([1e9])), Z, rtol=1e-6)
