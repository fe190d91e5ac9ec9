"""Does the published result hold? The refitted odds ratios beside the published ones, in words and as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.finding import (
    NO_COMPARISON,
    Finding,
    Sizes,
    direction_of,
    n_words,
    power_beside_null,
    ratio_and_interval,
    row_key,
    sizes_of,
)
from cit_platform.publishing.parts.html_table import AGAINST, ODDS_HEADER, HtmlTable, odds_cells
from cit_platform.publishing.parts.rows import Row, estimated, plain_rows, speaking
from cit_platform.publishing.parts.topic import Content, Numbers, Prose, Tables, topic

if TYPE_CHECKING:
    import pandas as pd

REPLICATION = "models/replication"
_RULE = Prose(
    "The table holds the refitted odds ratios beside the published ones. “Holds” means: the same direction, and an "
    "officer-clustered interval that excludes 1."
)
_MEANINGLESS = Prose("The table only shows that the comparison runs.", lead=NO_COMPARISON)


@topic(REPLICATION)
def replication(tables: Tables, provenance: FigureProvenance) -> Content:
    """Whether the published odds ratios hold; on demonstration data, that the comparison means nothing.

    For: one answer for each published odds ratio of certification, by the officer-clustered interval.
    Not for: the later years, which no published window covers: see the force topic.
    """
    frame = tables[REPLICATION]
    return Content(
        findings=tuple(replicated(frame, provenance.demonstration)),
        blocks=(_MEANINGLESS if provenance.demonstration else _RULE, Numbers(replication_table(frame), "wide")),
    )


def replicated(frame: pd.DataFrame, demonstration: bool) -> list[Finding]:
    """Whether the published odds ratios hold; on demonstration data, that the comparison means nothing."""
    if not demonstration:
        return [_replicated(row) for row in compared(frame)]
    what = "Replication of the published result"
    return [
        Finding(
            key="replication",
            what=what,
            direction="note",
            words="means nothing on demonstration data",
            sentence=f"{NO_COMPARISON} The replication table only shows that the comparison runs.",
            unit="odds ratio",
        )
    ]


def compared(frame: pd.DataFrame) -> list[Row]:
    """Certification rows of `models/replication` that stand beside a published odds ratio, strictest variant only."""
    rows = [row for row in plain_rows(frame) if row["term"] == "cit_certified" and row["published_odds_ratio"]]
    return speaking(rows)


def _replicated(row: Row) -> Finding:
    years, outcome = wording.years(row["window_start"], row["window_end"]), wording.outcome_words(row["outcome"])
    what = f"Replication of {outcome}, {years}"
    judged = estimated(row) and row["holds"] is not None
    return Finding(
        key=f"replication_{row['outcome']}_{row['window_start']}_{row['window_end']}",
        what=what,
        direction=direction_of(row["conf_low"], row["conf_high"], 1.0) if judged else "cannot be estimated",
        words=_judgement(row) if judged else f"cannot be estimated: {wording.reason(row)}",
        sentence=_sentence(row, years, outcome) if judged else _not_judged(row, years, outcome),
        unit="odds ratio",
        estimate=row["odds_ratio"] if judged else None,
        low=row["conf_low"] if judged else None,
        high=row["conf_high"] if judged else None,
        sizes=sizes_of(row) if judged else Sizes(),
        reference=wording.NOT_CERTIFIED,
        row=row_key(REPLICATION, row),
    )


def _judgement(row: Row) -> str:
    return "holds" if row["holds"] else "does not hold"


def _sentence(row: Row, years: str, outcome: str) -> str:
    rule = "same direction and an officer-clustered interval that excludes 1"
    direction = direction_of(row["conf_low"], row["conf_high"], 1.0)
    power = power_beside_null(direction, wording.power_of_ratio("odds_ratio", row["smallest_detectable"]))
    return (
        f"{_as_published(row, outcome)}. Refitted for {years}, compared with {wording.NOT_CERTIFIED}, it is "
        f"{ratio_and_interval(row)}, {n_words(sizes_of(row))}: it {_judgement(row)} "
        f"(holding means: {rule}).{power}{_remark(row)}"
    )


def _not_judged(row: Row, years: str, outcome: str) -> str:
    return f"{_as_published(row, outcome)}; whether it holds in {years} cannot be estimated: {wording.reason(row)}."


def _as_published(row: Row, outcome: str) -> str:
    p = "" if row["published_p_value"] is None else f" ({wording.p_value(row['published_p_value'])})"
    return f"The published odds ratio of certification for {outcome} is {wording.ratio(row['published_odds_ratio'])}{p}"


def _remark(row: Row) -> str:
    return f" Note: {row['note']}." if row["note"] else ""


def replication_table(frame: pd.DataFrame) -> HtmlTable:
    """Refitted odds ratios of certification beside the published ones."""
    holds = {True: "yes", False: "no", None: "not judged"}
    rows = tuple(
        (
            f"{wording.outcome_words(row['outcome'])}, {wording.years(row['window_start'], row['window_end'])}",
            wording.variant_words(row["variant"]),
            *odds_cells(row),
            _published(row),
            holds[row["holds"]],
        )
        for row in plain_rows(frame)
        if row["term"] == "cit_certified"
    )
    header = ("Outcome, years", "How counted", *ODDS_HEADER, "Published", "Holds")
    return HtmlTable(f"Odds ratios of certification, {AGAINST}", header, rows, (2, 3, 4, 5, 6))


def _published(row: Row) -> str:
    if row["published_odds_ratio"] is None:
        return "none"
    p = "" if row["published_p_value"] is None else f" ({wording.p_value(row['published_p_value'])})"
    return wording.ratio(row["published_odds_ratio"]) + p
