"""Tables of the descriptive studies in the columns of their contracts, made up: trends, response and other studies."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from itertools import product
from typing import Any

from cit_platform.inference.verdict import Kind, Verdict
from cit_platform.modelling.tidy import reason_columns

Rows = list[dict[str, Any]]
SHARES = {
    **{"certified": 0.62, "force": 0.016, "arrest": 0.09, "emergent_detention": 0.37, "referral": 0.13},
    **{"no_action": 0.38, "other_or_none": 0.03, "requested": None, "dispatched": 0.41, "arrived": 0.79},
}
PLACES = {"city": 2_300, "East": 500, "North": 700, "South": 420, "Southwest": 330, "West": 350}
LEVELS = {
    "": ("",),
    "precinct": ("North", "South", "Unknown"),
    "watch": ("day", "night"),
    "period": ("baseline", "mark43", "care"),
    "call_risk": ("crisis", "violent"),
}
ALL = (date(2015, 5, 15), date(2026, 10, 31))
# The smallest precinct had too few officers once.
SMALL = (date(2019, 4, 1), "Southwest")
_NO_ROWS, _WITHHELD = (reason_columns(Verdict(kind)) for kind in (Kind.NO_ROWS, Kind.WITHHELD))


def described(happened: bool) -> dict[str, Rows]:
    """The tables of a city with contacts; without any rows where nothing happened."""
    if not happened:
        return {"models/trends": [], "models/response": [], "models/evidence": []}
    return {
        "models/trends": list(_trends()),
        "models/response": list(_response()),
        "models/evidence": list(_evidence()),
    }


def _trends() -> Iterator[dict[str, Any]]:
    starts = [date(2019, 1, 1), date(2019, 4, 1), date(2019, 7, 1)]
    starts += [date(year, month, 1) for year in (2025, 2026) for month in (1, 4, 7, 10)]
    for unit, start, place in product(("quarter", "month"), starts, PLACES):
        contacts = PLACES[place] // (3 if unit == "month" else 1) + 7 * (start.year - 2019) + start.month
        common = {
            **{"agency": "seattle", "unit_of_time": unit, "month": start, "place": place},
            **{"complete": start < date(2026, 10, 1), "period": "baseline" if start < date(2019, 6, 1) else "care"},
        }
        if (start, place) == SMALL:
            yield from (common | {"measure": name} | _WITHHELD for name in ("contacts", *SHARES))
            continue
        sizes = {"n_contacts": contacts, "n_officers": 40 + contacts // 20}
        yield common | sizes | {"measure": "contacts", "value": float(contacts)} | reason_columns(None)
        for measure, share in SHARES.items():
            if share is None:
                yield common | {"measure": measure, "n_contacts": 0, "n_officers": 0} | _NO_ROWS
            else:
                moved = share * (1 + 0.02 * start.month)
                yield common | sizes | {"measure": measure} | _interval("value", moved, contacts) | reason_columns(None)


def _interval(name: str, share: float, contacts: int) -> dict[str, float]:
    error = 1.96 * math.sqrt(1.2 * share * (1 - share) / contacts)
    prefix = "" if name == "value" else f"{name}_"
    return {name: share, f"{prefix}conf_low": max(0.0, share - error), f"{prefix}conf_high": share + error}


def _response() -> Iterator[dict[str, Any]]:
    asked = [("response", *states) for states in product(("yes", "no"), repeat=3)]
    asked += [("response", "any", *states) for states in product(("yes", "no"), repeat=2)]
    asked += [("response", "yes", "any", "any"), ("response", "any", "yes", "any"), ("response", "any", "any", "yes")]
    asked += [(outcome, "any", "any", "any") for outcome in ("arrest", "emergent_detention")]
    shares = dict(zip(asked[8:], (0.36, 0.05, 0.43, 0.16, None, 0.41, 0.79, 0.09, 0.37), strict=True))
    for term, levels in LEVELS.items():
        for level, (measure, *states) in product(levels, asked):
            row = {
                **{"agency": "seattle", "window_start": ALL[0], "window_end": ALL[1]},
                **{"measure": measure, "term": term, "level": level},
                **dict(zip(("requested", "dispatched", "arrived"), states, strict=True)),
            }
            share = shares.get((measure, *states))
            if share is None:
                yield row | dict.fromkeys(("n_contacts", "n_officers", "n_events"), 0) | _NO_ROWS
            elif level in ("South", "Unknown"):
                yield row | _WITHHELD
            else:
                contacts = 20_000 if term else 86_000
                sizes = {"n_contacts": contacts, "n_officers": 900, "n_events": round(share * contacts)}
                yield row | _interval("share", share, contacts) | sizes | reason_columns(None)


def _evidence() -> Iterator[dict[str, Any]]:
    common = {"agency": "seattle", "citation": "Somebody (2020), A Journal 1, 1-2", "read": "abstract"}
    empty = dict.fromkeys(("training", "place", "design", "size", "measure"), "")
    size = {"training": "ICAT", "place": "Louisville", "design": "randomised roll-out", "measure": "percent"}
    yield {
        **{**common, **empty, **size, "study": "one", "outcome": "force", "estimate": -28.1, "finding": "Less force."},
        **{"size_to_power": True, "ratio": 0.719, "smallest_detectable_below": 0.84},
    }
    odds = {"measure": "odds_ratio", "estimate": 0.47, "p_value": 0.007, "conf_low": None, "conf_high": None}
    yield common | empty | odds | {"study": "two", "outcome": "arrest", "finding": "Fewer.", "size_to_power": False}
    yield (
        common
        | empty
        | {"study": "three", "outcome": "force", "finding": "No clear difference.", "size_to_power": False}
    )
