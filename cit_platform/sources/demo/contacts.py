"""The contacts of the synthetic city as columns of codes, without any text: enough for simulations of millions."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from cit_platform.sources.demo.calibration import (
    CALL_RISKS,
    DISPOSITION_GROUPS,
    PRECINCTS,
    Calibration,
    calibration,
)
from cit_platform.sources.demo.city import OUTCOMES, CityParameters, Outcome
from cit_platform.sources.demo.officers import (
    DAYS_PER_YEAR,
    START,
    Roster,
    Stream,
    activity_by_experience,
    day_number,
    stream,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

MARK43_START = date(2019, 5, 15)
MISSING = -1
UNKNOWN_EXPERIENCE = -1
# Codes of the recorded precinct: first those of PRECINCTS, then what the source prints where it has none.
NO_PRECINCT = ("missing", "FK ERROR", "OOJ", "UNKNOWN")
OWN_PRECINCT = 0.85
HIDDEN_TRAIT = 0.20
OCCURED_MISSING = np.iinfo(np.int64).min
MINUTES_PER_DAY = 1440
NEAR_SWITCH_DAYS = 60
WIDE_SEARCH_AFTER = 10
GIVE_UP_AFTER = 40


@dataclass(frozen=True)
class Block:
    """Report days that are drawn together: a calendar year, 2019 cut where the records system changed."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.end - self.start).days + 1


@dataclass(frozen=True)
class Contacts:
    """Contacts; n entries each. Days and seconds are local time counted from 1970-01-01.

    Attributes:
        incident: number of the incident within the block.
        reported_day: day of the report.
        reported_minute: minute of the day of the report.
        occured: second of the event; `OCCURED_MISSING` where dispatch gave none.
        officer: position of the reporting officer in the roster.
        certified: the officer is certified on the day.
        recorded_certified: the record says so.
        near_switch: the officer became certified within 60 days of the report, before or after it.
        experience: years of experience as recorded: 0 to 45, -1 unknown, else impossible.
        call: code of `initial_call_type`; -1 missing.
        final_call: code of `final_call_type`; -1 missing.
        call_source: code of `call_type`; -1 missing.
        risk: code of `CALL_RISKS`: `unknown` where the call type is missing, `unmapped` where no codebook knows it.
        precinct: code of `PRECINCTS` and, after them, of `NO_PRECINCT`.
        area: code of `PRECINCTS`: where it really was.
        sector: code of the calibration's sectors over all precincts.
        beat: number of the beat in its sector, 1 to 3.
        force: force was used.
        disposition_group: code of `DISPOSITION_GROUPS`: the highest of the contact.
        n_dispositions: dispositions, at most; labels of lower rank may run out.
        requested: a CIT officer was requested.
        dispatched: a CIT officer was dispatched.
        arrived: a CIT officer arrived.
        veteran: code of `subject_veteran_indicator`.
    """

    incident: NDArray[np.int32]
    reported_day: NDArray[np.int32]
    reported_minute: NDArray[np.int16]
    occured: NDArray[np.int64]
    officer: NDArray[np.int32]
    certified: NDArray[np.bool_]
    recorded_certified: NDArray[np.bool_]
    near_switch: NDArray[np.bool_]
    experience: NDArray[np.int16]
    call: NDArray[np.int16]
    final_call: NDArray[np.int16]
    call_source: NDArray[np.int8]
    risk: NDArray[np.int8]
    precinct: NDArray[np.int8]
    area: NDArray[np.int8]
    sector: NDArray[np.int8]
    beat: NDArray[np.int8]
    force: NDArray[np.bool_]
    disposition_group: NDArray[np.int8]
    n_dispositions: NDArray[np.int8]
    requested: NDArray[np.bool_]
    dispatched: NDArray[np.bool_]
    arrived: NDArray[np.bool_]
    veteran: NDArray[np.int8]

    def __len__(self) -> int:
        """Number of contacts."""
        return len(self.incident)

    def take(self, rows: NDArray[np.int64]) -> Contacts:
        """The contacts at these positions, in this order."""
        return Contacts(**{column.name: getattr(self, column.name)[rows] for column in dataclasses.fields(Contacts)})


@dataclass(frozen=True)
class _Incidents:
    """What the contacts of an incident share; m entries each."""

    day: NDArray[np.int32]
    minute: NDArray[np.int32]
    occured: NDArray[np.int64]
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


