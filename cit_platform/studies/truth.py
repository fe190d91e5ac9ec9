"""The large-city value of every headline coefficient, from counts of a city too large to hold as rows."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from cit_platform.inference.counts import fit_counts
from cit_platform.studies.estimation import pose
from cit_platform.studies.replication import WINDOWS
from cit_platform.studies.specification import (
    DISPOSITION_SPECIFICATIONS,
    FORCE_SPECIFICATIONS,
    REPLICATION_SPECIFICATIONS,
    Specification,
    Window,
)

TRUTH_COLUMNS = ("model", "variant", "unit", "window_start", "window_end", "outcome", "term", "level", "value")


def truth(records: pd.DataFrame, contacts: pd.DataFrame, window: Window) -> pd.DataFrame:
    """Point estimates of the force, disposition and replication specifications from grouped counts.

    Args:
        records: counts at record grain: `force, disposition_group, cit_certified, experience_years, call_risk,
            precinct, officer_race, officer_gender, year` and `n`, the rows of that combination.
        contacts: the same at contact grain.
        window: dates that the counts cover; it names the rows of the force and disposition models.

    Returns:
        Rows of TRUTH_COLUMNS; `value` is the estimate in log odds. What cannot be estimated has no row.

    Raises:
        ValueError: a window is not one of whole years of these counts, or a specification cannot be estimated from
        them.
    """
    wanted = [(specification, window) for specification in (*FORCE_SPECIFICATIONS, *DISPOSITION_SPECIFICATIONS)]
    wanted += [(specification, published) for published in WINDOWS for specification in REPLICATION_SPECIFICATIONS]
    rows = [row for specification, dates in wanted for row in _rows(specification, records, contacts, dates, window)]
    return pd.DataFrame(rows, columns=list(TRUTH_COLUMNS))


def _rows(
    specification: Specification, records: pd.DataFrame, contacts: pd.DataFrame, dates: Window, whole: Window
) -> Iterator[dict[str, Any]]:
    table = _years(records if specification.unit == "record" else contacts, dates, whole)
    problem = pose(specification, table, table["n"].to_numpy(dtype=np.float64))
    design = problem.diagnosis.design
    if design is None:
        raise ValueError(f"{specification} cannot be estimated from these counts: {problem.diagnosis.verdict}.")
    fit = fit_counts(design, problem.counts, specification.outcome_names)
    if not fit.converged:
        raise ValueError(f"{specification} cannot be estimated from these counts: {fit.verdict}.")
    unidentified = {omission.column for omission in problem.diagnosis.unidentified}
    for j, outcome in enumerate(specification.outcomes):
        for i, column in enumerate(fit.columns):
            if column not in unidentified:
                yield {
                    "model": specification.model,
                    "variant": specification.variant,
                    "unit": specification.unit,
                    "window_start": dates[0],
                    "window_end": dates[1],
                    "outcome": outcome.name,
                    "term": column.term,
                    "level": column.level,
                    "value": float(fit.coefficients[i, j]),
                }


def _years(table: pd.DataFrame, dates: Window, whole: Window) -> pd.DataFrame:
    """Counts of a window; it must begin and end with the counts or with a year, for counts know only years."""
    starts = dates[0] <= whole[0] or (dates[0].month, dates[0].day) == (1, 1)
    ends = dates[1] >= whole[1] or (dates[1].month, dates[1].day) == (12, 31)
    if not (starts and ends):
        raise ValueError(f"Counts by year cannot be cut to {dates[0].isoformat()} - {dates[1].isoformat()}.")
    return table[table["year"].between(dates[0].year, dates[1].year)]
