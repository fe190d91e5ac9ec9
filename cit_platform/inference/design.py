"""Design matrices: named terms with explicit references in, a numeric matrix with stable column identity out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

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
        if not positions:
            return self
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


@dataclass(frozen=True, eq=False)
class Factor:
    """A categorical variable: `codes` (n,) into its `levels`, which stand in alphabetical order; -1 is missing."""

    codes: IntArray
    levels: tuple[str, ...]

    @cached_property
    def present(self) -> IntArray:
        """Codes of the levels that occur, in order."""
        return np.flatnonzero(np.bincount(self.codes[self.codes >= 0], minlength=len(self.levels)))


@dataclass(frozen=True, eq=False)
class Predictors:
    """The terms of n rows: factors by name of categorical terms, numbers (n,) of all others; NaN is missing."""

    n_rows: int
    factors: Mapping[str, Factor]
    numbers: Mapping[str, FloatArray]

    def of_rows(self, rows: BoolArray | IntArray) -> "Predictors":
        """Some of the rows: those that a mask (n,) keeps, or those at some positions."""
        if rows.dtype == np.bool_ and rows.all():
            return self
        return Predictors(
            int(rows.sum()) if rows.dtype == np.bool_ else len(rows),
            {name: Factor(factor.codes[rows], factor.levels) for name, factor in self.factors.items()},
            {name: values[rows] for name, values in self.numbers.items()},
        )


def factor_of(values: pd.Series | NDArray[Any]) -> Factor:
    """A column of text, or of anything that sorts, as a factor."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = pd.Series(values).astype(values.dtype.categories.dtype)
    codes, levels = pd.factorize(values, sort=True)
    return Factor(np.asarray(codes, dtype=np.int64), tuple(levels))


def predictors_of(table: pd.DataFrame | Mapping[str, NDArray[Any]], terms: Sequence[Term]) -> Predictors:
    """The terms' columns of a table of n rows: text for categorical terms, numbers for the others."""
    factors = {term.name: factor_of(table[term.name]) for term in terms if term.categorical}
    numbers = {term.name: _numbers(table[term.name]) for term in terms if not term.categorical}
    n_rows = len(table) if isinstance(table, pd.DataFrame) else len(next(iter(table.values())))
    return Predictors(n_rows, factors, numbers)


def _numbers(values: pd.Series | NDArray[Any]) -> FloatArray:
    return pd.Series(values, copy=False).to_numpy(dtype=np.float64, na_value=np.nan)


def design_columns(predictors: Predictors, terms: Sequence[Term]) -> tuple[DesignColumn, ...]:
    """Columns that these terms have in these rows: the intercept, then each term, levels in alphabetical order."""
    columns = [DesignColumn(INTERCEPT)]
    for term in terms:
        if term.categorical:
            factor = predictors.factors[term.name]
            columns += [DesignColumn(term.name, factor.levels[code]) for code in _compared(factor, term)]
        else:
            columns.append(DesignColumn(term.name))
    return tuple(columns)


def _compared(factor: Factor, term: Term) -> list[int]:
    """Codes of the levels that have a column: those that occur, without the reference."""
    return [code for code in factor.present.tolist() if factor.levels[code] != term.reference]


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
    return design_of(predictors_of(frame, terms), terms)


def design_of(predictors: Predictors, terms: Sequence[Term]) -> Design:
    """The design matrix of predictors, as `design_matrix` builds it from a frame."""
    columns = design_columns(predictors, terms)
    # By column: a block of zeros in which each level marks its rows.
    matrix = np.zeros((predictors.n_rows, len(columns)), order="F")
    matrix[:, 0] = 1.0
    position = 1
    for term in terms:
        if not term.categorical:
            matrix[:, position] = _finite(predictors.numbers[term.name], term)
            position += 1
            continue
        factor = _complete(predictors.factors[term.name], term)
        for code in _compared(factor, term):
            matrix[:, position] = factor.codes == code
            position += 1
    return Design(columns, matrix)


def _finite(values: FloatArray, term: Term) -> FloatArray:
    if not np.isfinite(values).all():
        raise ValueError(f"{term.name} has missing or infinite values.")
    return values


def _complete(factor: Factor, term: Term) -> Factor:
    if (factor.codes < 0).any():
        raise ValueError(f"{term.name} has missing values.")
    if not any(factor.levels[code] == term.reference for code in factor.present):
        raise ValueError(f"{term.name} has no row of its reference {term.reference!r}.")
    return factor
