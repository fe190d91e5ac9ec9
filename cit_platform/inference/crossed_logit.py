"""Binary logits of one exposure, asked again and again of the same rows: their covariates in two halves, crossed.

A row lies in a cell: a pattern of the first half of its terms and one of the second. All that the likelihood needs are
sums over cells, over the patterns of each half, and one sparse product of the two, so that a fit costs milliseconds.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.sparse import csr_array

from cit_platform.inference.crossing import Crossed
from cit_platform.inference.design import BoolArray, DesignColumn, FloatArray, IntArray
from cit_platform.inference.diagnosis import MINIMUM_EVENTS
from cit_platform.inference.intervals import Interval, plain_interval
from cit_platform.inference.verdict import Kind, Verdict

MAXIMUM_STEPS = 40
# The squared size of the last step in standard errors: what is left after it is about its square.
LARGEST_DECREMENT = 1e-9
# Below it a step of this likelihood, which is concave, is too short to go wrong.
SURE_DECREMENT = 0.25
LARGEST_STEP = 4.0
# Of the largest eigenvalue, in the scale of a correlation: below it columns depend on each other.
SMALLEST_EIGENVALUE = 1e-10
# Of the length of a direction, outside of what the rows tell of: more is not rounding.
LARGEST_REST = 1e-6
EXPOSURE = DesignColumn("exposure")
INTERCEPT = DesignColumn("intercept")


@dataclass(frozen=True, eq=False)
class Rows:
    """k of the n rows of a crossing, at `place` (k,), and what each is like.

    `exposed` and `event` are indicators, `cluster` codes, `weight` numbers of rows, above 0.
    """

    place: IntArray
    exposed: BoolArray
    event: BoolArray
    cluster: IntArray
    weight: FloatArray


@dataclass(frozen=True, eq=False)
class CrossedFit:
    """A fit, and what it says of a population.

    `risk_difference` is exposed less unexposed, averaged over the `n_population` rows, a part `population_share` of the
    population, whose levels the fit knows; its interval allows for clusters (CR1, t on effective clusters less one).
    `log_odds` is that of the exposure, `slope` by how much the risk of the exposed moves with it. `coefficients` begin
    the next fit. Where `verdict` is not None there is no number.
    """

    verdict: Verdict | None
    n_rows: int = 0
    n_events: int = 0
    left_out: float = 0.0
    log_odds: float = float("nan")
    slope: float = float("nan")
    risk_difference: Interval | None = None
    population_share: float = 0.0
    n_population: float = 0.0
    coefficients: Mapping[DesignColumn, float] | None = None

    @property
    def effective_clusters(self) -> float:
        """Clusters that tell of the risk difference; NaN where there is none."""
        clusters = None if self.risk_difference is None else self.risk_difference.effective_clusters
        return float("nan") if clusters is None else float(clusters[0])


def fit_crossed(
    table: Crossed, rows: Rows, population: FloatArray, start: Mapping[DesignColumn, float] | None = None
) -> CrossedFit:
    """Fit the logit of an event to an exposure and the terms of both halves, by maximum likelihood.

    Levels without an event, with nothing else, or within one cluster leave with their rows, as in `diagnosis`; the
    population loses what is of a level that no row has.

    Args:
        table: the cells of the rows.
        rows: the rows.
        population: (m,) rows of the standard population by cell, whatever their exposure.
        start: coefficients of a fit like it.

    Source: as `counts.fit_counts`, `covariance.clustered` and `standardisation.standardise`.
    """
    m, cell = len(table.first), table.cell.take(rows.place)
    kind = cell + m * (2 * rows.exposed + rows.event)
    counted = np.bincount(kind, rows.weight, 4 * m).astype(np.float64, copy=False).reshape(2, 2, m)
    kept, verdict = _kept(table, cell, rows, counted)
    whole = counted.sum()
    counted = counted * kept
    n_rows, n_events = round(counted.sum()), round(counted[:, 1].sum())
    left_out = float(1.0 - counted.sum() / whole) if whole else 0.0
    empty = CrossedFit(None, n_rows, n_events, left_out)
    if verdict is None:
        verdict = _exposure_verdict(rows, kept.take(cell), counted)
    if verdict is not None:
        return replace(empty, verdict=verdict)
    positions = _columns(table, counted.sum(axis=(0, 1)))
    likelihood = _Likelihood(table, counted, positions)
    fitted = _maximise(likelihood, start or {})
    if fitted is None:
        return replace(empty, verdict=Verdict(Kind.NOT_CONVERGED, {"of": "", "steps": MAXIMUM_STEPS}))
    return _described(likelihood, fitted, rows, kind, kept, population, empty)


def _kept(table: Crossed, cell: IntArray, rows: Rows, counted: FloatArray) -> tuple[BoolArray, Verdict | None]:
    """The cells (m,) all of whose levels occur and can be fitted; a verdict where none is left."""
    kept, by_event = np.ones(len(table.first), dtype=np.bool_), counted.sum(axis=0)
    largest = np.bincount(rows.cluster, rows.weight).max(initial=0.0)
    if by_event.sum() == 0:
        return kept, Verdict(Kind.NO_ROWS)
    while True:
        leaving = np.zeros(len(kept), dtype=np.bool_)
        events, others = table.summed(by_event[1] * kept), table.summed(by_event[0] * kept)
        codes = (table.first, table.second)
        for half, pattern, n_events, n_others in zip(table.halves, codes, events, others, strict=True):
            with_event, without = n_events @ half.belongs, n_others @ half.belongs
            bad: BoolArray = np.asarray((with_event == 0) | (without == 0))
            for level in np.flatnonzero(~bad & (with_event + without <= largest)).tolist():
                inside = (half.belongs[pattern, level] * kept).take(cell) > 0
                bad[level] = bool(np.ptp(rows.cluster[inside]) == 0)
            leaving |= (half.belongs @ bad > 0).take(pattern)
        leaving &= kept
        if not leaving.any():
            return kept, None
        kept &= ~leaving
        if not (by_event * kept).any():
            return kept, Verdict(Kind.NO_ROWS_LEFT, {"levels": []})


def _exposure_verdict(rows: Rows, stays: BoolArray, counted: FloatArray) -> Verdict | None:
    """Why the arms cannot be compared; None if they can."""
    by_arm = counted.sum(axis=2)
    for value in (1, 0):
        if by_arm[value].sum() == 0:
            return Verdict(Kind.CONSTANT_EXPOSURE, {"exposure": EXPOSURE.term, "value": value})
    if by_arm.min() < MINIMUM_EVENTS:
        return Verdict(Kind.TOO_FEW_EVENTS, {"exposure": EXPOSURE.term, "cases": [], "minimum": MINIMUM_EVENTS})
    largest = np.bincount(rows.cluster, rows.weight).max()
    for value in (1, 0):
        n_rows = round(by_arm[value].sum())
        if n_rows <= largest and np.ptp(rows.cluster[stays & (rows.exposed == bool(value))]) == 0:
            return Verdict(Kind.ONE_CLUSTER, {"exposure": EXPOSURE.term, "value": value, "n_rows": n_rows})
    return None


def _columns(table: Crossed, weight: FloatArray) -> tuple[IntArray, IntArray]:
    """Positions of the columns of each half that have a coefficient: levels that occur, one of each term left out.

    What is left out is the reference, or, where that does not occur, the most frequent level.
    """
    positions = []
    for half, n in zip(table.halves, table.summed(weight), strict=True):
        rows = n @ half.belongs
        compared = rows > 0
        for term in range(int(half.term_of.max(initial=-1)) + 1):
            own = np.flatnonzero(half.term_of == term)
            preferred = rows[own] + (half.reference[own] & (rows[own] > 0)) * weight.sum()
            compared[own[np.argmax(preferred)]] = False
        numbers = np.arange(len(half.levels), len(half.columns))
        positions.append(np.concatenate([np.flatnonzero(compared), numbers]))
    return positions[0], positions[1]


class _Likelihood:
    """Probabilities, gradient and information of counts (2, 2, m); coefficients are exposure, intercept, halves."""

    def __init__(self, table: Crossed, counted: FloatArray, positions: tuple[IntArray, IntArray]) -> None:
        self.table = table
        self.total = counted.sum(axis=1)
        self.events = counted[:, 1]
        self.blocks = tuple(half.matrix[:, at] for half, at in zip(table.halves, positions, strict=True))
        named = [half.columns[i] for half, at in zip(table.halves, positions, strict=True) for i in at.tolist()]
        self.columns = (EXPOSURE, INTERCEPT, *named)
        self._split = 2 + self.blocks[0].shape[1]

    def probability(self, coefficients: FloatArray) -> FloatArray:
        """Probability of the event in each cell, unexposed and exposed, (2, m)."""
        first = coefficients[1] + self.blocks[0] @ coefficients[2 : self._split]
        odds = np.exp(self.table.spread(first, self.blocks[1] @ coefficients[self._split :]))
        exposed = odds * np.exp(coefficients[0])
        return np.stack([odds / (1.0 + odds), exposed / (1.0 + exposed)])

    def gradient(self, values: FloatArray) -> FloatArray:
        """Values (2, m) by exposure and cell, added up in the columns, (p,)."""
        first, second = self.table.summed(values.sum(axis=0))
        return np.concatenate([[values[1].sum(), values.sum()], self.blocks[0].T @ first, self.blocks[1].T @ second])

    def information(self, probability: FloatArray) -> FloatArray:
        """(p, p)."""
        table, (one, other) = self.table, self.blocks
        weights = self.total * probability * (1.0 - probability)
        whole = weights.sum(axis=0)
        (first, second), (first_exposed, second_exposed) = table.summed(whole), table.summed(weights[1])
        shape = (len(one), len(other))
        across = one.T @ (csr_array((whole, table.second, table.bounds), shape=shape) @ other)
        result = np.empty((len(self.columns),) * 2)
        a, b = slice(2, self._split), slice(self._split, None)
        result[:2, :2] = weights[1].sum()
        result[1, 1] = whole.sum()
        result[0, a], result[0, b] = one.T @ first_exposed, other.T @ second_exposed
        result[1, a], result[1, b] = one.T @ first, other.T @ second
        result[a, a], result[b, b] = one.T @ (first[:, None] * one), other.T @ (second[:, None] * other)
        result[a, b], result[b, a] = across, across.T
        result[a, 0], result[b, 0], result[a, 1], result[b, 1] = result[0, a], result[0, b], result[1, a], result[1, b]
        return result

    def of_cells(self, direction: FloatArray) -> FloatArray:
        """A direction of the coefficients (p,) as a number of each cell, unexposed and exposed, (2, m)."""
        first = direction[1] + self.blocks[0] @ direction[2 : self._split]
        unexposed = self.table.spread(first, self.blocks[1] @ direction[self._split :])
        return np.stack([unexposed, unexposed + direction[0]])


@dataclass(frozen=True, eq=False)
class _Maximum:
    """Coefficients (p,), probability (2, m), and what divides by the information."""

    coefficients: FloatArray
    probability: FloatArray
    inverse: "_Inverse"


class _Inverse:
    """Division by an information (p, p), scaled to a correlation; what depends on other columns has no part in it."""

    def __init__(self, information: FloatArray) -> None:
        self._scale = 1.0 / np.sqrt(np.maximum(np.diag(information), np.finfo(np.float64).tiny))
        scaled = information * np.outer(self._scale, self._scale)
        # Columns of it are what the rows say anything about; all directions while the information is of full rank.
        self._known: FloatArray | None = None
        try:
            factor = cho_factor(scaled, check_finite=False)
            if np.diag(factor[0]).min() ** 2 > SMALLEST_EIGENVALUE:
                self._solve: Callable[[FloatArray], FloatArray] = partial(cho_solve, factor, check_finite=False)
                return
        except LinAlgError:
            pass
        values, vectors = np.linalg.eigh(scaled)
        determined = values > SMALLEST_EIGENVALUE * values[-1]
        self._known = vectors[:, determined]
        self._solve = ((self._known / values[determined]) @ self._known.T).dot

    def __call__(self, vector: FloatArray) -> FloatArray:
        return np.asarray(self._scale * self._solve(vector * self._scale), dtype=np.float64)

    def determines(self, vector: FloatArray) -> bool:
        """Whether the rows say anything about this direction."""
        if self._known is None:
            return True
        scaled = vector * self._scale
        rest = scaled - self._known @ (self._known.T @ scaled)
        return bool(np.linalg.norm(rest) <= LARGEST_REST * np.linalg.norm(scaled))


def _maximise(likelihood: _Likelihood, start: Mapping[DesignColumn, float]) -> _Maximum | None:
    """Newton steps from the coefficients of another fit, each halved while what follows it would be longer still."""
    begin = np.array([start.get(column, 0.0) for column in likelihood.columns])
    if not start:
        begin[1] = np.log(likelihood.events.sum() / (likelihood.total - likelihood.events).sum())
    step, before = np.zeros_like(begin), np.inf
    for _ in range(MAXIMUM_STEPS):
        probability = likelihood.probability(begin + step)
        inverse = _Inverse(likelihood.information(probability))
        gradient = likelihood.gradient(likelihood.events - likelihood.total * probability)
        following = inverse(gradient)
        decrement = float(gradient @ following)
        if decrement > max(before, SURE_DECREMENT):
            step = step / 2
            continue
        begin, before = begin + step, decrement
        step = following * min(1.0, LARGEST_STEP / max(float(np.abs(following).max()), LARGEST_STEP))
        if decrement < LARGEST_DECREMENT:
            return _Maximum(begin + step, likelihood.probability(begin + step), inverse)
    return None


def _described(
    likelihood: _Likelihood,
    fitted: _Maximum,
    rows: Rows,
    kind: IntArray,
    kept: BoolArray,
    population: FloatArray,
    empty: CrossedFit,
) -> CrossedFit:
    """The risk difference of a fit, with what clusters add to its error."""
    covered = population * kept
    weight = covered / covered.sum() if covered.any() else covered
    variance = fitted.probability * (1.0 - fitted.probability)
    gradient = likelihood.gradient(np.stack([-weight * variance[0], weight * variance[1]]))
    if not (covered.any() and fitted.inverse.determines(gradient)):
        return replace(empty, verdict=Verdict(Kind.RANK_DEFICIENT, {"columns": [EXPOSURE.label]}))
    # What a row of each kind, by exposure, event and cell, adds to the score of its cluster, and tells.
    moved = likelihood.of_cells(fitted.inverse(gradient)) * kept
    score = np.stack([-fitted.probability * moved, (1.0 - fitted.probability) * moved], axis=1)
    known = np.stack([variance * moved**2] * 2, axis=1)
    by_cluster = np.bincount(rows.cluster, rows.weight * score.ravel().take(kind))
    known_by_cluster = np.bincount(rows.cluster, rows.weight * known.ravel().take(kind))
    n_clusters, n = np.count_nonzero(known_by_cluster), empty.n_rows
    factor = n_clusters / (n_clusters - 1) * (n - 1) / (n - len(likelihood.columns))
    error = np.sqrt(factor * (by_cluster @ by_cluster))
    clusters = known_by_cluster.sum() ** 2 / (known_by_cluster @ known_by_cluster)
    difference = weight @ (fitted.probability[1] - fitted.probability[0])
    return replace(
        empty,
        log_odds=float(fitted.coefficients[0]),
        slope=float(weight @ variance[1]),
        risk_difference=plain_interval(np.array([difference]), np.array([error]), np.array([clusters])),
        n_population=float(covered.sum()),
        population_share=float(covered.sum() / population.sum()),
        coefficients=dict(zip(likelihood.columns, fitted.coefficients.tolist(), strict=True)),
    )
