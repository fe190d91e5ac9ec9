"""From a fitted specification to the rows of the tidy contract."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cit_platform.contracts import TABLES, Column, Table
from cit_platform.inference.design import DesignColumn, FloatArray
from cit_platform.inference.detectable import DetectableRatios, detectable_ratios
from cit_platform.inference.diagnosis import Diagnosis
from cit_platform.inference.fit import Fit
from cit_platform.inference.intervals import Interval, log_interval, p_values
from cit_platform.inference.power import design_effect
from cit_platform.inference.verdict import Kind, Verdict, codes, facts_json
from cit_platform.modelling.estimation import Estimation

_DTYPES = {
    "string": "object",
    "int32": "Int32",
    "int64": "Int64",
    "double": "float64",
    "boolean": "boolean",
    "date": "object",
}
_NUMBERS = ("estimate", "std_error", "statistic", "p_value", "odds_ratio", "conf_low", "conf_high")
_POWER = ("smallest_detectable", "smallest_detectable_below", "design_effect", "effective_clusters", "std_error_cr1")
_NOTHING = dict.fromkeys((*_NUMBERS, *_POWER), np.nan)
# Why a level has no number, without what a verdict on the whole fit opens with.
_OF_A_LEVEL = (Kind.LEVEL_LEFT_OUT, Kind.LEFT_OUT_TOGETHER)


def conform(rows: Sequence[dict[str, Any]], path: str) -> pd.DataFrame:
    """Rows as a frame with exactly the columns of a contract, in its order and types, sorted by its key.

    Args:
        rows: one dict per row; a column that is absent is null.
        path: table in the contracts, e.g. `models/force`.

    Raises:
        ValueError: two rows have the same key.
    """
    table: Table = TABLES[path]
    frame = pd.DataFrame(list(rows), columns=list(table.column_names))
    frame = frame.astype({column.name: _dtype(column) for column in table.columns})
    repeated = frame.duplicated(list(table.key))
    if repeated.any():
        raise ValueError(
            f"{path} has {repeated.sum()} rows whose key occurs before: {frame[repeated].iloc[0].to_dict()}"
        )
    return frame.sort_values(list(table.key), kind="stable", ignore_index=True)


def _dtype(column: Column) -> str:
    return _DTYPES[column.type]


def fit_columns(estimation: Estimation, agency: str, outcome: str) -> dict[str, Any]:
    """Identity of an outcome's rows in every table of models."""
    specification = estimation.specification
    return {
        "agency": agency,
        "model": specification.model,
        "variant": specification.variant,
        "role": specification.role,
        "unit": specification.unit,
        "window_start": estimation.window[0],
        "window_end": estimation.window[1],
        "outcome": outcome,
    }


def count_columns(estimation: Estimation, outcome: str) -> dict[str, int]:
    """What entered the fit: rows, contacts, officers, and rows with the outcome."""
    counts = estimation.data.counts
    return {
        "n_rows": round(counts.sum()),
        "n_contacts": estimation.n_contacts,
        "n_officers": estimation.n_officers,
        "n_events": round(counts[:, estimation.specification.outcome_names.index(outcome)].sum()),
    }


def tidy_rows(estimation: Estimation, agency: str, remarks: Sequence[Verdict] = ()) -> list[dict[str, Any]]:
    """One row per outcome and coefficient; null numbers and a reason for what cannot be estimated or was left out.

    Args:
        estimation: the fit.
        agency: police department.
        remarks: what is to be said of every row, after all else.
    """
    rows: list[dict[str, Any]] = []
    specification, numbers = estimation.specification, _numbers_of(estimation)
    for outcome in specification.outcomes:
        common = {
            **fit_columns(estimation, agency, outcome.name),
            "step": specification.step,
            "reference_outcome": specification.reference_outcome.name,
            "covariance": specification.covariance,
            "correction": specification.correction if specification.clusterings else "",
            "estimator": specification.estimator,
            **count_columns(estimation, outcome.name),
        }
        rows += [{**common, **row} for row in _coefficient_rows(estimation, outcome.name, numbers, remarks)]
    return rows


def reason_columns(verdict: Verdict | None, remarks: Iterable[Verdict] = ()) -> dict[str, str]:
    """Why a number is missing, as code, facts and words; where it is not, the remarks in words alone.

    Args:
        verdict: why the row has no number; None where it has one.
        remarks: what else is to be said of the row, in the order of the words.
    """
    if verdict is None:
        return {"note": "; ".join(map(str, remarks)), "reason": "", "reason_facts": ""}
    verdicts = [verdict, *remarks]
    opening = "" if verdict.kind in _OF_A_LEVEL else "cannot be estimated: "
    note = opening + "; ".join(map(str, verdicts))
    return {"note": note, "reason": codes(verdicts), "reason_facts": facts_json(verdicts)}


