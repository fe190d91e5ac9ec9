"""Over time: the last complete quarter in words, marks where the table has numbers, and what is not shown."""

from datetime import date

import pandas as pd
import pytest

from cit_platform.publishing.parts.finding import Finding
from cit_platform.publishing.parts.time_panels import round_top
from cit_platform.publishing.topics.trends import KEY, TRENDS
from cit_platform_tests.publishing.conftest import Tables, report, tables_under

LATEST, BEFORE = date(2026, 7, 1), date(2025, 7, 1)


def finding(tables: Tables) -> Finding:
    [found] = report("trends", tables).findings
    assert found.key == KEY
    return found


def changed(month: date, measure: str, **numbers: object) -> Tables:
    """The tables with other numbers for the city in one quarter."""
    tables = tables_under("lower")
    frame: pd.DataFrame = tables[TRENDS]
    rows = (frame["unit_of_time"] == "quarter") & (frame["place"] == "city") & (frame["measure"] == measure)
    frame.loc[rows & (frame["month"] == month), list(numbers)] = list(numbers.values())
    return tables


def test_the_last_complete_quarter_is_said_with_intervals_beside_the_year_before() -> None:
    sentence = finding(tables_under("lower")).sentence
    assert sentence.startswith(
        "In 2026-Q3, the last complete quarter, 2,356 contacts were reported, 7 more than in the "
    )
    assert "wrote up 70.7 % of them (95 % interval 68.7 % to 72.7 %)" in sentence
    assert "Force was reported in 18.2 of 1,000 contacts (95 % interval 12.3 to 24.2; n = 2,356 contacts)" in sentence
    assert sentence.endswith(
        "a year before in 18.2 (12.3 to 24.2): the two intervals overlap, so neither is clearly above."
    )


@pytest.mark.parametrize(
    ("month", "measure", "numbers", "words"),
    [
        (BEFORE, "contacts", {"value": 2_500.0}, "144 fewer than in the same quarter of the year before"),
        (BEFORE, "contacts", {"value": 2_356.0}, "as many as in the same quarter of the year before"),
        (BEFORE, "force", {"value": 0.05, "conf_low": 0.04, "conf_high": 0.06}, "the two intervals do not overlap"),
        (LATEST, "contacts", {"complete": False}, "In 2026-Q2, the last complete quarter"),
        (LATEST, "certified", {"value": None, "conf_low": None, "conf_high": None}, "before. Force was reported"),
    ],
)
def test_the_sentence_changes_with_the_numbers(
    month: date, measure: str, numbers: dict[str, object], words: str
) -> None:
    assert words in finding(changed(month, measure, **numbers)).sentence


def test_a_year_before_that_is_not_known_is_not_compared() -> None:
    sentence = finding(changed(BEFORE, "force", value=None, conf_low=None, conf_high=None)).sentence
    assert "a year before" not in sentence


def test_without_a_complete_quarter_it_says_so() -> None:
    tables = tables_under("lower")
    tables[TRENDS]["complete"] = False
    assert finding(tables).direction == "cannot be estimated"


def test_every_mark_stands_at_a_number_and_what_fills_up_is_hollow() -> None:
    tables = tables_under("lower")
    chart = report("trends", tables).chart
    assert chart is not None
    frame = tables[TRENDS]
    shown = frame[(frame["unit_of_time"] == "quarter") & (frame["place"] == "city") & frame["value"].notna()]
    shown = shown[shown["measure"] != "other_or_none"]
    traces = chart["figure"]["data"]
    marks = {
        symbol: sum(len(t["x"]) for t in traces if t["marker"]["symbol"] == symbol)
        for symbol in ("circle", "circle-open")
    }
    assert marks == {"circle": int(shown["complete"].sum()), "circle-open": int((~shown["complete"]).sum())}
    assert all(
        "still filling up" in text for t in traces if t["marker"]["symbol"] == "circle-open" for text in t["text"]
    )
    counts = next(t for t in traces if t["name"] == "Contacts per quarter")
    assert "error_y" not in counts


def test_what_the_feed_does_not_state_is_called_so_in_the_table() -> None:
    table = report("trends", tables_under("lower")).chart["table"]  # type: ignore[index]
    at = table["header"].index("Certified officer requested")
    assert {row[at] for row in table["rows"]} == {"not stated"}


def test_the_four_endings_share_one_scale() -> None:
    tables = tables_under("lower")
    traces = report("trends", tables).chart["figure"]["data"]  # type: ignore[index]
    frame = tables[TRENDS]
    pixels = {}
    for measure, name in (("arrest", "Ended in arrest"), ("no_action", "Ended in no action")):
        rows = frame[(frame["unit_of_time"] == "quarter") & (frame["place"] == "city") & (frame["measure"] == measure)]
        first = rows.sort_values("month").iloc[0]
        trace = next(trace for trace in traces if trace["name"] == name)
        pixels[measure] = trace["error_y"]["arrayminus"][0] / (first["conf_high"] - first["value"])
    assert pixels["arrest"] == pytest.approx(pixels["no_action"], rel=0.05)


def test_the_dated_breaks_are_drawn_and_named() -> None:
    layout = report("trends", tables_under("lower")).chart["figure"]["layout"]  # type: ignore[index]
    lines = [shape for shape in layout["shapes"] if shape["xref"] == "x"]
    assert len(lines) == 5
    assert round(lines[0]["x0"], 2) == 2019.37
    assert "a: 15 May 2019, new records system" in " ".join(note["text"] for note in layout["annotations"])


def test_the_change_of_form_is_said_where_the_data_cross_it() -> None:
    crossed = [block for block in report("trends", tables_under("lower")).blocks if block["kind"] == "prose"]
    assert any("not counted alike" in block["text"] for block in crossed)
    tables = tables_under("lower")
    tables[TRENDS]["period"] = "care"
    later = [block for block in report("trends", tables).blocks if block["kind"] == "prose"]
    assert not any("not counted alike" in block["text"] for block in later)


def test_what_comes_late_is_counted_where_revisions_are_watched() -> None:
    def said(tables: Tables) -> str:
        return " ".join(block["text"] for block in report("trends", tables).blocks if block["kind"] == "prose")

    assert "4 records came to contacts already published, 1 of them" in said(tables_under("lower"))
    tables = tables_under("lower")
    revisions = tables["quality/revisions"]
    tables["quality/revisions"] = revisions[revisions["change"] != "added"]
    assert "already published" not in said(tables)


@pytest.mark.parametrize(("largest", "top"), [(0.47, 0.5), (2310, 3000), (0.0, 1.0), (30.0, 30.0), (0.0161, 0.02)])
def test_scales_end_on_round_values(largest: float, top: float) -> None:
    assert round_top(largest) == pytest.approx(top)
