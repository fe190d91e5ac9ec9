"""What may be alike: where squads are alike the interval by officer is too sure; the other ways are the engine's."""

import numpy as np
import pandas as pd
import pytest

from cit_platform.contracts import TABLES
from cit_platform.modelling.features import Features, feature_frames
from cit_platform.modelling.specification import EXPOSURE
from cit_platform.modelling.windows import Windows
from cit_platform.studies.dependence import CLUSTERINGS, dependence
from cit_platform_tests.studies.city import NOTHING_OFF, WINDOW, WINDOWS, Truth, contacts_of
from cit_platform_tests.studies.switched import WINDOWS as CITY_WINDOWS
from cit_platform_tests.studies.switched import switched_city


def features_of(contacts: pd.DataFrame) -> Features:
    return feature_frames(contacts.iloc[:0], contacts)


def squads(n: int = 9_000, n_squads: int = 90, seed: int = 3) -> pd.DataFrame:
    """A city of four officers to a squad: whether they are certified, and how often they use force, goes by squad."""
    contacts, draw = contacts_of(n, Truth(officers=4 * n_squads), seed), np.random.default_rng(seed)
    number = contacts["officer_key"].str.slice(1).astype(float)
    squad = np.where(number.isna(), -1, number % n_squads).astype(int)
    certified = np.where(squad < 0, contacts["cit_certified"], draw.integers(0, 2, n_squads)[squad])
    log_odds = -2.2 + draw.normal(0, 0.9, n_squads)[squad]
    return contacts.assign(
        officer_squad=np.where(squad < 0, "Unknown", np.char.add("SQUAD ", squad.astype(str))),
        cit_certified=certified.astype("int32"),
        force=(draw.random(n) < 1 / (1 + np.exp(-log_odds))).astype("int32"),
    )


def of_force(found: pd.DataFrame) -> pd.DataFrame:
    return found[found["outcome"] == "force"].set_index("clustering")


def test_by_squad_the_interval_is_wider_where_squads_are_alike_and_only_there() -> None:
    contacts = squads()
    found = of_force(dependence(features_of(contacts), "seattle", WINDOWS, NOTHING_OFF))
    assert found.loc["squad", "interval_ratio"] > 1.4
    assert found.loc["squad", "design_effect"] > 2 * found.loc["officer", "design_effect"]
    assert found.loc["squad", "effective_clusters"] < found.loc["officer", "effective_clusters"] / 2
    officers = contacts["officer_key"].dropna().unique()
    other = dict(zip(officers, np.random.default_rng(1).permutation(len(officers)) % 90, strict=True))
    mixed = contacts.assign(officer_squad=contacts["officer_key"].map(other).map("SQUAD {}".format).fillna("Unknown"))
    without = of_force(dependence(features_of(mixed), "seattle", WINDOWS, NOTHING_OFF))
    assert without.loc["squad", "interval_ratio"] < 1.25


def test_by_officer_it_is_the_primary_and_two_ways_are_the_engine_s(features: Features, forces: pd.DataFrame) -> None:
    found = of_force(dependence(features, "seattle", WINDOWS, NOTHING_OFF))
    assert (
        tuple(dependence(features, "seattle", WINDOWS, NOTHING_OFF).columns) == TABLES["models/dependence"].column_names
    )
    assert tuple(sorted(found.index)) == tuple(sorted(CLUSTERINGS))
    primary = forces[(forces["variant"] == "primary") & (forces["term"] == EXPOSURE)].iloc[0]
    officer = found.loc["officer"]
    for name in ("odds_ratio", "conf_low", "conf_high", "std_error_cr1", "effective_clusters", "n_contacts"):
        assert officer[name] == pytest.approx(primary[name]), name
    assert officer["interval_ratio"] == 1.0
    assert found["estimate"].nunique() == 1
    assert found.loc["incident", "n_clusters"] > 1_500


