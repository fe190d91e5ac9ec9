"""The page of a city under each distortion: no sentence takes a side that the city's truth contradicts.

One distortion in the suite, the one that no model can undo; all of them with CIT_TEST_EVERY_SWITCH=1 (twenty minutes).
"""

import csv
import os
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from benchmarks.measurement.questions import Quantity
from benchmarks.measurement.simulation import causal_values
from benchmarks.measurement.switches import SWITCHES, Switch
from cit_platform.sources.demo.source import DemoSource
from cit_platform_tests.conftest import Cit

pytestmark = pytest.mark.pipeline

UNMENDABLE = ("recording by certification",)
ROWS, SEED, LAST_DAY = 20_000, 4, date(2025, 12, 31)
OFFICERS = 400
OUTCOMES = ("force", "arrest", "emergent_detention", "referral")
EVERY = os.environ.get("CIT_TEST_EVERY_SWITCH") == "1"
TRIED = [switch for switch in SWITCHES if EVERY or switch.name in UNMENDABLE]
# How the page sets two risks beside each other.
SENTENCE = re.compile(
    r"about ([\d.,]+) written up by certified officers and ([\d.,]+) by others would (involve|end in) ([a-z ]+): "
    r"(a difference|no clear difference)"
)
WARNINGS = (
    "Who acts also ticks the boxes",
    "whether certified officers write more forms than others, these records do not say",
    "these records cannot tell",
)


def refreshed(switch: Switch, folder: Path) -> Cit:
    city = replace(switch.city(effect=True), n_officers=OFFICERS)
    table = DemoSource(SEED, ROWS, LAST_DAY, city).table().to_pandas()
    table.to_csv(folder / "records.csv", index=False, quoting=csv.QUOTE_NONNUMERIC)
    settings = {"CIT_SOURCE": "file", "CIT_SOURCE_PATH": str(folder / "records.csv"), "CIT_AS_OF": "2026-01-15"}
    cit = Cit(folder / "home", settings)
    cit.refreshed()
    return cit


def claims(page: str) -> dict[str, int]:
    """By outcome, the side of each sentence that takes one: 1 where certified officers have more."""
    found = SENTENCE.findall(re.sub(r"<[^>]+>", "", page))
    assert [name.replace(" ", "_") for *_, name, _ in found] == list(OUTCOMES)
    sides = {
        name.replace(" ", "_"): (number(certified) > number(others)) - (number(certified) < number(others))
        for certified, others, _, name, verdict in found
        if verdict == "a difference"
    }
    assert 0 not in sides.values()
    return sides


def number(text: str) -> float:
    return float(text.replace(",", ""))


def beside_truth(cit: Cit, switch: Switch) -> pd.DataFrame:
    """The headline's certification by outcome, and the marginal causal log odds ratio of the city."""
    truth = causal_values(switch, effect=True, n_contacts=400_000)
    estimates = cit.published("estimates")
    rows = estimates[(estimates["variant"] == "primary") & (estimates["term"] == "cit_certified")]
    rows = rows.set_index("outcome").loc[list(OUTCOMES)]
    return rows.assign(truth=[truth[Quantity("primary", outcome)] for outcome in rows.index])


@pytest.mark.parametrize("switch", TRIED, ids=lambda switch: switch.name)
def test_no_sentence_takes_a_side_that_the_truth_contradicts(switch: Switch, tmp_path: Path) -> None:
    cit = refreshed(switch, tmp_path)
    page = (cit.latest / "index.html").read_text(encoding="utf-8")
    both = beside_truth(cit, switch)
    said = {outcome: side for outcome, side in claims(page).items() if side * both.loc[outcome, "truth"] < 0}
    if switch.name in UNMENDABLE:
        assert [warning for warning in WARNINGS if warning not in re.sub(r"<[^>]+>", "", page)] == []
    else:
        assert not said, both[["estimate", "std_error", "truth"]].to_string()
        distance = ((both["estimate"] - both["truth"]) / both["std_error"]).abs()
        assert (distance < 3.5).all(), both[["estimate", "std_error", "truth"]].to_string()
    if "not joined in 2015" in switch.name or switch.changes.get("unjoined_certification"):
        assert "Certification is analysed from 1 January 2016 on." in page
    assert "cause" not in re.sub(r"<[^>]+>", "", page).lower().replace("because", "")
