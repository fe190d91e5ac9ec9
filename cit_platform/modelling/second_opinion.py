"""The second opinion: a model refitted by statsmodels, to its rows or to counts of many, and whether it agrees."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cit_platform.inference.clusters import cluster_codes
from cit_platform.inference.design import Design, FloatArray, predictors_of
from cit_platform.inference.diagnosis import Diagnosis, diagnose
from cit_platform.inference.fit import Fit
from cit_platform.inference.frequency_weights import fit_frequencies
from cit_platform.inference.patterns import group_clusters, group_rows
from cit_platform.inference.row_level import fit_rows
from cit_platform.inference.verdict import Kind, Verdict, verdicts_of
from cit_platform.modelling.counts import number_statement, rows_statement, with_outcomes
from cit_platform.modelling.estimation import GroupedData, count_and_diagnose
from cit_platform.modelling.features import Columns, Features

# Relative; numbers below a thousandth count as a thousandth, so that the absolute tolerance is a billionth.
TOLERANCE = 1e-6
SMALLEST_SCALE = 1e-3
# Above that many the rows are not held: their counts by pattern, and by officer, are refitted instead.
LARGEST_NUMBER_OF_ROWS = 1_000_000
# Of more than two outcomes the refit of counts has a column per pattern, so that with more of them the rows take less.
LARGEST_NUMBER_OF_EFFECTS = 1_000

Key = tuple[str, str, str]
Row = Mapping[Any, Any]


@dataclass(frozen=True)
class Agreement:
    """What comparing one specification with its second opinion gave.

    `n_numbers` coefficients and standard errors were compared; `largest_difference` is the largest of them, relative
    to the second opinion; `disagreements` says in words what differs, nothing where all agrees.
    """

    variant: str
    n_rows: int
    n_numbers: int
    largest_difference: float
    disagreements: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Refit:
    """What statsmodels makes of a specification; without a fit where the diagnosis left nothing to fit."""

    n_rows: int
    diagnosis: Diagnosis
    fit: Fit | None


def compare(table: pd.DataFrame, data: GroupedData, features: Features) -> Agreement:
    """Hold every coefficient and standard error of a specification in a tidy table against statsmodels on the rows.

    Where the standard error is the jackknife's (CV3), which statsmodels does not have, the clustered one that stands
    beside it (`std_error_cr1`) is compared.

    What the table says cannot be estimated has to be so for the rows too, with the same verdict. Of more than a million
    rows statsmodels fits the counts, whose estimates and standard errors are those of the rows; but for several
    outcomes of many patterns, where only the rows can be fitted.

    Args:
        table: a tidy table of models that holds the specification.
        data: what was fitted, with `model` or `officer` covariance: its specification, window and the levels that left
            in any case are taken from it, its counts are not.
        features: the feature tables.
    """
    specification = data.specification
    named = (table["model"] == specification.model) & (table["variant"] == specification.variant)
    # A variant may ask one outcome at a time.
    chosen = table[named & table["outcome"].isin(specification.outcome_names)]
    published = {(row["outcome"], row["term"], row["level"]): row for row in chosen.to_dict("records")}
    refit = _refit(data, features, published)
    if refit.fit is None or refit.fit.verdict:
        wrong = _other_verdicts(published, refit.diagnosis.verdict, None if refit.fit is None else refit.fit.verdict)
        return Agreement(specification.variant, refit.n_rows, 0, 0.0, wrong)
    error = "std_error_cr1" if specification.correction == "CV3" else "std_error"
    return _compare_numbers(published, specification.variant, error, refit)


def _refit(data: GroupedData, features: Features, published: Mapping[Key, Row]) -> _Refit:
    number = int(features.select(*number_statement(data.specification, data.window))["n"][0])
    if number > LARGEST_NUMBER_OF_ROWS and _countable(data):
        counted = count_and_diagnose(data.specification, features, data.window, data.leaving)
        return _refit_counts(counted, published)
    rows = with_outcomes(features.select(*rows_statement(data.specification, data.window)), data.specification)
    return _refit_rows(rows, data, published)


def _countable(data: GroupedData) -> bool:
    return len(data.specification.outcomes) == 1 or len(data.counts) <= LARGEST_NUMBER_OF_EFFECTS


def _refit_counts(data: GroupedData, published: Mapping[Key, Row]) -> _Refit:
    names, n_rows, design = data.specification.outcome_names, round(data.patterns.counts.sum()), data.diagnosis.design
    if design is None:
        return _Refit(n_rows, data.diagnosis, None)
    cells = data.kept_cells if data.specification.covariance == "officer" else None
    fit = fit_frequencies(design, data.counts, names, cells, _near(published, design, names))
    return _Refit(n_rows, data.diagnosis, fit)


def _refit_rows(rows: Columns, data: GroupedData, published: Mapping[Key, Row]) -> _Refit:
    specification = data.specification
    names, outcome, terms = specification.outcome_names, rows["outcome"], specification.terms
    patterns = group_rows(predictors_of(rows, terms), outcome, len(names))
    officers = cluster_codes(rows["officer"]) if specification.covariance == "officer" else None
    cells = None if officers is None else group_clusters(patterns.row_pattern, officers, outcome, len(names))
    diagnosis = diagnose(
        patterns.predictors, patterns.counts, names, terms, specification.exposure, cells, data.leaving
    )
    if diagnosis.design is None:
        return _Refit(len(outcome), diagnosis, None)
    kept = diagnosis.kept[patterns.row_pattern]
    position = np.cumsum(diagnosis.kept) - 1
    design = Design(diagnosis.design.columns, diagnosis.design.matrix[position[patterns.row_pattern[kept]]])
    clusters = None if officers is None else officers[kept]
    fit = fit_rows(design, outcome[kept], names, clusters, _near(published, design, names))
    return _Refit(len(outcome), diagnosis, fit)


def _near(published: Mapping[Key, Row], design: Design, outcomes: tuple[str, ...]) -> FloatArray | None:
    """Where the refit begins, (p, J - 1): near what is published, so that it takes half the steps.

    Rounded to two decimals, so that it has to find the digits itself. None, for zero, where one is not published.
    """
    keys = [[(outcome, column.term, column.level) for outcome in outcomes[1:]] for column in design.columns]
    if not all(key in published and published[key]["converged"] for row in keys for key in row):
        return None
    start = np.array([[published[key]["estimate"] for key in row] for row in keys], dtype=np.float64).round(2)
    return start if np.isfinite(start).all() else None


def _other_verdicts(published: Mapping[Key, Row], diagnosed: Verdict | None, failed: Verdict | None) -> tuple[str, ...]:
    """Coefficients that have a number, or another reason, although the rows allow none.

    What the diagnosis of the rows finds has to stand in the table, kind and facts. Where the likelihood itself has no
    maximum, each program meets that in its own way.
    """
    verdict = diagnosed or failed
    wrong = [] if len(published) else [f"no row in the table, where the rows say “{verdict}”"]
    for key, row in published.items():
        stated = next(iter(verdicts_of(row["reason"], row["reason_facts"])), None)
        left_out = stated is not None and stated.kind in (Kind.LEVEL_LEFT_OUT, Kind.LEFT_OUT_TOGETHER)
        same = stated is not None if diagnosed is None else stated == diagnosed
        if not left_out and (row["converged"] or not same):
            wrong.append(f"{' '.join(filter(None, key))}: the rows say “{verdict}”, the table “{row['note']}”")
    return tuple(wrong)


def _compare_numbers(published: Mapping[Key, Row], variant: str, error: str, refit: _Refit) -> Agreement:
    """`error` is the column of the table that holds the standard error of the refit's covariance."""
    fit = refit.fit
    assert fit is not None
    errors, largest, wrong = fit.std_errors, 0.0, []
    unidentified = {omission.column for omission in refit.diagnosis.unidentified}
    expected = [c for c in fit.columns if c not in unidentified]
    for j, outcome in enumerate(fit.outcomes[1:]):
        for column in expected:
            i = fit.columns.index(column)
            key = (outcome, column.term, column.level)
            name = " ".join(filter(None, key))
            if key not in published or not published[key]["converged"]:
                wrong.append(f"{name}: no number in the table, {fit.coefficients[i, j]:.10g} on the rows")
                continue
            for what, ours, theirs in (
                ("estimate", float(published[key]["estimate"]), float(fit.coefficients[i, j])),
                (error, float(published[key][error]), float(errors[i, j])),
            ):
                difference = abs(ours - theirs) / max(abs(theirs), SMALLEST_SCALE)
                largest = max(largest, difference)
                if not difference <= TOLERANCE:
                    wrong.append(f"{name}: {what} {ours:.10g} in the table, {theirs:.10g} on the rows")
    n_numbers = 2 * len(expected) * (len(fit.outcomes) - 1)
    surplus = sum(bool(row["converged"]) for row in published.values()) - n_numbers // 2
    if surplus > 0:
        wrong.append(f"{surplus} coefficients have a number in the table and none on the rows")
    return Agreement(variant, refit.n_rows, n_numbers, largest, tuple(wrong))
