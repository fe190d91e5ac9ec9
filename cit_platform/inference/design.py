"""Design matrices: named terms with explicit references in, a numeric matrix with stable column identity out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

INTERCEPT = "intercept"


@dataclass(frozen=True)
class Term:
    """One predictor of a model.

    `reference` is the level that a categorical term is compared with. For an indicator it is only the words for zero.
    """

    name: str
    kind: Literal["categorical", "indicator", "number"]
    reference: str = ""

    @property
    def categorical(self) -> bool:
        """Whether the term has one column per level other than its reference."""
        return self.kind == "categorical"


@dataclass(frozen=True)
class DesignColumn:
    """Identity of one column: its term, and its level ('' for intercept, numbers and indicators)."""

    term: str
    level: str = ""

    @property
    def label(self) -> str:
        """The column in words, e.g. `call_risk violent`."""
        return f"{self.term} {self.level}".strip()


@dataclass(frozen=True, eq=False)
class Design:
    """A design matrix: `matrix` is (n rows, p columns), its first column the intercept."""

    columns: tuple[DesignColumn, ...]
    matrix: FloatArray

    def positions(self, term: str) -> list[int]:
        """Columns that belong to a term; empty where the term has none."""
        return [i for i, column in enumerate(self.columns) if column.term == term]

    def without(self, positions: Sequence[int]) -> "Design":
        """The same rows without some columns."""
        left = [i for i in range(len(self.columns)) if i not in set(positions)]
        return Design(tuple(self.columns[i] for i in left), self.matrix[:, left])

    def with_value(self, term: str, value: float) -> FloatArray:
        """The matrix with a number or indicator set to one value in every row; (n, p).

        Raises:
            ValueError: the term is not exactly one column of this design.
        """
        positions = self.positions(term)
        if len(positions) != 1:
            raise ValueError(f"{term} has {len(positions)} columns in this design; exactly one can be set to a value.")
        changed = self.matrix.copy()
        changed[:, positions[0]] = value
        return changed


def levels_of(frame: pd.DataFrame, term: Term) -> list[str]:
    """Levels of a categorical term that occur, in alphabetical order; null is no level."""
    return sorted(frame[term.name].dropna().unique().tolist())


def design_columns(frame: pd.DataFrame, terms: Sequence[Term]) -> tuple[DesignColumn, ...]:
    """Columns that these terms have in these rows: the intercept, then each term, levels in alphabetical order."""
    columns = [DesignColumn(INTERCEPT)]
    for term in terms:
        if term.categorical:
            columns += [DesignColumn(term.name, level) for level in levels_of(frame, term) if level != term.reference]
        else:
            columns.append(DesignColumn(term.name))
    return tuple(columns)


def design_matrix(frame: pd.DataFrame, terms: Sequence[Term]) -> Design:
    """Build the design matrix of some rows by treatment contrasts.

    Args:
        frame: n rows with one column per term; text for categorical terms, numbers for the others.
        terms: predictors in the order their columns shall have.

    Returns:
        A design of n rows: intercept, then the terms; only levels that occur have a column.

    Raises:
        ValueError: a value is missing or infinite, or a categorical term's reference does not occur.
    """
    columns = design_columns(frame, terms)
    matrix = np.empty((len(frame), len(columns)), order="F")
    matrix[:, 0] = 1.0
    position = 1
    for term in terms:
        block = _categorical_block(frame, term) if term.categorical else _numeric_block(frame, term)
        matrix[:, position : position + block.shape[1]] = block
        position += block.shape[1]
    return Design(columns, matrix)


def _numeric_block(frame: pd.DataFrame, term: Term) -> FloatArray:
    values = frame[term.name].to_numpy(dtype=np.float64, na_value=np.nan)
    if not np.isfinite(values).all():
        raise ValueError(f"{term.name} has missing or infinite values.")
    return values[:, None]


def _categorical_block(frame: pd.DataFrame, term: Term) -> FloatArray:
    codes, levels = pd.factorize(frame[term.name], sort=True)
    if (codes < 0).any():
        raise ValueError(f"{term.name} has missing values.")
    if term.reference not in levels:
        raise ValueError(f"{term.name} has no row of its reference {term.reference!r}.")
    others = np.array([code for code, level in enumerate(levels) if level != term.reference], dtype=codes.dtype)
    # By column, as the matrix that it becomes part of.
    return np.asarray((others[:, None] == codes).T, dtype=np.float64)
