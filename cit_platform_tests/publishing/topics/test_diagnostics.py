"""Gates before words: what a gate stops is said in no section, and each says which gate and by how much."""

import pandas as pd
import pytest

from cit_platform.publishing.front import first_screen
from cit_platform.publishing.page import ordered_findings
from cit_platform.publishing.topics.diagnostics import diagnostics_table, gates_table, thresholds_table
from cit_platform.studies.protocol import protocol
from cit_platform_tests.publishing.conftest import TRUTHS, Tables, report, reports, tables_under
from cit_platform_tests.publishing.language import banned_words

DIAGNOSTICS = "models/diagnostics"


def beyond(tables: Tables, diagnostic: str, value: float, model: str, variant: str, outcome: str) -> Tables:
    """The same tables with one diagnostic of one estimate beyond its threshold."""
    frame = tables[DIAGNOSTICS]
    rows = (frame["model"] == model) & (frame["variant"] == variant) & (frame["outcome"] == outcome)
    rows &= frame["diagnostic"] == diagnostic
    assert rows.sum() == 1
    frame.loc[rows, ["value", "passes"]] = [value, False]
    return tables


def said(tables: Tables) -> str:
    [finding] = report("diagnostics", tables).findings
    return finding.sentence


def test_where_all_passes_it_says_so_and_what_warns() -> None:
    sentence = said(tables_under("lower"))
    assert "All 7 estimates of the protocol pass its gates" in sentence
    assert "balance of the arms, Year (0.41, at most 0.25)" in sentence


def test_the_gate_and_the_distance_are_named() -> None:
    sentence = said(beyond(tables_under("lower"), "overlap", 0.12, "force", "primary", "force"))
    spoiled = beyond(tables_under("lower"), "overlap", 0.12, "force", "primary", "force")
    assert "0.12 (fails)" in {row[0]: row for row in gates_table(spoiled[DIAGNOSTICS]).rows}["Force"]
    assert "1 of 7 estimates of the protocol is not shown: Force (overlap of the arms 0.12, at least 0.2 is asked" in (
        sentence
    )


def test_where_nothing_was_estimated_nothing_is_judged() -> None:
    assert "cannot be estimated" in said(tables_under("cannot"))


@pytest.mark.parametrize("truth", [truth for truth in TRUTHS if truth != "cannot"])
def test_what_a_gate_stops_is_shown_in_no_section(truth: str) -> None:
    tables = beyond(tables_under(truth), "overlap", 0.12, "force", "primary", "force")
    stopped = reports(tables)
    found = {finding.key: finding for finding in ordered_findings(stopped)}
    for key in ("force_odds_ratio", "force_per_thousand", "primary_force", "ladder"):
        assert found[key].direction == "cannot be estimated", key
        assert found[key].estimate is None
        assert "overlap of the arms 0.12, at least 0.2 is asked for" in found[key].sentence, key
    # What is made from it goes with it.
    for key in ("what_may_be_alike", "unrecorded_trait", "unrecorded_contacts", "scene_reading"):
        assert "overlap of the arms 0.12, at least 0.2 is asked for" in found[key].sentence, key
    assert "has no number to calibrate" in found["negative_controls"].sentence
    for key in ("arrest_per_thousand", "primary_arrest"):
        assert found[key].direction != "cannot be estimated", key
    assert "cannot be estimated" in first_screen(found, stopped).sentences[1][0]
    assert first_screen(found, stopped).picture is None
    every = tables_under(truth)
    number = every["models/estimates"].query("model == 'force' and variant == 'primary' and term == 'cit_certified'")
    assert number["odds_ratio"].notna().all()


def test_the_claim_of_three_falls_with_one_of_them() -> None:
    tables = beyond(tables_under("higher"), "effective_clusters", 4.0, "disposition", "primary", "arrest")
    found = {finding.key: finding for finding in ordered_findings(reports(tables))}
    assert found["arrest_per_thousand"].direction == "cannot be estimated"
    assert found["interventionist_effect"].words != "supported"
    # Any arrest of the contact is another estimate, with gates of its own.
    assert found["primary_arrest"].direction != "cannot be estimated"


def test_a_warning_keeps_nothing_off() -> None:
    tables = tables_under("lower")
    assert (tables[DIAGNOSTICS]["passes"] == False).any()  # noqa: E712 - a column with nulls
    plain = {path: frame for path, frame in tables.items() if path != DIAGNOSTICS}
    before = reports(plain | {DIAGNOSTICS: tables[DIAGNOSTICS].iloc[:0]})
    for name, after in reports(tables).items():
        if name != "diagnostics":
            assert after.findings == before[name].findings


def test_the_tables_hold_every_diagnostic_and_every_threshold_without_causal_words() -> None:
    tables = tables_under("lower")
    table = diagnostics_table(tables[DIAGNOSTICS])
    assert len(table.rows) == 7 * len(protocol().thresholds)
    assert {row[4] for row in table.rows} == {"yes", "no", "not judged"}
    assert [row[2] for row in thresholds_table().rows].count("warns") == 1
    gates = gates_table(tables[DIAGNOSTICS])
    assert (len(gates.rows), len(gates.header)) == (7, 8)
    assert {len(row) for row in gates.rows} == {8}
    cells = [cell for each in (table, gates, thresholds_table()) for row in each.rows for cell in row]
    assert banned_words(" ".join(cells)) == []


def test_officer_attributes_have_no_balance_on_the_page() -> None:
    tables = tables_under("lower")
    extra = (
        tables[DIAGNOSTICS].query("term == 'call_risk'").assign(term="officer_race", value=0.87654, value_conf_low=0.8)
    )
    found = report("diagnostics", tables | {DIAGNOSTICS: pd.concat([tables[DIAGNOSTICS], extra], ignore_index=True)})
    assert "0.88" not in str(found.blocks)
