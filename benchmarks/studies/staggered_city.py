"""A compact city of officers who become certified at different times, by month, with a known truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cit_platform.modelling.features import Columns
from cit_platform.modelling.officer_months import NO_MONTH

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
FIRST, LAST = 46 * 12, 56 * 12  # January 2016 to December 2025, in months since 1970
Curve = Callable[[FloatArray], FloatArray]


def flat(years: FloatArray) -> FloatArray:
    """Nothing changes with time: 0 log points."""
    return np.zeros_like(years)


@dataclass(frozen=True)
class StaggeredCity:
    """What is true: log points of force per contact, and of contacts, by years since certification and since hiring.

    `hazard` is that of certifying per year after the first half year of service; a tenth never do. Officers differ in
    how much they write (gamma of shape `shape`) and in their log odds of force (`sd`).
    """

    officers: int = 600
    contacts_per_month: float = 1.2
    force: float = 0.02
    effect: Curve = flat
    on_contacts: float = 0.0
    career: Curve = flat
    sd: float = 0.4
    shape: float = 3.0
    hazard: float = 0.4
    years_of_courses: tuple[float, float] = field(default=(0.5, 99.0))


@dataclass(frozen=True, eq=False)
class Drawn:
    """Officers (n,) by month (n, m): when hired, gone and certified, what they wrote before and after in each month."""

    hired: FloatArray
    left: FloatArray
    certified: FloatArray
    contacts: tuple[IntArray, IntArray]
    force: tuple[IntArray, IntArray]
    rate: FloatArray


def draw(city: StaggeredCity, seed: int) -> Drawn:
    """Draw a city; times are in months since 1970."""
    rng = np.random.default_rng([20_261_127, seed])
    n, month = city.officers, np.arange(FIRST, LAST)
    hired = FIRST + np.where(rng.random(n) < 0.5, -12 * 20 * rng.random(n), (LAST - FIRST) * rng.random(n))
    left = np.maximum(hired, FIRST) + rng.exponential(12 / 0.05, n)
    first, last = city.years_of_courses
    eligible = np.maximum(hired + 12 * first, FIRST - 18)
    certified = eligible + rng.exponential(12 / city.hazard, n)
    certified = np.where(rng.random(n) < 0.9, np.minimum(certified, hired + 12 * last), np.inf)
    middle = month + 0.5
    tenure = (middle[None, :] - hired[:, None]) / 12
    served = np.clip(np.minimum(month + 1, left[:, None]) - np.maximum(month, hired[:, None]), 0, 1)
    year = 0.15 * np.sin(np.arange(len(month)) / 20)
    own = rng.gamma(city.shape, 1 / city.shape, n)
    rate = city.contacts_per_month * own[:, None] * served * np.exp(year)
    after = np.clip(month + 1 - certified[:, None], 0, 1)
    log_odds = np.log(city.force) + rng.normal(0, city.sd, n)[:, None] + city.career(np.maximum(tenure, 0)) - 0.5 * year
    since = np.maximum((middle[None, :] - certified[:, None]) / 12, 0.0)
    sides = []
    for certified_side, share in ((False, 1 - after), (True, after)):
        contacts = rng.poisson(rate * share * np.exp(city.on_contacts * certified_side))
        effect = city.effect(np.where(np.isfinite(since), since, 0.0)) * certified_side
        sides.append((contacts, rng.binomial(contacts, np.minimum(np.exp(log_odds + effect), 0.9))))
    (before, with_force), (later, with_force_later) = sides
    return Drawn(hired, left, certified, (before, later), (with_force, with_force_later), rate * np.exp(log_odds))


def counted(drawn: Drawn) -> Columns:
    """The months with contacts as `months_of` takes them: what the records of the city would show."""
    before, after = drawn.contacts
    written = before + after > 0
    officer, month = np.nonzero(written)

    def ends(of: NDArray[np.bool_]) -> tuple[IntArray, IntArray]:
        width = of.shape[1]
        found = of.any(axis=1)
        return (
            np.where(found, FIRST + of.argmax(axis=1), NO_MONTH),
            np.where(found, FIRST + width - 1 - of[:, ::-1].argmax(axis=1), NO_MONTH),
        )

    first, last = ends(written)
    return {
        "officer": officer,
        "month": FIRST + month,
        "first_month": first[officer],
        "last_month": last[officer],
        "certified_month": ends(after > 0)[0][officer],
        "uncertified_month": ends(before > 0)[1][officer],
        "reversed": np.zeros(len(officer), dtype=np.int64),
        "hired": drawn.hired[officer] / 12,
        "contacts": (before + after)[officer, month],
        "certified_contacts": after[officer, month],
        "force": (drawn.force[0] + drawn.force[1])[officer, month],
        "certified_force": drawn.force[1][officer, month],
        "training": np.zeros(len(officer), dtype=np.int64),
    }
