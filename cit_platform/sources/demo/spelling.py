"""From codes to the text that the source prints, in the coding of 2018 or of 2020."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from cit_platform.sources.demo.calibration import PRECINCTS, Calibration, calibration, squads
from cit_platform.sources.demo.city import Coding
from cit_platform.sources.demo.contacts import MINUTES_PER_DAY, NO_PRECINCT, OCCURED_MISSING
from cit_platform.sources.demo.history import History, tenure_years
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


@dataclass(frozen=True)
class Spelling:
    """How a coding prints what is missing, and how it writes dates and ids."""

    missing: Label
    occured_missing: Label
    undated: str
    date_suffix: str
    padded: bool
    not_certified: Label
    unknown_experience: Label


SPELLINGS = {
    "2018": Spelling(None, None, "1900-01-01", "", False, None, None),
    "2020": Spelling("-", "1900-01-01T00:00:00.000", "1900-01-01T00:00:00", "T00:00:00", True, "N", "-1"),
}


def spell(coding: Coding, history: History, rows: NDArray[np.int64] | None = None) -> pa.Table:
    """Print records as the source does.

    Args:
        coding: the spelling; need not be that of the city that was drawn.
        history: what to print.
        rows: positions of the records to print; all of them without it.

    Returns:
        The 25 columns of the source as text (dictionary-encoded where few values repeat), one row per record.
    """
    import pyarrow as pa

    records = history.records if rows is None else history.records.take(rows)
    spelling, rates = SPELLINGS[coding], calibration(coding)
    contact = records.contact
    contacts = history.contacts
    certified = contacts.certified[contact] ^ records.certification_flipped
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
                ("cit_officer_requested", contacts.requested),
                ("cit_officer_dispatched", contacts.dispatched),
                ("cit_officer_arrived", contacts.arrived),
            )
        },
        "subject_veteran_indicator": _veteran(rates, contacts.veteran[contact]),
        "cit_certified_indicator": _labels((spelling.not_certified, "Y"), certified.astype(np.int8)),
        "officer_years_of_experience": _years_of_experience(spelling, contacts.experience[contact]),
        **_officers(spelling, rates, history, contact),
        **_places(spelling, rates, history, contact),
    }
    return pa.table(columns)


def _labels(labels: Sequence[Label], codes: NDArray[np.integer]) -> pa.DictionaryArray:
    """Text by code; code -1 is the last label, and a label None is null."""
    import pyarrow as pa

    printed = list(dict.fromkeys(label for label in labels if label is not None))
    position = {label: index for index, label in enumerate(printed)}
    indices = np.array([-1 if label is None else position[label] for label in labels], dtype=np.int32)[codes]
    return pa.DictionaryArray.from_arrays(pa.array(indices, mask=indices < 0), pa.array(printed, pa.string()))


def _veteran(rates: Calibration, codes: NDArray[np.int8]) -> pa.DictionaryArray:
    labels = rates.vocabulary("subject_veteran_indicator", "")
    # The coding of 2020 knows Y and N only: what was unknown before is N.
    return _labels(labels, codes.clip(max=len(labels) - 1))


def _days(numbers: NDArray[np.int32], suffix: str) -> pa.DictionaryArray:
    days, codes = np.unique(numbers, return_inverse=True)
    return _labels([f"{DAY_0 + timedelta(days=int(day))}{suffix}" for day in days], codes)


def _clock(ending: str) -> list[str]:
    """The minutes of a day as `HH:MM`, with an ending."""
    return [f"{minute // 60:02d}:{minute % 60:02d}{ending}" for minute in range(MINUTES_PER_DAY)]


def _times(spelling: Spelling, history: History, contact: NDArray[np.int64]) -> dict[str, pa.Array]:
    import pyarrow as pa
    import pyarrow.compute as pc

    undated = pa.array(history.report_undated[contact])
    reported = _days(history.contacts.reported_day[contact], spelling.date_suffix).cast(pa.string())
    time = _labels(_clock(":00"), history.contacts.reported_minute[contact]).cast(pa.string())
    return {
        "reported_date": pc.if_else(undated, spelling.undated, reported),
        "reported_time": pc.if_else(undated, "00:00:00", time),
        "occured_date_time": _occured(spelling, history.contacts.occured[contact]),
    }


def _occured(spelling: Spelling, seconds: NDArray[np.int64]) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    missing = seconds == OCCURED_MISSING
    known = np.where(missing, 0, seconds)
    day = _days((known // SECONDS_PER_DAY).astype(np.int32), "T").cast(pa.string())
    minute = _labels(_clock(":"), known % SECONDS_PER_DAY // 60).cast(pa.string())
    second = _labels([f"{second:02d}.000" for second in range(60)], known % 60).cast(pa.string())
    text = pc.binary_join_element_wise(day, minute, second, "")
    return pc.if_else(pa.array(missing), pa.scalar(spelling.occured_missing, pa.string()), text)


def _years_of_experience(spelling: Spelling, years: NDArray[np.int16]) -> pa.DictionaryArray:
    values, codes = np.unique(years, return_inverse=True)
    return _labels([spelling.unknown_experience if value == -1 else str(value) for value in values], codes)


def _officers(
    spelling: Spelling, rates: Calibration, history: History, contact: NDArray[np.int64]
) -> dict[str, pa.DictionaryArray]:
    roster = history.roster
    officer = history.contacts.officer[contact]
    used, position = np.unique(officer, return_inverse=True)
    entries = squads()
    # Code of the unit: the squad's, field training for recruits, then null.
    squad = np.where(tenure_years(history)[contact] < FIELD_TRAINING_YEARS, len(entries), roster.squad[officer])
    squad = np.where(history.unit_missing[contact], len(entries) + 1, squad)
    units = [*((entry.squad, entry.officer_precinct, entry.bureau) for entry in entries), FIELD_TRAINING]
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
    if spelling.padded:
        return str(FIRST_SERIAL + SERIAL_STEP * index).ljust(PADDED_WIDTH)
    return str(FIRST_ANONYMOUS_ID + index)


def _birth(spelling: Spelling, history: History, index: int) -> Label:
    defect = history.roster.birth_defect[index]
    if defect == 2:
        return None
    born = "1900-01-01" if defect == 1 else str(DAY_0 + timedelta(days=int(history.roster.born[index])))
    return f"{born}{spelling.date_suffix}" if spelling.padded else born[:4]


def _places(
    spelling: Spelling, rates: Calibration, history: History, contact: NDArray[np.int64]
) -> dict[str, pa.DictionaryArray]:
    contacts = history.contacts
    precinct, sector = contacts.precinct[contact], contacts.sector[contact]
    no_precinct = [spelling.missing, *NO_PRECINCT[1:]]
    placed = precinct < len(PRECINCTS)
    sectors = [label for name in PRECINCTS for label in rates.vocabulary("sector", name)]
    beats = [f"{label[0]}{number}" for label in sectors for number in (1, 2, 3)]
    printed = [beat.ljust(PADDED_WIDTH) if spelling.padded else beat for beat in (*beats, "99")]
    outside = np.isin(precinct, [len(PRECINCTS) + NO_PRECINCT.index(value) for value in ("OOJ", "UNKNOWN")])
    # Codes of the beat: padded ones, unpadded ones, then missing.
    beat = np.where(outside, len(beats), sector.astype(np.int64) * 3 + contacts.beat[contact] - 1)
    beat = beat + np.where(history.beat_unpadded[contact], len(printed), 0)
    return {
        "precinct": _labels((*rates.vocabulary("precinct"), *no_precinct), precinct),
        "sector": _labels((*sectors, spelling.missing), np.where(placed, sector, -1)),
        "beat": _labels((*printed, *beats, "99", spelling.missing), np.where(placed | outside, beat, -1)),
    }
