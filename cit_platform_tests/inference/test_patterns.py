"""Grouping loses no row and keeps patterns apart; clusters are coded in order of appearance."""

import numpy as np
import pandas as pd

from cit_platform.inference.clusters import cluster_codes
from cit_platform.inference.patterns import group_rows
from cit_platform_tests.inference.tables import random_table

COLUMNS = ["exposed", "place", "kind", "age"]


def test_counts_equal_those_of_pandas() -> None:
    table = random_table(1, 3000, 3)
    patterns = group_rows(table, COLUMNS, table["outcome"].to_numpy(), 3)
    expected = pd.crosstab([table[name] for name in COLUMNS], table["outcome"])
    found = patterns.frame.assign(**{str(j): patterns.counts[:, j] for j in range(3)}).set_index(COLUMNS).sort_index()
    assert found.index.tolist() == expected.index.tolist()
    assert (found.to_numpy() == expected.to_numpy()).all()


def test_every_row_knows_its_pattern() -> None:
    table = random_table(2, 500, 2)
    patterns = group_rows(table, COLUMNS, table["outcome"].to_numpy(), 2)
    again = patterns.frame.iloc[patterns.row_pattern].reset_index(drop=True)
    assert again.equals(table[COLUMNS])


def test_weights_stand_for_rows_and_missing_is_a_value_of_its_own() -> None:
    frame = pd.DataFrame({"place": ["north", None, "north"]})
    patterns = group_rows(frame, ["place"], np.array([0, 1, 1]), 2, weights=np.array([2.0, 3.0, 5.0]))
    assert patterns.counts.tolist() == [[0.0, 3.0], [2.0, 5.0]]
    assert patterns.frame["place"].isna().tolist() == [True, False]


def test_no_rows_give_no_patterns() -> None:
    patterns = group_rows(pd.DataFrame({"place": []}), ["place"], np.array([], dtype=np.int64), 2)
    assert patterns.counts.shape == (0, 2)


def test_a_null_key_is_a_cluster_of_its_own() -> None:
    codes = cluster_codes(pd.Series(["b", None, "a", "b", None]))
    assert codes.tolist() == [0, 1, 2, 0, 3]


def test_only_null_keys_are_all_apart() -> None:
    assert cluster_codes(pd.Series([None, None], dtype="object")).tolist() == [0, 1]
