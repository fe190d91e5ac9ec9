"""Synthetic cities as columns of codes, and the exact shares of covariate patterns in the population they come from."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import betainc, expit

from cit_platform.inference.design import BoolArray, FloatArray, IntArray
from cit_platform.sources.demo.city import ARREST, EMERGENT_DETENTION, FORCE, REFERRAL, OutcomeEffects
from cit_platform.sources.demo.officers import (
    ACTIVITY,
    HAZARD_OF_FEW,
    HAZARD_OF_MANY,
    INITIAL_SHARE,
    LEAVING_PER_YEAR,
    RECRUITS_SHARE,
    WILLING_TO_CERTIFY,
)

# Whole calendar years, 0 to 10; the courses began three years before the first and became many in the fourth.
N_YEARS = 11
FIRST_COURSES, MANY_COURSES = -3, 3
MOST_SERVICE, RECRUIT_YEARS = 30, 4
N_EXPERIENCE = MOST_SERVICE + N_YEARS
CALL_RISKS = ("welfare", "suicide", "disturbance", "violent", "other")
CALL_RISK_SHARES = np.array([0.20, 0.21, 0.17, 0.13, 0.29])
PRECINCTS = ("North", "West", "East", "South", "Southwest")
PRECINCT_SHARES = np.array([0.29, 0.28, 0.21, 0.13, 0.09])
# Number of values of certification, experience in years, call risk and precinct.
PATTERNS = (2, N_EXPERIENCE, len(CALL_RISKS), len(PRECINCTS))
OWN_PRECINCT = 0.85
# A certified officer is asked for at some calls, and certified officers then come with this factor on their odds.
REQUESTED = np.array([0.30, 0.50, 0.35, 0.60, 0.25])
ODDS_IF_REQUESTED = 3.0
ACTIVITY_SHAPE = 3.0
FURTHER_PERSON = 0.35
RECORDS_PER_CONTACT = np.array([0.80, 0.16, 0.04])
FORCE_SHARE = 0.015
DISPOSITIONS = ("no_action", "arrest", "emergent_detention", "referral")
DISPOSITION_EFFECTS = (ARREST, EMERGENT_DETENTION, REFERRAL)
# Log odds against no action of an uncertified officer at a welfare call in North, as in the demonstration city.
DISPOSITION_INTERCEPTS = np.array([-2.1446, -0.5207, -0.6926])


@dataclass(frozen=True)
class CityDesign:
    """What makes the contacts of a city depend on each other.

    Attributes:
        name: letter of the design.
        officer_sd: standard deviation of an officer's own log odds, drawn for each outcome.
        incident_sd: the same of an incident.
        repeated: contacts are repeated per disposition.
        contacts_per_incident: shares of incidents with 1, 2, … contacts.
    """

    name: str
    officer_sd: float = 0.0
    incident_sd: float = 0.0
    repeated: bool = False
    contacts_per_incident: tuple[float, ...] = (1.0,)

    @property
    def shared_incidents(self) -> bool:
        """Whether an incident may have several contacts."""
        return len(self.contacts_per_incident) > 1

    @property
    def total_sd(self) -> float:
        """Standard deviation of what officer and incident add to a contact's log odds."""
        return float(np.hypot(self.officer_sd, self.incident_sd))


INDEPENDENT = CityDesign("A")
OFFICERS = CityDesign("B", officer_sd=0.5, repeated=True)
INCIDENTS = CityDesign(
    "C", officer_sd=0.5, incident_sd=1.5, repeated=True, contacts_per_incident=(0.45, 0.30, 0.15, 0.10)
)
DESIGNS = (INDEPENDENT, OFFICERS, INCIDENTS)


@dataclass(frozen=True, eq=False)
class _Careers:
    """Officers by year of hiring, H levels.

    `share` (H,) of the officers; by calendar year, (H, years): `experience` in years, `activity` (weight in the choice
    of a reporting officer), chance of `staying` until then, and cumulated `certification_hazard`.
    """

    share: FloatArray
    experience: IntArray
    activity: FloatArray
    staying: FloatArray
    certification_hazard: FloatArray


@cache
def _careers() -> _Careers:
    """The demonstration's careers in whole years."""
    years, hired = np.arange(N_YEARS), np.arange(-MOST_SERVICE, N_YEARS)[:, None]
    limits, weights = np.array(ACTIVITY).T
    experience = (years - hired).clip(0)
    activity = weights[np.searchsorted(limits, experience, "right")] * (years >= hired)
    courses = np.arange(FIRST_COURSES, N_YEARS)
    hazard = np.where(courses < MANY_COURSES, HAZARD_OF_FEW, HAZARD_OF_MANY) * (courses > hired)
    return _Careers(
        share=np.concatenate([INITIAL_SHARE * _service()[::-1], np.full(N_YEARS, (1 - INITIAL_SHARE) / N_YEARS)]),
        experience=experience,
        activity=activity,
        staying=np.exp(-LEAVING_PER_YEAR * (years - hired.clip(0)).clip(0)),
        certification_hazard=np.cumsum(hazard, axis=1)[:, -N_YEARS:],
    )


