"""What follows when units begin treatment at different times: proportional average effect on the treated, by Poisson.

Cohorts are units that begin in the same stretch of time; those that have not begun yet are the comparison. Effects of
cohort and of period, not of units: outcomes are rare, and a unit without an event before would tell nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cit_platform.inference.design import BoolArray, FloatArray, IntArray
from cit_platform.inference.intervals import Interval, plain_interval
from cit_platform.inference.poisson import (
    MAX_STEPS,
    Cells,
    PoissonFit,
    effective_clusters,
    fit_poisson,
    fit_with_effects,
    total,
    without_each_cluster,
)
from cit_platform.inference.verdict import Kind, Verdict

MONTHS = 12
# Leads: years before the beginning, against all that lies further back.
LEAD_YEARS = 2
# Events that a period, and a cohort before it begins, must lead one to expect; fewer tell nothing of a rate.
FEWEST_EXPECTED = 10.0


_INDISPENSABLE = Verdict(Kind.INDISPENSABLE_CLUSTER, {"directions": [[{"column": "treatment", "outcome": "events"}]]})


class NotEstimatedError(Exception):
    """The data do not tell; `verdict` says why."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(str(verdict))
        self.verdict = verdict


@dataclass(frozen=True, eq=False)
class Staggered:
    """Units over time, one row per unit and month; every field (n,), codes from 0.

    Attributes:
        unit: the unit, which is the cluster.
        cohort: when its unit begins; units that never begin, or have begun at first sight, are cohorts of their own.
        period: calendar period of the row.
        stratum: what is adjusted for beside both and changes with time, as a code.
        treated: whether the unit has begun, in cohorts that are seen before.
        months: since the beginning, negative before it; 0 where the unit is never seen to begin.
        begins: whether the unit is seen to begin.
        events: counts.
        exposure: what they are counted per; a row without may have no events.
    """

    unit: IntArray
    cohort: IntArray
    period: IntArray
    stratum: IntArray
    treated: BoolArray
    months: IntArray
    begins: BoolArray
    events: FloatArray
    exposure: FloatArray

    def of(self, kept: BoolArray) -> "Staggered":
        """Some of the rows."""
        return Staggered(**{name: column[kept] for name, column in vars(self).items()})


@dataclass(frozen=True, eq=False)
class Ratios:
    """Log ratios (k,) with what each of G clusters does to them.

    Attributes:
        log_ratio: (k,).
        without: (G, k) the same when each cluster in turn is left out.
        gradient: (k, p) of the log ratios in the coefficients of the fit.
        clusters_of: effective number of clusters of gradients.
        observed, expected: (k,) events behind a ratio, where it is one of observed to expected.
    """

    log_ratio: FloatArray
    without: FloatArray
    gradient: FloatArray
    clusters_of: Callable[[FloatArray], FloatArray]
    observed: FloatArray
    expected: FloatArray

    def contrast(self, weights: FloatArray) -> Interval:
        """A linear combination of the log ratios, weights (k,), with its 95 % limits: CV3, t on effective clusters."""
        shifts = (self.without - self.log_ratio) @ weights
        g = len(shifts)
        error = np.sqrt((g - 1) / g * (shifts @ shifts))
        clusters = self.clusters_of(weights[None, :] @ self.gradient)[0]
        return plain_interval(np.asarray(self.log_ratio @ weights), np.asarray(error), np.asarray(clusters))


def comparable(rows: Staggered) -> tuple[BoolArray, IntArray]:
    """Rows (n,) of periods in which enough is left to compare with, and cohorts (n,) joined until each has a before.

    A period counts if its untreated rows lead one to expect `FEWEST_EXPECTED` events at the rate of all rows, and have
    one; a cohort alike before it begins, else it is joined with the next that begins. It is asked of the expected and
    not of the found number, so that a low rate is no reason to leave out a period.
    """
    rate = rows.events.sum() / max(rows.exposure.sum(), 1e-300)

    def before(codes: IntArray, counted: BoolArray) -> tuple[FloatArray, FloatArray]:
        untreated, size = counted & ~rows.treated, int(codes.max(initial=-1)) + 1
        expected = rate * total(codes[untreated], rows.exposure[untreated], size)
        return expected, total(codes[untreated], rows.events[untreated], size)

    expected, events = before(rows.period, np.ones(len(rows.unit), dtype=np.bool_))
    kept = ((expected >= FEWEST_EXPECTED) & (events > 0))[rows.period]
    expected, events = before(rows.cohort, kept)
    joined, sum_expected, sum_events = np.zeros(len(expected), dtype=np.int64), 0.0, 0.0
    beginning = np.zeros(len(expected), dtype=np.bool_)
    beginning[rows.cohort[rows.begins]] = True
    code = 0
    for cohort in np.flatnonzero(beginning):
        joined[cohort] = code
        sum_expected, sum_events = sum_expected + expected[cohort], sum_events + events[cohort]
        if sum_expected >= FEWEST_EXPECTED and sum_events > 0:
            code, sum_expected, sum_events = code + 1, 0.0, 0.0
    # What is left over at the end goes with the last one that has enough.
    joined[beginning] = np.minimum(joined[beginning], max(code - 1, 0))
    others = np.flatnonzero(~beginning)
    joined[others] = max(code, 1) + np.arange(len(others))
    return kept, joined[rows.cohort]


