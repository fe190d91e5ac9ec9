"""Features of a city of the generator under chosen switches, small enough for a test."""

from dataclasses import replace
from datetime import date
from typing import Any

from benchmarks.measurement.switches import PLAIN
from cit_platform.modelling.features import Features, feature_frames
from cit_platform.modelling.windows import Windows
from cit_platform.sources.demo.city import OUTCOMES
from cit_platform.sources.demo.large_city import large_city, whole
from cit_platform.sources.demo.large_city_contacts import contact_rows

WINDOW = (date(2015, 5, 15), date(2025, 12, 31))
WINDOWS = Windows(WINDOW, WINDOW)


def switched_city(n_contacts: int, seed: int, *, effect: bool = True, **changes: Any) -> Features:
    """The contacts of a plain city with some parameters changed; without effect certification's odds ratios are 1."""
    city = replace(PLAIN, **changes)
    if not effect:
        city = replace(city, **{name: replace(city.effects(name), cit_certified=1.0) for name in OUTCOMES})
    frame = contact_rows(city, whole(list(large_city(city, n_contacts, seed))))
    text = [*frame.columns[frame.dtypes == "category"], "contact_id", "incident_id", "officer_key"]
    frame = frame.astype(dict.fromkeys(text, str))
    return feature_frames(frame.head(0), frame)
