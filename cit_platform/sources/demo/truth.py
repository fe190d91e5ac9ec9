"""The large city from which the demo's truth is taken: columns in chunks, counted by modelling pattern."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from cit_platform.sources.demo.calibration import CALL_RISKS, DISPOSITION_GROUPS, PRECINCTS, calibration
from cit_platform.sources.demo.city import CityParameters
from cit_platform.sources.demo.contacts import MISSING, NO_PRECINCT, Block, Contacts, blocks, draw_contacts
from cit_platform.sources.demo.history import GROWTH_START
from cit_platform.sources.demo.officers import Roster, draw_roster
from cit_platform.sources.demo.records import Records, draw_records

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

TRUTH_SEED = 20_251_231
TRUTH_OFFICERS = 90_000
TRUTH_CONTACTS = 10_000_000
MOST_EXPERIENCE = 45
NOT_GIVEN = ("Not Specified", "Unknown", "N")


@dataclass(frozen=True)
class Chunk:
    """The contacts of one block of the calendar, with their records and the officers of the whole city."""

    block: Block
    roster: Roster
    contacts: Contacts
    records: Records


def large_city(
    city: CityParameters,
    contacts: int = TRUTH_CONTACTS,
    seed: int = TRUTH_SEED,
) -> Iterator[Chunk]:
    """Draw a city on the fixed calendar 2015-05-15 to 2025-12-31, a chunk per block (12 in all).

    The city's `n_officers` counts, so give the default city with `n_officers=TRUTH_OFFICERS` for the truth. Contacts
    are shared over the blocks as the demo's records are. About 100 bytes are held per contact of a chunk, and a chunk
    holds up to a seventh of all contacts.

    Args:
        city: effects, biases, coding and number of officers.
        contacts: contacts in all.
        seed: at least 0.
    """
    calendar = [block for block in blocks(GROWTH_START) if block.start < GROWTH_START]
    roster = draw_roster(city, seed, calendar[-1].end.year)
    shares = contacts_by_block(city, calendar)
    for block, share in zip(calendar, shares, strict=True):
        drawn = draw_contacts(city, seed, block, roster, round(contacts * share))
        yield Chunk(block, roster, drawn, draw_records(city, seed, block, drawn))


def contacts_by_block(city: CityParameters, calendar: list[Block]) -> NDArray[np.float64]:
    """Share of the contacts in each block: records per day over records per contact."""
    rates = calibration(city.coding)
    rows = np.array([rates.draw("records_per_day", "all", block.start) * block.days for block in calendar])
    sizes = [float(line) for line in rates.vocabulary("rows_per_contact", "")]
    mean = np.array([rates.weights("rows_per_contact", block.start, "") @ sizes for block in calendar])
    weights: NDArray[np.float64] = rows / mean
    shares: NDArray[np.float64] = weights / weights.sum()
    return shares


def grouped_counts(city: CityParameters, chunk: Chunk, grain: Literal["contact", "record"]) -> pd.DataFrame:
    """Count a chunk by its modelling columns, named and spelled as in `features/contacts` and `features/records`.

    Records with impossible or unknown experience, templates with contradicting certification and second copies are
    left out, as cleaning does. Patterns with `call_risk` unmapped or `disposition_group` other or missing are counted:
    whoever fits leaves them out as the studies do.

    Args:
        city: the city the chunk was drawn from.
        chunk: from `large_city`.
        grain: `contact` takes the highest disposition of a contact; `record` counts one row per disposition.

    Returns:
        `year, force, disposition_group, cit_certified, experience_years, call_risk, precinct, officer_race,
        officer_gender, n`; one row per pattern that occurs, n at least 1. Counts of chunks add up.
    """
    kept = _fit_for_analysis(chunk)
    if grain == "contact":
        rows = np.flatnonzero(kept)
        groups = chunk.contacts.disposition_group[rows]
    else:
        records = np.flatnonzero(kept[chunk.records.contact] & ~chunk.records.copy)
        rows = chunk.records.contact[records]
        groups = _record_groups(city, chunk.records)[records]
    return _count(_modelling_columns(city, chunk, rows, groups))


def officers_by_level(city: CityParameters, chunk: Chunk) -> dict[tuple[str, str], set[int]]:
    """The officers who have contacts at each level of a categorical predictor, by term and level."""
    rows = np.flatnonzero(_fit_for_analysis(chunk))
    officer = chunk.contacts.officer[rows]
    columns = _modelling_columns(city, chunk, rows, chunk.contacts.disposition_group[rows])
    return {
        (name, str(levels[code])): set(np.unique(officer[codes == code]).tolist())
        for name, levels, codes in columns
        if name in ("call_risk", "precinct", "officer_race", "officer_gender")
        for code in np.unique(codes)
    }


def _fit_for_analysis(chunk: Chunk) -> NDArray[np.bool_]:
    experience = chunk.contacts.experience
    kept: NDArray[np.bool_] = (experience >= 0) & (experience <= MOST_EXPERIENCE)
    kept[chunk.records.contact[chunk.records.certification_flipped]] = False
    return kept


def _record_groups(city: CityParameters, records: Records) -> NDArray[np.int8]:
    missing = DISPOSITION_GROUPS.index("missing")
    groups = calibration(city.coding).disposition_groups()
    return np.where(records.disposition == MISSING, missing, groups[records.disposition]).astype(np.int8)


Column = tuple[str, list[object], "NDArray[np.int64]"]


def _modelling_columns(
    city: CityParameters, chunk: Chunk, rows: NDArray[np.int64], groups: NDArray[np.int8]
) -> list[Column]:
    """Name, levels and codes of each column."""
    contacts, roster, rates = chunk.contacts, chunk.roster, calibration(city.coding)
    officer = contacts.officer[rows]
    precincts = [*PRECINCTS, *("Unknown" for _ in NO_PRECINCT)]
    races = _given(rates.vocabulary("officer_race", ""))
    genders = _given(rates.vocabulary("officer_gender", ""))
    return [
        ("year", [chunk.block.start.year], np.zeros(len(rows), dtype=np.int64)),
        ("force", [0, 1], contacts.force[rows].astype(np.int64)),
        _merged("disposition_group", list(DISPOSITION_GROUPS), groups),
        ("cit_certified", [0, 1], contacts.certified[rows].astype(np.int64)),
        ("experience_years", list(range(MOST_EXPERIENCE + 1)), contacts.experience[rows].astype(np.int64)),
        _merged("call_risk", list(CALL_RISKS), contacts.risk[rows]),
        _merged("precinct", precincts, contacts.precinct[rows]),
        _merged("officer_race", races, roster.race[officer]),
        _merged("officer_gender", genders, roster.gender[officer]),
    ]


def _given(labels: tuple[str, ...]) -> list[str]:
    return ["Unknown" if label in NOT_GIVEN else label for label in labels]


def _merged(name: str, labels: list[str], codes: NDArray[np.int8]) -> Column:
    """A column whose equal labels are one level."""
    levels = list(dict.fromkeys(labels))
    return name, list(levels), np.array([levels.index(label) for label in labels])[codes]


def _count(columns: list[Column]) -> pd.DataFrame:
    import pandas as pd

    shape = [len(levels) for _, levels, _ in columns]
    pattern = np.ravel_multi_index([codes for _, _, codes in columns], shape)
    counts = np.bincount(pattern, minlength=int(np.prod(shape)))
    occurring = np.flatnonzero(counts)
    position = np.unravel_index(occurring, shape)
    frame = pd.DataFrame(
        {
            name: np.array(levels, dtype=object if isinstance(levels[0], str) else np.int64)[codes]
            for (name, levels, _), codes in zip(columns, position, strict=True)
        }
    )
    return frame.assign(n=counts[occurring])
