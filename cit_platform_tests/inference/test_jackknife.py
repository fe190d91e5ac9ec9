"""Leaving clusters out by one step equals its formula on rows, and comes close to fits without their rows."""

import numpy as np
import pytest
import statsmodels.api as sm

from cit_platform.inference.covariance import cluster_information, cluster_scores, clustered
from cit_platform.inference.design import design_matrix
from cit_platform.inference.jackknife import jackknifed, one_step_jackknife
from cit_platform.inference.likelihood import information, probabilities
from cit_platform_tests.inference.clustered_tables import TERMS, by_incident, clustered_table, fitted

pytestmark = pytest.mark.filterwarnings("error", "ignore::ResourceWarning")


@pytest.mark.parametrize("n_outcomes", [2, 3])
def test_one_step_is_a_newton_step_with_the_rows_that_stay(n_outcomes: int) -> None:
    rows = clustered_table(90, 900, n_outcomes)
    problem = fitted(rows, n_outcomes)
    jackknife = one_step_jackknife(problem.fit, problem.design, problem.cells)
    assert jackknife.verdict is None
    for cluster in (0, 7, 39):
        stay = rows[rows["cluster"] != cluster]
        design = design_matrix(stay, TERMS)
        probability = probabilities(design.matrix, problem.fit.coefficients)
        hit = stay["outcome"].to_numpy()[:, None] == np.arange(n_outcomes)
        gradient = (design.matrix.T @ (hit - probability)[:, 1:]).ravel(order="F")
        step = np.linalg.solve(information(design, np.ones(len(stay)), probability), gradient)
        np.testing.assert_allclose(jackknife.shifts[cluster], step, rtol=1e-8, atol=1e-11)
    g = rows["cluster"].nunique()
    expected = (g - 1) / g * sum(np.outer(shift, shift) for shift in jackknife.shifts)
    np.testing.assert_allclose(jackknife.covariance, expected, rtol=1e-12)


def test_other_clustering_and_clusters_without_rows() -> None:
    problem = fitted(clustered_table(91, 900, 2))
    gap = problem.cells.clusters[:, 1] * 2
    spread = type(problem.cells)(problem.cells.pattern, problem.cells.counts, gap[:, None])
    plain = one_step_jackknife(problem.fit, problem.design, by_incident(problem.cells))
    spaced = one_step_jackknife(problem.fit, problem.design, spread)
    np.testing.assert_allclose(spaced.shifts[::2], plain.shifts, rtol=1e-9, atol=1e-14)
    assert not spaced.shifts[1::2].any()
    np.testing.assert_allclose(spaced.covariance, plain.covariance, rtol=1e-9)


def test_covariance_lies_a_little_above_the_clustered_one() -> None:
    problem = fitted(clustered_table(92, 6000, 2))
    robust = clustered(problem.fit, problem.design, problem.cells)
    ratio = np.diag(one_step_jackknife(problem.fit, problem.design, problem.cells).covariance) / np.diag(
        robust.covariance
    )
    assert (ratio > 1.0).all()
    assert (ratio < 1.2).all()


def test_a_cluster_that_holds_all_rows_of_a_level_cannot_leave() -> None:
    rows = clustered_table(95, 900, 2)
    rows.loc[rows["kind"] == "c", "cluster"] = 5
    problem = fitted(rows)
    jackknife = one_step_jackknife(problem.fit, problem.design, problem.cells)
    assert str(jackknife.verdict) == "no jackknife: a single cluster holds all rows that tell of kind c (force)"
    assert np.isnan(jackknife.shifts[5]).all()
    assert np.isfinite(np.delete(jackknife.shifts, 5, axis=0)).all()
    assert np.isnan(jackknife.covariance).all()


@pytest.mark.parametrize("n_outcomes", [2, 3])
@pytest.mark.parametrize("n_clusters", [3, 300])
def test_clusters_of_more_rows_than_coefficients_and_of_fewer_leave_alike(n_outcomes: int, n_clusters: int) -> None:
    """Of 3 clusters each has more cells than there are coefficients, of 300 each has fewer."""
    problem = fitted(clustered_table(96, 900, n_outcomes), n_outcomes)
    codes = np.arange(len(problem.cells.pattern))[:, None] % n_clusters
    cells = type(problem.cells)(problem.cells.pattern, problem.cells.counts, codes)
    found = one_step_jackknife(problem.fit, problem.design, cells)
    scores = cluster_scores(problem.fit, problem.design, cells, codes[:, 0])
    own = cluster_information(problem.fit, problem.design, cells, codes[:, 0])
    expected = [-np.linalg.solve(own.sum(axis=0) - own[g], scores[g]) for g in range(n_clusters)]
    np.testing.assert_allclose(found.shifts, expected, rtol=1e-8, atol=1e-11)


@pytest.mark.parametrize("n_outcomes", [2, 3])
def test_standard_errors_are_those_of_exact_refits_without_each_cluster(n_outcomes: int) -> None:
    """Statsmodels fits the rows once without each cluster; CV3 is (G - 1) / G times the sum of squared shifts."""
    rows = clustered_table(97, 6000, n_outcomes)
    problem = fitted(rows, n_outcomes)
    jackknife = one_step_jackknife(problem.fit, problem.design, problem.cells)
    found = jackknifed(problem.fit, problem.design, problem.cells, jackknife)
    model = sm.Logit if n_outcomes == 2 else sm.MNLogit
    clusters, shifts = rows["cluster"].unique(), []
    for cluster in clusters:
        stay = rows[rows["cluster"] != cluster]
        stayed = model(stay["outcome"].to_numpy(), design_matrix(stay, TERMS).matrix).fit(
            method="newton", tol=1e-12, disp=0, start_params=problem.fit.coefficients.ravel(order="F")
        )
        shifts.append(stayed.params.ravel(order="F") - problem.fit.coefficients.ravel(order="F"))
    exact = np.sqrt((len(clusters) - 1) / len(clusters) * np.square(shifts).sum(axis=0))
    np.testing.assert_allclose(found.std_errors.ravel(order="F"), exact, rtol=0.01)
    assert found.n_clusters == len(clusters)
    assert found.effective_clusters is not None
    assert found.effective_clusters.shape == found.coefficients.shape


def test_where_a_cluster_cannot_leave_there_are_no_numbers() -> None:
    rows = clustered_table(95, 900, 2)
    rows.loc[rows["kind"] == "c", "cluster"] = 5
    problem = fitted(rows)
    refused = one_step_jackknife(problem.fit, problem.design, problem.cells)
    found = jackknifed(problem.fit, problem.design, problem.cells, refused)
    assert not found.converged
    assert found.verdict == refused.verdict
