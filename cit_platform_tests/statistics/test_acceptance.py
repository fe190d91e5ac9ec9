"""The acceptance bench in small: estimators near the truth, naive ones not, and the documented table is the result."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.acceptance.__main__ import RESULT, lines, summary
from benchmarks.acceptance.cities import ESTIMATORS, HIGHER, Found
from benchmarks.measurement.__main__ import PAGE

N_CITIES = {"standardised risk difference": 40, "bounds under selection": 10}
# How far off the naive number is, in its own direction.
NAIVE = {
    "standardised risk difference": (0.008, 0.03),
    "presence contrast": (-0.30, -0.12),
    "misclassified certification": (-0.16, -0.02),
    "calibrated by eight controls": (0.10, 0.20),
    "bounds under selection": (0.0, 0.10),
}


@pytest.mark.parametrize("name", ESTIMATORS)
def test_an_estimator_is_near_the_truth_and_the_naive_number_is_not(name: str) -> None:
    """A mean error of 4 Monte-Carlo errors would be found, and half of the coverage."""
    seeds = range(N_CITIES.get(name, 150))
    found = summary([ESTIMATORS[name](np.random.default_rng([seed, 9]), HIGHER) for seed in seeds])
    assert abs(found["monte_carlo_errors"]) < 4
    assert found["coverage"] > 80
    low, high = NAIVE[name]
    assert low < found["naive_error"] < high


def test_the_summary_counts_what_it_says() -> None:
    found = summary([Found(0.2, 0.1, 0.0, 0.4, 0.1, 0.5), Found(0.4, 0.1, 0.2, 0.6, 0.1, 0.5)])
    assert found["mean_error"] == pytest.approx(0.2)
    assert found["monte_carlo_errors"] == pytest.approx(0.2 / (0.02**0.5 / 2**0.5))
    assert found["standard_errors"] == pytest.approx(2.0)
    assert (found["coverage"], found["leaves_out_0"], found["naive_error"]) == (50.0, 50.0, pytest.approx(0.4))


def test_the_documented_table_is_the_committed_result() -> None:
    page = PAGE.read_text(encoding="utf-8")
    result = pd.read_csv(RESULT)
    assert set(result["cities"]) == {1_000}
    assert [line for line in lines(result) if line not in page] == []
