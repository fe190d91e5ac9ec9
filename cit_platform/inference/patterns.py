"""Rows grouped to covariate patterns with a count per outcome: all that the likelihood of these models needs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cit_platform.inference.design import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Patterns:
    """Distinct covariate patterns.

    `frame` has one row per pattern (m) and one column per term; `counts` is (m, J outcomes);
    `row_pattern` (n,) gives for each grouped row its pattern.
    """

    frame: pd.DataFrame
    counts: FloatArray
    row_pattern: IntArray


def group_rows(
    frame: pd.DataFrame,
    columns: Sequence[str],
    outcome: IntArray,
    n_outcomes: int,
    weights: FloatArray | None = None,
) -> Patterns:
    """Group rows by their values in some columns and count the outcomes of each pattern.

    Args:
        frame: n rows.
        columns: columns that make the pattern; a missing value is a value of its own.
        outcome: (n,) codes 0 … n_outcomes - 1.
        n_outcomes: number of outcomes J.
        weights: (n,) rows that each row stands for; one each if not given.

    Returns:
        Patterns in lexicographic order of their values, missing first.
    """
    key = np.zeros(len(frame), dtype=np.int64)
    for name in columns:
        codes, levels = pd.factorize(frame[name], sort=True)
        # Compacting after each column keeps the key far from overflow.
        key = np.unique(key * (len(levels) + 1) + codes + 1, return_inverse=True)[1]
    _, first, row_pattern = np.unique(key, return_index=True, return_inverse=True)
    cells = np.bincount(row_pattern * n_outcomes + outcome, weights=weights, minlength=len(first) * n_outcomes)
    return Patterns(
        frame=frame.iloc[first][list(columns)].reset_index(drop=True),
        counts=cells.reshape(len(first), n_outcomes).astype(np.float64),
        row_pattern=row_pattern,
    )
