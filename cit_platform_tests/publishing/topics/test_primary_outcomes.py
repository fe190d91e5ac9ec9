"""Primary outcomes: each against its margin, judged together, on the side of its interval; and why there is none."""

import pytest

from cit_platform.publishing.parts.finding import Finding
from cit_platform.publishing.topics.primary_outcomes import (
    diagram_table,
    margins_table,
    ordered_outcomes,
    target_trial_table,
    together_table,
)
from cit_platform.studies.protocol import protocol
from cit_platform_tests.publishing.conftest import Tables, content, report, tables_under
from cit_platform_tests.publishing.language import banned_words

PRIMARY = "models/primary_outcomes"


def by_key(tables: Tables) -> dict[str, Finding]:
    return {finding.key: finding for finding in report("primary_outcomes", tables).findings}


@pytest.mark.parametrize(
    ("truth", "side", "other"),
    [("lower", " fewer contacts with force", " more contacts"), ("higher", " more contacts with force", " fewer")],
)
def test_the_sentence_stands_on_the_side_of_the_interval(truth: str, side: str, other: str) -> None:
    sentence = by_key(tables_under(truth))["primary_force"].sentence
    assert side in sentence
    assert other not in sentence
    assert "more than the 2.0 in 1,000 that were said beforehand to matter" in sentence


def test_no_difference_is_said_to_be_open_or_too_small() -> None:
    found = by_key(tables_under("unclear"))
    assert "shows no clear difference" in found["primary_force"].sentence
    assert found["primary_force"].words == "smaller than what would matter"
    assert "too small to matter" in found["primary_force"].sentence


@pytest.mark.parametrize(("size", "words"), [("undecided", "stays open"), ("smaller", "too small to matter")])
def test_the_verdict_is_that_of_the_row(size: str, words: str) -> None:
    tables = tables_under("lower")
    tables[PRIMARY].loc[tables[PRIMARY]["outcome"] == "arrest", "size"] = size
    assert words in by_key(tables)["primary_arrest"].sentence


def test_what_cannot_be_estimated_says_why_in_sentence_and_table() -> None:
    tables = tables_under("cannot")
    assert {finding.direction for finding in by_key(tables).values()} == {"cannot be estimated"}
    table = together_table(list(ordered_outcomes(tables[PRIMARY]).values()))
    assert {len(row) for row in table.rows} == {len(table.header)}
    assert all("cannot be estimated: " in row[4] for row in table.rows)


def test_the_table_has_every_number_and_the_outcomes_in_the_order_of_the_protocol() -> None:
    tables = tables_under("lower")
    table = together_table(list(ordered_outcomes(tables[PRIMARY]).values()))
    assert [row[0] for row in table.rows] == ["Force", "Arrest", "Emergent detention", "Referral"]
    assert {len(row) for row in table.rows} == {len(table.header)}
    assert table.rows[0][6] == "2.0"


def test_the_page_says_what_was_laid_down_when_and_why() -> None:
    said = [block.text for block in content("primary_outcomes", tables_under("lower")).blocks if hasattr(block, "text")]
    assert f"2026-11-27 (protocol {protocol().hash[:8]})" in said[0]
    assert "no record of today’s feed" in said[0].replace("'", "’")  # noqa: RUF001
    cells = [
        cell for table in (margins_table(), target_trial_table(), diagram_table()) for row in table.rows for cell in row
    ]
    assert banned_words(" ".join([*said, *cells])) == []
    assert len(target_trial_table().rows) == 8
    assert {row[0] for row in diagram_table().rows if row[2] == "no"} >= {
        "Severity",
        "Inclination",
        "Squad",
        "Dispatch",
    }
