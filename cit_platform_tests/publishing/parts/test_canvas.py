"""The sheet of every chart: ticks that have room, a head that can be taken off, labels whole where there is room."""

import json
from xml.etree import ElementTree

import pytest

from cit_platform.publishing.parts.canvas import (
    BLUE,
    Canvas,
    Figure,
    Point,
    figure_of,
    key,
    log_axis,
    mark_words,
    with_source,
    without_head,
    without_repeats,
    wrapped,
)
from cit_platform.publishing.parts.still import still
from cit_platform_tests.publishing.conftest import DEMO


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.61, 1.25, ["0.6", "0.7", "0.8", "0.9", "1", "1.1", "1.2"]),
        (0.5, 2.0, ["0.5", "0.7", "1", "1.4", "2"]),
        (0.03, 1.25, ["0.05", "0.1", "0.2", "0.5", "1"]),
        (0.8, 30.0, ["1", "2", "5", "10", "20"]),
        (1e-9, 1e9, ["0.02", "0.05", "0.1", "0.2", "0.5", "1", "2", "5", "10", "20", "50"]),
    ],
)
def test_ticks_cover_the_axis_and_have_room(low: float, high: float, ticks: list[str]) -> None:
    assert log_axis("ratio", low, high)["ticktext"] == ticks


def sheet(label: str = "Calls about a suicidal person") -> Figure:
    canvas = Canvas()
    y = canvas.label(10, label)
    canvas.intervals([Point(y, 3.0, 2.0, 5.0, f"{label}<br>3.0 (2.0 to 5.0)")], BLUE, "circle", "risk")
    notes = [key(BLUE, "●", "calls & more") + "   " + key(BLUE, "◆", "others"), *wrapped("Lines are 95 % intervals.")]
    wide = {"axes": {"xaxis": {"domain": [0.36, 0.78]}}, "lift": 0}
    return figure_of(canvas, "calls", DEMO, "Calls", notes, 60, {"xaxis": {"range": [0, 6]}}, wide=wide)


def test_key_and_notes_of_the_head_come_apart_for_the_page() -> None:
    meta = sheet()["layout"]["meta"]
    assert meta["key"] == [[BLUE, "●", "calls & more"], [BLUE, "◆", "others"]]
    assert meta["notes"] == "Lines are 95 % intervals."


def test_without_its_head_a_sheet_is_the_plot_alone() -> None:
    whole, plot = sheet(), without_head(sheet())
    written = [text["text"] for text in plot["layout"]["annotations"]]
    assert written == ["Calls about a suicidal", "person"]
    inner = {layout["height"] - layout["margin"]["t"] for layout in (whole["layout"], plot["layout"])}
    assert len(inner) == 1
    assert plot["layout"]["height"] < whole["layout"]["height"]


def test_a_label_stands_on_one_line_where_there_is_room_for_it() -> None:
    assert ">Calls about a suicidal person</text>" in still(sheet())
    long = "As published and clustered by officer and by incident"
    assert f">{long}</text>" not in still(sheet(long))
    assert ">As published and</text>" in still(sheet(long))


def test_the_marks_say_their_numbers() -> None:
    assert mark_words(sheet()) == "Calls about a suicidal person, 3.0 (2.0 to 5.0)."
    assert mark_words({"data": []}) == ""


def test_what_texts_have_alike_is_stated_once_and_can_be_put_back() -> None:
    figure = sheet()
    short = without_repeats(figure)["layout"]
    alike = short["meta"]["alike"]
    for name in ("annotations", "shapes"):
        assert [alike[name] | part for part in short[name]] == figure["layout"][name]
    assert alike["annotations"]["showarrow"] is False
    assert not any("showarrow" in text for text in short["annotations"])
    assert len(json.dumps(short)) < len(json.dumps(figure["layout"]))


def test_where_it_comes_from_is_written_under_the_plot_and_taken_off_with_the_head() -> None:
    figure = sheet()
    sourced = with_source(figure, "Source: demo, snapshot 5a5a5a5a of 2026-11-22; 112,054 contacts in all.")
    picture = ElementTree.fromstring(still(sourced))
    lines = {text.text: float(text.attrib["y"]) for text in picture.iter("{http://www.w3.org/2000/svg}text")}
    last = next(y for words, y in lines.items() if words and words.endswith("in all."))
    assert figure["layout"]["height"] - figure["layout"]["margin"]["b"] < last < sourced["layout"]["height"]
    assert "in all." not in json.dumps(without_head(sourced)["layout"]["annotations"])
