"""What cannot be estimated: everything without a number, with its reason, said once."""

from cit_platform.publishing.topics.not_estimated import not_estimated_table, notes_table
from cit_platform_tests.publishing.conftest import tables_under


def test_what_every_variant_shares_is_said_once() -> None:
    rows = not_estimated_table(tables_under("cannot")).rows
    force = [row[0] for row in rows if "CIT certification" in row[1] and row[0].startswith("force, ")]
    assert sum(name.endswith("; and 3 other ways") for name in force) == 2, force
    assert any("Risk ratio of force" in row[1] for row in rows)
    assert any("Strength of CIT certification" in row[1] for row in rows)
    assert not [row for row in rows if "ace of the officer" in row[1]]
    assert all(row[2] for row in rows)


def test_what_has_a_number_is_not_listed() -> None:
    assert not [row for row in not_estimated_table(tables_under("lower")).rows if "CIT certification" in row[1]]


def test_notes_beside_numbers_name_the_model() -> None:
    tables = tables_under("lower")
    estimates, risks = tables["models/estimates"], tables["models/absolute_risk"]
    estimates["note"], risks["note"] = "", ""
    assert notes_table(tables).rows == ()
    estimates.loc[estimates["model"] == "disposition", "note"] = "reference replaced"
    risks.loc[risks["outcome"] == "force", "note"] = "standardised"
    notes = dict(row for row in notes_table(tables).rows)
    assert set(notes.values()) == {"reference replaced", "standardised"}
    assert "Adjusted risk of force" in notes
