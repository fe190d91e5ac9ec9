"""One small city after another for each estimator: what it finds, what is true, and a naive number beside it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, roots_hermite

from cit_platform.inference.counts import fit_counts
from cit_platform.inference.design import Design, DesignColumn
from cit_platform.inference.empirical_calibration import calibrate, fit_null
from cit_platform.inference.intervals import Z
from cit_platform.inference.jackknife import jackknifed, one_step_jackknife
from cit_platform.inference.misclassification import corrected_odds_ratio
from cit_platform.inference.patterns import group_clusters
from cit_platform.inference.proportions import proportion
from cit_platform.inference.selection import bounding_factor, bounds_with_interval
from cit_platform.inference.standardisation import standardise

NODES, WEIGHTS = roots_hermite(30)
N_OFFICERS, N_CONTACTS, OFFICER_SD, N_KINDS = 150, 6_000, 0.35, 4
LOWER, HIGHER = float(np.log(0.7)), float(np.log(1 / 0.7))


@dataclass(frozen=True)
class Found:
    """An estimate with its standard error and limits, the truth, and a naive estimate of the same."""

    value: float
    std_error: float
    low: float
    high: float
    truth: float
    naive: float


def risk_difference(draw: np.random.Generator, effect: float) -> Found:
    """Standardised over kinds of call that certified officers meet unequally; naive: the plain difference."""
    certified_officer, officer = np.arange(N_OFFICERS) % 2, draw.integers(0, N_OFFICERS, N_CONTACTS)
    certified = certified_officer[officer]
    kind = np.where(draw.random(N_CONTACTS) < 0.25 + 0.1 * certified, 0, draw.integers(1, N_KINDS, N_CONTACTS))
    log_odds = np.array([-1.2, -2.6, -3.0, -2.0])[kind]
    own = draw.normal(0, OFFICER_SD, N_OFFICERS)[officer]
    event = (draw.random(N_CONTACTS) < expit(log_odds + effect * certified + own)).astype(np.int64)
    pattern = N_KINDS * certified + kind
    arm, of_kind = np.divmod(np.arange(2 * N_KINDS), N_KINDS)
    columns = [np.ones(2 * N_KINDS), arm, *(of_kind == level for level in range(1, N_KINDS))]
    names = ("intercept", "certified", *(f"kind {level}" for level in range(1, N_KINDS)))
    design = Design(tuple(DesignColumn(name) for name in names), np.column_stack(columns).astype(np.float64))
    counts = np.column_stack([np.bincount(pattern, event == value, 2 * N_KINDS) for value in (0, 1)])
    cells = group_clusters(pattern, officer, event, 2)
    fit = fit_counts(design, counts.astype(np.float64), ("no", "yes"))
    fit = jackknifed(fit, design, cells, one_step_jackknife(fit, design, cells))
    found = standardise(fit, design, counts.sum(axis=1).astype(np.float64), "certified").risk_difference
    habit = np.sqrt(2) * OFFICER_SD * NODES
    risks = [expit(log_odds[:, None] + habit + value) @ WEIGHTS / np.sqrt(np.pi) for value in (effect, 0.0)]
    naive = event[certified == 1].mean() - event[certified == 0].mean()
    last = (float(each[-1]) for each in (found.estimate, found.std_error, found.low, found.high))
    return Found(*last, float((risks[0] - risks[1]).mean()), float(naive))


def presence_contrast(draw: np.random.Generator, effect: float) -> Found:
    """Log odds ratio of a CIT officer on scene, read from that of the reporter; naive: the reporter's own.

    Presence alone changes the outcome. The reporter's log odds ratio comes from a fit beside it, here a draw.
    """
    with_certified, with_others = 0.95, 0.55
    shares, errors = [], []
    for share, n in ((with_certified, 75), (with_others, 75)):
        rows = 1 + draw.poisson(39, n)
        own = expit(np.log(share / (1 - share)) + draw.normal(0, 0.2, n))
        found = proportion(draw.binomial(rows, own).astype(np.float64), rows.astype(np.float64))
        shares.append(found.estimate)
        errors.append((found.high - found.low) / (2 * Z))
    contrast, contrast_error = shares[0] - shares[1], float(np.hypot(*errors))
    reporter_error = 0.1
    means = [
        expit(np.log(share / (1 - share)) + np.sqrt(2) * 0.2 * NODES) @ WEIGHTS / np.sqrt(np.pi)
        for share in (
            with_certified,
            with_others,
        )
    ]
    reporter = float(draw.normal(effect * (means[0] - means[1]), reporter_error))
    value = reporter / contrast
    error = float(np.hypot(reporter_error, value * contrast_error)) / contrast
    return Found(value, error, value - Z * error, value + Z * error, effect, reporter)


def misclassified(draw: np.random.Generator, effect: float) -> Found:
    """Log odds ratio of a certification recorded with sensitivity 0.8 and specificity 0.95; naive: as recorded."""
    n, sensitivity, specificity = np.array([400, 12_000]), 0.8, 0.95
    odds = np.array([np.exp(effect), 1.0])
    share = odds / (1 + odds)
    truly = draw.binomial(n, share)
    recorded = draw.binomial(truly, sensitivity) + draw.binomial(n - truly, 1 - specificity)
    table = np.column_stack([recorded, n - recorded]).astype(np.float64)
    found, plain = corrected_odds_ratio(table, sensitivity, specificity), corrected_odds_ratio(table, 1.0, 1.0)
    limits = (found.estimate - Z * found.std_error, found.estimate + Z * found.std_error)
    return Found(found.estimate, found.std_error, *limits, effect, plain.estimate)


def calibrated(draw: np.random.Generator, effect: float) -> Found:
    """An estimate with the systematic error of eight controls; naive: not calibrated."""
    mean, spread, error = 0.15, 0.1, 0.12
    errors = draw.uniform(0.05, 0.15, 8)
    null = fit_null(draw.normal(mean, np.hypot(spread, errors)), errors)
    assert null is not None
    plain = float(draw.normal(effect + mean, np.hypot(spread, error)))
    found = calibrate(null, plain, error)
    return Found(found.estimate, (found.high - found.low) / (2 * Z), found.low, found.high, effect, plain)


def selected(draw: np.random.Generator, effect: float) -> Found:
    """Bounds of a log risk ratio under selection into the record as strong as assumed; naive: among those recorded.

    The certified record more of their contacts with a trait that goes with the outcome. The estimate is the nearer
    end of the bounds, the truth the ratio in all contacts; limits of the bounds are to cover it in at least 95 %.
    """
    n, strength, ratio = 40_000, 2.0, 1.3
    trait = draw.random((2, n)) < 0.3
    risk = np.where(trait, 0.04 * strength, 0.04) * np.array([[np.exp(effect)], [1.0]])
    event = draw.random((2, n)) < risk
    recorded = draw.random((2, n)) < np.where(trait, 0.6 * np.array([[ratio], [1.0]]), 0.6)
    risks = [float(event[arm][recorded[arm]].mean()) for arm in (0, 1)]
    events = [float(event[arm][recorded[arm]].sum()) for arm in (0, 1)]
    error = float(np.sqrt(sum((1 - each) / n_events for each, n_events in zip(risks, events, strict=True))))
    naive = float(np.log(risks[0] / risks[1]))
    widening = 2 * float(np.log(bounding_factor(np.array(strength), np.array(ratio))))
    found = bounds_with_interval(naive - widening, naive + widening, error, error)
    return Found(float(np.clip(effect, found.low, found.high)), error, found.conf_low, found.conf_high, effect, naive)


ESTIMATORS: dict[str, Callable[[np.random.Generator, float], Found]] = {
    "standardised risk difference": risk_difference,
    "presence contrast": presence_contrast,
    "misclassified certification": misclassified,
    "calibrated by eight controls": calibrated,
    "bounds under selection": selected,
}
EFFECTS = {"absent": 0.0, "lower": LOWER, "higher": HIGHER}
