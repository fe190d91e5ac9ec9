"""Partial pooling against published output, an independent implementation and the posterior it should be."""

import numpy as np
import pytest
from statsmodels.stats.meta_analysis import combine_effects

from cit_platform.inference.partial_pooling import partial_pooling

# Colditz et al. (1994), JAMA 271, 698-702: tuberculosis and none among vaccinated, then among controls, in 13 trials of
# the BCG vaccine; metafor's dat.bcg.
BCG = np.array(
    [
        *((4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619), (33, 5036, 47, 5761)),
        *((180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892), (29, 7470, 45, 7232)),
        *((17, 1699, 65, 1600), (186, 50448, 141, 27197), (5, 2493, 3, 2338), (27, 16886, 29, 17825)),
    ],
    dtype=np.float64,
)


def log_risk_ratios() -> tuple[np.ndarray, np.ndarray]:
    cases, well, control_cases, control_well = BCG.T
    n, control_n = cases + well, control_cases + control_well
    variance = 1 / cases - 1 / n + 1 / control_cases - 1 / control_n
    return np.log(cases / n) - np.log(control_cases / control_n), variance


def random_problem(seed: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    root = draw.normal(0, 0.3, (k, k + 3))
    return draw.normal(0.4, 0.7, k), root @ root.T


def test_the_bcg_trials_give_what_metafor_prints() -> None:
    """confint(rma(yi, vi, data = dat.bcg)), metafor 4: Q and the limits of tau hang on no estimator."""
    estimates, variances = log_risk_ratios()
    found = partial_pooling(estimates, np.diag(variances))
    assert found.q == pytest.approx(152.2330, abs=5e-5)
    assert found.degrees == 12
    assert (found.spread.low**2, found.spread.high**2) == pytest.approx((0.1197, 1.1115), abs=5e-5)
    assert (found.spread.low, found.spread.high) == pytest.approx((0.3460, 1.0543), abs=5e-5)
    assert found.i_squared == pytest.approx(0.9212, abs=5e-5)


def test_mean_and_spread_are_those_of_statsmodels() -> None:
    estimates, variances = log_risk_ratios()
    found = partial_pooling(estimates, np.diag(variances))
    peer = combine_effects(estimates, variances, method_re="iterated", use_t=True)
    assert found.spread.value**2 == pytest.approx(peer.tau2, rel=1e-8)
    assert found.mean.value == pytest.approx(peer.mean_effect_re, rel=1e-8)
    half = (found.mean.high - found.mean.low) / 2
    assert half == pytest.approx(peer.sd_eff_w_re_hksj * 2.178812829663418, rel=1e-6), "t on 12"


@pytest.mark.parametrize("seed", range(4))
def test_groups_are_the_posterior_of_the_normal_model_at_its_spread(seed: int) -> None:
    """A flat prior for the mean: the precision of the groups about it is that of deviations from their own mean."""
    estimates, covariance = random_problem(seed, k=6)
    found = partial_pooling(estimates, covariance)
    k, variance = 6, found.spread.value**2
    assert variance > 0
    precision = np.linalg.inv(covariance)
    posterior = np.linalg.inv(precision + (np.eye(k) - np.full((k, k), 1 / k)) / variance)
    np.testing.assert_allclose(found.shrunken, posterior @ precision @ estimates, rtol=1e-8)
    quantile = 2.570581835636314
    np.testing.assert_allclose((found.high - found.low) / 2, quantile * np.sqrt(np.diag(posterior)), rtol=1e-6)


def test_groups_that_differ_no_more_than_chance_become_one() -> None:
    estimates = np.array([0.10, 0.12, 0.09, 0.11])
    found = partial_pooling(estimates, np.eye(4) * 0.04)
    assert found.spread.value == found.spread.low == found.i_squared == 0.0
    assert np.isnan(found.spread.high), "closer together than chance: no value of the spread agrees"
    np.testing.assert_allclose(found.shrunken, found.mean.value)
    assert (found.predicted.low, found.predicted.high) == (found.mean.low, found.mean.high)


def test_a_group_that_tells_little_is_drawn_further() -> None:
    estimates, variances = np.array([-1.0, 0.0, 1.0, 1.0]), np.array([0.05, 0.05, 0.02, 0.6])
    found = partial_pooling(estimates, np.diag(variances))
    moved = np.abs(found.shrunken - estimates)
    assert moved[3] > 3 * moved[2]
    assert found.mean.value < found.shrunken[3] < 1.0


def test_intervals_of_mean_and_spread_cover() -> None:
    """An exact test at 500 draws leaves 95 % within 92.6 to 97.1."""
    draw, k, spread = np.random.default_rng(1), 10, 0.3
    variances = draw.uniform(0.02, 0.3, k)
    covered = []
    for _ in range(500):
        estimates = draw.normal(0.2, spread, k) + draw.normal(0, np.sqrt(variances))
        found = partial_pooling(estimates, np.diag(variances))
        covered.append((found.mean.low < 0.2 < found.mean.high, found.spread.low <= spread <= found.spread.high))
    shares = np.mean(covered, axis=0)
    assert (shares > 0.926).all(), shares
    assert (shares < 0.971).all(), shares


@pytest.mark.parametrize(("k", "shape"), [(2, (2, 2)), (4, (3, 3))])
def test_too_few_groups_and_other_shapes_are_refused(k: int, shape: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="cannot be pooled"):
        partial_pooling(np.zeros(k), np.eye(*shape))
