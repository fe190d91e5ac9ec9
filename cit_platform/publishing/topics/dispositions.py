"""What happens in the end? The shares as observed as bars, and odds ratios of each disposition in a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.canvas import (
    CERTIFIED,
    INK,
    UNCERTIFIED,
    Canvas,
    Figure,
    Point,
    error_bars,
    escaped,
    figure_of,
    key,
    value_axis,
    wrapped,
)
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.html_table import AGAINST, ODDS_HEADER, HtmlTable, limits, odds_cells
from cit_platform.publishing.parts.rows import Row, certification, estimated, fits, plain_rows
from cit_platform.publishing.parts.topic import Chart, Content, Heading, Numbers, Prose, Tables, topic

if TYPE_CHECKING:
    import pandas as pd

GROUPS = ("arrest", "emergent_detention", "referral", "no_action", "other", "unmapped", "missing")
ARMS = ((1, "certified", CERTIFIED), (0, "not certified", UNCERTIFIED))
SHARES, ESTIMATES = "models/disposition_shares", "models/estimates"
DISPOSITIONS = ("arrest", "emergent_detention", "referral")
_CAPTION = (
    "The highest disposition of each contact, as observed: nothing is adjusted here, so differences in the calls "
    "that certified officers answer are part of what you see."
)
_ALTERNATIVE = "Shares of contacts by disposition and certification, with 95 % intervals."
_OF_WHICH = (
    "These compare contacts that ended in arrest, emergent detention or referral with contacts that ended in no "
    "action; contacts with another disposition, or none, are not among them. A contact with several counts under the "
    "gravest; that any of them counts is tried under “Other ways to ask”. The differences in contacts stand under "
    "“What officers do instead”."
)
_HEADING, _BAR, _GAP = 26, 28, 12


@topic(SHARES, ESTIMATES, chart="disposition_bars")
def dispositions(tables: Tables, provenance: FigureProvenance) -> Content:
    """How contacts end, by certification: shares as observed, and odds ratios of each disposition against no action.

    For: a first look at the dispositions, and what stays once call, precinct and time are held constant.
    Not for: comparing officers on equal calls by the bars; nothing is adjusted there.
    """
    shares, estimates = tables[SHARES], tables[ESTIMATES]
    chart = Chart(disposition_bars(shares, provenance), _CAPTION, _ALTERNATIVE, shares_table(shares))
    return Content(
        blocks=(
            Heading("Dispositions as observed"),
            chart,
            Heading("Dispositions adjusted for call, precinct and time"),
            Prose(_OF_WHICH),
            Numbers(odds_table(estimates), "wide"),
        ),
    )


def disposition_bars(shares: pd.DataFrame, provenance: FigureProvenance) -> Figure:
    """Share of contacts by disposition, certified beside not certified, with 95 % intervals.

    Args:
        shares: `models/disposition_shares`.
        provenance: Origin of the figure.
    """
    rows = plain_rows(shares)
    by_cell = {(row["disposition_group"], row["cit_certified"]): row for row in rows}
    groups = [group for group in GROUPS if any(row["disposition_group"] == group for row in rows)]
    canvas, y = Canvas(), 4.0
    drawn: dict[int, list[Point]] = {arm: [] for arm, _, _ in ARMS}
    for group in groups:
        canvas.text(y + 14, f"<b>{escaped(wording.sentence_case(wording.outcome_words(group)))}</b>", size=13)
        y += _HEADING
        for arm, words, _ in ARMS:
            _bar(canvas, by_cell.get((group, arm)), words, y, drawn[arm])
            y += _BAR
        y += _GAP
    for arm, words, colour in ARMS:
        points = drawn[arm]
        if points:
            bars = [(point.y, point.value, point.label) for point in points]
            canvas.bars(bars, colour, words, 20, error_x=error_bars(points, INK) | {"thickness": 1.5, "width": 4})
    return _sheet(canvas, rows, provenance, y)


def _bar(canvas: Canvas, row: Row | None, words: str, y: float, points: list[Point]) -> None:
    if row is None or not estimated(row, "share"):
        why = "no contacts" if row is None or not row["n_events"] else "too few contacts for an interval"
        canvas.text(y + 12, f"<i>{escaped(words)}: {wording.NO_NUMBER}, {why}</i>", size=11)
        return
    limits = wording.interval(wording.percent(row["share_conf_low"]), wording.percent(row["share_conf_high"]))
    printed = f"{wording.percent(row['share'])} ({limits})"
    canvas.text(y + 12, printed, size=11, x=1, xanchor="right", align="right")
    counts = f"{wording.count(row['n_events'])} of {wording.count(row['n_contacts'])} contacts"
    hover = f"{escaped(words)}: {printed}<br>{counts}"
    points.append(Point(y + 12, row["share"], row["share_conf_low"], row["share_conf_high"], hover))


def _sheet(canvas: Canvas, rows: Sequence[Row], provenance: FigureProvenance, height: float) -> Figure:
    largest = max([0.01, *(row["share_conf_high"] for row in rows if estimated(row, "share"))])
    # Room for the printed numbers at the right of the longest bar, on a phone too.
    axis = value_axis("share of contacts", range=[0, largest * 1.9], tickformat=".0%", nticks=5)
    notes = [key(colour, "■", f"{words}: {_size(rows, arm)}") for arm, words, colour in ARMS]
    notes += wrapped("As observed, not adjusted. Lines: 95 % intervals, clustered by officer.")
    title = "Disposition by certification"
    axes = {"xaxis": axis, "barmode": "overlay"}
    wide = {"axes": {"xaxis": {"domain": [0, 0.78], "range": [0, largest * 1.05]}}}
    return figure_of(canvas, "disposition_bars", provenance, title, notes, height, axes, 48, wide)


def _size(rows: Sequence[Row], arm: int) -> str:
    row = next((row for row in rows if row["cit_certified"] == arm), None)
    if row is None:
        return "no contacts"
    return f"n = {wording.count(row['n_contacts'])} contacts, {wording.count(row['n_officers'])} officers"


def shares_table(shares: pd.DataFrame) -> HtmlTable:
    """Every number of the disposition bars."""
    rows: list[tuple[str, ...]] = []
    for row in plain_rows(shares):
        known = estimated(row, "share")
        interval = limits(row, "share", wording.percent) if known else "too few contacts for an interval"
        rows.append(
            (
                wording.sentence_case(wording.outcome_words(row["disposition_group"])),
                "certified" if row["cit_certified"] else "not certified",
                wording.percent(row["share"]) if known else wording.NO_NUMBER,
                interval,
                wording.count(row["n_events"]),
                wording.count(row["n_contacts"]),
            )
        )
    header = ("Disposition", "Reporting officer", "Share", "95 % interval", "Contacts with it", "of contacts")
    return HtmlTable("Share of contacts by disposition", header, tuple(rows), (2, 3, 4, 5))


def odds_table(estimates: pd.DataFrame) -> HtmlTable:
    """Odds ratios of certification for each disposition against no action, as counted here and as published."""
    rows: list[tuple[str, ...]] = []
    for variant, listed in fits(estimates, "disposition", ("headline", "published")).items():
        found = [row for outcome in DISPOSITIONS if (row := certification(listed, outcome)) is not None]
        rows += [
            (
                wording.sentence_case(wording.outcome_words(row["outcome"])),
                wording.variant_words(variant),
                *odds_cells(row),
            )
            for row in found
        ]
    header = ("Disposition", "How counted", *ODDS_HEADER)
    caption = f"Odds ratios of certification for each disposition rather than no action, {AGAINST}"
    return HtmlTable(caption, header, tuple(rows), (2, 3, 4, 5, 6))
