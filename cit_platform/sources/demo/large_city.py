"""The large city from which the demo's truth is taken: modelling columns in chunks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from cit_platform.codebook import codebook_files, codebook_rows
from cit_platform.codebook.agency import DEFAULT_AGENCY
from cit_platform.codebook.vocabulary import LABEL_FILES, vocabulary_of
from cit_platform.sources.demo.blocks import MARK43_START, Block, blocks
from cit_platform.sources.demo.calibration import DISPOSITION_GROUPS, PRECINCTS, Calibration, calibration
from cit_platform.sources.demo.city import CityParameters
from cit_platform.sources.demo.contacts import UNKNOWN_EXPERIENCE, Contacts, draw_contacts
from cit_platform.sources.demo.history import GROWTH_START, concatenated
from cit_platform.sources.demo.incidents import (
    MISSING,
    NO_PRECINCT,
    OCCURED_MISSING,
    SECONDS_PER_DAY,
    WATCHES,
    watch_of,
)
from cit_platform.sources.demo.officers import Roster, day_number, draw_roster
from cit_platform.sources.demo.records import Records, draw_records

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

TRUTH_SEED = 20_251_231
TRUTH_OFFICERS = 90_000
TRUTH_CONTACTS = 10_000_000
MOST_EXPERIENCE = 45
Grain = Literal["record", "contact", "contradictory"]
GRAINS: tuple[Grain, ...] = ("record", "contact", "contradictory")
STATUSES = ("known", "unknown", "impossible")
# First year of each bin of experience, and its name; the last is of those who are not known.
EXPERIENCE_BINS = {0: "0-4", 5: "5-9", 10: "10-14", 15: "15-19", 20: "20+"}
RECORDS_SYSTEMS = ("legacy", "mark43")
LEVELS = (
    *("records_system", "watch", "experience", "call_risk", "call_class", "precinct"),
    *("officer_race", "officer_gender", "year", "period"),
)
ANY_OF = ("arrest", "emergent_detention", "referral")


@dataclass(frozen=True)
class Chunk:
    """Contacts of one block of the calendar, or of several, with their records and the officers of the whole city."""

    roster: Roster
    contacts: Contacts
    records: Records


CALENDAR = tuple(block for block in blocks(GROWTH_START) if block.start < GROWTH_START)


def large_city(
    city: CityParameters,
    contacts: int = TRUTH_CONTACTS,
    seed: int = TRUTH_SEED,
    calendar: Sequence[Block] = CALENDAR,
) -> Iterator[Chunk]:
    """Draw a city on a fixed calendar, as a rule 2015-05-15 to 2025-12-31, a chunk per block (12 in all).

    The city's `n_officers` counts, so give the default city with `n_officers=TRUTH_OFFICERS` for the truth. Contacts
    are shared over the blocks as the demo's records are. About 100 bytes are held per contact of a chunk, and a chunk
    holds up to a seventh of all contacts.

    Args:
        city: effects, biases, coding and number of officers.
        contacts: contacts in all.
        seed: at least 0.
        calendar: blocks to draw, in order.
    """
    roster = draw_roster(city, seed, calendar[-1].end.year)
    shares = contacts_by_block(city, calendar)
    for block, share in zip(calendar, shares, strict=True):
        drawn = draw_contacts(city, seed, block, roster, round(contacts * share))
        yield Chunk(roster, drawn, draw_records(city, seed, block, drawn))


def whole(chunks: Sequence[Chunk]) -> Chunk:
    """Several chunks of one city as one."""
    first = np.cumsum([0, *(len(chunk.contacts) for chunk in chunks[:-1])])
    last = np.cumsum([0, *(int(chunk.contacts.incident.max(initial=-1)) + 1 for chunk in chunks[:-1])])
    numbered = [
        replace(chunk.contacts, incident=chunk.contacts.incident + offset)
        for chunk, offset in zip(chunks, last, strict=True)
    ]
    records = [
        replace(chunk.records, contact=chunk.records.contact + offset)
        for chunk, offset in zip(chunks, first, strict=True)
    ]
    return Chunk(chunks[0].roster, concatenated(numbered), concatenated(records))


def contacts_by_block(city: CityParameters, calendar: Sequence[Block]) -> NDArray[np.float64]:
    """Share of the contacts in each block: records per day over records per contact."""
    rates = calibration(city.coding)
    rows = np.array([rates.draw("records_per_day", "all", block.start) * block.days for block in calendar])
    weights: NDArray[np.float64] = rows / [rates.rows_per_contact(block.start) for block in calendar]
    shares: NDArray[np.float64] = weights / weights.sum()
    return shares


def modelling_rows(city: CityParameters, chunk: Chunk, grain: Grain) -> pd.DataFrame:
    """The rows of a chunk with their modelling columns, named and spelled as in the features tables.

    Templates with contradicting certification, second copies and, at contact grain, templates that are no contact are
    left out, as cleaning and features do. Certification is that of the records. Rows with `call_risk` unmapped or
    `disposition_group` other or missing stay: whoever fits leaves them out as the studies do. Levels of few officers
    are not merged: a large city has none.

    Args:
        city: the city the chunk was drawn from.
        chunk: from `large_city`.
        grain: `contact` takes the highest printed disposition of a contact; `record` has one row per printed one;
            `contradictory` are the contacts that the others leave out for their certification.

    Returns:
        One row per contact or record: `contact_id, incident_id, officer_key` (numbers, unique within the chunk),
        `reported_date, year, period, records_system, watch, weekend, force, disposition_group, cit_certified,
        experience_years` (null where not known)`, experience, experience_status, call_risk, call_risk_published,
        call_class, precinct, officer_race, officer_gender`; of contacts also `any_arrest, any_emergent_detention,
        any_referral`.
    """
    import pandas as pd

    contradicted, of_records = _contradicted(chunk), _record_groups(city, chunk.records)
    kept = contradicted if grain == "contradictory" else ~contradicted
    flags = {}
    if grain == "record":
        records = np.flatnonzero(kept[chunk.records.contact] & ~chunk.records.copy)
        contact = chunk.records.contact[records]
        groups = of_records[records]
    else:
        first = np.flatnonzero(np.diff(chunk.records.contact, prepend=-1))
        highest = np.minimum.reduceat(of_records, first)
        contact = np.flatnonzero(kept & (highest != DISPOSITION_GROUPS.index("no_contact")))
        groups = highest[contact]
        flags = {f"any_{name}": _any_of(of_records, first, name)[contact].astype(np.int32) for name in ANY_OF}
    contacts = chunk.contacts
    experience = contacts.experience[contact]
    known = (experience >= 0) & (experience <= MOST_EXPERIENCE)
    reported = contacts.reported_day[contact].astype("datetime64[D]")
    frame = pd.DataFrame(
        {
            "contact_id": contact,
            "incident_id": contacts.incident[contact],
            "officer_key": contacts.officer[contact],
            "reported_date": reported.astype("datetime64[s]"),
            "year": reported.astype("datetime64[Y]").astype(np.int64) + 1970,
            "force": contacts.force[contact].astype(np.int32),
            "cit_certified": contacts.recorded_certified[contact].astype(np.int32),
            "weekend": _recorded_weekend(contacts)[contact].astype(np.int32),
            "experience_years": pd.Series(experience.astype(np.int32)).astype("Int32").where(known),
            **flags,
        }
    )
    return frame.assign(**_categories(city, chunk, contact, groups, reported))


def event_second(contacts: Contacts) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Second of the event, of the report where the event has none in the two days before; and whether it has."""
    reported = contacts.reported_day.astype(np.int64)
    days = reported - contacts.occured // SECONDS_PER_DAY
    timely = (contacts.occured != OCCURED_MISSING) & (days >= 0) & (days <= 2)
    second = reported * SECONDS_PER_DAY + contacts.reported_minute.astype(np.int64) * 60
    return np.where(timely, contacts.occured, second), timely


