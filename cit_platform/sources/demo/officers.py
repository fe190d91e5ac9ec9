"""The officers of the synthetic city: hired, certified and gone on a date, cohort by cohort."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from cit_platform.sources.demo.calibration import PRECINCTS, Calibration, calibration, squads
from cit_platform.sources.demo.city import OUTCOMES, CityParameters

if TYPE_CHECKING:
    from numpy.typing import NDArray

START = date(2015, 5, 15)
DAY_0 = date(1970, 1, 1)
NEVER = 2**30
DAYS_PER_YEAR = 365.25
# Officers hired before the first record; the others come year by year to the end of 2025, and go on coming.
INITIAL_SHARE = 0.58
YEARS_OF_HIRING = 10.63
RECRUITS_SHARE = 0.24
LEAVING_PER_YEAR = 0.04
WILLING_TO_CERTIFY = 0.86
YEARS_BEFORE_COURSE = 0.5
FIRST_COURSES = date(2012, 1, 1)
MOST_RESTATED = 10
# Hazard of certifying per year: courses are few at first and many later.
MANY_COURSES = date(2018, 6, 1)
HAZARD_OF_FEW, HAZARD_OF_MANY = 0.30, 0.9
# Patrol's crisis reports are written by its juniors: weight of an officer by years of experience.
ACTIVITY = ((5, 5.0), (10, 1.7), (20, 0.85), (99, 0.62))


class Stream(IntEnum):
    """What a stream of random numbers is for: each draws alone, so that none shifts another."""

    ROSTER = 1
    CONTACTS = 2
    DISPOSITIONS = 3
    SPELLING = 4
    REVISIONS = 5
    CERTIFICATION = 6
    SQUADS = 7


def stream(seed: int, purpose: Stream, *key: int) -> np.random.Generator:
    """Random numbers of one purpose and one key (a day or a year); the same for the same arguments."""
    return np.random.default_rng([seed, purpose, *key])


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - DAY_0).days


@dataclass(frozen=True)
class Roster:
    """Officers in the order of hiring; n entries each, days counted from 1970-01-01.

    Attributes:
        hired: day of hiring.
        left: first day out of service.
        certified_from: first day certified; `NEVER` for those who never are.
        born: birthday.
        birth_defect: 0 none, 1 printed as 1900, 2 missing.
        race: code of the calibration's `officer_race`.
        gender: code of the calibration's `officer_gender`.
        precinct: home precinct, code of `PRECINCTS`.
        squad: position in `squads.csv`.
        experience_offset: years by which the personnel file overstates experience.
        restated: years that the personnel file has more since it was restated, or fewer.
        activity: relative number of reports, before experience.
        tendency: the officer's own log odds of each outcome of `OUTCOMES`, the squad's among them, n x 4.
    """

    hired: NDArray[np.int32]
    left: NDArray[np.int32]
    certified_from: NDArray[np.int32]
    born: NDArray[np.int32]
    birth_defect: NDArray[np.int8]
    race: NDArray[np.int8]
    gender: NDArray[np.int8]
    precinct: NDArray[np.int8]
    squad: NDArray[np.int16]
    experience_offset: NDArray[np.int8]
    restated: NDArray[np.int8]
    activity: NDArray[np.float64]
    tendency: NDArray[np.float64]

    def __len__(self) -> int:
        """Number of officers."""
        return len(self.hired)


def draw_roster(city: CityParameters, seed: int, last_year: int) -> Roster:
    """Draw all officers hired up to the end of a year; those of an earlier year are its first entries."""
    cohorts = [_cohort(city, seed, 0)]
    cohorts += [_cohort(city, seed, year) for year in range(START.year, last_year + 1)]
    columns = {
        column.name: np.concatenate([getattr(cohort, column.name) for cohort in cohorts])
        for column in dataclasses.fields(Roster)
    }
    return Roster(**columns)


def activity_by_experience(years: NDArray[np.float64]) -> NDArray[np.float64]:
    """Relative number of reports by years of experience."""
    return np.array([weight for _, weight in ACTIVITY])[
        np.searchsorted([limit for limit, _ in ACTIVITY], years, "right")
    ]


def _cohort(city: CityParameters, seed: int, year: int) -> Roster:
    """Officers hired in a year, or before the first record (year 0)."""
    rng = stream(seed, Stream.ROSTER, year)
    n = _cohort_size(city, year)
    hired = _hiring_days(rng, n, year)
    rates = calibration(city.coding)
    tendency = _tendencies(rng, city, rates, n)
    home = rng.choice(len(PRECINCTS), n, p=rates.weights("precinct", START))
    squad = _squads(stream(seed, Stream.SQUADS, year), home)
    of_squad = _squad_log_odds(city, rates, seed)[squad]
    return Roster(
        hired=hired,
        left=(np.maximum(hired, day_number(START)) + rng.exponential(DAYS_PER_YEAR / LEAVING_PER_YEAR, n)).astype(
            np.int32
        ),
        certified_from=_certification_days(rng, city, hired, tendency[:, 0], of_squad[:, -1]),
        born=(hired - (21 + rng.gamma(2.5, 2.4, n).clip(max=19)) * DAYS_PER_YEAR).astype(np.int32),
        birth_defect=_birth_defects(rng, city, n),
        race=rng.choice(
            len(rates.vocabulary("officer_race", "")), n, p=rates.weights("officer_race", START, "")
        ).astype(np.int8),
        gender=rng.choice(
            len(rates.vocabulary("officer_gender", "")), n, p=rates.weights("officer_gender", START, "")
        ).astype(np.int8),
        precinct=home.astype(np.int8),
        squad=squad,
        experience_offset=_experience_offsets(rng, n, rates.draw("officer", "experience_offset", START) * city.defects),
        activity=rng.gamma(3.0, 1 / 3.0, n) + 0.02,
        tendency=tendency + of_squad[:, :-1],
        restated=_restatements(rng, n, rates.draw("officer", "restated experience", START)),
    )


def _cohort_size(city: CityParameters, year: int) -> int:
    if year == 0:
        return round(INITIAL_SHARE * city.n_officers)
    per_year = (1 - INITIAL_SHARE) * city.n_officers / YEARS_OF_HIRING
    return max(1, round(per_year * (YEARS_OF_HIRING % 1 if year == START.year else 1)))


def _hiring_days(rng: np.random.Generator, n: int, year: int) -> NDArray[np.int32]:
    if year == 0:
        recruit = rng.random(n) < RECRUITS_SHARE
        years = np.where(recruit, rng.random(n) * 4, 4 + 26 * rng.beta(0.9, 1.5, n))
        return np.sort(day_number(START) - 1 - (years * DAYS_PER_YEAR).astype(np.int32)).astype(np.int32)
    first = max(day_number(date(year, 1, 1)), day_number(START))
    last = day_number(date(year, 12, 31))
    return np.sort(rng.integers(first, last + 1, n)).astype(np.int32)


def _tendencies(rng: np.random.Generator, city: CityParameters, rates: Calibration, n: int) -> NDArray[np.float64]:
    """Each officer's own log odds of the outcomes, (n, 4)."""
    own = rng.standard_normal((n, len(OUTCOMES)))
    if city.shared_tendency:
        correlation = rates.draw("shared_tendency", "outcomes", START, "correlation")
        own = np.sqrt(correlation) * rng.standard_normal((n, 1)) + np.sqrt(1 - correlation) * own
    return own * city.officer_sd


