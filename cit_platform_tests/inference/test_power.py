"""Smallest detectable effects and design effects by their definitions, and the published force result under them."""

from math import inf, nan, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, t

from cit_platform.inference.power import (
    design_effect,
    detectable_std_errors,
    p_value_under_design_effect,
    power_of_all,
)


def test_the_smallest_detectable_effect_is_found_in_four_of_five_studies() -> None:
    statistic = float(detectable_std_errors())
    assert statistic == pytest.approx(2.801585, rel=1e-6)
    assert norm.sf(1.959964 - statistic) + norm.cdf(-1.959964 - statistic) == pytest.approx(0.80, abs=1e-4)


def test_with_few_clusters_an_effect_must_be_larger_to_be_found() -> None:
    needed = detectable_std_errors(np.array([11.0, 1e9]))
    assert needed == pytest.approx([t.ppf(0.975, 10) + t.ppf(0.8, 10), 2.801585], rel=1e-6)


@pytest.mark.parametrize(("deff", "p_value"), [(1.0, "0.027"), (1.27, "0.050"), (1.5, "0.071"), (2.0, "0.118")])
def test_published_force_result_under_dependence(deff: float, p_value: str) -> None:
    """Odds ratio 1.13 with p = 0.027, as printed in the public summary (docs/methods.md, Replication)."""
    assert f"{p_value_under_design_effect(0.027, deff):.3f}" == p_value


def test_design_effect_is_the_ratio_of_variances() -> None:
    assert design_effect(0.06, 0.05) == pytest.approx(1.44)


@given(st.floats(1e-6, 0.999), st.floats(0.2, 20.0))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_the_statistic_shrinks_by_the_root_of_the_design_effect(p_value: float, deff: float) -> None:
    statistic = norm.isf(p_value / 2)
    corrected = p_value_under_design_effect(p_value, deff)
    assert corrected == pytest.approx(2 * norm.sf(statistic / sqrt(deff)), rel=1e-8)


@pytest.mark.parametrize("error", [0.0, -1.0, nan, inf])
def test_errors_that_are_none_are_refused(error: float) -> None:
    with pytest.raises(ValueError, match="two positive standard errors"):
        design_effect(error, 0.1)
    with pytest.raises(ValueError, match="two positive standard errors"):
        design_effect(0.1, error)
    with pytest.raises(ValueError, match="positive number"):
        p_value_under_design_effect(0.03, error)


@pytest.mark.parametrize("p_value", [0.0, 1.0, -0.1, nan])
def test_p_values_that_are_none_are_refused(p_value: float) -> None:
    with pytest.raises(ValueError, match="must lie between 0 and 1"):
        p_value_under_design_effect(p_value, 1.5)


@given(st.lists(st.floats(-0.5, 1.0), min_size=1, max_size=4), st.integers(0, 10_000))
@settings(max_examples=20, deadline=None, derandomize=True)
def test_power_of_a_claim_of_all_is_the_share_of_draws_in_which_all_lie_above(effects: list[float], seed: int) -> None:
    draw = np.random.default_rng(seed)
    k = len(effects)
    root = draw.normal(0, 0.2, (k, k)) + 0.15 * np.eye(k)
    covariance = root @ root.T + 0.001 * np.eye(k)
    estimates = draw.multivariate_normal(effects, covariance, 50_000)
    simulated = (estimates > 1.959964 * np.sqrt(np.diag(covariance))).all(axis=1).mean()
    assert power_of_all(np.array(effects), covariance) == pytest.approx(simulated, abs=0.015)


def test_power_of_a_claim_of_independent_parts_is_the_product_and_less_by_t() -> None:
    effects, covariance = np.array([0.37, 0.2, 0.24]), np.diag([0.01, 0.02, 0.01])
    alone = norm.sf(1.959964 - effects / np.sqrt(np.diag(covariance)))
    assert power_of_all(effects, covariance) == pytest.approx(alone.prod(), rel=1e-4)
    assert power_of_all(effects, covariance, np.array([8.0, 30.0, 30.0])) < 0.9 * alone.prod()


@pytest.mark.parametrize("covariance", [np.eye(2), np.zeros((3, 3))])
def test_a_covariance_that_is_none_is_refused(covariance: np.ndarray) -> None:
    with pytest.raises(ValueError, match="power of 3 estimates"):
        power_of_all(np.ones(3), covariance)
