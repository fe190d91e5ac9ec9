"""A table of the page, and the cells that several topics print alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.rows import Row, estimated

AGAINST = f"compared with {wording.NOT_CERTIFIED}"
ODDS_HEADER = ("Odds ratio", "95 % interval", "p", "Smallest detectable", "n")


@dataclass(frozen=True)
class HtmlTable:
    """A table of the page: the first column heads each row, columns in `numeric` are set right."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[int, ...] = ()


def odds_cells(row: Row) -> tuple[str, ...]:
    """The cells under `ODDS_HEADER`."""
    return (*ratio_cells(row, "odds_ratio"), detectable_ratios(row), size_cell(row))


def ratio_cells(row: Row, name: str) -> tuple[str, str, str]:
    """A ratio, its interval and p-value; where there is no number, the reason stands in place of the interval."""
    if not estimated(row, name):
        return (wording.NO_NUMBER, wording.short_reason(row), "")
    limits = wording.interval(wording.ratio(row["conf_low"]), wording.ratio(row["conf_high"]))
    return (wording.ratio(row[name]), limits, wording.bare_p_value(row["p_value"]))


def size_cell(row: Row) -> str:
    """How many rows of its unit a fit analysed."""
    return wording.NO_NUMBER if row["n_rows"] is None else f"{wording.count(row['n_rows'])} {row['unit']}s"


def detectable_ratios(row: Row) -> str:
    """The smallest detectable ratios below and above 1."""
    above = row["smallest_detectable"]
    return "" if above is None else " or ".join(wording.detectable_ratios(row["smallest_detectable_below"], above))


def design_effect_cell(row: Row) -> str:
    """A design effect, empty where there is none."""
    return "" if row["design_effect"] is None else f"{row['design_effect']:.2f}"


def limits(row: Row, name: str, printed: Callable[[float], str]) -> str:
    """The interval of a quantity whose limits stand in columns of their own."""
    return wording.interval(printed(row[f"{name}_conf_low"]), printed(row[f"{name}_conf_high"]))


def with_limits(row: Row, name: str, printed: Callable[[float], str]) -> str:
    """Such a quantity with its interval in brackets."""
    return f"{printed(row[name])} ({limits(row, name, printed)})"


def ratio_limits(row: Row) -> str:
    """The interval of an odds ratio."""
    return wording.interval(wording.ratio(row["conf_low"]), wording.ratio(row["conf_high"]))


def difference_cells(row: Row) -> tuple[str, str]:
    """A risk difference per 1,000 with its interval, and the smallest detectable one; or why there is none."""
    if not estimated(row, "risk_difference"):
        return wording.short_reason(row), ""
    smallest = wording.per_thousand(row["smallest_detectable_difference"])
    return with_limits(row, "risk_difference", wording.signed_per_thousand), f"± {smallest}"


def count_cells(row: Row, *names: str) -> tuple[str, ...]:
    """Counts of a row, empty where they are withheld."""
    return tuple("" if row[name] is None else wording.count(row[name]) for name in names)


def coefficient_name(row: Row) -> str:
    """Predictor and category of a coefficient."""
    level = f", {wording.level_words(row['term'], row['level'])}" if row["level"] else ""
    return wording.term_words(row["term"]) + level
