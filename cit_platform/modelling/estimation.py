"""Specifications fitted to the feature tables: the counts of their rows, their diagnosis, the fit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from cit_platform.inference.counts import fit_counts
from cit_platform.inference.covariance import clustered, two_way
from cit_platform.inference.design import Design, DesignColumn, FloatArray, predictors_of
from cit_platform.inference.diagnosis import NO_LEVELS, Diagnosis, diagnose
from cit_platform.inference.firth import fit_firth
from cit_platform.inference.fit import Fit
from cit_platform.inference.jackknife import Jackknife, jackknifed, one_step_jackknife
from cit_platform.inference.patterns import ClusterCounts, Patterns, group_clusters, group_rows
from cit_platform.inference.verdict import Kind, Verdict
from cit_platform.modelling.counts import counts_statement, sizes_statement, with_outcomes
from cit_platform.modelling.features import Columns, Features
from cit_platform.modelling.shared_fits import SHARED_FITS
from cit_platform.modelling.specification import Specification
from cit_platform.modelling.windows import Window, Windows


@dataclass(frozen=True, eq=False)
class GroupedData:
    """What a specification takes from the feature tables, counted and diagnosed.

    `patterns` are the counts by pattern; `cells` the same by cluster as well, with one column of cluster codes per
    clustering, None for the covariance of the model. `leaving` are the levels that left in any case.
    """

    specification: Specification
    window: Window
    patterns: Patterns
    cells: ClusterCounts | None
    diagnosis: Diagnosis
    leaving: Mapping[DesignColumn, Verdict] = field(default_factory=dict)

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

    `fit` has the covariance of the specification, `model_fit` that of the model, as if rows were independent, and
    `sandwich_fit` that of other software for the clusters (CR1), which is `fit` itself but for a jackknife (CV3). All
    are None, or `fit` is without numbers, where `verdict` says why. `n_officers` counts officers with a name.
    """

    data: GroupedData
    model_fit: Fit | None
    sandwich_fit: Fit | None
    jackknife: Jackknife | None
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


def prepare(specification: Specification, features: Features, windows: Windows) -> GroupedData:
    """Count the rows of a specification within its window, both ends included, and diagnose them.

    Where no quarter has a usable exposure, the rows are those of all data, and the diagnosis says why nothing is
    fitted.
    """
    window = windows.of(specification)
    if window is not None:
        return count_and_diagnose(specification, features, window)
    data = count_and_diagnose(specification, features, windows.all)
    verdict = Verdict(Kind.NO_USABLE_EXPOSURE, {"exposure": specification.exposure})
    return replace(data, diagnosis=replace(data.diagnosis, design=None, unidentified=(), verdict=verdict))


def count_and_diagnose(
    specification: Specification,
    features: Features,
    window: Window,
    leaving: Mapping[DesignColumn, Verdict] = NO_LEVELS,
) -> GroupedData:
    """Count the rows of a specification that were reported within a window, and diagnose them."""

    def count() -> GroupedData:
        counted = features.select(*counts_statement(specification, window))
        return grouped_data(specification, window, counted, leaving)

    if leaving or not features.files:
        return count()
    question = ("counts", features.files, _question(specification), window)
    return replace(SHARED_FITS.get(question, count, _counted_rows), specification=specification)


def _question(specification: Specification) -> Specification:
    """A specification without its names and its place, which no number depends on."""
    return replace(specification, model="", variant="", role="sensitivity", step=None)


def _counted_rows(data: GroupedData) -> int:
    return len(data.patterns.row_pattern)


def grouped_data(
    specification: Specification,
    window: Window,
    counted: Columns,
    leaving: Mapping[DesignColumn, Verdict] = NO_LEVELS,
) -> GroupedData:
    """Group and diagnose what its `counts_statement` gave, or several such results put together."""
    counted = with_outcomes(counted, specification)
    names, outcome, n = specification.outcome_names, counted["outcome"], counted["n"].astype(np.float64)
    patterns = group_rows(predictors_of(counted, specification.terms), outcome, len(names), n)
    cells = None
    if specification.clusterings:
        clusters = np.column_stack([counted[f"{name}_code"] for name in specification.clusterings])
        # In an order of their own, for the query answers in any: the same counts give the same digits.
        cells = group_clusters(patterns.row_pattern, clusters, outcome, len(names), n)
    diagnosis = _diagnose(specification, patterns, cells, leaving)
    return GroupedData(specification, window, patterns, cells, diagnosis, leaving)


def _diagnose(
    specification: Specification,
    patterns: Patterns,
    cells: ClusterCounts | None,
    leaving: Mapping[DesignColumn, Verdict],
) -> Diagnosis:
    names, terms, exposure = specification.outcome_names, specification.terms, specification.exposure
    return diagnose(patterns.predictors, patterns.counts, names, terms, exposure, cells, leaving)


