"""What the publisher of the synthetic city changes afterwards: old records, each on a scheduled day, and the coding."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from cit_platform.sources.demo.calibration import CALL_RISKS, calibration
from cit_platform.sources.demo.city import CityParameters, Coding
from cit_platform.sources.demo.history import History
from cit_platform.sources.demo.incidents import MISSING
from cit_platform.sources.demo.officers import DAY_0, START, Stream, day_number, stream
from cit_platform.sources.demo.records import Records

if TYPE_CHECKING:
    from numpy.typing import NDArray

EXPERIENCE, CALL, RACE, REMOVED, WITHDRAWN, ADDED, CORRECTED = range(7)
# Between two pulls of 2020 experience changed most, then initial call types, then race (White to Not Specified).
NOT_SPECIFIED = ("Not Specified", "Declined to Answer")
KIND_SHARES = (0.45, 0.35, 0.12, 0.08)
FURTHER_SHARES = (1 / 7,) * 7
SLOTS_PER_DAY = 3
REVISED_PER_SLOT = 0.4
# Below this size of city the number of revisions shrinks with it.
FULL_SIZE = 110_000
MEAN_LAG_DAYS = 150.0
LAST_REPORTS = 8


@dataclass(frozen=True)
class Publisher:
    """What the publisher does besides the few changes of every city; nothing by default.

    Attributes:
        changes_per_day: further changes a day, of all kinds in equal shares; fewer where one is impossible.
        changes_from: first day of these.
        recoded_on: from this as-of date on the snapshot is printed in another coding, all of it.
        recoded_to: that coding.
    """

    changes_per_day: int = 0
    changes_from: date = START
    recoded_on: date | None = None
    recoded_to: Coding = "2020"

    def __post_init__(self) -> None:
        """Refuse a number of changes that no day can have."""
        if self.changes_per_day < 0:
            raise ValueError(f"changes_per_day is {self.changes_per_day}; give 0 or more.")

    def coding(self, city: CityParameters, as_of: date) -> Coding:
        """How the snapshot of a day is spelled."""
        return self.recoded_to if self.recoded_on is not None and as_of >= self.recoded_on else city.coding


@dataclass(frozen=True)
class Revisions:
    """Scheduled changes, by day; a contact is changed once at most. n entries each.

    Attributes:
        day: day on which the change appears, counted from 1970-01-01.
        contact: position of the contact in the history.
        kind: `EXPERIENCE`, `CALL` or `RACE` of all its records; its last record `REMOVED` or its disposition
            `CORRECTED`; the template `WITHDRAWN`; a record `ADDED` after its last.
        value: new years of experience, code of the call type, the race or the disposition; nothing for a removal.
    """

    day: NDArray[np.int32]
    contact: NDArray[np.int64]
    kind: NDArray[np.int8]
    value: NDArray[np.int16]

    def where(self, keep: NDArray[np.bool_]) -> Revisions:
        """The changes where the mask is true."""
        return Revisions(self.day[keep], self.contact[keep], self.kind[keep], self.value[keep])


def schedule(
    city: CityParameters, publisher: Publisher, seed: int, rows: int, history: History, until: date
) -> Revisions:
    """Draw the changes that appear up to a day; each is fixed by the records reported before its own day."""
    years = range(START.year, until.year + 1)
    drawn = [_year(seed, rows, history, year) for year in years]
    drawn += [_further(seed, publisher, history, year) for year in years if year >= publisher.changes_from.year]
    day, contact, kind, uniform = (np.concatenate(column) for column in zip(*drawn, strict=True))
    by_day = np.argsort(day, kind="stable")
    day, contact, kind, uniform = day[by_day], contact[by_day], kind[by_day], uniform[by_day]
    due = (day <= day_number(until)) & (contact >= 0) & _possible(city, history, contact, kind)
    day, contact, kind, uniform = day[due], contact[due], kind[due], uniform[due]
    revisions = Revisions(day, contact, kind, _new_values(city, history, contact, kind, uniform))
    # A label drawn anew may be the old one: then nothing happens, and the shares of the labels stay as they are.
    revisions = revisions.where((kind != CALL) | (revisions.value != history.contacts.call[contact]))
    first = np.zeros(len(revisions.day), dtype=np.bool_)
    first[np.unique(revisions.contact, return_index=True)[1]] = True
    return revisions.where(first)


def revise(history: History, revisions: Revisions) -> History:
    """The history with the changes made."""
    contacts = history.contacts
    experience, call, race = contacts.experience.copy(), contacts.call.copy(), history.race.copy()
    for kind, column in ((EXPERIENCE, experience), (CALL, call), (RACE, race)):
        of_kind = revisions.kind == kind
        column[revisions.contact[of_kind]] = revisions.value[of_kind]
    return dataclasses.replace(
        history,
        contacts=dataclasses.replace(contacts, experience=experience, call=call),
        race=race,
        records=_revised_records(history.records, revisions),
    )


def last_records(records: Records, contact: NDArray[np.int64]) -> NDArray[np.int64]:
    """Position of the last record of each contact."""
    return np.searchsorted(records.contact, contact, "right") - 1


def changed_records(records: Records, revisions: Revisions, kind: int) -> NDArray[np.bool_]:
    """Mask of the records in which changes of a kind replace a value: the last one of a contact, or all of it."""
    contact = revisions.contact[revisions.kind == kind]
    if kind != CORRECTED:
        return np.isin(records.contact, contact)
    mask = np.zeros(len(records), dtype=np.bool_)
    mask[last_records(records, contact)] = True
    return mask


def removed_records(records: Records, revisions: Revisions) -> NDArray[np.bool_]:
    """Mask of the records that are chosen away: the last one of a contact, or all of it."""
    mask = np.isin(records.contact, revisions.contact[revisions.kind == WITHDRAWN])
    mask[last_records(records, revisions.contact[revisions.kind == REMOVED])] = True
    return mask


def added_records(records: Records, revisions: Revisions) -> NDArray[np.bool_]:
    """Mask of the records, as they are after the changes, that were not there before."""
    mask = np.zeros(len(records), dtype=np.bool_)
    mask[last_records(records, revisions.contact[revisions.kind == ADDED])] = True
    return mask


def _revised_records(records: Records, revisions: Revisions) -> Records:
    corrected, added = (revisions.where(revisions.kind == kind) for kind in (CORRECTED, ADDED))
    disposition = records.disposition.copy()
    disposition[last_records(records, corrected.contact)] = corrected.value
    kept = np.flatnonzero(~removed_records(records, revisions))
    rows = np.sort(np.concatenate([kept, last_records(records, added.contact)]))
    revised = dataclasses.replace(records, disposition=disposition).take(rows)
    revised.disposition[last_records(revised, added.contact)] = added.value
    return revised


Drawn = tuple["NDArray[np.int32]", "NDArray[np.int64]", "NDArray[np.int8]", "NDArray[np.float64]"]


def _year(seed: int, rows: int, history: History, year: int) -> Drawn:
    """Day, contact, kind and a uniform number for each change of a year; the contact is -1 where there is none yet."""
    rng = stream(seed, Stream.REVISIONS, year)
    day = _slots(year, SLOTS_PER_DAY)
    used = rng.random(len(day)) < REVISED_PER_SLOT * min(1.0, rows / FULL_SIZE)
    contact, kind, uniform = _targets(rng, history, day, KIND_SHARES)
    return day[used], contact[used], kind[used], uniform[used]


def _further(seed: int, publisher: Publisher, history: History, year: int) -> Drawn:
    """The same of the publisher's further changes."""
    day = _slots(year, publisher.changes_per_day)
    used = day >= day_number(publisher.changes_from)
    contact, kind, uniform = _targets(stream(seed, Stream.REVISIONS, year, 1), history, day, FURTHER_SHARES)
    return day[used], contact[used], kind[used], uniform[used]


