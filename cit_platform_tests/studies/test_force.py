"""Force: equal to statsmodels on the same rows, true to a known truth, and silent by name where nothing can be said."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from cit_platform.contracts import TABLES
from cit_platform.modelling.features import feature_frames
from cit_platform.modelling.windows import Windows
from cit_platform.studies.force import FORCE_SPECIFICATIONS, force
from cit_platform_tests.studies.city import PRECINCTS, RACES, RISKS, WINDOW, WINDOWS, Truth, contacts_of

FORMULA = (
    "force ~ cit_certified + experience_years + C(call_risk, Treatment('crisis')) + C(precinct, Treatment('North'))"
    " + C(officer_race, Treatment('White')) + C(officer_gender, Treatment('M'))"
)
READINGS = {"contradictory_certified": 1, "contradictory_not_certified": 0}
NUMBERS = ["estimate", "std_error", "statistic", "p_value", "odds_ratio", "conf_low", "conf_high"]


def row(frame: pd.DataFrame, variant: str, term: str, level: str = "") -> pd.Series:
    found = frame[(frame["variant"] == variant) & (frame["term"] == term) & (frame["level"] == level)]
    assert len(found) == 1
    return found.iloc[0]


def test_contract(forces: pd.DataFrame) -> None:
    table = TABLES["models/force"]
    assert tuple(forces.columns) == table.column_names
    assert not forces.duplicated(list(table.key)).any()
    for column in table.columns:
        if not column.nullable:
            assert forces[column.name].notna().all(), column.name
    assert (forces["level"] != "None").all()


@pytest.mark.parametrize("variant", ["published", "contact_level", "officer_clustered"])
def test_every_number_equals_a_statsmodels_formula(
    forces: pd.DataFrame, records: pd.DataFrame, contacts: pd.DataFrame, variant: str
) -> None:
    data, formula = contacts, FORMULA
    if variant == "published":
        data = records.assign(call_risk=records["call_risk_published"])
        formula = FORMULA.replace("crisis", "welfare")
    options = {}
    if variant == "officer_clustered":
        groups = data["officer_key"].fillna(data["contact_id"]).astype("category").cat.codes.to_numpy()
        options = {"cov_type": "cluster", "cov_kwds": {"groups": groups}}
    peer = smf.logit(formula, data).fit(method="newton", tol=1e-12, disp=0, **options)
    limits = np.exp(peer.conf_int())
    names = {"intercept": "Intercept", "cit_certified": "cit_certified", "experience_years": "experience_years"}
    for found in forces[forces["variant"] == variant].itertuples():
        name = names.get(found.term) or next(
            n for n in peer.params.index if n.startswith(f"C({found.term},") and n.endswith(f"[T.{found.level}]")
        )
        expected = [peer.params[name], peer.bse[name], peer.tvalues[name], peer.pvalues[name]]
        np.testing.assert_allclose([getattr(found, n) for n in NUMBERS[:4]], expected, rtol=1e-7, atol=1e-12)
        expected = [np.exp(peer.params[name]), *limits.loc[name]]
        np.testing.assert_allclose([getattr(found, n) for n in NUMBERS[4:]], expected, rtol=1e-8)
    assert (forces["variant"] == variant).sum() == len(peer.params)


def test_counts_are_of_the_unit(forces: pd.DataFrame, records: pd.DataFrame, contacts: pd.DataFrame) -> None:
    published, clustered = row(forces, "published", "cit_certified"), row(forces, "officer_clustered", "cit_certified")
    officers = contacts["officer_key"].nunique()
    assert (published["n_rows"], published["n_contacts"]) == (len(records), len(contacts))
    assert (clustered["n_rows"], clustered["n_contacts"]) == (len(contacts), len(contacts))
    assert published["n_officers"] == clustered["n_officers"] == officers
    assert (published["n_events"], clustered["n_events"]) == (records["force"].sum(), contacts["force"].sum())
    assert (published["unit"], published["covariance"], published["estimator"]) == ("record", "model", "mle")
    assert (clustered["unit"], clustered["covariance"]) == ("contact", "officer")
    assert (clustered["outcome"], clustered["reference_outcome"]) == ("force", "no_force")


def test_contact_level_and_officer_clustered_differ_in_the_errors_only(forces: pd.DataFrame) -> None:
    contact = forces[forces["variant"] == "contact_level"].set_index(["term", "level"])
    officer = forces[forces["variant"] == "officer_clustered"].set_index(["term", "level"])
    np.testing.assert_allclose(contact["estimate"], officer["estimate"], rtol=1e-9, atol=1e-12)
    assert (contact["std_error"] != officer["std_error"]).all()


def test_the_primary_estimates_are_those_of_statsmodels(forces: pd.DataFrame, contacts: pd.DataFrame) -> None:
    time = "C(year) + C(records_system) + C(watch) + weekend"
    person = "C(experience) + C(officer_race) + C(officer_gender)"
    formula = f"force ~ cit_certified + {time} + C(call_risk) + C(precinct) + {person}"
    groups = contacts["officer_key"].fillna(contacts["contact_id"]).astype("category").cat.codes.to_numpy()
    options = {"cov_type": "cluster", "cov_kwds": {"groups": groups}}
    peer = smf.logit(formula, contacts).fit(method="newton", tol=1e-12, maxiter=50, disp=0, **options)
    found = row(forces, "primary", "cit_certified")
    assert found["estimate"] == pytest.approx(peer.params["cit_certified"], rel=1e-7)
    assert found["std_error_cr1"] == pytest.approx(peer.bse["cit_certified"], rel=1e-6)
    assert found["std_error"] > found["std_error_cr1"]
    assert (found["role"], found["correction"]) == ("headline", "CV3")


def test_the_three_readings_of_contradictions_differ_by_these_contacts(contacts: pd.DataFrame) -> None:
    contradictory = contacts_of(300, Truth(force_intercept=-2.6), seed=15)
    contradictory["contact_id"] = [f"C{i}" for i in range(300)]
    found = force(feature_frames(contacts.iloc[:0], contacts, contradictory), "seattle", WINDOWS).table
    rows = {name: row(found, name, "cit_certified") for name in ("primary", *READINGS)}
    assert rows["primary"]["n_rows"] == len(contacts)
    for reading, value in READINGS.items():
        assert rows[reading]["n_rows"] == len(contacts) + 300
        read = pd.concat([contacts, contradictory.assign(cit_certified=value)], ignore_index=True)
        alone = force(feature_frames(read.iloc[:0], read), "seattle", WINDOWS).table
        assert rows[reading]["estimate"] == pytest.approx(row(alone, "primary", "cit_certified")["estimate"])


def test_unknown_experience_is_a_level_of_its_own_and_no_row_of_the_published_terms(contacts: pd.DataFrame) -> None:
    unknown = contacts["experience_years"] % 7 == 3
    some = contacts.assign(
        experience_years=contacts["experience_years"].astype("Int32").mask(unknown),
        experience=contacts["experience"].mask(unknown, "unknown"),
        experience_status=np.where(unknown, "unknown", "known"),
    )
    found = force(feature_frames(some, some), "seattle", WINDOWS).table
    assert row(found, "primary", "experience", "unknown")["n_rows"] == len(contacts)
    for variant in ("published", "contact_level", "officer_clustered", "linear_experience"):
        assert row(found, variant, "cit_certified")["n_rows"] == (~unknown).sum()


def test_the_primary_fit_begins_where_exposure_is_usable(contacts: pd.DataFrame) -> None:
    later = Windows(WINDOW, (date(2017, 4, 1), WINDOW[1]))
    found = force(feature_frames(contacts, contacts), "seattle", later).table
    assert row(found, "primary", "cit_certified")["window_start"] == date(2017, 4, 1)
    for variant in ("all_quarters", "published", "officer_clustered"):
        assert row(found, variant, "cit_certified")["window_start"] == WINDOW[0]
    inside = (pd.to_datetime(contacts["reported_date"]) >= "2017-04-01").sum()
    assert row(found, "primary", "cit_certified")["n_rows"] == inside
    never = force(feature_frames(contacts, contacts), "seattle", Windows(WINDOW, None)).table
    primary = row(never, "primary", "cit_certified")
    assert not primary["converged"]
    assert "usable in no quarter" in primary["note"]
    assert row(never, "all_quarters", "cit_certified")["converged"]


@pytest.mark.parametrize("effect", [np.log(0.7), np.log(1.4)])
def test_known_truth_is_recovered(effect: float) -> None:
    city = contacts_of(15_000, Truth(force=float(effect), officers=1500), seed=12)
    found = force(feature_frames(city.iloc[:0], city), "seattle", WINDOWS).table
    clustered = found[found["variant"] == "officer_clustered"].set_index(["term", "level"])
    truth = {("cit_certified", ""): effect, ("experience_years", ""): -0.01}
    truth |= {("call_risk", level): value for level, value in RISKS.items() if value}
    truth |= {("precinct", level): value for level, value in PRECINCTS.items() if value}
    truth |= {("officer_race", level): value for level, value in RACES.items() if value}
    distance = {
        key: (clustered.loc[key, "estimate"] - value) / clustered.loc[key, "std_error"] for key, value in truth.items()
    }
    assert max(map(abs, distance.values())) < 3.5, distance
    interval = clustered.loc[("cit_certified", ""), ["conf_low", "conf_high"]]
    assert (interval < 1).all() if effect < 0 else (interval > 1).all()


def test_only_the_window_is_analysed(records: pd.DataFrame, contacts: pd.DataFrame) -> None:
    window = (date(2018, 1, 1), date(2020, 12, 31))
    found = force(feature_frames(records, contacts), "seattle", Windows(window, window)).table
    inside = pd.to_datetime(contacts["reported_date"]).between("2018-01-01", "2020-12-31")
    assert row(found, "contact_level", "cit_certified")["n_rows"] == inside.sum()
    assert (found["window_start"].iloc[0], found["window_end"].iloc[0]) == window


def test_both_ends_belong_to_the_window(contacts: pd.DataFrame) -> None:
    days = [date(2017, 12, 31), date(2018, 1, 1), date(2020, 12, 31), date(2021, 1, 1)]
    four = feature_frames(contacts.iloc[:0], contacts.iloc[:4].assign(reported_date=days))
    found = force(four, "seattle", Windows((days[1], days[2]), (days[1], days[1]))).table
    assert row(found, "all_quarters", "cit_certified")["n_contacts"] == 2
    assert row(found, "primary", "cit_certified")["n_contacts"] == 1


def test_unmapped_call_risk_is_out_and_unknown_is_a_level(contacts: pd.DataFrame) -> None:
    spoiled = contacts.assign(call_risk=contacts["call_risk"].mask(contacts.index < 100, "unmapped"))
    found = force(feature_frames(contacts.iloc[:0], spoiled), "seattle", WINDOWS).table
    assert row(found, "contact_level", "cit_certified")["n_rows"] == len(contacts) - 100
    assert "unmapped" not in set(found["level"])
    assert row(found, "contact_level", "call_risk", "unknown")["converged"]


def test_years_periods_and_classes_are_levels_of_their_variants(forces: pd.DataFrame) -> None:
    levels = {
        variant: set(rows.loc[rows["term"] == term, "level"])
        for variant, term in (("year_effects", "year"), ("era_adjusted", "period"), ("fine_call_types", "call_class"))
        for rows in [forces[forces["variant"] == variant]]
    }
    assert levels["year_effects"] == {"2015", *map(str, range(2017, 2027))}
    assert levels["era_adjusted"] == {"pandemic", "hb1310", "hb1735", "care"}
    assert levels["fine_call_types"] >= {"assault", "weapon", "suicide"}
    assert not set(forces.loc[forces["variant"] == "fine_call_types", "term"]) & {"call_risk"}


def test_two_ways_of_clustering_equal_statsmodels(forces: pd.DataFrame, contacts: pd.DataFrame) -> None:
    officer = contacts["officer_key"].fillna(contacts["contact_id"]).astype("category").cat.codes.to_numpy()
    incident = contacts["incident_id"].astype("category").cat.codes.to_numpy()
    for variant, groups in (("incident_clustered", incident), ("two_way", np.column_stack([officer, incident]))):
        peer = smf.logit(FORMULA, contacts).fit(
            method="newton", tol=1e-12, disp=0, cov_type="cluster", cov_kwds={"groups": groups}
        )
        found = row(forces, variant, "cit_certified")
        assert found["std_error"] == pytest.approx(peer.bse["cit_certified"], rel=1e-8)
        assert found["design_effect"] == pytest.approx(
            (peer.bse["cit_certified"] / row(forces, "contact_level", "cit_certified")["std_error"]) ** 2, rel=1e-8
        )


def test_power_is_by_side_and_of_the_exposure_alone(forces: pd.DataFrame) -> None:
    """Fewer events are expected below 1 than above, so that an effect has to be larger there to be found."""
    found = row(forces, "officer_clustered", "cit_certified")
    above, below = np.log(found["smallest_detectable"]), -np.log(found["smallest_detectable_below"])
    assert 0 < above < below
    assert above == pytest.approx(2.8016 * found["std_error"], rel=0.25)
    assert np.isnan(row(forces, "officer_clustered", "intercept")["smallest_detectable"])


def test_level_without_events_keeps_its_row_and_the_headline_its_number(contacts: pd.DataFrame) -> None:
    quiet = contacts.assign(force=contacts["force"].mask(contacts["precinct"] == "East", 0))
    found = force(feature_frames(quiet.iloc[:0], quiet), "seattle", WINDOWS).table
    left_out = row(found, "officer_clustered", "precinct", "East")
    n = (quiet["precinct"] == "East").sum()
    assert left_out["note"] == f"level left out: no force in its {n} rows"
    assert not left_out["converged"]
    assert left_out[NUMBERS].isna().all()
    without = quiet[quiet["precinct"] != "East"]
    alone = force(feature_frames(without.iloc[:0], without), "seattle", WINDOWS).table
    headline = row(found, "officer_clustered", "cit_certified")
    assert headline["estimate"] == pytest.approx(row(alone, "officer_clustered", "cit_certified")["estimate"])
    assert headline["n_rows"] == len(without)


def test_reference_without_events_is_replaced_and_said(contacts: pd.DataFrame) -> None:
    quiet = contacts.assign(force=contacts["force"].mask(contacts["precinct"] == "North", 0))
    found = force(feature_frames(quiet.iloc[:0], quiet), "seattle", WINDOWS).table
    precincts = found[(found["term"] == "precinct") & (found["variant"] == "contact_level")].set_index("level")
    assert sorted(precincts.index) == ["East", "North", "South", "Southwest", "Unknown"]
    assert set(precincts["reference_level"]) == {"West"}
    note = "reference North was left out; West, the most frequent level left, is the reference"
    assert precincts.loc["South", "note"] == note
    assert precincts.loc["North", "note"].startswith("level left out: no force in its")
    assert precincts["converged"].to_dict() == {
        "East": True,
        "North": False,
        "South": True,
        "Southwest": True,
        "Unknown": True,
    }


def test_few_events_as_in_a_small_extract_are_said_by_name() -> None:
    """875 contacts with 24 certified ones and 19 events of force, as in a thousand rows of one year."""
    city = contacts_of(875, Truth(), seed=3).assign(cit_certified=0, force=0)
    city.loc[:23, "cit_certified"] = 1
    city.loc[100:118, "force"] = 1
    found = force(feature_frames(city, city), "seattle", WINDOWS).table
    assert found[NUMBERS].isna().all(axis=None)
    assert not found["converged"].any()
    assert set(found["note"]) == {
        "cannot be estimated: too few events: 0 of 24 rows with cit_certified = 1 are force, "
        "which separates the outcome; at least 5 are needed"
    }
    assert row(found, "published", "cit_certified")["n_events"] == 19
    assert row(found, "officer_clustered", "officer_gender", "F")["n_rows"] == 875


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"force": 0}, "all 4000 rows are no_force: no contrast"),
        ({"cit_certified": 1}, "cit_certified is constant: no row has cit_certified = 0"),
    ],
)
def test_degenerate_tables_say_why(contacts: pd.DataFrame, change: dict[str, float], words: str) -> None:
    found = force(feature_frames(contacts.assign(**change), contacts.assign(**change)), "seattle", WINDOWS).table
    assert set(found["note"]) == {f"cannot be estimated: {words}"}
    assert found[NUMBERS].isna().all(axis=None)


def test_unknown_experience_leaves_the_published_way_alone_without_rows(contacts: pd.DataFrame) -> None:
    unknown = contacts.assign(experience_years=np.nan, experience_status="unknown", experience="unknown")
    found = force(feature_frames(unknown, unknown), "seattle", WINDOWS).table
    without = set(found.loc[found["note"] == "cannot be estimated: no rows", "variant"])
    assert without == {each.variant for each in FORCE_SPECIFICATIONS if each.known_experience}
    assert {"published", "linear_experience"} <= without
    assert row(found, "primary", "cit_certified")["converged"]


def test_zero_rows_keep_the_rows_that_have_a_name(contacts: pd.DataFrame) -> None:
    found = force(feature_frames(contacts.iloc[:0], contacts.iloc[:0]), "seattle", WINDOWS).table
    assert set(found["term"]) == {"intercept", "cit_certified", "experience_years", "weekend"}
    assert set(found["note"]) == {"cannot be estimated: no rows"}
    assert (found["n_rows"] == 0).all()


def test_one_officer_has_estimates_by_the_model_and_none_by_cluster(contacts: pd.DataFrame) -> None:
    found = force(feature_frames(contacts.iloc[:0], contacts.assign(officer_key="K1")), "seattle", WINDOWS).table
    assert row(found, "contact_level", "cit_certified")["converged"]
    clustered = row(found, "officer_clustered", "cit_certified")
    assert clustered["note"].endswith("rows with cit_certified = 1 are of one cluster")
    assert np.isnan(clustered["estimate"])


def test_constant_and_collinear_controls_are_named(contacts: pd.DataFrame) -> None:
    same = contacts["officer_gender"].map({"M": "White", "F": "Asian", "Unknown": "Unknown"})
    found = force(
        feature_frames(contacts.iloc[:0], contacts.assign(experience_years=7, officer_race=same)), "seattle", WINDOWS
    ).table
    experience = row(found, "contact_level", "experience_years")
    assert experience["note"] == "cannot be estimated: experience_years is constant"
    assert row(found, "contact_level", "officer_race", "Asian")["note"].endswith(
        "officer_race Asian is collinear with officer_gender F"
    )
    assert row(found, "contact_level", "officer_gender", "F")["note"].endswith(
        "officer_gender F is collinear with officer_race Asian"
    )
    assert row(found, "contact_level", "cit_certified")["converged"]


def test_control_that_vanished_is_said_at_the_intercept(contacts: pd.DataFrame) -> None:
    found = force(feature_frames(contacts.iloc[:0], contacts.assign(precinct="North")), "seattle", WINDOWS).table
    assert row(found, "contact_level", "intercept")["note"] == "precinct is constant (North) and leaves the model"
