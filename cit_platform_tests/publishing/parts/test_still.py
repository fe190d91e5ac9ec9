"""A chart without scripts shows the same marks at the same values, and no word of it is markup."""

import math
import re
from typing import Any
from xml.etree import ElementTree

import pytest

from cit_platform.assets.topic_asset import chart_image
from cit_platform.publishing.parts.canvas import BLUE, Canvas, Point, figure_of, log_axis
from cit_platform.publishing.parts.still import WIDTH, still
from cit_platform_tests.publishing import conftest

SVG = "{http://www.w3.org/2000/svg}"
CHARTS = {
    name: report.chart for name, report in conftest.reports(conftest.tables_under("lower")).items() if report.chart
}


def left_of(value: float, figure: dict[str, Any], axis: str) -> float:
    """Where Plotly puts a value: the axis' part of the sheet's inner width from the left margin on, over its range."""
    layout = figure["layout"]
    name = f"xaxis{axis[1:]}"
    x_axis = layout[name] | layout["meta"]["wide"].get("axes", {}).get(name, {})
    start, end = x_axis["range"]
    place = math.log10(value) if x_axis.get("type") == "log" else value
    margin = layout["margin"]
    first, last = x_axis.get("domain", (0, 1))
    share = first + (place - start) / (end - start) * (last - first)
    return float(margin["l"] + share * (WIDTH - margin["l"] - margin["r"]))


@pytest.mark.parametrize("name", CHARTS)
def test_every_mark_stands_at_its_value(name: str) -> None:
    figure = CHARTS[name]["figure"]
    picture = ElementTree.fromstring(still(figure))
    drawn = [float(circle.attrib["cx"]) for circle in picture.iter(f"{SVG}circle")]
    marks = [trace for trace in figure["data"] if trace["type"] == "scatter" and "marker" in trace]
    expected = [left_of(x, figure, trace.get("xaxis", "x")) for trace in marks for x in trace["x"] if x is not None]
    assert drawn == pytest.approx(expected, abs=0.06)
    bars = sum(len(trace["x"]) for trace in figure["data"] if trace["type"] == "bar")
    boxes = sum(shape["type"] == "rect" for shape in figure["layout"]["shapes"])
    assert len(list(picture.iter(f"{SVG}rect"))) == 1 + bars + boxes
    assert expected or bars or boxes


@pytest.mark.parametrize("low", [0.0, 1e-300, 0.001])
@pytest.mark.parametrize("high", [3.0, 1e300])
def test_an_interval_beyond_the_axis_ends_where_the_axis_does(low: float, high: float) -> None:
    canvas = Canvas()
    points = [Point(20.0, 1.2, low, high, "wide"), Point(40.0, 1e-9, low, high, "beyond")]
    canvas.intervals(points, BLUE, "circle", "odds ratio")
    axis = log_axis("odds ratio", min(low, 0.8), max(high, 1.25))
    figure = figure_of(canvas, "wide", conftest.REAL, "Wide", [], 60.0, {"xaxis": axis}, 48)
    picture = ElementTree.fromstring(still(figure))
    [circle] = picture.iter(f"{SVG}circle")
    assert float(circle.attrib["cx"]) == pytest.approx(left_of(1.2, figure, "x"), abs=0.06)
    ends = [left_of(10**end, figure, "x") for end in figure["layout"]["xaxis"]["range"]]
    lines = [path.attrib["d"] for path in picture.iter(f"{SVG}path") if path.attrib.get("stroke") == BLUE]
    drawn = [float(number) for number in re.findall(r"[MH](-?[\d.]+)", lines[0])]
    assert drawn[0] == pytest.approx(ends[0] if low < 0.01 else left_of(low, figure, "x"), abs=0.06)
    assert max(drawn) <= max(ends) + 0.06


@pytest.mark.parametrize("name", CHARTS)
def test_an_image_within_markdown_is_small_and_one_line(name: str) -> None:
    image = chart_image(CHARTS[name])
    assert len(image) < 60_000
    assert "\n" not in image


def test_words_are_text() -> None:
    figure = {
        "data": [],
        "layout": {
            "height": 40,
            "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
            "xaxis": {"range": [0, 1]},
            "yaxis": {"range": [40, 0]},
            "annotations": [
                {
                    "text": "<b>a &lt;script&gt; &amp; b</b>",
                    "x": 0,
                    "y": 10,
                    "xref": "paper",
                    "yref": "y",
                    "xanchor": "left",
                    "yanchor": "middle",
                    "font": {"size": 12},
                }
            ],
        },
    }
    [words] = ElementTree.fromstring(still(figure)).iter(f"{SVG}text")
    assert words.text == "a <script> & b"
    assert words.attrib["font-weight"] == "bold"
