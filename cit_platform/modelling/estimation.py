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
from cit_platform.inference.patterns import ClusterCounts, Patterns, group_clusters, group_rows
from cit_platform.inference.verdict import Verdict
from cit_platform.modelling.counts import counts_statement, sizes_statement, with_outcomes
from cit_platform.modelling.features import Columns, Features
from cit_platform.modelling.specification import Specification, Window


@dataclass(frozen=True, eq=False)
class GroupedData:
    """What a specification takes from the feature tables, counted and diagnosed.

    `patterns` are the counts by pattern; `cells` the same by cluster as well, with one column of cluster codes per
    clustering, None for the covariance of the model.
    """

    specification: Specification
    window: Window
    patterns: Patterns
    cells: ClusterCounts | None
    diagnosis: Diagnosis

    @property
    def counts(self) -> FloatArray:
        """Rows by kept pattern and outcome, (m, J): what belongs to the design of the diagnosis."""
        return self.patterns.counts[self.diagnosis.kept]

    @property
    def kept_cells(self) -> ClusterCounts:
        """The cells of the kept patterns.

        Raises:
            ValueError: the specification has no clustering.
        """
        if self.cells is None:
            raise ValueError(f"{self.specification} has no clusters.")
        return self.cells.of_patterns(self.diagnosis.kept)


@dataclass(frozen=True, eq=False)
class Estimation:
    """A specification fitted.

    `fit` has the covariance of the specification, `model_fit` that of the model, as if rows were independent. Both
    are None, or `fit` is without numbers, where `verdict` says why.
    """

    data: GroupedData
    model_fit: Fit | None
    fit: Fit | None
    verdict: Verdict | None
    n_contacts: int
    n_officers: int

    @property
    def specification(self) -> Specification:
        """What was asked."""
        return self.data.specification

    @property
    def window(self) -> Window:
        """Report dates analysed, both ends included."""
        return self.data.window

    @property
    def design(self) -> Design | None:
        """The design of the kept patterns; None where nothing can be estimated."""
        return self.data.diagnosis.design


def prepare(specification: Specification, features: Features, window: Window) -> GroupedData:
    """Count the rows of a specification that were reported within a window, both ends included, and diagnose them."""
    return grouped_data(specification, window, features.select(*counts_statement(specification, window)))


def grouped_data(specification: Specification, window: Window, counted: Columns) -> GroupedData:
    """Group and diagnose what its `counts_statement` gave, or several such results put together."""
    counted = with_outcomes(counted, specification)
    names, outcome, n = specification.outcome_names, counted["outcome"], counted["n"].astype(np.float64)
    patterns = group_rows(predictors_of(counted, specification.terms), outcome, len(names), n)
    cells = None
    if specification.clusterings:
        clusters = np.column_stack([counted[f"{name}_code"] for name in specification.clusterings])
        # In an order of their own, for the query answers in any: the same counts give the same digits.
        cells = group_clusters(patterns.row_pattern, clusters, outcome, len(names), n)
    diagnosis = diagnose(
        patterns.predictors, patterns.counts, names, specification.terms, specification.exposure, cells
    )
    return GroupedData(specification, window, patterns, cells, diagnosis)


def fit_prepared(data: GroupedData, features: Features) -> Estimation:
    """Fit grouped data."""
    n_contacts, n_officers = _sizes(data, features)
    model_fit = fit_model(data)
    fit = None if model_fit is None else with_covariance(data, model_fit)
    return Estimation(
        data=data,
        model_fit=model_fit,
        fit=fit,
        verdict=data.diagnosis.verdict if fit is None else fit.verdict,
        n_contacts=n_contacts,
        n_officers=n_officers,
    )


def _sizes(data: GroupedData, features: Features) -> tuple[int, int]:
    """Distinct contacts and officers among the rows that stay: of the counts, where these tell them apart."""
    specification = data.specification
    if specification.unit == "contact" and "officer" in specification.clusterings:
        officers = data.kept_cells.clusters[:, specification.clusterings.index("officer")]
        return round(data.counts.sum()), len(np.unique(officers))
    statement = sizes_statement(specification, data.window, data.diagnosis.left_out)
    sizes = features.select(*statement)
    return int(sizes["contacts"][0]), int(sizes["officers"][0])


def fit_model(data: GroupedData) -> Fit | None:
    """The fit with model-based covariance; None where the diagnosis left nothing to fit."""
    design, names = data.diagnosis.design, data.specification.outcome_names
    if design is None:
        return None
    fit = fit_firth if data.specification.estimator == "firth" else fit_counts
    return fit(design, data.counts, names)


def with_covariance(data: GroupedData, fit: Fit) -> Fit:
    """The same fit with the covariance of its specification."""
    clusterings, design = data.specification.clusterings, data.diagnosis.design
    if not clusterings or not fit.converged or design is None:
        return fit
    return (two_way if len(clusterings) == 2 else clustered)(fit, design, data.kept_cells)


def estimate(specification: Specification, features: Features, window: Window) -> Estimation:
    """Fit a specification to the rows of its unit that were reported within a window, both ends included."""
    return fit_prepared(prepare(specification, features, window), features)


def estimate_all(specifications: Sequence[Specification], features: Features, window: Window) -> tuple[Estimation, ...]:
    """Fit several specifications to the same window."""
    return tuple(estimate(specification, features, window) for specification in specifications)
