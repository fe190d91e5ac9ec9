"""The figures: what they say, what they keep to themselves, and that they are the same every time."""

import copy
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import pytest

from cit_platform.publishing.disclosure import small_levels, withhold_small_levels
from cit_platform.publishing.figures import (
    CHARTS,
    adjusted_risk,
    disposition_bars,
    exclusion_flow,
    force_forest,
    force_ladder,
    revisions,
    write_work_figure,
)
from cit_platform.publishing.figures.canvas import log_axis
from cit_platform.publishing.figures.forest import attributes_shown
from cit_platform.publishing.figures.work import figure_json
from cit_platform.publishing.stamp import BANNER, Stamp
from cit_platform_tests.publishing import frames
from cit_platform_tests.publishing.language import banned_words

Draw = Callable[[pd.DataFrame, Stamp], dict[str, Any]]
DRAWN: list[tuple[str, str, Draw]] = [
    ("force_forest", "models/estimates", force_forest),
    ("ladder", "models/ladder", force_ladder),
    ("disposition_bars", "models/disposition_shares", disposition_bars),
    ("adjusted_risk", "models/absolute_risk", adjusted_risk),
    ("exclusion_flow", "quality/flow", exclusion_flow),
    ("revisions", "quality/revisions", revisions),
]
DEMO, REAL = Stamp(frames.SNAPSHOT, True), Stamp(frames.SNAPSHOT, False)


def written(figure: dict[str, Any]) -> str:
    return "\n".join(annotation["text"] for annotation in figure["layout"]["annotations"])


def test_every_chart_is_drawn_here() -> None:
    assert tuple(chart for chart, _, _ in DRAWN) == CHARTS


@pytest.mark.parametrize("truth", frames.TRUTHS)
@pytest.mark.parametrize(("chart", "path", "draw"), DRAWN)
def test_plotly_accepts_it_and_it_is_deterministic(chart: str, path: str, draw: Draw, truth: str) -> None:
    frame = frames.tables(truth)[path]
    figure = draw(frame, DEMO)
    assert figure_json(figure) == figure_json(draw(frame.copy(), DEMO))
    go.Figure(copy.deepcopy(figure))
    assert figure["layout"]["meta"]["snapshot"] == frames.SNAPSHOT
    assert figure["layout"]["meta"]["chart"] == chart
    assert banned_words(written(figure)) == []


@pytest.mark.parametrize(("chart", "path", "draw"), DRAWN)
def test_banner_inside_the_figure_of_a_demonstration_only(chart: str, path: str, draw: Draw) -> None:
    frame = frames.tables("lower")[path]
    assert BANNER in written(draw(frame, DEMO)).replace("<br>", " ")
    assert "Demonstration data" not in written(draw(frame, REAL))


@pytest.mark.parametrize(("chart", "path", "draw"), DRAWN)
def test_floats_have_ten_digits(chart: str, path: str, draw: Draw) -> None:
    def floats(value: Any) -> list[float]:
        if isinstance(value, dict):
            return [number for item in value.values() for number in floats(item)]
        if isinstance(value, list):
            return [number for item in value for number in floats(item)]
        return [value] if isinstance(value, float) else []

    assert all(number == float(f"{number:.10g}") for number in floats(draw(frames.tables("lower")[path], REAL)))


def test_forest_names_references_intervals_and_n() -> None:
    figure = force_forest(frames.tables("lower")["models/estimates"], REAL)
    text = written(figure)
    for words in (
        "compared with an officer without certification",
        "compared with general welfare check",
        "compared with North",
        "compared with WHITE",
        "n = 88,765 contacts, 1,391 of them with force",
        "0.70 (0.61 to 0.79)",
        "Too few events: 3 of 465 rows of certified",
    ):
        assert words in text
    assert figure["layout"]["xaxis"]["type"] == "log"
    points = sum(len(trace["x"]) for trace in figure["data"])
    assert points == sum(len(trace["error_x"]["array"]) for trace in figure["data"]) == 3 + 1 + 4 + 5 + 5 + 1


def test_forest_shows_certification_in_the_core_variants_only() -> None:
    text = written(force_forest(frames.tables("lower")["models/estimates"], REAL))
    assert "clustered by officer" in text
    for words in ("incident", "Firth", "year", "period", "finer"):
        assert words not in text.replace("per additional year", "").replace("one year less", "")


def test_ladder_goes_from_the_published_way_to_the_strictest() -> None:
    ladder = frames.tables("lower")["models/ladder"]
    figure = force_ladder(ladder.sample(frac=1, random_state=3), REAL)
    assert figure == force_ladder(ladder, REAL)
    texts = [annotation["text"] for annotation in figure["layout"]["annotations"]]
    steps = [text[0] for text in texts if re.match(r"\d\. [A-Z]", text)]
    assert steps == ["0", "1", "2", "2", "3", "4"]
    assert texts.count("n = 88,765 contacts, 1,391 with force, 1,017 officers") == 5
    assert "n = 101,234 records, 1,391 with force, 1,017 officers" in texts
    assert "0.70 (0.61 to 0.79)" in texts
    text = written(figure).replace("<br>", " ")
    assert "A risk ratio is not an odds ratio; for rare force they are close." in text
    assert "Compared with contacts reported by an officer without certification." in text
    assert figure["layout"]["xaxis"]["type"] == "log"
    assert [len(trace["x"]) for trace in figure["data"]] == [5, 1]
    odds, ratio = figure["data"][0], math.exp(-0.36)
    assert (odds["x"][2], odds["error_x"]["array"][2]) == pytest.approx(
        (ratio, ratio * math.expm1(1.959963985 * 0.066))
    )


