"""What can be answered: every broken limit is named with what it switches off, and the sentence follows the table."""

from cit_platform.publishing.parts.finding import Finding
from cit_platform_tests.publishing.conftest import Tables, report, tables_under


def said(tables: Tables) -> Finding:
    [finding] = report("feasibility", tables).findings
    return finding


def test_a_month_that_holds_too_many_is_refused_by_name() -> None:
    finding = said(tables_under("lower"))
    assert "too many officers become certified at once in 2016-01" in finding.sentence
    assert finding.words == "2 of 5 limits broken"


def test_what_is_switched_off_is_named() -> None:
    finding = said(tables_under("lower"))
    assert "Not asked for that reason: likeness within incidents" in finding.sentence
    assert finding.row is not None
    assert finding.row.key["question"] == "cohorts"


def test_the_sentence_changes_when_every_limit_is_kept() -> None:
    tables = tables_under("lower")
    frame = tables["models/feasibility"]
    frame["passes"] = frame["passes"].where(frame["passes"].isna(), True)
    frame["switches_off"] = ""
    assert said(tables).sentence.startswith("The records keep to all 5 limits")


def test_what_cannot_be_said_yet_stands_in_the_table_with_its_reason() -> None:
    table = report("feasibility", tables_under("lower")).blocks[1]["table"]
    rows = {row[0]: row for row in table["rows"]}
    later = rows["Contacts whose certification the city changed later"]
    assert later[1] == "nothing to compare yet"
    assert later[4] == ""
    assert rows["Of incidents with several reports those by several officers"][4] == "no"


def test_quarters_stand_in_a_table_of_their_own() -> None:
    blocks = report("feasibility", tables_under("lower")).blocks
    assert blocks[2]["table"]["rows"][0][:2] == ("2016-Q1", "45.0 %")
    assert blocks[3]["table"]["rows"][0][:2] == ("2016-01", "90")
