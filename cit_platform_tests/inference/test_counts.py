"""The fit from counts equals the fit to rows, published examples, and itself under equivalent weights."""

import numpy as np
import pandas as pd
import pytest

from cit_platform.inference import counts as counts_module
from cit_platform.inference.counts import fit_counts
from cit_platform.inference.design import Design, DesignColumn, Term, design_matrix, design_of, predictors_of
from cit_platform.inference.likelihood import probabilities, residuals
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
    patterns = group_rows(predictors_of(table, terms), outcome, n_outcomes)
    grouped = fit_counts(design_of(patterns.predictors, terms), patterns.counts, names)
    rows = fit_rows(design_matrix(table, terms), outcome, names)
    assert grouped.columns == rows.columns
    np.testing.assert_allclose(grouped.coefficients, rows.coefficients, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(grouped.covariance, rows.covariance, rtol=1e-8, atol=1e-12)
    assert grouped.log_likelihood == pytest.approx(rows.log_likelihood, rel=1e-12)
    assert grouped.n_rows == rows.n_rows


def test_published_alligators() -> None:
    """Agresti (2002), sec. 7.1.2 prints the estimates to two decimals: food choice against fish by lake and size."""
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
    patterns = group_rows(predictors_of(table, (EXPOSED, KIND)), table["outcome"].to_numpy(), 2)
    design = design_of(patterns.predictors, (EXPOSED, KIND))
    plain = fit_counts(design, patterns.counts, ("none", "force"))
    twice = type(design)(design.columns, np.vstack([design.matrix, design.matrix]))
    padded = fit_counts(twice, np.vstack([patterns.counts, np.zeros_like(patterns.counts)]), ("none", "force"))
    np.testing.assert_allclose(padded.coefficients, plain.coefficients, rtol=1e-12)


def test_rare_events_are_no_separation() -> None:
    design = design_matrix(pd.DataFrame({"exposed": [0, 1]}), (EXPOSED,))
    fit = fit_counts(design, np.array([[5e6, 6.0], [4e6, 8.0]]), ("none", "force"))
    assert fit.converged
    assert fit.std_errors[1, 0] == pytest.approx(np.sqrt(1 / 6 + 1 / 8), rel=1e-5)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("unit", [1.0, 1e7, 1e-3], ids=["one", "millions", "shares"])
def test_a_step_in_higher_precision_finds_nothing_left(seed: int, unit: float) -> None:
    """One more Newton step from a gradient in extended precision moves no coefficient by 1e-12 of a standard error."""
    draw = np.random.default_rng(seed)
    n_outcomes = 2 + seed % 3
    table = random_table(200 + seed, 700, n_outcomes)
    patterns = group_rows(predictors_of(table, TERMS), table["outcome"].to_numpy(), n_outcomes)
    counts = patterns.counts * unit * draw.uniform(0.5, 1.5, (len(patterns.counts), 1))
    design = design_of(patterns.predictors, TERMS)
    fit = fit_counts(design, counts, NAMES[:n_outcomes])
    matrix, exact = design.matrix.astype(np.longdouble), fit.coefficients.astype(np.longdouble)
    odds = np.column_stack([np.ones(len(matrix), np.longdouble), np.exp(matrix @ exact)])
    expected = counts.sum(axis=1, keepdims=True) * odds / odds.sum(axis=1, keepdims=True)
    gradient = (matrix.T @ (counts - expected)[:, 1:]).ravel(order="F").astype(float)
    step = (fit.covariance @ gradient).reshape(fit.coefficients.shape, order="F")
    assert np.max(np.abs(step) / (np.abs(fit.coefficients) + fit.std_errors)) < 1e-12


@pytest.mark.parametrize("largest_step", [counts_module.LARGEST_STEP, 1e9], ids=["bounded", "halved only"])
def test_steps_that_overshoot_are_shortened(largest_step: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Full Newton steps do not find this maximum: after some of them every probability is 0 or 1."""
    monkeypatch.setattr(counts_module, "LARGEST_STEP", largest_step)
    values = np.array([0.0, 3.0, 5.0, 10.0, 30.0])
    design = design_matrix(pd.DataFrame({"age": values}), (AGE,))
    counts = np.array([[70.0, 0.0], [189.0, 15.0], [61.0, 0.0], [20.0, 0.0], [21.0, 26.0]])
    fit = fit_counts(design, counts, ("none", "force"))
    assert fit.converged
    expected = counts.sum(axis=1) / (1 + np.exp(-design.matrix @ fit.coefficients[:, 0]))
    np.testing.assert_allclose(design.matrix.T @ (counts[:, 1] - expected), 0.0, atol=1e-9)
    np.testing.assert_allclose(fit.coefficients[:, 0], [-3.51261949, 0.12280366], rtol=1e-7)


def test_steps_are_bounded() -> None:
    """Halving alone steps over this maximum to where no probability has any curvature left."""
    design = design_matrix(pd.DataFrame({"age": [1e3, 1e6]}), (AGE,))
    counts = np.array([[467_845_915.0, 6_308_100.0], [47.0, 366.0]])
    fit = fit_counts(design, counts, ("none", "force"))
    odds = np.log(counts[:, 1] / counts[:, 0])
    assert fit.coefficients[1, 0] == pytest.approx((odds[1] - odds[0]) / (1e6 - 1e3), rel=1e-9)
    assert fit.coefficients[0, 0] == pytest.approx(odds[0] - 1e3 * fit.coefficients[1, 0], rel=1e-9)


def test_billions_that_contradict_each_other_converge() -> None:
    """A likelihood of 1e10 cannot tell the last steps from rounding."""
    values = pd.DataFrame({"exposed": [0, 1, 1, 0, 0], "age": [30.0, 1.0, 1000.0, 0.0, 2.0]})
    design = design_matrix(values, (EXPOSED, AGE))
    counts = np.array([[1e9, 301.0], [1e9, 321.0], [1e9, 7.0], [42.0, 1e9], [601.0, 1e9]])
    fit = fit_counts(design, counts, ("none", "force"))
    assert fit.converged
    gradient = design.matrix.T @ residuals(counts, probabilities(design.matrix, fit.coefficients))
    assert gradient[:, 0] @ fit.covariance @ gradient[:, 0] < 1e-16


@pytest.mark.parametrize("far", [1e3, 1e5])
def test_one_value_far_from_all_others_is_no_separation(far: float) -> None:
    values = pd.DataFrame({"age": [0.0, 1.0, 2.0, far]})
    counts = np.array([[50.0, 10.0], [40.0, 20.0], [30.0, 30.0], [5.0, 5.0]])
    fit = fit_counts(design_matrix(values, (AGE,)), counts, ("none", "force"))
    assert fit.converged
    assert 0 < fit.std_errors[1, 0] < 100 / far


@pytest.mark.parametrize("rows", [1e9, 1e11])
def test_few_events_in_one_huge_pattern(rows: float) -> None:
    """Five events in a billion rows are an estimate, not a separation."""
    design = design_matrix(pd.DataFrame({"exposed": [0, 1]}), (EXPOSED,))
    fit = fit_counts(design, np.array([[rows, 5.0], [40.0, 20.0]]), ("none", "force"))
    assert fit.coefficients[0, 0] == pytest.approx(np.log(5 / rows), rel=1e-12)
    assert fit.coefficients[1, 0] == pytest.approx(np.log(20 / 40) - np.log(5 / rows), rel=1e-12)
    assert fit.std_errors[1, 0] == pytest.approx(np.sqrt(1 / 5 + 1 / 20 + 1 / 40 + 1 / rows), rel=1e-9)
    turned = fit_counts(design, np.array([[5.0, rows], [20.0, 40.0]]), ("none", "force"))
    np.testing.assert_allclose(turned.coefficients, -fit.coefficients, rtol=1e-12)
    np.testing.assert_allclose(turned.covariance, fit.covariance, rtol=1e-9)


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ([[50.0, 0.0], [30.0, 20.0]], "exposed (force)"),
        ([[50.0, 0.0], [0.0, 20.0]], "separation"),
        ([[50.0, 0.0], [30.0, 0.0]], "no row has the outcome force"),
        ([[0.0, 0.0], [30.0, 20.0]], "the design matrix is not of full rank: intercept, exposed are collinear"),
        ([[30.0, 20.0], [0.0, 0.0]], "the design matrix is not of full rank: exposed is zero in every row"),
        ([[0.0, 0.0], [0.0, 0.0]], "no rows"),
    ],
)
@pytest.mark.filterwarnings("error", "ignore::ResourceWarning")
def test_degenerate_counts_have_a_verdict_and_no_numbers(counts: list[list[float]], words: str) -> None:
    design = design_matrix(pd.DataFrame({"exposed": [0, 1]}), (EXPOSED,))
    fit = fit_counts(design, np.array(counts), ("none", "force"))
    assert words in str(fit.verdict)
    assert not fit.converged
    assert np.isnan(fit.coefficients).all()


@pytest.mark.parametrize("spoiled", [-1.0, np.nan, np.inf])
def test_counts_that_are_no_counts_are_refused(spoiled: float) -> None:
    design = design_matrix(pd.DataFrame({"exposed": [0, 1]}), (EXPOSED,))
    with pytest.raises(ValueError, match="finite and not negative"):
        fit_counts(design, np.array([[spoiled, 1.0], [1.0, 1.0]]), ("none", "force"))
    with pytest.raises(ValueError, match="expected"):
        fit_counts(design, np.ones((3, 2)), ("none", "force"))


@pytest.mark.parametrize("spoiled", [np.nan, np.inf, -np.inf])
def test_a_design_with_values_that_are_none_is_refused(spoiled: float) -> None:
    design = Design((DesignColumn("intercept"), DesignColumn("age")), np.array([[1.0, spoiled], [1.0, 1.0]]))
    with pytest.raises(ValueError, match="age has missing or infinite values"):
        fit_counts(design, np.ones((2, 2)), ("none", "force"))


def test_known_truth_is_recovered() -> None:
    draw = np.random.default_rng(7)
    table = random_table(30, 60_000, 2)
    predictor = -2.0 + 0.4 * table["exposed"] + 0.02 * table["age"] + 0.7 * (table["kind"] == "b")
    outcome = (draw.random(len(table)) < 1 / (1 + np.exp(-predictor))).astype(int).to_numpy()
    patterns = group_rows(predictors_of(table, TERMS), outcome, 2)
    fit = fit_counts(design_of(patterns.predictors, TERMS), patterns.counts, ("none", "force"))
    truth = {"intercept": -2.0, "exposed": 0.4, "age": 0.02, "kind b": 0.7}
    for i, column in enumerate(fit.columns):
        distance = abs(fit.coefficients[i, 0] - truth.get(column.label, 0.0))
        assert distance < 3.5 * fit.std_errors[i, 0], column.label
