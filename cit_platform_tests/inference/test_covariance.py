"""Covariance from grouped scores equals that summed over single rows, and says so where there is none."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cit_platform.inference.covariance import (
    cluster_information,
    cluster_scores,
    clustered,
    fitted_information,
    two_way,
)
from cit_platform.inference.design import Term, design_matrix
from cit_platform.inference.fit import Fit
from cit_platform.inference.likelihood import probabilities
from cit_platform.inference.patterns import ClusterCounts
from cit_platform_tests.inference.clustered_tables import (
    TERMS,
    Fitted,
    by_incident,
    clustered_table,
    fitted,
    without_factor,
)
from cit_platform_tests.inference.tables import EXPOSED, PLACE

pytestmark = pytest.mark.filterwarnings("error", "ignore::ResourceWarning")


def row_scores(problem: Fitted) -> np.ndarray:
    matrix = design_matrix(problem.rows, TERMS).matrix
    hit = problem.rows["outcome"].to_numpy()[:, None] == np.arange(len(problem.fit.outcomes))
    residual = (hit - probabilities(matrix, problem.fit.coefficients))[:, 1:]
    return np.hstack([matrix * column[:, None] for column in residual.T])


def refused(fit: Fit, words: str) -> bool:
    return not fit.converged and words in str(fit.verdict) and bool(np.isnan(fit.covariance).all())


@pytest.mark.parametrize("n_outcomes", [2, 3])
def test_scores_and_information_are_the_sums_over_the_rows_of_each_cluster(n_outcomes: int) -> None:
    problem = fitted(clustered_table(50, 900, n_outcomes), n_outcomes)
    codes = problem.cells.clusters[:, 0]
    scores = cluster_scores(problem.fit, problem.design, problem.cells, codes)
    expected = pd.DataFrame(row_scores(problem)).groupby(problem.rows["cluster"]).sum().to_numpy()
    np.testing.assert_allclose(scores, expected, rtol=1e-9, atol=1e-9)
    information = cluster_information(problem.fit, problem.design, problem.cells, codes)
    np.testing.assert_allclose(information.sum(axis=0), np.linalg.inv(problem.fit.covariance), rtol=1e-9, atol=1e-8)
    own = problem.cells.of_patterns(np.ones(len(problem.design.matrix), dtype=bool))
    alone = replace(own, counts=np.where(codes[:, None] == 7, own.counts, 0.0))
    alone_information = cluster_information(problem.fit, problem.design, alone, codes)
    np.testing.assert_allclose(alone_information.sum(axis=0), information[7], rtol=1e-12, atol=1e-12)


def _covariance_by(problem: Fitted, key: pd.Series, terms: tuple[Term, ...] = (EXPOSED, PLACE)) -> np.ndarray:
    """The sandwich over groups of rows, with its factor, from the scores of the rows."""
    matrix, coefficients = design_matrix(problem.rows, terms).matrix, problem.fit.coefficients
    residual = problem.rows["outcome"].to_numpy() - probabilities(matrix, coefficients)[:, 1]
    sums = pd.DataFrame(matrix * residual[:, None]).groupby(key.to_numpy()).sum().to_numpy()
    g, n, k = len(sums), len(matrix), coefficients.size
    factor = g / (g - 1) * (n - 1) / (n - k)
    return factor * problem.fit.covariance @ sums.T @ sums @ problem.fit.covariance


@pytest.mark.parametrize("n_outcomes", [2, 3])
def test_clustered_and_two_way_by_their_definition(n_outcomes: int) -> None:
    problem = fitted(clustered_table(51, 900, n_outcomes), n_outcomes)
    table, fit, arguments = problem.rows, problem.fit, (problem.fit, problem.design, problem.cells)
    scores, n, k = row_scores(problem), len(table), fit.coefficients.size
    keys = {"a": table["cluster"], "b": table["incident"], "both": table["cluster"] * 10_000 + table["incident"]}
    meat = {}
    for name, key in keys.items():
        sums = pd.DataFrame(scores).groupby(key).sum().to_numpy()
        g = len(sums)
        factor = g / (g - 1) * (n - 1) / (n - k)
        meat[name] = factor * fit.covariance @ sums.T @ sums @ fit.covariance
    one = clustered(*arguments)
    other = clustered(*arguments[:2], by_incident(problem.cells))
    both = two_way(*arguments)
    np.testing.assert_allclose(one.covariance, meat["a"], rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(other.covariance, meat["b"], rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(both.covariance, meat["a"] + meat["b"] - meat["both"], rtol=1e-8, atol=1e-13)
    assert (one.n_clusters, other.n_clusters) == (table["cluster"].nunique(), table["incident"].nunique())
    assert both.n_clusters == table["cluster"].nunique()
    np.testing.assert_array_equal(both.coefficients, fit.coefficients)


def test_one_row_per_cluster_holds_where_the_model_is_wrong() -> None:
    rows = clustered_table(53, 600, 3)
    problem = fitted(rows.assign(cluster=np.arange(600)), 3)
    by_row, scores = clustered(problem.fit, problem.design, problem.cells), row_scores(problem)
    white = problem.fit.covariance @ scores.T @ scores @ problem.fit.covariance
    np.testing.assert_allclose(without_factor(by_row), white, rtol=1e-9, atol=1e-13)


def test_weights_stand_for_rows_of_the_same_cluster() -> None:
    rows = clustered_table(54, 500, 2)
    once, thrice = fitted(rows), fitted(pd.concat([rows, rows, rows]))
    weighted = replace(once.cells, counts=3 * once.cells.counts)
    fit = thrice.fit
    ours, theirs = clustered(fit, once.design, weighted), clustered(fit, thrice.design, thrice.cells)
    np.testing.assert_allclose(ours.covariance, theirs.covariance, rtol=1e-9)
    # Every row three times in its cluster tells nothing new of clusters.
    plain = clustered(once.fit, once.design, once.cells)
    np.testing.assert_allclose(
        without_factor(clustered(fit, once.design, weighted)), without_factor(plain), rtol=1e-8, atol=1e-12
    )


def test_cells_without_rows_change_nothing_and_are_no_clusters() -> None:
    problem = fitted(clustered_table(55, 500, 2))
    cells, extra = problem.cells, np.array([[90_000, 90_001], [90_002, 0]])
    padded = ClusterCounts(
        np.append(cells.pattern, [0, 1]),
        np.vstack([cells.counts, np.zeros((2, 2))]),
        np.vstack([cells.clusters, extra]),
    )
    for covariance in (clustered, two_way):
        plain, other = (covariance(problem.fit, problem.design, table) for table in (cells, padded))
        assert plain.n_clusters == other.n_clusters
        np.testing.assert_allclose(other.covariance, plain.covariance, rtol=1e-12)


def test_a_second_covariance_replaces_the_first() -> None:
    problem = fitted(clustered_table(56, 900, 2))
    arguments = problem.design, problem.cells
    again = clustered(two_way(problem.fit, *arguments), *arguments)
    np.testing.assert_array_equal(again.covariance, clustered(problem.fit, *arguments).covariance)


def test_rows_other_than_those_fitted_are_refused() -> None:
    problem = fitted(clustered_table(57, 900, 2))
    fit, design, cells = problem.fit, problem.design, problem.cells
    fewer = replace(cells, counts=np.where(np.arange(len(cells.counts))[:, None] == 0, 0.0, cells.counts))
    moved = replace(cells, pattern=np.roll(cells.pattern, 1))
    for wrong in (fewer, moved):
        with pytest.raises(ValueError, match="are not the 900 rows that were fitted"):
            clustered(fit, design, wrong)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"counts": np.ones((3, 2))}, "Counts have shape"),
        ({"clusters": np.zeros(5, dtype=int)}, "Clusters have shape"),
        ({"pattern": np.array([0, 1, 0, 1, 2])}, "pattern that the design does not have"),
        ({"clusters": np.array([[0], [1], [2], [3], [-1]])}, "negative cluster"),
        ({"counts": np.full((5, 2), -1.0)}, "finite and not negative"),
        ({"counts": np.full((5, 2), np.nan)}, "finite and not negative"),
    ],
    ids=["counts", "clusters", "pattern", "code", "negative", "nan"],
)
def test_cells_that_are_none_are_refused(change: dict[str, np.ndarray], words: str) -> None:
    rows = pd.DataFrame({"exposed": [0, 1] * 20, "outcome": [0, 0, 1, 1] * 10, "cluster": range(40), "incident": 0})
    problem = fitted(rows, terms=(EXPOSED,))
    cells = ClusterCounts(np.array([0, 1, 0, 1, 0]), np.ones((5, 2)), np.arange(5)[:, None])
    with pytest.raises(ValueError, match=words):
        fitted_information(problem.fit, problem.design, replace(cells, **change))
    with pytest.raises(ValueError, match="two-way covariance needs two"):
        two_way(problem.fit, problem.design, cells)


def test_another_design_is_refused() -> None:
    problem = fitted(clustered_table(58, 500, 2))
    with pytest.raises(ValueError, match="different columns"):
        clustered(problem.fit, problem.design.without([2]), problem.cells)


def test_a_fit_without_numbers_passes_with_its_verdict() -> None:
    rows = clustered_table(59, 500, 2)
    problem = fitted(rows.assign(outcome=rows["exposed"]))
    assert clustered(problem.fit, problem.design, problem.cells) is problem.fit
    assert two_way(problem.fit, problem.design, problem.cells) is problem.fit
    with pytest.raises(ValueError, match="separation"):
        fitted_information(problem.fit, problem.design, problem.cells)


def test_one_cluster_and_few_clusters_have_no_covariance() -> None:
    rows = clustered_table(60, 500, 2)
    one = fitted(rows.assign(cluster=0))
    fit = clustered(one.fit, one.design, one.cells)
    assert refused(fit, "too few clusters: one cluster for 8 coefficients, so there is no clustered covariance")
    assert fit.n_clusters == 1
    few = fitted(rows.assign(cluster=np.arange(500) % 8))
    assert refused(clustered(few.fit, few.design, few.cells), "too few clusters: 8 clusters for 8 coefficients")
    assert refused(two_way(few.fit, few.design, few.cells), "too few clusters: 8 clusters for 8 coefficients")
    assert clustered(few.fit, few.design, by_incident(few.cells)).converged


def test_a_level_within_one_cluster_has_no_variance_and_is_named() -> None:
    rows = clustered_table(61, 900, 2)
    rows["place"] = np.where(rows["cluster"] == 3, "west", np.where(rows["place"] == "west", "south", rows["place"]))
    problem = fitted(rows)
    fit = clustered(problem.fit, problem.design, problem.cells)
    assert refused(fit, "the robust covariance is not positive definite along place west (force)")


def test_a_two_way_covariance_that_is_not_positive_definite_gives_way_to_the_widest_of_three() -> None:
    """Opposite outcomes of the same incident, shared by two clusters: intersections outweigh incidents."""
    draw = np.random.default_rng(62)
    pairs = pd.DataFrame({"exposed": draw.integers(0, 2, 400), "place": draw.choice(["north", "south"], 400)})
    rows = pd.concat([pairs.assign(outcome=side, incident=pairs.index) for side in (0, 1)], ignore_index=True)
    problem = fitted(rows.assign(cluster=draw.permutation(800) % 400), terms=(EXPOSED, PLACE))
    fit = two_way(problem.fit, problem.design, problem.cells)
    table = problem.rows.assign(both=problem.rows["cluster"] * 1000 + problem.rows["incident"])
    by_cluster, incident, both = (_covariance_by(problem, table[key]) for key in ("cluster", "incident", "both"))
    difference = by_cluster + incident - both
    assert np.linalg.eigvalsh(difference)[0] < 0
    expected = np.max([np.diag(each) for each in (by_cluster, incident, difference)], axis=0)
    np.testing.assert_allclose(np.diag(fit.covariance), expected, rtol=1e-9)
    assert np.linalg.eigvalsh(fit.covariance)[0] > 0, "contrasts have a variance too"
    assert str(fit.remark).startswith("the two-way covariance is not positive definite along")
    assert clustered(problem.fit, problem.design, problem.cells).remark is None


def test_fewer_rows_than_coefficients_have_no_robust_covariance() -> None:
    design = design_matrix(pd.DataFrame({"exposed": [0, 1]}), (EXPOSED,))
    rows = pd.DataFrame({"exposed": [0, 0, 1, 1], "outcome": [0, 1, 0, 1], "cluster": range(4), "incident": 0})
    problem = fitted(rows, terms=(EXPOSED,))
    tenth = ClusterCounts(problem.cells.pattern, problem.cells.counts / 2, problem.cells.clusters)
    halved = replace(problem.fit, n_rows=2)
    assert refused(clustered(halved, design, tenth), "too few rows: 2 for 2 coefficients")
