"""Later contacts alone: counted by hand, a known truth, none yet, and limits wider than those of one look."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from cit_platform.contracts import TABLES
from cit_platform.modelling.features import Features, feature_frames
from cit_platform.modelling.windows import Windows
from cit_platform.studies.prospective import PROTOCOL_DATE, prospective
from cit_platform.studies.protocol import protocol
from cit_platform_tests.studies.city import WINDOW, WINDOWS, Truth, contacts_of

LATER = Windows((WINDOW[0], date(2028, 12, 31)), WINDOW)


def features_of(contacts: pd.DataFrame) -> Features:
    return feature_frames(contacts.iloc[:0], contacts)


def later_contacts(truth: float = -0.05, n: int = 8_000, seed: int = 4) -> pd.DataFrame:
    """Half of the contacts come after the protocol's date, and only in these certification goes with less force."""
    contacts = contacts_of(n, Truth(), seed)
    later = np.arange(n) % 2 == 1
    days = np.random.default_rng(seed).integers(1, 500, n)
    dates = [PROTOCOL_DATE + timedelta(int(day)) for day in days]
    reported = np.where(later, dates, contacts["reported_date"])
    month = [day.replace(day=1) for day in reported]
    risk = 0.12 + np.where(later, truth, 0.0) * contacts["cit_certified"]
    force = (np.random.default_rng(seed + 1).random(n) < risk).astype("int32")
    return contacts.assign(reported_date=reported, month=month, force=force, is_later=later)


def row(found: pd.DataFrame, measure: str, outcome: str = "force") -> pd.Series:
    [place] = found[(found["measure"] == measure) & (found["outcome"] == outcome)].index
    return found.loc[place]


def test_only_contacts_after_the_date_count() -> None:
    contacts = later_contacts()
    found = prospective(features_of(contacts), "seattle", LATER)
    assert tuple(found.columns) == TABLES["models/prospective"].column_names
    later = contacts[contacts["is_later"]]
    crude = row(found, "crude")
    means = later.groupby("cit_certified")["force"].mean()
    assert crude["risk_difference"] == pytest.approx(means[1] - means[0])
    assert (crude["n_contacts"], crude["n_events"]) == (len(later), later["force"].sum())
    assert crude["n_certified"] == later["cit_certified"].sum()
    assert crude["last_date"] == later["reported_date"].max()
    for measure in ("crude", "stratified"):
        each = row(found, measure)
        assert each["risk_difference_conf_low"] < -0.05 < each["risk_difference_conf_high"]
        assert each["one_look_high"] < 0


def test_stratified_it_is_least_squares_within_call_precinct_and_month() -> None:
    contacts = later_contacts()
    found = row(prospective(features_of(contacts), "seattle", LATER), "stratified")
    later = contacts[contacts["is_later"]]
    stratum = later["call_risk"] + later["precinct"] + later["month"].astype(str)
    within = later.assign(
        event=later["force"] - later.groupby(stratum)["force"].transform("mean"),
        exposed=later["cit_certified"] - later.groupby(stratum)["cit_certified"].transform("mean"),
    )
    groups = within["officer_key"].fillna(within["contact_id"])
    peer = smf.ols("event ~ exposed - 1", within).fit(cov_type="cluster", cov_kwds={"groups": groups})
    assert found["risk_difference"] == pytest.approx(peer.params["exposed"])
    assert 1.0 < (found["one_look_high"] - found["one_look_low"]) / 3.92 / peer.bse["exposed"] < 1.3, "CV3 beside CR1"


def test_limits_at_every_look_are_wider_than_those_of_one() -> None:
    found = prospective(features_of(later_contacts()), "seattle", LATER)
    every = found["risk_difference_conf_high"] - found["risk_difference_conf_low"]
    one = found["one_look_high"] - found["one_look_low"]
    assert (every > 1.4 * one).all()
    assert dict(zip(found["outcome"], found["narrowest_at"], strict=True)) == protocol().margins


def test_without_a_later_contact_there_is_none_yet() -> None:
    contacts = later_contacts()
    for features, windows in (
        (features_of(contacts[~contacts["is_later"]]), LATER),
        (features_of(contacts), WINDOWS),
    ):
        found = prospective(features, "seattle", windows)
        assert (found["reason"] == "none_yet").all()
        assert (found["n_contacts"] == 0).all()
        assert "2026-11-27" in found["note"][0]


def test_a_contact_of_the_date_itself_does_not_count() -> None:
    contacts = later_contacts().assign(reported_date=PROTOCOL_DATE)
    assert (prospective(features_of(contacts), "seattle", LATER)["reason"] == "none_yet").all()


def test_too_little_is_said_with_its_reason_and_few_officers_are_not_counted() -> None:
    contacts = later_contacts()
    early = contacts[contacts["is_later"]].head(40)
    assert row(prospective(features_of(early), "seattle", LATER), "crude")["reason"] == "too_few_events"
    two = contacts.assign(officer_key=np.where(contacts["cit_certified"] == 1, "A", "B"))
    found = row(prospective(features_of(two), "seattle", LATER), "crude")
    assert found["reason"] == "few_officers"
    assert found[["n_officers", "n_events", "n_certified", "risk_difference"]].isna().all()
    quiet = prospective(features_of(contacts.assign(force=0)), "seattle", LATER)
    assert (quiet.loc[quiet["outcome"] == "force", "reason"] == "too_few_events").all()
