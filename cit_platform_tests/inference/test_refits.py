"""Refits under weights of clusters equal fits to the rows so weighted; those that fail say why."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from cit_platform.inference import refits
from cit_platform.inference.counts import fit_counts
from cit_platform.inference.design import Term, design_matrix
from cit_platform.inference.refits import refit
from cit_platform_tests.inference.clustered_tables import TERMS, Fitted, clustered_table, fitted
from cit_platform_tests.inference.tables import EXPOSED, KIND

pytestmark = pytest.mark.filterwarnings("error", "ignore::ResourceWarning")


def refit_by(problem: Fitted, weights: np.ndarray) -> refits.Refits:
    return refit(problem.fit, problem.design, problem.cells, problem.cells.clusters[:, 0], weights)


@pytest.mark.parametrize("n_outcomes", [2, 3])
def test_equal_to_statsmodels_on_the_weighted_rows(n_outcomes: int) -> None:
    rows = clustered_table(80, 1500, n_outcomes)
    problem, weights = fitted(rows, n_outcomes), np.random.default_rng(1).integers(0, 4, (6, rows["cluster"].max() + 1))
    found = refit_by(problem, weights.astype(float))
    assert found.reasons == ("",) * 6
    matrix, model = design_matrix(rows, TERMS).matrix, sm.Logit if n_outcomes == 2 else sm.MNLogit
    for weight, coefficients in zip(weights, found.coefficients, strict=True):
        copies = np.repeat(np.arange(len(rows)), weight[rows["cluster"]])
        peer = model(rows["outcome"].to_numpy()[copies], matrix[copies]).fit(method="newton", tol=1e-12, disp=0)
        np.testing.assert_allclose(coefficients, peer.params.reshape(coefficients.shape), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("n_outcomes", [2, 3])
def test_equal_to_single_fits_whatever_the_blocks(n_outcomes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = fitted(clustered_table(81, 1500, n_outcomes), n_outcomes)
    weights = np.random.default_rng(2).exponential(size=(9, problem.cells.clusters[:, 0].max() + 1))
    # All of them converge together: none is left to a fit alone.
    monkeypatch.delattr(refits, "fit_counts")
    whole = refit_by(problem, weights)
    monkeypatch.setattr(refits, "BLOCK_SIZE", 4 * len(problem.design.matrix))
    monkeypatch.setattr(refits, "PATTERNS_AT_ONCE", 100)
    blocks = refit_by(problem, weights)
    np.testing.assert_allclose(blocks.coefficients, whole.coefficients, rtol=1e-10, atol=1e-12)
    for weight, coefficients in zip(weights, whole.coefficients, strict=True):
        weighted = replace(problem.cells, counts=problem.cells.counts * weight[problem.cells.clusters[:, 0]][:, None])
        counts = weighted.pattern_counts(len(problem.design.matrix))
        single = fit_counts(problem.design, counts, problem.fit.outcomes)
        np.testing.assert_allclose(coefficients, single.coefficients, rtol=1e-8, atol=1e-9)


def test_what_the_joint_steps_leave_is_fitted_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = fitted(clustered_table(82, 900, 2))
    weights = np.random.default_rng(3).exponential(size=(4, problem.cells.clusters[:, 0].max() + 1))
    jointly = refit_by(problem, weights)
    monkeypatch.setattr(refits, "JOINT_STEPS", 1)
    alone = refit_by(problem, weights)
    np.testing.assert_allclose(alone.coefficients, jointly.coefficients, rtol=1e-8, atol=1e-9)


def without_clusters(problem: Fitted, *leaving: int) -> np.ndarray:
    weights = np.ones((1, problem.cells.clusters[:, 0].max() + 1))
    weights[0, list(leaving)] = 0.0
    return weights


@pytest.mark.parametrize(
    ("column", "level", "label"),
    [("kind", "c", "kind c"), ("kind", "a", "reference of kind"), ("exposed", 1, "exposed")],
)
@pytest.mark.parametrize("event", [True, False])
def test_levels_that_vanish_are_named(column: str, level: object, label: str, event: bool) -> None:
    """One cluster holds all rows of a level, or all its events."""
    rows = clustered_table(83, 900, 2)
    lone = rows["cluster"] == 5
    members = rows[column] == level
    if event:
        rows.loc[members & ~lone, "outcome"] = 0
        rows.loc[rows.index[members][:20], ["cluster", "outcome"]] = (5, 1)
    else:
        rows.loc[members, "cluster"] = 5
    problem = fitted(rows)
    found = refit_by(problem, np.vstack([without_clusters(problem, 5), without_clusters(problem)]))
    assert found.reasons == (f"{label}: no {'force' if event else 'row'}", "")
    assert np.isnan(found.coefficients[0]).all()
    np.testing.assert_allclose(found.coefficients[1], problem.fit.coefficients, rtol=1e-9, atol=1e-11)


def test_an_outcome_or_all_rows_that_vanish_are_named() -> None:
    rows = clustered_table(84, 900, 3)
    rows.loc[rows["outcome"] == 2, "cluster"] = 5
    problem = fitted(rows, 3)
    nothing = np.zeros((1, rows["cluster"].max() + 1))
    found = refit_by(problem, np.vstack([without_clusters(problem, 5), nothing]))
    assert found.reasons == ("no more", "no row")


def test_separation_by_a_number_is_named() -> None:
    """Without one cluster, age alone tells who meets force."""
    rows = pd.DataFrame({"age": np.arange(80) % 40, "cluster": np.arange(80) // 2, "incident": 0, "exposed": 0})
    rows["outcome"] = (rows["age"] >= 20).astype(int)
    rows.loc[rows["cluster"] == 19, ["outcome", "age"]] = [[0, 30], [1, 5]]
    problem = fitted(rows, terms=(Term("age", "number"),))
    found = refit_by(problem, without_clusters(problem, 19))
    assert "separation: the likelihood has no finite maximum along" in found.reasons[0]
    assert "age (force)" in found.reasons[0]


def test_columns_that_become_collinear_are_named() -> None:
    rows = clustered_table(85, 900, 2)
    rows["kind"] = np.where(rows["exposed"] == 1, "b", "a")
    rows.loc[rows["cluster"] == 5, "kind"] = np.where(np.arange((rows["cluster"] == 5).sum()) % 2, "b", "a")
    rows.loc[rows["cluster"] == 5, "exposed"] = 0
    problem = fitted(rows, terms=(EXPOSED, KIND))
    found = refit_by(problem, without_clusters(problem, 5))
    assert found.reasons == ("the design matrix is not of full rank: exposed, kind b are collinear",)


@pytest.mark.parametrize("unit", [1.0, 1e4])
@pytest.mark.parametrize("seed", range(87, 99))
def test_columns_that_become_collinear_up_to_rounding_are_named(seed: int, unit: float) -> None:
    """Rounding leaves an information that can be inverted, and now and then steps that seem to converge (seed 91)."""
    rows = clustered_table(seed, 900, 2)
    rows["dose"] = np.where(rows["cluster"] == 5, 1.0, rows["age"] / 3 + 0.1)
    problem = fitted(rows, terms=(EXPOSED, Term("age", "number"), Term("dose", "number")))
    cells = replace(problem.cells, counts=problem.cells.counts * unit)
    fit = fit_counts(problem.design, cells.pattern_counts(len(problem.design.matrix)), problem.fit.outcomes)
    found = refit_by(replace(problem, cells=cells, fit=fit), without_clusters(problem, 5))
    assert found.reasons == ("the design matrix is not of full rank: intercept, age, dose are collinear",)


def test_a_fit_without_numbers_is_refused() -> None:
    rows = clustered_table(86, 500, 2)
    problem = fitted(rows.assign(outcome=rows["exposed"]))
    with pytest.raises(ValueError, match="separation"):
        refit_by(problem, np.ones((1, 40)))
