"""Cities made by hand, so small that every share can be counted on paper."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from cit_platform.modelling.features import Features, feature_frames
from cit_platform.modelling.windows import Windows

WINDOW = (date(2015, 5, 15), date(2026, 12, 31))
WINDOWS = Windows(WINDOW, WINDOW)
_USUAL: dict[str, Any] = {
    **{"force": 0, "disposition_group": "no_action", "cit_certified": 0, "precinct": "North", "watch": "day"},
    **{"cit_requested": None, "cit_dispatched": 0, "cit_arrived": 0, "call_risk": "crisis", "period": "care"},
}


def contacts(day: str, officers: int, first: int = 0, **columns: Any) -> list[dict[str, Any]]:
    """One contact of each officer on one day; a value is of all of them, a list goes round."""
    rows = []
    for number in range(officers):
        given = {
            name: value[number % len(value)] if isinstance(value, list) else value for name, value in columns.items()
        }
        rows.append(_USUAL | {"reported_date": date.fromisoformat(day), "officer_key": f"K{first + number}"} | given)
    return rows


def city(*parts: list[dict[str, Any]]) -> Features:
    """The feature tables of a city with these contacts."""
    rows = [row for part in parts for row in part]
    frame = pd.DataFrame(rows, columns=[*_USUAL, "reported_date", "officer_key"])
    frame["month"] = [day.replace(day=1) for day in frame["reported_date"]]
    frame["contact_id"] = [f"T{number}" for number in range(len(frame))]
    for field in ("cit_requested", "cit_dispatched", "cit_arrived"):
        frame[field] = frame[field].astype("Int32")
    for group in ("arrest", "emergent_detention"):
        frame[f"any_{group}"] = (frame["disposition_group"] == group).astype(np.int32)
    return feature_frames(frame, frame)