def blocks(last_day: date) -> list[Block]:
    """Blocks that begin on or before a day, in order; the last one may end after it."""
    starts = sorted({START, MARK43_START, *(date(year, 1, 1) for year in range(START.year + 1, last_day.year + 2))})
    cut = [Block(start, after - timedelta(days=1)) for start, after in pairwise(starts)]
    return [block for block in cut if block.start <= last_day]


def draw_contacts(city: CityParameters, seed: int, block: Block, roster: Roster, n_contacts: int) -> Contacts:
    """Draw the contacts of a block, in an order that says nothing of their dates.

    Each outcome is drawn from its conditional logit: force against no force; the highest disposition among arrest,
    emergent detention, referral and no action (multinomial), given certification, experience, call risk, precinct,
    race, gender, period, the officer's own tendency and that of the incident.

    Args:
        city: effects and biases.
        seed: at least 0.
        block: report days to draw.
        roster: officers hired up to the block's last year at least; later ones do not matter.
        n_contacts: number of contacts.
    """
    rng = stream(seed, Stream.CONTACTS, day_number(block.start))
    rates = calibration(city.coding)
    incident, further_person = _group_into_incidents(rng, city, rates, block, n_contacts)
    incidents = _draw_incidents(rng, city, rates, block, int(incident[-1]) + 1)
    first = np.concatenate([[True], incident[1:] != incident[:-1]])
    officer = _assign_officers(rng, city, block, roster, incidents, incident, first, further_person)
    day, minute = _report_times(rng, block, incidents, incident, first)
    certified_years = (day - roster.certified_from[officer]) / DAYS_PER_YEAR
    certified = certified_years >= 0
    experience = _experience(roster, officer, day)
    predictors = _Predictors(incidents, incident, officer, day, certified_years, experience, roster)
    force = rng.random(n_contacts) < _expit(_log_odds(rng, city, rates, block, predictors, "force"))
    group = _disposition_groups(rng, city, rates, block, predictors)
    return Contacts(
        incident=incident,
        reported_day=day,
        reported_minute=minute,
        occured=incidents.occured[incident],
        officer=officer,
        certified=certified,
        recorded_certified=certified & ~_unjoined(seed, city, rates, block, n_contacts),
        near_switch=np.abs(day - roster.certified_from[officer]) <= NEAR_SWITCH_DAYS,
        experience=_spoil_experience(rng, city, rates, block, experience),
        call=incidents.call[incident],
        final_call=incidents.final_call[incident],
        call_source=incidents.call_source[incident],
        risk=incidents.risk[incident],
        precinct=incidents.precinct[incident],
        area=incidents.area[incident],
        sector=incidents.sector[incident],
        beat=incidents.beat[incident],
        # Nobody was met, so none was used.
        force=force & (group != DISPOSITION_GROUPS.index("no_contact")),
        disposition_group=group,
        n_dispositions=_n_dispositions(rng, city, rates, block, n_contacts),
        requested=incidents.requested[incident],
        dispatched=incidents.dispatched[incident],
        arrived=_arrivals(rng, rates, block, certified),
        veteran=pick(rng, rates.weights("subject_veteran_indicator", block.start, ""), n_contacts).astype(np.int8),
    )


def _unjoined(seed: int, city: CityParameters, rates: Calibration, block: Block, n: int) -> NDArray[np.bool_]:
    """Whether the officer's certification was not joined to the record, which then says N."""
    rate = rates.draw("certification", "not joined", block.start, "contacts") * city.unjoined_certification
    return stream(seed, Stream.CERTIFICATION, day_number(block.start)).random(n) < rate


def pick(rng: np.random.Generator, weights: NDArray[np.float64], n: int) -> NDArray[np.int64]:
    """Draw n codes 0..k-1 with k weights that sum to 1."""
    cumulative = np.cumsum(weights)
    return np.searchsorted(cumulative / cumulative[-1], rng.random(n), "right")


