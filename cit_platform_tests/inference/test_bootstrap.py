"""Bootstraps of clusters: their spread is the clustered one, their draws are reproducible, and failures are counted."""

import numpy as np
import pytest

from cit_platform.inference.bootstrap import cluster_bootstrap
from cit_platform.inference.covariance import clustered
from cit_platform_tests.inference.clustered_tables import clustered_table, fitted
from cit_platform_tests.inference.tables import EXPOSED, KIND

pytestmark = pytest.mark.filterwarnings("error", "ignore::ResourceWarning")


@pytest.mark.parametrize("n_outcomes", [2, 3])
def test_spread_is_that_of_the_clustered_covariance(n_outcomes: int) -> None:
    rows = clustered_table(100, 9000, n_outcomes)
    problem = fitted(rows, n_outcomes, (EXPOSED, KIND))
    robust = clustered(problem.fit, problem.design, problem.cells)
    errors = robust.std_errors.ravel(order="F")
    arguments = problem.fit, problem.design, problem.cells
    refits = cluster_bootstrap(*arguments, draws=1500, seed=1)
    assert (refits.n_failed, refits.reasons) == (0, {})
    # Monte-Carlo error of a standard deviation over 1,500 draws: 1.8 %.
    np.testing.assert_allclose(np.sqrt(np.diag(refits.covariance)), errors, rtol=0.08)
    centre = refits.coefficients.mean(axis=0).ravel(order="F") - problem.fit.coefficients.ravel(order="F")
    assert (np.abs(centre) < 0.2 * errors).all()


def test_the_seed_decides() -> None:
    problem = fitted(clustered_table(102, 900, 2))
    first, again, other = (
        cluster_bootstrap(problem.fit, problem.design, problem.cells, draws=5, seed=seed).coefficients
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).all()


def test_a_draw_takes_as_many_clusters_as_there_are_with_replacement() -> None:
    """With one row per cluster and an intercept alone, a draw is the logit of a binomial share of the clusters."""
    rows = clustered_table(103, 400, 2).assign(cluster=2 * np.arange(400))
    problem = fitted(rows, terms=())
    draws = cluster_bootstrap(problem.fit, problem.design, problem.cells, draws=2000, seed=4)
    events = 400 / (1 + np.exp(-draws.coefficients[:, 0, 0]))
    np.testing.assert_allclose(events, events.round(), atol=1e-6)
    share = rows["outcome"].mean()
    assert events.mean() == pytest.approx(400 * share, abs=4 * np.sqrt(400 * share * (1 - share) / 2000))
    assert events.std() == pytest.approx(np.sqrt(400 * share * (1 - share)), rel=0.08)


def test_draws_in_which_a_level_vanishes_are_counted_with_their_reason() -> None:
    rows = clustered_table(104, 900, 2)
    # All rows of a level in three clusters: a draw misses them with probability (1 - 3 / 40) ** 40, about 4 %.
    rows.loc[rows["kind"] == "c", "cluster"] = rows.loc[rows["kind"] == "c", "cluster"] % 3
    problem = fitted(rows)
    draws = cluster_bootstrap(problem.fit, problem.design, problem.cells, draws=500, seed=5)
    missing = np.isnan(draws.coefficients).any(axis=(1, 2))
    assert draws.n_failed == missing.sum() == sum(draws.reasons.values())
    assert 5 <= draws.reasons["kind c: no row"] <= 45
    assert np.isfinite(draws.covariance).all()
    np.testing.assert_allclose(
        draws.covariance, np.cov(draws.coefficients[~missing][:, :, 0], rowvar=False), rtol=1e-12
    )
