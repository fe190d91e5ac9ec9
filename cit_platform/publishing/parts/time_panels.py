"""Small multiples over time: panels under one another on one axis of years, the dated breaks drawn across all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from cit_platform.codebook import codebook_files, codebook_rows
from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.canvas import (
    GRID,
    RULE,
    Canvas,
    Figure,
    escaped,
    figure_of,
    value_axis,
    wrapped,
)
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.settings import chosen_agency

_LETTERS, _TITLE, _PLOT, _GAP, _AXIS = 18, 20, 76, 14, 28
_SIZE, _MOST_YEARS = 5, 7


@dataclass(frozen=True)
class Moment:
    """A value at a place on the axis of years, with its limits (None for a count) and what the pointer reads there."""

    at: float
    value: float
    low: float | None
    high: float | None
    complete: bool
    label: str


@dataclass(frozen=True)
class Series:
    """What one colour shows over time."""

    words: str
    colour: str
    moments: tuple[Moment, ...]


@dataclass(frozen=True)
class Panel:
    """One panel: its title, its series, and the end of its scale, which begins at 0, as a value and in words."""

    title: str
    series: tuple[Series, ...]
    top: float
    top_words: str


def year_of(day: date, months: float = 0.0) -> float:
    """A day on the axis of years, some months later."""
    return day.year + (day.month - 1 + (day.day - 1) / 31 + months) / 12


def round_top(largest: float) -> float:
    """The next round value, to end a scale on."""
    if largest <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(largest))
    return next(step * power for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if step * power >= largest * (1 - 1e-9))


def time_panels(
    panels: Sequence[Panel], chart: str, provenance: FigureProvenance, title: str, notes: Sequence[str]
) -> Figure:
    """The panels as one figure; a hollow mark is of a time that is still filling up.

    Args:
        panels: at least one with a moment, else the figure says that nothing is known.
        chart: name of the chart.
        provenance: origin of the figure.
        title: what is shown.
        notes: lines under the title, escaped; the dated breaks are added.
    """
    canvas, y = Canvas(), float(_LETTERS)
    times = [moment.at for panel in panels for series in panel.series for moment in series.moments]
    for panel in panels:
        _panel(canvas, panel, y)
        y += _TITLE + _PLOT + _GAP
    if not times:
        canvas.text(_LETTERS + _TITLE, "<i>No month has contacts of enough officers.</i>", size=11)
        return figure_of(canvas, chart, provenance, title, notes, y, {"xaxis": {"visible": False}})
    first, last = min(times), max(times)
    marked = [(letter, at, words) for letter, at, words in _breaks() if first < at < last]
    for letter, at, _ in marked:
        line = {"type": "line", "x0": at, "x1": at, "xref": "x", "y0": 0, "y1": 1, "yref": "paper", "layer": "below"}
        canvas.shapes.append(line | {"line": {"color": RULE, "width": 1, "dash": "dot"}})
        canvas.text(8, letter, x=at, xref="x", xanchor="center", size=11)
    said = [line for letter, _, words in marked for line in wrapped(f"{letter}: {words}.")]
    return figure_of(canvas, chart, provenance, title, [*notes, *said], y, {"xaxis": _years(first, last)}, _AXIS)


def _panel(canvas: Canvas, panel: Panel, y: float) -> None:
    canvas.text(y + 10, f"<b>{escaped(panel.title)}</b>", size=12)
    canvas.text(y + 10, escaped(panel.top_words), size=11, x=1, xanchor="right", align="right")
    top, bottom = y + _TITLE, y + _TITLE + _PLOT
    for level, colour in ((top, GRID), ((top + bottom) / 2, GRID), (bottom, RULE)):
        line = {"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": level, "y1": level, "yref": "y"}
        canvas.shapes.append(line | {"line": {"color": colour, "width": 1}, "layer": "below"})
    for series in panel.series:
        for complete, symbol in ((True, "circle"), (False, "circle-open")):
            chosen = [moment for moment in series.moments if moment.complete == complete]
            if chosen:
                canvas.traces.append(_trace(series, chosen, symbol, bottom, panel.top))


def _trace(series: Series, moments: Sequence[Moment], symbol: str, bottom: float, top: float) -> dict[str, Any]:
    # A tenth of a pixel and a third of a day: what the eye tells apart, in a figure of a thousand numbers.
    def down(value: float) -> float:
        return round(bottom - min(value, top) * _PLOT / top, 1)

    spread = [
        (moment.value if moment.low is None else moment.low, moment.value if moment.high is None else moment.high)
        for moment in moments
    ]
    places = [down(moment.value) for moment in moments]
    bars = {
        # The axis counts pixels downwards, so the lower limit is the larger number.
        "array": [round(down(low) - y, 1) for (low, _), y in zip(spread, places, strict=True)],
        "arrayminus": [round(y - down(high), 1) for (_, high), y in zip(spread, places, strict=True)],
    }
    fixed = {"type": "data", "symmetric": False, "color": series.colour, "thickness": 1, "width": 0}
    return {
        "type": "scatter",
        "mode": "markers",
        "name": series.words,
        "x": [round(moment.at, 3) for moment in moments],
        "y": places,
        "xaxis": "x",
        "yaxis": "y",
        "text": [moment.label for moment in moments],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {"color": series.colour, "symbol": symbol, "size": _SIZE},
        "showlegend": False,
        **({"error_y": fixed | bars} if moments[0].low is not None else {}),
    }


def _years(first: float, last: float) -> dict[str, Any]:
    every = 1 if last - first <= _MOST_YEARS else 2
    years = [year for year in range(math.ceil(first), math.floor(last) + 1) if year % every == 0]
    span = {"range": [first - 0.2, last + 0.2], "tickvals": years, "ticktext": [str(year) for year in years]}
    return value_axis("", showgrid=False, **span)


def _breaks() -> list[tuple[str, float, str]]:
    """Letter, place and words of each dated period of the codebook but the first."""
    rows = codebook_rows(codebook_files(chosen_agency())["periods"])[1:]
    days = [date.fromisoformat(row["start"]) for row in rows]
    return [
        (chr(ord("a") + number), year_of(day), f"{wording.day(day)}, {wording.level_words('period', row['period'])}")
        for number, (row, day) in enumerate(zip(rows, days, strict=True))
    ]
