"""Assumptions about what is not recorded, in simulated cities where it is known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cit_platform.inference.confounding import bias_factor
from cit_platform.modelling.features import Features, feature_frames
from cit_platform.modelling.windows import Windows
from cit_platform.studies.absolute_risk import absolute_risk
from cit_platform.studies.unmeasured import BENCHMARKS, DIFFERENCES, SHARES, STRENGTHS, UNRECORDED, unmeasured
from cit_platform_tests.studies.city import WINDOWS as ALL
from cit_platform_tests.studies.city import Truth, contacts_of, records_of
from cit_platform_tests.studies.large import WINDOW, WINDOWS, features_of, without_effect

N = 40_000


def found_in(features: Features, windows: Windows = WINDOWS) -> pd.DataFrame:
    return unmeasured(features, "seattle", windows, absolute_risk(features, "seattle", windows))


def of(frame: pd.DataFrame, bias: str) -> pd.DataFrame:
    return frame[frame["bias"] == bias].set_index("setting")


@pytest.fixture(scope="module")
def confounded() -> pd.DataFrame:
    """Certification does nothing; a trait of a fifth of the incidents quadruples the odds of force, and draws them."""
    return found_in(features_of(without_effect(confounder_force=4.0, confounder_assignment=2.5), N, seed=21))


def test_the_true_trait_brings_a_confounded_city_back_to_the_truth(confounded: pd.DataFrame) -> None:
    answer = of(confounded, "none").iloc[0]
    assert answer["conf_low"] > 1
    # A candidate without certification is turned away from a fifth of the incidents with chance 1 - 1 / 2.5, so its
    # share among them falls to 1 / (1 + 2.5 odds).
    share = 0.55
    among = 2.5 * share / (2.5 * share + 1 - share)
    certified = 0.2 * among / (0.2 * among + 0.8 * share)
    others = 0.2 * (1 - among) / (0.2 * (1 - among) + 0.8 * (1 - share))
    factor = float(bias_factor(np.array(4.0), np.array(certified), np.array(others)))
    assert answer["conf_low"] < factor < answer["conf_high"]


def test_the_array_brackets_the_truth_of_the_confounded_city(confounded: pd.DataFrame) -> None:
    array = of(confounded, "confounder")
    assert len(array) == len(STRENGTHS) * len(DIFFERENCES)
    assert array["conf_low"].min() < 1 < array["conf_high"].max()
    strong = array[(array["strength"] == 5.0) & (array["share_certified"] > array["share_not_certified"])]
    assert (strong["odds_ratio"] < 1.1).all()
    assert (array["odds_ratio"] * array["factor"]).to_numpy() == pytest.approx(
        of(confounded, "none")["odds_ratio"].iloc[0]
    )
    needed = of(confounded, "needed")
    assert len(needed) == len(STRENGTHS) * len(SHARES)
    assert (needed["share_needed"].dropna() > needed.loc[needed["share_needed"].notna(), "share_not_certified"]).all()


def test_benchmarks_are_the_recorded_controls_without_officer_attributes(confounded: pd.DataFrame) -> None:
    benchmarks = of(confounded, "benchmark")
    terms = benchmarks.index.str.split("/").str[0]
    assert set(terms) <= set(BENCHMARKS)
    assert not terms.str.startswith("officer").any()
    assert benchmarks.groupby(terms)["share_certified"].sum().to_numpy() == pytest.approx(1.0)
    # Violent calls have 6.5 times the odds of calls about a person in crisis, and so much more than all others.
    assert 2.0 < benchmarks["strength"]["call_risk/violent"] < 6.5


def test_contacts_that_one_arm_does_not_write_up_are_bracketed() -> None:
    """A quarter of what ends in nothing is not written up by the uncertified: their share with force is too high."""
    found = found_in(features_of(without_effect(recording_by_certification=True), N, seed=22))
    answer, bounds = of(found, "none").iloc[0], of(found, "unrecorded")
    assert answer["odds_ratio"] < 0.95
    half = bounds.loc["10 % of not_certified"]
    assert half["bound_low"] == pytest.approx(answer["odds_ratio"])
    assert half["conf_low"] < 1 < half["conf_high"]
    assert len(bounds) == 2 * len(UNRECORDED)


def test_quarters_that_were_not_joined_are_corrected_upwards_in_certification() -> None:
    frame = contacts_of(16_000, Truth(force=float(np.log(0.5)), force_intercept=-2.4), seed=7)
    early = frame["year"] <= 2017
    spoilt = frame.assign(cit_certified=frame["cit_certified"].where(~early, 0).astype("int32"))
    windows = Windows(ALL.all, (pd.Timestamp("2018-01-01").date(), ALL.all[1]))
    quarters = of(found_in(feature_frames(records_of(spoilt, seed=8), spoilt), windows), "quarters")
    assert quarters["sensitivity"]["corrected"] == pytest.approx(1 - early.mean(), abs=0.03)
    printed, corrected = quarters.loc["as printed"], quarters.loc["corrected"]
    assert corrected["odds_ratio"] < printed["odds_ratio"]
    assert corrected["conf_low"] < 0.5 < corrected["conf_high"]


def test_without_implausible_quarters_there_is_no_worked_case(confounded: pd.DataFrame) -> None:
    assert of(confounded, "quarters").empty


def test_e_values_are_those_of_the_risk_ratios(confounded: pd.DataFrame) -> None:
    rows = confounded[confounded["bias"] == "e_value"]
    assert sorted(rows["outcome"]) == ["arrest", "emergent_detention", "force", "referral"]
    away = np.maximum(rows["risk_ratio"], 1 / rows["risk_ratio"])
    assert rows["e_value"].to_numpy() == pytest.approx((away + np.sqrt(away * (away - 1))).to_numpy())


@pytest.mark.parametrize("change", ["two_officers", "no_events", "no_exposure"])
def test_without_an_answer_there_is_one_row_with_its_reason(change: str) -> None:
    frame = contacts_of(800, replace(Truth(), officers=2 if change == "two_officers" else 300), seed=3)
    frame = frame.assign(force=np.int32(0)) if change == "no_events" else frame
    windows = Windows(WINDOW, None) if change == "no_exposure" else ALL
    found = found_in(feature_frames(records_of(frame, seed=4), frame), windows)
    [row] = found[found["bias"] != "e_value"].to_dict("records")
    assert not row["converged"]
    assert row["reason"]


@pytest.mark.parametrize("change", ["one_precinct", "one_year"])
def test_poor_cities_keep_their_rows(change: str) -> None:
    frame = contacts_of(6000, Truth(force_intercept=-2.4), seed=3)
    poor = (
        frame.assign(precinct="North") if change == "one_precinct" else frame[frame["year"] >= 2019].assign(year=2020)
    )
    found = found_in(feature_frames(records_of(poor, seed=4), poor), ALL)
    assert len(of(found, "confounder")) == len(STRENGTHS) * len(DIFFERENCES)