def fit_prepared(data: GroupedData, features: Features) -> Estimation:
    """Fit grouped data."""
    sizes = features.select(*sizes_statement(data.specification, data.window, data.diagnosis.left_out))
    model_fit = fit_model(data)
    sandwich_fit = None if model_fit is None else with_sandwich(data, model_fit)
    jackknife, fit = None, sandwich_fit
    if data.specification.correction == "CV3" and model_fit is not None and sandwich_fit is not None:
        jackknife, fit = _with_jackknife(data, model_fit, sandwich_fit)
    return Estimation(
        data=data,
        model_fit=model_fit,
        sandwich_fit=sandwich_fit,
        jackknife=jackknife,
        fit=fit,
        verdict=data.diagnosis.verdict if fit is None else fit.verdict,
        n_contacts=int(sizes["contacts"][0]),
        n_officers=int(sizes["officers"][0]),
    )


def fit_model(data: GroupedData) -> Fit | None:
    """The fit with model-based covariance; None where the diagnosis left nothing to fit."""
    design, names = data.diagnosis.design, data.specification.outcome_names
    if design is None:
        return None
    fit = fit_firth if data.specification.estimator == "firth" else fit_counts
    return fit(design, data.counts, names)


def with_sandwich(data: GroupedData, fit: Fit) -> Fit:
    """The same fit with the sandwich covariance of the clusters of its specification, if it has any."""
    clusterings, design = data.specification.clusterings, data.diagnosis.design
    if not clusterings or not fit.converged or design is None:
        return fit
    return (two_way if len(clusterings) == 2 else clustered)(fit, design, data.kept_cells)


def _with_jackknife(data: GroupedData, model_fit: Fit, sandwich_fit: Fit) -> tuple[Jackknife | None, Fit]:
    """The jackknife over clusters, and the fit with its covariance; what has no sandwich stays without numbers."""
    design = data.diagnosis.design
    if design is None or not sandwich_fit.converged:
        return None, sandwich_fit
    jackknife = one_step_jackknife(model_fit, design, data.kept_cells)
    return jackknife, jackknifed(model_fit, design, data.kept_cells, jackknife)


def estimate(specification: Specification, features: Features, windows: Windows) -> Estimation:
    """Fit a specification to the rows of its unit and window."""

    def fit() -> Estimation:
        return fit_prepared(prepare(specification, features, windows), features)

    if not features.files:
        return fit()
    question = ("fit", features.files, _question(specification), windows.of(specification), windows.all)
    found = SHARED_FITS.get(question, fit, lambda made: _counted_rows(made.data))
    return replace(found, data=replace(found.data, specification=specification))


def estimate_all(
    specifications: Sequence[Specification], features: Features, windows: Windows
) -> tuple[Estimation, ...]:
    """Fit several specifications, each to its own rows."""
    return tuple(estimate(specification, features, windows) for specification in specifications)


def estimate_together(
    specifications: Sequence[Specification], features: Features, windows: Windows
) -> tuple[Estimation, ...]:
    """Fit several specifications so that they differ in nothing but what they say.

    A level that has to leave one of them leaves all that have it, by term and name; whether all its rows are of one
    cluster is judged by officer, whatever the covariance. What has no usable exposure takes no part.
    """
    found = estimate_all(specifications, features, windows)
    by_officer = [
        prepare(replace(specification, covariance="officer"), features, windows)
        for specification in specifications
        if specification.covariance != "officer"
    ]
    leaving = _leaving_together([*(each.data for each in found), *by_officer])
    judged = [without_levels(each.data, leaving) for each in found]
    return tuple(
        each if data is each.data else fit_prepared(data, features) for each, data in zip(found, judged, strict=True)
    )


def _leaving_together(prepared: Sequence[GroupedData]) -> Mapping[DesignColumn, Verdict]:
    """Levels that leave any of these once those that leave the others have left; nothing new leaves by them."""
    verdict, leaving = Verdict(Kind.LEFT_OUT_TOGETHER), dict[DesignColumn, Verdict]()
    while True:
        judged = [without_levels(data, leaving) for data in prepared if data.diagnosis.design is not None]
        found = {omission.column: verdict for data in judged for omission in data.diagnosis.left_out}
        if found.keys() <= leaving.keys():
            return leaving
        leaving |= found


def without_levels(data: GroupedData, leaving: Mapping[DesignColumn, Verdict]) -> GroupedData:
    """The same counts, diagnosed with levels that leave in any case."""
    if not leaving or data.diagnosis.verdict is not None:
        return data
    diagnosis = _diagnose(data.specification, data.patterns, data.cells, leaving)
    return replace(data, diagnosis=diagnosis, leaving=leaving)
