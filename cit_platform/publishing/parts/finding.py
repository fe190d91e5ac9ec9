"""A finding: its numbers, their unit and the row they come from; printed here and nowhere else.

The words of one question belong to its topic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal

from cit_platform.contracts import TABLES
from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.rows import Row

Direction = Literal["lower", "higher", "no clear association", "cannot be estimated", "note"]
Unit = Literal[
    "odds ratio", "risk", "risk difference", "ratio of odds ratios", "rate ratio", "design effect", "verdict"
]
NO_COMPARISON = "These are demonstration data: comparisons with the published numbers mean nothing here."


@dataclass(frozen=True)
class RowKey:
    """A row of a published table: its path, and the values of its key columns."""

    table: str
    key: Mapping[str, str | int]


@dataclass(frozen=True)
class Sizes:
    """What was analysed: contacts (or another unit), those with the outcome, and officers; None where not known."""

    n: int | None = None
    n_events: int | None = None
    n_officers: int | None = None
    unit: str = "contact"


@dataclass(frozen=True)
class Finding:
    """One finding.

    Attributes:
        key: its name, the same in every edition.
        what: what it is about, for a table.
        direction: on which side of no difference the interval lies.
        words: the answer in a few words; those of a verdict are the verdict.
        sentence: the answer with its numbers, for the page.
        unit: of `estimate`, `low` and `high`, which are as the table holds them: a risk difference is a probability.
        estimate, low, high: the number and its 95 % interval, None where there is none.
        sizes: what was analysed.
        reference: what is compared with what, empty for a number that compares nothing.
        row: where the numbers stand; the first row for a finding about several.
        heading: under which its sentence stands together with others, empty for `what`.
        plain: the answer for the first screen, without symbols; empty unless it stands there.
    """

    key: str
    what: str
    direction: Direction
    words: str
    sentence: str
    unit: Unit
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    sizes: Sizes = Sizes()
    reference: str = ""
    row: RowKey | None = None
    heading: str = ""
    plain: str = ""

    @property
    def about(self) -> str:
        """The heading under which its sentence stands."""
        return self.heading or self.what


_PRINTED: dict[Unit, Callable[[float], str]] = {
    "odds ratio": wording.ratio,
    "risk": wording.per_thousand,
    "risk difference": wording.signed_per_thousand,
    "ratio of odds ratios": lambda number: f"{number:.2f} times",
    "rate ratio": wording.ratio,
    "design effect": lambda number: f"{number:.2f}",
}


def printed_estimate(finding: Finding) -> str:
    """The number in print; the verdict of a finding that has no number."""
    if finding.estimate is not None:
        return _PRINTED[finding.unit](finding.estimate) + (" per 1,000" if finding.unit.startswith("risk") else "")
    decided = finding.unit == "verdict" and finding.direction != "cannot be estimated"
    return finding.words if decided else wording.NO_NUMBER


def printed_interval(finding: Finding) -> str:
    """The 95 % interval in print, empty where there is none."""
    if finding.low is None or finding.high is None:
        return ""
    return wording.interval(_PRINTED[finding.unit](finding.low), _PRINTED[finding.unit](finding.high))


def printed_n(finding: Finding) -> str:
    """What was analysed in print, empty where it is not known."""
    return "" if finding.sizes.n is None else n_words(finding.sizes)


def finding_record(finding: Finding) -> dict[str, Any]:
    """A finding for `findings.json`: words, printed numbers, the numbers themselves, and their row."""
    words = {name: getattr(finding, name) for name in ("key", "what", "about", "direction", "words", "sentence")}
    printed = {"estimate": printed_estimate(finding), "interval": printed_interval(finding), "n": printed_n(finding)}
    numbers = {name: _ten_digits(getattr(finding, name)) for name in ("estimate", "low", "high")}
    numbers |= {"unit": finding.unit, "reference": finding.reference, "analysed": asdict(finding.sizes)}
    return {**words, **printed, "numbers": numbers, "row": None if finding.row is None else asdict(finding.row)}


def finding_of(stored: Mapping[str, Any]) -> Finding:
    """A finding from what `dataclasses.asdict` made of it."""
    row = stored["row"]
    return Finding(**{**stored, "sizes": Sizes(**stored["sizes"]), "row": None if row is None else RowKey(**row)})


def row_key(table: str, row: Row) -> RowKey:
    """The key of a row of one table, dates in ISO form."""
    values = {name: row[name] for name in TABLES[table].key}
    return RowKey(
        table, {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}
    )


def not_estimated(
    key: str, what: str, estimand: str, unit: Unit, table: str, row: Row | None, heading: str = ""
) -> Finding:
    """What stands in place of a number, with the reason of its row."""
    why = "it was not fitted" if row is None else wording.reason(row)
    n = row["n_contacts"] if row else None
    in_brackets = f" ({n_words(sizes_of(row))})" if row and n is not None else ""
    return Finding(
        key=key,
        what=what,
        direction="cannot be estimated",
        words=f"cannot be estimated: {why}",
        sentence=f"{estimand} cannot be estimated: {why}{in_brackets}.",
        unit=unit,
        sizes=sizes_of(row) if row else Sizes(),
        row=row_key(table, row) if row else None,
        heading=heading,
    )


def sizes_of(row: Row) -> Sizes:
    """Contacts, contacts with the outcome and officers behind a row."""
    return Sizes(row["n_contacts"], row.get("n_events"), row.get("n_officers"))


def rows_of(row: Row) -> Sizes:
    """Rows of the unit that entered a step, those with the outcome, and officers."""
    return Sizes(row["n_rows"], row["n_events"], row["n_officers"], row["unit"])


def n_words(sizes: Sizes) -> str:
    """What was analysed, in a sentence."""
    return f"n = {wording.count(sizes.n)} {sizes.unit}s"


def direction_of(low: float, high: float, neutral: float) -> Direction:
    """On which side of no difference an interval lies."""
    if high < neutral:
        return "lower"
    return "higher" if low > neutral else "no clear association"


def direction_words(direction: Direction) -> str:
    """A direction in the few words of a table."""
    return direction if direction == "no clear association" else f"certified: {direction}"


def power_beside_null(direction: Direction, words: str) -> str:
    """What could have been found, beside every null."""
    return f" {words}" if words and direction == "no clear association" else ""


def ratio_and_interval(row: Row, name: str = "odds_ratio") -> str:
    """A ratio with its interval, for a sentence."""
    low, high = wording.ratio(row["conf_low"]), wording.ratio(row["conf_high"])
    return f"{wording.ratio(row[name])} (95 % interval {low} to {high})"


def difference_words(row: Row) -> str:
    """The adjusted difference per 1,000 contacts with its interval, e.g. "-4.1 (-6.0 to -2.2)"."""
    value, low, high = (
        wording.signed_per_thousand(row[name])
        for name in ("risk_difference", "risk_difference_conf_low", "risk_difference_conf_high")
    )
    return f"{value} ({wording.interval(low, high)})"


def listed(words: Sequence[str]) -> str:
    """A list in a sentence."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _ten_digits(value: Any) -> Any:
    return float(f"{value:.10g}") if isinstance(value, float) else value
