"""Firth's fit has its closed form, equals a plain maximisation over rows, and is finite where likelihood is not."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import chdtri

from cit_platform.inference.counts import fit_counts
from cit_platform.inference.design import Design, DesignColumn, design_matrix, design_of, predictors_of
from cit_platform.inference.firth import fit_firth, profile_interval
from cit_platform.inference.patterns import group_rows
from cit_platform_tests.inference.tables import AGE, EXPOSED, KIND, PLACE, random_table

TERMS = (EXPOSED, AGE, PLACE, KIND)
NAMES = ("none", "force")
TWO_BY_TWO = design_matrix(pd.DataFrame({"exposed": [0, 1]}), (EXPOSED,))
EXPOSURE = TWO_BY_TWO.columns[1]


def grouped(table: pd.DataFrame) -> tuple[Design, np.ndarray]:
    patterns = group_rows(predictors_of(table, TERMS), table["outcome"].to_numpy(), 2)
    return design_of(patterns.predictors, TERMS), patterns.counts


def penalised(coefficients: np.ndarray, matrix: np.ndarray, outcome: np.ndarray) -> float:
    """The penalised log-likelihood as Firth (1993) writes it, row by row."""
    predictor = matrix @ coefficients
    probability = 1 / (1 + np.exp(-predictor))
    information = matrix.T @ (matrix * (probability * (1 - probability))[:, None])
    return float((outcome * predictor - np.logaddexp(0, predictor)).sum() + np.linalg.slogdet(information)[1] / 2)


@pytest.mark.parametrize("rare", [0.0, -3.0])
def test_equal_to_a_search_over_rows(rare: float) -> None:
    table = random_table(60, 400, 2)
    draw = np.random.default_rng(61)
    table["outcome"] = (draw.random(400) < 1 / (1 + np.exp(-rare - 0.4 * table["exposed"]))).astype(np.int64)
    design, counts = grouped(table)
    fit = fit_firth(design, counts, NAMES)
    matrix, outcome = design_matrix(table, TERMS).matrix, table["outcome"].to_numpy()
    scale = np.sqrt((matrix**2).mean(axis=0))
    peer = minimize(lambda b: -penalised(b / scale, matrix, outcome), np.zeros(len(scale)), tol=1e-7)
    np.testing.assert_allclose(fit.coefficients[:, 0], peer.x / scale, atol=2e-4)
    assert fit.log_likelihood == pytest.approx(penalised(fit.coefficients[:, 0], matrix, outcome), abs=1e-8)
    assert fit.log_likelihood >= -peer.fun - 1e-8
    probability = 1 / (1 + np.exp(-matrix @ fit.coefficients[:, 0]))
    information = matrix.T @ (matrix * (probability * (1 - probability))[:, None])
    np.testing.assert_allclose(fit.covariance, np.linalg.inv(information), rtol=1e-8)
    assert (fit.converged, fit.n_rows, fit.n_clusters) == (True, 400, None)


@given(st.lists(st.integers(0, 40), min_size=4, max_size=4))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_fourfold_table_gains_half_a_row_in_each_cell(cells: list[int]) -> None:
    """The closed form for a saturated model: Firth's estimate is that of the counts plus one half."""
    counts = np.array(cells, dtype=float).reshape(2, 2)
    fit = fit_firth(TWO_BY_TWO, counts, NAMES)
    if (counts.sum(axis=0) == 0).any() or (counts.sum(axis=1) == 0).any():
        assert not fit.converged
        return
    (a, b), (c, d) = counts + 0.5
    np.testing.assert_allclose(fit.coefficients[:, 0], [np.log(b / a), np.log(a * d / (b * c))], atol=1e-8)
    interval = profile_interval(fit, TWO_BY_TWO, counts, EXPOSURE)
    assert interval.low < fit.coefficients[1, 0] < interval.high
    assert (interval.low < 0 < interval.high) == (interval.p_value > 0.05)


@pytest.mark.filterwarnings("error", "ignore::ResourceWarning")
def test_complete_separation_has_finite_numbers() -> None:
    table = random_table(62, 300, 2)
    table["outcome"] = (table["age"] > 20).astype(np.int64)
    design, counts = grouped(table)
    assert "separation" in fit_counts(design, counts, NAMES).verdict
    fit = fit_firth(design, counts, NAMES)
    assert (fit.converged, fit.verdict) == (True, "")
    assert np.isfinite(fit.coefficients).all()
    assert np.isfinite(fit.std_errors).all()
    age = profile_interval(fit, design, counts, DesignColumn("age"))
    assert 0 < age.low < fit.coefficients[design.positions("age")[0], 0] < age.high < 20
    assert age.p_value < 1e-10


def test_limits_lie_where_a_search_with_the_coefficient_held_finds_the_fall() -> None:
    table = random_table(63, 250, 2)
    table.loc[table["kind"] == "d", "outcome"] = 0
    design, counts = grouped(table)
    fit = fit_firth(design, counts, NAMES)
    matrix, outcome = design_matrix(table, TERMS).matrix, table["outcome"].to_numpy()
    position = design.columns.index(DesignColumn("kind", "d"))
    interval = profile_interval(fit, design, counts, design.columns[position])
    scale = np.sqrt((np.delete(matrix, position, axis=1) ** 2).mean(axis=0))

    def fall(held: float) -> float:
        def height(others: np.ndarray) -> float:
            return -penalised(np.insert(others / scale, position, held), matrix, outcome)

        start = np.delete(fit.coefficients[:, 0], position) * scale
        return 2 * (fit.log_likelihood + minimize(height, start, tol=1e-7).fun)

    assert fall(interval.low) == pytest.approx(float(chdtri(1, 0.05)), abs=1e-5)
    assert fall(interval.high) == pytest.approx(float(chdtri(1, 0.05)), abs=1e-5)
    assert fall(0.0) == pytest.approx(interval.chi2, abs=1e-5)
    # The likelihood of a separated level is skewed, away from zero.
    estimate = fit.coefficients[position, 0]
    assert estimate - interval.low > 1.3 * (interval.high - estimate)


