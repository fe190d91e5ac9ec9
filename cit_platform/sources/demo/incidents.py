"""The incidents of the synthetic city: when, where and what the call was about, before any officer is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cit_platform.sources.demo.blocks import Block
from cit_platform.sources.demo.calibration import CALL_RISKS, PRECINCTS, Calibration
from cit_platform.sources.demo.city import CityParameters
from cit_platform.sources.demo.officers import day_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

MISSING = -1
# Codes of the recorded precinct: first those of PRECINCTS, then what the source prints where it has none.
NO_PRECINCT = ("missing", "FK ERROR", "OOJ", "UNKNOWN")
HIDDEN_TRAIT = 0.20
OCCURED_MISSING = np.iinfo(np.int64).min
MINUTES_PER_DAY, SECONDS_PER_DAY = 1440, 86_400
# Of eight hours each, from midnight on.
WATCHES = ("night", "day", "evening")


@dataclass(frozen=True)
class Incidents:
    """What the contacts of an incident share; m entries each.

    `occured` is the second of the event as dispatch gives it, `watch` the code of `WATCHES` in which it really was.
    """

    day: NDArray[np.int32]
    minute: NDArray[np.int32]
    occured: NDArray[np.int64]
    watch: NDArray[np.int8]
    call: NDArray[np.int16]
    final_call: NDArray[np.int16]
    call_source: NDArray[np.int8]
    risk: NDArray[np.int8]
    precinct: NDArray[np.int8]
    area: NDArray[np.int8]
    sector: NDArray[np.int8]
    beat: NDArray[np.int8]
    hidden: NDArray[np.bool_]
    requested: NDArray[np.bool_]
    dispatched: NDArray[np.bool_]


def group_into_incidents(
    rng: np.random.Generator, city: CityParameters, rates: Calibration, block: Block, n: int
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Number of each contact's incident, and whether a further contact is a further person of the same officer."""
    if not city.multi_contact_incidents:
        return np.arange(n, dtype=np.int32), np.zeros(n, dtype=np.bool_)
    sizes = 1 + pick(rng, rates.weights("contacts_per_incident", block.start, ""), n)
    incident = np.repeat(np.arange(n, dtype=np.int32), sizes)[:n]
    share = rates.draw("further_officers", "other officer", block.start, "further contacts") * city.further_officers
    return incident, rng.random(n) >= share


def draw_incidents(
    rng: np.random.Generator, city: CityParameters, rates: Calibration, block: Block, m: int
) -> Incidents:
    start = block.start
    day = (day_number(start) + rng.integers(0, block.days, m)).astype(np.int32)
    minute = pick(rng, rates.weights("reported_time", start, ""), m) * 60 + rng.integers(0, 60, m)
    unmatched = rng.random(m) < rates.draw("initial_call_type", "missing", start) * city.defects
    call = pick(rng, rates.weights("initial_call_type", start), m)
    area = pick(rng, rates.weights("precinct", start), m).astype(np.int8)
    risk = np.where(unmatched, CALL_RISKS.index("unknown"), rates.call_risks()[call]).astype(np.int8)
    dispatched = rng.random(m) < _dispatch_shares(city, rates, block)[risk]
    requested = rng.random(m) < rates.draw("cit_officer_requested", "Y", start)
    reported = (day.astype(np.int64) * MINUTES_PER_DAY + minute) * 60
    lag = _lag_seconds(rng, m)
    occured = reported - _printed_lag(rng, city, rates, block, lag)
    return Incidents(
        day=day,
        minute=minute.astype(np.int32),
        occured=np.where(unmatched, OCCURED_MISSING, occured),
        watch=watch_of(reported - lag).astype(np.int8),
        call=np.where(unmatched, MISSING, call).astype(np.int16),
        final_call=np.where(unmatched, MISSING, pick(rng, rates.weights("final_call_type", start), m)).astype(np.int16),
        call_source=np.where(unmatched, MISSING, pick(rng, rates.weights("call_type", start), m)).astype(np.int8),
        risk=risk,
        precinct=_recorded_precinct(rng, city, rates, block, area, unmatched),
        area=area,
        sector=_sectors(rng, rates, block, area),
        beat=rng.integers(1, 4, m).astype(np.int8),
        hidden=rng.random(m) < HIDDEN_TRAIT,
        # Since 2020 both columns of the feed hold the same values.
        requested=requested if city.coding == "2018" else dispatched,
        dispatched=dispatched,
    )


def watch_of(second: NDArray[np.int64]) -> NDArray[np.int64]:
    """Code of `WATCHES` by second since any midnight."""
    return second % SECONDS_PER_DAY * len(WATCHES) // SECONDS_PER_DAY


def _dispatch_shares(city: CityParameters, rates: Calibration, block: Block) -> NDArray[np.float64]:
    """Share of incidents to which a CIT officer is dispatched, by code of `CALL_RISKS`."""
    overall = rates.draw("cit_officer_dispatched", "Y", block.start)
    by_risk = [rates.draw("cit_officer_dispatched", "Y", block.start, risk) for risk in CALL_RISKS]
    return np.array([share * city.dispatch_by_call or overall for share in by_risk])


def _lag_seconds(rng: np.random.Generator, m: int) -> NDArray[np.int64]:
    """Seconds from event to report: hours as a rule, days for 1 %."""
    lag = rng.lognormal(np.log(2.0), 0.9, m).clip(max=47.0) * 3600
    return np.where(rng.random(m) < 0.01, lag + rng.uniform(2, 30, m) * SECONDS_PER_DAY, lag).astype(np.int64)


def _printed_lag(
    rng: np.random.Generator, city: CityParameters, rates: Calibration, block: Block, lag: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The same, wrong by months where the join went wrong."""
    m = len(lag)
    wrong = rng.random(m) < rates.draw("occured_date_time", "wrong", block.start, "call known") * city.defects
    days = np.where(rng.random(m) < 0.1, -rng.uniform(1, 227, m), np.exp(rng.uniform(0, np.log(2176), m)))
    return np.where(wrong, days * SECONDS_PER_DAY, lag).astype(np.int64)


def _recorded_precinct(
    rng: np.random.Generator,
    city: CityParameters,
    rates: Calibration,
    block: Block,
    area: NDArray[np.int8],
    unmatched: NDArray[np.bool_],
) -> NDArray[np.int8]:
    if not city.defects:
        return area
    recorded = area.copy()
    for code, value in enumerate(NO_PRECINCT, start=len(PRECINCTS)):
        share = np.where(
            unmatched,
            rates.draw("precinct", value, block.start, "call missing"),
            rates.draw("precinct", value, block.start, "call known"),
        )
        share = share + rates.draw("precinct", value, block.start)
        recorded[rng.random(len(area)) < share] = code
    return recorded


def _sectors(rng: np.random.Generator, rates: Calibration, block: Block, area: NDArray[np.int8]) -> NDArray[np.int8]:
    sector = np.zeros(len(area), dtype=np.int8)
    offset = 0
    for code, precinct in enumerate(PRECINCTS):
        members = np.flatnonzero(area == code)
        sector[members] = offset + pick(rng, rates.weights("sector", block.start, precinct), len(members))
        offset += len(rates.vocabulary("sector", precinct))
    return sector


def pick(rng: np.random.Generator, weights: NDArray[np.float64], n: int) -> NDArray[np.int64]:
    """Draw n codes 0..k-1 with k weights that sum to 1."""
    cumulative = np.cumsum(weights)
    return np.searchsorted(cumulative / cumulative[-1], rng.random(n), "right")
