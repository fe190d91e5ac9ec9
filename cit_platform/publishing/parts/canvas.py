"""The sheet every chart is drawn on: head, pixel rows, colours, and text that fits a phone."""

from __future__ import annotations

import html
import math
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cit_platform.publishing.parts.figure_provenance import FigureProvenance

Figure = dict[str, Any]

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
# Blue and orange stay apart for every common colour blindness and on light and dark paper alike.
BLUE, ORANGE, GREY = "#3a86c8", "#c8701a", "#808080"
GRID, RULE, WASH = "rgba(128,128,128,0.22)", "rgba(128,128,128,0.85)", "rgba(58,134,200,0.12)"
# Legible on white and on black for those who embed the JSON; the page sets its own ink.
INK = "#737373"
CERTIFIED, UNCERTIFIED = BLUE, ORANGE

# On a phone the text of a row stands this many pixels above its interval.
ROW_LIFT = 16

# What is written at the left of numbers, so narrow that a phone has room for both. Where a wide page has room for all
# of it on its last line, that carries it as its hover text, and the lines above are named as early.
_LABEL_WIDTH, _LABEL_LINE, _WIDE_LABEL = 24, 15, 36
EARLY_LINE = "row-early"
_TITLE_WIDTH, _NOTE_WIDTH = 38, 48
_TITLE_LINE, _NOTE_LINE = 21, 15
# Names the texts of the head, and a line of its key; see `key` and `without_head`.
_HEAD = "head"
_KEY = re.compile(r'<span style="color:([^"]+)">([^<]+)</span> ((?:(?!\s*<span).)*)')
# From fine to coarse; the coarsest end where the widest axis ends.
_TICKS = (
    (0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.4, 1.6, 1.8, 2),
    (0.25, 0.35, 0.5, 0.7, 1, 1.4, 2, 3, 4),
    (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50),
)
_MOST_TICKS, _BARE = 7, 1.2
_BARE_TOP, _MOST_MARKS = 8, 16


def escaped(text: str) -> str:
    """Text of the source made harmless for Plotly, which reads a few HTML tags."""
    return html.escape(text, quote=False)


def wrapped(text: str, width: int = _NOTE_WIDTH) -> list[str]:
    """Lines of at most `width` characters, escaped: Plotly does not break lines itself."""
    return [escaped(line) for line in textwrap.wrap(text, width)] or [""]


def key(colour: str, symbol: str, words: str) -> str:
    """One line of a legend: a coloured symbol and what it means."""
    return f'<span style="color:{colour}">{symbol}</span> {escaped(words)}'


@dataclass
class Canvas:
    """A chart under construction: rows are placed by pixels from the top of the plot."""

    traces: list[dict[str, Any]] = field(default_factory=list)
    annotations: list[dict[str, Any]] = field(default_factory=list)
    shapes: list[dict[str, Any]] = field(default_factory=list)

    def text(self, y: float, words: str, **style: Any) -> None:
        """Write `words` (already escaped) with its middle `y` pixels from the top; at the left unless styled."""
        size = style.pop("size", 12)
        placed = {"x": 0, "xref": "paper", "xanchor": "left", "y": y, "yref": "y", "yanchor": "middle"}
        fixed = {"text": words, "showarrow": False, "align": "left", "font": {"size": size}}
        self.annotations.append(placed | fixed | style)

    def row(self, y: float, words: str, **style: Any) -> None:
        """Write the text of a row, whose points are drawn `ROW_LIFT` pixels below it."""
        self.text(y, words, name="row", **style)

    def label(self, y: float, words: str) -> float:
        """Write what stands beside numbers from `y` down; give the middle of its last line."""
        *early, last = wrapped(words, _LABEL_WIDTH)
        whole = {"hovertext": escaped(words)} if early and len(words) <= _WIDE_LABEL else {}
        for line in early:
            self.text(y, line, name=EARLY_LINE if whole else "row")
            y += _LABEL_LINE
        self.row(y, last, **whole)
        return y

    def numbers_of_row(self, y: float, words: str, **style: Any) -> None:
        """Write the numbers of a row at the right edge."""
        self.text(y, words, x=1, xanchor="right", align="right", name="row", **style)

    def reason_under_row(self, y: float, why: str) -> float:
        """Write under a row why it has no number; give the place of the next row."""
        lines = wrapped(why)
        for position, line in enumerate(lines, start=1):
            self.row(y + position * _LABEL_LINE, f"<i>{line}</i>", size=11)
        return y + (len(lines) + 1) * _LABEL_LINE

    def intervals(self, points: Sequence[Point], colour: str, symbol: str, name: str, axis: str = "") -> None:
        """Draw estimates with their 95 % intervals."""
        if not points:
            return
        self.traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": name,
                "x": [point.value for point in points],
                "y": [point.y for point in points],
                "xaxis": f"x{axis}",
                "yaxis": f"y{axis}",
                "text": [point.label for point in points],
                "hovertemplate": "%{text}<extra></extra>",
                "marker": {"color": colour, "symbol": symbol, "size": 10},
                "error_x": error_bars(points, colour),
                "showlegend": False,
            }
        )

    def no_point(self) -> None:
        """Draw a trace without points: Plotly draws no text where there is none."""
        self.traces.append({"type": "scatter", "x": [None], "y": [None], "hoverinfo": "skip", "showlegend": False})

    def bars(self, bars: Sequence[tuple[float, float, str]], colour: str, name: str, width: int, **more: Any) -> None:
        """Draw horizontal bars, each at pixels from the top, of a length, with what the pointer reads there."""
        self.traces.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": name,
                "x": [length for _, length, _ in bars],
                "y": [y for y, _, _ in bars],
                "width": width,
                "text": [label for _, _, label in bars],
                "textposition": "none",
                "hovertemplate": "%{text}<extra></extra>",
                "marker": {"color": colour},
                "showlegend": False,
                **more,
            }
        )

    def no_difference(self, at: float = 1) -> None:
        """Draw the dotted line at a ratio of 1, or at a difference of 0."""
        line = {"type": "line", "x0": at, "x1": at, "xref": "x", "y0": 0, "y1": 1, "yref": "paper"}
        self.shapes.append(line | {"line": {"color": RULE, "width": 1, "dash": "dot"}, "layer": "below"})


