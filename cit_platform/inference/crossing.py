"""The covariates of rows in two halves, crossed: patterns of each half, and the cells in which the rows lie."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cit_platform.inference.design import BoolArray, DesignColumn, FloatArray, IntArray, Predictors, Term
from cit_platform.inference.patterns import group_rows


@dataclass(frozen=True, eq=False)
class Half:
    """Some of the terms: the pattern (n,) of each row, and the levels and numbers of the patterns.

    `belongs` (a, L) says which of the levels each of a patterns has, `levels` which these are, `reference` (L,) which
    are compared with; `numbers` (a, q) are the terms that are numbers, `names` which.
    """

    pattern: IntArray
    levels: tuple[DesignColumn, ...]
    reference: BoolArray
    belongs: FloatArray
    names: tuple[DesignColumn, ...]
    numbers: FloatArray

    @property
    def columns(self) -> tuple[DesignColumn, ...]:
        """All levels, then the numbers."""
        return self.levels + self.names

    @cached_property
    def matrix(self) -> FloatArray:
        """Levels and numbers of each pattern, (a, L + q)."""
        return np.hstack([self.belongs, self.numbers])

    @cached_property
    def term_of(self) -> IntArray:
        """For each level the number of its term, (L,)."""
        terms = list(dict.fromkeys(level.term for level in self.levels))
        return np.array([terms.index(level.term) for level in self.levels], dtype=np.int64)


def half_of(predictors: Predictors, terms: Sequence[Term]) -> Half:
    """The half that some terms make, of n rows; an indicator is a term of two levels."""
    chosen = Predictors(
        predictors.n_rows,
        {term.name: predictors.factors[term.name] for term in terms if term.categorical},
        {term.name: predictors.numbers[term.name] for term in terms if not term.categorical},
    )
    patterns = group_rows(chosen, np.zeros(predictors.n_rows, dtype=np.int64), 2)
    found = patterns.predictors
    levels, reference, belongs = [], [], []
    for term in terms:
        if term.categorical:
            factor = found.factors[term.name]
            levels += [DesignColumn(term.name, level) for level in factor.levels]
            reference += [level == term.reference for level in factor.levels]
            belongs += [factor.codes == code for code in range(len(factor.levels))]
        elif term.kind == "indicator":
            levels += [DesignColumn(term.name, level) for level in ("0", "1")]
            reference += [True, False]
            belongs += [found.numbers[term.name] == value for value in (0.0, 1.0)]
    numeric = [term.name for term in terms if term.kind == "number"]
    # A number that is missing is of a row without weight: any other will do.
    numbers = [np.nan_to_num(found.numbers[name]) for name in numeric]
    return Half(
        patterns.row_pattern,
        tuple(levels),
        np.array(reference, dtype=np.bool_),
        np.column_stack([np.zeros((found.n_rows, 0)), *belongs]).astype(np.float64),
        tuple(map(DesignColumn, numeric)),
        np.column_stack([np.zeros((found.n_rows, 0)), *numbers]),
    )


@dataclass(frozen=True, eq=False)
class Crossed:
    """Two halves crossed: the cells that occur among n rows.

    `first` and `second` (m,) are the patterns of each cell, in the order of the first; `cell` (n,) that of each row.
    """

    halves: tuple[Half, Half]
    first: IntArray
    second: IntArray
    cell: IntArray

    @cached_property
    def bounds(self) -> IntArray:
        """Where the cells of each first pattern begin and end, (a + 1,)."""
        return np.searchsorted(self.first, np.arange(len(self.halves[0].belongs) + 1))

    def summed(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Values of the cells (m,) added up over the patterns of each half."""
        first: FloatArray = np.add.reduceat(values, self.bounds[:-1])
        return first, np.bincount(self.second, values, len(self.halves[1].belongs)).astype(np.float64, copy=False)

    def weighed(self, place: IntArray, weight: FloatArray) -> FloatArray:
        """Rows by cell, (m,), of some of the n rows, at `place`, each weighing `weight`."""
        return np.bincount(self.cell.take(place), weight, len(self.first)).astype(np.float64, copy=False)

    def spread(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """The sum of a number of the first and one of the second pattern of each cell, (m,)."""
        return first.take(self.first) + second.take(self.second)


def crossed(first: Half, second: Half) -> Crossed:
    """Cross two halves of the same rows."""
    key = first.pattern * len(second.belongs) + second.pattern
    occurring = np.zeros(len(first.belongs) * len(second.belongs), dtype=np.bool_)
    occurring[key] = True
    cells = np.flatnonzero(occurring)
    number = np.cumsum(occurring) - 1
    return Crossed((first, second), cells // len(second.belongs), cells % len(second.belongs), number[key])
