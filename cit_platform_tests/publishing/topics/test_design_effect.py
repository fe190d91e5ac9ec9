"""The design effect, and what it would make of the published p-value, on real data only."""

import pytest

from cit_platform.publishing.parts.finding import NO_COMPARISON, Finding
from cit_platform_tests.publishing.conftest import DEMO, REAL, TRUTHS, Tables, report, tables_under


def finding(tables: Tables, demonstration: bool = False) -> Finding:
    [found] = report("design_effect", tables, DEMO if demonstration else REAL).findings
    return found


def test_it_is_that_of_the_published_way_of_counting() -> None:
    tables = tables_under("unclear")
    row = tables["models/ladder"].query("role == 'published' and outcome == 'force'").iloc[0]
    found = finding(tables)
    assert found.estimate == row["design_effect"]
    assert (found.sizes.n, found.sizes.unit) == (row["n_rows"], "record")
    assert "counts 106,092 rows that carry the information of about 65,000 independent ones" in found.sentence


def test_rows_that_depend_on_nothing_tell_as_much_as_they_are() -> None:
    tables = tables_under("unclear")
    tables["models/ladder"]["design_effect"] = 0.98
    sentence = finding(tables).sentence
    assert "tell as much as independent ones (design effect 0.98)" in sentence
    assert "habits" not in sentence


def test_the_published_p_value_is_corrected_by_it() -> None:
    tables = tables_under("unclear")
    ladder = tables["models/ladder"]
    ladder.loc[ladder["variant"] == "published", "published_p_value_corrected"] = 0.097
    assert finding(tables).sentence.endswith("p = 0.027 would be p = 0.097; we do not have his data.")


@pytest.mark.parametrize("truth", TRUTHS)
def test_on_demonstration_data_nothing_is_compared(truth: str) -> None:
    sentence = finding(tables_under(truth), demonstration=True).sentence
    assert "0.027" not in sentence
    assert truth == "cannot" or sentence.endswith(NO_COMPARISON)


def test_without_the_published_step_it_cannot_be_estimated() -> None:
    tables = tables_under("lower")
    tables["models/ladder"] = tables["models/ladder"].iloc[:0]
    assert finding(tables).direction == "cannot be estimated"
    assert finding(tables_under("cannot")).direction == "cannot be estimated"
