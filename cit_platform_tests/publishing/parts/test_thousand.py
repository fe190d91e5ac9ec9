"""The picture of 1,000 contacts: its dots are the printed numbers, also where they are many, few or lopsided."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from cit_platform.publishing.parts.thousand import Group, alternative, picture

SVG = "{http://www.w3.org/2000/svg}"


def group(risk: float, low: float, high: float) -> Group:
    return Group("Some", "#3a86c8", risk, low, high, (f"{1000 * risk:g}", f"{1000 * low:g}", f"{1000 * high:g}"))


@pytest.mark.parametrize(
    "risk", [(0.0004, 0.0001, 0.002), (0.014, 0.013, 0.015), (0.4, 0.39, 0.41), (0.999, 0.99, 1.0)]
)
def test_quantile_dots_end_at_the_limits_and_have_the_number_in_their_middle(risk: tuple[float, float, float]) -> None:
    values = group(*risk).quantiles()
    assert values[0] == pytest.approx(1000 * risk[1])
    assert values[-1] == pytest.approx(1000 * risk[2])
    assert values[9] < 1000 * risk[0] < values[10]


@pytest.mark.parametrize("risk", [(0.0004, 0.0001, 0.002), (0.014, 0.0139, 0.0141), (0.4, 0.1, 0.9)])
def test_everything_is_drawn_within_the_sheet(risk: tuple[float, float, float]) -> None:
    drawn = ElementTree.fromstring(picture([group(*risk), group(0.2, 0.19, 0.21)], "force"))
    _, _, width, height = (float(number) for number in drawn.attrib["viewBox"].split())
    filled = sum(path.attrib["d"].count("M") for path in drawn.iter() if path.attrib.get("class") == "contacts")
    assert filled == round(1000 * risk[0]) + 200
    for circle in drawn.iter(f"{SVG}circle"):
        assert 0 <= float(circle.attrib["cx"]) <= width
        assert 0 <= float(circle.attrib["cy"]) <= height


def test_the_words_for_a_screen_reader_are_its_numbers() -> None:
    said = alternative([group(0.014, 0.013, 0.015), group(0.018, 0.017, 0.02)], "force")
    assert (
        said
        == "Of 1,000 contacts: Some, 14 with force (95 % range 13 to 15); Some, 18 with force (95 % range 17 to 20)."
    )


def test_words_are_text() -> None:
    one = Group("<b>&", "#000", 0.1, 0.09, 0.11, ("100", "90", "110"))
    assert "<b>" not in picture([one, one], '"force"')


@pytest.mark.parametrize("risk", [(0.0139, 0.0138, 0.014), (0.0144, 0.0105, 0.0183), (0.4, 0.1, 0.9)])
def test_the_names_of_the_groups_stand_within_the_sheet(risk: tuple[float, float, float]) -> None:
    named = replace(group(*risk), name="Certified officers")
    drawn = ElementTree.fromstring(picture([named, replace(group(0.0112, 0.0091, 0.0143), name="Others")], "force"))
    width = float(drawn.attrib["viewBox"].split()[2])
    [name] = [text for text in drawn.iter(f"{SVG}text") if text.text == "certified officers"]
    x, long = float(name.attrib["x"]), 6 * len(named.name)
    start = x - long if name.attrib["text-anchor"] == "end" else x
    assert start >= 0
    assert start + long <= width
