"""Every number of the engine equals that of statsmodels on the single rows, on 210 random specifications.

Both fits have converged to 1e-12. What statsmodels 0.15 does in its own way, and how it is met here:

- `Logit` and `MNLogit` with cov_type="HC1" give HC0 (issue 7798), as `GLM` does: the factor n / (n - k) is put in here.
- `GLM` with freq_weights counts lines, not weights, as n in its clustered factor (issues 2827 and 2829), so it is asked
  for the covariance without a factor, and that is put in here with n the sum of weights. Lines of weight zero make its
  robust covariances NaN, so they leave it before.
- `MNLogit.get_margeff(dummy=True)` raises (issue 4158), so its margins are taken from its own predictions.
"""

from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from statsmodels.stats import sandwich_covariance as sandwich

from cit_platform.inference.covariance import clustered, two_way
from cit_platform.inference.fit import Fit
from cit_platform.inference.standardisation import standardise
from cit_platform_tests.statistics.specifications import Problem, random_problem

NEWTON: dict[str, Any] = {"method": "newton", "tol": 1e-12, "maxiter": 60, "disp": 0}


def assert_equal(ours: np.ndarray, theirs: np.ndarray) -> None:
    np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-10)


def assert_equal_fit(ours: Fit, coefficients: np.ndarray, covariance: np.ndarray) -> None:
    assert_equal(ours.coefficients, coefficients)
    assert_equal(ours.covariance, covariance)
    assert_equal(ours.std_errors.ravel(order="F"), np.sqrt(np.diag(covariance)))


def assert_equal_two_way(ours: Fit, peer: np.ndarray, model: np.ndarray) -> None:
    """Equal, or no narrower where theirs has a variance that is not positive (in units of the model's)."""
    if ours.remark is None:
        assert_equal(ours.covariance, peer)
    else:
        assert (np.diag(ours.covariance) >= np.diag(peer) * (1 - 1e-8)).all()
        assert np.linalg.eigvals(np.linalg.solve(model, peer)).real.min() < 1e-9


def assert_equal_covariances(problem: Problem, peer: Any) -> None:
    """Model, clustered and two-way covariance of unweighted rows; those of clusters by `fit` itself."""
    fit, design, cells = problem.fit, problem.design, problem.cells
    coefficients = np.asarray(peer.params).reshape(fit.coefficients.shape)
    assert_equal_fit(fit, coefficients, np.asarray(peer.cov_params()))
    groups = problem.clusters[:, 0]
    ours = clustered(fit, design, cells)
    assert_equal_fit(ours, coefficients, sandwich.cov_cluster(peer, groups))
    theirs = sandwich.cov_cluster_2groups(peer, problem.clusters)[0]
    assert_equal_two_way(two_way(fit, design, cells), theirs, fit.covariance)


def robust_through_fit(problem: Problem, model: Any, peer: Any) -> np.ndarray:
    """Clustered covariance as a user would ask for it."""
    options = {"cov_type": "cluster", "cov_kwds": {"groups": problem.clusters[:, 0]}}
    start = np.asarray(peer.params).ravel(order="F")
    return np.asarray(model.fit(**NEWTON, start_params=start, **options).cov_params())


@pytest.mark.parametrize("seed", range(80))
def test_logit(seed: int) -> None:
    problem = random_problem(seed, 2, weighted=False)
    model = sm.Logit(problem.outcome, problem.matrix)
    peer = model.fit(**NEWTON)
    assert problem.fit.log_likelihood == pytest.approx(peer.llf, rel=1e-12)
    assert_equal_covariances(problem, peer)
    ours = clustered(problem.fit, problem.design, problem.cells)
    assert_equal(ours.covariance, robust_through_fit(problem, model, peer))
    weights = problem.cells.pattern_counts(len(problem.design.matrix)).sum(axis=1)
    difference = standardise(problem.fit, problem.design, weights, "exposed").risk_difference
    margins = peer.get_margeff(at="overall", dummy=True)
    position = problem.design.positions("exposed")[0] - 1
    assert_equal(difference.estimate[1], margins.margeff[position])
    assert_equal(difference.std_error[1], margins.margeff_se[position])


@pytest.mark.parametrize("seed", range(60))
def test_weighted_binomial(seed: int) -> None:
    problem = random_problem(1000 + seed, 2, weighted=True)
    fit, design, cells = problem.fit, problem.design, problem.cells
    peer = _binomial(problem, np.arange(len(problem.outcome)))
    assert_equal_fit(fit, peer.params[:, None], peer.cov_params())
    present = np.flatnonzero(problem.weights)
    clusters, peer = problem.clusters[present], _binomial(problem, present)
    one = sandwich.cov_cluster(peer, clusters[:, 0], use_correction=False)
    n_clusters, n = len(np.unique(clusters[:, 0])), problem.weights.sum()
    k = fit.coefficients.size
    factor = n_clusters / (n_clusters - 1)
    assert_equal(clustered(fit, design, cells).covariance, one * factor * (n - 1) / (n - k))


def _binomial(problem: Problem, lines: np.ndarray) -> Any:
    """The GLM of some lines of a weighted problem."""
    family, weights = sm.families.Binomial(), problem.weights[lines]
    model = sm.GLM(problem.outcome[lines], problem.matrix[lines], family=family, freq_weights=weights)
    return model.fit(tol=1e-12, tol_criterion="params", maxiter=100)


@pytest.mark.parametrize("seed", range(70))
def test_multinomial(seed: int) -> None:
    problem = random_problem(2000 + seed, 3 + seed % 2, weighted=False)
    model = sm.MNLogit(problem.outcome, problem.matrix)
    peer = model.fit(**NEWTON)
    assert problem.fit.log_likelihood == pytest.approx(peer.llf, rel=1e-12)
    assert_equal_covariances(problem, peer)
    robust = robust_through_fit(problem, model, peer) if seed % 5 == 0 else peer.cov_params()
    fit = clustered(problem.fit, problem.design, problem.cells) if seed % 5 == 0 else problem.fit
    assert_equal(fit.covariance, robust)
    weights = problem.cells.pattern_counts(len(problem.design.matrix)).sum(axis=1)
    difference = standardise(fit, problem.design, weights, "exposed").risk_difference
    estimate, gradient = _margins(problem, peer)
    assert_equal(difference.estimate, estimate)
    errors = np.sqrt(np.einsum("ij,jk,ik->i", gradient, robust, gradient))
    np.testing.assert_allclose(difference.std_error, errors, rtol=1e-7)


def _margins(problem: Problem, peer: Any) -> tuple[np.ndarray, np.ndarray]:
    """Average change (J,) of statsmodels' predictions by the exposure, and its derivative by central differences."""
    arms = []
    for value in (1.0, 0.0):
        matrix = problem.matrix.copy()
        matrix[:, problem.design.positions("exposed")[0]] = value
        arms.append(matrix)
    params = np.asarray(peer.params)

    def change(flat: np.ndarray) -> np.ndarray:
        moved = flat.reshape(params.shape, order="F")
        return (peer.model.predict(moved, arms[0]) - peer.model.predict(moved, arms[1])).mean(axis=0)

    flat = params.ravel(order="F")
    steps = 1e-5 * np.eye(flat.size) / np.maximum(1.0, np.abs(problem.matrix).max())
    slopes = [(change(flat + step) - change(flat - step)) / (2 * step.max()) for step in steps]
    return change(flat), np.column_stack(slopes)
