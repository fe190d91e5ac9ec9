"""The ladder: the association of certification with force, asked ever more strictly, on a log scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cit_platform.publishing import wording
from cit_platform.publishing.figures.canvas import (
    BLUE,
    ORANGE,
    Canvas,
    Figure,
    Point,
    escaped,
    finished,
    key,
    log_axis,
    wrapped,
)
from cit_platform.publishing.rows import Row, estimated, plain_rows
from cit_platform.publishing.stamp import Stamp

if TYPE_CHECKING:
    import pandas as pd

MEASURES = {"odds_ratio": (ORANGE, "diamond", "◆"), "risk_ratio": (BLUE, "circle", "●")}
# The sizes stand between the text of a row and, on a phone, its interval.
_SIZES, _LIFT, _ROW = 15, 32, 48


def ordered_steps(ladder: pd.DataFrame) -> list[Row]:
    """Rows of `models/ladder` from the published way to the strictest."""
    return sorted(plain_rows(ladder), key=lambda row: (row["step"], row["variant"]))


def step_label(row: Row) -> str:
    """Number of a step and what it changes."""
    return f"{row['step']}. {wording.ladder_words(row['variant'])}"


def step_sizes(row: Row) -> str:
    """What entered a step: rows of its unit, those with force, and officers."""
    rows, events, officers = (wording.count(row[name]) for name in ("n_rows", "n_events", "n_officers"))
    return f"n = {rows} {row['unit']}s, {events} with force, {officers} officers"


def force_ladder(ladder: pd.DataFrame, stamp: Stamp) -> Figure:
    """Ratio and 95 % interval of each step, with what entered it; what cannot be estimated says why.

    Args:
        ladder: `models/ladder`.
        stamp: Origin of the figure.
    """
    canvas, y = Canvas(), 6.0
    rows = ordered_steps(ladder)
    points: dict[str, list[Point]] = {measure: [] for measure in MEASURES}
    if not rows:
        canvas.text(y + 10, "Cannot be estimated: no step was fitted.")
        y += _ROW
    for row in rows:
        y = canvas.label(y + 9, step_label(row))
        canvas.row(y + _SIZES, escaped(step_sizes(row)), size=11)
        if estimated(row, "ratio"):
            points[row["measure"]].append(_point(canvas, row, y))
            y += _ROW
        else:
            canvas.right(y, wording.NO_NUMBER)
            y = canvas.reason(y + _SIZES, wording.sentence_case(wording.reason(row)) + ".")
    for measure, (colour, symbol, _) in MEASURES.items():
        canvas.intervals(points[measure], colour, symbol, f"{wording.measure_words(measure)} with 95 % interval")
    return _sheet(canvas, [row for row in rows if estimated(row, "ratio")], stamp, y)


def _point(canvas: Canvas, row: Row, y: float) -> Point:
    limits = wording.interval(wording.ratio(row["conf_low"]), wording.ratio(row["conf_high"]))
    printed = f"{wording.ratio(row['ratio'])} ({limits})"
    canvas.right(y, printed)
    hover = f"{escaped(step_label(row))}<br>{wording.measure_words(row['measure'])} {printed}<br>{step_sizes(row)}"
    return Point(y + _LIFT, row["ratio"], row["conf_low"], row["conf_high"], hover)


def _sheet(canvas: Canvas, known: Sequence[Row], stamp: Stamp, height: float) -> Figure:
    low, high = min([0.8, *(row["conf_low"] for row in known)]), max([1.25, *(row["conf_high"] for row in known)])
    axis = log_axis("ratio, log scale", low, high)
    canvas.no_difference()
    notes = [
        "   ".join(key(colour, mark, wording.measure_words(name)) for name, (colour, _, mark) in MEASURES.items()),
        *wrapped(
            f"Compared with {wording.NOT_CERTIFIED}. A risk ratio is not an odds ratio; for rare force they are close."
        ),
        *wrapped("Lines are 95 % intervals. Dotted line: no difference (1)."),
    ]
    wide = {"axes": {"xaxis": {"domain": [0.42, 0.78]}}, "lift": _LIFT}
    title = "Force and certification, asked ever more strictly"
    return finished(canvas, "ladder", stamp, title, notes, height, {"xaxis": axis}, 48, wide)
