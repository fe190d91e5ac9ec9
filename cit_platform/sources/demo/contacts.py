"""The contacts of the synthetic city as columns of codes, without any text: enough for simulations of millions."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cit_platform.sources.demo.blocks import Block
from cit_platform.sources.demo.calibration import CALL_RISKS, DISPOSITION_GROUPS, PRECINCTS, Calibration, calibration
from cit_platform.sources.demo.city import CityParameters
from cit_platform.sources.demo.incidents import (
    MINUTES_PER_DAY,
    MISSING,
    OCCURED_MISSING,
    WATCHES,
    Incidents,
    draw_incidents,
    group_into_incidents,
    pick,
)
from cit_platform.sources.demo.officers import (
    DAYS_PER_YEAR,
    Roster,
    Stream,
    activity_by_experience,
    day_number,
    stream,
)
from cit_platform.sources.demo.outcomes import (
    Predictors,
    draw_arrived,
    draw_disposition_groups,
    draw_n_dispositions,
    expit,
    log_odds_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNKNOWN_EXPERIENCE = -1
OWN_PRECINCT = 0.85
NEAR_SWITCH_DAYS = 60
WIDE_SEARCH_AFTER = 10
GIVE_UP_AFTER = 40
# Years of service at which the classes of watch_by_seniority begin.
SENIORITY = (5, 15)


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


def draw_contacts(
    city: CityParameters,
    seed: int,
    block: Block,
    roster: Roster,
    n_contacts: int,
    *,
    all_certified: bool | None = None,
) -> Contacts:
    """Draw the contacts of a block, in an order that says nothing of their dates.

    Each outcome is drawn from its conditional logit: force against no force; the highest disposition among arrest,
    emergent detention, referral and no action (multinomial), given certification, experience, call risk, precinct,
    race, gender, period, the officer's own tendency and that of the incident.

    Args:
        city: effects and biases.
        seed: at least 0.
        block: report days to draw.
        roster: officers hired up to the block's last year at least; later ones do not matter.
        n_contacts: number of contacts; fewer are returned where some are not recorded.
        all_certified: the outcomes that the same contacts would have had with every reporting officer certified (those
            who were not: since today), or with none; None leaves certification as it came. Where it is given, all
            contacts are returned, recorded or not.
    """
    rng = stream(seed, Stream.CONTACTS, day_number(block.start))
    rates = calibration(city.coding)
    incident, further_person = group_into_incidents(rng, city, rates, block, n_contacts)
    incidents = draw_incidents(rng, city, rates, block, int(incident[-1]) + 1)
    first = np.concatenate([[True], incident[1:] != incident[:-1]])
    officer = _assign_officers(rng, city, rates, block, roster, incidents, incident, first, further_person)
    day, minute = _report_times(rng, block, incidents, incident, first)
    certified_years = _certified_years(roster, officer, day, all_certified)
    certified = certified_years >= 0
    experience = _experience(roster, officer, day)
    arrived = draw_arrived(rng, rates, block, certified)
    predictors = Predictors(incidents, incident, officer, day, certified_years, experience, arrived, roster)
    force = rng.random(n_contacts) < expit(log_odds_of(rng, city, rates, block, predictors, "force"))
    group = draw_disposition_groups(rng, city, rates, block, predictors)
    contacts = Contacts(
        incident=incident,
        reported_day=day,
        reported_minute=minute,
        occured=incidents.occured[incident],
        officer=officer,
        certified=certified,
        recorded_certified=certified & ~_unjoined(seed, city, rates, block, n_contacts),
        near_switch=np.abs(day - roster.certified_from[officer]) <= NEAR_SWITCH_DAYS,
        experience=_spoil_experience(rng, city, rates, block, experience, certified),
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
        n_dispositions=draw_n_dispositions(rng, city, rates, block, n_contacts),
        requested=incidents.requested[incident],
        dispatched=incidents.dispatched[incident],
        arrived=arrived,
        veteran=pick(rng, rates.weights("subject_veteran_indicator", block.start, ""), n_contacts).astype(np.int8),
    )
    if city.defects_by_certification:
        contacts = _with_lost_calls(rng, rates, block, contacts)
    if city.recording_by_certification and all_certified is None:
        contacts = contacts.take(np.flatnonzero(_recorded(rng, rates, block, contacts)))
    return contacts


def _certified_years(
    roster: Roster, officer: NDArray[np.int32], day: NDArray[np.int32], all_certified: bool | None
) -> NDArray[np.float64]:
    """Years since the reporting officer's certification, below 0 where there is none."""
    if all_certified is False:
        return np.full(len(day), -1.0)
    years: NDArray[np.float64] = (day - roster.certified_from[officer]) / DAYS_PER_YEAR
    return years.clip(min=0) if all_certified else years