def _recorded_watch(city: CityParameters, contacts: Contacts) -> NDArray[np.int64]:
    """Code of `WATCHES`, and after them where the time is not known: a clock of 12 hours does not say which half."""
    second, timely = event_second(contacts)
    return np.where(timely | (city.coding != "2022"), watch_of(second), len(WATCHES))


def _recorded_weekend(contacts: Contacts) -> NDArray[np.bool_]:
    """Whether the event was on a Saturday or a Sunday; day 0 is a Thursday."""
    second, _ = event_second(contacts)
    weekend: NDArray[np.bool_] = (second // SECONDS_PER_DAY + 3) % 7 >= 5
    return weekend


def experience_bin(experience: NDArray[np.int16]) -> NDArray[np.int64]:
    """Position in `EXPERIENCE_BINS`; the one after them where experience is not known."""
    known = (experience >= 0) & (experience <= MOST_EXPERIENCE)
    return np.where(known, np.searchsorted(list(EXPERIENCE_BINS), experience, "right") - 1, len(EXPERIENCE_BINS))


def _any_of(of_records: NDArray[np.int8], first: NDArray[np.int64], name: str) -> NDArray[np.bool_]:
    """Whether any printed disposition of each contact is of a group."""
    return np.logical_or.reduceat(of_records == DISPOSITION_GROUPS.index(name), first)


def officers_by_level(city: CityParameters, chunk: Chunk) -> dict[tuple[str, str], set[int]]:
    """The officers who have contacts at each level of a categorical predictor, by term and level."""
    frame = modelling_rows(city, chunk, "contact").astype({"year": str})
    return {
        (str(name), str(level)): set(officers)
        for name in LEVELS
        for level, officers in frame.groupby(name, observed=True)["officer_key"].unique().items()
    }


def _contradicted(chunk: Chunk) -> NDArray[np.bool_]:
    contradicted = np.zeros(len(chunk.contacts), dtype=np.bool_)
    contradicted[chunk.records.contact[chunk.records.certification_flipped]] = True
    return contradicted


def _record_groups(city: CityParameters, records: Records) -> NDArray[np.int8]:
    missing = DISPOSITION_GROUPS.index("missing")
    groups = calibration(city.coding).disposition_groups()
    return np.where(records.disposition == MISSING, missing, groups[records.disposition]).astype(np.int8)


def _categories(
    city: CityParameters,
    chunk: Chunk,
    contact: NDArray[np.int64],
    groups: NDArray[np.int8],
    reported: NDArray[np.datetime64],
) -> dict[str, pd.Categorical[str]]:
    contacts, roster, rates = chunk.contacts, chunk.roster, calibration(city.coding)
    officer = contacts.officer[contact]
    calls = list(rates.vocabulary("initial_call_type"))
    periods = codebook_rows(codebook_files(DEFAULT_AGENCY)["periods"])
    starts = np.array([row["start"] for row in periods], dtype="datetime64[D]")
    experience = contacts.experience[contact]
    watch = _recorded_watch(city, contacts)[contact]
    status = np.where(experience == UNKNOWN_EXPERIENCE, 1, 2 * (experience_bin(experience) == len(EXPERIENCE_BINS)))
    return {
        "records_system": _category(
            [*RECORDS_SYSTEMS], (contacts.reported_day[contact] >= day_number(MARK43_START)).astype(int)
        ),
        "watch": _category([*WATCHES, "unknown"], watch),
        "experience": _category([*EXPERIENCE_BINS.values(), "unknown"], experience_bin(experience)),
        "experience_status": _category([*STATUSES], status),
        "period": _category([row["period"] for row in periods], np.searchsorted(starts, reported, side="right") - 1),
        "disposition_group": _category(list(DISPOSITION_GROUPS), groups),
        # The last level is of a call type that is missing: its code is -1.
        **{
            name: _category([*(getattr(call_type(label), name) for label in calls), "unknown"], contacts.call[contact])
            for name in ("call_risk", "call_risk_published", "call_class")
        },
        "precinct": _category([*PRECINCTS, *("Unknown" for _ in NO_PRECINCT)], contacts.precinct[contact]),
        "officer_race": _category(_levels(rates, "officer_race"), roster.race[officer]),
        "officer_gender": _category(_levels(rates, "officer_gender"), roster.gender[officer]),
    }


@dataclass(frozen=True)
class CallType:
    """What the codebook makes of an initial call type."""

    call_risk: str = "unmapped"
    call_risk_published: str = "unmapped"
    call_class: str = "unmapped"


@cache
def call_type(text: str) -> CallType:
    """An initial call type as the source prints it, read by the codebook: exact labels first, then the first pattern.

    The query of features/records reads it alike.
    """
    vocabulary = vocabulary_of(DEFAULT_AGENCY)
    label = vocabulary.bare("initial_call_type", vocabulary.folded("initial_call_type", text) or "")
    rows = codebook_rows(codebook_files(DEFAULT_AGENCY)["call_types"])
    exact = (row for row in rows if row["kind"] == "exact" and row["label"] == label)
    patterns = (row for row in rows if row["kind"] == "pattern" and re.search(row["label"], label))
    for row in (*exact, *patterns):
        return CallType(row["call_risk"], row["published_call_risk"] or row["call_risk"], row["call_class"])
    return CallType()


def _levels(rates: Calibration, field: str) -> list[str]:
    """Levels that the codebook has for the labels of an officer's field."""
    values = {row["label"]: row["value"] for row in codebook_rows(codebook_files(DEFAULT_AGENCY)[LABEL_FILES[field]])}
    return [values[label.upper()] for label in rates.vocabulary(field, "")]


def _category(labels: list[str], codes: NDArray[Any]) -> pd.Categorical[str]:
    """A column whose equal labels are one level."""
    import pandas as pd

    levels = list(dict.fromkeys(labels))
    positions: NDArray[np.int64] = np.array([levels.index(label) for label in labels])[codes]
    return pd.Categorical.from_codes(positions, categories=pd.Index(levels))
