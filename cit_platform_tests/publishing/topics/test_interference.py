"""Certified colleagues on the page: the arithmetic of the scene, and both sides of the ratio."""

from cit_platform.publishing.parts.finding import Finding
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
