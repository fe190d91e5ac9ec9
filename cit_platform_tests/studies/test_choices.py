"""Choices: each way says what it chooses, agrees with the studies that ask the same, and has no twin."""

import pandas as pd
import pytest

from cit_platform.contracts import TABLES
from cit_platform.modelling.features import feature_frames
from cit_platform.modelling.windows import Windows
from cit_platform.studies.absolute_risk import absolute_risk
from cit_platform.studies.choices import CHOSEN, choices, choices_of
from cit_platform.studies.force import PRIMARY, force
from cit_platform_tests.studies.city import WINDOW, WINDOWS, Truth, contacts_of, records_of

COLUMNS = ["unit", "quarters", "controls", "calls", "contradictory", "covariance"]


@pytest.fixture(scope="module")
def contacts() -> pd.DataFrame:
    return contacts_of(3000, Truth(force_intercept=-2.4), seed=5)


@pytest.fixture(scope="module")
def found(contacts: pd.DataFrame) -> pd.DataFrame:
    return choices(feature_frames(records_of(contacts, seed=6), contacts), "seattle", WINDOWS)


def test_every_way_has_its_row_and_no_two_choose_the_same(found: pd.DataFrame) -> None:
    assert tuple(found.columns) == TABLES["models/choices"].column_names
    assert len(found) == len(CHOSEN)
    assert not found.duplicated(COLUMNS).any()
    assert found["converged"].all()
    ends = found["risk_difference_conf_low"], found["risk_difference_conf_high"]
    assert (ends[0] < found["risk_difference"]).all()
    assert (found["risk_difference"] < ends[1]).all()


def test_every_single_choice_of_the_way_that_speaks_can_be_made_otherwise(found: pd.DataFrame) -> None:
    spoken = {"unit": PRIMARY.unit, **choices_of(PRIMARY)}
    assert tuple(spoken.values()) == ("contact", "usable", "primary", "situation", "left_out", "officer")
    for column in COLUMNS:
        others = found[[name for name in COLUMNS if name != column]]
        beside = found[(others == pd.Series(spoken)[others.columns]).all(axis=1)]
        without_usable = {"with_year", "with_period"} if column == "controls" else set()
        assert set(beside[column]) == set(found[column]) - without_usable, column


def test_the_numbers_are_those_of_the_studies_that_ask_the_same(contacts: pd.DataFrame, found: pd.DataFrame) -> None:
    features = feature_frames(records_of(contacts, seed=6), contacts)
    spoken = found[found["variant"] == "primary"].iloc[0]
    risks = absolute_risk(features, "seattle", WINDOWS).set_index("outcome").loc["force"]
    for name in ("risk_certified", "risk_difference", "risk_difference_conf_low", "n_contacts", "n_events"):
        assert spoken[name] == risks[name]
    estimates = force(features, "seattle", WINDOWS).table
    estimates = estimates[estimates["term"] == "cit_certified"].set_index("variant")
    for row in found[found["variant"].isin(estimates.index)].itertuples():
        assert row.odds_ratio == estimates.loc[row.variant, "odds_ratio"], row.variant
        assert row.odds_ratio_conf_low == estimates.loc[row.variant, "conf_low"], row.variant


def test_another_choice_of_what_is_alike_moves_the_interval_alone(found: pd.DataFrame) -> None:
    by_variant = found.set_index("variant")
    one, other = by_variant.loc["primary"], by_variant.loc["independent"]
    assert one["risk_difference"] == pytest.approx(other["risk_difference"], abs=1e-12)
    assert one["risk_difference_conf_low"] != other["risk_difference_conf_low"]


def test_without_events_or_usable_quarters_a_way_says_why(contacts: pd.DataFrame) -> None:
    quiet = contacts.assign(force=0)
    rows = choices(feature_frames(records_of(quiet, seed=6), quiet), "seattle", Windows(WINDOW, None))
    assert not rows["converged"].any()
    assert rows["risk_difference"].isna().all()
    assert (rows["reason"] != "").all()
    assert set(rows.loc[rows["quarters"] == "usable", "reason"]) == {"no_usable_exposure"}
