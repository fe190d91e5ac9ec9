"""One specification fitted to the feature tables: the counts of its rows, their diagnosis, the fit."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cit_platform.inference.counts import fit_counts
from cit_platform.inference.covariance import clustered, two_way
from cit_platform.inference.design import Design, FloatArray, predictors_of
from cit_platform.inference.diagnosis import Diagnosis, diagnose
from cit_platform.inference.firth import fit_firth
from cit_platform.inference.fit import Fit
from cit_platform.inference.patterns import Cells, Patterns, group_cells, group_rows
from cit_platform.inference.verdict import Verdict
from cit_platform.modelling.counts import counts_statement, sizes_statement, with_outcomes
from cit_platform.modelling.features import Answer, Features
from cit_platform.modelling.specification import Specification, Window


@dataclass(frozen=True, eq=False)
class Problem:
    """What a specification takes from the feature tables, counted and diagnosed.

    `patterns` are the counts by pattern; `cells` the same by cluster as well, with one column of cluster codes per
    clustering, None for the covariance of the model.
    """

    specification: Specification
    window: Window
    patterns: Patterns
    cells: Cells | None
    diagnosis: Diagnosis

    @property
    def counts(self) -> FloatArray:
        """Rows by kept pattern and outcome, (m, J): what belongs to the design of the diagnosis."""
        return self.patterns.counts[self.diagnosis.kept]

    @property
    def kept_cells(self) -> Cells:
        """The cells of the kept patterns.

        Raises:
            ValueError: the specification has no clustering.
        """
        if self.cells is None:
            raise ValueError(f"{self.specification} has no clusters.")
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
    verdict: Verdict | None
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


def problem_of(specification: Specification, window: Window, counted: Answer) -> Problem:
    """Pose a problem from the answer of its `counts_statement`, or from several of such answers put together."""
    counted = with_outcomes(counted, specification)
    names, outcome, n = specification.outcome_names, counted["outcome"], counted["n"].astype(np.float64)
    patterns = group_rows(predictors_of(counted, specification.terms), outcome, len(names), n)
    cells = None
    if specification.clusterings:
        clusters = np.column_stack([counted[f"{name}_code"] for name in specification.clusterings])
        # In an order of their own, for the query answers in any: the same counts give the same digits.
        cells = group_cells(patterns.row_pattern, clusters, outcome, len(names), n)
    diagnosis = diagnose(
        patterns.predictors, patterns.counts, names, specification.terms, specification.exposure, cells
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
    statement = sizes_statement(specification, problem.window, problem.diagnosis.left_out)
    sizes = features.select(*statement)
    return int(sizes["contacts"][0]), int(sizes["officers"][0])


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
