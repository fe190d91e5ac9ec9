"""Unrecorded traits and gaps on the page: on the side of the answer, and open where it is open."""

from cit_platform.publishing.parts.finding import Finding
from cit_platform_tests.publishing.conftest import Tables, report, tables_under


def by_key(tables: Tables) -> dict[str, Finding]:
    return {finding.key: finding for finding in report("unmeasured", tables).findings}


def test_a_trait_behind_a_lower_ratio_is_rarer_and_behind_a_higher_one_more_frequent() -> None:
    # Of an odds ratio of 0.67 and of 1.49, with 3 times the odds: (0.67 * 1.6 - 1) / 2, and (1.49 * 1.6 - 1) / 2.
    lower, higher = (by_key(tables_under(truth))["unrecorded_trait"].sentence for truth in ("lower", "higher"))
    assert "in 4 % of those of certified officers; in 10 % the interval would include 1" in lower
    assert "in 69 % of those of certified officers; in 56 % the interval would include 1" in higher
    assert "violent or high-risk call: 10 % against 12 %, 3.30 times the odds, to 0.70" in lower


def test_without_a_clear_association_a_trait_could_hide_one() -> None:
    found = by_key(tables_under("unclear"))["unrecorded_trait"]
    assert "no clear association as it stands" in found.sentence
    assert found.words == "an unrecorded trait could hide an association"


def test_contacts_never_written_up_count_for_the_arm_that_would_turn_the_answer() -> None:
    lower, higher = (by_key(tables_under(truth))["unrecorded_contacts"].sentence for truth in ("lower", "higher"))
    assert lower.startswith("Say officers without certification wrote no report on 10 % of their contacts")
    assert "would be 0.75, not 0.67" in lower
    assert "From 30 % on the interval would include 1" in lower
    assert higher.startswith("Say certified officers wrote no report on 10 % of their contacts")
    assert "would be 1.34, not 1.49" in higher
    assert "The interval includes 1 as it stands" in by_key(tables_under("unclear"))["unrecorded_contacts"].sentence


def test_the_e_value_is_in_a_table_and_in_no_sentence() -> None:
    found = report("unmeasured", tables_under("lower"))
    assert not any("E-value" in finding.sentence + finding.words for finding in found.findings)
    assert [block["table"]["rows"] for block in found.blocks if block.get("summary") == "E-values"] != [()]


def test_without_an_answer_there_is_nothing_to_assume_about() -> None:
    assert {found.direction for found in by_key(tables_under("cannot")).values()} == {"cannot be estimated"}


def test_errors_that_cannot_be_say_so_in_their_cell() -> None:
    tables = [block["table"] for block in report("unmeasured", tables_under("lower")).blocks if "table" in block]
    cells = {cell for table in tables for row in table["rows"] for cell in row}
    assert "these errors cannot have given what is recorded" in cells