def _service() -> FloatArray:
    """Shares of those hired before the first year by completed years of service, 0 to 29."""
    recruit = np.arange(MOST_SERVICE) < RECRUIT_YEARS
    elapsed = (np.arange(MOST_SERVICE + 1) - RECRUIT_YEARS).clip(0) / (MOST_SERVICE - RECRUIT_YEARS)
    shares: FloatArray = RECRUITS_SHARE * recruit / RECRUIT_YEARS
    return shares + (1 - RECRUITS_SHARE) * np.diff(betainc(0.9, 1.5, elapsed))


@cache
def pattern_shares() -> FloatArray:
    """Share of all contacts in each pattern as the number of officers grows; `PATTERNS`."""
    careers = _careers()
    certified = WILLING_TO_CERTIFY * -np.expm1(-careers.certification_hazard)
    weight = careers.share[:, None] * careers.activity * careers.staying
    by_year = np.zeros((N_YEARS, 2, N_EXPERIENCE))
    for year in range(N_YEARS):
        for arm, share in enumerate((1 - certified, certified)):
            np.add.at(by_year[year, arm], careers.experience[:, year], weight[:, year] * share[:, year])
    requested = by_year * np.array([1.0, ODDS_IF_REQUESTED])[:, None]
    unasked, asked = (pool / pool.sum(axis=(1, 2), keepdims=True) for pool in (by_year, requested))
    mix = unasked.mean(axis=0)[..., None] * (1 - REQUESTED) + asked.mean(axis=0)[..., None] * REQUESTED
    shares: FloatArray = mix[..., None] * CALL_RISK_SHARES[:, None] * PRECINCT_SHARES
    return shares


@cache
def force_log_odds(*, null: bool) -> FloatArray:
    """What a pattern adds to the log odds of force; under the null certification adds nothing; `PATTERNS`."""
    return _log_odds(FORCE, null=null)


@cache
def disposition_log_odds(*, null: bool) -> FloatArray:
    """Log odds of arrest, emergent detention and referral against no action, likewise; (3, *PATTERNS)."""
    added = np.stack([_log_odds(effects, null=null) for effects in DISPOSITION_EFFECTS])
    return DISPOSITION_INTERCEPTS[:, None, None, None, None] + added


def _log_odds(effects: OutcomeEffects, *, null: bool) -> FloatArray:
    certified, experience, call_risk, precinct = np.indices(PATTERNS)
    risk = np.log([effects.call_risk.get(level, 1.0) for level in CALL_RISKS])
    place = np.log([effects.precinct.get(level, 1.0) for level in PRECINCTS])
    training = 0.0 if null else np.log(effects.cit_certified)
    log_odds: FloatArray = training * certified + np.log(effects.experience_year) * experience
    log_odds += risk[call_risk] + place[precinct]
    return log_odds


@dataclass(frozen=True, eq=False)
class City:
    """Contacts of one city in the order of years; n entries each, codes from 0.

    Attributes:
        officer: reporting officer.
        incident: incident.
        pattern: certification, experience, call risk and precinct as one code, in C order of `PATTERNS`.
        records: records that the contact has.
        force_intercept: log odds of force of an uncertified officer without experience at a welfare call in North.
        unseen: what officer and incident add to the log odds of force and of the three dispositions; (4, n).
        chance: uniform numbers that decide force and disposition; (2, n).
    """

    officer: IntArray
    incident: IntArray
    pattern: IntArray
    records: IntArray
    force_intercept: float
    unseen: FloatArray
    chance: FloatArray

    def force(self, *, null: bool) -> IntArray:
        """1 where force was used; under the null as if certification had no effect, by the same random numbers."""
        log_odds = np.take(self.force_intercept + force_log_odds(null=null).ravel(), self.pattern) + self.unseen[0]
        force: IntArray = (self.chance[0] < expit(log_odds)).astype(np.int64)
        return force

    def disposition(self, *, null: bool) -> IntArray:
        """Code of the disposition in `DISPOSITIONS`; under the null likewise."""
        log_odds = np.take(disposition_log_odds(null=null).reshape(3, -1), self.pattern, axis=1) + self.unseen[1:]
        cumulative = np.cumsum(np.exp(log_odds), axis=0)
        # On the scale of the odds no action takes the first stretch, of length one.
        place = self.chance[1] * (1.0 + cumulative[-1]) - 1.0
        disposition: IntArray = (place >= np.vstack([np.zeros_like(place), cumulative[:2]])).sum(axis=0)
        return disposition


