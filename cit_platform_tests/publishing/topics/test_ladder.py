"""The ladder: from the published way to the strictest, and what it says where the steps disagree."""

import math
import re

import pandas as pd
import pytest

from cit_platform.publishing.parts.finding import Finding
from cit_platform.publishing.topics.ladder import force_ladder, ladder_table
from cit_platform_tests.publishing.conftest import REAL, report, tables_under, written

KEYS = ("ladder", "ladder_risk_ratio")


def by_key(ladder: pd.DataFrame) -> dict[str, Finding]:
    tables = tables_under("lower") | {"models/ladder": ladder}
    return {finding.key: finding for finding in report("ladder", tables).findings}


def ladder_under(truth: str) -> pd.DataFrame:
    return tables_under(truth)["models/ladder"]


def with_step(step: int, measure: str, **numbers: float) -> pd.DataFrame:
    ladder = ladder_under("higher")
    ladder.loc[(ladder["step"] == step) & (ladder["measure"] == measure), list(numbers)] = list(numbers.values())
    return ladder


def test_it_says_how_far_estimate_and_interval_move() -> None:
    ladder = ladder_under("lower")
    loose, strict = (ladder[ladder["variant"] == name].iloc[0] for name in ("published", "year_effects"))
    widths = [math.log(row["conf_high"] / row["conf_low"]) for row in (strict, loose)]
    found = by_key(ladder)["ladder"]
    assert found.estimate == pytest.approx(strict["ratio"] / loose["ratio"])
    assert found.words == f"interval {widths[0] / widths[1]:.2f} times as wide"
    assert found.row is not None
    assert found.row.key["variant"] == "year_effects"
    assert "Every step says the same (certified: lower)." in found.sentence


def test_it_names_the_steps_that_disagree() -> None:
    sentence = by_key(with_step(2, "odds_ratio", conf_low=0.98))["ladder"].sentence
    assert (
        "The steps disagree, and that is the finding: steps 0, 1, 3 and 4 (certified: higher); "
        "steps 2 by officer and 2 by officer and incident (no clear association)." in sentence
    )


def test_numbers_come_from_the_table() -> None:
    found = by_key(with_step(3, "odds_ratio", ratio=9.0, conf_low=8.5, conf_high=9.7))["ladder"]
    first = ladder_under("higher").query("variant == 'published'")["ratio"].iloc[0]
    assert found.estimate == pytest.approx(9.0 / first)
    assert "9.00 (95 % interval 8.50 to 9.70)" in found.sentence


@pytest.mark.parametrize(
    ("truth", "direction"),
    [
        ("lower", "lower"),
        ("higher", "higher"),
        ("unclear", "no clear association"),
        ("cannot", "cannot be estimated"),
    ],
)
def test_the_standardised_risk_ratio_follows_the_truth(truth: str, direction: str) -> None:
    ladder = ladder_under(truth)
    found = by_key(ladder)["ladder_risk_ratio"]
    assert (found.direction, found.unit) == (direction, "risk ratio")
    row = ladder[ladder["measure"] == "risk_ratio"].iloc[0]
    assert truth == "cannot" or (found.estimate, found.low) == (row["ratio"], row["conf_low"])


@pytest.mark.parametrize("key", KEYS)
def test_without_a_number_it_gives_the_reason(key: str) -> None:
    assert "cannot be estimated: " in by_key(ladder_under("cannot"))[key].sentence
    empty = by_key(ladder_under("lower").iloc[:0])[key]
    assert (empty.direction, empty.estimate) == ("cannot be estimated", None)


def test_the_chart_goes_from_the_published_way_to_the_strictest() -> None:
    ladder = ladder_under("lower")
    figure = force_ladder(ladder.sample(frac=1, random_state=3), REAL)
    assert figure == force_ladder(ladder, REAL)
    texts = [annotation["text"] for annotation in figure["layout"]["annotations"]]
    assert [text[0] for text in texts if re.match(r"\d\. [A-Z]", text)] == ["0", "1", "2", "2", "3", "4"]
    text = written(figure).replace("<br>", " ")
    assert "A risk ratio is not an odds ratio; for rare force they are close." in text
    assert "Compared with contacts reported by an officer without certification." in text
    assert figure["layout"]["xaxis"]["type"] == "log"
    assert [len(trace["x"]) for trace in figure["data"]] == [5, 1]
    strict = ladder[ladder["variant"] == "officer_clustered"].iloc[0]
    odds = figure["data"][0]
    assert (odds["x"][2], odds["error_x"]["array"][2]) == pytest.approx(
        (strict["ratio"], strict["conf_high"] - strict["ratio"])
    )


def test_a_step_without_a_number_keeps_its_place_and_says_why() -> None:
    ladder = ladder_under("lower")
    gone = ladder["variant"] == "year_effects"
    ladder.loc[gone, ["ratio", "conf_low", "conf_high"]] = None
    ladder.loc[gone, "converged"] = False
    figure = force_ladder(ladder, REAL)
    texts = [annotation["text"] for annotation in figure["layout"]["annotations"]]
    assert [len(trace["x"]) for trace in figure["data"]] == [4, 1]
    assert "not estimated" in texts[texts.index("3. Adjusted for the year") + 1 :][:3]
    assert "Cannot be estimated: no step was fitted." in written(force_ladder(ladder.iloc[:0], REAL))


def test_the_table_holds_every_number() -> None:
    ladder = ladder_under("lower")
    table = ladder_table(ladder)
    assert [row[0][:1] for row in table.rows] == ["0", "1", "2", "2", "3", "4"]
    first, *_, last = (dict(zip(table.header, row, strict=True)) for row in table.rows)
    published = ladder[ladder["variant"] == "published"].iloc[0]
    assert first["Step"] == "0. As published: one row per record"
    assert (first["n rows"], first["Officers"]) == (f"{published['n_rows']:,}", f"{published['n_officers']:,}")
    assert first["Ratio"] == f"{published['ratio']:.2f}"
    assert (first["Difference per 1,000"], last["Measure"]) == ("", "risk ratio")
    assert last["Difference per 1,000"].startswith("\N{MINUS SIGN}")
