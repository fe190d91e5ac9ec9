"""Certification by kind of call: known truths, the generator's switch, and what cannot be compared."""

import numpy as np
import pandas as pd
import pytest

from cit_platform.contracts import TABLES
from cit_platform.modelling.features import Features, feature_frames
from cit_platform.modelling.windows import Windows
from cit_platform.studies.absolute_risk import absolute_risk
from cit_platform.studies.call_detail import call_detail
from cit_platform_tests.studies.city import WINDOW, WINDOWS, Truth, contacts_of
from cit_platform_tests.studies.switched import WINDOWS as CITY_WINDOWS
from cit_platform_tests.studies.switched import switched_city


def features_of(contacts: pd.DataFrame) -> Features:
    return feature_frames(contacts.iloc[:0], contacts)


def with_force(risk_of: dict[str, tuple[float, float]], n: int = 12_000, seed: int = 10) -> pd.DataFrame:
    """Contacts whose risk of force is stated by kind of call, for others and for certified officers."""
    contacts = contacts_of(n, Truth(), seed)
    risks = np.array([risk_of.get(risk, risk_of["other"]) for risk in contacts["call_risk"]])
    own = risks[np.arange(n), contacts["cit_certified"]]
    return contacts.assign(force=(np.random.default_rng(seed + 1).random(n) < own).astype("int32"))


def row(frame: pd.DataFrame, part: str, level: str, outcome: str = "force") -> pd.Series:
    [found] = frame[(frame["part"] == part) & (frame["level"] == level) & (frame["outcome"] == outcome)].index
    return frame.loc[found]


def test_opposite_signs_that_cancel_are_kept_apart() -> None:
    """In violent calls 60 of 1,000 fewer, in calls about a suicidal person more: the average says about nothing."""
    contacts = with_force({"violent": (0.14, 0.04), "suicide": (0.03, 0.08), "other": (0.04, 0.04)})
    found = call_detail(features_of(contacts), "seattle", WINDOWS)
    assert tuple(found.columns) == TABLES["models/call_detail"].column_names
    for level, truth in {"violent": -0.10, "suicide": 0.05, "other": 0.0}.items():
        group = row(found, "group", level)
        assert group["risk_difference_conf_low"] < truth < group["risk_difference_conf_high"], level
        assert group["n_contacts"] > 1_000
    apart = row(found, "difference", "violent less suicide")
    assert apart["risk_difference_conf_high"] < 0
    assert apart["risk_difference"] == pytest.approx(
        row(found, "group", "violent")["risk_difference"] - row(found, "group", "suicide")["risk_difference"]
    )
    naive = absolute_risk(features_of(contacts), "seattle", WINDOWS)
    force = naive[naive["outcome"] == "force"].iloc[0]
    assert force["risk_difference_conf_low"] < 0 < force["risk_difference_conf_high"]
    whole = row(found, "all_classes", "")
    assert whole["spread_conf_low"] > 0
    assert whole["i_squared"] > 0.5
    classes = found[(found["part"] == "class") & found["converged"]]
    alone, drawn = np.log(classes["odds_ratio"]), np.log(classes["shrunken_odds_ratio"])
    assert drawn.std() < alone.std()


def test_a_city_of_one_odds_ratio_has_no_spread_but_differs_in_contacts() -> None:
    contacts = contacts_of(12_000, Truth(force=-0.9, force_intercept=-2.2), seed=4)
    found = call_detail(features_of(contacts), "seattle", WINDOWS)
    whole = row(found, "all_classes", "")
    assert whole["spread_conf_low"] == 0
    assert whole["conf_low"] < np.exp(-0.9) < whole["conf_high"]
    assert row(found, "difference", "violent less other")["risk_difference"] < -0.03, "where force is more frequent"


def test_the_switch_effect_by_call_is_found() -> None:
    """With odds ratios of 1 on average, those of detention are 1.25 about suicide and 0.85 in violent calls."""
    switched, plain = (
        call_detail(
            switched_city(16_000, 5, effect=False, effect_by_call=by_call, n_officers=250), "seattle", CITY_WINDOWS
        )
        for by_call in (True, False)
    )
    apart, none = (
        row(found, "difference", "violent less suicide", "emergent_detention") for found in (switched, plain)
    )
    assert apart["risk_difference_conf_high"] < 0
    assert apart["risk_difference"] < -0.04
    assert none["risk_difference_conf_low"] < 0 < none["risk_difference_conf_high"]


def test_what_cannot_be_compared_says_so() -> None:
    contacts = with_force({"violent": (0.1, 0.1), "other": (0.04, 0.04)}, n=3_000)
    few = contacts["officer_key"].isin(contacts["officer_key"].dropna().unique()[:8])
    of_few = contacts.assign(force=contacts["force"].where(~few, contacts.index % 2))
    of_few = of_few[(contacts["call_risk"] != "suicide") | few]
    found = call_detail(features_of(of_few), "seattle", WINDOWS)
    refused = row(found, "group", "suicide")
    assert (refused["reason"], refused["converged"]) == ("few_officers", False)
    assert refused[["n_contacts", "n_officers", "n_events", "risk_difference"]].isna().all()
    assert row(found, "group", "violent")["converged"]
    rare = contacts.assign(force=contacts["force"].where(contacts["call_risk"] != "suicide", 0))
    found = call_detail(features_of(rare), "seattle", WINDOWS)
    assert row(found, "group", "suicide")["reason"] == row(found, "class", "suicide")["reason"] == "level_left_out"
    once = rare.assign(force=rare["force"].where(rare.index != rare.index[rare["call_risk"] == "suicide"][0], 1))
    assert row(call_detail(features_of(once), "seattle", WINDOWS), "group", "suicide")["reason"] == "too_few_events"


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ("nothing happens", "no_contrast"),
        ("nobody is certified", "constant_exposure"),
        ("two officers", "one_cluster"),
        ("twelve officers", "few_officers"),
        ("no window", "no_usable_exposure"),
        ("one precinct", ""),
    ],
)
def test_degenerate_cities_have_rows_with_reasons_or_numbers(case: str, reason: str) -> None:
    contacts = contacts_of(3_000, Truth(force_intercept=-2.2), seed=2)
    windows = Windows(WINDOW, None) if case == "no window" else WINDOWS
    arm = np.where(contacts["cit_certified"] == 1, "A", "B")
    changed = {
        "nothing happens": contacts.assign(force=0, any_arrest=0, any_referral=0, any_emergent_detention=0),
        "nobody is certified": contacts.assign(cit_certified=0),
        "two officers": contacts.assign(officer_key=arm),
        "twelve officers": contacts.assign(officer_key=np.char.add(arm, (contacts.index % 6).astype(str))),
        "one precinct": contacts.assign(precinct="North"),
    }.get(case, contacts)
    found = call_detail(features_of(changed), "seattle", windows)
    assert row(found, "all_classes", "")["reason"] == reason
    assert (found["converged"] == (found["reason"] == "")).all()
