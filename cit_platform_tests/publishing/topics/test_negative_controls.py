"""Control questions on the page: what they find, what that is for force, and that too few calibrate nothing."""

from cit_platform.publishing.parts.finding import Finding
from cit_platform_tests.publishing.conftest import Tables, report, tables_under

CONTROLS = "models/negative_controls"


def finding(tables: Tables) -> Finding:
    [found] = report("negative_controls", tables).findings
    return found


def test_the_sentence_counts_what_cannot_be_and_moves_the_answer() -> None:
    sentence = finding(tables_under("lower")).sentence
    assert "In 8 questions whose answer should be an odds ratio of 1, it lies between 0.97 and 1.15" in sentence
    assert "1 of their 95 % intervals leaves out 1, where chance alone would give about 0.4" in sentence
    assert (
        "shares most with the answer on force is force, by certification within the coming year: 0.97 (95 %" in sentence
    )
    assert "becomes 0.66 (0.57 to 0.77); n = 86,254 contacts" in sentence
    tables = tables_under("lower")
    tables[CONTROLS].loc[tables[CONTROLS]["control"] == "call_fields_missing", "conf_low"] = 0.9
    assert "None of their 95 % intervals leaves out 1" in finding(tables).sentence


def test_too_few_controls_calibrate_nothing() -> None:
    found = finding(tables_under("cannot"))
    assert found.words == "not calibrated"
    assert "4 of 8 control questions have a number, and at least five are needed" in found.sentence


def test_every_control_and_every_answer_has_its_row() -> None:
    tables = [
        block["table"] for block in report("negative_controls", tables_under("higher")).blocks if "table" in block
    ]
    assert [len(table["rows"]) for table in tables] == [8, 4]
    assert {cell for row in tables[1]["rows"] for cell in row} >= {"Force", "Arrest"}
    without = [
        block["table"] for block in report("negative_controls", tables_under("cannot")).blocks if "table" in block
    ]
    assert {row[4] for row in without[1]["rows"]} == {"not calibrated"}