def average_effect(rows: Staggered, part: IntArray | None = None, trend: float = 0.0) -> Ratios:
    """Proportional average effect on the treated rows, on the log scale, in all or in parts of them.

    Poisson with effects of cohort, period and stratum, and one of every treated cohort x period (x part). With θ the
    former and O the events of the treated rows, the ratio is O / sum of exposure x exp(x'θ): what happened over what
    the untreated lead one to expect. Its error is that of leaving out each unit (CV3, by one Newton step), its t that
    of the effective number of units, by the gradient of the delta method.

    Args:
        rows: from `comparable`.
        part: (n,) codes of the parts of the treated rows; all are one part if it is None. Untreated rows' are not read.
        trend: log points per year that treated units gain on others from `LEAD_YEARS` before the beginning on, and go
            on gaining, whatever the treatment: for asking what a trend before would make of the ratio.

    Raises:
        NotEstimatedError: the data do not tell.

    Source: Wooldridge (2023), Econometrics Journal 26(3), C31-C66, sec. 4-5 (log-linear mean: the fit by cohort and
    period is that of imputation from untreated rows).
    """
    rows = replace(rows, exposure=rows.exposure * np.exp(trend * _ramp(rows.months, rows.begins)))
    grouped = _grouped(rows, np.zeros(len(rows.unit), dtype=np.int64) if part is None else part)
    fitted = _fitted(grouped, grouped.matrix)
    fit, p = fitted.fit, grouped.matrix.shape[1]
    treated = np.flatnonzero(grouped.part >= 0)
    member = _indicators(grouped.part[treated], np.arange(grouped.part.max() + 1))
    basis, exposure = grouped.matrix[treated], fitted.exposure[treated]
    expected = exposure * np.exp(basis @ fit.coefficients[:p])
    modelled = exposure * np.exp(fitted.full[treated] @ fit.coefficients) * fitted.active[treated]
    gradient = (member.T * modelled) @ fitted.full[treated] / (member.T @ modelled)[:, None]
    gradient[:, :p] -= (member.T * expected) @ basis / (member.T @ expected)[:, None]
    # Without a unit: neither its events nor its months, and what the others then lead one to expect.
    own_events, own_exposure = (_by_unit(grouped.cells, of)[:, treated] for of in ("events", "exposure"))
    observed = fitted.events[treated] @ member
    others = np.maximum(exposure - own_exposure, 0.0)
    left = observed - own_events @ member
    if (left <= 0).any():
        raise NotEstimatedError(_INDISPENSABLE)
    without = np.log(left) - np.log((others * np.exp(fitted.without(grouped.n_units)[:, :p] @ basis.T)) @ member)
    _refuse_unless(fit, np.hstack([basis, np.zeros((len(basis), fitted.full.shape[1] - p))]))
    log_ratio = np.log(observed) - np.log(expected @ member)
    return _without_one(Ratios(log_ratio, without, gradient, fitted.clusters_of, observed, expected @ member))


def lead_ratios(rows: Staggered) -> Ratios:
    """Log rate ratios of the years before the beginning against all before them, the nearest year first.

    [-1, 0), [-2, -1), ... up to `LEAD_YEARS`, against earlier months of the same cohorts.

    Raises:
        NotEstimatedError: the data do not tell.
    """
    return _before(rows, [_lead_year(year) for year in range(LEAD_YEARS)])


