"""The bench of `cit pool` in small: intervals of the mean hold, the fixed one does not, the documented table is it."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.pool import MEAN, NUMBERS, RESULT, SD, coverage, coverage_of_pair, judged, pair, table
from cit_platform_tests.conftest import REPOSITORY

METHODS = REPOSITORY / "docs" / "methods.md"


def test_the_mean_of_drawn_agencies_is_held_and_the_fixed_interval_holds_it_too_seldom() -> None:
    """Of 200 draws at 95 % 181 or fewer would come once in 500 times."""
    for line in coverage("counts", SD, 200):
        assert line["pooled"] >= 0.91, line
        assert line["fixed"] < 0.8, line
        assert np.isnan(line["predicted"]) == (line["agencies"] == 2)
        assert not line["predicted"] < 0.85, line


def test_two_agencies_of_0_8_and_1_1_are_held() -> None:
    line = coverage_of_pair("counts", 200)
    assert line["pooled"] >= 0.91
    assert line["fixed"] < 0.9


def test_a_city_has_the_odds_ratio_it_was_drawn_with() -> None:
    """Two cities fitted by the primary specification: each estimate within 3.5 standard errors of the truth."""
    estimates = pair("cities", 0)
    assert (np.abs(estimates[:, 0] - np.log([0.8, 1.1])) < 3.5 * estimates[:, 1]).all()
    assert judged(estimates, None)["pooled"] in (0.0, 1.0)


def test_agencies_are_drawn_about_the_pair() -> None:
    assert np.exp(MEAN) == pytest.approx((0.8 * 1.1) ** 0.5)
    assert pytest.approx(np.log(1.1 / 0.8) / 2**0.5) == SD


def test_the_documented_table_is_the_committed_result() -> None:
    result = pd.read_csv(RESULT)
    assert set(result["draws"]) == {200, 2_000}
    assert set(result["agencies"]) == {each for numbers in NUMBERS.values() for each in numbers}
    assert table(result) in METHODS.read_text(encoding="utf-8")
