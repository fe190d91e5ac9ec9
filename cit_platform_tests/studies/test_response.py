"""The response: a table whose parts are counted on paper, and no outcome by who came."""

import pandas as pd
import pytest

from cit_platform.studies.response import FIELDS, TERMS, response
from cit_platform_tests.studies.hand_made import WINDOWS, Features, city, contacts


def found(features: Features) -> pd.DataFrame:
    return response(features, "seattle", WINDOWS).set_index(["measure", "term", "level", *FIELDS])


def test_the_table_is_the_one_counted_on_paper() -> None:
    states = {"cit_requested": [1, 0, 0, 0], "cit_dispatched": [1, 1, 0, 0], "cit_arrived": [1, 0, 1, 0]}
    table = found(city(contacts("2024-01-05", 40, **states)))
    whole = table["share"]["response", "", ""]
    full = whole[[ANY not in key for key in whole.index]]
    assert len(full) == 8
    assert full.sum() == pytest.approx(1.0)
    assert full["yes", "yes", "yes"] == full["no", "yes", "no"] == full["no", "no", "yes"] == 0.25
    assert full["yes", "no", "no"] == 0.0
    assert whole["any", "no", "yes"] == 0.25
    assert (whole["any", "any", "yes"], whole["yes", "any", "any"]) == (0.5, 0.25)
    limits = table.loc[("response", "", "", "any", "any", "yes")]
    assert limits["share_conf_low"] < 0.5 < limits["share_conf_high"]
    assert (limits["n_contacts"], limits["n_officers"], limits["n_events"]) == (40, 40, 20)


ANY = "any"


def test_arrests_and_detentions_are_never_by_who_came() -> None:
    groups = ["arrest", "emergent_detention", "no_action", "no_action"]
    table = response(city(contacts("2024-01-05", 40, disposition_group=groups)), "seattle", WINDOWS)
    outcomes = table[table["measure"] != "response"]
    assert set(outcomes["measure"]) == {"arrest", "emergent_detention"}
    assert set(outcomes[list(FIELDS)].to_numpy().ravel()) == {ANY}
    assert set(outcomes["share"]) == {0.25}


def test_without_requests_the_rest_stands() -> None:
    table = found(city(contacts("2024-01-05", 40, cit_requested=None, cit_arrived=[1, 0])))
    row = table.loc[("response", "", "", "yes", "yes", "yes")]
    assert (row["reason"], row["n_contacts"], pd.isna(row["share"])) == ("no_rows", 0, True)
    assert table["share"]["response", "", "", "any", "no", "yes"] == 0.5


def test_where_requests_are_stated_in_part_the_table_is_of_those_contacts() -> None:
    table = found(city(contacts("2024-01-05", 40, cit_requested=[1, None], cit_arrived=[1, 0])))
    assert table["n_contacts"]["response", "", "", "yes", "any", "any"] == 20
    assert table["n_contacts"]["response", "", "", "any", "any", "yes"] == 40
    assert table["share"]["response", "", "", "yes", "no", "yes"] == 1.0


def test_levels_of_few_officers_are_withheld_and_the_next_smallest_with_a_lone_one() -> None:
    parts = [contacts("2024-01-05", n, precinct=name) for name, n in (("North", 30), ("East", 20), ("South", 4))]
    table = response(city(*parts), "seattle", WINDOWS)
    by_level = table[table["term"] == "precinct"].groupby("level")["reason"].agg(lambda reasons: set(reasons))
    assert by_level.to_dict() == {
        "North": {"", "no_rows"},
        "East": {"withheld", "no_rows"},
        "South": {"withheld", "no_rows"},
    }
    hidden = table[table["reason"] == "withheld"]
    assert hidden[["share", "n_contacts", "n_officers", "n_events"]].isna().all(axis=None)


@pytest.mark.parametrize("officers", [0, 2])
def test_a_city_of_hardly_anybody_bears_it(officers: int) -> None:
    table = response(city(contacts("2024-01-05", officers)), "seattle", WINDOWS)
    assert table["share"].isna().all()
    assert set(table["term"]) <= set(TERMS)


def test_a_group_that_the_codebook_does_not_know_is_no_level() -> None:
    table = response(city(contacts("2024-01-05", 20, precinct=["North", "unmapped"])), "seattle", WINDOWS)
    assert set(table.loc[table["term"] == "precinct", "level"]) == {"North"}
