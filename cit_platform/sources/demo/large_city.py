"""The large city from which the demo's truth is taken: modelling columns in chunks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from cit_platform.codebook import codebook_files, codebook_rows
from cit_platform.codebook.vocabulary import LABEL_FILES, vocabulary_of
from cit_platform.sources.demo.blocks import Block, blocks
from cit_platform.sources.demo.calibration import DISPOSITION_GROUPS, PRECINCTS, Calibration, calibration
from cit_platform.sources.demo.city import CityParameters
from cit_platform.sources.demo.contacts import Contacts, draw_contacts
from cit_platform.sources.demo.history import GROWTH_START
from cit_platform.sources.demo.incidents import MISSING, NO_PRECINCT
from cit_platform.sources.demo.officers import Roster, draw_roster
from cit_platform.sources.demo.records import Records, draw_records

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

TRUTH_SEED = 20_251_231
TRUTH_OFFICERS = 90_000
TRUTH_CONTACTS = 10_000_000
MOST_EXPERIENCE = 45
AGENCY = "seattle"


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
    weights: NDArray[np.float64] = rows / [rates.rows_per_contact(block.start) for block in calendar]
    shares: NDArray[np.float64] = weights / weights.sum()
    return shares


def modelling_rows(city: CityParameters, chunk: Chunk, grain: Literal["contact", "record"]) -> pd.DataFrame:
    """The rows of a chunk with their modelling columns, named and spelled as in the features tables.

    Records with impossible or unknown experience, templates with contradicting certification, second copies and, at
    contact grain, templates that are no contact are left out, as cleaning and features do. Certification is that of the
    records. Rows with `call_risk` unmapped or `disposition_group` other or missing stay: whoever
    fits leaves them out as the studies do.

    Args:
        city: the city the chunk was drawn from.
        chunk: from `large_city`.
        grain: `contact` takes the highest printed disposition of a contact; `record` has one row per printed one.

    Returns:
        One row per contact or record: `contact_id, incident_id, officer_key` (numbers, unique within the chunk),
        `reported_date, year, period, force, disposition_group, cit_certified, experience_years, call_risk,
        call_risk_published, call_class, precinct, officer_race, officer_gender`.
    """
    import pandas as pd

    kept, of_records = _fit_for_analysis(chunk), _record_groups(city, chunk.records)
    if grain == "contact":
        highest = np.minimum.reduceat(of_records, np.flatnonzero(np.diff(chunk.records.contact, prepend=-1)))
        contact = np.flatnonzero(kept & (highest != DISPOSITION_GROUPS.index("no_contact")))
        groups = highest[contact]
    else:
        records = np.flatnonzero(kept[chunk.records.contact] & ~chunk.records.copy)
        contact = chunk.records.contact[records]
        groups = of_records[records]
    contacts = chunk.contacts
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
            "experience_years": contacts.experience[contact].astype(np.int32),
        }
    )
    return frame.assign(**_categories(city, chunk, contact, groups, reported))


def officers_by_level(city: CityParameters, chunk: Chunk) -> dict[tuple[str, str], set[int]]:
    """The officers who have contacts at each level of a categorical predictor, by term and level."""
    frame = modelling_rows(city, chunk, "contact").astype({"year": str})
    return {
        (str(name), str(level)): set(officers)
        for name in ("call_risk", "call_class", "precinct", "officer_race", "officer_gender", "year", "period")
        for level, officers in frame.groupby(name, observed=True)["officer_key"].unique().items()
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
    periods = codebook_rows(codebook_files(AGENCY)["periods"])
    starts = np.array([row["start"] for row in periods], dtype="datetime64[D]")
    return {
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
    vocabulary = vocabulary_of(AGENCY)
    label = vocabulary.bare("initial_call_type", vocabulary.folded("initial_call_type", text) or "")
    rows = codebook_rows(codebook_files(AGENCY)["call_types"])
    exact = (row for row in rows if row["kind"] == "exact" and row["label"] == label)
    patterns = (row for row in rows if row["kind"] == "pattern" and re.search(row["label"], label))
    for row in (*exact, *patterns):
        return CallType(row["call_risk"], row["published_call_risk"] or row["call_risk"], row["call_class"])
    return CallType()


def _levels(rates: Calibration, field: str) -> list[str]:
    """Levels that the codebook has for the labels of an officer's field."""
    values = {row["label"]: row["value"] for row in codebook_rows(codebook_files(AGENCY)[LABEL_FILES[field]])}
    return [values[label.upper()] for label in rates.vocabulary(field, "")]


def _category(labels: list[str], codes: NDArray[Any]) -> pd.Categorical[str]:
    """A column whose equal labels are one level."""
    import pandas as pd

    levels = list(dict.fromkeys(labels))
    positions: NDArray[np.int64] = np.array([levels.index(label) for label in labels])[codes]
    return pd.Categorical.from_codes(positions, categories=pd.Index(levels))
