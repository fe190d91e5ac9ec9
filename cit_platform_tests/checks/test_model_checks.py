"""Each check of a model, on a study that is as it should be and on one that is not."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cit_platform.checks.audit import CheckOutcome
from cit_platform.checks.model_checks import CHECKS, checked
from cit_platform.modelling.features import Features, feature_frames
from cit_platform.modelling.study import Study
from cit_platform.studies.disposition import DISPOSITION_SPECIFICATIONS, disposition
from cit_platform.studies.force import FORCE_SPECIFICATIONS, force
from cit_platform_tests.studies.city import WINDOWS, Truth, contacts_of, records_of

CITY = contacts_of(8000, Truth(force_intercept=-2.6, officers=400), seed=5)
# Levels of few rows, so that a city this small has events in each.
CITY = CITY.assign(year=CITY["year"].clip(2016, 2025))


def tables(contacts: pd.DataFrame = CITY) -> Features:
    return feature_frames(records_of(contacts, seed=6), contacts)


def outcomes(study: Study, features: Features) -> dict[str, CheckOutcome]:
    table, found = checked(study, features)
    assert table is study.table
    assert [outcome.name for outcome in found] == [check.name for check in CHECKS]
    return {outcome.name: outcome for outcome in found}


@pytest.fixture(scope="module")
def whole() -> tuple[Study, Features]:
    features = tables()
    return force(features, "seattle", WINDOWS), features


def spoiled(change: dict[str, object]) -> dict[str, CheckOutcome]:
    features = tables(CITY.assign(**change))
    return outcomes(force(features, "seattle", WINDOWS), features)


def test_a_good_study_passes_every_check(whole: tuple[Study, Features]) -> None:
    found = outcomes(*whole)
    assert {name: outcome.status for name, outcome in found.items()} == dict.fromkeys(found, "passed")
    assert found["second_opinion"].numbers["numbers_compared"] == 2 * (18 + 36)
    assert found["second_opinion"].severity == "ERROR"
    assert {outcome.severity for name, outcome in found.items() if name != "second_opinion"} == {"WARN"}
    assert all(outcome.numbers for outcome in found.values())


def test_the_disposition_model_passes_every_check() -> None:
    features = tables()
    found = outcomes(disposition(features, "seattle", WINDOWS), features)
    assert {outcome.status for outcome in found.values()} == {"passed"}
    assert found["second_opinion"].numbers["numbers_compared"] == 2 * 3 * (12 + 31)
    assert "referral_in_standard_errors" in found["influence"].numbers


def test_a_number_that_statsmodels_does_not_confirm_blocks(whole: tuple[Study, Features]) -> None:
    study, features = whole
    table = study.table.assign(**{name: study.table[name] * 1.00001 for name in ("std_error", "std_error_cr1")})
    outcome = outcomes(replace(study, table=table), features)["second_opinion"]
    assert outcome.status == "failed"
    assert outcome.blocks
    assert "primary: force cit_certified: std_error_cr1" in outcome.message


def test_what_cannot_be_estimated_is_said_and_does_not_block() -> None:
    found = spoiled({"force": (np.arange(len(CITY)) < 3).astype(int)})
    assert found["second_opinion"].status == "passed"
    for name in ("converged", "events_per_parameter", "calibration", "influence"):
        assert found[name].status == "failed", name
        assert not found[name].blocks
    assert "too few events" in found["converged"].message
    assert found["converged"].numbers == dict.fromkeys(("fits", "fits_without_numbers"), len(FORCE_SPECIFICATIONS))


def test_collinear_controls_are_named() -> None:
    found = spoiled({"officer_race": CITY["officer_gender"].map({"M": "White", "F": "Asian", "Unknown": "Unknown"})})
    assert found["full_rank"].status == "failed"
    assert "officer_race Asian is collinear with officer_gender F" in found["full_rank"].message
    assert found["second_opinion"].status == "passed"


def test_separation_is_named_and_counted() -> None:
    """One precinct has only arrests, but at unknown calls; these have none elsewhere: each level has every outcome."""
    city = contacts_of(6000, Truth(), seed=4)
    unknown, inside = city["call_risk"] == "unknown", city["precinct"] == "South"
    groups = city["disposition_group"].mask(inside & ~unknown, "arrest")
    groups = groups.mask(unknown & ~inside & (groups == "arrest"), "no_action")
    features = feature_frames(city, city.assign(disposition_group=groups))
    found = outcomes(disposition(features, "seattle", WINDOWS), features)["no_separation"]
    assert found.status == "failed"
    of_contacts = [each for each in DISPOSITION_SPECIFICATIONS if each.unit == "contact" and each.variant != "any_of"]
    assert found.numbers == {"separated_fits": len(of_contacts)}, "the records are sound, the contacts are not"
    assert "no finite maximum along" in found.message


@pytest.mark.parametrize("events", [0, 3])
def test_an_arm_with_too_few_events_is_not_separation(events: int) -> None:
    certified = CITY["cit_certified"] == 1
    among_the_first = certified & (certified.cumsum() <= events)
    found = spoiled({"force": CITY["force"].mask(certified, 0).mask(among_the_first, 1)})
    assert "too few events" in found["converged"].message
    assert (found["no_separation"].status, found["no_separation"].numbers) == ("passed", {"separated_fits": 0})


def test_few_events_per_parameter_are_counted() -> None:
    events = np.flatnonzero(CITY["force"])[:150]
    found = spoiled({"force": np.isin(np.arange(len(CITY)), events).astype(int)})["events_per_parameter"]
    assert found.status == "failed"
    assert found.numbers["fewest"] < 10


def test_levels_that_left_are_named_without_their_size() -> None:
    found = spoiled({"force": CITY["force"].mask(CITY["officer_race"] == "Asian", 0)})["levels_left_out"]
    assert found.status == "failed"
    assert "officer_clustered: officer_race Asian" in found.message
    rows = str((CITY["officer_race"] == "Asian").sum())
    assert rows not in found.message
    assert found.numbers["levels"] == 1


def test_one_officer_who_decides_the_answer_is_found_and_not_named() -> None:
    """A certified officer with very many contacts, most of them with force."""
    heavy = CITY.iloc[np.arange(700)].assign(
        officer_key="K-heavy",
        cit_certified=1,
        force=(np.arange(700) % 2),
        contact_id=[f"H{i}" for i in range(700)],
        incident_id=[f"HI{i}" for i in range(700)],
    )
    features = tables(pd.concat([CITY, heavy], ignore_index=True))
    found = outcomes(force(features, "seattle", WINDOWS), features)["influence"]
    assert found.status == "failed"
    assert found.numbers["force_in_standard_errors"] > 1
    assert found.numbers["force_largest_shift"] < 0
    assert "K-heavy" not in found.message
    assert found.offending == ()


def test_predictions_that_are_off_are_found() -> None:
    """Force is frequent where three things meet, of which the model can only add up what each does alone."""
    called = CITY["call_risk"].isin(["crisis", "suicide", "other"]) & (CITY["watch"] == "day")
    risk = np.where(called & CITY["precinct"].isin(["North", "West"]), 0.5, 0.02)
    found = spoiled({"force": (np.random.default_rng(1).random(len(CITY)) < risk).astype(int)})["calibration"]
    assert found.status == "failed"
    assert found.numbers["force_largest_distance"] > 4
    assert 0.7 < found.numbers["force_auc"] < 0.95
    assert "errors off" in found.message
