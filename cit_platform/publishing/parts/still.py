"""A chart as a still picture in SVG, for readers that run no script, such as the previews of Dagster's UI."""

import html
import math
import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from cit_platform.publishing.parts.canvas import EARLY_LINE, FONT, GRID, INK, Figure

WIDTH = 720
_LINE, _TICK_GAP, _MOST_TICKS = 15, 14, 6
_ANCHORS = {"left": "start", "center": "middle", "right": "end"}
_LINE_OF = '<path d="'
_PAPER, _DARK = "#ffffff", "#1d2228"


class _Axes:
    """Where the values of one pair of axes stand on the sheet, in pixels."""

    def __init__(self, layout: Mapping[str, Any], x_name: str, y_name: str) -> None:
        margin = layout["margin"]
        self.sheet_left, self.sheet_width = margin["l"], WIDTH - margin["l"] - margin["r"]
        inner = layout["height"] - margin["t"] - margin["b"]
        self.x_axis = layout["x" + "axis" + x_name[1:]]
        first, last = self.x_axis.get("domain", (0.0, 1.0))
        self.left, self.width = self.sheet_left + first * self.sheet_width, (last - first) * self.sheet_width
        y_axis = layout["y" + "axis" + y_name[1:]]
        low, high = y_axis.get("domain", (0.0, 1.0))
        self.top, self.height = margin["t"] + (1 - high) * inner, (high - low) * inner
        self.sheet_top, self.sheet_height = margin["t"], inner
        self.bottom_value, self.top_value = y_axis["range"]

    def x(self, value: float) -> float:
        return float(self.left + self._share(value) * self.width)

    def x_within(self, value: float) -> float:
        """As `x`, but at the end of the axis for what lies beyond it: an interval may, and one may reach down to 0."""
        return float(self.left + min(max(self._share(value), 0.0), 1.0) * self.width)

    def holds(self, value: float) -> bool:
        """Whether a value lies on the axis."""
        return 0.0 <= self._share(value) <= 1.0

    def _share(self, value: float) -> float:
        start, end = self.x_axis.get("range", (0, 1))
        if self.x_axis.get("type") != "log":
            return float((value - start) / (end - start))
        return float((math.log10(value) - start) / (end - start)) if value > 0 else -math.inf

    def y(self, value: float) -> float:
        return float(self.top + (value - self.top_value) / (self.bottom_value - self.top_value) * self.height)

    def along(self, value: float, reference: str) -> float:
        """A place from the left: a value of the axis, or of `paper` a part of the sheet."""
        if reference != "paper":
            return self.x(value)
        return float(self.sheet_left + value * self.sheet_width)

    def up(self, value: float, reference: str) -> float:
        """A place from the top: a value of the axis, or of `paper` a part of the sheet from below."""
        if reference != "paper":
            return self.y(value)
        return float(self.sheet_top + (1 - value) * self.sheet_height)

    def ticks(self) -> Iterator[tuple[float, str]]:
        if not self.x_axis.get("visible", True):
            return
        values = self.x_axis.get("tickvals") or _round_values(*self.x_axis["range"])
        share = self.x_axis.get("tickformat") == ".0%"
        labels = self.x_axis.get("ticktext") or [f"{value:.0%}" if share else f"{value:g}" for value in values]
        yield from zip(values, labels, strict=True)


def still(figure: Figure) -> str:
    """The SVG of a figure of interval marks, bars, rules and texts, which is what the charts here are made of."""
    figure = widened(figure)
    layout = figure["layout"]
    height = layout["height"]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" height="{height:g}" '
        f'font-family="{html.escape(FONT)}" fill="{_DARK}"><rect width="100%" height="100%" fill="{_PAPER}"/>',
        *_joined(_shapes(layout)),
        *_axis_marks(figure),
        *(mark for trace in figure["data"] for mark in _marks(trace, layout)),
        *_texts(layout),
        "</svg>",
    ]
    return "".join(parts)


