"""What was laid down beforehand, as data: CSV and TOML files that the code reads, with their date and their hash.

What follows from them for the models stands in `specifications.py`, apart, for reading these files takes no library.
"""

import hashlib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any, Literal, get_args

from cit_platform.codebook import CodebookError, codebook_rows
from cit_platform.errors import UserError

FOLDER = Path(__file__).parent
DEVIATIONS = "deviations.csv"
Row = Mapping[str, str]
Bound = Literal["at_least", "at_most"]


class ProtocolError(UserError):
    """The protocol cannot be used; one paragraph: what is wrong, in which file, what to do."""


@dataclass(frozen=True)
class Threshold:
    """What a diagnostic may show; with a `gate`, an estimate beyond it is not shown."""

    diagnostic: str
    bound: Bound
    value: float
    gate: bool
    reason: str

    def passes(self, value: float) -> bool:
        """Whether a value lies within; one that is not a number does not."""
        return value >= self.value if self.bound == "at_least" else value <= self.value


@dataclass(frozen=True)
class Deviation:
    """What was done otherwise than laid down, since when, and why."""

    date: date
    what: str
    reason: str


@dataclass(frozen=True, eq=False)
class Protocol:
    """What was laid down.

    Attributes:
        title, agency, date: what it is about, and the day it was laid down.
        known_beforehand: what was known of the records on that day, in a sentence.
        annual_last_day, annual_frozen_on: month and day of the last report and of the freezing of the year's analysis.
        prognostic_margin_per_1000: difference in predicted force under which calls count as alike.
        specification: what the primary specification is, apart from outcome and predictors.
        multiplicity: how the primary outcomes are judged together.
        margins: the smallest effect of interest of each primary outcome, as a difference of probabilities.
        margin_reasons: why it is that one.
        thresholds: what each diagnostic may show.
        outcomes, terms, forks: rows of the files of these names, for `specifications.py`.
        target_trial: component, what a trial would do, how it is emulated, what differs.
        nodes, edges: the causal diagram, and what of it is adjusted for and why.
        deviations: what was done otherwise since, in the order of the dates.
        hash: of all files but the deviations, SHA-256 in hex.
    """

    title: str
    agency: str
    date: date
    known_beforehand: str
    annual_last_day: str
    annual_frozen_on: str
    prognostic_margin_per_1000: float
    specification: Mapping[str, Any]
    multiplicity: Mapping[str, str]
    margins: Mapping[str, float]
    margin_reasons: Mapping[str, str]
    thresholds: Mapping[str, Threshold]
    outcomes: tuple[Row, ...]
    terms: tuple[Row, ...]
    forks: tuple[Row, ...]
    target_trial: tuple[Row, ...]
    nodes: tuple[Row, ...]
    edges: tuple[Row, ...]
    deviations: tuple[Deviation, ...]
    hash: str

    @property
    def primary_outcomes(self) -> tuple[str, ...]:
        """Names of the primary outcomes, in their order."""
        return tuple(row["outcome"] for row in self.outcomes if row["standing"] == "primary")


def protocol_files(folder: Path = FOLDER) -> tuple[Path, ...]:
    """The files that make the protocol, by name; the deviations are among them."""
    return tuple(sorted(file for file in folder.iterdir() if file.suffix in (".csv", ".toml")))


def protocol_hash(folder: Path = FOLDER) -> str:
    """SHA-256 over names and bytes of the files; a deviation that is noted later leaves what was laid down as it is."""
    digest = hashlib.sha256()
    for file in protocol_files(folder):
        if file.name != DEVIATIONS:
            digest.update(file.name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


@cache
def protocol() -> Protocol:
    """The protocol of this version of the code."""
    return read_protocol(FOLDER)


def read_protocol(folder: Path) -> Protocol:
    """The protocol of a folder.

    Raises:
        ProtocolError: A file is missing or does not say what it should; it is named.
    """
    facts = _reading("protocol.toml", lambda: tomllib.loads((folder / "protocol.toml").read_text(encoding="utf-8")))
    names = ("outcomes", "terms", "margins", "forks", "diagnostics", "target_trial", "nodes", "edges")
    rows = {name: _reading(f"{name}.csv", partial(codebook_rows, folder / f"{name}.csv")) for name in names}
    thresholds = _reading("diagnostics.csv", lambda: [_threshold(row) for row in rows["diagnostics"]])
    parts = {
        "margins": _reading("margins.csv", lambda: {row["outcome"]: _margin(row) for row in rows["margins"]}),
        "margin_reasons": {row["outcome"]: row["reason"] for row in rows["margins"]},
        "thresholds": {threshold.diagnostic: threshold for threshold in thresholds},
        "deviations": _reading(DEVIATIONS, lambda: _deviations(codebook_rows(folder / DEVIATIONS), facts["date"])),
        **{name: tuple(rows[name]) for name in ("outcomes", "terms", "forks", "target_trial", "nodes", "edges")},
    }
    found: Protocol = _reading("protocol.toml", lambda: Protocol(**facts, **parts, hash=protocol_hash(folder)))
    _refuse_contradictions(found)
    return found


def _reading(file: str, read: Callable[[], Any]) -> Any:
    try:
        return read()
    except (OSError, ValueError, KeyError, TypeError, CodebookError) as error:
        raise ProtocolError(
            f"The protocol's {file} cannot be used ({type(error).__name__}: {error}). Restore it from the repository."
        ) from None


def _margin(row: Row) -> float:
    margin = float(row["per_1000"]) / 1000
    if not 0 < margin < 1:
        raise ValueError(f"a smallest effect of interest lies between 0 and 1,000 in 1,000, not {row['per_1000']}")
    return margin


def _threshold(row: Row) -> Threshold:
    if row["bound"] not in get_args(Bound) or row["gate"] not in ("yes", "no"):
        raise ValueError(f"{row['diagnostic']} is {row['bound']}, gate {row['gate']}")
    bound: Bound = "at_least" if row["bound"] == "at_least" else "at_most"
    return Threshold(row["diagnostic"], bound, float(row["threshold"]), row["gate"] == "yes", row["reason"])


def _deviations(rows: list[dict[str, str]], laid_down: date) -> tuple[Deviation, ...]:
    found = [Deviation(date.fromisoformat(row["date"]), row["what"], row["reason"]) for row in rows]
    if not all(each.date >= laid_down and each.what and each.reason for each in found):
        raise ValueError("every deviation needs a date not before that of the protocol, what was done, and a reason")
    return tuple(sorted(found, key=lambda deviation: deviation.date))


def _refuse_contradictions(found: Protocol) -> None:
    """What each file says alone may be right, and together not."""
    if set(found.margins) != set(found.primary_outcomes):
        raise ProtocolError("The protocol's margins.csv does not name the primary outcomes of outcomes.csv, each once.")
    names = {row["node"] for row in found.nodes}
    strangers = {row[end] for row in found.edges for end in ("from", "to")} - names
    if strangers:
        raise ProtocolError(f"The protocol's edges.csv names what nodes.csv lacks: {', '.join(sorted(strangers))}.")
    causes = {name: {row["from"] for row in found.edges if row["to"] == name} for name in names}
    try:
        TopologicalSorter(causes).prepare()
    except CycleError as error:
        circle = " → ".join(reversed(error.args[1]))
        raise ProtocolError(f"The protocol's edges.csv runs in a circle: {circle}.") from None
    adjusted = {term for row in found.nodes for term in row["terms"].split()}
    if adjusted != {row["column"] for row in found.terms}:
        raise ProtocolError("The terms that the protocol's nodes.csv adjusts for are not those of its terms.csv.")
