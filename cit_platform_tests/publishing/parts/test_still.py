"""A chart without scripts shows the same marks at the same values, and no word of it is markup."""

import math
from typing import Any
from xml.etree import ElementTree

import pytest

from cit_platform.assets.topic_asset import chart_image
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
