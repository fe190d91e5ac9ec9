"""The large-city value of every headline coefficient, from counts of a city too large to hold as rows."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pandas as pd

from cit_platform.inference.counts import fit_counts
from cit_platform.modelling.counts import counts_statement
from cit_platform.modelling.estimation import grouped_data
from cit_platform.modelling.features import Columns, Features
from cit_platform.modelling.specification import Specification, Window
from cit_platform.studies.disposition import DISPOSITION_SPECIFICATIONS
from cit_platform.studies.force import FORCE_SPECIFICATIONS
from cit_platform.studies.replication import REPLICATION_SPECIFICATIONS, WINDOWS

TRUTH_COLUMNS = ("model", "variant", "unit", "window_start", "window_end", "outcome", "term", "level", "value")


def truth(chunks: Iterable[Features], window: Window) -> pd.DataFrame:
    """Point estimates of the force, disposition and replication specifications over chunks of a large city.

    Variants that differ in covariance or estimator only have the same value: in a large city Firth's penalty is
    nothing.

    Args:
        chunks: feature tables that together are the city; no contact stands in two of them.
        window: report dates of the force and disposition models.

    Returns:
        Rows of TRUTH_COLUMNS; `value` is the estimate in log odds.

    Raises:
        ValueError: a specification cannot be estimated from this city.
    """
    wanted = wanted_specifications(window)
    estimands = {_estimand(specification, dates) for specification, dates in wanted}
    counts: dict[tuple[Specification, Window], Columns] = {}
    for features in chunks:
        for estimand in estimands:
            counted = features.select(*counts_statement(*estimand))
            counts[estimand] = _added(counts.get(estimand), counted)
    values = {estimand: list(_values(*estimand, counts[estimand])) for estimand in counts}
    rows = [
        {"model": s.model, "variant": s.variant, "unit": s.unit, "window_start": d[0], "window_end": d[1], **value}
        for s, d in wanted
        for value in values[_estimand(s, d)]
    ]
    return pd.DataFrame(rows, columns=list(TRUTH_COLUMNS))


def wanted_specifications(window: Window) -> list[tuple[Specification, Window]]:
    """Every specification whose large-city value is kept, with its report dates."""
    wanted = [(specification, window) for specification in (*FORCE_SPECIFICATIONS, *DISPOSITION_SPECIFICATIONS)]
    return wanted + [(each, published) for published in WINDOWS for each in REPLICATION_SPECIFICATIONS]


def asked(window: Window) -> str:
    """The questions behind the values in one text; two lists of specifications with the same values share it."""
    return repr([(each.model, each.variant, *_estimand(each, dates)) for each, dates in wanted_specifications(window)])


def _estimand(specification: Specification, window: Window) -> tuple[Specification, Window]:
    """What is estimated, without how: specifications that share it have the same large-city value."""
    common = replace(specification, model="", variant="", covariance="model", estimator="mle")
    return replace(common, role="published", step=None), window


def _added(sums: Columns | None, counted: Columns) -> Columns:
    whole = pd.concat([pd.DataFrame(each) for each in (sums, counted) if each is not None])
    keys = [column for column in whole.columns if column != "n"]
    added = whole.groupby(keys, sort=True, dropna=False)["n"].sum().reset_index()
    return {str(column): added[column].to_numpy() for column in added}


def _values(specification: Specification, window: Window, counted: Columns) -> Iterator[dict[str, Any]]:
    data = grouped_data(specification, window, counted)
    design = data.diagnosis.design
    if design is None:
        raise ValueError(f"{specification} cannot be estimated from these counts: {data.diagnosis.verdict}.")
    fit = fit_counts(design, data.counts, specification.outcome_names)
    if not fit.converged:
        raise ValueError(f"{specification} cannot be estimated from these counts: {fit.verdict}.")
    unidentified = {omission.column for omission in data.diagnosis.unidentified}
    for j, outcome in enumerate(specification.outcomes):
        for i, column in enumerate(fit.columns):
            if column not in unidentified:
                named = {"outcome": outcome.name, "term": column.term, "level": column.level}
                yield {**named, "value": float(fit.coefficients[i, j])}