def draw_city(
    design: CityDesign, force_intercept: float, n_officers: int, n_contacts: int, rng: np.random.Generator
) -> City:
    """Draw officers, incidents, contacts and outcomes of one city.

    Args:
        design: what makes contacts depend on each other.
        force_intercept: as in `City`.
        n_officers: officers hired before the last year's end; some of them report nothing.
        n_contacts: expected number of contacts.
        rng: source of all random numbers.
    """
    sizes = np.asarray(design.contacts_per_incident)
    n_incidents = round(n_contacts / float(sizes @ np.arange(1, len(sizes) + 1)))
    # In order of years, which also keeps the search for officers in a small part of memory.
    year = np.arange(n_incidents) * N_YEARS // n_incidents
    call_risk = _choose(rng, CALL_RISK_SHARES, n_incidents)
    precinct = _choose(rng, PRECINCT_SHARES, n_incidents)
    requested = rng.random(n_incidents) < REQUESTED[call_risk]
    incident = np.repeat(np.arange(n_incidents), 1 + _choose(rng, sizes, n_incidents))
    careers = _careers()
    hired = _choose(rng, careers.share, n_officers)
    certified = _certified(rng, hired)
    officer = _reporting_officers(rng, incident, _Calls(year, precinct, requested), hired, certified)
    when = year[incident]
    arm, experience = certified[officer, when], careers.experience[hired[officer], when]
    n = len(officer)
    return City(
        officer=officer,
        incident=incident,
        pattern=np.ravel_multi_index((arm, experience, call_risk[incident], precinct[incident]), PATTERNS),
        records=1 + _choose(rng, RECORDS_PER_CONTACT, n) if design.repeated else np.ones(n, dtype=np.int64),
        force_intercept=force_intercept,
        unseen=_unseen(rng, design, officer, incident),
        chance=rng.random((2, n)),
    )


@dataclass(frozen=True, eq=False)
class _Calls:
    """What decides who comes to an incident; m entries each."""

    year: IntArray
    precinct: IntArray
    requested: BoolArray


def _choose(rng: np.random.Generator, shares: FloatArray, n: int) -> IntArray:
    """Draw codes with these shares; (n,)."""
    bounds = np.cumsum(shares[:-1]) / shares.sum()
    chosen: IntArray = (rng.random(n) >= bounds[:, None]).sum(axis=0)
    return chosen


def _certified(rng: np.random.Generator, hired: IntArray) -> IntArray:
    """Whether each officer is certified, by calendar year; (officers, years)."""
    willing = rng.random(len(hired)) < WILLING_TO_CERTIFY
    patience = rng.exponential(1.0, len(hired))
    certified = willing[:, None] & (patience[:, None] < _careers().certification_hazard[hired])
    return certified.astype(np.int64)


def _reporting_officers(
    rng: np.random.Generator, incident: IntArray, calls: _Calls, hired: IntArray, certified: IntArray
) -> IntArray:
    """Officer of each contact: one of the precinct or of the city; a further person keeps the incident's first one."""
    careers = _careers()
    n_officers = len(hired)
    first = np.flatnonzero(np.diff(incident, prepend=-1))
    leaving = rng.random(n_officers)[:, None] >= careers.staying[hired]
    activity = rng.gamma(ACTIVITY_SHAPE, 1 / ACTIVITY_SHAPE, n_officers)[:, None] * careers.activity[hired]
    weight = np.where(leaving, 0.0, activity)
    weight = np.stack([weight, weight * np.where(certified, ODDS_IF_REQUESTED, 1.0)], axis=1)
    home = _choose(rng, PRECINCT_SHARES, n_officers)
    members = np.vstack([home == np.arange(len(PRECINCTS))[:, None], np.ones(n_officers, dtype=np.bool_)])
    # One ladder for all pools (year, requested or not, precinct or city): pool k takes the stretch from k to k + 1.
    ladder = np.cumsum(np.einsum("ory,po->yrpo", weight, members), axis=-1)
    ladder /= ladder[..., -1:]
    ladder += np.arange(ladder[..., 0].size).reshape((*ladder.shape[:-1], 1))
    own = rng.random(len(incident)) < OWN_PRECINCT
    pool = calls.year[incident] * 2 + calls.requested[incident]
    pool = pool * len(members) + np.where(own, calls.precinct[incident], len(PRECINCTS))
    officer = _search(ladder.ravel(), pool + rng.random(len(incident))) - pool * n_officers
    lead = np.repeat(officer[first], np.diff(first, append=len(incident)))
    return np.where(rng.random(len(incident)) < FURTHER_PERSON, lead, officer)


def _search(ladder: FloatArray, places: FloatArray) -> IntArray:
    """Step of the ladder on which each place lies; in sorted order, since a search from place to place is slow."""
    order = np.argsort(places)
    step = np.empty(len(places), dtype=np.int64)
    step[order] = np.searchsorted(ladder, places[order], "right")
    return step


def _unseen(rng: np.random.Generator, design: CityDesign, officer: IntArray, incident: IntArray) -> FloatArray:
    """What officer and incident add to the log odds of force and the three dispositions; (4, n)."""
    added = np.zeros((4, len(officer)))
    for sd, cluster in ((design.officer_sd, officer), (design.incident_sd, incident)):
        if sd:
            added += np.take(sd * rng.standard_normal((4, cluster.max() + 1)), cluster, axis=1)
    return added
