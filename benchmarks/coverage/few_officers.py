"""Do the intervals of what few officers have cover? Officer attributes without effect, by both corrections."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from scipy.special import expit

from cit_platform.inference.counts import fit_counts
from cit_platform.inference.covariance import clustered
from cit_platform.inference.design import Term, predictors_of
from cit_platform.inference.diagnosis import diagnose
from cit_platform.inference.fit import Fit
from cit_platform.inference.intervals import CONFIDENCE, quantiles
from cit_platform.inference.jackknife import jackknifed, one_step_jackknife
from cit_platform.inference.patterns import group_clusters, group_rows

SEED = 20_261_126
# Officers of each level; all others are of the reference.
LEVELS: Mapping[str, int] = {"14 officers": 14, "14 other officers": 14, "25 officers": 25, "50 officers": 50}
REFERENCE = "others"
N_OFFICERS, N_CONTACTS, FORCE_SHARE = 1_000, 86_000, 0.015
OFFICER_SD = 0.5
CERTIFIED_SHARE = 0.6
CALLS = {"crisis": 0.2, "suicide": 0.21, "disturbance": 0.17, "violent": 0.13, "other": 0.29}
CALL_EFFECTS = np.log([1.0, 1.1, 2.6, 6.5, 2.2])
EXPOSURE, OUTCOMES = "cit_certified", ("no_force", "force")
TERMS = (
    Term(EXPOSURE, "indicator", "not certified"),
    Term("call_risk", "categorical", "crisis"),
    Term("attribute", "categorical", REFERENCE),
)
HIGH = 0.5 + CONFIDENCE / 2
# Lowest coverage of the jackknife that is not called a failure: 95 % less two Monte-Carlo errors of 400 cities. It may
# cover more than it says.
LOWEST = 0.928


@dataclass(frozen=True)
class Covered:
    """Whether 0, the truth, lies in the 95 % interval of one coefficient: CR1 and normal, CV3 and t; and of what."""

    quantity: str
    sandwich: bool
    jackknife: bool
    effective_officers: float


def simulate(
    n_cities: int,
    *,
    workers: int,
    n_officers: int = N_OFFICERS,
    n_contacts: int = N_CONTACTS,
    force_share: float = FORCE_SHARE,
) -> Iterator[tuple[Covered, ...]]:
    """What was covered in each city in turn; a city depends on its number alone, never on who draws it."""
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(partial(covered_in, n_officers, n_contacts, force_share), range(n_cities), chunksize=5)


def covered_in(n_officers: int, n_contacts: int, force_share: float, number: int) -> tuple[Covered, ...]:
    """Draw a city, fit it as the platform does, and see which intervals hold 0.

    A level without any force leaves the model, and is not counted in that city.

    Raises:
        RuntimeError: the fit has no numbers; a city must not leave the count silently.
    """
    rows = draw_contacts(n_officers, n_contacts, force_share, np.random.default_rng([SEED, number]))
    outcome = rows["force"].to_numpy()
    patterns = group_rows(predictors_of(rows, TERMS), outcome, 2)
    cells = group_clusters(patterns.row_pattern, rows["officer"].to_numpy(), outcome, 2)
    diagnosis = diagnose(patterns.predictors, patterns.counts, OUTCOMES, TERMS, EXPOSURE, cells)
    design, cells = diagnosis.design, cells.of_patterns(diagnosis.kept)
    if design is None:
        raise RuntimeError(f"City {number} has no estimates: {diagnosis.verdict}.")
    fit = fit_counts(design, patterns.counts[diagnosis.kept], OUTCOMES)
    sandwich = clustered(fit, design, cells)
    if not sandwich.converged:
        raise RuntimeError(f"City {number} has no estimates: {sandwich.verdict}.")
    jackknife = jackknifed(fit, design, cells, one_step_jackknife(fit, design, cells))
    asked = [*design.positions(EXPOSURE), *design.positions("attribute")]
    return tuple(_covered(sandwich, jackknife, position) for position in asked)


def _covered(sandwich: Fit, jackknife: Fit, position: int) -> Covered:
    if not jackknife.converged or jackknife.effective_clusters is None:
        raise RuntimeError(f"There is no jackknife: {jackknife.verdict}.")
    clusters = jackknife.effective_clusters[position, 0]
    estimate = abs(sandwich.coefficients[position, 0])
    return Covered(
        quantity=jackknife.columns[position].label,
        sandwich=bool(estimate <= quantiles(HIGH, None) * sandwich.std_errors[position, 0]),
        jackknife=bool(estimate <= quantiles(HIGH, clusters) * jackknife.std_errors[position, 0]),
        effective_officers=float(clusters),
    )


def draw_contacts(n_officers: int, n_contacts: int, force_share: float, rng: np.random.Generator) -> pd.DataFrame:
    """Contacts of officers who differ, in activity and in a tendency of their own; their attribute has no effect.

    Certification, which belongs to an officer for good, has none either. Half of the contacts are of few officers.
    """
    activity = rng.gamma(3, 1 / 3, n_officers) * rng.choice(
        [5.0, 1.7, 0.85, 0.62], n_officers, p=[0.25, 0.2, 0.3, 0.25]
    )
    officer = rng.choice(n_officers, n_contacts, p=activity / activity.sum())
    attribute = np.full(n_officers, REFERENCE, dtype=object)
    attribute[: sum(LEVELS.values())] = np.repeat(list(LEVELS), list(LEVELS.values()))
    certified = (rng.random(n_officers) < CERTIFIED_SHARE).astype(int)
    call = rng.choice(len(CALLS), n_contacts, p=list(CALLS.values()))
    log_odds = CALL_EFFECTS[call] + rng.normal(0, OFFICER_SD, n_officers)[officer]
    log_odds += np.log(force_share) - np.log(np.exp(log_odds).mean())
    return pd.DataFrame(
        {
            "officer": officer,
            "cit_certified": certified[officer],
            "call_risk": np.array(list(CALLS))[call],
            "attribute": attribute[officer],
            "force": (rng.random(n_contacts) < expit(log_odds)).astype(int),
        }
    )


def summarise(cities: list[tuple[Covered, ...]]) -> pd.DataFrame:
    """By coefficient: `quantity`, mean `effective_officers`, coverage `sandwich` and `jackknife`, `cities` counted."""
    by_quantity = pd.DataFrame([each for city in cities for each in city]).groupby("quantity", sort=False)
    means = by_quantity[["effective_officers", "sandwich", "jackknife"]].mean()
    return means.assign(cities=by_quantity.size()).reset_index()


def outside(summary: pd.DataFrame) -> pd.DataFrame:
    """Lines whose jackknife covers too seldom."""
    return summary[summary["jackknife"] < LOWEST]


def table(summary: pd.DataFrame) -> str:
    """Coverage in per cent as a Markdown table, with its Monte-Carlo error."""
    lines = [
        "| coefficient | effective officers | covers: CR1, normal | CV3, t | ± |",
        "|---|---:|---:|---:|---:|",
    ]
    for row in summary.to_dict("records"):
        error = np.sqrt(row["jackknife"] * (1 - row["jackknife"]) / row["cities"])
        cells = [
            f"{row['effective_officers']:.1f}",
            f"{100 * row['sandwich']:.1f}",
            f"**{100 * row['jackknife']:.1f}**",
        ]
        lines.append("| " + " | ".join([row["quantity"], *cells, f"{100 * error:.1f}"]) + " |")
    return "\n".join(lines) + "\n"
