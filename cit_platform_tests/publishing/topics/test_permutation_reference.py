"""The exchange of dates in words: within what chance would do or beyond it, and why it cannot be computed."""

import math

from cit_platform.publishing.parts.finding import Finding
from cit_platform_tests.publishing.conftest import Tables, report, tables_under

REFERENCE = "models/permutation_reference"


def finding(tables: Tables) -> Finding:
    [found] = report("permutation_reference", tables).findings
    return found


def test_it_says_on_which_side_of_chance_the_difference_lies() -> None:
    lower, unclear = finding(tables_under("lower")), finding(tables_under("unclear"))
    assert lower.words == "beyond what chance alone would have it"
    assert unclear.words == "as chance alone would have it"
    assert "dates among 635 officers 500 times" in lower.sentence


def test_it_is_judged_beside_the_draws_and_not_beside_no_difference() -> None:
    tables = tables_under("lower")
    tables[REFERENCE][["drawn_low", "drawn_high"]] = (-9.0, -5.0)
    assert finding(tables).words == "as chance alone would have it"


def test_what_cannot_be_computed_is_said_with_its_reason() -> None:
    tables = tables_under("cannot")
    assert "no convergence" in finding(tables).sentence
    tables = tables_under("lower")
    tables[REFERENCE]["p_value"] = math.nan
    assert finding(tables).direction == "cannot be estimated"
