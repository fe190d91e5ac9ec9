"""Features of a city of the generator under chosen switches, small enough for a test."""

from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd

from benchmarks.measurement.switches import PLAIN
from cit_platform.modelling.features import Features, feature_frames
from cit_platform.modelling.windows import Windows
from cit_platform.sources.demo.city import OUTCOMES, CityParameters
from cit_platform.sources.demo.large_city import Chunk, large_city, modelling_rows, whole
from cit_platform.sources.demo.large_city_contacts import contact_rows

WINDOW = (date(2015, 5, 15), date(2025, 12, 31))
WINDOWS = Windows(WINDOW, WINDOW)
KEYS = ("contact_id", "incident_id", "officer_key")


def switched_city(n_contacts: int, seed: int, *, effect: bool = True, **changes: Any) -> Features:
    """The contacts of a plain city with some parameters changed; without effect certification's odds ratios are 1."""
    city, chunk = _drawn(n_contacts, seed, effect, changes)
    contacts = _plain(contact_rows(city, chunk))
    return feature_frames(contacts.head(0), contacts)


def printed_city(n_contacts: int, seed: int, *, effect: bool = True, **changes: Any) -> Features:
    """The same with the records as they are printed, and with the contacts that contradict themselves."""
    city, chunk = _drawn(n_contacts, seed, effect, changes)
    records, contradictory = (_plain(modelling_rows(city, chunk, grain)) for grain in ("record", "contradictory"))
    return feature_frames(records, _plain(contact_rows(city, chunk)), contradictory)


def _drawn(n_contacts: int, seed: int, effect: bool, changes: dict[str, Any]) -> tuple[CityParameters, Chunk]:
    city = replace(PLAIN, **changes)
    if not effect:
        city = replace(city, **{name: replace(city.effects(name), cit_certified=1.0) for name in OUTCOMES})
    return city, whole(list(large_city(city, n_contacts, seed)))


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Text as text, not as categories."""
    return frame.astype(dict.fromkeys([*frame.columns[frame.dtypes == "category"], *KEYS], str))
