"""Force: on which side the association lies, the situation on the chart, and nothing of an officer's race or gender."""

import pandas as pd
import pytest

from cit_platform.publishing.parts.canvas import Figure
from cit_platform.publishing.parts.finding import Finding
from cit_platform.publishing.parts.rows import certification, headline_fit
from cit_platform.publishing.topics.force import ODDS_RATIO, force_forest, forest_table
from cit_platform_tests.publishing.conftest import REAL, report, tables_under, written

DIRECTIONS = {
    "lower": "lower",
    "higher": "higher",
    "unclear": "no clear association",
    "cannot": "cannot be estimated",
}


def finding(tables: dict[str, pd.DataFrame]) -> Finding:
    [found] = report("force", tables).findings
    assert found.key == ODDS_RATIO
    return found


def chart(estimates: pd.DataFrame) -> Figure:
    return force_forest(estimates, REAL)


def chart_of(tables: dict[str, pd.DataFrame]) -> Figure:
    found = report("force", tables).chart
    assert found is not None
    figure: Figure = found["figure"]
    return figure


@pytest.mark.parametrize(("truth", "direction"), DIRECTIONS.items())
def test_direction_follows_the_truth(truth: str, direction: str) -> None:
    assert finding(tables_under(truth)).direction == direction


def test_numbers_are_those_of_the_strictest_fit() -> None:
    tables = tables_under("lower")
    row = certification(headline_fit(tables["models/estimates"], "force"), "force")
    found = finding(tables)
    assert row is not None
    assert (found.estimate, found.low, found.high) == (row["odds_ratio"], row["conf_low"], row["conf_high"])
    assert (found.sizes.n, found.sizes.n_events) == (row["n_contacts"], row["n_events"])
    assert found.reference == "contacts reported by an officer without certification"


def test_another_table_gives_other_numbers() -> None:
    """Squaring every odds ratio changes every number in the sentence: none is written into it."""
    tables = tables_under("lower")
    before = finding(tables)
    for name in ("odds_ratio", "conf_low", "conf_high"):
        tables["models/estimates"][name] **= 2
    after = finding(tables)
    assert before.estimate is not None
    assert after.estimate == pytest.approx(before.estimate**2)
    assert f"{before.estimate:.2f}" not in after.sentence
    assert f"{after.estimate:.2f}" in after.sentence


def test_a_limit_that_nearly_touches_one_is_not_printed_as_one() -> None:
    tables = tables_under("lower")
    tables["models/estimates"]["conf_high"] = 0.9996
    assert "to 0.9996" in finding(tables).sentence


def test_without_a_fit_it_cannot_be_estimated() -> None:
    tables = tables_under("lower")
    tables["models/estimates"] = tables["models/estimates"].iloc[:0]
    found = finding(tables)
    assert (found.direction, found.row, found.sizes.n) == ("cannot be estimated", None, None)
    assert "it was not fitted" in found.sentence
    assert "Cannot be estimated: no fit" in written(chart(tables["models/estimates"]))


def test_the_sentence_names_what_the_model_holds_constant() -> None:
    tables = tables_under("lower")
    held = "when the kind of call, the officer’s experience, the precinct, the time of day and the year are alike"  # noqa: RUF001
    assert f", also {held}: odds ratio" in finding(tables).sentence
    estimates = tables["models/estimates"]
    fewer = tables | {"models/estimates": estimates[estimates["term"].isin(["cit_certified", "precinct"])]}
    assert "also when the precinct is alike: odds ratio" in finding(fewer).sentence


def test_the_chart_names_every_reference_and_has_a_point_for_every_number() -> None:
    figure = chart_of(tables_under("lower"))
    text = written(figure)
    for reference in (
        "an officer without certification",
        "person in crisis",
        "North",
        "day, 8 to 15 h",
        "5 to 9 years",
    ):
        assert f"compared with {reference}" in text
    assert figure["layout"]["xaxis"]["type"] == "log"
    points = sum(len(trace["x"]) for trace in figure["data"])
    # Two ways to count certification; then call, precinct, watch, weekend and experience of the fit that speaks.
    assert points == sum(len(trace["error_x"]["array"]) for trace in figure["data"]) == 2 + 6 + 5 + 3 + 1 + 5


def test_neither_race_nor_gender_of_officers_has_a_number() -> None:
    found = report("force", tables_under("lower"))
    assert any("race and gender of the officer" in block.get("text", "") for block in found.blocks)
    assert found.chart is not None
    cells = [cell for row in found.chart["table"]["rows"] for cell in row]
    for word in ("Asian", "White", "Race", "Gender", "female"):
        assert word not in written(found.chart["figure"])
        assert word not in cells


def test_certification_stands_as_it_speaks_and_as_published() -> None:
    estimates = tables_under("lower")["models/estimates"]
    rows = [row for row in forest_table(estimates).rows if row[0].startswith("CIT certification")]
    assert len(rows) == 2
    assert [row[-1].split()[-1] for row in rows] == ["contacts", "records"]


def test_a_fit_without_any_number_says_so_once() -> None:
    text = written(chart(tables_under("cannot")["models/estimates"]))
    assert text.count("The other predictors cannot be estimated") == 1


def test_a_hostile_level_is_escaped() -> None:
    estimates = tables_under("lower")["models/estimates"]
    estimates.loc[estimates["level"] == "West", "level"] = "<img src=x onerror=alert(1)>"
    text = written(chart(estimates))
    assert "<img" not in text
    assert "&lt;img" in text
