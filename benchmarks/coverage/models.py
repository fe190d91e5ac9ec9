"""The models whose intervals are judged: their patterns, and the counts that a city puts into them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from benchmarks.coverage.cities import CALL_RISKS, DISPOSITIONS, PATTERNS, PRECINCTS, City
from cit_platform.inference.design import Design, IntArray, Term, design_matrix
from cit_platform.inference.patterns import ClusterCounts

EXPOSURE = "cit_certified"
TERMS = (
    Term(EXPOSURE, "indicator", "not certified"),
    Term("experience_years", "number"),
    Term("call_risk", "categorical", "welfare"),
    Term("precinct", "categorical", "North"),
)


@dataclass(frozen=True, eq=False)
class Model:
    """A logit of one outcome.

    Attributes:
        name: force or disposition.
        outcomes: J names, the reference first.
        design: (m, p) one row for each combination of the predictors' values, whether it occurs or not.
        row: row of the design for each pattern of a city, in C order of `PATTERNS`.
    """

    name: Literal["force", "disposition"]
    outcomes: tuple[str, ...]
    design: Design
    row: IntArray

    def outcome(self, city: City, *, null: bool) -> IntArray:
        """Code of the outcome of each contact, as it is or under the null of no effect of certification; (n,)."""
        return city.force(null=null) if self.name == "force" else city.disposition(null=null)


def _model(name: Literal["force", "disposition"], outcomes: tuple[str, ...], terms: Sequence[Term]) -> Model:
    levels = dict(zip((term.name for term in TERMS), np.indices(PATTERNS).reshape(4, -1), strict=True))
    used = [levels[term.name] for term in terms]
    row = np.unique(np.ravel_multi_index(used, [codes.max() + 1 for codes in used]), return_inverse=True)[1]
    frame = pd.DataFrame(levels).assign(
        call_risk=np.array(CALL_RISKS)[levels["call_risk"]], precinct=np.array(PRECINCTS)[levels["precinct"]]
    )
    first = np.unique(row, return_index=True)[1]
    return Model(name, outcomes, design_matrix(frame.iloc[first], terms), row)


FORCE_MODEL = _model("force", ("no_force", "force"), TERMS)
DISPOSITION_MODEL = _model("disposition", DISPOSITIONS, [term for term in TERMS if term.name != "experience_years"])
MODELS = (FORCE_MODEL, DISPOSITION_MODEL)


@dataclass(frozen=True, eq=False)
class Grouping:
    """Contacts of a city grouped by officer, incident where asked, and pattern, to be counted more than once.

    `pattern` (c,) and `clusters` (c, 1 or 2) describe the cells; `cell` (n,) is the one that a contact belongs to.
    """

    pattern: IntArray
    clusters: IntArray
    cell: IntArray

    def count(self, outcome: IntArray, n_outcomes: int, weights: IntArray | None) -> ClusterCounts:
        """Count outcomes, each contact once or as often as its weight says; both (n,)."""
        n_cells = len(self.pattern)
        counts = np.bincount(self.cell * n_outcomes + outcome, weights, minlength=n_cells * n_outcomes)
        return ClusterCounts(self.pattern, counts.reshape(n_cells, n_outcomes).astype(np.float64), self.clusters)


def group(model: Model, city: City, *, by_incident: bool) -> Grouping:
    """Group the contacts of a city for a model."""
    keys = (city.officer, *([city.incident] if by_incident else []), model.row[city.pattern])
    shape = tuple(codes.max() + 1 for codes in keys)
    distinct, cell = np.unique(np.ravel_multi_index(keys, shape), return_inverse=True)
    *clusters, pattern = np.unravel_index(distinct, shape)
    return Grouping(pattern, np.column_stack(clusters), cell)