@dataclass(frozen=True)
class Point:
    """An estimate with its limits, at `y` pixels from the top, and what the pointer reads there."""

    y: float
    value: float
    low: float
    high: float
    label: str


def error_bars(points: Sequence[Point], colour: str) -> dict[str, Any]:
    """Asymmetric intervals as Plotly wants them: distances from the value."""
    return {
        "type": "data",
        "symmetric": False,
        "array": [point.high - point.value for point in points],
        "arrayminus": [point.value - point.low for point in points],
        "color": colour,
        "thickness": 2,
        "width": 5,
    }


def figure_of(
    canvas: Canvas,
    chart: str,
    provenance: FigureProvenance,
    title: str,
    notes: Sequence[str],
    height: float,
    axes: dict[str, Any],
    bottom: float = 12,
    wide: dict[str, Any] | None = None,
) -> Figure:
    """The figure as plain JSON, every float to 10 significant digits.

    Args:
        canvas: What was drawn.
        chart: Name of the chart; it names the element on the page.
        provenance: Snapshot and demonstration flag, kept in `layout.meta`.
        title: What is shown.
        notes: Lines under the title, escaped and short enough for a phone.
        height: Pixels of the plot itself.
        axes: Plotly axes; `yaxis` is added unless given.
        bottom: Pixels under the plot.
        wide: What changes on a wide page, where the text of a row stands beside the plot: `axes` to merge in, and
            `lift`, the pixels by which the points rise to their text.
    """
    lines = [f"<b>{line}</b>" for line in wrapped(title, _TITLE_WIDTH)]
    small = (wrapped(provenance.banner) if provenance.banner else []) + list(notes)
    below = len(small) * _NOTE_LINE + 10
    top = len(lines) * _TITLE_LINE + below + 6
    header = {"x": 0, "xref": "paper", "xanchor": "left", "y": 1, "yref": "paper", "align": "left", "showarrow": False}
    header |= {"yanchor": "bottom", "name": _HEAD}
    canvas.annotations.append(header | {"text": "<br>".join(lines), "font": {"size": 15}, "yshift": below})
    canvas.annotations.append(header | {"text": "<br>".join(small), "font": {"size": 11}, "yshift": 6})
    layout = {
        "meta": {
            "chart": chart,
            "title": title,
            "snapshot": provenance.snapshot,
            "demonstration": provenance.demonstration,
            "key": _key_of(notes),
            "notes": _notes_of(notes),
            "wide": wide or {},
        },
        "font": {"family": FONT, "size": 12, "color": INK},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "height": top + height + bottom,
        "autosize": True,
        "margin": {"l": 8, "r": 8, "t": top, "b": bottom, "pad": 0},
        "showlegend": False,
        "dragmode": False,
        "hoverlabel": {"align": "left"},
        "annotations": canvas.annotations,
        "shapes": canvas.shapes,
    }
    figure = {"data": canvas.traces, "layout": layout | {"yaxis": pixel_axis(height)} | axes}
    rounded: Figure = _ten_digits(figure)
    return rounded


def with_source(figure: Mapping[str, Any], words: str) -> Figure:
    """The figure for those who read it away from the page: where it comes from is written under the plot."""
    layout, lines = figure["layout"], wrapped(words)
    margin, room = layout["margin"], len(lines) * _NOTE_LINE + 10
    placed = {"x": 0, "xref": "paper", "xanchor": "left", "y": 0, "yref": "paper", "yanchor": "top", "name": _HEAD}
    fixed = {"showarrow": False, "align": "left", "font": {"size": 11}, "yshift": -margin["b"]}
    foot = placed | fixed | {"text": "<br>".join(lines)}
    sheet = {"height": layout["height"] + room, "margin": margin | {"b": margin["b"] + room}}
    return {"data": figure["data"], "layout": layout | sheet | {"annotations": [*layout["annotations"], foot]}}


