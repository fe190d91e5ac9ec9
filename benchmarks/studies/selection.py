"""Prognostic and overlap differences in one city after another, with selection of calls on and off the record."""

from dataclasses import dataclass, replace

import numpy as np

from cit_platform.inference.counts import fit_counts
from cit_platform.inference.cross_fitting import CrossFit, cross_fit, folds_of
from cit_platform.inference.design import Design, DesignColumn
from cit_platform.inference.intervals import Interval
from cit_platform.inference.overlap_weights import Arms, Nuisances, overlap_difference
from cit_platform.inference.permutation import shuffle_within
from cit_platform.inference.prognostic_score import prognostic_difference
from cit_platform_tests.inference.selection_city import City, city


@dataclass(frozen=True)
class Scenario:
    """Odds with which certified officers write violent calls, and severe ones; what certification adds to the risk."""

    name: str
    calls: float = 1.0
    hidden: float = 1.0
    added: float = 0.0


N_OFFICERS, N_CONTACTS = 400, 12_000
SCENARIOS = (
    Scenario("no selection"),
    Scenario("selection of violent calls, odds 1.5", calls=1.5),
    Scenario("selection off the record, odds 1.5", hidden=1.5),
    Scenario("no selection, certification adds 20 per 1,000", added=0.02),
    Scenario("selection of violent calls, certification adds 20 per 1,000", calls=1.5, added=0.02),
)


@dataclass(frozen=True)
class Outcome:
    """Of one city: both numbers with their intervals and the truth in this draw; p-value and odds ratio beside them."""

    prognostic: Interval
    prognostic_truth: float
    overlap: Interval
    overlap_truth: float
    shuffled_p: float
    certified_apart: float
    log_odds_ratio: float


def outcome(scenario: Scenario, seed: int) -> Outcome:
    """Draw a city and ask it."""
    town = city(seed, N_OFFICERS, N_CONTACTS, scenario.calls, scenario.hidden)
    extra = np.random.default_rng([seed, 3]).random(len(town.force)) < scenario.added
    town = replace(town, force=np.maximum(town.force, town.certified * extra))
    shares = [town.certified[town.violent == violent].mean() for violent in (0, 1)]
    return Outcome(
        prognostic=prognostic_difference(town.score(), town.rows),
        prognostic_truth=_true_difference(town),
        overlap=_overlap(town),
        overlap_truth=_true_overlap(town, scenario),
        shuffled_p=shuffle_within(*_tables(town)).p_any,
        certified_apart=float(shares[1] - shares[0]),
        log_odds_ratio=_headline(town),
    )


def _overlap(town: City) -> Interval:
    fold, everyone = folds_of(int(town.officer.max()) + 1), np.ones(len(town.force), dtype=np.bool_)
    asked = ((town.certified, everyone), (town.force, town.certified == 0), (town.force, town.certified == 1))
    fits = [cross_fit(town.design, town.cells(event, rows), fold) for event, rows in asked]
    nuisances = Nuisances(*[fit for fit in fits if isinstance(fit, CrossFit)])
    arms = Arms(town.pattern, town.officer, town.certified, town.force, np.ones(len(town.force)))
    return overlap_difference(nuisances, arms).difference


def _true_difference(town: City) -> float:
    """Within strata, of the risk that an officer without certification would have on what is recorded of the call."""
    others = town.certified == 0
    pattern = np.bincount(town.pattern[others], town.risk[others]) / np.bincount(town.pattern[others])
    risk = pattern[town.pattern]
    means = np.bincount(town.stratum, town.certified) / np.bincount(town.stratum)
    left = town.certified - means[town.stratum]
    return float(left @ risk / (left @ left))


def _true_overlap(town: City, scenario: Scenario) -> float:
    """What certification adds to the risk in the overlap population; 0 where it adds nothing."""
    chance = np.bincount(town.pattern, town.certified) / np.bincount(town.pattern)
    weight = (chance * (1 - chance))[town.pattern]
    return float(weight @ (scenario.added * (1 - town.risk)) / weight.sum())


def _tables(town: City) -> tuple[np.ndarray, np.ndarray]:
    size = 2 * (int(town.stratum.max()) + 1)
    both = [np.bincount(town.pattern, town.certified == arm, size).reshape(-1, 2).astype(np.int64) for arm in (1, 0)]
    return both[0], both[1]


def _headline(town: City) -> float:
    """Log odds ratio of certification, adjusted for stratum and kind of call."""
    base = town.design
    m = len(base.matrix)
    matrix = np.vstack([np.column_stack([base.matrix, np.full(m, arm)]) for arm in (0.0, 1.0)])
    place = town.pattern + m * town.certified.astype(np.int64)
    counts = np.column_stack([np.bincount(place, town.force == event, 2 * m) for event in (0, 1)]).astype(np.float64)
    fit = fit_counts(Design((*base.columns, DesignColumn("certified")), matrix), counts, ("no_force", "force"))
    return float(fit.coefficients[-1, 0])
