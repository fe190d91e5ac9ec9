"""What is said of a change when officers become certified: the ratio in a sentence, and its tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.finding import (
    Finding,
    Sizes,
    direction_of,
    n_words,
    not_estimated,
    power_beside_null,
    ratio_and_interval,
    row_key,
    sizes_of,
)
from cit_platform.publishing.parts.html_table import HtmlTable
from cit_platform.publishing.parts.rows import Row, estimated, plain_rows

if TYPE_CHECKING:
    import pandas as pd

REFERENCE = "officers who were still to be certified"
_HEADER = ("Ratio", "95 % interval", "Smallest detectable", "Counted after", "Expected", "n officers")
_SAID = {"lower": "fewer than expected", "higher": "more than expected", "no clear association": "no clear change"}
_COURSE = (
    *("average", "since_0_1", "since_1_3", "since_3", "fading"),
    *("lead_2", "lead_1", "trend", "average_trend_low", "average_trend_high"),
)


def main_row(frame: pd.DataFrame, outcome: str, quantity: str = "average") -> Row | None:
    """The row that speaks for an outcome."""
    return next(iter(_rows(frame, outcome, quantities=(quantity,), role="headline")), None)


def _rows(frame: pd.DataFrame, outcome: str, quantities: Sequence[str], role: str = "") -> list[Row]:
    """Rows of an outcome in the order of the quantities, the variants as their words are listed."""
    variants = [*wording.known_words("variant")]
    rows = [
        row
        for row in plain_rows(frame)
        if row["outcome"] == outcome and row["quantity"] in quantities and role in ("", row["role"])
    ]
    return sorted(rows, key=lambda row: (quantities.index(row["quantity"]), variants.index(row["variant"])))


def average_finding(table: str, frame: pd.DataFrame, outcome: str, did: str, counted: str, per: str) -> Finding:
    """How much was counted after officers became certified, over what is expected.

    Args:
        table: path of the table.
        frame: the table.
        outcome: of the table.
        did: what officers did, and
        counted: what they did it to, in the plural.
        per: per what.
    """
    row = main_row(frame, outcome)
    what = f"{wording.sentence_case(wording.outcome_words(outcome))}, after certification over before"
    if row is None or not estimated(row, "ratio"):
        estimand = f"How {wording.outcome_words(outcome)} changed when officers became certified"
        return not_estimated(outcome, what, estimand, "rate ratio", table, row)
    direction = direction_of(row["conf_low"], row["conf_high"], 1.0)
    power = wording.power_of_ratio(row["smallest_detectable_below"], row["smallest_detectable"])
    sentence = (
        f"After they became certified, {wording.count(row['n_officers'])} officers {did} "
        f"{wording.count(row['observed'])} {counted}, where {REFERENCE} lead one to expect "
        f"{wording.count(round(row['expected']))}: {ratio_and_interval(row, 'ratio')} times as many {per}, "
        f"{_SAID[direction]}; {n_words(sizes_of(row))} before and after.{power_beside_null(direction, power)}"
    )
    return Finding(
        key=outcome,
        what=what,
        direction=direction,
        words=_SAID[direction],
        sentence=sentence,
        unit="rate ratio",
        estimate=row["ratio"],
        low=row["conf_low"],
        high=row["conf_high"],
        sizes=sizes_of(row),
        reference=REFERENCE,
        row=row_key(table, row),
    )


def fading_finding(table: str, frame: pd.DataFrame, outcome: str) -> Finding:
    """Whether three years later the ratio is that of the first year, with the chance to notice."""
    row, key = main_row(frame, outcome, "fading"), f"{outcome}_fading"
    what = f"{wording.sentence_case(wording.outcome_words(outcome))}, three years after certification over the first"
    if row is None or not estimated(row, "ratio"):
        return not_estimated(key, what, "Whether that changes with time", "rate ratio", table, row)
    direction = direction_of(row["conf_low"], row["conf_high"], 1.0)
    said = "no clear change" if direction == "no clear association" else f"{direction} than in the first year"
    power = wording.power_of_ratio(row["smallest_detectable_below"], row["smallest_detectable"])
    sentence = (
        f"From the fourth year after certification on, the ratio is {ratio_and_interval(row, 'ratio')} times that of "
        f"the first year: {said}; {n_words(sizes_of(row))}. Had there been 28 % less force at first and none of it "
        f"later, the chance to see that here is {wording.whole_percent(row['power'])}."
        f"{power_beside_null(direction, power)}"
    )
    return Finding(
        key=key,
        what=what,
        direction=direction,
        words=said,
        sentence=sentence,
        unit="rate ratio",
        estimate=row["ratio"],
        low=row["conf_low"],
        high=row["conf_high"],
        sizes=Sizes(row["n_contacts"], row["n_events"], row["n_officers"]),
        reference="the first year after certification",
        row=row_key(table, row),
    )


def before_words(frame: pd.DataFrame, outcome: str) -> str:
    """What the two years before certification say, and what a trend in them would turn the ratio into."""
    trend, low, high = (main_row(frame, outcome, name) for name in ("trend", "average_trend_low", "average_trend_high"))
    if trend is None or low is None or high is None or not all(estimated(row, "ratio") for row in (trend, low, high)):
        return "Whether these officers were already on another course before certification cannot be estimated."
    return (
        "In the two years before certification these officers moved away from others in the same years by a factor of "
        f"{ratio_and_interval(trend, 'ratio')} per year. Had the steepest course that agrees with this gone on, the "
        f"ratio above would be {wording.ratio(high['ratio'])} or {wording.ratio(low['ratio'])} instead. A course that "
        "began longer ago and went on evenly, for all of them alike, would not show, and would not mislead."
    )


def left_out_words(frame: pd.DataFrame, outcome: str) -> str:
    """Cohorts that were left out by name; empty for none."""
    row = main_row(frame, outcome)
    return "" if row is None or not row["note"] or not row["converged"] else f"{wording.sentence_case(row['note'])}."


def variants_table(frame: pd.DataFrame, outcomes: Sequence[str]) -> HtmlTable:
    """The average by outcome and variant."""
    rows = [
        (
            f"{wording.sentence_case(wording.outcome_words(outcome))}, {wording.variant_words(row['variant'])}",
            *_cells(row),
        )
        for outcome in outcomes
        for row in _rows(frame, outcome, ("average",))
    ]
    caption = "Rates after certification over those expected from officers who were still to be certified"
    return HtmlTable(caption, ("Counted, how compared", *_HEADER), tuple(rows), tuple(range(1, 7)))


def course_table(frame: pd.DataFrame, outcomes: Iterable[str]) -> HtmlTable:
    """Before and after certification in parts; no rows for an outcome that has no average."""
    quantities = wording.known_words("quantity")
    rows = [
        (
            f"{wording.sentence_case(wording.outcome_words(outcome))}: {quantities[row['quantity']].lower()}",
            *_cells(row),
        )
        for outcome in outcomes
        if estimated(main_row(frame, outcome), "ratio")
        for row in _rows(frame, outcome, _COURSE, "headline")
    ]
    caption = "The same by time before and after certification"
    return HtmlTable(caption, ("Counted, when", *_HEADER), tuple(rows), tuple(range(1, 7)))


def _cells(row: Row) -> tuple[str, ...]:
    officers = wording.NO_NUMBER if row["n_officers"] is None else wording.count(row["n_officers"])
    if not estimated(row, "ratio"):
        return (wording.NO_NUMBER, wording.short_reason(row), "", "", "", officers)
    interval = wording.interval(wording.ratio(row["conf_low"]), wording.ratio(row["conf_high"]))
    detectable = wording.detectable_ratios(row["smallest_detectable_below"], row["smallest_detectable"])
    counts = ("", "") if row["expected"] is None else (f"{row['observed']:,.0f}", f"{row['expected']:,.0f}")
    return (wording.ratio(row["ratio"]), interval, " or ".join(detectable), *counts, officers)
