"""The dataset as the city printed it at five times: types, labels, grain and spelling, from one set of rows."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow as pa

from cit_platform.sources.columns import FIELDS
from cit_platform_tests.portal.dataset import Dataset

Row = dict[str, str | None]

# The whole history carries the new labels since 2025.
CALL_TYPES_OF_2025 = {
    "SUICIDE - IP/JO SUICIDAL PERSON AND ATTEMPTS": "SUICIDE - CRITICAL",
    "DISTURBANCE, MISCELLANEOUS/OTHER": "DISTURBANCE",
    "DIST - IP/JO - DV DIST - NO ASLT": "DISTURBANCE - DV CRITICAL",
    "SUSPICIOUS PERSON, VEHICLE OR INCIDENT": "SUSPICIOUS PERSON, VEHICLE, OR INCIDENT",
    "ASLT - WITH OR W/O WEAPONS (NO SHOOTINGS)": "ASLT - WITH OR W/O WPNS (NO SHOOTINGS)",
    "PROWLER - IP/JO": "OBS - PROWLER - IP/JO",
}
RACES_OF_2025 = {
    "Nat Hawaiian/Oth Pac Islander": "Native Hawaiian or Other Pacific Islander",
    "Not Specified": "Declined to Answer",
}


@dataclass(frozen=True)
class State:
    """How the city prints its rows at one time.

    Attributes:
        types: types of columns that are not text.
        one_row_per_template: the publisher chooses one disposition.
        leaves_out: fields that the portal no longer shows.
        touched_in_blocks: rows that share a time of update; 0 where all share one.
        printed: the row as it is printed.
    """

    types: dict[str, str]
    one_row_per_template: bool
    leaves_out: tuple[str, ...]
    touched_in_blocks: int
    printed: Callable[[Row], Row]


def _of_2018(row: Row) -> Row:
    return _plain(row) | {
        "reported_date": _day(row["reported_date"]),
        "final_call_type": _dashed(row["final_call_type"]),
        "subject_veteran_indicator": {"Y": "Yes", "N": "No"}.get(row["subject_veteran_indicator"] or "", "-"),
        "cit_certified_indicator": "Y" if row["cit_certified_indicator"] == "Y" else None,
        "precinct": (row["precinct"] or "UNKNOWN").upper(),
    }


def _of_2020(row: Row) -> Row:
    year = _year(row["officer_year_of_birth"])
    return _plain(row) | {
        "reported_date": _then(_day(row["reported_date"]), "T00:00:00"),
        "final_call_type": _dashed(row["final_call_type"]),
        "officer_year_of_birth": _then(year, "-12-31T00:00:00"),
        "officer_id": (row["officer_id"] or "-").strip().ljust(6),
        "beat": (row["beat"] or "-").strip().ljust(6),
    }


def _of_2022(row: Row) -> Row:
    clock = _clock(row["reported_time"])
    hour = f"{(int(clock[:2]) + 11) % 12 + 1:02}" if clock else ""
    return _plain(row) | {
        "reported_date": _then(_day(row["reported_date"]), "T00:00:00"),
        "reported_time": hour + clock[2:] if clock else None,
        "final_call_type": _dashed(row["final_call_type"]),
    }


def _of_2025(row: Row) -> Row:
    call_type, race = row["initial_call_type"] or "-", row["officer_race"] or "-"
    return _plain(row) | {
        # The portal prints a calendar date with its time, as a bulk CSV without.
        "reported_date": _then(_day(row["reported_date"]), "T00:00:00.000"),
        "reported_time": _then(_clock(row["reported_time"]), ".0000000"),
        "initial_call_type": CALL_TYPES_OF_2025.get(call_type, call_type),
        "officer_race": RACES_OF_2025.get(race, race),
        "officer_squad_desc": _then(row["officer_squad_desc"], " (JOHN) - PLATOON 1"),
    }


def _plain(row: Row) -> Row:
    """The row as most prints have it: unpadded, the year of birth, no dashes."""
    return row | {
        "reported_time": _clock(row["reported_time"]),
        "occured_date_time": _moment(row["occured_date_time"]),
        "final_call_type": (row["final_call_type"] or "-").removeprefix("--"),
        "officer_id": (row["officer_id"] or "-").strip(),
        "officer_year_of_birth": _year(row["officer_year_of_birth"]),
        "beat": (row["beat"] or "-").strip(),
    }


def _then(text: str | None, ending: str) -> str | None:
    return text + ending if text else None


def _dashed(label: str | None) -> str:
    return label if label and label.startswith("-") else f"--{label}" if label else "-"


def _day(text: str | None) -> str | None:
    """A day, however it is printed, as ISO 8601."""
    if found := re.match(r"(\d{4}-\d\d-\d\d)", text or ""):
        return found[1]
    us = re.match(r"(\d\d)/(\d\d)/(\d{4})", text or "")
    return f"{us[3]}-{us[1]}-{us[2]}" if us else None


def _moment(text: str | None) -> str | None:
    """A time of an event, however it is printed, as the portal's interfaces print it."""
    us = re.fullmatch(r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d [AP]M", text or "")
    if us is not None:
        return datetime.strptime(us[0], "%m/%d/%Y %I:%M:%S %p").isoformat() + ".000"
    return text


def _clock(text: str | None) -> str | None:
    found = re.match(r"\d\d:\d\d:\d\d", text or "")
    return found[0] if found else None


def _year(text: str | None) -> str | None:
    found = re.search(r"\d{4}", text or "")
    return found[0] if found else None


_TYPES = {"template_id": "number", "occured_date_time": "calendar_date"}
_TODAY = _TYPES | {"reported_date": "calendar_date"}
_NUMBERS = {"officer_years_of_experience": "number", "officer_year_of_birth": "number"}
STATES: dict[str, State] = {
    "2018": State(_TYPES, False, (), 0, _of_2018),
    "2020": State(_TYPES, False, (), 0, _of_2020),
    "2022": State(_TYPES, True, (), 0, _of_2022),
    "2025-04": State(_TODAY, True, (), 0, _of_2025),
    "2026-07": State(_TODAY | _NUMBERS, True, ("cit_officer_requested",), 1_000, _of_2025),
}

TODAY = "2026-07"


def in_state(dataset: Dataset, name: str) -> Dataset:
    """The same records as the city printed them at a time.

    Args:
        dataset: rows with the labels of 2020, their dates and times in any print.
        name: a key of `STATES`.
    """
    state = STATES[name]
    rows = dataset.table.to_pylist()
    if state.one_row_per_template:
        rows = list({row["template_id"]: row for row in reversed(rows)}.values())[::-1]
    printed = [state.printed(row) for row in rows]
    table = pa.table({field: pa.array([row[field] for row in printed], pa.string()) for field in FIELDS})
    columns = tuple(
        replace(column, type=state.types.get(column.source, "text"))
        for column in dataset.columns
        if column.source not in state.leaves_out
    )
    return replace(dataset, table=table, columns=columns, touched_in_blocks=state.touched_in_blocks)
