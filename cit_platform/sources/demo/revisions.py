"""What the publisher of the synthetic city changes afterwards: a few old records, each on a scheduled day."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from cit_platform.sources.demo.calibration import CALL_RISKS, calibration
from cit_platform.sources.demo.city import CityParameters
from cit_platform.sources.demo.contacts import MISSING
from cit_platform.sources.demo.history import History
from cit_platform.sources.demo.officers import START, Stream, day_number, stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

EXPERIENCE, CALL, RACE, REMOVED = range(4)
# Between two pulls of 2020 experience changed most, then initial call types, then race (White to Not Specified).
KIND_SHARES = (0.45, 0.35, 0.12, 0.08)
SLOTS_PER_DAY = 3
REVISED_PER_SLOT = 0.4
# Below this size of city the number of revisions shrinks with it.
FULL_SIZE = 110_000
MEAN_LAG_DAYS = 150.0
LAST_REPORTS = 8


@dataclass(frozen=True)
class Revisions:
    """Scheduled changes, by day; a contact is changed once at most. n entries each.

    Attributes:
        day: day on which the change appears, counted from 1970-01-01.
        contact: position of the contact in the history.
        kind: `EXPERIENCE`, `CALL`, `RACE` or `REMOVED`.
        value: new years of experience, code of the call type or of the race; nothing for a removal.
    """

    day: NDArray[np.int32]
    contact: NDArray[np.int64]
    kind: NDArray[np.int8]
    value: NDArray[np.int16]

    def where(self, keep: NDArray[np.bool_]) -> Revisions:
        """The changes where the mask is true."""
        return Revisions(self.day[keep], self.contact[keep], self.kind[keep], self.value[keep])


def schedule(city: CityParameters, seed: int, rows: int, history: History, until: date) -> Revisions:
    """Draw the changes that appear up to a day; each is fixed by the records reported before its own day."""
    drawn = [_year(seed, rows, history, year) for year in range(START.year, until.year + 1)]
    day, contact, kind, uniform = (np.concatenate(column) for column in zip(*drawn, strict=True))
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
        records=history.records.take(np.flatnonzero(~removed_records(history, revisions))),
    )


def removed_records(history: History, revisions: Revisions) -> NDArray[np.bool_]:
    """Mask of the records that are taken away: the last one of each contact concerned."""
    ends = np.searchsorted(history.records.contact, revisions.contact[revisions.kind == REMOVED], "right") - 1
    mask = np.zeros(len(history.records), dtype=np.bool_)
    mask[ends] = True
    return mask


def _year(
    seed: int, rows: int, history: History, year: int
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int8], NDArray[np.float64]]:
    """Day, contact, kind and a uniform number for each change of a year; the contact is -1 where there is none yet."""
    rng = stream(seed, Stream.REVISIONS, year)
    n_days = day_number(date(year + 1, 1, 1)) - day_number(date(year, 1, 1))
    n = n_days * SLOTS_PER_DAY
    day = day_number(date(year, 1, 1)) + np.repeat(np.arange(n_days, dtype=np.int32), SLOTS_PER_DAY)
    used = rng.random(n) < REVISED_PER_SLOT * min(1.0, rows / FULL_SIZE)
    kind = np.searchsorted(np.cumsum(KIND_SHARES[:-1]), rng.random(n), "right").astype(np.int8)
    reported_until = day - 1 - rng.exponential(MEAN_LAG_DAYS, n).astype(np.int32)
    contact = (
        np.searchsorted(history.contacts.reported_day, reported_until, "right") - 1 - rng.integers(0, LAST_REPORTS, n)
    )
    uniform = rng.random(n)
    return day[used], contact[used], kind[used], uniform[used]


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
            np.ones(len(contact), dtype=np.bool_),
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
    not_specified = np.full(len(contact), races.index("Not Specified"))
    return np.choose(kind, [new_experience, new_call, not_specified, np.zeros(len(contact), dtype=int)]).astype(
        np.int16
    )


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
