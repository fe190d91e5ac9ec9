"""Bars of disposition by certification, as observed, with officer-clustered intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cit_platform.publishing import wording
from cit_platform.publishing.figures.canvas import (
    CERTIFIED,
    INK,
    UNCERTIFIED,
    Canvas,
    Figure,
    Point,
    error_bars,
    escaped,
    finished,
    key,
    value_axis,
    wrapped,
)
from cit_platform.publishing.rows import Row, estimated, plain_rows
from cit_platform.publishing.stamp import Stamp

if TYPE_CHECKING:
    import pandas as pd

GROUPS = ("arrest", "emergent_detention", "referral", "no_action", "other", "unmapped", "missing")
ARMS = ((1, "certified", CERTIFIED), (0, "not certified", UNCERTIFIED))
_HEADING, _BAR, _GAP = 26, 28, 12


def disposition_bars(shares: pd.DataFrame, stamp: Stamp) -> Figure:
    """Share of contacts by disposition, certified beside not certified, with 95 % intervals.

    Args:
        shares: `models/disposition_shares`.
        stamp: Origin of the figure.
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
        _trace(canvas, drawn[arm], words, colour)
    return _sheet(canvas, rows, stamp, y)


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


def _trace(canvas: Canvas, points: Sequence[Point], words: str, colour: str) -> None:
    if not points:
        return
    canvas.traces.append(
        {
            "type": "bar",
            "orientation": "h",
            "name": words,
            "x": [point.value for point in points],
            "y": [point.y for point in points],
            "width": 20,
            "text": [point.label for point in points],
            "textposition": "none",
            "hovertemplate": "%{text}<extra></extra>",
            "marker": {"color": colour},
            "error_x": error_bars(points, INK) | {"thickness": 1.5, "width": 4},
            "showlegend": False,
        }
    )


def _sheet(canvas: Canvas, rows: Sequence[Row], stamp: Stamp, height: float) -> Figure:
    largest = max([0.01, *(row["share_conf_high"] for row in rows if estimated(row, "share"))])
    # Room for the printed numbers at the right of the longest bar, on a phone too.
    axis = value_axis("share of contacts", range=[0, largest * 1.9], tickformat=".0%", nticks=5)
    notes = [key(colour, "■", f"{words}: {_size(rows, arm)}") for arm, words, colour in ARMS]
    notes += wrapped("As observed, not adjusted. Lines: 95 % intervals, clustered by officer.")
    title = "Disposition by certification"
    axes = {"xaxis": axis, "barmode": "overlay"}
    wide = {"axes": {"xaxis": {"domain": [0, 0.78], "range": [0, largest * 1.05]}}}
    return finished(canvas, "disposition_bars", stamp, title, notes, height, axes, 48, wide)


def _size(rows: Sequence[Row], arm: int) -> str:
    row = next((row for row in rows if row["cit_certified"] == arm), None)
    if row is None:
        return "no contacts"
    return f"n = {wording.count(row['n_contacts'])} contacts, {wording.count(row['n_officers'])} officers"
