"""What holds of every topic, whichever there are: words, numbers with their rows, charts, and the golden texts."""

import copy
import math
import re
from typing import Any

import plotly.graph_objects as go
import pytest

from cit_platform.publishing.edition.work import compact_json
from cit_platform.publishing.parts.figure_provenance import BANNER
from cit_platform.publishing.parts.finding import Finding
from cit_platform.publishing.parts.topic import Report
from cit_platform_tests.publishing import frames
from cit_platform_tests.publishing.conftest import DEMO, REAL, TOPICS, TRUTHS, report, reports, tables_under, written
from cit_platform_tests.publishing.golden_texts import golden, text_of
from cit_platform_tests.publishing.language import banned_words

COLUMNS = {
    "odds ratio": "odds_ratio",
    "risk difference": "risk_difference",
    "risk": "risk",
    "design effect": "design_effect",
    "rate ratio": "ratio",
}
ASSOCIATIONS = ("odds ratio", "risk difference", "rate ratio")
EVERYTHING = {truth: reports(tables_under(truth)) for truth in TRUTHS}
each_truth = pytest.mark.parametrize("truth", TRUTHS)
each_topic = pytest.mark.parametrize("name", TOPICS)
each_chart = pytest.mark.parametrize("name", [name for name, topic in TOPICS.items() if topic.chart])


def findings(truth: str) -> list[Finding]:
    return [finding for found in EVERYTHING[truth].values() for finding in found.findings]


def words_of(found: Report) -> list[str]:
    said = [text for finding in found.findings for text in (finding.sentence, finding.words, finding.what)]
    said += [block["text"] for block in found.blocks if block["kind"] in ("heading", "prose")]
    tables = [block["table"] for block in found.blocks if "table" in block]
    return said + [cell for table in tables for row in (table["header"], *table["rows"]) for cell in row]


def figure_of(name: str, truth: str = "lower") -> dict[str, Any]:
    chart = EVERYTHING[truth][name].chart
    assert chart is not None
    figure: dict[str, Any] = chart["figure"]
    return figure


@each_topic
def test_what_it_says_is_its_golden_text(name: str) -> None:
    text = "\n".join(f"== {truth}\n{text_of(EVERYTHING[truth][name])}" for truth in TRUTHS)
    assert text == golden(name, text)


@each_topic
@each_truth
def test_it_uses_no_causal_word(name: str, truth: str) -> None:
    provenances = (EVERYTHING[truth][name], report(name, tables_under(truth), DEMO))
    assert {text for found in provenances for text in words_of(found) if banned_words(text)} == set()


@each_topic
def test_it_says_the_same_whatever_the_order_of_the_rows(name: str) -> None:
    shuffled = {path: frame.sample(frac=1, random_state=7) for path, frame in tables_under("lower").items()}
    assert report(name, shuffled) == EVERYTHING["lower"][name]


@each_topic
def test_it_bears_tables_without_rows(name: str) -> None:
    tables = tables_under("lower")
    revisions = tables["quality/revisions"]
    kept = {"quality/levels": tables["quality/levels"], "quality/revisions": revisions[revisions["change"] == "first"]}
    found = report(name, {path: frame.iloc[:0] for path, frame in tables.items()} | kept)
    assert {finding.direction for finding in found.findings} <= {"cannot be estimated"}


@each_truth
def test_the_numbers_of_a_finding_stand_in_the_row_that_it_names(truth: str) -> None:
    tables = tables_under(truth)
    named = [finding for finding in findings(truth) if finding.row]
    assert len(named) > 7
    for finding in named:
        assert finding.row is not None
        frame = tables[finding.row.table]
        for column, value in finding.row.key.items():
            frame = frame[frame[column].astype(str) == str(value)]
        assert len(frame) == 1, finding.key
        if finding.estimate is not None and finding.unit in COLUMNS:
            column = COLUMNS[finding.unit]
            limits = "" if column in ("odds_ratio", "ratio") else f"{column}_"
            expected = {"estimate": column}
            if finding.low is not None:
                expected |= {"low": f"{limits}conf_low", "high": f"{limits}conf_high"}
            found = {name: getattr(finding, name) for name in expected}
            assert found == {name: frame.iloc[0][stored] for name, stored in expected.items()}, finding.key


@each_truth
def test_a_number_has_an_interval_a_reference_and_an_n(truth: str) -> None:
    for finding in [finding for finding in findings(truth) if finding.unit in (*ASSOCIATIONS, "risk")]:
        if finding.estimate is not None:
            assert finding.low is not None
            assert finding.high is not None
            assert finding.low < finding.estimate < finding.high
            assert finding.reference
            assert finding.sizes.n
            assert "95 % interval" in finding.sentence