def test_few_squads_are_refused_with_their_number(features: Features) -> None:
    """The small city has 20 squads and more coefficients than that; contacts without an officer have squads too."""
    squad = of_force(dependence(features, "seattle", WINDOWS, NOTHING_OFF)).loc["squad"]
    assert (squad["converged"], squad["reason"]) == (False, "too_few_clusters")
    assert "20 clusters" in squad["note"]


def test_officers_of_an_unknown_squad_stand_alone(contacts: pd.DataFrame) -> None:
    unknown = contacts.assign(officer_squad="Unknown")
    found = of_force(dependence(features_of(unknown), "seattle", WINDOWS, NOTHING_OFF))
    assert found.loc["squad", "n_clusters"] == found.loc["officer", "n_clusters"]
    assert found.loc["squad", "std_error"] == pytest.approx(found.loc["officer", "std_error"])


def test_the_switch_further_officers_is_answered_by_two_ways() -> None:
    """Contacts of an incident by several officers: neither clustering holds the other, and the two-way one has both."""
    found = of_force(
        dependence(
            switched_city(12_000, 3, further_officers=True, n_officers=200), "seattle", CITY_WINDOWS, NOTHING_OFF
        )
    )
    assert found["converged"].all()
    apart = switched_city(12_000, 3, n_officers=200)
    nested = of_force(dependence(apart, "seattle", CITY_WINDOWS, NOTHING_OFF))
    assert nested.loc["officer+incident", "std_error_cr1"] == pytest.approx(nested.loc["officer", "std_error_cr1"])
    assert found.loc["officer+incident", "std_error_cr1"] != pytest.approx(found.loc["officer", "std_error_cr1"])


def test_two_ways_that_feasibility_switches_off_say_so() -> None:
    contacts = contacts_of(1_500, Truth(force_intercept=-1.5), seed=8)
    off = pd.DataFrame({"question": ["several_reporters"], "switches_off": ["two_way;within_scene"]})
    found = of_force(dependence(features_of(contacts), "seattle", WINDOWS, off))
    assert found.loc["officer+incident", "reason"] == "switched_off"
    assert not found.loc["officer+incident", "converged"]
    assert found.loc[["officer", "incident"], "converged"].all()


def test_a_covariance_that_is_mended_says_so() -> None:
    """Two-way by officers and incidents of which no variance is left over: the widest of the three is printed."""
    contacts = contacts_of(1_500, Truth(officers=45, force_intercept=-1.5), seed=8)
    seen = []
    for shift in range(6):
        mixed = contacts.assign(incident_id=[f"I{(i * 7 + shift) % 60}" for i in range(len(contacts))])
        found = of_force(dependence(features_of(mixed), "seattle", WINDOWS, NOTHING_OFF))
        two, one = found.loc["officer+incident"], found.loc["officer"]
        if two["converged"] and "widest" in two["note"]:
            assert two["std_error_cr1"] >= one["std_error_cr1"] * (1 - 1e-9)
            seen.append(shift)
    assert seen


@pytest.mark.parametrize("case", ["nothing happens", "two officers", "no window", "one precinct", "one year"])
def test_degenerate_cities_have_rows_with_reasons_or_numbers(case: str) -> None:
    contacts = contacts_of(3_000, Truth(force_intercept=-2.2), seed=2)
    windows = Windows(WINDOW, None) if case == "no window" else WINDOWS
    changed = {
        "nothing happens": contacts.assign(force=0, any_arrest=0, any_referral=0, any_emergent_detention=0),
        "two officers": contacts.assign(officer_key=np.where(contacts["cit_certified"] == 1, "A", "B")),
        "one precinct": contacts.assign(precinct="North"),
        "one year": contacts.assign(year=2018, records_system="legacy"),
    }.get(case, contacts)
    found = dependence(features_of(changed), "seattle", windows, NOTHING_OFF)
    assert len(found) == 16
    assert of_force(found).loc["officer", "converged"] == (case in ("one precinct", "one year"))
    assert (found["converged"] == (found["reason"] == "")).all()