def trend_before(rows: Staggered) -> Ratios:
    """Slope of a trend over the `LEAD_YEARS` before the beginning, log points per year, as a ratio's log, (1,).

    One trend of all cohorts against their own earlier months. A trend that has gone on for ever is not told from the
    effects of cohort and period, and does no harm either: the comparison goes on with it.

    Raises:
        NotEstimatedError: the data do not tell.

    Source: Roth (2022), American Economic Review: Insights 4(3), 305-322 (that what a pre-test passes may be large).
    """
    return _before(rows, [np.maximum(0.0, LEAD_YEARS - np.arange(LEAD_YEARS * MONTHS + 2) / MONTHS)])


def two_way(rows: Staggered) -> Interval:
    """One constant log rate ratio of treatment with effects of unit, period and stratum, with 95 % limits (CR1, t).

    Not an average of effects where these change with time: treated units serve as comparison too.

    Raises:
        NotEstimatedError: the data do not tell.

    Source: Goodman-Bacon (2021), Journal of Econometrics 225, 254-277.
    """
    rows = rows.of(rows.exposure > 0)
    keys = np.column_stack([rows.unit, rows.period, rows.stratum, rows.treated.astype(np.int64)])
    first, cell = _first_and_code(keys)
    levels = [_indicators(code, np.unique(code)[1:])[first] for code in (rows.period, rows.stratum)]
    matrix = np.hstack([rows.treated[first, None].astype(np.float64), *levels])
    summed = [total(cell, of) for of in (rows.events, rows.exposure)]
    fit = fit_with_effects(matrix, Cells(np.arange(len(first)), rows.unit[first], *summed))
    contrast = np.eye(1, matrix.shape[1])
    _refuse_unless(fit, contrast)
    return plain_interval(fit.coefficients[0], np.sqrt(fit.covariance(contrast)[0, 0]))


def _refuse_unless(fit: PoissonFit, contrasts: FloatArray) -> None:
    """Raise where a fit did not converge or does not identify contrasts."""
    if not fit.converged:
        raise NotEstimatedError(Verdict(Kind.NOT_CONVERGED, {"of": "", "steps": MAX_STEPS}))
    if not fit.identifies(contrasts):
        raise NotEstimatedError(Verdict(Kind.RANK_DEFICIENT, {"columns": ["treatment", "cohort", "period", "stratum"]}))


def _lead_year(year: int) -> FloatArray:
    """Whether a month, by how many it lies before the beginning, is in a year before it."""
    before = np.arange(LEAD_YEARS * MONTHS + 2)
    return ((before > year * MONTHS) & (before <= (year + 1) * MONTHS)).astype(np.float64)


def _ramp(months: IntArray, begins: BoolArray) -> FloatArray:
    """Years since `LEAD_YEARS` before the beginning, 0 before that."""
    return np.where(begins, np.maximum(0.0, LEAD_YEARS + months / MONTHS), 0.0)


def _before(rows: Staggered, columns: Sequence[FloatArray]) -> Ratios:
    """Coefficients of further columns, each a value by months before the beginning, for untreated rows."""
    furthest = LEAD_YEARS * MONTHS + 1
    lead = np.where(rows.begins & ~rows.treated, np.clip(-rows.months, 0, furthest), furthest)
    grouped = _grouped(rows, np.zeros(len(rows.unit), dtype=np.int64), lead)
    further = np.column_stack([values[grouped.lead] for values in columns])
    fitted = _fitted(grouped, np.hstack([further, grouped.matrix]))
    k = len(columns)
    contrasts = np.eye(k, fitted.full.shape[1])
    _refuse_unless(fitted.fit, contrasts)
    none = np.full(k, np.nan)
    found = fitted.fit.coefficients[:k]
    return _without_one(
        Ratios(found, fitted.without(grouped.n_units)[:, :k], contrasts, fitted.clusters_of, none, none)
    )


def _without_one(ratios: Ratios) -> Ratios:
    """Ratios that no single unit makes or breaks."""
    if not np.isfinite(ratios.without).all():
        raise NotEstimatedError(_INDISPENSABLE)
    return ratios


@dataclass(frozen=True, eq=False)
class _Grouped:
    """Patterns of cohort, period and stratum (m, p) with treated cell, part and lead of each (m,), and the counts."""

    matrix: FloatArray
    cell: IntArray
    part: IntArray
    lead: IntArray
    n_cells: int
    cells: Cells

    @property
    def n_units(self) -> int:
        """Units, which are the clusters, numbered from 0."""
        return int(self.cells.cluster.max()) + 1


