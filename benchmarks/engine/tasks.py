"""What is asked of every method: a model, its rows, and the form in which methods answer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.engine.city import CALENDAR, connect
from cit_platform.inference.design import INTERCEPT
from cit_platform.modelling.counts import rows_statement, with_outcomes
from cit_platform.modelling.features import Features
from cit_platform.modelling.specification import Specification
from cit_platform.studies.disposition import DISPOSITION_SPECIFICATIONS
from cit_platform.studies.force import FORCE_SPECIFICATIONS

if TYPE_CHECKING:
    import pandas as pd

    from cit_platform.modelling.estimation import GroupedData

SPECIFICATIONS: dict[str, Specification] = {
    "force": FORCE_SPECIFICATIONS[0],
    "force, clustered by officer": replace(FORCE_SPECIFICATIONS[0], covariance="officer"),
    "disposition": DISPOSITION_SPECIFICATIONS[0],
}
# Outcome, term and level, the latter '' for intercept, indicators and numbers.
Key = tuple[str, str, str]
LEVEL = re.compile(r"(?:C\()?(\w+)(?:, Treatment\('[^']*'\))?\)?\[(?:T\.)?(.+)\]")


@dataclass(frozen=True)
class Task:
    """One model over one feature table: `files` are the Parquet of `features.records`, `rows` the rows of the model."""

    model: str
    files: tuple[Path, ...]
    rows: Path

    @property
    def specification(self) -> Specification:
        return SPECIFICATIONS[self.model]


@dataclass(frozen=True)
class Answer:
    """Coefficients in log odds, and their standard errors where the method has them."""

    coefficients: Mapping[Key, float]
    errors: Mapping[Key, float]
    n_rows: int = 0


def write_rows(task: Task) -> None:
    """Write the rows that our engine keeps, so that every method fits the same."""
    import pandas as pd

    from cit_platform.modelling.estimation import count_and_diagnose

    with connect(task.files) as connection:
        counted = count_and_diagnose(task.specification, Features(connection), CALENDAR)
        answer = Features(connection).select(*rows_statement(task.specification, CALENDAR))
    rows = pd.DataFrame(with_outcomes(answer, task.specification)).drop(columns="value")
    for omission in counted.diagnosis.left_out:
        rows = rows[rows[omission.column.term] != omission.column.level]
    rows.to_parquet(task.rows, index=False)


def text_of(task: Task) -> "pd.DataFrame":
    """The rows in memory as pandas reads them: text stays text."""
    import pandas as pd

    return pd.read_parquet(task.rows)


def frame_of(task: Task) -> "pd.DataFrame":
    """The rows in memory: categories with the reference first, as every formula wants them."""
    import pyarrow.parquet as pq

    specification = task.specification
    categorical = [term.name for term in specification.terms if term.categorical]
    clusters = list(specification.clusterings)
    columns = [*specification.term_names, "outcome", *clusters]
    frame = pq.read_table(task.rows, columns=columns, read_dictionary=[*categorical, *clusters]).to_pandas()
    for term in specification.terms:
        if term.categorical:
            others = sorted(set(frame[term.name].cat.categories) - {term.reference})
            frame[term.name] = frame[term.name].cat.set_categories([term.reference, *others])
    for name in clusters:
        frame[name] = frame[name].cat.codes
    return frame


def key_of(outcome: str, column: str) -> Key:
    """The coefficient that a formula package means by the name of a column."""
    if column.lower() in ("intercept", "const", INTERCEPT):
        return outcome, INTERCEPT, ""
    found = LEVEL.fullmatch(column)
    return (outcome, found[1], found[2]) if found else (outcome, column, "")


def right_hand_side(specification: Specification) -> str:
    """For categories, whose first is the reference."""
    return " + ".join(specification.term_names)


def right_hand_side_of_text(specification: Specification) -> str:
    """For text, whose reference the formula names."""
    terms = specification.terms
    return " + ".join(f"C({t.name}, Treatment('{t.reference}'))" if t.categorical else t.name for t in terms)


def solved(task: Task, connection: object) -> "tuple[GroupedData, Answer]":
    """Our engine from the table to the standard errors, by the steps of `studies.estimation`."""
    from cit_platform.modelling import estimation

    data = estimation.prepare(task.specification, Features(connection), CALENDAR)  # type: ignore[arg-type]
    model_fit = estimation.fit_model(data)
    if model_fit is None:
        raise ValueError(data.diagnosis.verdict)
    fit = estimation.with_sandwich(data, model_fit)
    keys = [[(outcome, c.term, c.level) for outcome in fit.outcomes[1:]] for c in fit.columns]
    flat = [key for row in keys for key in row]
    coefficients = dict(zip(flat, fit.coefficients.ravel().tolist(), strict=True))
    errors = dict(zip(flat, fit.std_errors.ravel().tolist(), strict=True))
    return data, Answer(coefficients, errors, fit.n_rows)
