"""Pooled agencies against published output, statsmodels' pieces, and draws whose truth is known."""

import numpy as np
import pytest
from scipy.stats import t
from statsmodels.stats.meta_analysis import combine_effects

from cit_platform.inference.partial_pooling import partial_pooling
from cit_platform.inference.pooled_agencies import pool_agencies
from cit_platform_tests.inference.test_partial_pooling import log_risk_ratios


def bcg() -> tuple[np.ndarray, np.ndarray]:
    estimates, variances = log_risk_ratios()
    return estimates, np.sqrt(variances)


def test_the_bcg_trials_give_what_stata_and_metafor_print() -> None:
    """Stata's metan and metafor's rma(method = "DL") and "FE" on dat.bcg, as metafor's own tests hold them together."""
    estimates, errors = bcg()
    peer = combine_effects(estimates, errors**2, method_re="chi2")
    assert peer.tau2 == pytest.approx(0.3088, abs=5e-5)
    assert (peer.mean_effect_re, peer.sd_eff_w_re) == pytest.approx((-0.7141, 0.1787), abs=5e-5)
    assert peer.conf_int(use_t=False)[1] == pytest.approx((-1.0644, -0.3638), abs=6e-5)
    assert peer.mean_effect_fe == pytest.approx(-0.4303, abs=5e-5)
    assert peer.conf_int(use_t=False)[0] == pytest.approx((-0.5097, -0.3509), abs=6e-5)
    assert pool_agencies(estimates, errors).q == pytest.approx(152.2330, abs=5e-5)


def test_mean_and_limits_lie_where_metafor_has_them_with_another_spread() -> None:
    """metafor's README, rma(yi, vi, test = "knha") on dat.bcg: -0.7145 (-1.1084 to -0.3206), t on 12.

    That is at REML's tau² of 0.3132; Paule and Mandel's 0.3181 moves the limits in the third digit.
    """
    found = pool_agencies(*bcg())
    assert found.spread.value**2 == pytest.approx(0.3181, abs=5e-5)
    assert (found.mean.value, found.mean.low, found.mean.high) == pytest.approx((-0.7145, -1.1084, -0.3206), abs=3e-3)


def test_limits_of_spread_and_share_are_those_of_metafor() -> None:
    """confint(rma(yi, vi, data = dat.bcg)): tau² 0.1197 to 1.1115, I² 81.92 to 97.68 %."""
    found = pool_agencies(*bcg())
    assert (found.spread.low**2, found.spread.high**2) == pytest.approx((0.1197, 1.1115), abs=5e-5)
    assert (found.i_squared.low, found.i_squared.high) == pytest.approx((0.8192, 0.9768), abs=5e-5)


def test_the_share_at_the_spread_of_dersimonian_and_laird_is_that_of_q() -> None:
    """Of the two definitions of I² one is the other there: 92.12 % on dat.bcg."""
    estimates, errors = bcg()
    peer = combine_effects(estimates, errors**2, method_re="chi2")
    weight = 1 / errors**2
    typical = 12 * weight.sum() / (weight.sum() ** 2 - (weight**2).sum())
    assert peer.tau2 / (peer.tau2 + typical) == pytest.approx(peer.i2, rel=1e-9)
    assert peer.i2 == pytest.approx(0.921173, abs=5e-7)


@pytest.mark.parametrize("seed", range(20))
def test_statsmodels_and_the_engine_agree(seed: int) -> None:
    """statsmodels stops its steps at an equation that is off by 1e-5; the engine's root is exact."""
    draw = np.random.default_rng(seed)
    k = int(draw.integers(3, 11))
    errors = draw.uniform(0.05, 0.4, k)
    estimates = draw.normal(0, 0.3, k) + draw.normal(0, errors)
    found, engine = pool_agencies(estimates, errors), partial_pooling(estimates, np.diag(errors**2))
    assert found.mean.value == pytest.approx(engine.mean.value, abs=1e-5)
    assert found.mean.high - found.mean.low == pytest.approx(engine.mean.high - engine.mean.low, rel=1e-4)
    assert found.q == pytest.approx(engine.q)
    assert found.spread == engine.spread
    peer = combine_effects(estimates, errors**2)
    assert found.spread.value == pytest.approx(peer.tau2**0.5, abs=1e-5)


def test_a_further_agency_takes_t_on_two_fewer_than_there_are() -> None:
    estimates, errors = np.array([-0.4, 0.1, 0.3, -0.1]), np.array([0.1, 0.15, 0.2, 0.1])
    found = pool_agencies(estimates, errors)
    peer = combine_effects(estimates, errors**2)
    assert found.predicted is not None
    half = t.ppf(0.975, 2) * np.sqrt(peer.tau2 + peer.var_eff_w_re)
    assert (found.predicted.low, found.predicted.high) == pytest.approx(
        (found.mean.value - half, found.mean.value + half), rel=1e-4
    )


def test_two_agencies_that_agree_keep_an_interval_and_predict_nothing() -> None:
    """Without the least factor of 1 the interval has no width; DerSimonian and Laird's would have a spread below 0."""
    estimates, errors = np.array([0.1, 0.1]), np.array([0.2, 0.2])
    peer = combine_effects(estimates, errors**2, method_re="chi2", use_t=True)
    assert peer.tau2 < 0
    assert np.ptp(peer.conf_int()[3]) == pytest.approx(0.0, abs=1e-12)
    found = pool_agencies(estimates, errors)
    assert found.mean.high - found.mean.value == pytest.approx(t.ppf(0.975, 1) * 0.2 / np.sqrt(2))
    assert found.predicted is None
    assert found.spread.value == found.i_squared.value == 0.0
    assert np.isnan(found.spread.high), "closer together than chance leaves two agencies in 97.5 of 100 cases"
    assert np.isnan(found.i_squared.high)


@pytest.mark.parametrize(
    ("estimates", "errors"),
    [([0.1], [0.2]), ([], []), ([0.1, 0.2], [0.2]), ([0.1, np.nan], [0.2, 0.2]), ([0.1, 0.2], [0.2, 0.0])],
)
def test_what_cannot_be_pooled_is_refused(estimates: list[float], errors: list[float]) -> None:
    with pytest.raises(ValueError, match=r"cannot be pooled|missing"):
        pool_agencies(np.array(estimates), np.array(errors))