def _slots(year: int, per_day: int) -> NDArray[np.int32]:
    """Each day of a year, `per_day` times."""
    first = day_number(date(year, 1, 1))
    return np.repeat(np.arange(first, day_number(date(year + 1, 1, 1)), dtype=np.int32), per_day)


def _targets(
    rng: np.random.Generator, history: History, day: NDArray[np.int32], shares: tuple[float, ...]
) -> tuple[NDArray[np.int64], NDArray[np.int8], NDArray[np.float64]]:
    n = len(day)
    kind = np.searchsorted(np.cumsum(shares[:-1]), rng.random(n), "right").astype(np.int8)
    reported_until = day - 1 - rng.exponential(MEAN_LAG_DAYS, n).astype(np.int32)
    contact = (
        np.searchsorted(history.contacts.reported_day, reported_until, "right") - 1 - rng.integers(0, LAST_REPORTS, n)
    )
    return contact, kind, rng.random(n)


def _possible(
    city: CityParameters, history: History, contact: NDArray[np.int64], kind: NDArray[np.int8]
) -> NDArray[np.bool_]:
    """Whether a change of that kind makes sense for the contact; doubled templates are left alone."""
    white = calibration(city.coding).vocabulary("officer_race", "").index("White")
    experience, call = history.contacts.experience[contact], history.contacts.call[contact]
    # Only labels that were in use from the start have others of their kind.
    known_call = (call != MISSING) & (calibration(city.coding).weights("initial_call_type", START)[call] > 0)
    doubled = np.zeros(len(history.contacts), dtype=np.bool_)
    doubled[history.records.contact[history.records.copy | history.records.certification_flipped]] = True
    possible = np.choose(
        kind,
        [
            (experience >= 0) & (experience < 45),
            known_call,
            history.race[contact] == white,
            *(np.ones(len(contact), dtype=np.bool_),) * 4,
        ],
    )
    return possible & ~doubled[contact]


