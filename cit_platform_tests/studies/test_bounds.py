"""Bounds for contacts left out: the right contacts, by arm, and bounds that hold the truth."""

import numpy as np
import pandas as pd
import pytest

from cit_platform.modelling.features import Features, feature_frames
from cit_platform.modelling.windows import Windows
from cit_platform.studies.bounds import bounds
from cit_platform_tests.studies.city import WINDOWS, Truth, contacts_of, left_out_of, records_of


def features_of(contacts: pd.DataFrame, n: int) -> Features:
    return feature_frames(records_of(contacts, seed=6), contacts, others=left_out_of(contacts, n))


@pytest.fixture(scope="module")
def city() -> pd.DataFrame:
    return contacts_of(4000, Truth(force_intercept=-2.6), seed=5)


@pytest.fixture(scope="module")
def found(city: pd.DataFrame) -> pd.DataFrame:
    return bounds(features_of(city, 60), "seattle", WINDOWS).set_index(["rule", "assumption"])


def test_contacts_are_counted_by_arm_and_duplicates_not_at_all(found: pd.DataFrame) -> None:
    lost = found.xs("worst_case", level="assumption")[[c for c in found.columns if c.startswith("n_lost")]]
    assert lost.loc["contact_conflict"].tolist() == [30, 0, 0, 30]
    assert lost.loc["other_rules"].tolist() == [30, 30, 0, 0]
    assert lost.loc["all"].tolist() == [60, 30, 0, 30]


def test_what_is_analysed_is_the_plain_difference(city: pd.DataFrame, found: pd.DataFrame) -> None:
    risk = city.groupby("cit_certified")["force"].mean()
    plain = found.loc["none", "none"]
    assert plain["risk_difference"] == pytest.approx(risk[1] - risk[0])
    assert plain["conf_low"] < plain["risk_difference"] < plain["conf_high"]
    assert plain["n_contacts"] == len(city)
    assert plain["n_officers"] == city["officer_key"].nunique()


def test_the_bounds_are_those_of_every_lost_contact_at_its_worst(city: pd.DataFrame, found: pd.DataFrame) -> None:
    arm = city.groupby("cit_certified")["force"].agg(["sum", "count"])
    (y0, n0), (y1, n1) = arm.loc[0], arm.loc[1]
    worst = found.loc["all", "worst_case"]
    assert worst["bound_high"] == pytest.approx((y1 + 60) / (n1 + 60) - y0 / n0)
    recorded = found.loc["contact_conflict", "as_recorded"]
    assert recorded["bound_high"] == pytest.approx(y1 / n1 - y0 / (n0 + 30))
    assert recorded["bound_low"] == pytest.approx(y1 / (n1 + 30) - y0 / n0)


def test_the_bounds_hold_the_difference_of_the_whole_city() -> None:
    """Contacts leave by exposure and outcome; the difference without them is outside, the bounds hold the truth."""
    whole = contacts_of(8000, Truth(force=0.0, force_intercept=-2.6), seed=12)
    draw = np.random.default_rng(2).random(len(whole))
    gone = (whole["cit_certified"] == 1) & (whole["force"] == 1) & (draw < 0.5)
    kept, lost = whole[~gone], whole[gone]
    raw = pd.DataFrame(
        {
            "record_id": lost["contact_id"] + "-1",
            "template_id": lost["contact_id"],
            "reported_date": lost["reported_date"].astype(str),
            "occured_date_time": "",
            "use_of_force_indicator": "",
            "cit_certified_indicator": "Y",
        }
    )
    others = {
        "raw.records": raw,
        "clean.exclusions": raw[["record_id", "template_id"]].assign(rule="indicator_missing"),
    }
    features = feature_frames(records_of(kept, seed=6), kept, others=others)
    found = bounds(features, "seattle", WINDOWS).set_index(["rule", "assumption"])
    risk = whole.groupby("cit_certified")["force"].mean()
    assert found.loc["none", "none"]["conf_high"] < risk[1] - risk[0]
    worst = found.loc["all", "worst_case"]
    assert worst["bound_low"] <= risk[1] - risk[0] <= worst["bound_high"] + 1e-12


def test_small_groups_stand_in_all_alone(city: pd.DataFrame) -> None:
    found = bounds(features_of(city, 12), "seattle", WINDOWS)
    assert set(found["rule"]) == {"none", "all"}


def test_contacts_of_other_dates_are_not_lost_to_this_window(city: pd.DataFrame) -> None:
    late = Windows(WINDOWS.all, (pd.Timestamp("2022-01-01").date(), WINDOWS.all[1]))
    found = bounds(features_of(city, 60), "seattle", late).set_index(["rule", "assumption"])
    assert 0 < found.loc["all", "worst_case"]["n_lost"] < 60


def test_without_a_second_arm_or_a_window_there_is_a_reason(city: pd.DataFrame) -> None:
    alone = bounds(features_of(city.assign(cit_certified=np.int32(1)), 60), "seattle", WINDOWS)
    assert set(alone["reason"]) == {"one_arm_alone"}
    none = bounds(features_of(city, 60), "seattle", Windows(WINDOWS.all, None))
    assert none["reason"].tolist() == ["no_usable_exposure"]
    nothing = bounds(features_of(city.assign(force=np.int32(0)), 60), "seattle", WINDOWS)
    assert set(nothing["reason"]) == {"too_few_events"}
    few = bounds(
        features_of(city.assign(officer_key=np.where(city["cit_certified"] == 1, "A", "B")), 60), "seattle", WINDOWS
    )
    assert set(few["reason"]) == {"few_officers"}
    assert few["conf_low"].isna().all()
