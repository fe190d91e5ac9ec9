"""The range over all choices in words: its ends, what moves it, what is refused, and what cannot be computed."""

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.finding import Finding
from cit_platform.publishing.parts.rows import plain_rows
from cit_platform.publishing.topics.multiverse_summary import choices_chart, choices_table
from cit_platform.studies.multiverse_summary import multiverse_summary
from cit_platform.studies.protocol.specifications import choices_of
from cit_platform_tests.publishing.conftest import REAL, Tables, report, tables_under

MULTIVERSE, SUMMARY = "models/multiverse", "models/multiverse_summary"


def finding(tables: Tables) -> Finding:
    [found] = report("multiverse_summary", tables).findings
    return found


def test_it_gives_the_ends_and_the_choice_that_moves_it_most() -> None:
    tables = tables_under("lower")
    found, whole = finding(tables), tables[SUMMARY].set_index("choice").loc["all"]
    ends = [wording.signed_per_thousand(whole[name]) for name in ("lowest", "highest")]
    assert f"from {ends[0]} to {ends[1]}, " in found.sentence
    assert whole["lowest"] < whole["highest"] < 0
    assert "What moves it most is the time: 75 % of the variance" in found.sentence
    assert f"{int(whole['n_combinations'] - whole['n_shown'])} of them are not shown" in found.sentence


def test_another_choice_that_moves_it_is_named() -> None:
    tables = tables_under("lower")
    frame = tables[MULTIVERSE].copy()
    frame["risk_difference"] = -0.005 - 0.002 * (frame["hour"] != "laid_down")
    tables[SUMMARY] = multiverse_summary(frame)
    assert "What moves it most is the hour: 100" in finding(tables).sentence


def test_where_nothing_is_shown_it_says_why() -> None:
    tables = tables_under("lower")
    tables[SUMMARY] = multiverse_summary(tables[MULTIVERSE].assign(refused=True))
    assert finding(tables).direction == "cannot be estimated"
    assert "cannot be estimated" in finding(tables_under("cannot")).sentence


def test_every_choice_of_every_way_stands_in_table_and_chart_and_has_words() -> None:
    rows = plain_rows(tables_under("higher")[SUMMARY])
    table, n_ways = choices_table(rows), sum(map(len, choices_of("force").values()))
    assert len(table.rows) == n_ways
    assert not any("_" in cell for row in table.rows for cell in row[:2])
    [trace] = choices_chart(rows, REAL)["data"]
    assert len(trace["x"]) == n_ways
