"""Contacts that come week by week from officers with habits of their own: how often limits ever leave out the truth."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from cit_platform.inference.confidence_sequence import confidence_sequence
from cit_platform.inference.stratified_difference import RiskCells, stratified_difference

# A small city: officers, certified half of them; contacts between two looks; looks; risk and officers' spread.
N_OFFICERS, N_BETWEEN, N_LOOKS = 150, 120, 40
RISK, OFFICER_SD, NARROWEST_AT = 0.10, 0.35, 0.02
N_STRATA = 6


@dataclass(frozen=True)
class EverFails:
    """Shares of cities in which limits left out the truth: at any look, and those of one look at the last one."""

    sequence_fails: float
    one_look_fails: float
    one_look_fails_at_the_end: float


def simulate(n_cities: int, seed: int) -> EverFails:
    """Draw cities in which certification makes no difference, and look at each as often as there are looks."""
    draw = np.random.default_rng(seed)
    failed = np.array([_city(draw) for _ in range(n_cities)])
    return EverFails(*failed.mean(axis=0).tolist())


def _city(draw: np.random.Generator) -> tuple[bool, bool, bool]:
    """Whether the sequence ever fails, an interval of one look ever does, and the last such interval does."""
    certified = np.arange(N_OFFICERS) % 2
    tendency, busy = draw.normal(0, OFFICER_SD, N_OFFICERS), draw.gamma(1.0, 1.0, N_OFFICERS)
    n = N_BETWEEN * N_LOOKS
    officer = draw.choice(N_OFFICERS, n, p=busy / busy.sum())
    stratum = draw.integers(0, N_STRATA, n)
    risk = expit(logit(RISK) + tendency[officer] + 0.3 * (stratum - N_STRATA / 2) / N_STRATA)
    event = draw.random(n) < risk
    sequence, one_look = [], []
    for look in range(1, N_LOOKS + 1):
        until = slice(0, look * N_BETWEEN)
        cells = _cells(officer[until], stratum[until], certified, event[until])
        interval = stratified_difference(cells)
        if interval is None:
            continue
        low, high = confidence_sequence(interval.estimate, interval.std_error, NARROWEST_AT)
        sequence.append(bool(low > 0.0 or high < 0.0))
        one_look.append(bool(interval.low > 0.0 or interval.high < 0.0))
    return any(sequence), any(one_look), one_look[-1]


def _cells(officer: np.ndarray, stratum: np.ndarray, certified: np.ndarray, event: np.ndarray) -> RiskCells:
    size = N_OFFICERS * N_STRATA
    cell = officer * N_STRATA + stratum
    rows, events = (np.bincount(cell, weights, size) for weights in (None, event.astype(np.float64)))
    cluster, of = np.divmod(np.arange(size), N_STRATA)
    arm = np.eye(2)[certified[cluster]]
    return RiskCells(of, cluster, events[:, None] * arm, rows[:, None] * arm)
