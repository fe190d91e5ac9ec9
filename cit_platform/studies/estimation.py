"""One specification fitted to the feature tables: the counts of its rows, their diagnosis, the fit."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cit_platform.inference.counts import fit_counts
from cit_platform.inference.covariance import clustered, two_way
from cit_platform.inference.design import Design, FloatArray
from cit_platform.inference.diagnosis import Diagnosis, diagnose
from cit_platform.inference.firth import fit_firth
from cit_platform.inference.fit import Fit
from cit_platform.inference.patterns import Cells, Patterns, group_cells, group_rows
from cit_platform.studies.features import Features
from cit_platform.studies.grouping import counts_statement, sizes_statement
from cit_platform.studies.specification import Specification, Window


@dataclass(frozen=True, eq=False)
class Problem:
    """What a specification takes from the feature tables, counted and diagnosed.

    `cells` are the counts by cluster and pattern, with one column of cluster codes per clustering (none for the
    covariance of the model); `patterns` the same without clusters.
    """

    specification: Specification
    window: Window
    patterns: Patterns
    cells: Cells
    diagnosis: Diagnosis

    @property
    def counts(self) -> FloatArray:
        """Rows by kept pattern and outcome, (m, J): what belongs to the design of the diagnosis."""
        return self.patterns.counts[self.diagnosis.kept]

    @property
    def kept_cells(self) -> Cells:
        """The cells of the kept patterns."""
        return self.cells.of_patterns(self.diagnosis.kept)


@dataclass(frozen=True, eq=False)
class Estimation:
    """A specification with its answer.

    `fit` has the covariance of the specification, `model_fit` that of the model, as if rows were independent. Both
    are None, or `fit` is without numbers, where `verdict` says why.
    """

    problem: Problem
    model_fit: Fit | None
    fit: Fit | None
    verdict: str
    n_contacts: int
    n_officers: int

    @property
    def specification(self) -> Specification:
        """What was asked."""
        return self.problem.specification

    @property
    def window(self) -> Window:
        """Report dates analysed, both ends included."""
        return self.problem.window

    @property
    def design(self) -> Design | None:
        """The design of the kept patterns; None where nothing can be estimated."""
        return self.problem.diagnosis.design


def pose(specification: Specification, features: Features, window: Window) -> Problem:
    """Count the rows of a specification that were reported within a window, both ends included, and diagnose them."""
    return problem_of(specification, window, features.select(*counts_statement(specification, window)))


def problem_of(specification: Specification, window: Window, counted: pd.DataFrame) -> Problem:
    """Pose a problem from the answer of its `counts_statement`, or from several of such answers put together."""
    names = specification.outcome_names
    outcome = counted["outcome"].to_numpy(dtype=np.int64)
    n = counted["n"].to_numpy(dtype=np.float64)
    patterns = group_rows(counted, specification.term_names, outcome, len(names), n)
    clusters = counted[[f"{name}_code" for name in specification.clusterings]].to_numpy(dtype=np.int64)
    # In an order of their own, for the query answers in any: the same counts give the same digits.
    cells = group_cells(patterns.row_pattern, clusters, outcome, len(names), n)
    by_cluster = cells if specification.clusterings else None
    diagnosis = diagnose(
        patterns.frame, patterns.counts, names, specification.terms, specification.exposure, by_cluster
    )
    return Problem(specification, window, patterns, cells, diagnosis)


def solve(problem: Problem, features: Features) -> Estimation:
    """Fit a posed problem."""
    n_contacts, n_officers = _sizes(problem, features)
    model_fit = maximum(problem)
    fit = None if model_fit is None else with_covariance(problem, model_fit)
    return Estimation(
        problem=problem,
        model_fit=model_fit,
        fit=fit,
        verdict=problem.diagnosis.verdict if fit is None else fit.verdict,
        n_contacts=n_contacts,
        n_officers=n_officers,
    )


def _sizes(problem: Problem, features: Features) -> tuple[int, int]:
    """Distinct contacts and officers among the rows that stay: of the counts, where these tell them apart."""
    specification = problem.specification
    if specification.unit == "contact" and "officer" in specification.clusterings:
        officers = problem.kept_cells.clusters[:, specification.clusterings.index("officer")]
        return round(problem.counts.sum()), len(np.unique(officers))
    sizes = features.select(*sizes_statement(specification, problem.window, problem.diagnosis.left_out)).iloc[0]
    return int(sizes["contacts"]), int(sizes["officers"])


def maximum(problem: Problem) -> Fit | None:
    """The fit with model-based covariance; None where the diagnosis left nothing to fit."""
    design, names = problem.diagnosis.design, problem.specification.outcome_names
    if design is None:
        return None
    fit = fit_firth if problem.specification.estimator == "firth" else fit_counts
    return fit(design, problem.counts, names)


def with_covariance(problem: Problem, fit: Fit) -> Fit:
    """The same fit with the covariance of its specification."""
    clusterings, design = problem.specification.clusterings, problem.diagnosis.design
    if not clusterings or not fit.converged or design is None:
        return fit
    return (two_way if len(clusterings) == 2 else clustered)(fit, design, problem.kept_cells)


def estimate(specification: Specification, features: Features, window: Window) -> Estimation:
    """Fit a specification to the rows of its unit that were reported within a window, both ends included."""
    return solve(pose(specification, features, window), features)


def estimate_all(specifications: Sequence[Specification], features: Features, window: Window) -> tuple[Estimation, ...]:
    """Fit several specifications to the same window."""
    return tuple(estimate(specification, features, window) for specification in specifications)