def _group_into_incidents(
    rng: np.random.Generator, city: CityParameters, rates: Calibration, block: Block, n: int
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Number of each contact's incident, and whether a further contact is a further person of the same officer."""
    if not city.multi_contact_incidents:
        return np.arange(n, dtype=np.int32), np.zeros(n, dtype=np.bool_)
    sizes = 1 + pick(rng, rates.weights("contacts_per_incident", block.start, ""), n)
    incident = np.repeat(np.arange(n, dtype=np.int32), sizes)[:n]
    return incident, rng.random(n) < rates.draw("incident", "several_persons", block.start)


def _draw_incidents(
    rng: np.random.Generator, city: CityParameters, rates: Calibration, block: Block, m: int
) -> _Incidents:
    start = block.start
    day = (day_number(start) + rng.integers(0, block.days, m)).astype(np.int32)
    minute = pick(rng, rates.weights("reported_time", start, ""), m) * 60 + rng.integers(0, 60, m)
    unmatched = rng.random(m) < rates.draw("initial_call_type", "missing", start) * city.defects
    call = pick(rng, rates.weights("initial_call_type", start), m)
    area = pick(rng, rates.weights("precinct", start), m).astype(np.int8)
    dispatched = rng.random(m) < rates.draw("cit_officer_dispatched", "Y", start)
    requested = rng.random(m) < rates.draw("cit_officer_requested", "Y", start)
    occured = (day.astype(np.int64) * MINUTES_PER_DAY + minute) * 60 - _lag_seconds(rng, city, rates, block, m)
    return _Incidents(
        day=day,
        minute=minute.astype(np.int32),
        occured=np.where(unmatched, OCCURED_MISSING, occured),
        call=np.where(unmatched, MISSING, call).astype(np.int16),
        final_call=np.where(unmatched, MISSING, pick(rng, rates.weights("final_call_type", start), m)).astype(np.int16),
        call_source=np.where(unmatched, MISSING, pick(rng, rates.weights("call_type", start), m)).astype(np.int8),
        risk=np.where(unmatched, CALL_RISKS.index("unknown"), rates.call_risks()[call]).astype(np.int8),
        precinct=_recorded_precinct(rng, city, rates, block, area, unmatched),
        area=area,
        sector=_sectors(rng, rates, block, area),
        beat=rng.integers(1, 4, m).astype(np.int8),
        hidden=rng.random(m) < HIDDEN_TRAIT,
        # Since 2020 both columns of the feed hold the same values.
        requested=requested if city.coding == "2018" else dispatched,
        dispatched=dispatched,
    )


def _lag_seconds(
    rng: np.random.Generator, city: CityParameters, rates: Calibration, block: Block, m: int
) -> NDArray[np.int64]:
    """Seconds from event to report: hours as a rule, days for 1 %, wrong by months where the join went wrong."""
    lag = rng.lognormal(np.log(2.0), 0.9, m).clip(max=47.0) * 3600
    lag = np.where(rng.random(m) < 0.01, lag + rng.uniform(2, 30, m) * 86400, lag)
    wrong = rng.random(m) < rates.draw("occured_date_time", "wrong", block.start, "call known") * city.defects
    days = np.where(rng.random(m) < 0.1, -rng.uniform(1, 227, m), np.exp(rng.uniform(0, np.log(2176), m)))
    return np.where(wrong, days * 86400, lag).astype(np.int64)


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


def _assign_officers(
    rng: np.random.Generator,
    city: CityParameters,
    block: Block,
    roster: Roster,
    incidents: _Incidents,
    incident: NDArray[np.int32],
    first: NDArray[np.bool_],
    further_person: NDArray[np.bool_],
) -> NDArray[np.int32]:
    """Reporting officer of each contact; the further persons of an incident are reported by its first officer."""
    lead = _choose_officers(rng, city, block, roster, incidents)
    officer = lead[incident]
    other = np.flatnonzero(~first & ~further_person)
    if len(other):
        rows = {
            column.name: getattr(incidents, column.name)[incident[other]] for column in dataclasses.fields(_Incidents)
        }
        officer[other] = _choose_officers(rng, city, block, roster, _Incidents(**rows))
    return officer


def _choose_officers(
    rng: np.random.Generator, city: CityParameters, block: Block, roster: Roster, incidents: _Incidents
) -> NDArray[np.int32]:
    """Draw officers in service by activity, mostly of the precinct, by rejection; selection enters as acceptance."""
    pools = _pools(block, roster)
    everywhere = len(PRECINCTS)
    odds = np.where(incidents.risk == CALL_RISKS.index("violent"), city.call_selection, 1.0)
    odds = odds * np.where(incidents.hidden, city.confounder_assignment, 1.0)
    chosen = np.zeros(len(incidents.day), dtype=np.int32)
    open_ = np.arange(len(chosen))
    for attempt in range(GIVE_UP_AFTER):
        wide = (rng.random(len(open_)) > OWN_PRECINCT) | (attempt > WIDE_SEARCH_AFTER)
        pool = np.where(wide, everywhere, incidents.area[open_])
        candidate = _draw_from_pools(rng, pools, pool)
        chosen[open_] = candidate
        day = incidents.day[open_]
        in_service = (roster.hired[candidate] <= day) & (day < roster.left[candidate])
        certified = roster.certified_from[candidate] <= day
        # The odds of a certified reporter rise by this factor: reject the others, or these where it is below 1.
        accept = np.where(certified, np.minimum(odds[open_], 1.0), np.minimum(1.0 / odds[open_], 1.0))
        open_ = open_[~(in_service & (rng.random(len(open_)) < accept))]
        if len(open_) == 0:
            break
    return chosen


def _pools(block: Block, roster: Roster) -> list[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Officers in service during the block, with cumulated activity: of each precinct, and of the whole city."""
    first, last = day_number(block.start), day_number(block.end)
    members = np.flatnonzero((roster.hired <= last) & (roster.left > first))
    experience = (((first + last) / 2 - roster.hired[members]) / DAYS_PER_YEAR).astype(np.float64)
    weight = roster.activity[members] * activity_by_experience(experience)
    masks = [roster.precinct[members] == code for code in range(len(PRECINCTS))]
    # A precinct of a very small city may stand empty: then the city stands in.
    masks = [mask if mask.any() else np.ones(len(members), dtype=np.bool_) for mask in masks]
    masks.append(np.ones(len(members), dtype=np.bool_))
    return [(members[mask], np.cumsum(weight[mask])) for mask in masks]


def _draw_from_pools(
    rng: np.random.Generator, pools: list[tuple[NDArray[np.int64], NDArray[np.float64]]], pool: NDArray[np.int64]
) -> NDArray[np.int64]:
    drawn = np.zeros(len(pool), dtype=np.int64)
    uniform = rng.random(len(pool))
    for code, (members, cumulative) in enumerate(pools):
        rows = np.flatnonzero(pool == code)
        drawn[rows] = members[np.searchsorted(cumulative, uniform[rows] * cumulative[-1], "right")]
    return drawn


def _report_times(
    rng: np.random.Generator,
    block: Block,
    incidents: _Incidents,
    incident: NDArray[np.int32],
    first: NDArray[np.bool_],
) -> tuple[NDArray[np.int32], NDArray[np.int16]]:
    """Day and minute of each report; further contacts of an incident are reported a little later."""
    later = np.where(first, 0, 5 + rng.exponential(30, len(incident))).astype(np.int64)
    minutes = incidents.day[incident].astype(np.int64) * MINUTES_PER_DAY + incidents.minute[incident] + later
    minutes = np.minimum(minutes, (day_number(block.end) + 1) * MINUTES_PER_DAY - 1)
    return (minutes // MINUTES_PER_DAY).astype(np.int32), (minutes % MINUTES_PER_DAY).astype(np.int16)


def _experience(roster: Roster, officer: NDArray[np.int32], day: NDArray[np.int32]) -> NDArray[np.int16]:
    tenure = np.floor((day - roster.hired[officer]) / DAYS_PER_YEAR).clip(min=0) + roster.experience_offset[officer]
    return tenure.clip(max=45).astype(np.int16)


def _spoil_experience(
    rng: np.random.Generator, city: CityParameters, rates: Calibration, block: Block, experience: NDArray[np.int16]
) -> NDArray[np.int16]:
    if not city.defects:
        return experience
    n = len(experience)
    shares = [
        rates.draw("officer_years_of_experience", value, block.start) for value in ("unknown", "negative", "above_45")
    ]
    kind = np.searchsorted(np.cumsum(shares), rng.random(n), "right")
    spoilt = [
        np.full(n, UNKNOWN_EXPERIENCE),
        rng.integers(-5, -3, n),
        46 + rng.exponential(10, n).clip(max=38),
        experience,
    ]
    return np.choose(kind, spoilt).astype(np.int16)


@dataclass(frozen=True)
class _Predictors:
    """What the log odds of a contact depend on."""

    incidents: _Incidents
    incident: NDArray[np.int32]
    officer: NDArray[np.int32]
    day: NDArray[np.int32]
    certified_years: NDArray[np.float64]
    experience: NDArray[np.int16]
    roster: Roster


def _log_odds(
    rng: np.random.Generator,
    city: CityParameters,
    rates: Calibration,
    block: Block,
    predictors: _Predictors,
    outcome: Outcome,
) -> NDArray[np.float64]:
    """Linear predictor of one outcome for each contact."""
    effects = city.effects(outcome)
    roster, officer, incident, incidents = (
        predictors.roster,
        predictors.officer,
        predictors.incident,
        predictors.incidents,
    )
    by_incident = _table(CALL_RISKS, effects.call_risk)[incidents.risk]
    by_incident += _table((*PRECINCTS, *NO_PRECINCT), effects.precinct)[incidents.precinct]
    by_incident += effects.incident_sd * rng.standard_normal(len(by_incident))
    if outcome == "force":
        by_incident += np.where(incidents.hidden, np.log(city.confounder_force), 0.0)
    by_officer = _table(rates.vocabulary("officer_race", ""), effects.officer_race)[roster.race]
    by_officer += _table(rates.vocabulary("officer_gender", ""), effects.officer_gender)[roster.gender]
    by_officer += roster.tendency[:, OUTCOMES.index(outcome)]
    log_odds = _intercept(rates, block, outcome) + by_incident[incident] + by_officer[officer]
    log_odds += np.log(effects.cit_certified) * _training(city, predictors.certified_years)
    log_odds += np.log(effects.experience_year) * predictors.experience
    return log_odds + _period_shift(city, outcome, predictors.day)


def _intercept(rates: Calibration, block: Block, outcome: Outcome) -> float:
    if outcome == "force":
        return rates.draw("use_of_force_indicator", "Y", block.start)
    return rates.draw("disposition_group", outcome, block.start, "contacts")


def _table(levels: tuple[str, ...], odds_ratios: Mapping[str, float]) -> NDArray[np.float64]:
    return np.log([odds_ratios.get(level, 1.0) for level in levels])


def _training(city: CityParameters, certified_years: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the training's effect that is left: 0 before certification, then 1 or fading."""
    certified = certified_years >= 0
    if city.decay_years is None:
        return certified.astype(np.float64)
    return np.where(certified, np.exp(-certified_years.clip(min=0) / city.decay_years), 0.0)


def _period_shift(city: CityParameters, outcome: Outcome, day: NDArray[np.int32]) -> NDArray[np.float64]:
    starts = [day_number(shift.start) for shift in city.period_shifts]
    shifts = np.log([1.0, *(getattr(shift, outcome) for shift in city.period_shifts)])
    return shifts[np.searchsorted(starts, day, "right")]


def _expit(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1.0 / (1.0 + np.exp(-log_odds))


def _disposition_groups(
    rng: np.random.Generator, city: CityParameters, rates: Calibration, block: Block, predictors: _Predictors
) -> NDArray[np.int8]:
    """Highest disposition of each contact; `no_contact`, `other` and `missing` come by chance alone."""
    odds = [np.exp(_log_odds(rng, city, rates, block, predictors, outcome)) for outcome in OUTCOMES[1:]]
    total = 1.0 + odds[0] + odds[1] + odds[2]
    uniform = rng.random(len(total)) * total
    group = np.full(len(total), DISPOSITION_GROUPS.index("no_action"), dtype=np.int8)
    for code in (2, 1, 0):
        group[uniform < sum(odds[: code + 1])] = code
    chance = rng.random(len(total))
    missing = rates.draw("disposition", "missing", block.start) * city.defects
    other, no_contact = (
        rates.draw("disposition_group", name, block.start, "contacts") for name in ("other", "no_contact")
    )
    group[chance < missing + no_contact + other] = DISPOSITION_GROUPS.index("other")
    group[chance < missing + no_contact] = DISPOSITION_GROUPS.index("no_contact")
    group[chance < missing] = DISPOSITION_GROUPS.index("missing")
    return group


def _n_dispositions(
    rng: np.random.Generator, city: CityParameters, rates: Calibration, block: Block, n: int
) -> NDArray[np.int8]:
    if not city.duplicated_dispositions:
        return np.ones(n, dtype=np.int8)
    return (1 + pick(rng, rates.weights("dispositions_per_contact", block.start, ""), n)).astype(np.int8)


def _arrivals(
    rng: np.random.Generator, rates: Calibration, block: Block, certified: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """A certified reporter is on scene as a rule; the others have a certified colleague there as often as the rest."""
    with_certified = rates.draw("cit_officer_arrived", "Y", block.start, "certified")
    share = rates.draw("cit_certified_indicator", "Y", block.start)
    overall = rates.draw("cit_officer_arrived", "Y", block.start)
    without = (overall - with_certified * share) / (1 - share)
    return rng.random(len(certified)) < np.where(certified, with_certified, without)
