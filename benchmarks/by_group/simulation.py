"""Small cities with a stated odds ratio of certification in each kind of call: what is estimated, and what is true."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, logit, roots_hermite

from cit_platform.inference.by_group import even_covariance, pairs_of, risk_differences, split_exposure
from cit_platform.inference.counts import fit_counts
from cit_platform.inference.design import Design, Term, design_of, predictors_of
from cit_platform.inference.fit import Fit
from cit_platform.inference.jackknife import jackknifed, one_step_jackknife
from cit_platform.inference.partial_pooling import partial_pooling
from cit_platform.inference.patterns import group_clusters, group_rows

N_CONTACTS, N_OFFICERS, OFFICER_SD = 8_000, 150, 0.35
# Kinds of call: share of contacts, risk without certification, log odds ratio of certification with an effect.
GROUPS = {"other": (0.65, 0.05, -0.3), "suicide": (0.2, 0.04, 0.3), "violent": (0.15, 0.14, -0.8)}
N_CLASSES, MEAN, SPREAD = 10, -0.3, 0.35
CERTIFIED, KIND, AGE = "certified", "kind", "age"
NODES, WEIGHTS = roots_hermite(40)


@dataclass(frozen=True)
class Found:
    """An estimate with its standard error and 95 % limits beside what is true."""

    quantity: str
    value: float
    std_error: float
    low: float
    high: float
    truth: float


def group_city(number: int, *, effect: bool) -> Iterator[Found]:
    """The risk difference of each group and those between groups in one city."""
    draw = np.random.default_rng([number, 1])
    names = tuple(GROUPS)
    shares, risks, slopes = (np.array(column) for column in zip(*GROUPS.values(), strict=True))
    slopes = slopes * effect
    rows = _contacts(draw, names, shares, np.log(risks / (1 - risks)), slopes)
    found = _fitted(rows, names)
    weights = found.counts.sum(axis=1)
    interval = risk_differences(found.fit, found.design, weights, CERTIFIED, found.group, names)
    truths = [_marginal_difference(rows[rows[KIND] == name], slope) for name, slope in zip(names, slopes, strict=True)]
    truths += [truths[a] - truths[b] for a, b in pairs_of(len(names))]
    quantities = [*names, *(f"{names[a]} less {names[b]}" for a, b in pairs_of(len(names)))]
    for place, (quantity, truth) in enumerate(zip(quantities, truths, strict=True)):
        fields = (interval.estimate, interval.std_error, interval.low, interval.high)
        yield Found(quantity, *(float(each[place]) for each in fields), truth)


def class_city(number: int) -> Iterator[Found]:
    """The mean and the spread of the classes, and the first class drawn to the mean, in one city."""
    draw = np.random.default_rng([number, 2])
    # So many events in each class that none has to leave, as one with too few does in the studies.
    names = tuple(f"class {place}" for place in range(N_CLASSES))
    shares, intercepts = np.full(N_CLASSES, 1 / N_CLASSES), draw.normal(-2.0, 0.3, N_CLASSES)
    slopes = draw.normal(MEAN, SPREAD, N_CLASSES)
    found = _fitted(_contacts(draw, names, shares, intercepts, slopes), names)
    positions = [found.design.positions(f"{CERTIFIED} in {name}")[0] for name in names]
    estimates, own = found.fit.coefficients[positions, 0], found.fit.covariance[np.ix_(positions, positions)]
    even = even_covariance(found.fit, found.design, found.counts, found.whole, CERTIFIED)
    pooling, naive = partial_pooling(estimates, even), partial_pooling(estimates, own)
    # Odds ratios of the population lie a little nearer to 1 than those of an officer.
    certified, other = (_population_log_odds(-2.0 + slope) for slope in (MEAN, 0.0))
    nearer = (certified - other) / MEAN
    for quantity, limits, truth in (
        ("mean class", pooling.mean, MEAN),
        ("mean class, weighted by its own variances", naive.mean, MEAN),
        ("spread", pooling.spread, SPREAD),
    ):
        error = (limits.high - limits.low) / 4
        yield Found(quantity, limits.value, error, limits.low, limits.high, truth * nearer)
    error = (pooling.high[0] - pooling.low[0]) / 4
    drawn = (pooling.shrunken[0], error, pooling.low[0], pooling.high[0])
    yield Found("a class drawn to the mean", *map(float, drawn), float(slopes[0] * nearer))


def _contacts(
    draw: np.random.Generator, names: tuple[str, ...], shares: np.ndarray, intercepts: np.ndarray, slopes: np.ndarray
) -> pd.DataFrame:
    """Contacts of officers who report unequally often and have habits; certified half of them, by chance."""
    busy = draw.gamma(1.0, 1.0, N_OFFICERS)
    officer = draw.choice(N_OFFICERS, N_CONTACTS, p=busy / busy.sum())
    certified = (draw.permutation(N_OFFICERS) % 2)[officer]
    kind, age = draw.choice(len(names), N_CONTACTS, p=shares), draw.integers(0, 4, N_CONTACTS)
    log_odds = intercepts[kind] + 0.1 * (age - 1.5)
    habit = draw.normal(0, OFFICER_SD, N_OFFICERS)[officer]
    event = draw.random(N_CONTACTS) < expit(log_odds + slopes[kind] * certified + habit)
    return pd.DataFrame(
        {
            **{"officer": officer, CERTIFIED: certified, KIND: np.array(names)[kind], AGE: age},
            **{"event": event.astype(np.int64), "log_odds": log_odds},
        }
    )


@dataclass(frozen=True, eq=False)
class _Fitted:
    """The fit of a split design, the design before, counts and groups of the patterns."""

    fit: Fit
    design: Design
    whole: Design
    counts: np.ndarray
    group: np.ndarray


def _fitted(rows: pd.DataFrame, names: tuple[str, ...]) -> _Fitted:
    terms = (Term(CERTIFIED, "indicator"), Term(KIND, "categorical", names[0]), Term(AGE, "number"))
    outcome = rows["event"].to_numpy()
    patterns = group_rows(predictors_of(rows, terms), outcome, 2)
    cells = group_clusters(patterns.row_pattern, rows["officer"].to_numpy(), outcome, 2)
    factor = patterns.predictors.factors[KIND]
    group = np.array([names.index(level) for level in factor.levels])[factor.codes]
    whole = design_of(patterns.predictors, terms)
    design = split_exposure(whole, CERTIFIED, group, names)
    fit = fit_counts(design, patterns.counts, ("no", "yes"))
    fit = jackknifed(fit, design, cells, one_step_jackknife(fit, design, cells))
    return _Fitted(fit, design, whole, patterns.counts, group)


def _population_log_odds(log_odds: float) -> float:
    """The log odds of the risk averaged over the habits of all officers there could be."""
    return float(logit(expit(log_odds + np.sqrt(2) * OFFICER_SD * NODES) @ WEIGHTS / np.sqrt(np.pi)))


def _marginal_difference(rows: pd.DataFrame, slope: float) -> float:
    """The difference over these contacts, averaged over the habits of all officers there could be."""
    habit = np.sqrt(2) * OFFICER_SD * NODES
    log_odds = rows["log_odds"].to_numpy()[:, None] + habit
    risks = [expit(log_odds + value) @ WEIGHTS / np.sqrt(np.pi) for value in (slope, 0.0)]
    return float((risks[0] - risks[1]).mean())
