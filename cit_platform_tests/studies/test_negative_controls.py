"""Negative controls of simulated cities: quiet where nothing is wrong, loud where something they share is."""

import numpy as np
import pandas as pd
import pytest

from cit_platform.inference.empirical_calibration import fit_null
from cit_platform.modelling.estimation import estimate
from cit_platform.modelling.features import feature_frames
from cit_platform.modelling.study import tidy_study
from cit_platform.modelling.windows import Windows
from cit_platform.sources.demo.city import CityParameters
from cit_platform.studies.estimates import estimates
from cit_platform.studies.force import PRIMARY
from cit_platform.studies.negative_controls import CONTROLS, negative_controls
from cit_platform_tests.studies.city import WINDOWS as ALL
from cit_platform_tests.studies.city import Truth, contacts_of, records_of
from cit_platform_tests.studies.large import WINDOWS, features_of, without_effect

N = 30_000


def controls_of(city: CityParameters, seed: int) -> pd.DataFrame:
    features = features_of(city, N, seed)
    primary = tidy_study((estimate(PRIMARY, features, WINDOWS),), "seattle", "models/force").table
    return negative_controls(features, "seattle", WINDOWS, estimates(primary)).set_index("control")


def z(frame: pd.DataFrame, control: str) -> float:
    return float(frame["estimate"][control] / frame["std_error"][control])


def width(frame: pd.DataFrame) -> float:
    force = frame.loc["force"]
    return float(np.log(force["calibrated_odds_ratio_conf_high"] / force["calibrated_odds_ratio_conf_low"]))


@pytest.fixture(scope="module")
def quiet() -> pd.DataFrame:
    return controls_of(without_effect(defects=True), seed=11)


def test_nothing_is_found_where_nothing_is_wrong(quiet: pd.DataFrame) -> None:
    asked = quiet[quiet["kind"] != "answer"]
    assert list(asked["converged"]) == [True] * len(CONTROLS)
    assert max(abs(z(quiet, name)) for name in asked.index) < 3
    assert (asked["n_controls"] == len(CONTROLS)).all()
    assert abs(quiet["null_mean"].iloc[0]) < 3 * quiet["null_mean_std_error"].iloc[0] + 0.01


def test_the_null_is_that_of_the_controls_and_calibrates_the_answer(quiet: pd.DataFrame) -> None:
    asked, answer = quiet[quiet["kind"] != "answer"], quiet.loc["force"]
    null = fit_null(asked["estimate"].to_numpy(), asked["std_error"].to_numpy())
    assert null is not None
    assert answer["null_mean"] == pytest.approx(null.mean)
    assert np.log(answer["calibrated_odds_ratio"]) == pytest.approx(answer["estimate"] - null.mean)
    assert answer["calibrated_odds_ratio_conf_low"] < 1 < answer["calibrated_odds_ratio_conf_high"]


def test_careless_records_of_one_arm_are_seen(quiet: pd.DataFrame) -> None:
    found = controls_of(without_effect(defects=True, defects_by_certification=True), seed=11)
    assert z(found, "call_fields_missing") < -5
    assert found["null_sd"].iloc[0] > 0.2
    assert width(found) > 1.3 * width(quiet)


def test_officers_who_certify_for_what_they_are_are_seen_before_they_do() -> None:
    found = controls_of(without_effect(officer_selection=1.5, officer_sd=0.8), seed=12)
    assert z(found, "force") > 3
    assert z(found, "future_force") > 2
    assert abs(z(found, "veteran")) < 3


def test_without_controls_nothing_is_calibrated() -> None:
    contacts = contacts_of(600, Truth(officers=2), seed=3)
    features = feature_frames(records_of(contacts, seed=4), contacts)
    primary = tidy_study((estimate(PRIMARY, features, ALL),), "seattle", "models/force").table
    for windows in (ALL, Windows(ALL.all, None)):
        found = negative_controls(features, "seattle", windows, estimates(primary))
        asked = found[found["kind"] != "answer"]
        assert (asked["n_controls"] < 5).all()
        assert found["null_mean"].isna().all()
        assert found["calibrated_odds_ratio"].isna().all()
        assert (asked.loc[~asked["converged"].astype(bool), "reason"] != "").all()


@pytest.mark.parametrize("change", ["nobody_switches", "one_precinct", "one_year", "no_events"])
def test_poor_cities_have_a_row_for_every_control(change: str) -> None:
    contacts = contacts_of(1500, Truth(), seed=3)
    poor = {
        "nobody_switches": contacts,
        "one_precinct": contacts.assign(precinct="North"),
        "one_year": contacts[contacts["year"] == 2020],
        "no_events": contacts.assign(force=np.int32(0), veteran=np.int32(0)),
    }[change]
    found = negative_controls(feature_frames(records_of(poor, seed=4), poor), "seattle", ALL, estimates())
    assert len(found) == len(CONTROLS)
    if change == "nobody_switches":
        assert not found.loc[found["kind"] == "future_certification", "converged"].any()
