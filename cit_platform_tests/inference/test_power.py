"""Smallest detectable effects and design effects by their definitions, and the published force result under them."""

from math import exp, inf, nan, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from cit_platform.inference.power import (
    DETECTABLE_STD_ERRORS,
    design_effect,
    p_value_under_design_effect,
    smallest_detectable,
)


def test_smallest_detectable_effect_is_found_in_four_of_five_studies() -> None:
    assert round(DETECTABLE_STD_ERRORS, 2) == 2.80
    effect = smallest_detectable(0.05)
    assert effect.log_odds == pytest.approx(2.801585 * 0.05, rel=1e-6)
    assert effect.odds_ratio == pytest.approx(exp(effect.log_odds))
    statistic = effect.log_odds / 0.05
    assert norm.sf(1.959964 - statistic) + norm.cdf(-1.959964 - statistic) == pytest.approx(0.80, abs=1e-4)


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
    with pytest.raises(ValueError, match="positive standard error"):
        smallest_detectable(error)
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
