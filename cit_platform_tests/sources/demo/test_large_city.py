"""The large city is counted without loss, in the words of the features tables."""

from typing import Literal

import numpy as np
import pandas as pd
import pytest

from cit_platform.codebook import codebook_files, codebook_rows
from cit_platform.contracts.features import CONTACTS
from cit_platform.sources.demo.calibration import DISPOSITION_GROUPS
from cit_platform.sources.demo.city import CityParameters
from cit_platform.sources.demo.large_city import call_type, large_city, modelling_rows

CITY = CityParameters(n_officers=500)
COLUMNS = [
    *("contact_id", "incident_id", "officer_key", "reported_date", "year", "force", "cit_certified"),
    *("experience_years", "period", "disposition_group", "call_risk", "call_risk_published", "call_class"),
    "precinct",
    *("officer_race", "officer_gender"),
]


def rows(grain: Literal["contact", "record"]) -> pd.DataFrame:
    return pd.concat([modelling_rows(CITY, chunk, grain) for chunk in large_city(CITY, contacts=40_000, seed=5)])


def test_columns_are_those_of_the_features_and_contacts_occur_once_per_chunk() -> None:
    chunk = next(large_city(CITY, contacts=40_000, seed=5))
    frame = modelling_rows(CITY, chunk, "contact")
    assert list(frame.columns) == COLUMNS
    assert set(COLUMNS) <= {column.name for column in CONTACTS.columns}
    assert frame["contact_id"].is_unique


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
    assert frame["experience_years"].between(0, 45).all()
    assert set(frame["year"]) - {2026} == set(range(2015, 2026))
    assert (frame["year"] == frame["reported_date"].dt.year).all()
    first_days = frame.groupby("period", observed=True)["reported_date"].min().dt.date.astype(str).to_dict()
    assert first_days["pandemic"] == "2020-03-01"
    assert first_days["hb1310"] == "2021-07-25"
    assert first_days["care"] == "2023-10-01"


@pytest.mark.parametrize("grain", ["contact", "record"])
def test_no_row_is_lost_and_none_is_added(grain: Literal["contact", "record"]) -> None:
    chunk = list(large_city(CITY, contacts=40_000, seed=5))[6]
    frame = modelling_rows(CITY, chunk, grain)
    contacts, records = chunk.contacts, chunk.records
    kept = (contacts.experience >= 0) & (contacts.experience <= 45)
    kept &= ~np.isin(np.arange(len(contacts)), records.contact[records.certification_flipped])
    if grain == "contact":
        kept &= contacts.disposition_group != DISPOSITION_GROUPS.index("no_contact")
        expected, forced = kept.sum(), (kept & contacts.force).sum()
    else:
        of_records = kept[records.contact] & ~records.copy
        expected, forced = of_records.sum(), (of_records & contacts.force[records.contact]).sum()
    assert len(frame) == expected
    assert frame["force"].sum() == forced


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
