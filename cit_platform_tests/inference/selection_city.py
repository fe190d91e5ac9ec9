"""Small cities of officers and calls for prognostic scores and overlap weights: selection and truth are chosen."""

from dataclasses import dataclass

import numpy as np

from cit_platform.inference.cross_fitting import CrossFit, cross_fit, folds_of
from cit_platform.inference.design import Design, DesignColumn, FloatArray, IntArray
from cit_platform.inference.patterns import ClusterCounts
from cit_platform.inference.prognostic_score import Rows


@dataclass(frozen=True)
class City:
    """Contacts in order: officer, stratum, violent call, certified, force, and the risk of the call beforehand."""

    officer: IntArray
    stratum: IntArray
    violent: IntArray
    certified: FloatArray
    force: FloatArray
    risk: FloatArray

    @property
    def pattern(self) -> IntArray:
        """Codes of stratum and violent."""
        return 2 * self.stratum + self.violent

    @property
    def design(self) -> Design:
        """One row per pattern: intercept, stratum, violent."""
        n_strata = int(self.stratum.max()) + 1
        stratum, violent = np.divmod(np.arange(2 * n_strata), 2)
        matrix = np.column_stack([np.ones(2 * n_strata), *(stratum == s for s in range(1, n_strata)), violent])
        columns = ("intercept", *(f"s{s}" for s in range(1, n_strata)), "violent")
        return Design(tuple(DesignColumn(name) for name in columns), matrix.astype(np.float64))

    @property
    def rows(self) -> Rows:
        """All contacts, certified ones as group 1."""
        return Rows(self.pattern, self.officer, self.stratum, self.certified, np.ones(len(self.officer)))

    def cells(self, event: FloatArray, rows: np.ndarray) -> ClusterCounts:
        """Counts of an event in some rows, a cell each."""
        counts = np.column_stack([1.0 - event[rows], event[rows]])
        return ClusterCounts(self.pattern[rows], counts, self.officer[rows][:, None])

    def score(self) -> CrossFit:
        """The prognostic score of officers without certification."""
        found = cross_fit(
            self.design, self.cells(self.force, self.certified == 0), folds_of(int(self.officer.max()) + 1)
        )
        assert isinstance(found, CrossFit)
        return found


def city(
    seed: int, officers: int = 120, contacts: int = 6_000, calls: float = 1.0, hidden: float = 1.0, strata: int = 6
) -> City:
    """Certified officers write violent calls with odds `calls`, and calls of an unrecorded severity with odds `hidden`.

    Certification itself changes nothing. Officers differ in force, and the certified share and the share of violent
    calls both rise over the strata.
    """
    draw = np.random.default_rng(seed)
    own, chance = draw.normal(0, 0.4, officers), draw.random(officers)
    stratum = draw.integers(0, strata, contacts)
    violent = (draw.random(contacts) < 0.1 + 0.03 * stratum).astype(np.int64)
    severe = draw.random(contacts) < 0.2
    # Among the officers on duty, certified ones are those below a threshold; a call draws one of either kind.
    share = 0.35 + 0.05 * stratum
    odds = share / (1 - share) * np.where(violent == 1, calls, 1.0) * np.where(severe, hidden, 1.0)
    certified = (draw.random(contacts) < odds / (1 + odds)).astype(np.float64)
    kind = chance < 0.5
    who = [np.flatnonzero(~kind), np.flatnonzero(kind)]
    officer = np.array([who[int(c)][draw.integers(len(who[int(c)]))] for c in certified])
    logit = -3.0 + 1.4 * violent + 0.1 * stratum + np.log(3) * severe * (hidden != 1)
    risk = 1 / (1 + np.exp(-logit))
    force = (draw.random(contacts) < 1 / (1 + np.exp(-logit - own[officer]))).astype(np.float64)
    return City(officer, stratum, violent, certified, force, risk)