@dataclass(frozen=True, eq=False)
class _Fitted:
    """The fit of grouped rows: patterns with a column per treated cell that has events, and which patterns entered."""

    full: FloatArray
    active: BoolArray
    cells: Cells
    fit: PoissonFit
    events: FloatArray
    exposure: FloatArray

    def clusters_of(self, contrasts: FloatArray) -> FloatArray:
        """Effective number of clusters of contrasts of the coefficients."""
        return effective_clusters(self.fit, self.full[self.active], self.cells, contrasts)

    def without(self, n_units: int) -> FloatArray:
        """The coefficients without each unit, (G, p)."""
        coefficients = np.repeat(self.fit.coefficients[None], n_units, axis=0)
        try:
            coefficients[np.unique(self.cells.cluster)] = without_each_cluster(
                self.fit, self.full[self.active], self.cells
            )
        except np.linalg.LinAlgError:
            raise NotEstimatedError(_INDISPENSABLE) from None
        return coefficients


def _fitted(grouped: _Grouped, matrix: FloatArray) -> _Fitted:
    """Fit a treated cell's own level beside the matrix (m, p); one without events has none, and tells nothing else."""
    events, exposure = (
        total(grouped.cells.pattern, getattr(grouped.cells, of), len(matrix)) for of in ("events", "exposure")
    )
    in_cell = grouped.cell >= 0
    by_cell = total(grouped.cell[in_cell], events[in_cell], grouped.n_cells)
    active = ~in_cell | (by_cell > 0)[grouped.cell]
    full = np.hstack([matrix, _indicators(grouped.cell, np.flatnonzero(by_cell > 0))])
    cells = _of_patterns(grouped.cells, active)
    fit = fit_poisson(full[active], cells)
    return _Fitted(full, active, cells, fit, events, exposure)


def _by_unit(cells: Cells, of: str) -> FloatArray:
    """Events or exposure by unit and pattern, (G, m)."""
    table = np.zeros((cells.cluster.max() + 1, cells.pattern.max() + 1))
    np.add.at(table, (cells.cluster, cells.pattern), getattr(cells, of))
    return table


def _grouped(rows: Staggered, part: IntArray, lead: IntArray | None = None) -> _Grouped:
    """Rows by pattern; strata without events leave, for they have no finite coefficient."""
    lead = np.zeros(len(rows.unit), dtype=np.int64) if lead is None else lead
    kept = (total(rows.stratum, rows.events) > 0)[rows.stratum] & (rows.exposure > 0)
    rows, part, lead = rows.of(kept), np.where(rows.treated, part, -1)[kept], lead[kept]
    _, cell = _first_and_code(np.column_stack([rows.cohort, rows.period, part]))
    cell = np.where(rows.treated, cell, -1)
    first, pattern = _first_and_code(np.column_stack([rows.cohort, rows.period, rows.stratum, cell + 1, lead]))
    columns = [np.ones((len(first), 1))]
    for code in (rows.cohort, rows.period, rows.stratum):
        columns.append(_indicators(code[first], np.unique(code)[1:]))
    _, unit = np.unique(rows.unit, return_inverse=True)
    each, place = _first_and_code(np.column_stack([unit, pattern]))
    cells = Cells(pattern[each], unit[each], total(place, rows.events), total(place, rows.exposure))
    n_cells = int(cell.max(initial=-1)) + 1
    return _Grouped(np.hstack(columns), cell[first], part[first], lead[first], n_cells, cells)


def _first_and_code(keys: IntArray) -> tuple[IntArray, IntArray]:
    """First row and code of each distinct row of non-negative keys (n, k), with -1 allowed."""
    code = np.zeros(len(keys), dtype=np.int64)
    for column in keys.T:
        code = code * (int(column.max(initial=0)) + 2) + column + 1
    _, first, place = np.unique(code, return_index=True, return_inverse=True)
    return first, place


def _indicators(codes: IntArray, levels: IntArray) -> FloatArray:
    """A column for each level, (n, k)."""
    return np.asarray(codes[:, None] == levels[None, :], dtype=np.float64)


def _of_patterns(cells: Cells, active: BoolArray) -> Cells:
    """The cells of some of the patterns, numbered anew."""
    kept, number = active[cells.pattern], np.cumsum(active) - 1
    return Cells(number[cells.pattern[kept]], cells.cluster[kept], cells.events[kept], cells.exposure[kept])
