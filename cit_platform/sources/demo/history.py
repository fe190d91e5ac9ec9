"""The city's whole history up to a day: blocks put together, every record with its place in time."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from cit_platform.sources.demo.blocks import MARK43_START, Block, blocks
from cit_platform.sources.demo.calibration import calibration
from cit_platform.sources.demo.city import CityParameters, Coding
from cit_platform.sources.demo.contacts import Contacts, draw_contacts
from cit_platform.sources.demo.incidents import MINUTES_PER_DAY
from cit_platform.sources.demo.officers import DAYS_PER_YEAR, START, Roster, Stream, day_number, draw_roster, stream
from cit_platform.sources.demo.records import Records, draw_records

if TYPE_CHECKING:
    from numpy.typing import NDArray

T = TypeVar("T", Contacts, Records)
# `rows` counts the records reported before this day.
GROWTH_START = date(2026, 1, 1)
FIRST_LEGACY_ID = 43_469
FIRST_MARK43_ID = 20_000_000_000
# Template numbers per day: the legacy system's own density, and a wide one for cities that outgrow it.
LEGACY_IDS_PER_DAY, WIDE_IDS_PER_DAY, MARK43_IDS_PER_DAY = 349, 1_000_000, 2_000_000
MOST_ROWS_OF_DENSE_IDS = 200_000


@dataclass(frozen=True)
class History:
    """Contacts in the order of their reports, and their records.

    Attributes:
        coding: that of the city.
        roster: all officers.
        contacts: n contacts; the last ones may lie after the day asked for, to the end of the block.
        records: records by contact.
        template_id: number of each contact's template.
        race: race printed for each contact, code of the calibration's `officer_race`.
        report_undated: the contact's report date is printed as 1900-01-01.
        beat_unpadded: the contact's beat is printed without padding.
        unit_missing: the officer's unit is missing.
    """

    coding: Coding
    roster: Roster
    contacts: Contacts
    records: Records
    template_id: NDArray[np.int64]
    race: NDArray[np.int8]
    report_undated: NDArray[np.bool_]
    beat_unpadded: NDArray[np.bool_]
    unit_missing: NDArray[np.bool_]


def draw_history(city: CityParameters, seed: int, rows: int, last_day: date) -> History:
    """Draw every block that begins up to a day.

    Args:
        city: effects and biases.
        seed: at least 0.
        rows: records reported from 2015-05-15 to 2025-12-31; later days have the calibration's number each.
        last_day: not before 2015-05-15.
    """
    roster = draw_roster(city, seed, last_day.year)
    drawn = [
        _draw_block(city, seed, block, roster, n_rows, rows)
        for block, n_rows in zip(blocks(last_day), _rows_by_block(city, rows, last_day), strict=True)
    ]
    first = np.cumsum([0, *(len(part.contacts) for part in drawn[:-1])])
    records = [
        dataclasses.replace(part.records, contact=part.records.contact + offset)
        for part, offset in zip(drawn, first, strict=True)
    ]
    own = ("template_id", "race", "report_undated", "beat_unpadded", "unit_missing")
    return History(
        coding=city.coding,
        roster=roster,
        contacts=concatenated([part.contacts for part in drawn]),
        records=concatenated(records),
        **{name: np.concatenate([getattr(part, name) for part in drawn]) for name in own},
    )


def concatenated(parts: list[T]) -> T:
    """Contacts, or records, of several blocks in one."""
    names = [column.name for column in dataclasses.fields(parts[0])]
    return type(parts[0])(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def _rows_by_block(city: CityParameters, rows: int, last_day: date) -> list[int]:
    """Records of each block: `rows` shared out by largest remainder before 2026, the calibration's number after."""
    rates = calibration(city.coding)
    history = [block for block in blocks(GROWTH_START) if block.start < GROWTH_START]
    weights = np.array([rates.draw("records_per_day", "all", block.start) * block.days for block in history])
    exact = rows * weights / weights.sum()
    shared = np.floor(exact).astype(int)
    shared[np.argsort(shared - exact, kind="stable")[: rows - shared.sum()]] += 1
    later = [
        round(rates.draw("records_per_day", "all", block.start) * block.days)
        for block in blocks(last_day)
        if block.start >= GROWTH_START
    ]
    return [*shared.tolist(), *later][: len(blocks(last_day))]


def _draw_block(city: CityParameters, seed: int, block: Block, roster: Roster, n_rows: int, rows: int) -> History:
    """Draw contacts until their records suffice, cut at exactly n_rows, and order them by report."""
    n = math.ceil(n_rows * 1.1) + 20
    while True:
        contacts = draw_contacts(city, seed, block, roster, n)
        records = draw_records(city, seed, block, contacts)
        if len(records) >= n_rows:
            break
        n *= 2
    records = records.take(slice(n_rows))
    n_contacts = int(records.contact[-1]) + 1 if n_rows else 0
    minutes = (
        contacts.reported_day[:n_contacts].astype(np.int64) * MINUTES_PER_DAY + contacts.reported_minute[:n_contacts]
    )
    order = np.argsort(minutes, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(n_contacts)
    by_report = np.argsort(rank[records.contact], kind="stable")
    contacts = contacts.take(order)
    records = records.take(by_report)
    return History(
        coding=city.coding,
        roster=roster,
        contacts=contacts,
        records=dataclasses.replace(records, contact=rank[records.contact]),
        template_id=_template_ids(seed, block, contacts.reported_day, rows),
        race=roster.race[contacts.officer],
        **_spelling_defects(city, seed, block, contacts),
    )


def _template_ids(seed: int, block: Block, day: NDArray[np.int32], rows: int) -> NDArray[np.int64]:
    """Numbers that rise with the report's day; those of Mark43 have 11 digits."""
    mark43 = block.start >= MARK43_START
    per_day = WIDE_IDS_PER_DAY if rows > MOST_ROWS_OF_DENSE_IDS else LEGACY_IDS_PER_DAY
    per_day = MARK43_IDS_PER_DAY if mark43 else per_day
    first_id, first_day = (FIRST_MARK43_ID, MARK43_START) if mark43 else (FIRST_LEGACY_ID, START)
    _, position, counts = np.unique(day, return_index=True, return_counts=True)
    rank = np.arange(len(day)) - np.repeat(position, counts)
    step = per_day // np.repeat(counts, counts)
    jitter = stream(seed, Stream.SPELLING, day_number(block.start), 1).random(len(day)) * step
    return first_id + (day.astype(np.int64) - day_number(first_day)) * per_day + rank * step + jitter.astype(np.int64)


def _spelling_defects(
    city: CityParameters, seed: int, block: Block, contacts: Contacts
) -> dict[str, NDArray[np.bool_]]:
    rng, n = stream(seed, Stream.SPELLING, day_number(block.start)), len(contacts)
    rates = calibration(city.coding)
    fields = {
        "report_undated": ("reported_date", "missing"),
        "beat_unpadded": ("beat", "unpadded"),
        "unit_missing": ("officer_squad_desc", "missing"),
    }
    found = {
        name: rng.random(n) < rates.draw(field, value, block.start) * city.defects
        for name, (field, value) in fields.items()
    }
    if city.defects_by_certification:
        share = rates.draw("defects_by_certification", "date", block.start, "not certified")
        found["report_undated"] |= (rng.random(n) < share) & ~contacts.certified
    return found


def tenure_years(history: History) -> NDArray[np.float64]:
    """Years of service of each contact's officer on the day of the report, at least 0."""
    hired = history.roster.hired[history.contacts.officer]
    return ((history.contacts.reported_day - hired) / DAYS_PER_YEAR).clip(min=0)
