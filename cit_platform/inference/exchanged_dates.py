"""Dates exchanged at random among units that could have had each other's: what chance alone would bring about."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cit_platform.inference.design import BoolArray, FloatArray, IntArray

# Rounds of random pairs from one draw to the next; each unit then met about as many others.
ROUNDS = 40


@dataclass(frozen=True, eq=False)
class Dated:
    """Units with a date each; all are (G,).

    `group` are codes of those who may exchange, -1 for units that keep their date. `date` is infinite where there is
    none. `first` and `last` are when a unit was there: a date goes only to who was there on that day.
    """

    group: IntArray
    date: FloatArray
    first: FloatArray
    last: FloatArray

    def movable(self) -> BoolArray:
        """Which units have somebody to exchange a different date with, (G,)."""
        result = np.zeros(len(self.group), dtype=np.bool_)
        for code in np.unique(self.group[self.group >= 0]):
            own = np.flatnonzero(self.group == code)
            one, other = np.meshgrid(own, own, indexing="ij")
            fits = self._exchangeable(self.date, one.ravel(), other.ravel())
            different = self.date[one.ravel()] != self.date[other.ravel()]
            result[one.ravel()[fits & different]] = True
        return result

    def _exchangeable(self, date: FloatArray, one: IntArray, other: IntArray) -> BoolArray:
        """Whether each of two units was there on the date of the other and on its own, where they have one."""
        fits = np.ones(len(one), dtype=np.bool_)
        for of in (one, other):
            day = date[of]
            for unit in (one, other):
                fits &= np.isinf(day) | ((self.first[unit] <= day) & (day <= self.last[unit]))
        return fits

    def rounds(self, date: FloatArray, draw: np.random.Generator) -> FloatArray:
        """Dates after some rounds in which pairs, drawn anew, exchange with a chance of a half where they can."""
        date, movable = date.copy(), np.flatnonzero(self.group >= 0)
        for _ in range(ROUNDS):
            order = movable[np.lexsort((draw.random(len(movable)), self.group[movable]))]
            one, other = order[:-1], order[1:]
            # Every second of each group: first with second, third with fourth.
            place = np.arange(len(order)) - np.searchsorted(self.group[order], self.group[order])
            pairs = (self.group[one] == self.group[other]) & (place[:-1] % 2 == 0) & (draw.random(len(one)) < 0.5)
            one, other = one[pairs], other[pairs]
            fits = self._exchangeable(date, one, other)
            one, other = one[fits], other[fits]
            date[one], date[other] = date[other], date[one]
        return date


def exchanges(dated: Dated, n_draws: int, seed: int) -> Iterator[FloatArray]:
    """Dates (G,) of some draws, each as likely as the dates observed if these are exchangeable.

    Pairs exchange in rounds. All draws begin at one arrangement that lies as many rounds behind the dates observed as
    before each draw, so that these are one more draw among them, however few the rounds.

    Source: Besag and Clifford (1989), Biometrika 76, 633-642 (the parallel method).
    """
    draw = np.random.default_rng(seed)
    begin = dated.rounds(dated.date, draw)
    for _ in range(n_draws):
        yield dated.rounds(begin, draw)
