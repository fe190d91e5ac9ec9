"""Force: on which side the association lies, every predictor on the chart, and small levels withheld."""

import pandas as pd
import pytest

from cit_platform.publishing.parts.canvas import Figure
from cit_platform.publishing.parts.disclosure import WITHHELD, small_levels, withhold_small_levels
from cit_platform.publishing.parts.finding import Finding
from cit_platform.publishing.parts.rows import certification, headline_fit
from cit_platform.publishing.topics.force import ODDS_RATIO, force_forest, forest_table
from cit_platform_tests.publishing.conftest import REAL, content, report, tables_under, written

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


def test_the_chart_names_every_reference_and_has_a_point_for_every_number() -> None:
    figure = chart(tables_under("lower")["models/estimates"])
    text = written(figure)
    for reference in ("an officer without certification", "person in crisis", "North", "White", "male"):
        assert f"compared with {reference}" in text
    assert figure["layout"]["xaxis"]["type"] == "log"
    points = sum(len(trace["x"]) for trace in figure["data"])
    # Three ways to count certification, then experience, call, precinct, race and gender from the strictest fit.
    assert points == sum(len(trace["error_x"]["array"]) for trace in figure["data"]) == 3 + 1 + 6 + 5 + 3 + 2


def test_certification_stands_in_the_core_variants_only() -> None:
    estimates = tables_under("lower")["models/estimates"]
    text = written(chart(estimates))
    assert "clustered by officer" in text
    for words in ("incident", "Firth", "year", "period", "finer"):
        assert words not in text.replace("per additional year", "").replace("one year less", "")
    assert sum(name.startswith("CIT certification") for name, *_ in forest_table(estimates).rows) == 3


def test_a_fit_without_any_number_says_so_once() -> None:
    text = written(chart(tables_under("cannot")["models/estimates"]))
    assert text.count("The other predictors cannot be estimated") == 1


def test_small_officer_levels_keep_their_row_and_lose_their_numbers() -> None:
    tables = tables_under("lower")
    small = small_levels(tables["quality/levels"])
    assert small == {("officer_race", "Asian")}
    estimates = tables["models/estimates"]
    kept = withhold_small_levels(estimates, small)
    hit = kept[(kept["term"] == "officer_race") & (kept["level"] == "Asian")]
    assert len(hit)
    # What gives the standard error gives the number of contacts.
    numbers = ["estimate", "std_error", "odds_ratio", "conf_low", "conf_high", "p_value", "statistic"]
    assert hit[[*numbers, "smallest_detectable", "design_effect"]].isna().all(axis=None)
    assert set(hit["note"]) == {WITHHELD}
    others = kept.drop(hit.index)
    pd.testing.assert_frame_equal(others, estimates.loc[others.index], check_dtype=False)


def test_a_report_shows_no_small_level() -> None:
    tables = tables_under("lower")
    meta = report("force", tables).chart
    assert meta is not None
    assert ["officer_race", "Asian"] not in meta["figure"]["layout"]["meta"]["officer_levels"]
    assert "Withheld: fewer than 10 contacts." in written(meta["figure"])
    unprotected = content("force", tables).blocks[1].figure  # type: ignore[union-attr]
    assert ["officer_race", "Asian"] in unprotected["layout"]["meta"]["officer_levels"]


def test_a_hostile_level_is_escaped() -> None:
    estimates = tables_under("lower")["models/estimates"]
    estimates.loc[estimates["level"] == "West", "level"] = "<img src=x onerror=alert(1)>"
    text = written(chart(estimates))
    assert "<img" not in text
    assert "&lt;img" in text