def _new_values(
    city: CityParameters,
    history: History,
    contact: NDArray[np.int64],
    kind: NDArray[np.int8],
    uniform: NDArray[np.float64],
) -> NDArray[np.int16]:
    races = calibration(city.coding).vocabulary("officer_race", "")
    experience = history.contacts.experience[contact]
    new_experience = np.where((uniform < 0.7) | (experience <= 0), experience + 1, experience - 1)
    new_call = _drawn_calls(city, history.contacts.call[contact], uniform)
    not_specified = np.full(len(contact), [label in NOT_SPECIFIED for label in races].index(True))
    nothing = np.zeros(len(contact), dtype=int)
    other = nothing.copy()
    for row in np.flatnonzero((kind == ADDED) | (kind == CORRECTED)):
        other[row] = _other_disposition(city, history, int(contact[row]), float(uniform[row]))
    values = [new_experience, new_call, not_specified, nothing, nothing, other, other]
    return np.choose(kind, values).astype(np.int16)


def _other_disposition(city: CityParameters, history: History, contact: int, uniform: float) -> int:
    """A label that the contact does not have yet, by its share on the day of the report."""
    first, after = np.searchsorted(history.records.contact, [contact, contact + 1])
    chosen = history.records.disposition[first:after]
    reported = DAY_0 + timedelta(days=int(history.contacts.reported_day[contact]))
    weights = calibration(city.coding).weights("disposition", reported)
    weights[chosen[chosen != MISSING]] = 0.0
    cumulative = np.cumsum(weights)
    return int(np.searchsorted(cumulative, uniform * cumulative[-1], "right"))


def _drawn_calls(city: CityParameters, call: NDArray[np.int16], uniform: NDArray[np.float64]) -> NDArray[np.int16]:
    """A label of the same call risk, by its share: a correction of wording, not of danger."""
    rates = calibration(city.coding)
    weights, risks = rates.weights("initial_call_type", START), rates.call_risks()
    new = call.copy()
    for code in range(len(CALL_RISKS)):
        labels = np.flatnonzero((risks == code) & (weights > 0))
        rows = np.flatnonzero((call != MISSING) & (risks[call] == code))
        if len(rows) and len(labels):
            cumulative = np.cumsum(weights[labels])
            new[rows] = labels[np.searchsorted(cumulative, uniform[rows] * cumulative[-1], "right")]
    return new
