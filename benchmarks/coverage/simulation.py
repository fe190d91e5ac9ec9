"""One city after another: drawn, fitted as the platform fits, its estimates and their standard errors kept."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from benchmarks.coverage.cities import CityDesign, draw_city
from benchmarks.coverage.estimates import Estimand, Estimate, estimates
from benchmarks.coverage.large_city import force_intercept
from benchmarks.coverage.models import DISPOSITION_MODEL, FORCE_MODEL, MODELS, Model, group
from cit_platform.inference.counts import fit_counts
from cit_platform.inference.covariance import clustered, two_way
from cit_platform.inference.design import Design
from cit_platform.inference.fit import Fit
from cit_platform.inference.patterns import ClusterCounts

Unit = Literal["contact", "record"]
Covariance = Literal["model", "officer", "officer and incident"]

SEED = 20_261_122
N_OFFICERS, N_CONTACTS = 1_000, 86_000


@dataclass(frozen=True, eq=False)
class Analysis:
    """A model fitted to one unit of a city, as the city is or under the null, and the covariances that are judged.

    The last covariance is the design's own: the one that is right for how its contacts depend on each other.
    """

    model: Model
    unit: Unit
    null: bool
    covariances: tuple[Covariance, ...]


@dataclass(frozen=True)
class Quantity:
    """One number that every city of a design estimates."""

    estimand: Estimand
    unit: Unit
    null: bool
    covariance: Covariance


ANALYSES = {
    "A": (
        Analysis(FORCE_MODEL, "contact", False, ("model",)),
        Analysis(DISPOSITION_MODEL, "contact", False, ("model",)),
    ),
    "B": (
        Analysis(FORCE_MODEL, "record", False, ("model", "officer")),
        Analysis(FORCE_MODEL, "contact", False, ("model", "officer")),
        Analysis(FORCE_MODEL, "record", True, ("model", "officer")),
        Analysis(FORCE_MODEL, "contact", True, ("model", "officer")),
        Analysis(DISPOSITION_MODEL, "contact", False, ("model", "officer")),
        Analysis(DISPOSITION_MODEL, "contact", True, ("model", "officer")),
    ),
    "C": (
        Analysis(FORCE_MODEL, "record", False, ("model", "officer", "officer and incident")),
        Analysis(FORCE_MODEL, "record", True, ("model", "officer")),
        Analysis(DISPOSITION_MODEL, "contact", False, ("model", "officer", "officer and incident")),
        Analysis(DISPOSITION_MODEL, "contact", True, ("model", "officer")),
    ),
}


def simulate(
    design: CityDesign, n_cities: int, *, workers: int, n_officers: int = N_OFFICERS, n_contacts: int = N_CONTACTS
) -> Iterator[dict[Quantity, Estimate]]:
    """Estimates of each city in turn; a city depends on its design and number alone, never on who draws it."""
    one = partial(city_estimates, design, n_officers, n_contacts)
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(one, range(n_cities), chunksize=10)


def city_estimates(design: CityDesign, n_officers: int, n_contacts: int, number: int) -> dict[Quantity, Estimate]:
    """Draw a city and estimate everything that its design asks for.

    Raises:
        RuntimeError: a fit has no numbers; a city must not leave the count silently.
    """
    rng = np.random.default_rng([SEED, ord(design.name), number])
    city = draw_city(design, force_intercept(design), n_officers, n_contacts, rng)
    groupings = {model: group(model, city, by_incident=design.shared_incidents) for model in MODELS}
    found: dict[Quantity, Estimate] = {}
    for analysis in ANALYSES[design.name]:
        model = analysis.model
        weights = city.records if analysis.unit == "record" else None
        cells = groupings[model].count(model.outcome(city, null=analysis.null), len(model.outcomes), weights)
        counts = cells.pattern_counts(len(model.design.matrix))
        fit = fit_counts(model.design, counts, model.outcomes)
        for covariance in analysis.covariances:
            fitted = estimates(model, _with_covariance(fit, model.design, cells, covariance), counts.sum(axis=1))
            found |= {
                Quantity(estimand, analysis.unit, analysis.null, covariance): estimate
                for estimand, estimate in fitted.items()
            }
    return found


def _with_covariance(fit: Fit, design: Design, cells: ClusterCounts, covariance: Covariance) -> Fit:
    if covariance == "model":
        return fit
    return clustered(fit, design, cells) if covariance == "officer" else two_way(fit, design, cells)
