"""Adjusted risks per 1,000 contacts with and without certification, and their difference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cit_platform.publishing import wording
from cit_platform.publishing.figures.canvas import (
    CERTIFIED,
    ROW_LIFT,
    UNCERTIFIED,
    Canvas,
    Figure,
    Point,
    escaped,
    finished,
    key,
    pixel_axis,
    value_axis,
    wrapped,
)
from cit_platform.publishing.rows import Row, estimated, plain_rows
from cit_platform.publishing.stamp import Stamp

if TYPE_CHECKING:
    import pandas as pd

OUTCOMES = ("force", "arrest", "emergent_detention", "referral", "no_action")
QUANTITIES = (
    ("risk_certified", "every officer certified", CERTIFIED, "circle"),
    ("risk_not_certified", "no officer certified", UNCERTIFIED, "diamond"),
)
_HEADING, _ROW, _AXIS = 46, 38, 40


def ordered_risks(absolute_risk: pd.DataFrame) -> list[Row]:
    """Rows of `models/absolute_risk`, force first, then the dispositions from most to least grave."""
    rows = plain_rows(absolute_risk)
    known = {outcome: place for place, outcome in enumerate(OUTCOMES)}
    return sorted(rows, key=lambda row: (known.get(row["outcome"], len(known)), row["outcome"]))


def adjusted_risk(absolute_risk: pd.DataFrame, stamp: Stamp) -> Figure:
    """One panel per outcome: risk per 1,000 contacts with everyone and with no one certified.

    Each panel has its own scale from 0, as force is rare and dispositions are not.

    Args:
        absolute_risk: `models/absolute_risk`.
        stamp: Origin of the figure.
    """
    rows = ordered_risks(absolute_risk)
    canvas, axes = Canvas(), dict[str, Any]()
    heights = [_panel_height(row) for row in rows]
    total, top = float(sum(heights)), 0.0
    for number, (row, height) in enumerate(zip(rows, heights, strict=True), start=1):
        suffix = "" if number == 1 else str(number)
        bottom = top + height - (_AXIS if estimated(row, "risk_difference") else 0)
        domain = [1 - bottom / total, 1 - top / total]
        axes[f"yaxis{suffix}"] = pixel_axis(bottom - top) | {"domain": domain, "anchor": f"x{suffix}"}
        axes[f"xaxis{suffix}"] = _panel(canvas, row, suffix)
        top += height
    notes = [key(colour, "●◆"[index], words) for index, (_, words, colour, _) in enumerate(QUANTITIES)]
    notes += wrapped(f"{_sizes(rows)} Lines are 95 % intervals. Each panel has its own scale.")
    title = "Adjusted risk per 1,000 contacts"
    beside = {name: {"domain": [0.42, 1]} for name in axes if name.startswith("xaxis")}
    return finished(canvas, "adjusted_risk", stamp, title, notes, total, axes, wide={"axes": beside, "lift": ROW_LIFT})


def difference_words(row: Row) -> str:
    """The adjusted difference per 1,000 contacts with its interval, e.g. "-4.1 (-6.0 to -2.2)"."""
    value, low, high = (
        _signed(row[name]) for name in ("risk_difference", "risk_difference_conf_low", "risk_difference_conf_high")
    )
    return f"{value} ({wording.interval(low, high)})"


def _signed(probability: float) -> str:
    return ("+" if probability > 0 else "") + wording.per_thousand(probability)


def _panel_height(row: Row) -> int:
    return _HEADING + 2 * _ROW + _AXIS if estimated(row, "risk_difference") else _HEADING + 16 * len(_why(row)) + 10


def _why(row: Row) -> list[str]:
    return wrapped(f"Cannot be estimated: {wording.reason(row)}.")


def _panel(canvas: Canvas, row: Row, axis: str) -> dict[str, Any]:
    words = wording.sentence_case(wording.outcome_words(row["outcome"]))
    canvas.text(12, f"<b>{escaped(words)}</b>", size=13, yref=f"y{axis}")
    if not estimated(row, "risk_difference"):
        for position, line in enumerate(_why(row)):
            canvas.text(30 + 16 * position, f"<i>{line}</i>", size=11, yref=f"y{axis}")
        canvas.traces.append(_placeholder(axis))
        return {"visible": False, "fixedrange": True, "anchor": f"y{axis}", "range": [0, 1]}
    canvas.text(30, f"difference {difference_words(row)} per 1,000", size=11, yref=f"y{axis}")
    for position, (name, label, colour, symbol) in enumerate(QUANTITIES):
        y = _HEADING + position * _ROW
        point = _point(row, name, label, y + 9 + ROW_LIFT)
        canvas.row(y + 9, point.label, yref=f"y{axis}")
        canvas.intervals([point], colour, symbol, label, axis)
    largest = 1000 * max(row[f"{name}_conf_high"] for name, _, _, _ in QUANTITIES)
    return value_axis("", range=[0, largest * 1.05], anchor=f"y{axis}", nticks=6)


def _placeholder(axis: str) -> dict[str, Any]:
    """A trace without points: Plotly draws a panel's text only if the panel has a trace."""
    return {"type": "scatter", "x": [None], "y": [None], "xaxis": f"x{axis}", "yaxis": f"y{axis}", "hoverinfo": "skip"}


def _point(row: Row, name: str, label: str, y: float) -> Point:
    value, low, high = (row[column] for column in (name, f"{name}_conf_low", f"{name}_conf_high"))
    limits = wording.interval(wording.per_thousand(low), wording.per_thousand(high))
    printed = f"{escaped(label)}: {wording.per_thousand(value)} ({limits})"
    return Point(y, 1000 * value, 1000 * low, 1000 * high, printed)


def _sizes(rows: Sequence[Row]) -> str:
    sizes = {row["model"]: wording.count(row["n_contacts"]) for row in rows if row["n_contacts"] is not None}
    parts = [f"n = {size} contacts ({model} model)" for model, size in sorted(sizes.items(), reverse=True)]
    return "; ".join(parts) + "." if parts else ""
