"""Features of large simulated cities, whose truth and distortions are known."""

from dataclasses import replace
from datetime import date

import pandas as pd

from cit_platform.modelling.features import Features, feature_frames
from cit_platform.modelling.windows import Windows
from cit_platform.sources.demo.city import OUTCOMES, CityParameters
from cit_platform.sources.demo.large_city import CALENDAR, large_city, whole
from cit_platform.sources.demo.large_city_contacts import contact_rows

# Four of the years, the change of the records system in between.
YEARS = tuple(block for block in CALENDAR if block.start.year in (2018, 2019, 2021, 2022))
PLAIN = CityParameters(
    n_officers=600,
    defects=False,
    duplicated_dispositions=False,
    chosen_disposition=False,
    unjoined_certification=False,
    conflicting_certification=False,
)
WINDOW = (date(2015, 5, 15), date(2025, 12, 31))
WINDOWS = Windows(WINDOW, WINDOW)


def without_effect(**changes: object) -> CityParameters:
    """A plain city in which certification does nothing to any outcome, with some things otherwise."""
    effects = {outcome: replace(PLAIN.effects(outcome), cit_certified=1.0) for outcome in OUTCOMES}
    return replace(PLAIN, **effects, **changes)


def contacts_of(city: CityParameters, n: int, seed: int) -> pd.DataFrame:
    """Contacts with every column that studies read."""
    frame = contact_rows(city, whole(list(large_city(city, n, seed, YEARS))))
    named = {name: letter + frame[name].astype(str) for name, letter in NAMES.items()}
    text = {name: frame[name].astype(str) for name in frame.columns[frame.dtypes == "category"]}
    return frame.assign(**text, **named)


NAMES = {"contact_id": "T", "incident_id": "I", "officer_key": "K"}


def features_of(city: CityParameters, n: int, seed: int) -> Features:
    """The same as feature tables; each contact has one record."""
    contacts = contacts_of(city, n, seed)
    return feature_frames(contacts.assign(record_id=contacts["contact_id"]), contacts)
