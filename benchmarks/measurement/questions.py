"""What is asked of each city: the published, the officer-clustered and the primary way, for force and dispositions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cit_platform.demonstration.known_values import calendar
from cit_platform.inference.covariance import clustered
from cit_platform.inference.design import BoolArray, Factor, IntArray, Predictors
from cit_platform.inference.diagnosis import diagnose
from cit_platform.inference.fit import Fit
from cit_platform.inference.intervals import plain_interval
from cit_platform.inference.jackknife import jackknifed, one_step_jackknife
from cit_platform.inference.patterns import group_clusters, group_rows
from cit_platform.modelling.estimation import GroupedData, fit_model
from cit_platform.modelling.specification import EXPOSURE, UNMAPPED, Specification, Unit
from cit_platform.modelling.windows import Window
from cit_platform.studies.disposition import DISPOSITION_SPECIFICATIONS
from cit_platform.studies.force import FORCE_SPECIFICATIONS

WAYS = ("published", "officer_clustered", "primary", "any_of")
QUESTIONS = tuple(
    specification
    for specification in (*FORCE_SPECIFICATIONS, *DISPOSITION_SPECIFICATIONS)
    if specification.variant in WAYS
)
FEWEST_OFFICERS = 10


@dataclass(frozen=True)
class Quantity:
    """What certification is associated with: one outcome, asked in one way."""

    way: str
    outcome: str


@dataclass(frozen=True)
class Estimate:
    """A log odds ratio and its 95 % interval; NaN where it cannot be estimated."""

    value: float
    low: float
    high: float


def window_of(specification: Specification) -> Window:
    """Report dates that the specification asks for."""
    window = calendar().of(specification)
    assert window is not None
    return window


def estimates(rows: Mapping[Unit, pd.DataFrame], questions: Sequence[Specification]) -> dict[Quantity, Estimate]:
    """Everything that is asked, of the modelling rows of a city by record and by contact."""
    coded = {unit: code_rows(frame) for unit, frame in rows.items()}
    return {quantity: found for question in questions for quantity, found in _answers(question, coded[question.unit])}


@dataclass(frozen=True, eq=False)
class Rows:
    """Modelling rows of a city in codes: the columns by name, and the officers (n,)."""

    frame: pd.DataFrame
    factors: Mapping[str, Factor]
    officer: IntArray


def code_rows(frame: pd.DataFrame) -> Rows:
    """Code the categorical columns, the levels of few officers merged as the features merge them."""
    officer = pd.factorize(frame["officer_key"])[0].astype(np.int64)
    factors = {}
    for name in frame.columns[frame.dtypes == "category"]:
        factor = _factor(frame[name].cat)
        factors[name] = merged(factor, officer) if name in ("officer_race", "officer_gender") else factor
    year = frame["year"].to_numpy()
    factors["year"] = Factor(year - year.min(), tuple(map(str, range(year.min(), year.max() + 1))))
    return Rows(frame, factors, officer)


def _factor(column: "pd.Series.cat") -> Factor:
    order = np.argsort(np.array(column.categories, dtype=object))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return Factor(place[column.codes.to_numpy()], tuple(str(column.categories[i]) for i in order))


def merged(factor: Factor, officer: IntArray) -> Factor:
    """Levels of few officers as Unknown; an Unknown of few as the most frequent level.

    Few are under 10 officers, or one who wrote more than half: the rule of transforms/features/officer_levels.sql.
    """
    levels = tuple(sorted({*factor.levels, "Unknown"}))
    unknown = levels.index("Unknown")
    codes = np.array([levels.index(level) for level in factor.levels])[factor.codes]
    small = _small(codes, officer, len(levels))
    codes = np.where(small[codes], unknown, codes)
    if _small(codes, officer, len(levels))[unknown]:
        sizes = np.bincount(codes, minlength=len(levels))
        sizes[unknown] = 0
        codes = np.where(codes == unknown, sizes.argmax(), codes)
    return Factor(codes, levels)


def _small(codes: IntArray, officer: IntArray, n_levels: int) -> BoolArray:
    written = np.bincount(codes * (officer.max() + 1) + officer, minlength=n_levels * (officer.max() + 1))
    written = written.reshape(n_levels, -1)
    small: BoolArray = ((written > 0).sum(axis=1) < FEWEST_OFFICERS) | (2 * written.max(axis=1) > written.sum(axis=1))
    return small


def _answers(question: Specification, rows: Rows) -> Iterator[tuple[Quantity, Estimate]]:
    fit = fitted(group(question, rows))
    for j, outcome in enumerate(question.outcomes):
        estimable = fit is not None and fit.converged
        found = _of_exposure(fit, j) if fit is not None and estimable else Estimate(np.nan, np.nan, np.nan)
        yield Quantity(question.variant, outcome.name), found


def _of_exposure(fit: Fit, j: int) -> Estimate:
    """The coefficient of certification for one outcome; its effective clusters alone, for those of all take long."""
    [place] = [i for i, column in enumerate(fit.columns) if column.term == EXPOSURE]
    contrast = np.zeros((1, fit.coefficients.size))
    contrast[0, j * len(fit.columns) + place] = 1.0
    clusters = None if fit.clusters_of is None else fit.clusters_of(contrast)
    interval = plain_interval(fit.coefficients[[place], j], fit.std_errors[[place], j], clusters)
    return Estimate(float(interval.estimate[0]), float(interval.low[0]), float(interval.high[0]))


def group(question: Specification, rows: Rows) -> GroupedData:
    """Group and diagnose the rows that a specification asks for, as `grouped_data` does with counts."""
    window, names = window_of(question), question.outcome_names
    frame, kept = rows.frame, analysed(question, rows)
    outcome = _outcome(question, frame)
    kept = kept & (outcome >= 0)
    predictors = Predictors(
        n_rows=len(frame),
        factors={term.name: rows.factors[term.column] for term in question.terms if term.categorical},
        numbers={
            term.name: frame[term.column].to_numpy(np.float64, na_value=np.nan)
            for term in question.terms
            if not term.categorical
        },
    ).of_rows(kept)
    patterns = group_rows(predictors, outcome[kept], len(names))
    cells = None
    if question.clusterings:
        cells = group_clusters(patterns.row_pattern, rows.officer[kept], outcome[kept], len(names))
    diagnosis = diagnose(patterns.predictors, patterns.counts, names, question.terms, question.exposure, cells)
    return GroupedData(question, window, patterns, cells, diagnosis)


def analysed(question: Specification, rows: Rows) -> BoolArray:
    """The rows (n,) of the report dates and with the values that a specification asks for."""
    first, last = (np.datetime64(day, "s") for day in window_of(question))
    reported = rows.frame["reported_date"].to_numpy()
    kept: BoolArray = (reported >= first) & (reported <= last)
    if question.known_experience:
        kept &= rows.frame["experience_years"].notna().to_numpy()
    for term in question.terms:
        factor = rows.factors[term.column] if term.categorical else None
        if factor is not None and UNMAPPED in factor.levels:
            kept &= factor.codes != factor.levels.index(UNMAPPED)
    return kept


def _outcome(question: Specification, frame: pd.DataFrame) -> IntArray:
    """Place of each row's value among the outcomes, the reference 0; -1 for any other."""
    column = frame[question.column]
    outcome = np.full(len(frame), -1, dtype=np.int64)
    for place, wanted in enumerate(question.all_outcomes):
        outcome[(column == wanted.value).to_numpy()] = place
    return outcome


def fitted(data: GroupedData) -> Fit | None:
    """The fit with the covariance and the correction of its specification, as the studies have it."""
    fit, design = fit_model(data), data.diagnosis.design
    if fit is None or design is None or not fit.converged or not data.specification.clusterings:
        return fit
    if data.specification.correction == "CV3":
        return jackknifed(fit, design, data.kept_cells, one_step_jackknife(fit, design, data.kept_cells))
    return clustered(fit, design, data.kept_cells)