def test_a_step_without_a_number_keeps_its_place_and_says_why() -> None:
    ladder = frames.tables("lower")["models/ladder"]
    gone = ladder["variant"] == "year_effects"
    ladder.loc[gone, ["ratio", "conf_low", "conf_high"]] = None
    ladder.loc[gone, "reason"], ladder.loc[gone, "reason_facts"] = "separation", "[{}]"
    figure = force_ladder(ladder, REAL)
    texts = [annotation["text"] for annotation in figure["layout"]["annotations"]]
    assert [len(trace["x"]) for trace in figure["data"]] == [4, 1]
    assert texts[texts.index("3. Adjusted for the year") + 1 :][:3] == [
        "n = 88,765 contacts, 1,391 with force, 1,017 officers",
        "not estimated",
        "<i>Separation: the likelihood has no finite</i>",
    ]
    assert "Cannot be estimated: no step was fitted." in written(force_ladder(ladder.iloc[:0], REAL))


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


def test_what_cannot_be_estimated_is_written_with_its_reason() -> None:
    tables = frames.tables("cannot")
    assert "not estimated" in written(force_forest(tables["models/estimates"], REAL))
    assert (
        written(adjusted_risk(tables["models/absolute_risk"], REAL)).count("Cannot be estimated: too few events: 3")
        == 5
    )


def test_a_fit_without_any_number_says_so_once() -> None:
    estimates = frames.tables("cannot")["models/estimates"]
    estimates[["odds_ratio", "conf_low", "conf_high"]] = None
    estimates["converged"] = False
    text = written(force_forest(estimates, REAL))
    assert text.count("The other predictors cannot be estimated") == 1
    assert text.count("Too few events: 3") == 3


def test_empty_tables_draw_a_figure_that_says_so() -> None:
    tables = {path: frame.iloc[:0] for path, frame in frames.tables("lower").items()}
    assert "Cannot be estimated" in written(force_forest(tables["models/estimates"], REAL))
    go.Figure(adjusted_risk(tables["models/absolute_risk"], REAL))
    go.Figure(disposition_bars(tables["models/disposition_shares"], REAL))


def test_bars_say_why_there_is_no_interval() -> None:
    shares = frames.tables("lower")["models/disposition_shares"]
    gone = (shares["cit_certified"] == 1) & (shares["disposition_group"] == "arrest")
    shares.loc[gone, ["share_conf_low", "share_conf_high"]] = None
    figure = disposition_bars(shares, REAL)
    assert "too few contacts for an interval" in written(figure)
    assert len(figure["data"][0]["x"]) == len(figure["data"][1]["x"]) - 1


def test_flow_shows_every_rule_with_its_count() -> None:
    text = written(exclusion_flow(frames.tables("lower")["quality/flow"], REAL))
    for words in (
        "<b>110,000</b> records received",
        "1,234  exact duplicate",
        "<b>101,234</b> clean records",
        "0  no template",
    ):
        assert words in text


def test_small_officer_levels_keep_their_row_and_lose_their_numbers() -> None:
    tables = frames.tables("lower")
    small = small_levels(tables["quality/levels"])
    assert small == {("officer_race", "ASIAN")}
    kept = withhold_small_levels(tables["models/estimates"], small)
    hit = kept[(kept["term"] == "officer_race") & (kept["level"] == "ASIAN")]
    assert len(hit) == len(frames.FORCE_VARIANTS)
    # What tells the standard error tells the number of contacts.
    numbers = ["estimate", "std_error", "odds_ratio", "conf_low", "conf_high", "p_value", "statistic"]
    assert hit[[*numbers, "smallest_detectable", "design_effect"]].isna().all(axis=None)
    assert tables["models/estimates"]["odds_ratio"].notna().sum() - kept["odds_ratio"].notna().sum() == len(hit)
    figure = force_forest(kept, REAL)
    assert "Withheld: fewer than 10 contacts." in written(figure)
    assert ("officer_race", "ASIAN") not in attributes_shown(figure)
    assert ("officer_race", "ASIAN") in attributes_shown(force_forest(tables["models/estimates"], REAL))


def test_hostile_level_is_escaped() -> None:
    estimates = frames.tables("lower")["models/estimates"]
    estimates.loc[estimates["level"] == "West", "level"] = "<img src=x onerror=alert(1)>"
    text = figure_json(force_forest(estimates, REAL))
    assert "<img" not in text
    assert "&lt;img" in text


def test_work_file_is_whole_and_carries_the_hash(tmp_path: Path) -> None:
    figure = exclusion_flow(frames.tables("lower")["quality/flow"], DEMO)
    file = write_work_figure(tmp_path, "exclusion_flow", figure)
    assert file == tmp_path / "published" / "work" / "exclusion_flow.json"
    assert json.loads(file.read_text())["layout"]["meta"]["snapshot"] == frames.SNAPSHOT
    assert [path.name for path in file.parent.iterdir()] == ["exclusion_flow.json"]
