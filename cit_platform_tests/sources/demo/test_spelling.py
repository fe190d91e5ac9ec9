"""Each coding prints what the portal printed in its years, with the portal's defects."""

import pandas as pd
import pytest

from cit_platform.sources.demo.city import CityParameters
from cit_platform.sources.demo.source import DemoSource
from cit_platform_tests.sources.demo.cities import HISTORY_END, SEED, full_city, text_frame


def values(frame: pd.DataFrame, field: str) -> set[str | None]:
    return set(frame[field])


def matches(frame: pd.DataFrame, field: str, pattern: str) -> bool:
    return bool(frame[field].dropna().str.fullmatch(pattern).all())


def test_coding_of_2020() -> None:
    frame = full_city("2020")
    assert matches(frame, "reported_date", r"\d{4}-\d\d-\d\dT00:00:00")
    assert matches(frame, "reported_time", r"([01]\d|2[0-3]):[0-5]\d:00")
    assert matches(frame, "occured_date_time", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000")
    assert matches(frame, "officer_id", r"\d{4}  ")
    assert matches(frame, "officer_year_of_birth", r"(19|20)\d\d-\d\d-\d\dT00:00:00")
    assert matches(frame, "beat", r"-|[A-Z][123]( {4})?|99( {4})?")
    assert values(frame, "cit_certified_indicator") == {"Y", "N"}
    assert values(frame, "subject_veteran_indicator") == {"Y", "N"}
    assert values(frame, "precinct") == {"North", "West", "East", "South", "SouthWest", "-", "FK ERROR", "OOJ"}
    assert (frame["cit_officer_requested"] == frame["cit_officer_dispatched"]).all()
    assert {"Emergent Detention / ITA", "No Action Possible / Necessary", "-"} < values(frame, "disposition")
    assert None not in values(frame, "disposition") | values(frame, "initial_call_type") | values(frame, "precinct")
    assert None in values(frame, "officer_squad_desc")


def test_coding_of_2018() -> None:
    frame = full_city("2018")
    assert matches(frame, "reported_date", r"\d{4}-\d\d-\d\d")
    assert matches(frame, "officer_id", r"\d{1,4}")
    assert matches(frame, "officer_year_of_birth", r"\d{4}")
    assert matches(frame, "beat", r"[A-Z][123]|99")
    assert matches(frame, "officer_years_of_experience", r"\d{1,2}")
    assert values(frame, "cit_certified_indicator") == {"Y", None}
    assert values(frame, "subject_veteran_indicator") == {"Yes", "No", "Unknown", "-"}
    assert values(frame, "precinct") == {"NORTH", "WEST", "EAST", "SOUTH", "SOUTHWEST", "UNKNOWN", None}
    assert (frame["cit_officer_requested"] != frame["cit_officer_dispatched"]).mean() > 0.3
    assert {"Emergent Detention/ITA", "No Action Possible or Necessary", None} < values(frame, "disposition")
    occured = frame["occured_date_time"]
    assert (occured.isna() == frame["initial_call_type"].isna()).all()
    lag = pd.to_datetime(frame["reported_date"]) - pd.to_datetime(occured.str[:10])
    assert 0.05 < (lag.dt.days > 3).mean() < 0.15
    assert 0.003 < (lag.dt.days < 0).mean() < 0.03


def test_defects_of_2020_are_there() -> None:
    frame = full_city("2020")
    years = frame["officer_years_of_experience"].astype(int)
    assert {-1, -4, -5} <= set(years)
    assert years.max() > 60
    age = frame["reported_date"].str[:4].astype(int) - frame["officer_year_of_birth"].str[:4].astype(int)
    assert 0.05 < ((years > age - 18) & years.between(0, 45) & (age < 90)).mean() < 0.15
    assert (frame["officer_year_of_birth"] == "1900-01-01T00:00:00").any()
    assert (frame["reported_date"] == "1900-01-01T00:00:00").sum() in range(1, 40)
    assert frame.duplicated().sum() in range(20, 200)
    certifications = frame.groupby("template_id")["cit_certified_indicator"].nunique()
    assert 100 < (certifications == 2).sum() < 1_000
    unmatched = frame["occured_date_time"] == "1900-01-01T00:00:00.000"
    for field in ("call_type", "initial_call_type", "final_call_type"):
        assert ((frame[field] == "-") == unmatched).all()


def test_a_template_is_one_officers_report() -> None:
    frame = full_city("2020")
    assert (frame.groupby("template_id")["officer_id"].nunique() == 1).all()
    assert (frame.groupby("template_id")["use_of_force_indicator"].nunique() == 1).all()


def test_records_systems_differ_in_ids_and_labels() -> None:
    frame = full_city("2020")
    ids = frame["template_id"].astype("int64")
    mark43 = frame["reported_date"].between("2019-05-15", "2100")
    assert (ids[mark43].astype(str).str.len() == 11).all()
    assert ids[~mark43 & (frame["reported_date"] > "2015")].between(43_469, 560_000).all()
    shouted = frame["disposition"].str.isupper()
    assert shouted[mark43].mean() > 0.2
    assert not shouted[~mark43 & (frame["reported_date"] > "2015")].any()


def test_certification_only_goes_from_no_to_yes() -> None:
    clean = text_frame(DemoSource(SEED, 30_000, HISTORY_END, CityParameters(defects=False)))
    clean = clean.sort_values(["reported_date", "reported_time"], kind="stable")
    certified = (clean["cit_certified_indicator"] == "Y").astype(int)
    assert (certified.groupby(clean["officer_id"]).diff().dropna() >= 0).all()
    by_officer = certified.groupby(clean["officer_id"]).agg(["min", "max"])
    patterns = set(map(tuple, by_officer.to_numpy()))
    assert patterns == {(0, 0), (0, 1), (1, 1)}


def test_a_city_without_defects_has_none() -> None:
    clean = text_frame(DemoSource(SEED, 5_000, HISTORY_END, CityParameters(defects=False)))
    assert clean["officer_years_of_experience"].astype(int).between(0, 45).all()
    assert not clean.duplicated().any()
    assert not (clean == "-").any().any()


def test_incidents_have_several_officers_or_several_persons() -> None:
    frame = full_city("2020")
    contacts = frame[frame["initial_call_type"] != "-"].drop_duplicates("template_id")
    incidents = contacts.groupby(
        [contacts["occured_date_time"], contacts["beat"].str.strip(), contacts["initial_call_type"]]
    )
    sizes, officers = incidents.size(), incidents["officer_id"].nunique()
    assert (sizes > 1).mean() == pytest.approx(0.10, rel=0.25)
    assert (officers > 1).sum() > 1_000
    assert ((sizes > 1) & (officers == 1)).sum() > 1_000
    assert sizes.max() <= 4
