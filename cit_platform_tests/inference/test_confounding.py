"""Bias by an unrecorded trait: published examples, the identity behind the factor, and its inverse."""

import numpy as np
import pytest

from cit_platform.inference.confounding import (
    bias_factor,
    e_value,
    e_value_of_limit,
    share_needed,
    strength_against_rest,
)


def of(*values: float) -> np.ndarray:
    return np.array(values)


def test_the_array_of_schneeweiss() -> None:
    """Schneeweiss (2006), Pharmacoepidemiology and Drug Safety 15, 291-303; printed by episensr::confounders.array."""
    adjusted = 1.5 / bias_factor(of(5.5), of(0.5), of(0.1))
    assert adjusted == pytest.approx([0.6692], abs=5e-5)


def test_the_factor_is_the_ratio_of_the_average_risks() -> None:
    risk = 0.02 * np.where([True, False], 3.0, 1.0)
    exposed, others = risk @ of(0.35, 0.65), risk @ of(0.2, 0.8)
    assert bias_factor(of(3.0), of(0.35), of(0.2))[0] == pytest.approx(exposed / others)


def test_the_share_needed_gives_the_whole_ratio_and_is_none_where_no_share_does() -> None:
    ratio, strength, others = of(0.8, 1.4, 0.5), of(3.0, 3.0, 1.2), of(0.2, 0.2, 0.2)
    share = share_needed(ratio, strength, others)
    assert bias_factor(strength[:2], share[:2], others[:2]) == pytest.approx(ratio[:2])
    assert np.isnan(share[2])


def test_e_values_of_vanderweele_and_ding() -> None:
    """VanderWeele and Ding (2017) on smoking, 10.73 (8.02 to 14.36), and infant feeding, 3.9 (1.8 to 8.7).

    Digits as R's EValue prints them; a ratio of 0.80 is inverted first.
    """
    assert e_value(of(10.73, 8.02, 3.9)) == pytest.approx([20.94777, 15.52336, 7.263034], abs=1e-5)
    assert e_value(of(0.8)) == pytest.approx(e_value(of(1.25)))
    low, high = of(8.02, 1.8, 0.71, 0.9), of(14.36, 8.7, 0.91, 1.2)
    assert e_value_of_limit(low, high) == pytest.approx([15.52336, 3.0, 1.428571, 1.0], abs=1e-5)


def test_a_level_against_the_rest() -> None:
    strength = strength_against_rest(np.log(of(1.0, 2.0, 6.0)), of(0.5, 0.4, 0.1))
    assert strength == pytest.approx([1.0 / (1.4 / 0.5), 2.0 / (1.1 / 0.6), 6.0 / (1.3 / 0.9)])
    assert np.isnan(strength_against_rest(of(0.0), of(1.0)))


def test_what_is_no_share_or_no_strength_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        bias_factor(of(2.0), of(1.1), of(0.1))
    with pytest.raises(ValueError, match="above 0"):
        bias_factor(of(0.0), of(0.1), of(0.1))
