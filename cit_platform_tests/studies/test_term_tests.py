"""Strength of predictors: equal to differences of statsmodels' log-likelihoods, else null with a reason."""

import pandas as pd
import pytest
import statsmodels.formula.api as smf

from cit_platform.contracts import TABLES
from cit_platform.modelling.features import feature_frames
from cit_platform.studies.term_tests import term_tests
from cit_platform_tests.studies.city import DISPOSITIONS, WINDOWS

SITUATION = {
    "cit_certified": "cit_certified",
    "call_risk": "C(call_risk)",
    "precinct": "C(precinct)",
    "experience": "C(experience)",
    "year": "C(year)",
    "records_system": "records_system",
    "watch": "C(watch)",
    "weekend": "weekend",
}
FORCE = {**SITUATION, "officer_race": "C(officer_race)", "officer_gender": "C(officer_gender)"}
DEGREES = {
    **{"cit_certified": 1, "call_risk": 6, "precinct": 5, "experience": 4, "year": 11, "records_system": 1},
    **{"watch": 3, "weekend": 1, "officer_race": 3, "officer_gender": 2},
}


@pytest.fixture(scope="module")
def result(contacts: pd.DataFrame) -> pd.DataFrame:
    return term_tests(feature_frames(contacts.iloc[:0], contacts), "seattle", WINDOWS)


def test_contract(result: pd.DataFrame) -> None:
    assert tuple(result.columns) == TABLES["models/term_tests"].column_names
    assert set(result["variant"]) == {"primary"}


def test_force_equals_statsmodels(result: pd.DataFrame, contacts: pd.DataFrame) -> None:
    def log_likelihood(terms: list[str]) -> float:
        return float(smf.logit("force ~ " + " + ".join(terms), contacts).fit(disp=0, tol=1e-12).llf)

    full = log_likelihood(list(FORCE.values()))
    found = result[result["model"] == "force"].set_index("term")
    assert found["df"].to_dict() == DEGREES
    for term in ("cit_certified", "call_risk", "officer_race"):
        expected = 2 * (full - log_likelihood([text for name, text in FORCE.items() if name != term]))
        assert found.loc[term, "lr_chi2"] == pytest.approx(expected, rel=1e-6, abs=1e-6)
        assert found.loc[term, "lr_chi2_per_df"] == pytest.approx(expected / DEGREES[term], rel=1e-6, abs=1e-6)
    assert found["rank"].idxmin() == "call_risk"


def test_disposition_equals_statsmodels(result: pd.DataFrame, contacts: pd.DataFrame) -> None:
    data = contacts[contacts["disposition_group"].isin(DISPOSITIONS)]
    data = data.assign(code=data["disposition_group"].map({name: i for i, name in enumerate(DISPOSITIONS)}))
    full, without = (
        smf.mnlogit(f"code ~ {' + '.join(terms)}", data).fit(disp=0, tol=1e-12, method="newton")
        for terms in (SITUATION.values(), [text for term, text in SITUATION.items() if term != "cit_certified"])
    )
    found = result[result["model"] == "disposition"].set_index("term")
    assert found["df"].to_dict() == {term: 3 * DEGREES[term] for term in SITUATION}
    assert found.loc["cit_certified", "lr_chi2"] == pytest.approx(2 * (full.llf - without.llf), rel=1e-6)
    assert found.loc["cit_certified", "n_contacts"] == len(data)


def test_what_cannot_be_tested_says_why(contacts: pd.DataFrame) -> None:
    quiet = term_tests(
        feature_frames(contacts.iloc[:0], contacts.assign(force=0, precinct="North")), "seattle", WINDOWS
    ).set_index(["model", "term"])
    assert quiet.loc["force", "lr_chi2"].isna().all()
    assert set(quiet.loc["force", "note"]) == {"cannot be estimated: all 4000 rows are no_force: no contrast"}
    precinct = quiet.loc[("disposition", "precinct")]
    assert pd.isna(precinct["df"])
    assert precinct["note"] == "cannot be estimated: precinct is constant (North) and leaves the model"
    assert quiet.loc[("disposition", "call_risk"), "lr_chi2"] > 0