@each_truth
def test_the_direction_is_that_of_the_interval(truth: str) -> None:
    for finding in findings(truth):
        if finding.low is not None and finding.high is not None and finding.unit in ASSOCIATIONS:
            neutral = 0.0 if finding.unit == "risk difference" else 1.0
            side = "lower" if finding.high < neutral else "higher" if finding.low > neutral else "no clear association"
            assert finding.direction == side, finding.key
        if finding.direction == "cannot be estimated":
            assert finding.estimate is None
            assert "cannot be estimated" in finding.sentence


@each_truth
def test_power_stands_beside_every_null_and_nowhere_else(truth: str) -> None:
    for finding in findings(truth):
        # Beside a published number stands how far ours is from it; what could have been noticed is in its table.
        if finding.estimate is not None and finding.unit in ASSOCIATIONS and not finding.key.startswith("replication"):
            null = finding.direction == "no clear association"
            assert ("would usually have noticed" in finding.sentence) == null, finding.key


LESS, MORE = ("less often", "lower", "fewer"), ("more often", "higher", "all more")
OPEN = ("no clear", "neither clearly", "undecided", "No step")


def sides_of(sentence: str) -> set[str]:
    """The sides that a sentence takes; what it denies is no side."""
    said = re.sub(r", not (higher|more|fewer)|neither clearly .* often than", "", sentence)
    return {side for side, words in (("lower", LESS), ("higher", MORE)) if any(word in said for word in words)}


@each_truth
def test_no_sentence_contradicts_the_side_of_its_interval(truth: str) -> None:
    for finding in findings(truth):
        if finding.direction in ("lower", "higher"):
            assert sides_of(finding.sentence) <= {finding.direction}, finding.sentence
            assert not any(word in finding.sentence for word in OPEN), finding.sentence
        if finding.direction == "no clear association":
            assert sides_of(finding.sentence) == set(), finding.sentence
            assert finding.key.startswith("replication") or any(word in finding.sentence for word in OPEN)


def test_the_reader_of_sides_can_fail() -> None:
    assert sides_of("mention force less often; the contacts were all more, not fewer") == {"lower", "higher"}
    assert sides_of("mention force neither clearly less nor clearly more often than reports by others") == set()


@each_truth
def test_two_risks_stand_on_the_side_of_their_difference(truth: str) -> None:
    printed = re.compile(r"about ([\d.,]+) written up by certified officers and ([\d.,]+) by others")
    found = [finding for finding in EVERYTHING[truth]["absolute_risk"].findings if finding.estimate is not None]
    assert len(found) == (0 if truth == "cannot" else 4)
    for finding in found:
        match = printed.search(finding.sentence)
        assert match is not None
        certified, others = (float(number.replace(",", "")) for number in match.groups())
        assert finding.estimate is not None
        assert (certified - others) * finding.estimate > 0, finding.sentence


def test_no_sentence_claims_more_than_the_records_tell() -> None:
    for truth in TRUTHS:
        said = " ".join(text for found in EVERYTHING[truth].values() for text in words_of(found))
        for words in (
            "strongest predictor",
            "confirm",
            "does not hold",
            "it holds",
            "not supported",
            "training lowers",
        ):
            assert words not in said, words


def test_keys_are_used_once_and_what_a_section_tells_exists() -> None:
    keys = [finding.key for finding in findings("lower")]
    assert len(keys) == len(set(keys))
    placed = [
        block["key"] for found in EVERYTHING["lower"].values() for block in found.blocks if block["kind"] == "sentence"
    ]
    assert set(placed) <= set(keys)


@each_chart
@each_truth
def test_plotly_accepts_the_chart(name: str, truth: str) -> None:
    figure = figure_of(name, truth)
    go.Figure(copy.deepcopy(figure))
    assert figure["layout"]["meta"]["snapshot"] == frames.SNAPSHOT
    assert figure["layout"]["meta"]["chart"] == TOPICS[name].chart
    assert banned_words(written(figure)) == []


@each_topic
def test_only_a_topic_that_says_so_has_a_chart(name: str) -> None:
    assert (EVERYTHING["lower"][name].chart is None) == (TOPICS[name].chart is None)


@each_chart
def test_a_chart_of_a_demonstration_carries_the_banner(name: str) -> None:
    demonstration = report(name, tables_under("lower"), DEMO).chart
    assert demonstration is not None
    assert BANNER in written(demonstration["figure"]).replace("<br>", " ")
    assert "Demonstration data" not in written(figure_of(name))


@each_chart
def test_floats_of_a_chart_have_ten_digits(name: str) -> None:
    def floats(value: Any) -> list[float]:
        if isinstance(value, dict):
            return [number for item in value.values() for number in floats(item)]
        if isinstance(value, list):
            return [number for item in value for number in floats(item)]
        return [value] if isinstance(value, float) else []

    assert all(number == float(f"{number:.10g}") and math.isfinite(number) for number in floats(figure_of(name)))
    assert compact_json(figure_of(name)) == compact_json(report(name, tables_under("lower"), REAL).chart["figure"])  # type: ignore[index]
