"""From codes to the text that the source prints, in the coding of 2018, 2020, 2022 or 2025."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

import numpy as np

from cit_platform.sources.demo.calibration import PRECINCTS, Calibration, calibration, squads
from cit_platform.sources.demo.city import Coding
from cit_platform.sources.demo.history import History, tenure_years
from cit_platform.sources.demo.incidents import MINUTES_PER_DAY, NO_PRECINCT, OCCURED_MISSING
from cit_platform.sources.demo.officers import DAY_0

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

Label = str | None
SECONDS_PER_DAY = 86_400
PADDED_WIDTH = 6
FIELD_TRAINING_YEARS = 0.75
FIELD_TRAINING = ("TRAINING - FIELD TRAINING SQUAD", "TRAINING AND EDUCATION SECTION", "PROFESSIONAL STANDARDS BUREAU")
# Serials rise with the day of hiring; the ids of 2018 were anonymous.
FIRST_SERIAL, SERIAL_STEP, FIRST_ANONYMOUS_ID = 4_003, 4, 101


# From this day on nobody has seen a value of "CIT Officer Requested" in the feed.
REQUESTED_EMPTY_FROM = date(2026, 7, 30)
PLACEHOLDER_DAY = date(1900, 1, 1)
# What a time of day is printed like: of 24 hours, of 12 without saying which half, with seven decimals.
Clock = Literal["24 hours", "12 hours", "decimals"]


@dataclass(frozen=True, kw_only=True)
class Spelling:
    """How a coding prints what is missing, and how it writes dates, times and ids.

    Attributes:
        missing: a missing label.
        occured_missing: whether a missing event is printed as 1900-01-01; else it is null.
        day: format of the report's day.
        clock: the report's time.
        event: format of the event's day; where it is of the United States, its time has AM or PM.
        birth: format of the officer's birth.
        padded: officer numbers and beats are padded to six characters.
        anonymous: officers have numbers of their own, not their serials.
        not_certified: certification of an officer who has none.
        unknown_experience: years of experience that are not known.
        restated: the personnel file is that of later years.
    """

    missing: Label = "-"
    occured_missing: bool = True
    day: str = "%Y-%m-%dT00:00:00"
    clock: Clock = "24 hours"
    event: str = "%Y-%m-%d"
    birth: str = "%Y"
    padded: bool = False
    anonymous: bool = False
    not_certified: Label = "N"
    unknown_experience: Label = "-1"
    restated: bool = False

    @property
    def american(self) -> bool:
        """Whether events are printed as in the United States."""
        return self.event.startswith("%m")


SPELLINGS: dict[Coding, Spelling] = {
    "2018": Spelling(
        missing=None,
        occured_missing=False,
        day="%Y-%m-%d",
        anonymous=True,
        not_certified=None,
        unknown_experience=None,
    ),
    "2020": Spelling(birth="%Y-%m-%dT00:00:00", padded=True),
    "2022": Spelling(clock="12 hours"),
    # The report's day is text no more, but a day as the portal prints one.
    "2025": Spelling(day="%Y-%m-%dT00:00:00.000", clock="decimals", restated=True),
}
# The bulk CSV prints days and times in the manner of the United States: events always, reports since 2025.
IN_BULK: dict[Coding, Spelling] = {
    coding: replace(spelling, event="%m/%d/%Y", day="%m/%d/%Y" if coding == "2025" else spelling.day)
    for coding, spelling in SPELLINGS.items()
}


def spell(
    coding: Coding,
    history: History,
    rows: NDArray[np.int64] | None = None,
    *,
    as_of: date | None = None,
    in_bulk: bool = False,
) -> pa.Table:
    """Print records as the source does.

    Args:
        coding: the spelling; need not be that of the city that was drawn.
        history: what to print.
        rows: positions of the records to print; all of them without it.
        as_of: day of the snapshot; without it, one before any column fell silent.
        in_bulk: as the bulk CSV prints them, not as the interface does.

    Returns:
        The 25 columns of the source as text (dictionary-encoded where few values repeat), one row per record.
    """
    import pyarrow as pa

    records = history.records if rows is None else history.records.take(rows)
    spelling, rates = (IN_BULK if in_bulk else SPELLINGS)[coding], calibration(coding)
    contact = records.contact
    contacts = history.contacts
    certified = contacts.recorded_certified[contact] ^ records.certification_flipped
    columns: dict[str, pa.Array | pa.DictionaryArray] = {
        "template_id": pa.array(history.template_id[contact]).cast(pa.string()),
        **_times(spelling, history, contact),
        **{
            field: _labels((*rates.vocabulary(field), spelling.missing), codes[contact])
            for field, codes in (
                ("call_type", contacts.call_source),
                ("initial_call_type", contacts.call),
                ("final_call_type", contacts.final_call),
            )
        },
        "disposition": _labels((*rates.vocabulary("disposition"), spelling.missing), records.disposition),
        **{
            field: _labels(("N", "Y"), flags[contact].astype(np.int8))
            for field, flags in (
                ("use_of_force_indicator", contacts.force),
                ("cit_officer_dispatched", contacts.dispatched),
                ("cit_officer_arrived", contacts.arrived),
            )
        },
        "cit_officer_requested": _requested(coding, contacts.requested[contact], as_of),
        "subject_veteran_indicator": _veteran(rates, contacts.veteran[contact]),
        "cit_certified_indicator": _labels((spelling.not_certified, "Y"), certified.astype(np.int8)),
        "officer_years_of_experience": _years_of_experience(spelling, history, contact),
        **_officers(coding, rates, history, contact),
        **_places(coding, rates, history, contact),
    }
    return pa.table(columns)


def _labels(labels: Sequence[Label], codes: NDArray[np.integer]) -> pa.DictionaryArray:
    """Text by code; code -1 is the last label, and a label None is null."""
    import pyarrow as pa

    printed = list(dict.fromkeys(label for label in labels if label is not None))
    position = {label: index for index, label in enumerate(printed)}
    indices = np.array([-1 if label is None else position[label] for label in labels], dtype=np.int32)[codes]
    return pa.DictionaryArray.from_arrays(pa.array(indices, mask=indices < 0), pa.array(printed, pa.string()))


def _requested(coding: Coding, flags: NDArray[np.bool_], as_of: date | None) -> pa.DictionaryArray:
    silent = coding == "2025" and as_of is not None and as_of >= REQUESTED_EMPTY_FROM
    return _labels((None, None) if silent else ("N", "Y"), flags.astype(np.int8))


def _veteran(rates: Calibration, codes: NDArray[np.int8]) -> pa.DictionaryArray:
    labels = rates.vocabulary("subject_veteran_indicator", "")
    # The coding of 2020 knows Y and N only: what was unknown before is N.
    return _labels(labels, codes.clip(max=len(labels) - 1))


def _days(numbers: NDArray[np.int32], layout: str) -> pa.DictionaryArray:
    days, codes = np.unique(numbers, return_inverse=True)
    return _labels([(DAY_0 + timedelta(days=int(day))).strftime(layout) for day in days], codes)


def _minutes(of_12_hours: bool, ending: str) -> list[str]:
    """The minutes of a day as `HH:MM`, with an ending."""
    hours = [(hour % 12 or 12) if of_12_hours else hour for hour in range(24)]
    return [f"{hours[minute // 60]:02d}:{minute % 60:02d}{ending}" for minute in range(MINUTES_PER_DAY)]


def _times(spelling: Spelling, history: History, contact: NDArray[np.int64]) -> dict[str, pa.Array]:
    import pyarrow as pa
    import pyarrow.compute as pc

    undated = pa.array(history.report_undated[contact])
    reported = _days(history.contacts.reported_day[contact], spelling.day).cast(pa.string())
    seconds = ":00.0000000" if spelling.clock == "decimals" else ":00"
    clock = _minutes(spelling.clock == "12 hours", seconds)
    time = _labels(clock, history.contacts.reported_minute[contact]).cast(pa.string())
    return {
        "reported_date": pc.if_else(undated, PLACEHOLDER_DAY.strftime(spelling.day), reported),
        "reported_time": pc.if_else(undated, clock[0], time),
        "occured_date_time": _occured(spelling, history.contacts.occured[contact]),
    }


def _occured(spelling: Spelling, seconds: NDArray[np.int64]) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    missing = seconds == OCCURED_MISSING
    known = np.where(missing, 0, seconds)
    day = _days((known // SECONDS_PER_DAY).astype(np.int32), spelling.event).cast(pa.string())
    minutes = known % SECONDS_PER_DAY // 60
    clock = _labels(_minutes(spelling.american, ":"), minutes).cast(pa.string())
    second = _labels([f"{second:02d}" for second in range(60)], known % 60).cast(pa.string())
    between, endings = (" ", (" AM", " PM")) if spelling.american else ("T", (".000", ".000"))
    ending = _labels(endings, (minutes >= MINUTES_PER_DAY // 2).astype(np.int8)).cast(pa.string())
    text = pc.binary_join_element_wise(day, between, clock, second, ending, "")
    midnight = f"{_minutes(spelling.american, ':')[0]}00{endings[0]}"
    placeholder = f"{PLACEHOLDER_DAY.strftime(spelling.event)}{between}{midnight}"
    no_event = pa.scalar(placeholder if spelling.occured_missing else None, pa.string())
    return pc.if_else(pa.array(missing), no_event, text)


def _years_of_experience(spelling: Spelling, history: History, contact: NDArray[np.int64]) -> pa.DictionaryArray:
    years = history.contacts.experience[contact]
    if spelling.restated != SPELLINGS[history.coding].restated:
        restated = history.roster.restated[history.contacts.officer[contact]] * (1 if spelling.restated else -1)
        years = np.where((years >= 0) & (years <= 45), (years + restated).clip(0, 45), years)
    values, codes = np.unique(years, return_inverse=True)
    return _labels([spelling.unknown_experience if value == -1 else str(value) for value in values], codes)


def _officers(
    coding: Coding, rates: Calibration, history: History, contact: NDArray[np.int64]
) -> dict[str, pa.DictionaryArray]:
    roster, spelling = history.roster, SPELLINGS[coding]
    officer = history.contacts.officer[contact]
    used, position = np.unique(officer, return_inverse=True)
    entries = squads()
    # Code of the unit: the squad's, field training for recruits, then null.
    squad = np.where(tenure_years(history)[contact] < FIELD_TRAINING_YEARS, len(entries), roster.squad[officer])
    squad = np.where(history.unit_missing[contact], len(entries) + 1, squad)
    names = [entry.squad_2025 if coding == "2025" else entry.squad for entry in entries]
    units = [*((name, at.officer_precinct, at.bureau) for name, at in zip(names, entries, strict=True)), FIELD_TRAINING]
    squad_labels, precinct_labels, bureau_labels = ([*labels, None] for labels in zip(*units, strict=True))
    return {
        "officer_id": _labels([_officer_id(spelling, int(index)) for index in used], position),
        "officer_gender": _labels(rates.vocabulary("officer_gender", ""), roster.gender[officer]),
        "officer_race": _labels(rates.vocabulary("officer_race", ""), history.race[contact]),
        "officer_year_of_birth": _labels([_birth(spelling, history, int(index)) for index in used], position),
        "officer_bureau_desc": _labels(bureau_labels, squad),
        "officer_precinct_desc": _labels(precinct_labels, squad),
        "officer_squad_desc": _labels(squad_labels, squad),
    }


def _officer_id(spelling: Spelling, index: int) -> str:
    if spelling.anonymous:
        return str(FIRST_ANONYMOUS_ID + index)
    return str(FIRST_SERIAL + SERIAL_STEP * index).ljust(PADDED_WIDTH if spelling.padded else 0)


def _birth(spelling: Spelling, history: History, index: int) -> Label:
    defect = history.roster.birth_defect[index]
    if defect == 2:
        return None
    born = PLACEHOLDER_DAY if defect == 1 else DAY_0 + timedelta(days=int(history.roster.born[index]))
    return born.strftime(spelling.birth)


def _places(
    coding: Coding, rates: Calibration, history: History, contact: NDArray[np.int64]
) -> dict[str, pa.DictionaryArray]:
    contacts, spelling = history.contacts, SPELLINGS[coding]
    precinct, sector = contacts.precinct[contact], contacts.sector[contact]
    no_precinct = [spelling.missing, *NO_PRECINCT[1:]]
    placed = precinct < len(PRECINCTS)
    out_of_jurisdiction = len(PRECINCTS) + NO_PRECINCT.index("OOJ")
    sectors = [label for name in PRECINCTS for label in rates.vocabulary("sector", name)]
    beats = [f"{label[0]}{number}" for label in sectors for number in (1, 2, 3)]
    printed = [beat.ljust(PADDED_WIDTH) if spelling.padded else beat for beat in (*beats, "99")]
    outside = np.isin(precinct, [len(PRECINCTS) + NO_PRECINCT.index(value) for value in ("OOJ", "UNKNOWN")])
    # Codes of the beat: padded ones, unpadded ones, then missing.
    beat = np.where(outside, len(beats), sector.astype(np.int64) * 3 + contacts.beat[contact] - 1)
    beat = beat + np.where(history.beat_unpadded[contact], len(printed), 0)
    return {
        "precinct": _labels((*rates.vocabulary("precinct"), *no_precinct), precinct),
        # Out of jurisdiction is a sector too in the print of 2025.
        "sector": _labels(
            (*sectors, "OOJ" if coding == "2025" else spelling.missing, spelling.missing),
            np.where(placed, sector, np.where(precinct == out_of_jurisdiction, len(sectors), -1)),
        ),
        "beat": _labels((*printed, *beats, "99", spelling.missing), np.where(placed | outside, beat, -1)),
    }
