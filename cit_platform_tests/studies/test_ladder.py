"""The ladder: the steps of the design, from the fits that the studies publish."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr
from scipy.stats import norm

from cit_platform.contracts import TABLES
from cit_platform.modelling.features import Features, feature_frames
from cit_platform.modelling.specification import Role
from cit_platform.publishing.parts.rows import headline_fit
from cit_platform.studies import absolute_risk as absolute_risk_study
from cit_platform.studies import force as force_study
from cit_platform.studies.force import FORCE_SPECIFICATIONS
from cit_platform.studies.ladder import ladder
from cit_platform_tests.studies.city import WINDOWS, Truth, contacts_of


@pytest.fixture(scope="module")
def steps(features: Features) -> pd.DataFrame:
    found = ladder(features, "seattle", WINDOWS)
    return found[found["outcome"] == "force"].set_index("variant")


def test_steps_are_in_order(features: Features) -> None:
    found = ladder(features, "seattle", WINDOWS)
    assert tuple(found.columns) == TABLES["models/ladder"].column_names
    for outcome in ("force", "arrest", "emergent_detention", "referral"):
        steps = found[found["outcome"] == outcome]
        assert list(zip(steps["step"], steps["variant"], strict=True)) == [
            (0, "published"),
            (1, "contact_level"),
            (2, "officer_clustered"),
            (3, "usable_exposure"),
            (4, "primary"),
            (5, "standardised"),
        ]
    assert found["converged"].all()


def test_a_level_that_one_step_cannot_hold_leaves_them_all(contacts: pd.DataFrame) -> None:
    """One busy officer alone has a gender: without clusters the level could stay, and the population would differ."""
    busy = contacts["officer_key"] == "K7"
    city = contacts.assign(officer_gender=contacts["officer_gender"].mask(busy, "X"))
    city["force"] = city["force"].mask(busy & (city.index % 2 == 0), 1)
    found = ladder(feature_frames(city, city), "seattle", WINDOWS)
    force = found[found["outcome"] == "force"].set_index("variant")
    assert force.loc["contact_level", "n_rows"] == force.loc["officer_clustered", "n_rows"] == (~busy).sum()
    assert force.loc["contact_level", "ratio"] == pytest.approx(force.loc["officer_clustered", "ratio"], rel=1e-9)


def test_odds_ratios_are_those_of_the_force_model(steps: pd.DataFrame, forces: pd.DataFrame) -> None:
    certified = forces[forces["term"] == "cit_certified"].set_index("variant")
    for variant in ("published", "contact_level", "officer_clustered", "usable_exposure", "primary"):
        assert steps.loc[variant, "ratio"] == certified.loc[variant, "odds_ratio"]
        assert steps.loc[variant, "conf_low"] == certified.loc[variant, "conf_low"]
        assert steps.loc[variant, "measure"] == "odds_ratio"


def test_the_first_steps_say_what_their_intervals_leave_out(steps: pd.DataFrame, forces: pd.DataFrame) -> None:
    certified = forces[forces["term"] == "cit_certified"].set_index("variant")
    errors = certified["std_error"]
    at_contacts = (errors["officer_clustered"] / errors["contact_level"]) ** 2
    assert steps.loc["contact_level", "design_effect"] == pytest.approx(at_contacts)
    assert steps.loc["officer_clustered", "design_effect"] == pytest.approx(at_contacts)
    assert steps.loc["published", "design_effect"] > 1.05


def test_the_published_p_value_is_corrected_by_the_design_effect_of_its_own_unit(steps: pd.DataFrame) -> None:
    first = steps.loc["published"]
    assert first["published_p_value"] == 0.027
    expected = 2 * norm.sf(norm.isf(0.027 / 2) / np.sqrt(first["design_effect"]))
    assert first["published_p_value_corrected"] == pytest.approx(expected)
    assert steps.drop(index="published")["published_p_value"].isna().all()


def test_the_last_step_is_a_risk_ratio_and_a_difference(steps: pd.DataFrame) -> None:
    last = steps.loc["standardised"]
    assert last["measure"] == "risk_ratio"
    # Force is not that rare in this city: the risk ratio lies nearer to 1 than the odds ratio of the same fit.
    assert steps.loc["primary", "ratio"] < last["ratio"] < 1
    assert last["conf_low"] < last["ratio"] < last["conf_high"]
    assert last["risk_difference_conf_low"] < last["risk_difference"] < 0
    assert steps.drop(index="standardised")["risk_difference"].isna().all()


def test_what_cannot_be_estimated_says_why_at_every_step() -> None:
    quiet = contacts_of(500, Truth(), seed=1).assign(force=0)
    found = ladder(feature_frames(quiet, quiet), "seattle", WINDOWS)
    found = found[found["outcome"] == "force"]
    assert not found["converged"].any()
    assert found["ratio"].isna().all()
    assert found["note"].str.contains("no contrast").all()
    assert found["published_p_value_corrected"].isna().all()


def test_the_p_value_of_the_risk_ratio_and_its_interval_are_of_one_distribution(features: Features) -> None:
    """At the limit of a 95 % interval the p-value of a difference from it is 5 %, by t as by the normal."""
    found = ladder(features, "seattle", WINDOWS)
    last = found[found["variant"] == "standardised"].set_index("outcome")
    half = np.log(last["conf_high"] / last["ratio"])
    quantile = half / last["std_error"]
    assert (quantile > 1.965).all()
    excludes_1 = (last["conf_low"] > 1) | (last["conf_high"] < 1)
    assert ((last["p_value"] < 0.05) == excludes_1).all()
    normal = 2 * ndtr(-np.abs(np.log(last["ratio"])) / last["std_error"])
    assert (last["p_value"] > normal).all()


def test_another_headline_is_one_role_in_the_list_of_specifications(
    monkeypatch: pytest.MonkeyPatch, features: Features
) -> None:
    """The rows of the studies, and what the checks judge, follow the role."""
    roles: dict[str, Role] = {"primary": "sensitivity", "two_way": "headline"}
    scratch = tuple(replace(each, role=roles.get(each.variant, each.role)) for each in FORCE_SPECIFICATIONS)
    for module in (force_study, absolute_risk_study):
        monkeypatch.setattr(module, "FORCE_SPECIFICATIONS", scratch)
    study = force_study.force(features, "seattle", WINDOWS)
    assert set(study.table.loc[study.table["role"] == "headline", "variant"]) == {"two_way"}
    assert {row["variant"] for row in headline_fit(study.table, "force")} == {"two_way"}
    risks = absolute_risk_study.absolute_risk(features, "seattle", WINDOWS).set_index("outcome")
    assert risks.loc["force", "variant"] == "two_way"
    assert [e.specification.variant for e in study.estimations if e.specification.role == "headline"] == ["two_way"]
