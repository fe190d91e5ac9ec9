"""Grouping loses no row and keeps patterns apart; clusters are coded in order of appearance."""

import numpy as np
import pandas as pd
import pytest

from cit_platform.inference.clusters import cluster_codes
from cit_platform.inference.design import Predictors, Term, predictors_of
from cit_platform.inference.patterns import ClusterCounts, check_counts, group_clusters, group_rows
from cit_platform_tests.inference.tables import AGE, EXPOSED, KIND, PLACE, random_table

TERMS = (EXPOSED, AGE, PLACE, KIND)
COLUMNS = [term.name for term in TERMS]


def frame_of(predictors: Predictors) -> pd.DataFrame:
    factors = {name: np.array(factor.levels)[factor.codes] for name, factor in predictors.factors.items()}
    return pd.DataFrame({**predictors.numbers, **factors})


def test_counts_equal_those_of_pandas() -> None:
    table = random_table(1, 3000, 3)
    patterns = group_rows(predictors_of(table, TERMS), table["outcome"].to_numpy(), 3)
    expected = pd.crosstab([table[name] for name in COLUMNS], table["outcome"])
    found = (
        frame_of(patterns.predictors)
        .assign(**{str(j): patterns.counts[:, j] for j in range(3)})
        .set_index(COLUMNS)
        .sort_index()
    )
    assert found.index.tolist() == expected.index.tolist()
    assert (found.to_numpy() == expected.to_numpy()).all()


def test_every_row_knows_its_pattern() -> None:
    table = random_table(2, 500, 2)
    patterns = group_rows(predictors_of(table, TERMS), table["outcome"].to_numpy(), 2)
    again = frame_of(patterns.predictors.of_rows(patterns.row_pattern))
    assert (again[COLUMNS] == table[COLUMNS]).all(axis=None)


def test_weights_stand_for_rows_and_missing_is_a_value_of_its_own() -> None:
    frame = pd.DataFrame({"place": ["north", None, "north"]})
    patterns = group_rows(predictors_of(frame, (PLACE,)), np.array([0, 1, 1]), 2, weights=np.array([2.0, 3.0, 5.0]))
    assert patterns.counts.tolist() == [[0.0, 3.0], [2.0, 5.0]]
    assert patterns.predictors.factors["place"].codes.tolist() == [-1, 0]


def test_no_rows_give_no_patterns() -> None:
    patterns = group_rows(predictors_of(pd.DataFrame({"place": []}), (PLACE,)), np.array([], dtype=np.int64), 2)
    assert patterns.counts.shape == (0, 2)


@pytest.mark.parametrize("ways", [1, 2])
def test_cells_count_the_rows_of_each_cluster_and_pattern(ways: int) -> None:
    table = random_table(3, 800, 3).assign(incident=np.arange(800) % 7, weight=np.arange(800) % 4)
    patterns = group_rows(
        predictors_of(table, (EXPOSED, KIND)), table["outcome"].to_numpy(), 3, table["weight"].to_numpy()
    )
    keys = ["cluster", "incident"][:ways]
    outcome, weights = table["outcome"].to_numpy(), table["weight"].to_numpy(dtype=float)
    cells = group_clusters(patterns.row_pattern, table[keys].to_numpy(), outcome, 3, weights)
    found = pd.DataFrame(cells.counts, index=pd.MultiIndex.from_arrays([*cells.clusters.T, cells.pattern]))
    by = [*(table[key] for key in keys), pd.Series(patterns.row_pattern)]
    expected = table.pivot_table(values="weight", index=by, columns=outcome, aggfunc="sum", fill_value=0)
    assert found.index.tolist() == expected.index.tolist()
    assert (found.to_numpy() == expected.to_numpy()).all()
    assert cells.rows.sum() == weights.sum()
    assert cells.largest_cluster == max(table.groupby(key)["weight"].sum().max() for key in keys)
    np.testing.assert_array_equal(cells.pattern_counts(patterns.predictors.n_rows), patterns.counts)


def test_cells_of_one_clustering_need_no_second_axis() -> None:
    cells = group_clusters(np.array([0, 1, 0]), np.array([1, 0, 1]), np.array([0, 0, 1]), 2)
    assert cells.clusters.tolist() == [[0], [1]]
    assert cells.pattern.tolist() == [1, 0]
    assert cells.counts.tolist() == [[1.0, 0.0], [1.0, 1.0]]


def test_cells_of_some_patterns_are_numbered_anew() -> None:
    cells = ClusterCounts(np.array([0, 2, 1, 2]), np.arange(8.0).reshape(4, 2), np.array([[0], [0], [1], [1]]))
    kept = cells.of_patterns(np.array([True, False, True]))
    assert kept.pattern.tolist() == [0, 1, 1]
    assert kept.clusters.tolist() == [[0], [0], [1]]
    assert kept.counts.tolist() == [[0.0, 1.0], [2.0, 3.0], [6.0, 7.0]]
    assert cells.of_patterns(np.ones(3, dtype=bool)) is cells


def test_no_rows_give_no_cells() -> None:
    none = np.array([], dtype=np.int64)
    cells = group_clusters(none, none, none, 2)
    assert cells.counts.shape == (0, 2)
    assert cells.clusters.shape == (0, 1)
    assert cells.pattern_counts(3).tolist() == [[0.0, 0.0]] * 3


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        (np.ones((3, 2)), r"shape \(3, 2\), expected \(2, 2\)"),
        (np.array([[1.0, -1.0], [0.0, 2.0]]), "finite and not negative"),
        (np.array([[1.0, np.inf], [0.0, 2.0]]), "finite and not negative"),
        (np.array([[1.0, np.nan], [0.0, 2.0]]), "finite and not negative"),
    ],
    ids=["shape", "negative", "infinite", "nan"],
)
def test_counts_that_are_none_are_refused(counts: np.ndarray, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check_counts(counts, 2, 2)


def test_a_null_key_is_a_cluster_of_its_own() -> None:
    codes = cluster_codes(pd.Series(["b", None, "a", "b", None]))
    assert codes.tolist() == [0, 1, 2, 0, 3]


def test_only_null_keys_are_all_apart() -> None:
    assert cluster_codes(pd.Series([None, None], dtype="object")).tolist() == [0, 1]


def test_patterns_of_more_combinations_than_an_integer_holds() -> None:
    draw = np.random.default_rng(8)
    half = pd.DataFrame({f"x{j}": draw.permutation(1000) for j in range(16)})
    frame = pd.concat([half, half], ignore_index=True)
    numbers = tuple(Term(name, "number") for name in frame)
    patterns = group_rows(predictors_of(frame, numbers), np.repeat([0, 1], 1000), 2)
    expected = half.sort_values("x0", ignore_index=True).astype(float)
    pd.testing.assert_frame_equal(frame_of(patterns.predictors), expected)
    assert (patterns.counts == 1).all()
