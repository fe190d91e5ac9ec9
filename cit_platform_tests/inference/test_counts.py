"""The fit from counts equals the fit to rows, published examples, and itself under equivalent weights."""

import numpy as np
import pandas as pd
import pytest

from cit_platform.inference.counts import fit_counts
from cit_platform.inference.design import Term, design_matrix
from cit_platform.inference.patterns import group_rows
from cit_platform.inference.row_level import fit_rows
from cit_platform_tests.inference.tables import AGE, ALLIGATORS, EXPOSED, FOODS, KIND, PLACE, random_table

TERMS = (EXPOSED, AGE, PLACE, KIND)
NAMES = ("a", "b", "c", "d")


@pytest.mark.parametrize("seed", range(12))
def test_equal_to_the_rows(seed: int) -> None:
    draw = np.random.default_rng(seed)
    n_outcomes = int(draw.integers(2, 5))
    table = random_table(seed + 100, int(draw.integers(400, 3000)), n_outcomes)
    terms = tuple(TERMS[i] for i in sorted(draw.choice(4, int(draw.integers(1, 5)), replace=False)))
    outcome, names = table["outcome"].to_numpy(), NAMES[:n_outcomes]
    patterns = group_rows(table, [term.name for term in terms], outcome, n_outcomes)
    grouped = fit_counts(design_matrix(patterns.frame, terms), patterns.counts, names)
    rows = fit_rows(design_matrix(table, terms), outcome, names)
    assert grouped.columns == rows.columns
    np.testing.assert_allclose(grouped.coefficients, rows.coefficients, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(grouped.covariance, rows.covariance, rtol=1e-8, atol=1e-12)
    assert grouped.log_likelihood == pytest.approx(rows.log_likelihood, rel=1e-12)
    assert grouped.n_rows == rows.n_rows


def test_published_alligators() -> None:
    """Agresti (2002), Table 7.2 prints estimates to two decimals: food choice against fish by lake and size."""
    terms = (Term("size", "categorical", "large"), Term("lake", "categorical", "George"))
    fit = fit_counts(design_matrix(ALLIGATORS, terms), ALLIGATORS[list(FOODS)].to_numpy(dtype=float), FOODS)
    assert [column.label for column in fit.columns] == [
        "intercept",
        "size small",
        "lake Hancock",
        "lake Oklawaha",
        "lake Trafford",
    ]
    assert fit.n_rows == 219
    estimates = {food: fit.coefficients[:, j].round(2).tolist() for j, food in enumerate(FOODS[1:])}
    assert estimates == {
        "invertebrate": [-1.55, 1.46, -1.66, 0.94, 1.12],
        "reptile": [-3.31, -0.35, 1.24, 2.46, 2.94],
        "bird": [-2.09, -0.63, 0.70, -0.65, 1.09],
        "other": [-1.90, 0.33, 0.83, 0.01, 1.52],
    }
    assert fit.std_errors[1:, 0].round(2).tolist() == [0.40, 0.61, 0.47, 0.49]


def test_two_by_two_table_in_closed_form() -> None:
    """The log odds ratio of a fourfold table and its standard error (Woolf 1955)."""
    design = design_matrix(pd.DataFrame({"exposed": [0, 1]}), (EXPOSED,))
    fit = fit_counts(design, np.array([[80.0, 20.0], [60.0, 40.0]]), ("none", "force"))
    assert fit.coefficients[1, 0] == pytest.approx(np.log(40 * 80 / (60 * 20)), rel=1e-12)
    assert fit.std_errors[1, 0] == pytest.approx(np.sqrt(1 / 80 + 1 / 20 + 1 / 60 + 1 / 40), rel=1e-12)


def test_a_billion_rows_in_one_pattern() -> None:
    design = design_matrix(pd.DataFrame({"exposed": [0, 1, 1]}), (EXPOSED,))
    counts = np.array([[0.9e9, 0.1e9], [30.0, 20.0], [0.0, 0.0]])
    fit = fit_counts(design, counts, ("none", "force"))
    assert fit.converged
    assert fit.coefficients[1, 0] == pytest.approx(np.log(20 * 9 / 30), rel=1e-9)
    assert fit.std_errors[1, 0] == pytest.approx(np.sqrt(1 / 30 + 1 / 20), rel=1e-6)


def test_pattern_of_weight_zero_changes_nothing() -> None:
    table = random_table(20, 500, 2)
    patterns = group_rows(table, ["exposed", "kind"], table["outcome"].to_numpy(), 2)
    design = design_matrix(patterns.frame, (EXPOSED, KIND))
    plain = fit_counts(design, patterns.counts, ("none", "force"))
    twice = type(design)(design.columns, np.vstack([design.matrix, design.matrix]))
    padded = fit_counts(twice, np.vstack([patterns.counts, np.zeros_like(patterns.counts)]), ("none", "force"))
    np.testing.assert_allclose(padded.coefficients, plain.coefficients, rtol=1e-12)


def test_rare_events_are_no_separation() -> None:
    design = design_matrix(pd.DataFrame({"exposed": [0, 1]}), (EXPOSED,))
    fit = fit_counts(design, np.array([[5e6, 6.0], [4e6, 8.0]]), ("none", "force"))
    assert fit.converged
    assert fit.std_errors[1, 0] == pytest.approx(np.sqrt(1 / 6 + 1 / 8), rel=1e-5)


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ([[50.0, 0.0], [30.0, 20.0]], "exposed (force)"),
        ([[50.0, 0.0], [0.0, 20.0]], "separation"),
        ([[50.0, 0.0], [30.0, 0.0]], "no row has the outcome force"),
        ([[0.0, 0.0], [30.0, 20.0]], "not of full rank"),
    ],
)
@pytest.mark.filterwarnings("error")
def test_degenerate_counts_have_a_verdict_and_no_numbers(counts: list[list[float]], words: str) -> None:
    design = design_matrix(pd.DataFrame({"exposed": [0, 1]}), (EXPOSED,))
    fit = fit_counts(design, np.array(counts), ("none", "force"))
    assert words in fit.verdict
    assert not fit.converged
    assert np.isnan(fit.coefficients).all()


@pytest.mark.parametrize("spoiled", [-1.0, np.nan, np.inf])
def test_counts_that_are_no_counts_are_refused(spoiled: float) -> None:
    design = design_matrix(pd.DataFrame({"exposed": [0, 1]}), (EXPOSED,))
    with pytest.raises(ValueError, match="finite and not negative"):
        fit_counts(design, np.array([[spoiled, 1.0], [1.0, 1.0]]), ("none", "force"))
    with pytest.raises(ValueError, match="expected"):
        fit_counts(design, np.ones((3, 2)), ("none", "force"))


def test_known_truth_is_recovered() -> None:
    draw = np.random.default_rng(7)
    table = random_table(30, 60_000, 2)
    predictor = -2.0 + 0.4 * table["exposed"] + 0.02 * table["age"] + 0.7 * (table["kind"] == "b")
    outcome = (draw.random(len(table)) < 1 / (1 + np.exp(-predictor))).astype(int).to_numpy()
    patterns = group_rows(table, [term.name for term in TERMS], outcome, 2)
    fit = fit_counts(design_matrix(patterns.frame, TERMS), patterns.counts, ("none", "force"))
    truth = {"intercept": -2.0, "exposed": 0.4, "age": 0.02, "kind b": 0.7}
    for i, column in enumerate(fit.columns):
        distance = abs(fit.coefficients[i, 0] - truth.get(column.label, 0.0))
        assert distance < 3.5 * fit.std_errors[i, 0], column.label
