"""Does the right resource arrive? Requested, dispatched and arrived beside each other, and how contacts end.

For: how often a certified officer comes, by precinct, time of day, period and kind of call; arrests and detentions.
Not for: outcomes by whether one came: hard and long scenes draw a second officer, and arrival has no time.
"""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from cit_platform.inference.verdict import Kind, Verdict
from cit_platform.modelling.features import Features
from cit_platform.modelling.shares import shares
from cit_platform.modelling.small_cells import withheld
from cit_platform.modelling.specification import UNMAPPED
from cit_platform.modelling.tidy import conform, reason_columns
from cit_platform.modelling.windows import Windows

TERMS = ("", "precinct", "watch", "period", "call_risk")
FIELDS = ("requested", "dispatched", "arrived")
ANY = "any"
OUTCOMES = {"arrest": "r.any_arrest", "emergent_detention": "r.any_emergent_detention"}
# The whole table, the part that stands without requests, and each field by itself.
_ASKED = (FIELDS, ("dispatched", "arrived"), *((field,) for field in FIELDS))

Cell = tuple[str, str, str, str]


def response(features: Features, agency: str, windows: Windows) -> pd.DataFrame:
    """Shares of the contacts of each group with officer-clustered 95 % intervals.

    Each share is of the contacts where every field that it asks for is stated; where none is, as of `requested` in
    today's feed, the row says so. A level of under 10 officers is withheld, and with one alone the next smallest.
    Columns in the contract of `models/response`.
    """
    cells = dict(_cells())
    asked = {str(number): expression for number, expression in enumerate(cells.values())}
    named = dict(zip(asked, cells, strict=True))
    rows: list[dict[str, Any]] = []
    for term in TERMS:
        level = f"cast(r.{term} as varchar)" if term else "''"
        found = shares(features, {"level": level}, asked, windows.all)
        found = found[found["level"] != UNMAPPED].reset_index(drop=True)
        officers = found["n_officers"].astype(np.float64).where(found["n_contacts"] > 0)
        found["hidden"] = withheld(officers, found["outcome"])
        rows += [_row(cell, named[cell["outcome"]], term) for cell in found.to_dict("records")]
    window = {"agency": agency, "window_start": windows.all[0], "window_end": windows.all[1]}
    return conform([row | window for row in rows], "models/response")


def _cells() -> Iterator[tuple[Cell, str]]:
    """What is counted: measure and state of each field, with the expression that is 1, 0 or null."""
    for fields in _ASKED:
        for states in product(("yes", "no"), repeat=len(fields)):
            asked = dict(zip(fields, states, strict=True))
            # Of a field by itself the other share is what is left of this one.
            if len(fields) > 1 or states == ("yes",):
                said = (asked.get(field, ANY) for field in FIELDS)
                yield ("response", *said), _expression(asked)  # type: ignore[misc]
    for measure, expression in OUTCOMES.items():
        yield (measure, ANY, ANY, ANY), expression


def _expression(asked: dict[str, str]) -> str:
    stated = " and ".join(f"r.cit_{field} is not null" for field in asked)
    so = " and ".join(f"r.cit_{field} = {int(state == 'yes')}" for field, state in asked.items())
    return f"case when {stated} then cast({so} as int) end"


def _row(cell: Mapping[Any, Any], named: Cell, term: str) -> dict[str, Any]:
    measure, *states = named
    row = {"measure": measure, "term": term, "level": cell["level"], **dict(zip(FIELDS, states, strict=True))}
    if cell["n_contacts"] == 0:
        return row | reason_columns(Verdict(Kind.NO_ROWS)) | dict.fromkeys(("n_contacts", "n_officers", "n_events"), 0)
    if cell["hidden"]:
        return row | reason_columns(Verdict(Kind.WITHHELD))
    numbers = {
        "share": cell["value"],
        "share_conf_low": cell["conf_low"],
        "share_conf_high": cell["conf_high"],
        **{name: cell[name] for name in ("n_contacts", "n_officers", "n_events")},
    }
    return row | numbers | reason_columns(None)
