"""Dispositions: equal to statsmodels, any-of beside highest-of, and risks that add up."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from cit_platform.contracts import TABLES
from cit_platform.modelling.features import Features, feature_frames
from cit_platform.studies.absolute_risk import absolute_risk
from cit_platform.studies.disposition import disposition
from cit_platform.studies.disposition_shares import disposition_shares
from cit_platform_tests.studies.city import DISPOSITIONS, WINDOWS, Truth, contacts_of

FORMULA = "code ~ cit_certified + C(call_risk, Treatment('crisis')) + C(precinct, Treatment('North'))"
PRIMARY = (
    "cit_certified + C(year) + C(records_system) + C(watch) + weekend + C(call_risk) + C(precinct) + C(experience)"
)
RISKS = ["risk_certified", "risk_not_certified", "risk_difference", "risk_ratio"]


def of_contacts(contacts: pd.DataFrame) -> Features:
    return feature_frames(contacts.iloc[:0], contacts)


def coded(table: pd.DataFrame) -> pd.DataFrame:
    kept = table[table["disposition_group"].isin(DISPOSITIONS)]
    return kept.assign(code=kept["disposition_group"].map({name: i for i, name in enumerate(DISPOSITIONS)}))


@pytest.mark.parametrize("variant", ["published", "officer_clustered"])
def test_every_number_equals_a_statsmodels_formula(
    dispositions: pd.DataFrame, records: pd.DataFrame, contacts: pd.DataFrame, variant: str
) -> None:
    found = dispositions[dispositions["variant"] == variant]
    data, formula = coded(contacts), FORMULA
    if variant == "published":
        data = coded(records.assign(call_risk=records["call_risk_published"]))
        formula = FORMULA.replace("crisis", "welfare")
    options = {}
    if variant == "officer_clustered":
        groups = data["officer_key"].fillna(data["contact_id"]).astype("category").cat.codes.to_numpy()
        options = {"cov_type": "cluster", "cov_kwds": {"groups": groups}}
    peer = smf.mnlogit(formula, data).fit(method="newton", tol=1e-12, maxiter=50, disp=0, **options)
    errors = pd.DataFrame(np.asarray(peer.bse), index=peer.params.index)
    names = {"intercept": "Intercept", "cit_certified": "cit_certified"}
    for row in found.itertuples():
        name = names.get(row.term) or next(
            n for n in peer.params.index if f"C({row.term}," in n and f"T.{row.level}]" in n
        )
        j = DISPOSITIONS.index(row.outcome) - 1
        assert row.estimate == pytest.approx(peer.params.loc[name].iloc[j], rel=1e-7, abs=1e-10)
        assert row.std_error == pytest.approx(errors.loc[name, j], rel=1e-7)
        assert row.n_events == (data["disposition_group"] == row.outcome).sum()
        assert row.n_rows == len(data)
    assert len(found) == peer.params.size
    assert tuple(found.columns) == TABLES["models/disposition"].column_names


def test_known_truth_is_recovered() -> None:
    truth = Truth(officers=1500)
    city = contacts_of(12_000, truth, seed=21)
    found = disposition(feature_frames(city.iloc[:0], city), "seattle", WINDOWS).table
    certified = found[(found["variant"] == "officer_clustered") & (found["term"] == "cit_certified")]
    for row in certified.itertuples():
        assert abs(row.estimate - truth.dispositions[row.outcome]) < 3.5 * row.std_error, row.outcome


@pytest.mark.parametrize("outcome", DISPOSITIONS[1:])
def test_any_of_is_a_logit_of_all_contacts(dispositions: pd.DataFrame, contacts: pd.DataFrame, outcome: str) -> None:
    peer = smf.logit(f"any_{outcome} ~ {PRIMARY}", contacts).fit(method="newton", tol=1e-12, disp=0)
    chosen = (dispositions["variant"] == "any_of") & (dispositions["outcome"] == outcome)
    [found] = dispositions[chosen & (dispositions["term"] == "cit_certified")].itertuples()
    assert found.estimate == pytest.approx(peer.params["cit_certified"], rel=1e-7)
    assert (found.n_rows, found.n_events) == (len(contacts), contacts[f"any_{outcome}"].sum())
    assert found.reference_outcome == f"no_{outcome}"


@pytest.fixture(scope="module")
def risks(contacts: pd.DataFrame) -> pd.DataFrame:
    return absolute_risk(of_contacts(contacts), "seattle", WINDOWS)


def test_absolute_risk_has_force_and_every_disposition(risks: pd.DataFrame) -> None:
    assert tuple(risks.columns) == TABLES["models/absolute_risk"].column_names
    assert risks["model"].tolist() == ["disposition"] * 4 + ["force"]
    assert risks["outcome"].tolist() == ["arrest", "emergent_detention", "no_action", "referral", "force"]
    assert risks["converged"].all()
    for name in RISKS:
        assert (risks[f"{name}_conf_low"] < risks[name]).all()
        assert (risks[name] < risks[f"{name}_conf_high"]).all()


def test_risks_of_dispositions_add_up_to_one(risks: pd.DataFrame) -> None:
    dispositions = risks[risks["model"] == "disposition"]
    assert dispositions["risk_certified"].sum() == pytest.approx(1.0)
    assert dispositions["risk_not_certified"].sum() == pytest.approx(1.0)
    assert dispositions["risk_difference"].sum() == pytest.approx(0.0, abs=1e-12)


def test_risks_equal_average_predictions_of_statsmodels(risks: pd.DataFrame, contacts: pd.DataFrame) -> None:
    data = coded(contacts)
    peer = smf.mnlogit(f"code ~ {PRIMARY}", data).fit(method="newton", tol=1e-12, maxiter=50, disp=0)
    for value, column in ((1, "risk_certified"), (0, "risk_not_certified")):
        average = peer.predict(data.assign(cit_certified=value)).mean()
        for row in risks[risks["model"] == "disposition"].itertuples():
            assert getattr(row, column) == pytest.approx(average.iloc[DISPOSITIONS.index(row.outcome)], rel=1e-8)


def test_too_few_events_leave_no_risk_and_say_why(contacts: pd.DataFrame) -> None:
    rare = contacts[(contacts["disposition_group"] != "arrest") | (contacts["cit_certified"] == 0)]
    found = absolute_risk(of_contacts(rare), "seattle", WINDOWS)
    dispositions = found[found["model"] == "disposition"]
    assert dispositions[RISKS].isna().all(axis=None)
    assert not dispositions["converged"].any()
    assert dispositions["note"].str.contains("too few events: 0 of .* with cit_certified = 1 are arrest").all()
    assert found[found["model"] == "force"]["converged"].all()


def test_left_out_levels_stand_in_the_note(contacts: pd.DataFrame) -> None:
    quiet = contacts.assign(force=contacts["force"].mask(contacts["precinct"] == "East", 0))
    found = absolute_risk(of_contacts(quiet), "seattle", WINDOWS).set_index("model")
    assert found.loc["force", "note"].startswith("precinct East: level left out: no force in its")


def test_shares_are_of_each_certification(contacts: pd.DataFrame) -> None:
    shares = disposition_shares(of_contacts(contacts), "seattle", WINDOWS)
    assert tuple(shares.columns) == TABLES["models/disposition_shares"].column_names
    assert shares.groupby("cit_certified")["share"].sum().tolist() == pytest.approx([1.0, 1.0])
    one = shares[(shares["cit_certified"] == 1) & (shares["disposition_group"] == "arrest")].iloc[0]
    certified = contacts[contacts["cit_certified"] == 1]
    assert one["n_events"] == (certified["disposition_group"] == "arrest").sum()
    assert one["n_contacts"] == len(certified)
    assert certified["officer_key"].isna().any()
    assert one["n_officers"] == certified["officer_key"].nunique(), "a contact is no officer"
    assert one["share"] == pytest.approx(one["n_events"] / one["n_contacts"])
    assert one["share_conf_low"] < one["share"] < one["share_conf_high"]
    assert set(shares["disposition_group"]) == {*DISPOSITIONS, "other"}


def test_shares_without_events_or_contacts(contacts: pd.DataFrame) -> None:
    quiet = contacts[contacts["disposition_group"] != "arrest"].assign(cit_certified=0)
    shares = disposition_shares(of_contacts(quiet), "seattle", WINDOWS).set_index(
        ["cit_certified", "disposition_group"]
    )
    none = shares.loc[(0, "arrest")]
    assert (none["share"], none["n_events"], none["share_conf_low"]) == (0.0, 0, 0.0)
    assert 0 < none["share_conf_high"] < 0.002
    empty = shares.loc[(1, "arrest")]
    assert np.isnan(empty["share"])
    assert empty["n_contacts"] == 0
