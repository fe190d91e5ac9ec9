"""Certified colleagues on the page: the arithmetic of the scene, and both sides of the ratio."""

from cit_platform.inference.verdict import Kind, Verdict
from cit_platform.modelling.tidy import reason_columns
from cit_platform.publishing.parts.finding import Finding
from cit_platform.publishing.parts.rows import plain_rows
from cit_platform.publishing.topics.interference import ratios_table
from cit_platform_tests.publishing.conftest import Tables, report, tables_under


def by_key(tables: Tables) -> dict[str, Finding]:
    return {finding.key: finding for finding in report("interference", tables).findings}


def test_the_ratio_of_the_scene_is_further_from_one() -> None:
    found = by_key(tables_under("lower"))["scene_reading"]
    assert (
        "on scene at 95.0 % of the contacts that certified officers wrote up and at 60.0 % of those" in found.sentence
    )
    # The log odds ratio of -0.4 over 0.35, and over 0.40.
    assert "had 0.32 (" in found.sentence
    assert "then it is 0.37 (" in found.sentence


def test_own_certification_is_compared_where_colleagues_are_many_and_fewer() -> None:
    tables = tables_under("higher")
    assert "do not clearly differ" in by_key(tables)["certified_colleagues"].sentence
    frame = tables["models/interference"]
    frame.loc[frame["measure"] == "ratio", ["conf_low", "conf_high"]] = [0.7, 0.95]
    assert "The two differ" in by_key(tables)["certified_colleagues"].sentence


def test_without_an_odds_ratio_the_presence_is_still_said() -> None:
    found = by_key(tables_under("cannot"))
    assert {finding.direction for finding in found.values()} == {"cannot be estimated"}
    assert "on scene at 95.0 %" in found["scene_reading"].sentence


def test_squads_of_one_kind_are_said_in_words_without_the_name_of_a_column() -> None:
    tables = tables_under("higher")
    frame = tables["models/interference"]
    ratio, many = frame["measure"] == "ratio", frame["group"] == "squad, three quarters or more"
    constant = reason_columns(Verdict(Kind.CONSTANT_COLUMN, {"column": "certified_among_many"}))
    for name, value in {
        "odds_ratio": None,
        "conf_low": None,
        "conf_high": None,
        "converged": False,
        **constant,
    }.items():
        frame.loc[ratio | many, name] = value
    found = by_key(tables)["certified_colleagues"]
    assert found.sentence.endswith(
        "cannot be estimated: there are not squads of both kinds, with that many certified colleagues and with fewer."
    )
    cells = {row[2] for row in ratios_table(plain_rows(frame)).rows}
    assert "own certification beside many certified colleagues is constant" in cells
