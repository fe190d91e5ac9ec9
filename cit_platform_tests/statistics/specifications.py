"""Random specifications with data of their own: rows, terms, weights, clusters, all from one seed."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cit_platform.inference.counts import fit_counts
from cit_platform.inference.design import Design, FloatArray, IntArray, Term, predictors_of
from cit_platform.inference.diagnosis import diagnose
from cit_platform.inference.fit import Fit
from cit_platform.inference.patterns import ClusterCounts, group_clusters, group_rows

TERMS = (
    Term("exposed", "indicator"),
    Term("age", "number"),
    Term("dose", "number"),
    Term("night", "indicator"),
    Term("place", "categorical", "north"),
    Term("kind", "categorical", "a"),
)
NAMES = ("none", "b", "c", "d")


@dataclass(frozen=True, eq=False)
class Problem:
    """The same problem twice: by rows (`matrix`, `outcome`, `clusters` (n, 2), `weights`) and grouped to `cells`."""

    matrix: FloatArray
    outcome: IntArray
    clusters: IntArray
    weights: FloatArray
    design: Design
    cells: ClusterCounts
    fit: Fit


def random_problem(seed: int, n_outcomes: int, weighted: bool) -> Problem:
    """A diagnosed and fitted problem of 300 to 1,500 rows; `kind` has a level with about 3 % of them."""
    draw = np.random.default_rng(seed)
    n, names = int(draw.integers(300, 1500)), NAMES[:n_outcomes]
    rows = _rows(draw, n, n_outcomes)
    weights = draw.integers(0, 6, n).astype(float) if weighted else np.ones(n)
    others = draw.choice(np.arange(1, len(TERMS)), int(draw.integers(1, len(TERMS))), replace=False)
    terms = tuple(TERMS[i] for i in draw.permutation([0, *others]))
    outcome, clusters = rows["outcome"].to_numpy(), rows[["cluster", "incident"]].to_numpy()
    patterns = group_rows(predictors_of(rows, terms), outcome, n_outcomes, weights)
    cells = group_clusters(patterns.row_pattern, clusters, outcome, n_outcomes, weights)
    diagnosis = diagnose(patterns.predictors, patterns.counts, names, terms, "exposed", cells)
    assert diagnosis.design is not None, diagnosis.verdict
    position = np.cumsum(diagnosis.kept) - 1
    kept = diagnosis.kept[patterns.row_pattern]
    cells = cells.of_patterns(diagnosis.kept)
    fit = fit_counts(diagnosis.design, cells.pattern_counts(len(diagnosis.design.matrix)), names)
    assert fit.converged, fit.verdict
    matrix = diagnosis.design.matrix[position[patterns.row_pattern[kept]]]
    return Problem(matrix, outcome[kept], clusters[kept], weights[kept], diagnosis.design, cells, fit)


def _rows(draw: np.random.Generator, n: int, n_outcomes: int) -> pd.DataFrame:
    """Outcomes depend on all predictors and on effects that clusters and incidents share."""
    clusters, incidents = int(draw.integers(60, 120)), n // 2
    rows = pd.DataFrame(
        {
            "cluster": draw.integers(0, clusters, n),
            "incident": draw.integers(0, incidents, n),
            "exposed": draw.integers(0, 2, n),
            "age": draw.integers(0, 41, n),
            "dose": draw.integers(-2, 3, n) / 4,
            "night": (draw.random(n) < 0.2).astype(int),
            "place": draw.choice(["north", "south", "west"], n, p=[0.5, 0.3, 0.2]),
            "kind": draw.choice(["a", "b", "c", "rare"], n, p=[0.4, 0.37, 0.2, 0.03]),
        }
    )
    signal = np.column_stack(
        [rows["exposed"], rows["age"] / 20 - 1, rows["dose"], rows["night"], rows["place"] == "west"]
    ).astype(float)
    predictor = signal @ draw.normal(0, 0.5, (5, n_outcomes)) + draw.gumbel(size=(n, n_outcomes))
    predictor += draw.normal(0, 0.5, (clusters, n_outcomes))[rows["cluster"]]
    predictor += draw.normal(0, 0.7, (incidents, n_outcomes))[rows["incident"]]
    predictor[:, 0] += draw.uniform(0, 1.5)
    return rows.assign(outcome=np.argmax(predictor, axis=1))
