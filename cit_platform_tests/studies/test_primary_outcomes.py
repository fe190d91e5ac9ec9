"""The primary outcomes: numbers of their own fits, judged together; both directions; cities that cannot answer."""

import numpy as np
import pandas as pd
import pytest

from cit_platform.modelling.features import Features, feature_frames
from cit_platform.modelling.windows import Windows
from cit_platform.studies.absolute_risk import absolute_risk
from cit_platform.studies.disposition import GROUPS
from cit_platform.studies.primary_outcomes import primary_outcomes
from cit_platform_tests.studies.city import WINDOW, WINDOWS, Truth, contacts_of

OUTCOMES = ("force", *GROUPS)


def answers(contacts: pd.DataFrame, windows: Windows = WINDOWS) -> pd.DataFrame:
    features = feature_frames(contacts.assign(record_id=contacts["contact_id"]), contacts)
    return primary_outcomes(features, "seattle", windows).set_index("outcome").loc[list(OUTCOMES)]


@pytest.fixture(scope="module")
def found(features: Features) -> pd.DataFrame:
    return primary_outcomes(features, "seattle", WINDOWS).set_index("outcome").loc[list(OUTCOMES)]


def test_force_and_odds_ratios_are_those_of_the_studies(
    features: Features, found: pd.DataFrame, forces: pd.DataFrame, dispositions: pd.DataFrame
) -> None:
    risks = absolute_risk(features, "seattle", WINDOWS).set_index("outcome")
    for name in ("risk_difference", "risk_difference_conf_low", "risk_certified", "smallest_detectable_difference"):
        assert found.loc["force", name] == pytest.approx(risks.loc["force", name], rel=1e-12)
    rows = pd.concat([forces[forces["variant"] == "primary"], dispositions[dispositions["variant"] == "any_of"]])
    odds = rows[rows["term"] == "cit_certified"].set_index("outcome")["odds_ratio"]
    np.testing.assert_allclose(found["odds_ratio"], odds.loc[list(OUTCOMES)], rtol=1e-12)


def test_limits_of_all_at_once_lie_outside_those_of_each_and_the_90_percent_inside(found: pd.DataFrame) -> None:
    assert (found["simultaneous_low"] < found["risk_difference_conf_low"]).all()
    assert (found["simultaneous_high"] > found["risk_difference_conf_high"]).all()
    assert (found["equivalence_low"] > found["risk_difference_conf_low"]).all()
    # No wider than for four that share nothing (Bonferroni), by normal quantiles and some room for t.
    width = (found["simultaneous_high"] - found["simultaneous_low"]) / (
        found["risk_difference_conf_high"] - found["risk_difference_conf_low"]
    )
    assert width.between(1.1, 1.31).all()
    assert (found["p_value_holm"] >= found["p_value"]).all()
    assert set(found["standing"]) == {"primary"}


@pytest.mark.parametrize(("effect", "sign"), [(-1.2, -1), (1.2, 1)])
def test_a_large_difference_is_found_larger_than_its_margin_on_its_side(effect: float, sign: int) -> None:
    truth = Truth(effect, dict.fromkeys(GROUPS, effect), force_intercept=-2.6)
    found = answers(contacts_of(6_000, truth, seed=8))
    assert (np.sign(found["risk_difference"]) == sign).all()
    assert found.loc[["force", "arrest"], "size"].tolist() == ["larger", "larger"]
    assert (found.loc[["force", "arrest"], "p_value_holm"] < 0.001).all()


def test_no_difference_is_smaller_or_undecided_and_never_larger() -> None:
    found = answers(contacts_of(6_000, Truth(0.0, dict.fromkeys(GROUPS, 0.0), force_intercept=-2.6), seed=21))
    assert set(found["size"]) <= {"smaller", "undecided"}
    assert (found["simultaneous_low"] < 0).all()
    assert (found["simultaneous_high"] > 0).all()


CITIES = {
    "no events": lambda contacts: contacts.assign(force=np.int32(0)),
    "no switch and nobody certified": lambda contacts: contacts.assign(cit_certified=np.int32(0)),
    "two officers": lambda contacts: contacts.assign(officer_key=np.where(contacts["cit_certified"] == 1, "A", "B")),
    "one precinct": lambda contacts: contacts.assign(precinct="North"),
    "one year": lambda contacts: contacts[contacts["year"] == 2022],
    "no contacts": lambda contacts: contacts.head(0),
}


@pytest.mark.parametrize("city", CITIES)
def test_a_city_that_cannot_answer_says_why(city: str) -> None:
    found = answers(CITIES[city](contacts_of(2_500, Truth(force_intercept=-2.6), seed=5)))
    silent = found[~found["converged"].astype(bool)]
    assert (silent["reason"] != "").all()
    assert silent[["risk_difference", "simultaneous_low", "p_value_holm", "odds_ratio"]].isna().all(axis=None)
    assert (silent["size"] == "").all()
    known = found[found["converged"].astype(bool)]
    assert known[["risk_difference", "simultaneous_low", "p_value_holm"]].notna().all(axis=None)
    expected = {"no events": 3, "one precinct": 4, "one year": 4}.get(city, 0)
    assert len(known) == expected
    assert len(found) == len(OUTCOMES)


def test_without_usable_quarters_nothing_is_judged(contacts: pd.DataFrame) -> None:
    found = answers(contacts, Windows(WINDOW, None))
    assert set(found["reason"]) == {"no_usable_exposure"}
    assert found["margin"].tolist() == [0.002, 0.02, 0.02, 0.02]


def test_officers_are_brought_together_by_who_they_are(contacts: pd.DataFrame) -> None:
    """The order in which a fit numbers its officers changes nothing."""
    turned = contacts.sample(frac=1, random_state=2).assign(contact_id=[f"U{i:05}" for i in range(len(contacts))])
    np.testing.assert_allclose(answers(contacts)["simultaneous_low"], answers(turned)["simultaneous_low"], rtol=1e-6)
