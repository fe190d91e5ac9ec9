"""Choose for yourself: every way's answer follows the truth, and everything that a script shows was printed here."""

import json
import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.topic import Choosing
from cit_platform.publishing.topics.choices import answer, ways_table
from cit_platform_tests.publishing.conftest import TRUTHS, content, report, tables_under
from cit_platform_tests.publishing.language import banned_words
from cit_platform_tests.publishing.modelled import WAYS

ANSWERS = {
    "lower": "mention force less often than other reports",
    "higher": "mention force more often than other reports",
    "unclear": "mention force neither clearly less nor clearly more often than other reports",
    "mixed": "mention force less often than other reports",
    "cannot": "cannot be estimated: ",
}


def choosing(truth: str) -> Choosing:
    [block] = [block for block in content("choices", tables_under(truth)).blocks if isinstance(block, Choosing)]
    return block


@pytest.mark.parametrize("truth", TRUTHS)
def test_the_answer_of_every_way_follows_the_truth(truth: str) -> None:
    ways = choosing(truth).ways
    assert len(ways) == len(WAYS)
    for each in ways:
        assert ANSWERS[truth] in each["answer"]
        assert banned_words(each["answer"]) == []
        assert banned_words(each["numbers"]) == []
        power = "we would usually have noticed" in each["numbers"]
        assert power == (truth == "unclear")


def test_an_answer_has_range_reference_sizes_and_both_measures() -> None:
    for each in choosing("lower").ways:
        said = each["answer"]
        unit = each["choices"][0]
        assert len(re.findall(r"[\d.]+ in 1,000[a-z ]* \([\d.]+ to [\d.]+, 95 %\)", said)) == 2
        assert f"in 1,000 {unit}s" in said
        assert "95 % interval in brackets; odds ratio 0.67 (0." in each["numbers"]
        assert wording.NOT_CERTIFIED in each["numbers"]
        assert re.search(rf"n = [\d,]+ {unit}s, [\d,]+ of them with force, [\d,]+ officers", each["numbers"])


def test_what_is_drawn_is_what_is_said() -> None:
    block = choosing("lower")
    for each in block.ways:
        said = re.findall(r"([\d.]+) in 1,000", each["answer"])
        assert [value.split(" ")[0] for value in each["values"]] == said
        ranges = re.findall(r"[\d.]+ to [\d.]+", str(each["ranges"]))
        assert ranges == re.findall(r"[\d.]+ to [\d.]+", each["answer"])
        assert [d.count("M") for d in each["quantiles"]] == [20, 20]
        printed = [round(float(number)) for number in said]
        assert all(abs(d.count("M") - number) <= 1 for d, number in zip(each["contacts"], printed, strict=True))
    picture, curve = ElementTree.fromstring(block.picture), ElementTree.fromstring(block.curve)
    spoken = block.ways[block.spoken]
    drawn = [path.attrib["d"] for path in picture.iter() if path.attrib.get("class") == "contacts"]
    assert drawn == list(spoken["contacts"])
    marks = {mark.attrib["data-way"]: mark.attrib["class"] for mark in curve.iter() if "data-way" in mark.attrib}
    assert len(marks) == len(block.ways)
    assert [place for place, names in marks.items() if "chosen" in names] == [str(block.spoken)]


def test_the_curve_is_ordered_and_its_marks_stand_at_their_values() -> None:
    block = choosing("lower")
    curve = ElementTree.fromstring(block.curve)
    places = [
        (float(circle.attrib["cy"]), float(circle.attrib["cx"]))
        for circle in curve.iter()
        if circle.attrib.get("class") == "point"
    ]
    xs = [x for _, x in sorted(places)]
    assert xs == sorted(xs)
    values = sorted(row["risk_difference"] for row in tables_under("lower")["models/choices"].to_dict("records"))
    steps, apart = ([b - a for a, b in pairwise(numbers)] for numbers in (values, xs))
    assert [x / apart[0] for x in apart] == pytest.approx([step / steps[0] for step in steps], rel=0.01)


def test_every_way_chooses_among_the_options_of_the_questions() -> None:
    block = choosing("lower")
    assert block.ways[block.spoken]["choices"] == list(WAYS["primary", "headline"])
    for place, question in enumerate(block.questions):
        assert {each["choices"][place] for each in block.ways} == set(dict(question.options))
        assert question.label


def test_the_finding_says_how_far_the_answer_moves_and_takes_no_vote() -> None:
    tables = tables_under("lower")
    rows = tables["models/choices"]
    numbers = ["risk_difference", "risk_difference_conf_low", "risk_difference_conf_high"]
    rows.loc[rows["variant"] == "published", numbers] = [0.004, 0.001, 0.007]
    [finding] = report("choices", tables).findings
    assert " to +4.0 in 1,000 contacts. The 95 % intervals reach from " in finding.sentence
    assert " to +7.0. In the way that speaks" in finding.sentence
    assert "n = 86,254 contacts" in finding.sentence
    assert "less often" not in finding.sentence


def test_the_table_holds_every_way_the_one_that_speaks_first() -> None:
    block = choosing("lower")
    assert len(block.table.rows) == len(WAYS)
    assert "with year, records system and time of day" in block.table.rows[0][0]
    assert all(each["answer"] for each in block.ways)
    rows = tables_under("cannot")["models/choices"].to_dict("records")
    assert {len(row) for row in ways_table(rows, 0).rows} == {len(block.table.header)}
    assert "cannot be estimated" in answer(rows[0])


def test_a_table_without_rows_has_no_choice_and_says_that_nothing_was_fitted() -> None:
    tables = tables_under("lower")
    tables["models/choices"] = tables["models/choices"].head(0)
    found = report("choices", tables)
    assert found.blocks == ()
    assert "it was not fitted" in found.findings[0].sentence


def test_everything_a_script_shows_is_text_and_small() -> None:
    [block] = [block for block in report("choices", tables_under("lower")).blocks if block["kind"] == "choosing"]
    assert len(json.dumps(block["ways"])) / len(block["ways"]) < 4000
