"""The large-city value of every headline coefficient, and what certification does in that city."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pandas as pd

from cit_platform.demonstration.causal_values import PotentialOutcomes
from cit_platform.inference.counts import fit_counts
from cit_platform.modelling.counts import counts_statement
from cit_platform.modelling.estimation import grouped_data
from cit_platform.modelling.features import Features
from cit_platform.modelling.specification import EXPOSURE, Specification
from cit_platform.modelling.windows import Window, Windows
from cit_platform.studies.disposition import DISPOSITION_SPECIFICATIONS
from cit_platform.studies.force import FORCE_SPECIFICATIONS
from cit_platform.studies.replication import REPLICATION_SPECIFICATIONS, WINDOWS

TRUTH_COLUMNS = (
    *("model", "variant", "unit", "window_start", "window_end", "outcome", "term", "level", "value"),
    "causal_value",
)


def truth(features: Features, windows: Windows, potential: PotentialOutcomes) -> pd.DataFrame:
    """Point estimates of the force, disposition and replication specifications in a large city.

    Variants that differ in covariance or estimator only have the same value: in a large city Firth's penalty is
    nothing.

    Args:
        features: the tables of the city; only counts are asked of them, so keys need not be unique.
        windows: report dates of the force and disposition models, all and those of usable exposure.
        potential: what certification does in that city.

    Returns:
        Rows of TRUTH_COLUMNS; `value` is the estimate in log odds, `causal_value` what certification does to the
        outcome, in log odds, null of other terms.

    Raises:
        ValueError: a specification cannot be estimated from this city.
    """
    wanted = wanted_specifications(windows)
    # One after the other: the counts of one alone fill much memory.
    estimands = dict.fromkeys(_estimand(specification, dates) for specification, dates in wanted)
    values = {estimand: list(_values(*estimand, features)) for estimand in estimands}
    rows = [
        {
            **{"model": s.model, "variant": s.variant, "unit": s.unit, "window_start": d[0], "window_end": d[1]},
            **value,
            "causal_value": potential.log_odds_ratio(s, d, value["outcome"]) if value["term"] == EXPOSURE else None,
        }
        for s, d in wanted
        for value in values[_estimand(s, d)]
    ]
    return pd.DataFrame(rows, columns=list(TRUTH_COLUMNS))


def wanted_specifications(windows: Windows) -> list[tuple[Specification, Window]]:
    """Every specification whose large-city value is kept, with its report dates.

    Raises:
        ValueError: a specification asks for usable exposure, and there is none.
    """
    wanted = []
    for specification in (*FORCE_SPECIFICATIONS, *DISPOSITION_SPECIFICATIONS):
        window = windows.of(specification)
        if window is None:
            raise ValueError(f"{specification} asks for usable exposure, and there is none.")
        wanted.append((specification, window))
    return wanted + [(each, published) for published in WINDOWS for each in REPLICATION_SPECIFICATIONS]


def asked(windows: Windows) -> str:
    """The questions behind the values in one text; two lists of specifications with the same values share it."""
    return repr([(each.model, each.variant, *_estimand(each, dates)) for each, dates in wanted_specifications(windows)])


def _estimand(specification: Specification, window: Window) -> tuple[Specification, Window]:
    """What is estimated, without how: specifications that share it have the same large-city value."""
    common = replace(specification, model="", variant="", covariance="model", correction="CR1", estimator="mle")
    return replace(common, role="published", step=None, quarters="all"), window


def _values(specification: Specification, window: Window, features: Features) -> Iterator[dict[str, Any]]:
    data = grouped_data(specification, window, features.select(*counts_statement(specification, window)))
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
