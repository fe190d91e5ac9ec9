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
# Indicators that make one key of a row; with the number of the rows before it fits 64 bits.
KEY_BITS = 32


@dataclass(frozen=True)
class Term:
    """One predictor of a model.

    `reference` is the level that a categorical term is compared with. For an indicator it is only the words for zero.
    `source` is the column that holds it where that has another name.
    """

    name: str
    kind: Literal["categorical", "indicator", "number"]
    reference: str = ""
    source: str = ""

    @property
    def column(self) -> str:
        """The column that holds the term."""
        return self.source or self.name

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


class WeightedGram:
    """X'WX of one matrix X (m, p) for any weights, at the cost of its distinct rows.

    Nearly all columns of a design are indicators; without its numeric ones it has few distinct rows. Weights are added
    up over the rows that are alike before anything is multiplied.
    """

    def __init__(self, matrix: FloatArray) -> None:
        indicator = ((matrix == 0) | (matrix == 1)).all(axis=0)
        self._indicators, self._others = np.flatnonzero(indicator), np.flatnonzero(~indicator)
        self._numbers = matrix[:, self._others]
        first, self._kind = _distinct_rows(matrix[:, self._indicators])
        self._distinct = matrix[np.ix_(first, self._indicators)]

    def __call__(self, weights: FloatArray) -> FloatArray:
        """X'WX, (p, p), for weights (m,) that are not negative."""
        half = np.sqrt(self._sum(weights))[:, None] * self._distinct
        among = half.T @ half
        if not self._others.size:
            return among
        weighted = weights[:, None] * self._numbers
        across = self._distinct.T @ np.column_stack([self._sum(column) for column in weighted.T])
        product = np.empty((len(among) + across.shape[1],) * 2)
        product[np.ix_(self._indicators, self._indicators)] = among
        product[np.ix_(self._indicators, self._others)] = across
        product[np.ix_(self._others, self._indicators)] = across.T
        product[np.ix_(self._others, self._others)] = self._numbers.T @ weighted
        return product

    def _sum(self, values: FloatArray) -> FloatArray:
        """Values (m,) added up over rows of one kind, (d,)."""
        return np.bincount(self._kind, values, len(self._distinct)).astype(np.float64, copy=False)


def _distinct_rows(indicators: FloatArray) -> tuple[IntArray, IntArray]:
    """Of rows (m, a) of zeros and ones: the position of one of each kind, (d,), and the kind of each row, (m,)."""
    kind = np.zeros(len(indicators), dtype=np.int64)
    for start in range(0, indicators.shape[1], KEY_BITS):
        block = indicators[:, start : start + KEY_BITS]
        bits = (block @ 2.0 ** np.arange(block.shape[1])).astype(np.int64)
        kind = np.unique(kind << KEY_BITS | bits, return_inverse=True)[1]
    position = np.zeros(int(kind.max(initial=-1)) + 1, dtype=np.int64)
    position[kind] = np.arange(len(kind))
    return position, kind


@dataclass(frozen=True, eq=False)
class Design:
    """A design matrix: `matrix` is (n rows, p columns), its first column the intercept."""

    columns: tuple[DesignColumn, ...]
    matrix: FloatArray

    @cached_property
    def gram(self) -> WeightedGram:
        """X'WX of the matrix for any weights."""
        return WeightedGram(self.matrix)

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
    if isinstance(values, pd.Series):
        return values.to_numpy(dtype=np.float64, na_value=np.nan)
    return values.astype(np.float64)


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
