"""The large city is counted without loss, in the words of the features tables."""

import numpy as np
import pandas as pd
import pytest

from cit_platform.contracts.features import CONTACTS
from cit_platform.sources.demo.city import CityParameters
from cit_platform.sources.demo.truth import grouped_counts, large_city

CITY = CityParameters(n_officers=500)
PATTERN = [
    "year",
    "force",
    "disposition_group",
    "cit_certified",
    "experience_years",
    "call_risk",
    "precinct",
    "officer_race",
    "officer_gender",
]


def counts(grain: str) -> pd.DataFrame:
    chunks = large_city(CITY, contacts=40_000, seed=5)
    return pd.concat([grouped_counts(CITY, chunk, grain) for chunk in chunks])  # type: ignore[arg-type]


def test_patterns_are_modelling_columns_and_occur_once_per_chunk() -> None:
    frame = counts("contact")
    assert list(frame.columns) == [*PATTERN, "n"]
    assert set(PATTERN) <= {column.name for column in CONTACTS.columns}
    assert (frame["n"] > 0).all()
    chunk = next(large_city(CITY, contacts=40_000, seed=5))
    assert not grouped_counts(CITY, chunk, "contact").duplicated(PATTERN).any()


def test_levels_are_those_of_the_features() -> None:
    frame = counts("record")
    assert set(frame["precinct"]) == {"North", "West", "East", "South", "Southwest", "Unknown"}
    assert set(frame["officer_gender"]) <= {"M", "F", "Unknown"}
    assert "Not Specified" not in set(frame["officer_race"])
    assert {"arrest", "emergent_detention", "referral", "no_action", "other", "missing"} == set(
        frame["disposition_group"]
    )
    assert frame["experience_years"].between(0, 45).all()
    assert set(frame["year"]) == set(range(2015, 2026))


@pytest.mark.parametrize("grain", ["contact", "record"])
def test_counts_equal_a_count_of_the_columns(grain: str) -> None:
    chunk = list(large_city(CITY, contacts=40_000, seed=5))[6]
    frame = grouped_counts(CITY, chunk, grain)  # type: ignore[arg-type]
    contacts, records = chunk.contacts, chunk.records
    kept = (contacts.experience >= 0) & (contacts.experience <= 45)
    kept &= ~np.isin(np.arange(len(contacts)), records.contact[records.certification_flipped])
    if grain == "contact":
        expected, forced = kept.sum(), (kept & contacts.force).sum()
    else:
        of_records = kept[records.contact] & ~records.copy
        expected, forced = of_records.sum(), (of_records & contacts.force[records.contact]).sum()
    assert frame["n"].sum() == expected
    assert frame.loc[frame["force"] == 1, "n"].sum() == forced


def test_contacts_are_shared_over_the_fixed_calendar() -> None:
    sizes = [len(chunk.contacts) for chunk in large_city(CITY, contacts=40_000, seed=5)]
    assert len(sizes) == 12
    assert sum(sizes) == pytest.approx(40_000, abs=12)
