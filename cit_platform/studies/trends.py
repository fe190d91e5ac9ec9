"""How do contacts, certification, force, dispositions and responses run over time? Month by month, quarter by quarter.

For: seeing when something moved, in the city and in each precinct, and which dates of the codebook lie near.
Not for: what a law or a training did: nothing is adjusted, and four of the five breaks come without a control series.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from cit_platform.inference.verdict import Kind, Verdict
from cit_platform.modelling.features import Columns, Features
from cit_platform.modelling.shares import shares
from cit_platform.modelling.small_cells import withheld
from cit_platform.modelling.specification import EXPOSURE, UNMAPPED
from cit_platform.modelling.tidy import conform, reason_columns
from cit_platform.modelling.windows import Windows

CITY = "city"
DISPOSITIONS = ("arrest", "emergent_detention", "referral", "no_action")
MEASURES = {
    "contacts": "1",
    "certified": f"r.{EXPOSURE}",
    "force": "r.force",
    **{group: f"cast(r.disposition_group = '{group}' as int)" for group in DISPOSITIONS},
    "other_or_none": f"cast(r.disposition_group not in {DISPOSITIONS} as int)",
    **{field: f"r.cit_{field}" for field in ("requested", "dispatched", "arrived")},
}
UNITS = {"month": "r.month", "quarter": "cast(date_trunc('quarter', r.month) as date)"}
# Reports of a month may come in for so long after it, so that a later month does not look quiet for being young.
FILLING_UP = timedelta(days=30)
# Of a share: a thousandth of one in 1,000 contacts, in a table of ten thousand rows.
_DIGITS = 6
_NOT_STATED = ("Unknown", UNMAPPED)
_PART = ["measure", "place", "quarter"]


def trends(features: Features, agency: str, windows: Windows) -> pd.DataFrame:
    """Contacts, and shares of them with officer-clustered 95 % intervals, by month and quarter, city and precinct.

    A precinct that is not stated counts in the city alone. Certification has no number before the first quarter where
    it is usable. Cells of under 10 officers are withheld: a month with the other months of its quarter, and with one
    precinct alone the next smallest, so that no total gives them away. Columns in the contract of `models/trends`.
    """
    days = features.select(
        "select r.month as month, arg_min(r.period, r.reported_date) as period, min(r.reported_date) as first,\n"
        "  max(r.reported_date) as last\nfrom features.contacts r\n"
        "where r.reported_date between $first and $last\ngroup by all\norder by all",
        {"first": windows.all[0], "last": windows.all[1]},
    )
    if not len(days["month"]):
        return conform([], "models/trends")
    found = _counted(features, windows)
    found["hidden"] = _hidden(found)
    first, last = (pd.Timestamp(days[name][at]).date() for name, at in (("first", 0), ("last", -1)))
    periods = _periods(days)
    usable = windows.usable[0] if windows.usable else date.max
    rows = [
        _row(cell, usable)
        | {
            "agency": agency,
            "complete": bool(first <= cell["first_day"] and cell["last_day"] + FILLING_UP <= last),
            "period": periods[cell["unit_of_time"], cell["month"]],
        }
        for cell in found.to_dict("records")
    ]
    return conform(rows, "models/trends")


def _periods(days: Columns) -> dict[tuple[str, date], str]:
    """The period of each month, and of each quarter that of its first month with contacts."""
    months = [pd.Timestamp(month).date() for month in days["month"]]
    found = {("month", month): str(period) for month, period in zip(months, days["period"], strict=True)}
    for month in months:
        quarter = date(month.year, month.month - (month.month - 1) % 3, 1)
        found.setdefault(("quarter", quarter), found["month", month])
    return found


def _counted(features: Features, windows: Windows) -> pd.DataFrame:
    """Every cell with its numbers, the days it spans, and the quarter it lies in."""
    places = {CITY: f"'{CITY}'", "precinct": "r.precinct"}
    parts = [
        shares(features, {"month": start, "place": place}, MEASURES, windows.all).assign(unit_of_time=unit)
        for unit, start in UNITS.items()
        for place in places.values()
    ]
    found = pd.concat(parts, ignore_index=True).rename(columns={"outcome": "measure"})
    found = found[~found["place"].isin(_NOT_STATED)].reset_index(drop=True)
    starts = pd.to_datetime(found["month"])
    months = np.where(found["unit_of_time"] == "month", 1, 3)
    ends = starts.dt.to_period("M") + months
    return found.assign(
        month=starts.dt.date,
        first_day=starts.dt.date,
        last_day=(ends.dt.to_timestamp() - pd.Timedelta(days=1)).dt.date,
        quarter=starts.dt.to_period("Q").astype(str),
    )


def _hidden(found: pd.DataFrame) -> "pd.Series[bool]":
    """Which cells are withheld; of a quarter that is, its months too."""
    officers = found["n_officers"].astype(np.float64).where(found["n_contacts"] > 0)
    is_quarter = found["unit_of_time"] == "quarter"
    quarters = found.loc[is_quarter, _PART].assign(officers=officers[is_quarter])
    quarters["hidden"] = withheld(quarters["officers"], _total(quarters))
    months = found.loc[~is_quarter, _PART].assign(officers=officers[~is_quarter])
    fewest = months.groupby(_PART, as_index=False)["officers"].min()
    fewest = fewest.merge(quarters[[*_PART, "hidden"]], on=_PART)
    fewest["hidden"] = withheld(fewest["officers"].mask(fewest["hidden"], 0.0), _total(fewest))
    by_part = pd.concat([quarters.assign(is_quarter=True), fewest.assign(is_quarter=False)], ignore_index=True)
    keyed = found[_PART].assign(is_quarter=is_quarter).merge(by_part, on=[*_PART, "is_quarter"], how="left")
    return pd.Series(keyed["hidden"].to_numpy(dtype=bool), index=found.index)


def _total(part: pd.DataFrame) -> "pd.Series[str]":
    """What a cell is a part of: precincts add up to the city, the city to nothing shown here."""
    return part["measure"] + " " + part["quarter"] + " " + np.where(part["place"] == CITY, CITY, "precincts")


def _row(cell: Mapping[Any, Any], usable: date) -> dict[str, Any]:
    """A row of the table, with its reason where it has no number."""
    is_count = cell["measure"] == "contacts"
    row = {name: cell[name] for name in ("unit_of_time", "month", "place", "measure")}
    verdict = _verdict(cell, usable)
    row |= reason_columns(verdict)
    if verdict is not None and verdict.kind == Kind.WITHHELD:
        return row
    row |= {"n_contacts": cell["n_contacts"], "n_officers": cell["n_officers"]}
    if verdict is not None:
        return row
    if is_count:
        return row | {"value": float(cell["n_contacts"])}
    return row | {name: round(cell[name], _DIGITS) for name in ("value", "conf_low", "conf_high")}


def _verdict(cell: Mapping[Any, Any], usable: date) -> Verdict | None:
    """Why a cell has no number."""
    if cell["n_contacts"] == 0:
        return Verdict(Kind.NO_ROWS)
    if cell["hidden"]:
        return Verdict(Kind.WITHHELD)
    if cell["measure"] == "certified" and cell["last_day"] < usable:
        return Verdict(Kind.EXPOSURE_NOT_USABLE, {"exposure": EXPOSURE})
    return None