def widened(figure: Figure) -> Figure:
    """The figure as a wide page shows it: the text of a row beside its marks."""
    layout = figure["layout"]
    wide = layout.get("meta", {}).get("wide", {})
    lift = wide.get("lift", 0)
    axes = {name: layout[name] | more for name, more in wide.get("axes", {}).items()}
    data = [trace | {"y": [y if y is None else y - lift for y in trace["y"]]} for trace in figure["data"]]
    texts = [
        text | {"text": text.get("hovertext", text["text"])}
        for text in layout.get("annotations", ())
        if not (axes and text.get("name") == EARLY_LINE)
    ]
    return {"data": data, "layout": layout | axes | ({"annotations": texts} if axes else {})}


def _axes_of(part: Mapping[str, Any], layout: Mapping[str, Any]) -> _Axes:
    return _Axes(layout, part.get("xaxis", "x"), part.get("yaxis", "y"))


def _shapes(layout: Mapping[str, Any]) -> Iterator[str]:
    for shape in layout.get("shapes", ()):
        axes = _Axes(layout, "x", "y")
        x0, x1 = (axes.along(shape[name], shape["xref"]) for name in ("x0", "x1"))
        y0, y1 = (axes.up(shape[name], shape["yref"]) for name in ("y0", "y1"))
        line = shape["line"]
        stroke = f'stroke="{line.get("color", "none")}" stroke-width="{line.get("width", 1):g}"'
        if shape["type"] == "rect":
            yield (
                f'<rect x="{min(x0, x1):.1f}" y="{min(y0, y1):.1f}" width="{abs(x1 - x0):.1f}" '
                f'height="{abs(y1 - y0):.1f}" fill="{shape.get("fillcolor", "none")}" {stroke}/>'
            )
        else:
            yield f'<path d="M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}" {stroke}/>'


def _joined(shapes: Iterator[str]) -> Iterator[str]:
    """The shapes with neighbouring lines of one look drawn as one path: a third of the bytes."""
    for look, alike in groupby(shapes, lambda shape: shape.partition('" ')[2] if shape.startswith(_LINE_OF) else ""):
        if look:
            places = "".join(shape.removeprefix(_LINE_OF).partition('"')[0] for shape in alike)
            yield f'{_LINE_OF}{places}" {look}'
        else:
            yield from alike


def _axis_marks(figure: Figure) -> Iterator[str]:
    layout = figure["layout"]
    pairs = {(trace.get("xaxis", "x"), trace.get("yaxis", "y")) for trace in figure["data"]}
    for x_name, y_name in sorted(pairs):
        axes = _Axes(layout, x_name, y_name)
        below = axes.top + axes.height
        for value, label in axes.ticks():
            x = axes.x(value)
            yield f'<path d="M{x:.1f} {axes.top:.1f}V{below:.1f}" stroke="{GRID}"/>'
            yield _text(label, x, below + _TICK_GAP, 11, "middle")
        title = axes.x_axis.get("title", {}).get("text")
        if title:
            yield _text(title, axes.left + axes.width / 2, below + 2.4 * _TICK_GAP, 12, "middle")


def _marks(trace: Mapping[str, Any], layout: Mapping[str, Any]) -> Iterator[str]:
    if "marker" not in trace:
        return
    axes, spread, upright = _axes_of(trace, layout), trace.get("error_x", {}), trace.get("error_y")
    colour = trace["marker"]["color"]
    if upright:
        yield _joined_uprights(trace, axes)
        yield _points(trace, axes)
        return
    for number, (value, row) in enumerate(zip(trace["x"], trace["y"], strict=True)):
        if value is None:
            continue
        x, y = axes.x_within(value), axes.y(row)
        if trace["type"] == "bar":
            width = trace["width"]
            yield (
                f'<rect x="{axes.x(0):.1f}" y="{y - width / 2:.1f}" width="{x - axes.x(0):.1f}" height="{width:g}" '
                f'fill="{colour}"/>'
            )
        if spread:
            low = axes.x_within(value - spread["arrayminus"][number])
            high = axes.x_within(value + spread["array"][number])
            ink = _DARK if spread["color"] == INK else spread["color"]
            line = f'<path d="M{low:.1f} {y:.1f}H{high:.1f}"'
            yield f'{line} stroke="{_PAPER}" stroke-width="4.5"/>{line} stroke="{ink}" stroke-width="2"/>'
        if trace["type"] == "scatter" and axes.holds(value):
            yield f"<circle {_place(x, y, trace)} {_look(trace)}/>"