def _coefficient_rows(
    estimation: Estimation, outcome: str, numbers: "_Numbers | None", more: Sequence[Verdict]
) -> Iterable[dict[str, Any]]:
    diagnosis, fit = estimation.data.diagnosis, estimation.fit
    more = [*([fit.remark] if fit is not None and fit.remark else []), *more]
    references = {term.name: term.reference for term in diagnosis.terms}
    unidentified = {omission.column: omission.verdict for omission in diagnosis.unidentified}
    for column in diagnosis.columns:
        verdict = estimation.verdict or unidentified.get(column)
        found = _NOTHING if verdict or numbers is None else numbers.of(column, outcome)
        remarks = [*_remark(diagnosis, column), *_remarks_of_the_intercept(diagnosis, column), *more]
        why = reason_columns(verdict, remarks)
        yield {**_named(column, references), **found, "converged": verdict is None, **why}
    for omission in diagnosis.left_out:
        why = reason_columns(omission.verdict, [*_remark(diagnosis, omission.column), *more])
        yield {**_named(omission.column, references), **_NOTHING, "converged": False, **why}


def _named(column: DesignColumn, references: dict[str, str]) -> dict[str, str]:
    return {"term": column.term, "level": column.level, "reference_level": references.get(column.term, "")}


def _remark(diagnosis: Diagnosis, column: DesignColumn) -> list[Verdict]:
    return [diagnosis.remarks[column.term]] if column.term in diagnosis.remarks else []


def _remarks_of_the_intercept(diagnosis: Diagnosis, column: DesignColumn) -> list[Verdict]:
    """A term that vanished has no row of its own, so the intercept, which holds at its value, says so."""
    if column.term != diagnosis.columns[0].term:
        return []
    named = {c.term for c in diagnosis.columns} | {omission.column.term for omission in diagnosis.left_out}
    return [remark for term, remark in diagnosis.remarks.items() if term not in named]


@dataclass(frozen=True, eq=False)
class _Numbers:
    """The numbers of all coefficients of a fit, (p, J - 1) each."""

    fit: Fit
    model_std_errors: FloatArray
    sandwich_std_errors: FloatArray
    odds_ratios: Interval
    detectable: DetectableRatios

    def of(self, column: DesignColumn, outcome: str) -> dict[str, float]:
        """Estimate and its 95 % interval, symmetric in log odds; what could have been detected; the design effect."""
        fit, at = self.fit, (self.fit.columns.index(column), self.fit.outcomes.index(outcome) - 1)
        value, error = float(fit.coefficients[at]), float(fit.std_errors[at])
        clusters = None if fit.effective_clusters is None else fit.effective_clusters[at]
        return {
            "estimate": value,
            "std_error": error,
            "statistic": value / error,
            "p_value": float(p_values(np.asarray(value / error), clusters)),
            "odds_ratio": float(self.odds_ratios.estimate[at]),
            "conf_low": float(self.odds_ratios.low[at]),
            "conf_high": float(self.odds_ratios.high[at]),
            "smallest_detectable": float(self.detectable.above[at]),
            "smallest_detectable_below": float(self.detectable.below[at]),
            "design_effect": design_effect(error, float(self.model_std_errors[at])),
            "effective_clusters": np.nan if clusters is None else float(clusters),
            "std_error_cr1": float(self.sandwich_std_errors[at]),
        }


def _numbers_of(estimation: Estimation) -> _Numbers | None:
    """None where a verdict says why there are none."""
    fit, model_fit, sandwich_fit, design = (
        estimation.fit,
        estimation.model_fit,
        estimation.sandwich_fit,
        estimation.design,
    )
    if estimation.verdict or fit is None or model_fit is None or sandwich_fit is None or design is None:
        return None
    errors = sandwich_fit.std_errors if estimation.specification.clusterings else np.full_like(fit.std_errors, np.nan)
    return _Numbers(
        fit=fit,
        model_std_errors=model_fit.std_errors,
        sandwich_std_errors=errors,
        odds_ratios=log_interval(np.exp(fit.coefficients), fit.std_errors, fit.effective_clusters),
        detectable=detectable_ratios(
            fit, design, estimation.data.counts.sum(axis=1), estimation.specification.exposure
        ),
    )
