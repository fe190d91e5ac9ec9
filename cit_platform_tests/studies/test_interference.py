"""Presence and saturation in cities where they are known."""

import numpy as np
import pandas as pd
import pytest

from cit_platform.modelling.estimation import estimate
from cit_platform.modelling.features import Features, feature_frames
from cit_platform.modelling.study import tidy_study
from cit_platform.modelling.windows import Windows
from cit_platform.studies.force import PRIMARY
from cit_platform.studies.interference import _RELATION, ELSEWHERE, FEWEST, HIGH, LOW, MIDDLE, interference
from cit_platform_tests.studies.city import WINDOWS, Truth, contacts_of, records_of


def features_of(contacts: pd.DataFrame) -> Features:
    return feature_frames(records_of(contacts, seed=6), contacts)


def found_in(features: Features, windows: Windows = WINDOWS) -> pd.DataFrame:
    primary = tidy_study((estimate(PRIMARY, features, windows),), "seattle", "models/force").table
    return interference(features, "seattle", windows, primary).set_index(["measure", "group"])


@pytest.fixture(scope="module")
def city() -> pd.DataFrame:
    """Squads of 20, each in one precinct of a beat; force depends on own certification alone."""
    return contacts_of(12_000, Truth(force=float(np.log(0.6)), force_intercept=-2.2), seed=5)


@pytest.fixture(scope="module")
def found(city: pd.DataFrame) -> pd.DataFrame:
    return found_in(features_of(city))


def test_the_contrast_in_presence_is_that_of_the_margins(city: pd.DataFrame, found: pd.DataFrame) -> None:
    by_arm = city.groupby("cit_certified")["cit_arrived"].mean()
    shares = found["share"]
    assert shares["presence", "not_certified"] == pytest.approx(by_arm[0])
    assert shares["presence_contrast", "as_recorded"] == pytest.approx(by_arm[1] - by_arm[0])
    assert shares["presence_contrast", "always_present"] == pytest.approx(1 - by_arm[0])


def test_the_ratio_of_the_scene_is_the_reporters_over_the_contrast(found: pd.DataFrame) -> None:
    """The arithmetic of the critique: 0.85 over contrasts of 0.29 and 0.38 is 0.57 and 0.65."""
    assert np.exp(np.log(0.85) / np.array([0.29, 0.38])).round(2).tolist() == [0.57, 0.65]
    scene, contrast = found["odds_ratio"]["scene", "as_recorded"], found["share"]["presence_contrast", "as_recorded"]
    assert 0.3 < scene < 0.45
    assert (
        found["conf_low"]["scene", "as_recorded"] < 0.6 ** (1 / contrast) < found["conf_high"]["scene", "as_recorded"]
    )


def test_colleagues_shares_leave_out_the_officer_and_small_groups() -> None:
    frame = contacts_of(3000, Truth(officers=60), seed=9)
    rows = features_of(frame).select(f"select * from {_RELATION} order by contact_id", {})
    contacts = frame.sort_values("contact_id").reset_index(drop=True)
    officer = contacts["officer_key"].fillna(contacts["contact_id"])
    for place in range(0, 3000, 97):
        row = contacts.loc[place]
        same = (contacts["officer_squad"] == row["officer_squad"]) & (contacts["month"] == row["month"])
        others = contacts.loc[same & (officer != officer[place]), "cit_certified"]
        share = others.mean()
        expected = LOW if share < 0.5 else MIDDLE if share < 0.75 else HIGH
        assert rows["squad_certified"][place] == ("unknown" if len(others) < FEWEST else expected)


def test_own_certification_is_found_beside_that_of_colleagues(found: pd.DataFrame) -> None:
    own = found.loc["own", "beside the share of colleagues"]
    assert own["conf_low"] < 0.6 < own["conf_high"]
    assert own["conf_high"] < 1
    for (measure, _), row in found.iterrows():
        if measure == "others" and row["converged"]:
            assert row["conf_low"] < 1 < row["conf_high"]


def test_colleagues_who_matter_are_seen(city: pd.DataFrame) -> None:
    rows = features_of(city).select(f"select contact_id, squad_certified from {_RELATION}", {})
    many = set(rows["contact_id"][rows["squad_certified"] == HIGH])
    marked = city["contact_id"].isin(many)
    more = np.random.default_rng(3).random(len(city)) < 0.15
    changed = city.assign(force=np.where(marked & more, 1, city["force"]).astype("int32"))
    others = found_in(features_of(changed)).loc["others", f"squad, {HIGH}"]
    assert others["conf_low"] > 1


def test_the_two_odds_ratios_of_own_certification_have_their_ratio(found: pd.DataFrame) -> None:
    many, fewer = found["odds_ratio"]["own", f"squad, {HIGH}"], found["odds_ratio"]["own", f"squad, {ELSEWHERE}"]
    assert many / fewer == pytest.approx(found["odds_ratio"]["ratio", f"squad, {HIGH}, over less"])


@pytest.mark.parametrize("change", ["no_events", "no_exposure", "two_officers", "everyone_present", "no_squads"])
def test_poor_cities_say_why(city: pd.DataFrame, change: str) -> None:
    poor, windows = city.head(1500), WINDOWS
    if change == "no_events":
        poor = poor.assign(force=np.int32(0))
    elif change == "no_exposure":
        windows = Windows(WINDOWS.all, None)
    elif change == "two_officers":
        poor = contacts_of(400, Truth(officers=2), seed=1)
    elif change == "no_squads":
        poor = city.head(6000).assign(officer_squad="Unknown", year=2020, precinct="North", cit_arrived=np.int32(0))
    else:
        poor = poor.assign(cit_arrived=np.int32(1))
    found = found_in(features_of(poor), windows)
    missing = found[~found["converged"].astype(bool)]
    assert len(missing)
    assert (missing["reason"] != "").all()
    if change == "everyone_present":
        assert found["reason"]["scene", "as_recorded"] == "no_presence_contrast"
