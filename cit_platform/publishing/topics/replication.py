"""Do the published odds ratios come out again? Ours beside them, refitted for the published years."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import TYPE_CHECKING

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.finding import (
    NO_COMPARISON,
    Finding,
    Sizes,
    direction_of,
    n_words,
    row_key,
    sizes_of,
)
from cit_platform.publishing.parts.html_table import AGAINST, ODDS_HEADER, HtmlTable, odds_cells
from cit_platform.publishing.parts.rows import Row, estimated, plain_rows, speaking
from cit_platform.publishing.parts.topic import Content, FindingSentence, Numbers, Prose, Tables, topic

if TYPE_CHECKING:
    import pandas as pd

REPLICATION, REVISIONS = "models/replication", "quality/revisions"
_DASH = "–"  # noqa: RUF001
_WINDOW = Prose(
    "The author analysed “2015 to 2025”; his last day is not known, and the last of 2025 is assumed. Both windows are "
    "refitted on the feed as it is printed now, which may differ from his data in ways that nobody can see from "
    "outside. The two numbers rest largely on the same reports, so the interval of their difference, made as if they "
    "did not, is wider than a second analysis of his data would need.",
    lead="What is compared.",
)
# A snapshot that came later than this after the end of the author's window is none of his time.
_OF_HIS_TIME = timedelta(days=92)


@topic(REPLICATION, REVISIONS)
def replication(tables: Tables, provenance: FigureProvenance) -> Content:
    """How our odds ratios stand to the published ones; on demonstration data, that the comparison means nothing.

    For: each published odds ratio of certification: the same side, inside our interval or not, and how far from ours.
    Not for: the later years, which no published window covers: see the force topic.
    """
    frame, demonstration = tables[REPLICATION], provenance.demonstration
    findings = [_nothing_compared()] if demonstration else [_replicated(row) for row in compared(frame)]
    table = Numbers(replication_table(frame, demonstration), "wide", "Refitted odds ratios beside the published ones")
    sentences = (FindingSentence(finding.key) for finding in findings)
    said = () if demonstration else (_WINDOW, Prose(archived_words(frame, tables[REVISIONS]), lead="His own data."))
    return Content(tuple(findings), (*sentences, *said, table))


def archived_words(frame: pd.DataFrame, revisions: pd.DataFrame) -> str:
    """Whether a snapshot of the author's time is archived here, on which his result could be tried."""
    windows = [row["window_end"] for row in plain_rows(frame) if row["published_odds_ratio"]]
    nights = [row["night"] for row in plain_rows(revisions) if row["change"] in ("first", "compared")]
    retrieved = sorted(date.fromisoformat(night) for night in nights if night != "all")
    if not windows or not retrieved:
        return "Whether a snapshot of his time is archived is not known here."
    end = max(windows)
    near = [day for day in retrieved if day <= end + _OF_HIS_TIME]
    if near:
        return (
            f"A snapshot of {wording.day(near[-1])} is archived, and his window ends on {wording.day(end)}. The "
            "numbers here are of today’s feed; they have not been refitted on that snapshot."  # noqa: RUF001
        )
    return (
        f"No snapshot of his time is archived: the first is of {wording.day(retrieved[0])}, and his window ends on "
        f"{wording.day(end)}. What he saw cannot be tried, only what the city prints of the same years now."
    )


def _nothing_compared() -> Finding:
    return Finding(
        key="replication",
        what="Replication of the published result",
        direction="note",
        words="means nothing on demonstration data",
        sentence=f"{NO_COMPARISON} The replication table only shows that the comparison runs.",
        unit="odds ratio",
    )


def compared(frame: pd.DataFrame) -> list[Row]:
    """Certification rows of `models/replication` that stand beside a published odds ratio, strictest variant only."""
    rows = [row for row in plain_rows(frame) if row["term"] == "cit_certified" and row["published_odds_ratio"]]
    return speaking(rows)