def without_head(figure: Figure) -> Figure:
    """The plot alone, for a page that prints title, key and notes (`layout.meta`) around it."""
    layout = figure["layout"]
    margin = layout["margin"]
    plot = {
        "annotations": [text for text in layout["annotations"] if text.get("name") != _HEAD],
        "margin": margin | {"t": _BARE_TOP},
        "height": layout["height"] - margin["t"] + _BARE_TOP,
    }
    return {"data": figure["data"], "layout": layout | plot}


def without_repeats(figure: Mapping[str, Any]) -> Figure:
    """The figure with what most of its texts, or of its shapes, have alike stated once, in `layout.meta.alike`."""
    layout = figure["layout"]
    alike = {name: _alike(layout[name]) for name in ("annotations", "shapes")}
    short = {name: [_without(same, part) for part in layout[name]] for name, same in alike.items()}
    return {"data": figure["data"], "layout": layout | short | {"meta": layout["meta"] | {"alike": alike}}}


def _alike(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Of the properties that all parts have, the value of most."""
    common = [name for name in (parts[0] if parts else ()) if all(name in part for part in parts)]
    values = {name: [part[name] for part in parts] for name in common}
    return {name: max(found, key=found.count) for name, found in values.items()}


def _without(same: Mapping[str, Any], part: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if name not in same or same[name] != value}


def mark_words(figure: Mapping[str, Any]) -> str:
    """What the marks of a figure say from top to bottom, for those who hear it; the first ones if there are many."""
    labels = [
        (trace.get("yaxis", "y"), place, label)
        for trace in figure["data"]
        for place, label in zip(trace["y"], trace.get("text") or (), strict=False)
    ]
    said = [html.unescape(label.replace("<br>", ", ")) for _, _, label in sorted(labels, key=_from_the_top)]
    more = f"; and {len(said) - _MOST_MARKS} more" if len(said) > _MOST_MARKS else ""
    return f"{'; '.join(said[:_MOST_MARKS])}{more}." if said else ""


def _from_the_top(label: tuple[str, float, str]) -> tuple[int, float]:
    axis, place, _ = label
    return (int(axis[1:] or 1), place)


def _key_of(notes: Sequence[str]) -> list[list[str]]:
    """Colour, symbol and words of each entry of the key among the notes."""
    return [
        [colour, symbol, html.unescape(words).strip()] for line in notes for colour, symbol, words in _KEY.findall(line)
    ]


def _notes_of(notes: Sequence[str]) -> str:
    """The notes without the key as running text."""
    lines = (html.unescape(re.sub(r"<[^>]+>", "", line)) for line in notes if not _KEY.search(line))
    return " ".join(lines)


def pixel_axis(height: float) -> dict[str, Any]:
    """A hidden vertical axis that counts pixels from the top."""
    return {"range": [height, 0], "visible": False, "fixedrange": True}


def value_axis(title: str, **more: Any) -> dict[str, Any]:
    """A horizontal axis with a quiet grid and no zooming."""
    quiet: dict[str, Any] = {
        "gridcolor": GRID,
        "zeroline": False,
        "fixedrange": True,
        "showline": False,
        "tickfont": {"size": 11},
    }
    quiet["ticklabeloverflow"] = "allow"
    titled = {"title": {"text": title, "font": {"size": 12}, "standoff": 8}} if title else {}
    return quiet | titled | more


def log_axis(title: str, low: float, high: float) -> dict[str, Any]:
    """A horizontal axis for ratios that shows `low` to `high`, both above 0, at most from 0.02 to 50."""
    low, high = max(low / 1.1, _TICKS[-1][0]), min(high * 1.1, _TICKS[-1][-1])
    ticks = _ticks(low, high)
    return value_axis(
        title,
        type="log",
        showgrid=False,
        range=[math.log10(low), math.log10(high)],
        tickvals=ticks,
        ticktext=[f"{tick:g}" for tick in ticks],
    )


def _ticks(low: float, high: float) -> list[float]:
    """The finest ticks that leave no end of the axis bare and have room on a phone."""
    shown: list[float] = []
    for ticks in _TICKS:
        shown = [tick for tick in ticks if low <= tick <= high]
        if len(shown) <= _MOST_TICKS and ticks[0] <= low * _BARE and high <= ticks[-1] * _BARE:
            break
    return shown


def _ten_digits(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.10g}")
    if isinstance(value, dict):
        return {name: _ten_digits(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_ten_digits(item) for item in value]
    return value
