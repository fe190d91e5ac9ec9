"""Trends: shares counted on paper, months that are filling up, and cells that no subtraction gives away."""

from datetime import date

import pandas as pd
import pytest

from cit_platform.modelling.windows import Windows
from cit_platform.studies.trends import DISPOSITIONS, MEASURES, trends
from cit_platform_tests.studies.city import WINDOWS as SIMULATED
from cit_platform_tests.studies.city import Truth, contacts_of, records_of
from cit_platform_tests.studies.hand_made import WINDOW, WINDOWS, Features, city, contacts, feature_frames


def found(features: Features, windows: Windows = WINDOWS) -> pd.DataFrame:
    table = trends(features, "seattle", windows)
    return table.assign(month=table["month"].map(str)).set_index(["unit_of_time", "month", "place", "measure"])


QUIET = contacts("2024-06-30", 12)


def test_shares_are_those_counted_on_paper() -> None:
    groups = ["arrest", "no_action", "no_contact", "arrest", "no_action"]
    table = found(
        city(
            contacts("2024-01-03", 20, force=[1, 0, 0, 0], disposition_group=groups, cit_arrived=[1, None]),
            contacts("2024-03-31", 20, precinct="South"),
            QUIET,
        )
    )
    january = table.loc[("month", "2024-01-01", "city")]
    shares = january["value"].to_dict()
    assert {name: shares[name] for name in ("contacts", "force", "certified", "arrest")} == {
        **{"contacts": 20, "force": 0.25, "certified": 0.0, "arrest": 0.4}
    }
    assert sum(shares[name] for name in (*DISPOSITIONS, "other_or_none")) == pytest.approx(1.0)
    assert (shares["other_or_none"], shares["arrived"], january["n_contacts"]["arrived"]) == (0.2, 1.0, 10)
    assert (january["n_officers"]["contacts"], january["conf_low"]["force"] > 0.0) == (20, True)
    quarter = table.loc[("quarter", "2024-01-01")]["value"]
    assert (quarter["city", "contacts"], quarter["city", "force"]) == (40, 0.125)
    assert (quarter["North", "force"], quarter["South", "force"]) == (0.25, 0.0)


def test_a_count_has_no_interval_and_every_share_has_one_around_it() -> None:
    table = found(city(contacts("2024-01-03", 20, force=[1, 0], cit_certified=[1, 0]), QUIET)).reset_index()
    count = table["measure"] == "contacts"
    assert table.loc[count, ["conf_low", "conf_high"]].isna().all(axis=None)
    shares = table[~count & table["value"].notna()]
    assert (shares["conf_low"] <= shares["value"]).all()
    assert (shares["value"] <= shares["conf_high"]).all()
    assert (shares["conf_low"] < shares["conf_high"]).all()


def test_what_the_feed_does_not_state_has_a_reason_and_no_number() -> None:
    row = found(city(contacts("2024-01-03", 20), QUIET)).loc[("month", "2024-01-01", "city", "requested")]
    assert (row["reason"], row["n_contacts"], pd.isna(row["value"])) == ("no_rows", 0, True)


@pytest.mark.parametrize(("last", "complete"), [("2024-05-29", False), ("2024-05-30", True)])
def test_a_month_fills_up_for_thirty_days_and_the_last_ones_still_do(last: str, complete: bool) -> None:
    table = found(city(contacts("2024-02-01", 10), contacts("2024-04-05", 10), contacts(last, 10)))
    state = table["complete"]
    assert state["month", "2024-02-01", "city", "contacts"]
    assert state["month", "2024-04-01", "city", "contacts"] == complete
    assert not state["month", "2024-05-01", "city", "contacts"]
    assert not state["quarter", "2024-04-01", "city", "contacts"]


def test_a_month_in_whose_midst_the_data_begin_is_not_complete() -> None:
    table = found(city(contacts("2015-05-15", 10), contacts("2015-06-02", 10), contacts("2015-09-30", 10)))
    state = table["complete"]
    assert not state["month", "2015-05-01", "city", "contacts"]
    assert not state["quarter", "2015-04-01", "city", "contacts"]
    assert state["month", "2015-06-01", "city", "contacts"]


def test_certification_has_no_number_before_it_is_usable() -> None:
    features = city(contacts("2016-02-03", 20), contacts("2016-04-03", 20, cit_certified=[1, 0]), QUIET)
    table = found(features, Windows(WINDOW, (date(2016, 4, 1), WINDOW[1])))
    assert table["reason"]["quarter", "2016-01-01", "city", "certified"] == "exposure_not_usable"
    assert table["value"]["quarter", "2016-04-01", "city", "certified"] == 0.5
    assert table["value"]["quarter", "2016-01-01", "city", "force"] == 0.0
    never = found(features, Windows(WINDOW, None)).reset_index()
    assert never.loc[never["measure"] == "certified", "value"].isna().all()


