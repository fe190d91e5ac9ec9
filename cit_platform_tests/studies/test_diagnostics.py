"""Diagnostics of the protocol: those of a city that passes, a spoiled city per gate, and cities without answer."""

import numpy as np
import pandas as pd
import pytest

from cit_platform.inference.balance import standardised_difference
from cit_platform.modelling.features import Features, feature_frames
from cit_platform.studies.diagnostics import diagnostics
from cit_platform.studies.protocol import protocol
from cit_platform_tests.studies.city import WINDOWS, Truth, contacts_of

KEY = ["model", "variant", "outcome"]


def judged(contacts: pd.DataFrame) -> pd.DataFrame:
    features = feature_frames(contacts.assign(record_id=contacts["contact_id"]), contacts)
    return diagnostics(features, "seattle", WINDOWS)


@pytest.fixture(scope="module")
def found(features: Features) -> pd.DataFrame:
    return diagnostics(features, "seattle", WINDOWS)


def test_every_estimate_of_the_protocol_has_every_diagnostic_with_its_threshold(found: pd.DataFrame) -> None:
    assert found.groupby(KEY).ngroups == 7
    for _, rows in found.groupby(KEY):
        assert set(rows["diagnostic"]) == set(protocol().thresholds)
    threshold = found["diagnostic"].map({name: each.value for name, each in protocol().thresholds.items()})
    assert (found["threshold"] == threshold).all()


def test_a_city_by_lot_passes_every_gate_and_is_not_calibrated(found: pd.DataFrame) -> None:
    gates = found[found["gate"] & (found["diagnostic"] != "systematic_error")]
    assert gates["passes"].all()
    error = found[found["diagnostic"] == "systematic_error"]
    assert error["passes"].isna().all()
    assert set(error["reason"]) == {"not_calibrated"}


def test_balance_is_that_of_the_contacts(found: pd.DataFrame, contacts: pd.DataFrame) -> None:
    row = found[(found["model"] == "force") & (found["term"] == "call_risk")].iloc[0]
    counts = pd.crosstab(contacts["cit_certified"], contacts["call_risk"]).to_numpy(dtype=float)
    assert row["value"] == pytest.approx(float(standardised_difference(counts)), rel=1e-9)
    assert row["value_conf_low"] <= row["value"] <= row["value_conf_high"]
    assert bool(row["passes"]) == (row["value_conf_low"] <= row["threshold"])


def one(rows: pd.DataFrame, diagnostic: str, outcome: str = "force", term: str = "") -> pd.Series:
    chosen = (rows["diagnostic"] == diagnostic) & (rows["outcome"] == outcome) & (rows["standing"] == "primary")
    return rows[chosen & (rows["term"] == term)].iloc[0]


@pytest.fixture(scope="module")
def city() -> pd.DataFrame:
    return contacts_of(3_000, Truth(force_intercept=-2.6), seed=31)


def certified_where(contacts: pd.DataFrame, where: pd.Series, share: float) -> pd.DataFrame:
    """Certification follows a covariate, but for a share of the contacts."""
    by_lot = np.random.default_rng(1).random(len(contacts)) < share
    decided = np.where(by_lot, contacts["cit_certified"], where.astype(int))
    return contacts.assign(cit_certified=decided.astype("int32"))


def test_arms_that_a_covariate_decides_fail_overlap_and_warn_of_balance(city: pd.DataFrame) -> None:
    spoiled = judged(certified_where(city, city["precinct"].isin(["North", "East"]), 0.1))
    arms = one(spoiled, "overlap")
    assert (bool(arms["passes"]), bool(arms["gate"])) == (False, True)
    assert arms["value"] < 0.05
    place = one(spoiled, "balance", term="precinct")
    assert (bool(place["passes"]), bool(place["gate"])) == (False, False)


def test_few_officers_fail_the_gate_of_clusters(city: pd.DataFrame) -> None:
    others = np.where(np.arange(len(city)) % 20 == 0, np.arange(len(city)) % 800 // 20, 0)
    few = city.assign(officer_key=[f"K{arm}{n}" for arm, n in zip(city["cit_certified"], others, strict=True)])
    row = one(judged(few), "effective_clusters", "referral")
    assert not row["passes"]
    assert row["value"] < 10


def test_levels_without_events_fail_the_gate_of_what_is_left_out(city: pd.DataFrame) -> None:
    row = one(judged(city.assign(force=city["force"].where(city["precinct"] != "East", 0))), "left_out")
    assert not row["passes"]
    assert row["value"] == pytest.approx((city["precinct"] == "East").mean(), abs=0.03)


def test_a_model_that_misses_who_has_the_outcome_fails_calibration() -> None:
    large = contacts_of(8_000, Truth(force_intercept=-2.6), seed=7)
    crossed = (large["precinct"] == "North") ^ (large["call_risk"].isin(["violent", "disturbance"]))
    spoiled = large.assign(force=np.where(crossed, 0, large["force"] | (large.index % 2 == 0)).astype("int32"))
    assert not one(judged(spoiled), "calibration")["passes"]


@pytest.mark.parametrize(("error", "passes"), [(0.08, True), (0.41, False)])
def test_negative_controls_give_the_systematic_error(city: pd.DataFrame, error: float, passes: bool) -> None:
    controls = pd.DataFrame({"expected_absolute_error": [error] * 3})
    features = feature_frames(city.assign(record_id=city["contact_id"]), city)
    found = diagnostics(features, "seattle", WINDOWS, controls)
    rows = found[found["diagnostic"] == "systematic_error"]
    assert set(rows["value"]) == {error}
    assert set(rows["passes"]) == {passes}
    assert set(rows["gate"]) == {True}


CITIES = {
    "no events": lambda contacts: contacts.assign(force=np.int32(0), disposition_group="no_action", any_arrest=0),
    "nobody certified": lambda contacts: contacts.assign(cit_certified=np.int32(0)),
    "two officers": lambda contacts: contacts.assign(officer_key=np.where(contacts["cit_certified"] == 1, "A", "B")),
    "one precinct": lambda contacts: contacts.assign(precinct="North"),
    "one year": lambda contacts: contacts[contacts["year"] == 2022],
}


@pytest.mark.parametrize("name", CITIES)
def test_a_city_without_an_estimate_judges_nothing_and_says_why(city: pd.DataFrame, name: str) -> None:
    found = judged(CITIES[name](city))
    assert found.groupby(KEY).ngroups == 7
    for _, rows in found.groupby(KEY):
        assert set(rows["diagnostic"]) == set(protocol().thresholds)
        if rows["passes"].isna().all():
            assert (rows["reason"] != "").all()
            assert rows["value"].isna().all()
