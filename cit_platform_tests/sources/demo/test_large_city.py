"""The large city is counted without loss, in the words of the features tables."""

import numpy as np
import pandas as pd
import pytest

from cit_platform.codebook import codebook_files, codebook_rows
from cit_platform.contracts.features import CONTACTS
from cit_platform.sources.demo.calibration import DISPOSITION_GROUPS
from cit_platform.sources.demo.city import CityParameters
from cit_platform.sources.demo.incidents import WATCHES
from cit_platform.sources.demo.large_city import GRAINS, Grain, call_type, large_city, modelling_rows, whole
from cit_platform.sources.demo.large_city_contacts import contact_rows

CITY = CityParameters(n_officers=500)
COLUMNS = [
    *("contact_id", "incident_id", "officer_key", "reported_date", "year", "force", "cit_certified", "weekend"),
    *("experience_years", "any_arrest", "any_emergent_detention", "any_referral"),
    *("records_system", "watch", "experience", "experience_status", "period", "disposition_group"),
    *("call_risk", "call_risk_published", "call_class", "precinct", "officer_race", "officer_gender"),
]


def rows(grain: Grain, city: CityParameters = CITY) -> pd.DataFrame:
    return pd.concat([modelling_rows(city, chunk, grain) for chunk in large_city(city, contacts=40_000, seed=5)])


def test_columns_are_those_of_the_features_and_contacts_occur_once_per_chunk() -> None:
    chunk = next(large_city(CITY, contacts=40_000, seed=5))
    frame = modelling_rows(CITY, chunk, "contact")
    assert list(frame.columns) == COLUMNS
    assert set(COLUMNS) <= {column.name for column in CONTACTS.columns}
    assert frame["contact_id"].is_unique


