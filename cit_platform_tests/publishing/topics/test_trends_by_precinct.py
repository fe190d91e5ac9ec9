"""Precincts over time: said apart only where they are, on one scale, and withheld where few officers report."""

from datetime import date

import pandas as pd

from cit_platform.publishing.parts.finding import Finding
from cit_platform.publishing.topics.trends import TRENDS
from cit_platform_tests.publishing.conftest import Tables, report, tables_under


def finding(tables: Tables) -> Finding:
    [found] = report("trends_by_precinct", tables).findings
    return found


def one_apart(low: float) -> Tables:
    tables = tables_under("lower")
    frame: pd.DataFrame = tables[TRENDS]
    rows = (frame["month"] == date(2026, 7, 1)) & (frame["place"] == "South") & (frame["measure"] == "force")
    frame.loc[rows, ["value", "conf_low", "conf_high"]] = [0.09, low, 0.12]
    return tables


def test_precincts_are_apart_only_where_their_intervals_are() -> None:
    apart = finding(one_apart(0.07))
    assert apart.words == "precincts apart"
    assert "90.0 (70.0 to 120.0) of 476 contacts in South" in apart.sentence
    assert "overlap" not in apart.sentence
    unclear = finding(one_apart(0.01))
    assert unclear.words == "precincts not clearly apart"
    assert unclear.sentence.endswith("The intervals overlap: the precincts do not clearly differ.")


def test_one_precinct_has_none_beside_it() -> None:
    tables = tables_under("lower")
    frame = tables[TRENDS]
    tables[TRENDS] = frame[frame["place"].isin(["city", "North"])]
    assert finding(tables).direction == "cannot be estimated"


def test_a_withheld_quarter_has_no_mark_and_says_so_in_the_table() -> None:
    chart = report("trends_by_precinct", tables_under("lower")).chart
    assert chart is not None
    marks = {trace["name"]: 0 for trace in chart["figure"]["data"]}
    for trace in chart["figure"]["data"]:
        marks[trace["name"]] += len(trace["x"])
    assert marks["Southwest"] == marks["North"] - 1
    table = chart["table"]
    [row] = [row for row in table["rows"] if row[0] == "2019-Q2"]
    assert row[table["header"].index("Southwest")] == "withheld"


def test_all_panels_have_one_scale() -> None:
    layout = report("trends_by_precinct", tables_under("lower")).chart["figure"]["layout"]  # type: ignore[index]
    ends = [note["text"] for note in layout["annotations"] if note["text"].startswith("0 to ")]
    assert len(ends) == 6
    assert len(set(ends)) == 1