def test_with_many_events_it_is_the_ordinary_fit() -> None:
    counts = np.array([[80.0, 20.0], [60.0, 40.0]]) * 1e5
    ordinary, penalised_fit = fit_counts(TWO_BY_TWO, counts, NAMES), fit_firth(TWO_BY_TWO, counts, NAMES)
    np.testing.assert_allclose(penalised_fit.coefficients, ordinary.coefficients, atol=1e-6)
    interval = profile_interval(penalised_fit, TWO_BY_TWO, counts, EXPOSURE)
    wald = ordinary.coefficients[1, 0] + np.array([-1.96, 1.96]) * ordinary.std_errors[1, 0]
    np.testing.assert_allclose([interval.low, interval.high], wald, atol=1e-5)


def test_three_events_in_a_billion_rows() -> None:
    counts = np.array([[5e8, 0.0], [5e8, 3.0]])
    fit = fit_firth(TWO_BY_TWO, counts, NAMES)
    assert fit.coefficients[1, 0] == pytest.approx(np.log(3.5 / 0.5), abs=1e-6)
    interval = profile_interval(fit, TWO_BY_TWO, counts, EXPOSURE)
    assert interval.low < 0 < interval.high
    assert interval.verdict == ""


def test_an_intercept_alone_has_a_profile() -> None:
    design = Design(TWO_BY_TWO.columns[:1], np.ones((1, 1)))
    counts = np.array([[30.0, 10.0]])
    fit = fit_firth(design, counts, NAMES)
    assert fit.coefficients[0, 0] == pytest.approx(np.log(10.5 / 30.5))
    assert profile_interval(fit, design, counts, design.columns[0]).high < 0


@pytest.mark.parametrize(
    ("matrix", "counts", "words"),
    [
        ([[1, 0], [1, 1]], [[50, 0], [30, 0]], "no row has the outcome force"),
        ([[1, 0], [1, 1]], [[0, 0], [30, 20]], "not of full rank"),
        ([[1, 1], [1, 1]], [[50, 0], [0, 20]], "not of full rank"),
    ],
)
def test_what_no_penalty_can_estimate_has_a_verdict(
    matrix: list[list[float]], counts: list[list[float]], words: str
) -> None:
    design = Design(TWO_BY_TWO.columns, np.array(matrix, dtype=float))
    fit = fit_firth(design, np.array(counts, dtype=float), NAMES)
    assert words in fit.verdict
    assert not fit.converged
    assert np.isnan(fit.coefficients).all()
    with pytest.raises(ValueError, match=words):
        profile_interval(fit, design, np.array(counts, dtype=float), EXPOSURE)


def test_what_does_not_belong_together_is_refused() -> None:
    counts = np.array([[80.0, 20.0], [60.0, 40.0]])
    fit = fit_firth(TWO_BY_TWO, counts, NAMES)
    with pytest.raises(ValueError, match="two outcomes"):
        fit_firth(TWO_BY_TWO, np.ones((2, 3)), ("a", "b", "c"))
    with pytest.raises(ValueError, match="not negative"):
        fit_firth(TWO_BY_TWO, -counts, NAMES)
    with pytest.raises(ValueError, match="not the Firth fit"):
        profile_interval(fit, TWO_BY_TWO, counts + 1, EXPOSURE)
    with pytest.raises(ValueError, match="not the Firth fit"):
        profile_interval(fit_counts(TWO_BY_TWO, counts, NAMES), TWO_BY_TWO, counts, EXPOSURE)
    with pytest.raises(ValueError, match="age is not a column"):
        profile_interval(fit, TWO_BY_TWO, counts, DesignColumn("age"))


def test_a_profile_that_does_not_settle_says_so() -> None:
    """A fit whose standard error is far too small: twelve doublings do not reach the limit."""
    counts = np.array([[80.0, 20.0], [60.0, 40.0]])
    fit = fit_firth(TWO_BY_TWO, counts, NAMES)
    interval = profile_interval(replace(fit, covariance=fit.covariance * 1e-12), TWO_BY_TWO, counts, EXPOSURE)
    assert interval.verdict.startswith("no profile interval of exposed: the likelihood has not fallen enough")
    assert np.isnan([interval.low, interval.high, interval.chi2, interval.p_value]).all()


@pytest.mark.filterwarnings("error", "ignore::ResourceWarning")
@pytest.mark.parametrize(("seed", "n"), [(0, 360), (1, 80), (2, 300)])
def test_every_coefficient_of_a_separated_table_has_limits(seed: int, n: int) -> None:
    """Outcomes told exactly by a number (even seeds) or by two levels together (odd seeds)."""
    table = random_table(70 + seed, n, 2)
    separated = table["age"] > 15 if seed % 2 == 0 else (table["exposed"] == 1) & (table["kind"] == "a")
    design, counts = grouped(table.assign(outcome=separated.astype(np.int64)))
    fit = fit_firth(design, counts, NAMES)
    for position, column in enumerate(fit.columns):
        interval = profile_interval(fit, design, counts, column)
        assert interval.verdict == ""
        assert interval.low < fit.coefficients[position, 0] < interval.high
