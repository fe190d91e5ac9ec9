"""The effective number of clusters: its definition, equal clusters, one large cluster, a level that few have."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cit_platform.inference.covariance import cluster_information
from cit_platform.inference.effective_clusters import effective_clusters
from cit_platform_tests.inference.clustered_tables import Fitted, clustered_table, fitted
from cit_platform_tests.inference.tables import EXPOSED, KIND


def numbers(problem: Fitted, contrasts: np.ndarray | None = None) -> np.ndarray:
    fit = problem.fit
    asked = np.eye(fit.coefficients.size) if contrasts is None else contrasts
    return effective_clusters(problem.design.matrix, fit.coefficients, fit.covariance, problem.cells)(asked)


@pytest.mark.parametrize("n_outcomes", [2, 3])
def test_the_number_by_its_definition(n_outcomes: int) -> None:
    problem = fitted(clustered_table(110, 900, n_outcomes), n_outcomes)
    codes, bread = problem.cells.clusters[:, 0], problem.fit.covariance
    information = cluster_information(problem.fit, problem.design, problem.cells, codes)
    contrasts = np.random.default_rng(1).normal(size=(5, len(bread)))
    tells = np.einsum("qa,gab,qb->gq", contrasts @ bread, information, contrasts @ bread)
    np.testing.assert_allclose(numbers(problem, contrasts), tells.sum(axis=0) ** 2 / (tells**2).sum(axis=0), rtol=1e-9)


@given(st.integers(2, 60), st.integers(1, 5))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_clusters_that_are_alike_count_one_each(n_clusters: int, copies: int) -> None:
    block = pd.DataFrame({"exposed": [0, 0, 1, 1] * copies, "outcome": [0, 1, 0, 1] * copies})
    rows = pd.concat([block.assign(cluster=g, incident=g) for g in range(n_clusters)], ignore_index=True)
    np.testing.assert_allclose(numbers(fitted(rows, terms=(EXPOSED,))), n_clusters, rtol=1e-9)


@given(st.integers(0, 1000))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_the_number_lies_between_one_and_the_clusters_there_are(seed: int) -> None:
    problem = fitted(clustered_table(seed, 400, 2))
    found = numbers(problem)
    assert (found >= 1.0).all()
    assert (found <= len(np.unique(problem.cells.clusters[:, 0])) * (1 + 1e-12)).all()


def test_a_level_of_few_clusters_has_about_the_kish_number_of_their_rows() -> None:
    """Three clusters hold nearly all rows of one level, one of them most: what the reference adds is little."""
    rows = clustered_table(111, 20_000, 2).assign(kind="a")
    few = rows["cluster"].isin([1, 2, 3])
    rows.loc[few, "kind"] = "b"
    rows = rows[~few | (rows["cluster"] == 1) | (rows.index % 5 == 0)].reset_index(drop=True)
    rows.loc[rows["cluster"] == 7, "kind"] = np.where(rows.loc[rows["cluster"] == 7].index % 50 == 0, "b", "a")
    problem = fitted(rows, terms=(EXPOSED, KIND))
    sizes = rows.loc[rows["kind"] == "b", "cluster"].value_counts().to_numpy(dtype=float)
    position = problem.design.positions("kind")[0]
    assert numbers(problem)[position] == pytest.approx(sizes.sum() ** 2 / (sizes @ sizes), rel=0.25)
    assert numbers(problem)[problem.design.positions("exposed")[0]] > 10
