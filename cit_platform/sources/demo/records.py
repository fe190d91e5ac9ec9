"""The records of the synthetic city: one row per contact and printed disposition, and the doubled ones."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cit_platform.sources.demo.blocks import Block
from cit_platform.sources.demo.calibration import DISPOSITION_GROUPS, Calibration, calibration
from cit_platform.sources.demo.city import CityParameters
from cit_platform.sources.demo.contacts import Contacts
from cit_platform.sources.demo.incidents import MISSING, pick
from cit_platform.sources.demo.officers import Stream, day_number, stream

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Records:
    """Records; n entries each.

    Attributes:
        contact: position of the contact, ascending.
        disposition: code of the calibration's `disposition`; -1 missing.
        certification_flipped: the record says the opposite of the officer's certification (a doubled template).
        copy: the record repeats the one before it in all fields.
    """

    contact: NDArray[np.int64]
    disposition: NDArray[np.int16]
    certification_flipped: NDArray[np.bool_]
    copy: NDArray[np.bool_]

    def __len__(self) -> int:
        """Number of records."""
        return len(self.contact)

    def take(self, rows: NDArray[np.int64] | slice) -> Records:
        """The records at these positions, in this order."""
        return Records(**{column.name: getattr(self, column.name)[rows] for column in dataclasses.fields(Records)})


def draw_records(city: CityParameters, seed: int, block: Block, contacts: Contacts) -> Records:
    """Draw the dispositions of each contact: one of its group, further ones of the same or a lower rank.

    The publisher prints all of them, or one.
    """
    rng = stream(seed, Stream.DISPOSITIONS, day_number(block.start))
    rates = calibration(city.coding)
    contact, disposition = _all_dispositions(rng, rates, block, contacts)
    printed = _printed(rng, city, rates.draw("rows_per_contact", "all", block.start), contact)
    plain = np.zeros(np.count_nonzero(printed), dtype=np.bool_)
    records = Records(contact[printed], disposition[printed], plain, plain.copy())
    return _with_doubled_records(rng, city, rates, block, contacts, records)


def all_groups(city: CityParameters, seed: int, block: Block, contacts: Contacts) -> NDArray[np.bool_]:
    """Whether any disposition of each contact is of each of `DISPOSITION_GROUPS`, printed or not; (n, 7)."""
    rates = calibration(city.coding)
    rng = stream(seed, Stream.DISPOSITIONS, day_number(block.start))
    contact, disposition = _all_dispositions(rng, rates, block, contacts)
    found = np.zeros((len(contacts), len(DISPOSITION_GROUPS)), dtype=np.bool_)
    missing = DISPOSITION_GROUPS.index("missing")
    found[contact, np.where(disposition == MISSING, missing, rates.disposition_groups()[disposition])] = True
    return found


def _all_dispositions(
    rng: np.random.Generator, rates: Calibration, block: Block, contacts: Contacts
) -> tuple[NDArray[np.int64], NDArray[np.int16]]:
    """Contact and label of every disposition, by contact, the highest first."""
    first = _first_dispositions(rng, rates, block, contacts)
    several, further = _further_dispositions(rng, rates, block, contacts, first)
    contact = np.concatenate([np.arange(len(contacts)), several])
    order = np.argsort(contact, kind="stable")
    return contact[order], np.concatenate([first, further])[order]


def _printed(
    rng: np.random.Generator, city: CityParameters, all_printed: float, contact: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Which of the dispositions, given in the order of their contacts, the highest first, the publisher prints."""
    first = np.flatnonzero(np.diff(contact, prepend=-1))
    n_dispositions = np.diff(first, append=len(contact))
    place = np.arange(len(contact)) - first[contact]
    chosen = (rng.random(len(first)) * n_dispositions * city.chosen_disposition).astype(np.int64)
    whole = rng.random(len(first)) < all_printed
    printed: NDArray[np.bool_] = whole[contact] | (place == chosen[contact])
    return printed


def _first_dispositions(
    rng: np.random.Generator, rates: Calibration, block: Block, contacts: Contacts
) -> NDArray[np.int16]:
    """A label of each contact's group, by the shares within the group."""
    weights = rates.weights("disposition", block.start)
    groups = rates.disposition_groups()
    label = np.full(len(contacts), MISSING, dtype=np.int16)
    for code in range(DISPOSITION_GROUPS.index("missing")):
        members = np.flatnonzero(contacts.disposition_group == code)
        shares = np.where(groups == code, weights, 0.0)
        if len(members):
            label[members] = pick(rng, shares / shares.sum(), len(members))
    return label


def _further_dispositions(
    rng: np.random.Generator, rates: Calibration, block: Block, contacts: Contacts, first: NDArray[np.int16]
) -> tuple[NDArray[np.int64], NDArray[np.int16]]:
    """Further labels without repetition, by the exponential-keys method of Efraimidis and Spirakis (2006)."""
    no_contact = DISPOSITION_GROUPS.index("no_contact")
    # Nothing else is ticked where nobody was met, or where the end says nothing.
    alone = (first == MISSING) | (contacts.disposition_group >= no_contact)
    several = np.flatnonzero((contacts.n_dispositions > 1) & ~alone)
    weights = rates.weights("disposition", block.start)
    groups = rates.disposition_groups()
    with np.errstate(divide="ignore"):
        keys = rng.standard_exponential((len(several), len(weights))) / weights
    keys[groups[None, :] < contacts.disposition_group[several, None]] = np.inf
    keys[:, groups == no_contact] = np.inf
    keys[np.arange(len(several)), first[several]] = np.inf
    order = np.argsort(keys, axis=1)
    rank = np.arange(len(weights))[None, :] < contacts.n_dispositions[several, None] - 1
    drawn = rank & np.isfinite(np.take_along_axis(keys, order, axis=1))
    return np.repeat(several, drawn.sum(axis=1)), order[drawn].astype(np.int16)


def _with_doubled_records(
    rng: np.random.Generator,
    city: CityParameters,
    rates: Calibration,
    block: Block,
    contacts: Contacts,
    records: Records,
) -> Records:
    """Some templates stand twice with both certifications, some records twice in all fields."""
    rate = rates.draw("contact", "certification_conflict", block.start, "near a switch")
    conflict = (rng.random(len(contacts)) < rate * city.conflicting_certification) & contacts.near_switch
    records = _repeat(records, conflict[records.contact], "certification_flipped")
    copied = rng.random(len(records)) < rates.draw("records", "exact_duplicate", block.start) * city.defects
    return _repeat(records, copied, "copy")


def _repeat(records: Records, doubled: NDArray[np.bool_], mark: str) -> Records:
    rows = np.repeat(np.arange(len(records)), 1 + doubled)
    repeated = np.concatenate([[False], rows[1:] == rows[:-1]])
    repeats = records.take(rows)
    return dataclasses.replace(repeats, **{mark: getattr(repeats, mark) | repeated})
