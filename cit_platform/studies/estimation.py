"""One specification fitted to one table of features: the rows it takes, their diagnosis, the fit."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cit_platform.inference.clusters import cluster_codes
from cit_platform.inference.counts import fit_counts
from cit_platform.inference.design import Design, FloatArray, IntArray
from cit_platform.inference.diagnosis import Diagnosis, diagnose
from cit_platform.inference.fit import Fit
from cit_platform.inference.patterns import Patterns, group_rows
from cit_platform.inference.row_level import fit_rows
from cit_platform.studies.specification import UNMAPPED, Specification, Window


@dataclass(frozen=True, eq=False)
class Problem:
    """The rows that a specification takes from a table, grouped to patterns and diagnosed.

    `rows` are the eligible rows, `outcome` (n,) their outcome codes, `patterns` their grouping.
    """

    specification: Specification
    rows: pd.DataFrame
    outcome: IntArray
    patterns: Patterns
    diagnosis: Diagnosis

    @property
    def counts(self) -> FloatArray:
        """Rows by kept pattern and outcome, (m, J): what belongs to the design of the diagnosis."""
        return self.patterns.counts[self.diagnosis.kept]

    @property
    def kept_rows(self) -> pd.DataFrame:
        """The rows analysed."""
        return self.rows[self.diagnosis.kept[self.patterns.row_pattern]]


@dataclass(frozen=True, eq=False)
class Estimation:
    """A specification with its answer: `fit` is None or without numbers where `verdict` says why."""

    problem: Problem
    window: Window
    fit: Fit | None
    verdict: str
    n_contacts: int
    n_officers: int

    @property
    def specification(self) -> Specification:
        """What was asked."""
        return self.problem.specification


def pose(specification: Specification, table: pd.DataFrame, weights: FloatArray | None = None) -> Problem:
    """Take the rows of a specification from a table, group and diagnose them.

    Args:
        specification: what is asked.
        table: n rows with the outcome column and one column per term.
        weights: (n,) rows that each row stands for; one each if not given.
    """
    codes = _outcome_codes(specification, table)
    eligible = codes >= 0
    for term in specification.terms:
        if term.categorical:
            eligible &= (table[term.name] != UNMAPPED).fillna(True).to_numpy(dtype=np.bool_)
    rows, outcome = table[eligible], codes[eligible]
    weights = None if weights is None else weights[eligible]
    names = specification.outcome_names
    patterns = group_rows(rows, specification.term_names, outcome, len(names), weights)
    diagnosis = diagnose(patterns.frame, patterns.counts, names, specification.terms, specification.exposure)
    return Problem(specification, rows, outcome, patterns, diagnosis)


def estimate(specification: Specification, records: pd.DataFrame, contacts: pd.DataFrame, window: Window) -> Estimation:
    """Fit a specification to the rows of its unit that were reported within a window, both ends included."""
    problem = pose(specification, within(records if specification.unit == "record" else contacts, window))
    return solve(problem, window)


def solve(problem: Problem, window: Window) -> Estimation:
    """Fit a posed problem to its rows."""
    rows = problem.kept_rows
    # A contact without an officer is a cluster of its own.
    officers = cluster_codes(rows["officer_key"].fillna("contact " + rows["contact_id"]))
    fit = _fit(problem, officers)
    return Estimation(
        problem=problem,
        window=window,
        fit=fit,
        verdict=problem.diagnosis.verdict if fit is None else fit.verdict,
        n_contacts=int(rows["contact_id"].nunique()),
        n_officers=int(officers.max(initial=-1)) + 1,
    )


def _fit(problem: Problem, officers: IntArray) -> Fit | None:
    diagnosis, specification = problem.diagnosis, problem.specification
    if diagnosis.design is None:
        return None
    position = np.cumsum(diagnosis.kept) - 1
    of_kept_row = problem.patterns.row_pattern[diagnosis.kept[problem.patterns.row_pattern]]
    design = Design(diagnosis.design.columns, diagnosis.design.matrix[position[of_kept_row]])
    outcome = problem.outcome[diagnosis.kept[problem.patterns.row_pattern]]
    clusters = officers if specification.covariance == "officer" else None
    grouped = fit_counts(diagnosis.design, problem.counts, specification.outcome_names)
    start = grouped.coefficients if grouped.converged else None
    return fit_rows(design, outcome, specification.outcome_names, clusters, start)


def within(table: pd.DataFrame, window: Window) -> pd.DataFrame:
    """Rows whose reported date lies in the window, both ends included."""
    reported = pd.to_datetime(table["reported_date"])
    return table[(reported >= pd.Timestamp(window[0])) & (reported <= pd.Timestamp(window[1]))]


def estimate_all(
    specifications: Sequence[Specification], records: pd.DataFrame, contacts: pd.DataFrame, window: Window
) -> list[Estimation]:
    """Fit several specifications to the same window."""
    return [estimate(specification, records, contacts, window) for specification in specifications]


def _outcome_codes(specification: Specification, table: pd.DataFrame) -> IntArray:
    """Position of each row's outcome, -1 where it is none of the specification's."""
    values = [outcome.value for outcome in specification.all_outcomes]
    return pd.Index(values).get_indexer(pd.Index(table[specification.column])).astype(np.int64)