def test_the_period_is_that_of_the_first_contacts() -> None:
    table = found(city(contacts("2019-05-02", 10, period="baseline"), contacts("2019-05-20", 10, period="mark43")))
    assert set(table["period"]) == {"baseline"}


def test_a_cell_of_under_ten_officers_is_withheld_and_no_total_gives_it_away() -> None:
    parts = [contacts(f"2024-0{month}-05", 30, precinct="North") for month in (1, 2, 3)]
    parts += [contacts(f"2024-0{month}-05", 20, precinct="East") for month in (1, 2, 3)]
    parts += [contacts(f"2024-0{month}-05", 9 if month == 2 else 15, precinct="South") for month in (1, 2, 3)]
    table = found(city(*parts, QUIET))["value"].xs("contacts", level="measure")
    known = table.notna()
    # February by what is few, the other months for the quarter stands; East, for it is the next smallest.
    assert not known["month", :, "South"].any()
    assert list(known["month", :, "East"]) == [False, False, False]
    assert known["month", :, "North"].all()
    assert known["month", :, "city"].all()
    assert table["quarter", "2024-01-01", "South"] == 15 + 9 + 15


def test_of_a_withheld_quarter_the_months_are_withheld_too() -> None:
    parts = [contacts("2024-01-05", 30, precinct="North"), contacts("2024-01-05", 20, precinct="East")]
    table = found(city(*parts, contacts("2024-01-05", 3, precinct="South"), QUIET)).xs("contacts", level="measure")
    for unit in ("quarter", "month"):
        january = table.loc[(unit, "2024-01-01")]
        assert january["value"].notna().to_dict() == {"city": True, "North": True, "East": False, "South": False}
        assert january.loc["South", "reason"] == "withheld"
        assert january.loc[["South", "East"], ["n_contacts", "n_officers"]].isna().all(axis=None)


def test_months_never_add_up_to_a_quarter_that_is_withheld() -> None:
    # By the quarter East is the next smallest after South, by its fewest month North would be.
    parts = [contacts(f"2024-0{month}-05", 30 if month == 1 else 12, precinct="North") for month in (1, 2)]
    parts += [contacts(f"2024-0{month}-05", 20, precinct="East") for month in (1, 2)]
    table = found(city(*parts, contacts("2024-01-05", 3, precinct="South"), QUIET))["value"]
    known = table.notna().xs("contacts", level="measure")
    assert not known["quarter", "2024-01-01", "East"]
    assert not known["month", :, "East"].any()
    assert known["month", "2024-01-01", "North"]


def test_contacts_without_a_named_officer_count_as_no_officer() -> None:
    table = found(city(contacts("2024-01-05", 30, officer_key=None), QUIET))
    assert table["reason"]["month", "2024-01-01", "city", "contacts"] == "withheld"


def test_two_officers_one_precinct_and_one_year_bear_it() -> None:
    two = found(city(contacts("2024-01-05", 2), contacts("2024-08-05", 2)))
    assert set(two["reason"]) == {"withheld", "no_rows"}
    one = found(city(contacts("2024-01-05", 12), QUIET)).reset_index()
    assert set(one["place"]) == {"city", "North"}
    assert trends(city(), "seattle", WINDOWS).empty


def test_a_place_that_is_not_stated_counts_in_the_city_alone() -> None:
    table = found(city(contacts("2024-01-05", 12, precinct=["Unknown", "unmapped"]), QUIET))
    assert table["value"]["month", "2024-01-01", "city", "contacts"] == 12
    assert set(table.loc[("month", "2024-01-01")].index.get_level_values("place")) == {"city"}


def test_in_a_simulated_city_months_and_precincts_add_up_to_all_contacts() -> None:
    drawn = contacts_of(6000, Truth(), seed=3)
    table = trends(feature_frames(records_of(drawn, seed=4), drawn), "seattle", SIMULATED)
    assert set(table["measure"]) == set(MEASURES)
    of_city = table[(table["place"] == "city")]
    sums = of_city[of_city["measure"] == "contacts"].groupby("unit_of_time")["value"].sum()
    assert sums.to_dict() == {"month": 6000, "quarter": 6000}
    force = of_city[(of_city["measure"] == "force") & (of_city["unit_of_time"] == "month")]
    assert (force["value"] * force["n_contacts"]).sum() == pytest.approx(drawn["force"].sum(), abs=0.02)
