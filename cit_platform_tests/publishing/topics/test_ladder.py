"""The ladder: from the published way to the strictest, and what it says where the steps disagree."""

import math
import re

import pandas as pd
import pytest

from cit_platform.publishing.parts.finding import Finding
from cit_platform.publishing.topics.ladder import force_ladder, ladder_table, ordered_steps
from cit_platform_tests.publishing.conftest import REAL, report, tables_under, written


def finding(ladder: pd.DataFrame) -> Finding:
    [found] = report("ladder", tables_under("lower") | {"models/ladder": ladder}).findings
    return found


def ladder_under(truth: str) -> pd.DataFrame:
    """The ladder of force."""
    ladder = tables_under(truth)["models/ladder"]
    return ladder[ladder["outcome"] == "force"].reset_index(drop=True)


def with_step(step: int, **numbers: float) -> pd.DataFrame:
    ladder = ladder_under("higher")
    ladder.loc[ladder["step"] == step, list(numbers)] = list(numbers.values())
    return ladder


def test_it_says_how_far_estimate_and_interval_move() -> None:
    ladder = ladder_under("lower")
    loose, strict = (ladder[ladder["role"] == role].iloc[0] for role in ("published", "headline"))
    widths = [math.log(row["conf_high"] / row["conf_low"]) for row in (strict, loose)]
    found = finding(ladder)
    assert found.estimate == pytest.approx(strict["ratio"] / loose["ratio"])
    assert found.words == f"hardly moves the estimate, interval {100 * (widths[0] / widths[1] - 1):.0f} % wider"
    assert found.row is not None
    assert found.row.key["step"] == strict["step"]
    assert found.sentence.endswith("The direction does not depend on how one counts.")


def test_the_step_that_speaks_does_so_by_its_role() -> None:
    ladder = ladder_under("higher")
    ladder["role"] = ladder["role"].where(ladder["role"] == "published", "ladder")
    ladder.loc[ladder["step"] == 2, "role"] = "headline"
    row = finding(ladder).row
    assert row is not None
    assert row.key["step"] == 2


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ({"ratio": 3.0, "conf_low": 2.7, "conf_high": 3.33}, "moves the estimate to 2.01 times what it was"),
        ({"ratio": 1.5, "conf_low": 1.36, "conf_high": 1.655}, "hardly moves the estimate, interval about as wide"),
        ({"ratio": 1.5, "conf_low": 1.48, "conf_high": 1.52}, "% narrower"),
    ],
)
def test_what_moves_is_said_as_it_is(numbers: dict[str, float], words: str) -> None:
    assert words in finding(with_step(4, **numbers)).words


def test_it_names_the_steps_that_disagree() -> None:
    assert (
        "The steps disagree, and that is the finding: steps 0, 1, 3, 4 and 5 (certified: higher); "
        "step 2 (no clear association)." in finding(with_step(2, conf_low=0.98)).sentence
    )
    assert "No step shows a clear association." in finding(ladder_under("unclear")).sentence


def test_numbers_come_from_the_table() -> None:
    found = finding(with_step(4, ratio=9.0, conf_low=8.5, conf_high=9.7))
    first = ladder_under("higher").query("variant == 'published'")["ratio"].iloc[0]
    assert found.estimate == pytest.approx(9.0 / first)
    assert "9.00 (95 % interval 8.50 to 9.70)" in found.sentence


def test_without_a_number_it_gives_the_reason() -> None:
    assert "cannot be estimated: " in finding(ladder_under("cannot")).sentence
    empty = finding(ladder_under("lower").iloc[:0])
    assert (empty.direction, empty.estimate) == ("cannot be estimated", None)


def test_the_chart_goes_from_the_published_way_to_the_strictest() -> None:
    ladder = ladder_under("lower")
    figure = force_ladder(ladder.sample(frac=1, random_state=3), REAL)
    assert figure == force_ladder(ladder, REAL)
    texts = [annotation["text"] for annotation in figure["layout"]["annotations"]]
    assert [text[0] for text in texts if re.match(r"\d\. [A-Z]", text)] == ["0", "1", "2", "3", "4", "5"]
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
    gone = ladder["step"] == 4
    ladder.loc[gone, ["ratio", "conf_low", "conf_high"]] = None
    ladder.loc[gone, "converged"] = False
    figure = force_ladder(ladder, REAL)
    texts = [annotation["text"] for annotation in figure["layout"]["annotations"]]
    assert [len(trace["x"]) for trace in figure["data"]] == [4, 1]
    [at] = [at for at, text in enumerate(texts) if text.startswith("4. ")]
    assert "not estimated" in texts[at + 1 :][:6]
    assert "Cannot be estimated: no step was fitted." in written(force_ladder(ladder.iloc[:0], REAL))


def test_the_table_holds_every_number() -> None:
    ladder = ladder_under("lower")
    table = ladder_table(ordered_steps(ladder), "force")
    assert [row[0][:1] for row in table.rows] == ["0", "1", "2", "3", "4", "5"]
    first, *_, last = (dict(zip(table.header, row, strict=True)) for row in table.rows)
    published = ladder[ladder["variant"] == "published"].iloc[0]
    assert first["Step"] == "0. As published: one row per record (not in the protocol)"
    assert (first["n rows"], first["Officers"]) == (f"{published['n_rows']:,}", f"{published['n_officers']:,}")
    assert first["Ratio"] == f"{published['ratio']:.2f}"
    assert (first["Difference per 1,000"], last["Measure"]) == ("", "risk ratio")
    assert last["Difference per 1,000"].startswith("\N{MINUS SIGN}")