def _squad_log_odds(city: CityParameters, rates: Calibration, seed: int) -> NDArray[np.float64]:
    """Log odds of each outcome and, last, of certifying, by position in `squads.csv`, (squads, 5)."""
    sd = [rates.draw("squad_variation", name, START, "sd") for name in (*OUTCOMES, "certification")]
    drawn = stream(seed, Stream.SQUADS).standard_normal((len(squads()), len(sd)))
    return drawn * sd * city.squad_variation


def _certification_days(
    rng: np.random.Generator,
    city: CityParameters,
    hired: NDArray[np.int32],
    force_tendency: NDArray[np.float64],
    of_squad: NDArray[np.float64],
) -> NDArray[np.int32]:
    """Certification comes after half a year of service at the earliest, and from the first courses on.

    On the career curve a recruit who is willing certifies early instead.
    """
    own_risk = city.officer_selection * (force_tendency / city.officer_sd if city.officer_sd else force_tendency)
    own_risk = own_risk + of_squad
    odds = WILLING_TO_CERTIFY / (1 - WILLING_TO_CERTIFY) * np.exp(own_risk)
    willing = rng.random(len(hired)) < odds / (1 + odds)
    eligible = np.maximum(hired + YEARS_BEFORE_COURSE * DAYS_PER_YEAR, day_number(FIRST_COURSES))
    # Inverse of the piecewise constant hazard: what of the unit exponential is not used up before goes on after.
    hazard = rng.exponential(1.0, len(hired)) * np.exp(-own_risk) * DAYS_PER_YEAR
    change = np.maximum(eligible, day_number(MANY_COURSES))
    early = eligible + hazard / HAZARD_OF_FEW
    late = change + (hazard - HAZARD_OF_FEW * (change - eligible)) / HAZARD_OF_MANY
    day = np.where(early <= change, early, late)
    if city.career_curve:
        recruit = hired >= day_number(START)
        first, last = _recruits_certify(city)
        day = np.where(recruit, hired + rng.uniform(first, last, len(hired)) * DAYS_PER_YEAR, day)
    return np.where(willing, day, NEVER).astype(np.int32)


def _recruits_certify(city: CityParameters) -> tuple[float, float]:
    """First and last year of service in which a recruit on the career curve certifies."""
    rates = calibration(city.coding)
    first, last = (rates.draw("career_curve", value, START, "years") for value in ("first course", "last course"))
    return first, last


def _experience_offsets(rng: np.random.Generator, n: int, rate: float) -> NDArray[np.int8]:
    offset = 6 + rng.gamma(2.5, 5.0, n).clip(max=34)
    return np.where(rng.random(n) < rate, offset, 0).astype(np.int8)


def _restatements(rng: np.random.Generator, n: int, rate: float) -> NDArray[np.int8]:
    years = rng.integers(1, MOST_RESTATED + 1, n) * rng.choice([-1, 1], n)
    return np.where(rng.random(n) < rate, years, 0).astype(np.int8)


def _birth_defects(rng: np.random.Generator, city: CityParameters, n: int) -> NDArray[np.int8]:
    rates = calibration(city.coding)
    shares = [rates.draw("officer_year_of_birth", value, START) * city.defects for value in ("1900", "missing")]
    return np.array([1, 2, 0], dtype=np.int8)[np.searchsorted(np.cumsum(shares), rng.random(n), "right")]


def _squads(rng: np.random.Generator, home: NDArray[np.int64]) -> NDArray[np.int16]:
    """Draw each officer's squad among those of the home precinct."""
    squad = np.zeros(len(home), dtype=np.int16)
    for code, precinct in enumerate(PRECINCTS):
        members = np.flatnonzero(home == code)
        positions = [i for i, entry in enumerate(squads()) if entry.precinct == precinct]
        weights = np.array([squads()[i].weight for i in positions])
        squad[members] = rng.choice(positions, len(members), p=weights / weights.sum())
    return squad
