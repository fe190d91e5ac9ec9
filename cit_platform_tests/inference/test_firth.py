"""Firth's fit has its closed form, equals a plain maximisation over rows, and is finite where likelihood is not."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from cit_platform.inference.counts import fit_counts
from cit_platform.inference.design import Design, design_matrix, design_of, predictors_of
from cit_platform.inference.firth import fit_firth
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


@pytest.mark.filterwarnings("error", "ignore::ResourceWarning")
def test_complete_separation_has_finite_numbers() -> None:
    table = random_table(62, 300, 2)
    table["outcome"] = (table["age"] > 20).astype(np.int64)
    design, counts = grouped(table)
    assert "separation" in str(fit_counts(design, counts, NAMES).verdict)
    fit = fit_firth(design, counts, NAMES)
    assert (fit.converged, fit.verdict) == (True, None)
    assert np.isfinite(fit.coefficients).all()
    assert np.isfinite(fit.std_errors).all()
    assert fit.coefficients[design.positions("age")[0], 0] > 0


def test_with_many_events_it_is_the_ordinary_fit() -> None:
    counts = np.array([[80.0, 20.0], [60.0, 40.0]]) * 1e5
    ordinary, penalised_fit = fit_counts(TWO_BY_TWO, counts, NAMES), fit_firth(TWO_BY_TWO, counts, NAMES)
    np.testing.assert_allclose(penalised_fit.coefficients, ordinary.coefficients, atol=1e-6)
    np.testing.assert_allclose(penalised_fit.std_errors, ordinary.std_errors, rtol=1e-6)


def test_three_events_in_a_billion_rows() -> None:
    counts = np.array([[5e8, 0.0], [5e8, 3.0]])
    fit = fit_firth(TWO_BY_TWO, counts, NAMES)
    assert fit.coefficients[1, 0] == pytest.approx(np.log(3.5 / 0.5), abs=1e-6)


def test_an_intercept_alone_gains_half_an_event() -> None:
    design = Design(TWO_BY_TWO.columns[:1], np.ones((1, 1)))
    counts = np.array([[30.0, 10.0]])
    fit = fit_firth(design, counts, NAMES)
    assert fit.coefficients[0, 0] == pytest.approx(np.log(10.5 / 30.5))


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
    assert words in str(fit.verdict)
    assert not fit.converged
    assert np.isnan(fit.coefficients).all()


def test_what_does_not_belong_together_is_refused() -> None:
    counts = np.array([[80.0, 20.0], [60.0, 40.0]])
    with pytest.raises(ValueError, match="two outcomes"):
        fit_firth(TWO_BY_TWO, np.ones((2, 3)), ("a", "b", "c"))
    with pytest.raises(ValueError, match="not negative"):
        fit_firth(TWO_BY_TWO, -counts, NAMES)


@pytest.mark.filterwarnings("error", "ignore::ResourceWarning")
@pytest.mark.parametrize(("seed", "n"), [(0, 360), (1, 80), (2, 300)])
def test_every_coefficient_of_a_separated_table_is_at_a_maximum(seed: int, n: int) -> None:
    """Outcomes given exactly by a number (even seeds) or by two levels together (odd seeds)."""
    table = random_table(70 + seed, n, 2)
    separated = table["age"] > 15 if seed % 2 == 0 else (table["exposed"] == 1) & (table["kind"] == "a")
    design, counts = grouped(table.assign(outcome=separated.astype(np.int64)))
    fit = fit_firth(design, counts, NAMES)
    assert fit.converged
    matrix, outcome = design_matrix(table, TERMS).matrix, separated.to_numpy().astype(np.int64)
    top = penalised(fit.coefficients[:, 0], matrix, outcome)
    assert top == pytest.approx(fit.log_likelihood, rel=1e-9)
    for move in np.diag(0.1 * fit.std_errors[:, 0]):
        assert penalised(fit.coefficients[:, 0] + move, matrix, outcome) < top
        assert penalised(fit.coefficients[:, 0] - move, matrix, outcome) < top