def test_contacts_with_all_columns_lack_only_what_counts_records() -> None:
    chunks = list(large_city(CITY, contacts=8_000, seed=5))
    frame = contact_rows(CITY, whole(chunks))
    assert {column.name for column in CONTACTS.columns} - set(frame.columns) == {"n_records", "conflicting_fields"}
    assert (frame["month"].dt.day == 1).all()
    assert ((frame["hour"] // 8).map(dict(enumerate(WATCHES))) == frame["watch"]).all()
    assert set(frame["veteran"].dropna()) == {0, 1}
    assert {0} < set(frame["missing_call_fields"]) <= {0, 1, 2, 3}
    assert frame["officer_squad"].nunique() > 20


def test_levels_are_those_of_the_features() -> None:
    frame = rows("record")
    assert "no_contact" not in set(rows("contact")["disposition_group"])
    assert set(frame["precinct"]) == {"North", "West", "East", "South", "Southwest", "Unknown"}
    assert set(frame["officer_gender"]) <= {"M", "F", "Unknown"}
    assert (
        {"White", "Unknown"}
        < set(frame["officer_race"])
        <= {row["value"] for row in codebook_rows(codebook_files("seattle")["officer_races"])}
    )
    assert set(DISPOSITION_GROUPS) == set(frame["disposition_group"])
    assert not frame.loc[frame["year"] == 2015, "cit_certified"].any()
    known = frame["experience_status"] == "known"
    assert frame.loc[known, "experience_years"].between(0, 45).all()
    assert frame.loc[~known, "experience_years"].isna().all()
    assert set(frame["experience_status"]) == {"known", "unknown", "impossible"}
    assert set(frame["year"]) - {2026} == set(range(2015, 2026))
    assert (frame["year"] == frame["reported_date"].dt.year).all()
    first_days = frame.groupby("period", observed=True)["reported_date"].min().dt.date.astype(str).to_dict()
    assert first_days["pandemic"] == "2020-03-01"
    assert first_days["hb1310"] == "2021-07-25"
    assert first_days["care"] == "2023-10-01"


def test_experience_is_in_bins_and_unknown_is_one() -> None:
    frame = rows("contact")
    for experience, least, most in (
        ("0-4", 0, 4),
        ("5-9", 5, 9),
        ("10-14", 10, 14),
        ("15-19", 15, 19),
        ("20+", 20, 45),
    ):
        found = frame.loc[frame["experience"] == experience, "experience_years"]
        assert (found.min(), found.max()) == (least, most)
    assert (frame["experience"] == "unknown").equals(frame["experience_years"].isna())


def test_watch_and_weekend_are_those_of_the_event_and_else_of_the_report() -> None:
    chunk = next(large_city(CITY, contacts=40_000, seed=5))
    frame = modelling_rows(CITY, chunk, "contact")
    contacts = chunk.contacts.take(frame["contact_id"].to_numpy())
    event = pd.to_datetime(pd.Series(contacts.occured).where(contacts.occured > 0), unit="s")
    reported = frame["reported_date"] + pd.to_timedelta(contacts.reported_minute, unit="min")
    days = (frame["reported_date"] - event.dt.floor("D")).dt.days
    moment = event.where(days.between(0, 2)).fillna(reported)
    assert 0 < days.between(0, 2).mean() < 1
    assert (
        frame["watch"].astype(str)
        == pd.cut(moment.dt.hour, [-1, 7, 15, 23], labels=["night", "day", "evening"]).astype(str)
    ).all()
    assert (frame["weekend"] == (moment.dt.day_of_week >= 5)).all()


def test_a_clock_of_12_hours_leaves_the_watch_unknown_where_there_is_no_event() -> None:
    frame = rows("contact", CityParameters(coding="2022", n_officers=500))
    assert 0 < (frame["watch"] == "unknown").mean() < 0.2
    assert "unknown" not in set(rows("contact")["watch"])


def test_any_of_the_printed_dispositions_sets_its_flag() -> None:
    city = CityParameters(coding="2020", n_officers=500)
    frame = rows("contact", city)
    for name in ("arrest", "emergent_detention", "referral"):
        assert frame.loc[frame["disposition_group"] == name, f"any_{name}"].all()
    assert frame["any_referral"].sum() > 1.05 * (frame["disposition_group"] == "referral").sum()
    assert (frame["any_arrest"] == (frame["disposition_group"] == "arrest")).all(), "nothing ranks above it"


def test_records_systems_change_on_their_day() -> None:
    first = rows("contact").groupby("records_system", observed=True)["reported_date"].agg(["min", "max"])
    assert first.loc["legacy", "max"] < pd.Timestamp("2019-05-15") <= first.loc["mark43", "min"]


@pytest.mark.parametrize("grain", GRAINS)
def test_no_row_is_lost_and_none_is_added(grain: Grain) -> None:
    chunk = list(large_city(CITY, contacts=40_000, seed=5))[6]
    frame = modelling_rows(CITY, chunk, grain)
    contacts, records = chunk.contacts, chunk.records
    contradicted = np.isin(np.arange(len(contacts)), records.contact[records.certification_flipped])
    met = contacts.disposition_group != DISPOSITION_GROUPS.index("no_contact")
    if grain == "record":
        of_records = ~contradicted[records.contact] & ~records.copy
        expected, forced = of_records.sum(), (of_records & contacts.force[records.contact]).sum()
    else:
        kept = met & (contradicted if grain == "contradictory" else ~contradicted)
        expected, forced = kept.sum(), (kept & contacts.force).sum()
    assert len(frame) == expected > 0
    assert frame["force"].sum() == forced


def test_chunks_put_together_have_the_rows_of_the_chunks() -> None:
    chunks = list(large_city(CITY, contacts=40_000, seed=5))
    for grain in GRAINS:
        apart = pd.concat([modelling_rows(CITY, chunk, grain) for chunk in chunks], ignore_index=True)
        together = modelling_rows(CITY, whole(chunks), grain)
        numbers = ["contact_id", "incident_id"]
        pd.testing.assert_frame_equal(together.drop(columns=numbers), apart.drop(columns=numbers))
    contacts = modelling_rows(CITY, whole(chunks), "contact")
    assert contacts["contact_id"].is_unique
    assert contacts.groupby("incident_id")["reported_date"].agg(np.ptp).max() <= pd.Timedelta(days=1)


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("SERVICE - WELFARE CHECK", "welfare_check"),
        ("FIGHT - VERBAL/ORAL (NO WEAPONS)", "disturbance"),
        ("ASLT - WITH OR W/O WEAPONS (NO SHOOTINGS)", "assault"),
        ("A CALL OF NO KIND", "unmapped"),
    ],
)
def test_classes_of_calls_are_those_of_the_codebook(label: str, expected: str) -> None:
    assert call_type(label).call_class == expected


def test_contacts_are_shared_over_the_fixed_calendar() -> None:
    sizes = [len(chunk.contacts) for chunk in large_city(CITY, contacts=40_000, seed=5)]
    assert len(sizes) == 12
    assert sum(sizes) == pytest.approx(40_000, abs=12)