def _joined_uprights(trace: Mapping[str, Any], axes: _Axes) -> str:
    """The upright intervals of a series as one path."""
    upright = trace["error_y"]
    rows = zip(trace["x"], trace["y"], upright["arrayminus"], upright["array"], strict=True)
    lines = [
        f"M{axes.x(x):.1f} {axes.y(y - below):.1f}V{axes.y(y + above):.1f}"
        for x, y, below, above in rows
        if x is not None
    ]
    return f'<path d="{"".join(lines)}" stroke="{upright["color"]}" stroke-width="1"/>'


def _points(trace: Mapping[str, Any], axes: _Axes) -> str:
    """The points of a series, whose look is said once."""
    places = [(axes.x(x), axes.y(y)) for x, y in zip(trace["x"], trace["y"], strict=True) if x is not None]
    return f"<g {_look(trace)}>{''.join(f'<circle {_place(x, y, trace)}/>' for x, y in places)}</g>"


def _place(x: float, y: float, trace: Mapping[str, Any]) -> str:
    return f'cx="{x:.1f}" cy="{y:.1f}" r="{trace["marker"]["size"] / 2:g}"'


def _look(trace: Mapping[str, Any]) -> str:
    """A point has a white edge; a hollow one has the colour as its edge."""
    colour, hollow = trace["marker"]["color"], trace["marker"].get("symbol", "").endswith("-open")
    fill, stroke = (_PAPER, colour) if hollow else (colour, _PAPER)
    return f'fill="{fill}" stroke="{stroke}" stroke-width="{1 if hollow else 1.5}"'


def _texts(layout: Mapping[str, Any]) -> Iterator[str]:
    for note in layout.get("annotations", ()):
        reference = note["yref"] if note["yref"] != "paper" else "y"
        axes = _Axes(layout, reference.replace("y", "x"), reference)
        x = axes.along(note["x"], note["xref"]) + note.get("xshift", 0)
        y = axes.up(note["y"], note["yref"]) - note.get("yshift", 0)
        lines = note["text"].split("<br>")
        above = {"bottom": (len(lines) - 1) * _LINE, "middle": -4, "top": -_LINE}[note["yanchor"]]
        first = y - above
        for number, line in enumerate(lines):
            size = note["font"].get("size", 12)
            yield _text(line, x, first + number * _LINE, size, _ANCHORS[note["xanchor"]])


def _text(marked: str, x: float, y: float, size: float, anchor: str) -> str:
    """One line; of Plotly's own marks only bold and colours are kept."""
    weight = ' font-weight="bold"' if marked.startswith("<b>") else ""
    words = "".join(_painted(part) for part in re.split(r'(<span style="color:[^"]+">[^<]*</span>)', marked))
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" text-anchor="{anchor}"{weight}>{words}</text>'


def _painted(part: str) -> str:
    colour = re.match(r'<span style="color:(#[0-9a-f]{6})">', part)
    words = html.escape(html.unescape(re.sub(r"<[^>]+>", "", part)), quote=False)
    return f'<tspan fill="{colour.group(1)}">{words}</tspan>' if colour else words


def _round_values(start: float, end: float) -> list[float]:
    """A few round values over a range."""
    rough = (end - start) / _MOST_TICKS
    power = 10 ** math.floor(math.log10(rough))
    step = next(step for step in (power, 2 * power, 5 * power, 10 * power) if step >= rough)
    return [round(number * step, 10) for number in range(math.ceil(start / step), math.floor(end / step) + 1)]
