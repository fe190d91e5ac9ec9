"""Each coding prints what the portal printed in its years, with the portal's defects."""

import pandas as pd
import pytest

from cit_platform.codebook.vocabulary import vocabulary_of
from cit_platform.sources.demo.calibration import calibration
from cit_platform.sources.demo.city import CODINGS, CityParameters, Coding
from cit_platform.sources.demo.history import draw_history
from cit_platform.sources.demo.source import DemoSource
from cit_platform.sources.demo.spelling import spell
from cit_platform_tests.sources.demo.cities import HISTORY_END, SEED, UNSPOILT, full_city, text_frame


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


def test_coding_of_2022() -> None:
    frame = full_city("2022")
    assert matches(frame, "reported_date", r"\d{4}-\d\d-\d\dT00:00:00")
    assert matches(frame, "reported_time", r"(0[1-9]|1[0-2]):[0-5]\d:00"), "12 hours, and no word which half"
    assert matches(frame, "officer_id", r"\d{4}")
    assert matches(frame, "officer_year_of_birth", r"(19|20)\d\d")
    assert matches(frame, "beat", r"-|[A-Z][123]|99")
    assert frame["officer_years_of_experience"].astype(int).min() == -1
    assert frame["final_call_type"].str.startswith("--").mean() > 0.8
    assert "SUICIDE - IP/JO SUICIDAL PERSON AND ATTEMPTS" in values(frame, "initial_call_type")


def test_coding_of_2025() -> None:
    frame = full_city("2025")
    assert matches(frame, "reported_date", r"20\d\d-\d\d-\d\dT00:00:00\.000"), "no day of 1900 is left"
    assert matches(frame, "reported_time", r"([01]\d|2[0-3]):[0-5]\d:00\.0000000")
    assert matches(frame, "occured_date_time", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000")
    assert matches(frame, "officer_id", r"\d{4}")
    assert matches(frame, "officer_year_of_birth", r"(19|20)\d\d")
    assert matches(frame, "beat", r"-|[A-Z][123]|99")
    races = {"Declined to Answer", "Native Hawaiian or Other Pacific Islander", "American Indian or Alaska Native"}
    assert races < values(frame, "officer_race")
    assert not {"Not Specified", "Nat Hawaiian/Oth Pac Islander"} & values(frame, "officer_race")
    assert {"SUICIDE - CRITICAL", "OBS - PROWLER - IP/JO", "DISTURBANCE"} < values(frame, "initial_call_type")
    assert not frame["final_call_type"].str.startswith("--").any()
    assert {"CARE Referral", "Health One Referral", "LEAD Referral"} < values(frame, "disposition")
    assert not frame["disposition"].str.isupper().any()
    assert frame["officer_squad_desc"].dropna().str.contains(r" - PLATOON [12]$").mean() > 0.4
    assert set(frame.loc[frame["precinct"] == "OOJ", "sector"]) == {"OOJ"}


def test_the_bulk_csv_of_2025_prints_days_as_in_the_united_states() -> None:
    city = DemoSource(SEED, 3_000, HISTORY_END)
    bulk, interface = city.table(in_bulk=True).to_pandas(), city.table().to_pandas()
    assert matches(bulk, "reported_date", r"\d\d/\d\d/20\d\d")
    assert matches(bulk, "occured_date_time", r"\d\d/\d\d/\d{4} (0[1-9]|1[0-2]):\d\d:\d\d [AP]M")
    for field, layout in (("reported_date", "%m/%d/%Y"), ("occured_date_time", "%m/%d/%Y %I:%M:%S %p")):
        assert (pd.to_datetime(bulk[field], format=layout) == pd.to_datetime(interface[field])).all()
    assert "01/01/1900 12:00:00 AM" in values(bulk, "occured_date_time")
    rest = [field for field in bulk if field not in ("reported_date", "occured_date_time")]
    assert bulk[rest].equals(interface[rest])


@pytest.mark.parametrize("field", ["call_type", "initial_call_type", "final_call_type", "disposition"])
def test_every_coding_has_a_label_for_every_code(field: str) -> None:
    """So that a city can be printed in another coding than it was drawn in."""
    lengths = {coding: len(calibration(coding).vocabulary(field)) for coding in CODINGS}
    assert len(set(lengths.values())) == 1, lengths


@pytest.mark.parametrize("coding", CODINGS)
def test_the_codebook_knows_every_label_but_the_one_invented(coding: Coding) -> None:
    known, frame = vocabulary_of("seattle"), full_city(coding)
    for field in ("call_type", "initial_call_type", "disposition", "precinct", "sector", "officer_race"):
        unknown = known.unknown(field, known.folded_all(field, values(frame, field)))
        expected = ("CARE - COMMUNITY CRISIS RESPONDER DISPATCH",) if field == "initial_call_type" else ()
        assert unknown == expected, field


def test_the_print_of_2025_restates_the_experience_of_some_officers() -> None:
    city = CityParameters(coding="2020")
    history = draw_history(city, SEED, 20_000, HISTORY_END)
    old, new = (
        spell(coding, history)["officer_years_of_experience"].cast("string").cast("int16").to_numpy()
        for coding in ("2020", "2025")
    )
    valid = (old >= 0) & (old <= 45)
    assert 0.35 < (old != new)[valid].mean() < 0.55
    assert (old == new)[~valid].all()
    officers = pd.Series(history.contacts.officer[history.records.contact])
    unclipped = valid & (new > 0) & (new < 45)
    assert (pd.Series(new - old)[unclipped].groupby(officers[unclipped]).nunique() == 1).all()
    same = spell("2022", history)["officer_years_of_experience"].cast("string").cast("int16").to_numpy()
    assert (same == old).all()


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
    assert 50 < (certifications == 2).sum() < 1_000
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
    clean = text_frame(DemoSource(SEED, 30_000, HISTORY_END, CityParameters(**UNSPOILT)))
    clean = clean.sort_values(["reported_date", "reported_time"], kind="stable")
    certified = (clean["cit_certified_indicator"] == "Y").astype(int)
    assert (certified.groupby(clean["officer_id"]).diff().dropna() >= 0).all()
    by_officer = certified.groupby(clean["officer_id"]).agg(["min", "max"])
    patterns = set(map(tuple, by_officer.to_numpy()))
    assert patterns == {(0, 0), (0, 1), (1, 1)}


def test_a_city_without_defects_has_none() -> None:
    clean = text_frame(DemoSource(SEED, 5_000, HISTORY_END, CityParameters(**UNSPOILT)))
    assert clean["officer_years_of_experience"].astype(int).between(0, 45).all()
    assert not clean.duplicated().any()
    assert not (clean == "-").any().any()
    assert (clean["cit_certified_indicator"][clean["reported_date"] < "2016"] == "Y").any()


def test_incidents_have_several_persons_and_one_reporter() -> None:
    """As in the print of 2020, whose 15 incidents with several templates have one reporter each."""
    frame = full_city("2020")
    contacts = frame[frame["initial_call_type"] != "-"].drop_duplicates("template_id")
    incidents = contacts.groupby(
        [contacts["occured_date_time"], contacts["beat"].str.strip(), contacts["initial_call_type"]]
    )
    sizes, officers = incidents.size(), incidents["officer_id"].nunique()
    assert (sizes > 1).mean() == pytest.approx(0.10, rel=0.25)
    assert (officers[sizes > 1] == 1).mean() > 0.99
    assert sizes.max() <= 4
