"""The reviewed rates of `calibration.csv` and the squads of `squads.csv`, as the generator reads them."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

PRECINCTS: tuple[str, ...] = ("North", "West", "East", "South", "Southwest")
CALL_RISKS: tuple[str, ...] = (
    *("crisis", "welfare", "suicide", "disturbance"),
    *("violent", "other", "unknown", "unmapped"),
)
SQUAD_LABELS = ("squad", "squad_2025", "officer_precinct", "bureau", "precinct")
DISPOSITION_GROUPS: tuple[str, ...] = (
    *("arrest", "emergent_detention", "referral"),
    *("no_action", "no_contact", "other", "missing"),
)


@dataclass(frozen=True)
class Rate:
    """One line of `calibration.csv`.

    Attributes:
        codings: codings it holds for; none is all.
        start: first report day it holds for.
        end: last report day it holds for.
        field: field of the source, or a property of records, contacts, incidents or officers.
        value: label as the source prints it, or the name of a defect.
        among: what the rate is a share of; '' is all records, `known` those with a value in the field.
        rate: share that the records must show.
        draw: number that the generator draws with: the rate, or a weight or log odds solved for it.
        call_risk: call-risk group of an initial call type.
        disposition_group: group of a disposition.
        source: where the rate comes from, by the short names of the source's fact sheet.
        reason: why, in words.
    """

    codings: tuple[str, ...]
    start: date
    end: date
    field: str
    value: str
    among: str
    rate: float
    draw: float
    call_risk: str
    disposition_group: str
    source: str
    reason: str

    def holds(self, coding: str, day: date) -> bool:
        """Whether the line applies to a coding on a report day."""
        return self.of(coding) and self.start <= day <= self.end

    def of(self, coding: str) -> bool:
        """Whether the line applies to a coding on some day."""
        return not self.codings or coding in self.codings


@dataclass(frozen=True)
class Squad:
    """One line of `squads.csv`: where an officer stands, and how many of the records come from there."""

    squad: str
    squad_2025: str
    officer_precinct: str
    bureau: str
    precinct: str
    weight: float


class Calibration:
    """Rates of one coding."""

    def __init__(self, coding: str) -> None:
        """Select the lines of a coding."""
        self.coding = coding
        self._lines: dict[str, list[Rate]] = {}
        for line in rates():
            if line.of(coding):
                self._lines.setdefault(line.field, []).append(line)

    def lines(self, field: str, day: date | None = None, among: str | None = None) -> list[Rate]:
        """Lines of a field, on a day and among a part of the records where these are given."""
        return [
            line
            for line in self._lines.get(field, [])
            if (day is None or line.holds(self.coding, day)) and (among is None or line.among == among)
        ]

    def draw(self, field: str, value: str, day: date, among: str = "") -> float:
        """Number to draw with; 0 where the calibration has no such line."""
        found = [line for line in self.lines(field, day, among) if line.value == value]
        return found[0].draw if found else 0.0

    def vocabulary(self, field: str, among: str = "known") -> tuple[str, ...]:
        """Labels of a field over all days, in the order of the file; codes of columns point into it."""
        return tuple(dict.fromkeys(line.value for line in self.lines(field, among=among)))

    def weights(self, field: str, day: date, among: str = "known") -> NDArray[np.float64]:
        """Shares by label of the vocabulary on a day, summing to 1; labels not in use have 0."""
        weights = {line.value: line.draw for line in self.lines(field, day, among)}
        shares = np.array([weights.get(label, 0.0) for label in self.vocabulary(field, among)])
        summed: NDArray[np.float64] = shares / shares.sum()
        return summed

    def rows_per_contact(self, day: date) -> float:
        """Mean number of records of a contact reported on a day, the doubled ones aside."""
        boxes = self.weights("dispositions_per_contact", day, "")
        sizes = [float(size) for size in self.vocabulary("dispositions_per_contact", "")]
        return 1.0 + self.draw("rows_per_contact", "all", day) * float(boxes @ sizes - 1.0)

    def call_risks(self) -> NDArray[np.int8]:
        """Call-risk group by code of the initial call type, as a code of `CALL_RISKS`."""
        risks = {line.value: line.call_risk for line in self.lines("initial_call_type", among="known")}
        return codes([risks[label] for label in self.vocabulary("initial_call_type")], CALL_RISKS)

    def disposition_groups(self) -> NDArray[np.int8]:
        """Group by code of the disposition, as a code of `DISPOSITION_GROUPS`."""
        groups = {line.value: line.disposition_group for line in self.lines("disposition", among="known")}
        return codes([groups[label] for label in self.vocabulary("disposition")], DISPOSITION_GROUPS)


def codes(values: Sequence[str], levels: Sequence[str]) -> NDArray[np.int8]:
    """Position of each value among the levels."""
    return np.array([levels.index(value) for value in values], dtype=np.int8)


@cache
def calibration(coding: str) -> Calibration:
    """Rates of a coding, read once."""
    return Calibration(coding)


@cache
def rates() -> tuple[Rate, ...]:
    """All lines of `calibration.csv`."""
    return tuple(_rate(row) for row in csv.DictReader(_text("calibration.csv").splitlines()))


@cache
def squads() -> tuple[Squad, ...]:
    """All lines of `squads.csv`."""
    return tuple(
        Squad(**{name: row[name] for name in SQUAD_LABELS}, weight=float(row["weight"]))
        for row in csv.DictReader(_text("squads.csv").splitlines())
    )


@cache
def digest() -> str:
    """Hash of the reviewed files: a snapshot changes when they do."""
    return hashlib.sha256((_text("calibration.csv") + _text("squads.csv")).encode()).hexdigest()


def _text(name: str) -> str:
    return (files("cit_platform.sources.demo") / name).read_text(encoding="utf-8")


def _rate(row: dict[str, str]) -> Rate:
    return Rate(
        codings=tuple(filter(None, row["coding"].split("|"))),
        start=date.fromisoformat(row["start"]),
        end=date.fromisoformat(row["end"]),
        field=row["field"],
        value=row["value"],
        among=row["among"],
        rate=float(row["rate"]),
        draw=float(row["draw"] or row["rate"]),
        call_risk=row["call_risk"],
        disposition_group=row["disposition_group"],
        source=row["source"],
        reason=row["reason"],
    )
