"""Tables with clusters and incidents, grouped and fitted, for the tests of what is robust to them."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cit_platform.inference.counts import fit_counts
from cit_platform.inference.design import Design, Term, design_of, predictors_of
from cit_platform.inference.fit import Fit
from cit_platform.inference.patterns import ClusterCounts, group_clusters, group_rows
from cit_platform_tests.inference.tables import AGE, EXPOSED, KIND, PLACE, random_table

TERMS = (EXPOSED, AGE, PLACE, KIND)
NAMES = ("none", "force", "more")


@dataclass(frozen=True, eq=False)
class Fitted:
    """Rows, their grouping to cells of (cluster, incident), and the fit of the cells."""

    rows: pd.DataFrame
    design: Design
    cells: ClusterCounts
    fit: Fit


def clustered_table(seed: int, n: int, n_outcomes: int) -> pd.DataFrame:
    """Random rows with a cluster key (40 or more) and an incident key (about three rows each)."""
    draw = np.random.default_rng(seed)
    return random_table(seed, n, n_outcomes).assign(incident=draw.integers(0, n // 3, n))


def fitted(rows: pd.DataFrame, n_outcomes: int = 2, terms: tuple[Term, ...] = TERMS) -> Fitted:
    """Group rows by the values of some terms and fit them."""
    outcome = rows["outcome"].to_numpy()
    patterns = group_rows(predictors_of(rows, terms), outcome, n_outcomes)
    cells = group_clusters(patterns.row_pattern, rows[["cluster", "incident"]].to_numpy(), outcome, n_outcomes)
    design = design_of(patterns.predictors, terms)
    return Fitted(rows, design, cells, fit_counts(design, patterns.counts, NAMES[:n_outcomes]))


def by_incident(cells: ClusterCounts) -> ClusterCounts:
    """The same counts with the second of their clusterings alone."""
    return replace(cells, clusters=cells.clusters[:, 1:])


def without_factor(fit: Fit) -> np.ndarray:
    """A clustered covariance without its factor for finite samples (CR0)."""
    assert fit.n_clusters is not None
    g, n, k = fit.n_clusters, fit.n_rows, fit.coefficients.size
    return fit.covariance / (g / (g - 1) * (n - 1) / (n - k))
