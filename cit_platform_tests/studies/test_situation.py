"""Plain risks: counted by hand, clustered by officer, certification where it is usable alone."""

from datetime import date

import pandas as pd
import pytest
import statsmodels.formula.api as smf

from cit_platform.contracts import TABLES
from cit_platform.modelling.features import feature_frames
from cit_platform.modelling.windows import Windows
from cit_platform.studies.situation import situation
from cit_platform_tests.studies.city import WINDOW, WINDOWS


@pytest.fixture(scope="module")
def plain(contacts: pd.DataFrame) -> pd.DataFrame:
    return situation(feature_frames(contacts.iloc[:0], contacts), "seattle", WINDOWS)


def row(frame: pd.DataFrame, outcome: str, term: str, level: str) -> pd.Series:
    [found] = frame[(frame["outcome"] == outcome) & (frame["term"] == term) & (frame["level"] == level)].index
    return frame.loc[found]


def test_risks_are_shares_of_contacts(plain: pd.DataFrame, contacts: pd.DataFrame) -> None:
    assert tuple(plain.columns) == TABLES["models/situation"].column_names
    for level, group in contacts.groupby("call_risk"):
        found = row(plain, "force", "call_risk", level)
        assert (found["n_contacts"], found["n_events"]) == (len(group), group["force"].sum())
        assert found["risk"] == pytest.approx(group["force"].mean())
    assert row(plain, "force", "", "")["n_contacts"] == len(contacts)
    assert contacts["officer_key"].isna().any()
    assert row(plain, "force", "", "")["n_officers"] == contacts["officer_key"].nunique(), "a contact is no officer"


def test_intervals_are_those_of_an_officer_clustered_logit_of_a_constant(
    plain: pd.DataFrame, contacts: pd.DataFrame
) -> None:
    violent = contacts[contacts["call_risk"] == "violent"]
    groups = violent["officer_key"].fillna(violent["contact_id"]).astype("category").cat.codes.to_numpy()
    peer = smf.logit("force ~ 1", violent).fit(disp=0, cov_type="cluster", cov_kwds={"groups": groups})
    low, high = (1 / (1 + 2.718281828459045 ** -peer.conf_int().loc["Intercept"])).tolist()
    found = row(plain, "force", "call_risk", "violent")
    assert (found["risk_conf_low"], found["risk_conf_high"]) == pytest.approx((low, high), rel=2e-3)


def test_who_was_there_is_counted_where_it_is_known(contacts: pd.DataFrame) -> None:
    unknown = contacts.assign(cit_arrived=contacts["cit_arrived"].astype("Int32").mask(contacts.index % 3 == 0))
    found = situation(feature_frames(unknown.iloc[:0], unknown), "seattle", WINDOWS)
    known = unknown[unknown["cit_arrived"].notna() & (unknown["cit_certified"] == 0)]
    assert row(found, "cit_arrived", "cit_certified", "0")["n_contacts"] == len(known)
    assert row(found, "cit_arrived", "cit_certified", "0")["risk"] == pytest.approx(known["cit_arrived"].mean())


def test_certification_is_compared_where_it_is_usable(contacts: pd.DataFrame) -> None:
    later = Windows(WINDOW, (date(2019, 1, 1), WINDOW[1]))
    found = situation(feature_frames(contacts.iloc[:0], contacts), "seattle", later)
    inside = contacts[(pd.to_datetime(contacts["reported_date"]) >= "2019-01-01") & (contacts["cit_certified"] == 1)]
    assert row(found, "force", "cit_certified", "1")["n_contacts"] == len(inside)
    assert row(found, "force", "", "")["n_contacts"] == len(contacts)
    never = situation(feature_frames(contacts.iloc[:0], contacts), "seattle", Windows(WINDOW, None))
    assert set(never["term"]) == {"", "call_risk"}