def _with_lost_calls(rng: np.random.Generator, rates: Calibration, block: Block, contacts: Contacts) -> Contacts:
    """Some reports of officers without certification find no match with the dispatch record."""
    share = rates.draw("defects_by_certification", "call", block.start, "not certified")
    lost = (rng.random(len(contacts)) < share) & ~contacts.certified
    return dataclasses.replace(
        contacts,
        **{name: np.where(lost, MISSING, getattr(contacts, name)) for name in ("call", "final_call", "call_source")},
        occured=np.where(lost, OCCURED_MISSING, contacts.occured),
        risk=np.where(lost, CALL_RISKS.index("unknown"), contacts.risk).astype(np.int8),
    )


def _recorded(rng: np.random.Generator, rates: Calibration, block: Block, contacts: Contacts) -> NDArray[np.bool_]:
    """Whether a contact makes a template: all that end in something, and those of certified officers, do."""
    share = rates.draw("recording_by_certification", "not recorded", block.start, "not certified, ends in nothing")
    nothing = ~contacts.force & (contacts.disposition_group == DISPOSITION_GROUPS.index("no_action"))
    recorded: NDArray[np.bool_] = (rng.random(len(contacts)) >= share) | contacts.certified | ~nothing
    return recorded


def _unjoined(seed: int, city: CityParameters, rates: Calibration, block: Block, n: int) -> NDArray[np.bool_]:
    """Whether the officer's certification was not joined to the record, which then says N."""
    rate = rates.draw("certification", "not joined", block.start, "contacts") * city.unjoined_certification
    return stream(seed, Stream.CERTIFICATION, day_number(block.start)).random(n) < rate


def _assign_officers(
    rng: np.random.Generator,
    city: CityParameters,
    rates: Calibration,
    block: Block,
    roster: Roster,
    incidents: Incidents,
    incident: NDArray[np.int32],
    first: NDArray[np.bool_],
    further_person: NDArray[np.bool_],
) -> NDArray[np.int32]:
    """Reporting officer of each contact; the further persons of an incident are reported by its first officer."""
    lead = _choose_officers(rng, city, rates, block, roster, incidents)
    officer = lead[incident]
    other = np.flatnonzero(~first & ~further_person)
    if len(other):
        rows = {
            column.name: getattr(incidents, column.name)[incident[other]] for column in dataclasses.fields(Incidents)
        }
        officer[other] = _choose_officers(rng, city, rates, block, roster, Incidents(**rows))
    return officer


def _choose_officers(
    rng: np.random.Generator,
    city: CityParameters,
    rates: Calibration,
    block: Block,
    roster: Roster,
    incidents: Incidents,
) -> NDArray[np.int32]:
    """Draw officers in service by activity, mostly of the precinct, by rejection; selection enters as acceptance."""
    pools = _pools(block, roster)
    everywhere = len(PRECINCTS)
    odds = np.where(incidents.risk == CALL_RISKS.index("violent"), city.call_selection, 1.0)
    odds = odds * np.where(incidents.hidden, city.confounder_assignment, 1.0)
    if city.dispatch_by_certification:
        factor = rates.draw("dispatch_by_certification", "dispatched", block.start, "odds ratio")
        odds = odds * np.where(incidents.dispatched, factor, 1.0)
    willing = _willing(city, rates, block)
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
        accept = accept * willing[incidents.watch[open_], _seniority(roster, candidate, day)]
        open_ = open_[~(in_service & (rng.random(len(open_)) < accept))]
        if len(open_) == 0:
            break
    return chosen


def _willing(city: CityParameters, rates: Calibration, block: Block) -> NDArray[np.float64]:
    """Chance that an officer who is sent works in the watch, over the likeliest, by watch and class of `SENIORITY`."""
    if not city.watch_by_seniority:
        return np.ones((len(WATCHES), len(SENIORITY) + 1))
    classes = ("0-4", "5-14", "15-45")
    weights = [[rates.draw("watch_by_seniority", w, block.start, f"{c} years") for c in classes] for w in WATCHES]
    chances: NDArray[np.float64] = np.array(weights) / np.max(weights)
    return chances


def _seniority(roster: Roster, officer: NDArray[np.int64], day: NDArray[np.int32]) -> NDArray[np.int64]:
    return np.searchsorted(SENIORITY, (day - roster.hired[officer]) / DAYS_PER_YEAR, "right")


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
    incidents: Incidents,
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
    rng: np.random.Generator,
    city: CityParameters,
    rates: Calibration,
    block: Block,
    experience: NDArray[np.int16],
    certified: NDArray[np.bool_],
) -> NDArray[np.int16]:
    n = len(experience)
    if city.defects_by_certification:
        share = rates.draw("defects_by_certification", "experience", block.start, "not certified")
        unknown = (rng.random(n) < share) & ~certified
        experience = np.where(unknown, UNKNOWN_EXPERIENCE, experience).astype(np.int16)
    if not city.defects:
        return experience
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