def _replicated(row: Row) -> Finding:
    years, outcome = wording.years(row["window_start"], row["window_end"]), wording.outcome_words(row["outcome"])
    known = estimated(row)
    return Finding(
        key=f"replication_{row['outcome']}_{row['window_start']}_{row['window_end']}",
        what=f"Replication of {outcome}, {years}",
        direction=direction_of(row["conf_low"], row["conf_high"], 1.0) if known else "cannot be estimated",
        words=_in_few_words(row) if known else f"cannot be estimated: {wording.reason(row)}",
        sentence=_sentence(row, years, outcome) if known else _not_refitted(row, years, outcome),
        unit="odds ratio",
        estimate=row["odds_ratio"] if known else None,
        low=row["conf_low"] if known else None,
        high=row["conf_high"] if known else None,
        sizes=sizes_of(row) if known else Sizes(),
        reference=wording.NOT_CERTIFIED,
        row=row_key(REPLICATION, row),
    )


def is_compared(row: Row) -> bool:
    """Whether both numbers have the same reference and stand beside each other."""
    return bool(row["same_reference"]) and row["published_inside"] is not None


def _in_few_words(row: Row) -> str:
    if not is_compared(row):
        return "not compared: another reference"
    side = "same side" if row["same_sign"] else "other side"
    return f"{side}, published value {'inside' if row['published_inside'] else 'outside'} our interval"


def _sentence(row: Row, years: str, outcome: str) -> str:
    limits = wording.interval(wording.ratio(row["conf_low"]), wording.ratio(row["conf_high"]))
    ours = (
        f"{wording.sentence_case(outcome)}, {years}: ours is {wording.ratio(row['odds_ratio'])} (95 % interval "
        f"{limits}; odds ratio, compared with {wording.NOT_CERTIFIED}; {n_words(sizes_of(row))})"
    )
    return f"{ours}; {_beside(row)}.{_remark(row)}"


def _beside(row: Row) -> str:
    published = f"the published {_published(row)}"
    if not is_compared(row):
        return f"{published} has another reference, so nothing is compared"
    place = "inside" if row["published_inside"] else "outside"
    sides = "on the same side of 1" if row["same_sign"] else "on the other side of 1"
    return f"{published} lies {place} that interval, {sides}{_apart(row)}"


def _apart(row: Row) -> str:
    if not estimated(row, "log_difference"):
        return ""
    ratio, low, high = (wording.ratio(math.exp(row[f"log_difference{end}"])) for end in ("", "_conf_low", "_conf_high"))
    return f"; ours is {ratio} times it ({wording.interval(low, high)})"


def _not_refitted(row: Row, years: str, outcome: str) -> str:
    return (
        f"The published odds ratio of certification for {outcome} is {_published(row)}; ours for {years} cannot be "
        f"estimated: {wording.reason(row)}."
    )


def _remark(row: Row) -> str:
    return f" Note: {row['note']}." if row["note"] else ""


def replication_table(frame: pd.DataFrame, demonstration: bool) -> HtmlTable:
    """Refitted odds ratios of certification beside the published ones; nothing is compared in a demonstration."""
    rows = tuple(
        (
            f"{wording.outcome_words(row['outcome'])}, {wording.years(row['window_start'], row['window_end'])}",
            wording.variant_words(row["variant"]),
            *odds_cells(row),
            _published(row),
            *((_DASH,) * 3 if demonstration or not is_compared(row) else _comparison_cells(row)),
        )
        for row in plain_rows(frame)
        if row["term"] == "cit_certified"
    )
    header = (
        *("Outcome, years", "How counted", *ODDS_HEADER, "Published"),
        *("Same side of 1", "In our interval", "Difference in log odds"),
    )
    return HtmlTable(f"Odds ratios of certification, {AGAINST}", header, rows, (2, 3, 4, 5, 6, 10))


def _comparison_cells(row: Row) -> tuple[str, str, str]:
    yes = {True: "yes", False: "no", None: _DASH}
    difference = _DASH
    if estimated(row, "log_difference"):
        value, low, high = (wording.two_digits(row[f"log_difference{end}"]) for end in ("", "_conf_low", "_conf_high"))
        difference = f"{value} ({wording.interval(low, high)})"
    return (yes[row["same_sign"]], yes[row["published_inside"]], difference)


def _published(row: Row) -> str:
    if row["published_odds_ratio"] is None:
        return "none"
    p = "" if row["published_p_value"] is None else f" ({wording.p_value(row['published_p_value'])})"
    return wording.ratio(row["published_odds_ratio"]) + p
