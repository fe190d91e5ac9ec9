"""How often does it happen, before anything is adjusted? Plain risks by kind of call and by certification.

For: the first sentence of the page, and who was there when an officer without certification wrote the report.
Not for: comparing officers: nothing is adjusted here.
"""

from typing import Any

import numpy as np
import pandas as pd

from cit_platform.inference.proportions import proportion
from cit_platform.modelling.counts import OFFICER
from cit_platform.modelling.features import Features
from cit_platform.modelling.specification import EXPOSURE, UNMAPPED
from cit_platform.modelling.tidy import conform
from cit_platform.modelling.windows import Window, Windows

# Outcome and predictor; certification is compared where it is usable alone.
ASKED = (("force", ""), ("force", "call_risk"), ("force", EXPOSURE), ("cit_arrived", EXPOSURE))


def situation(features: Features, agency: str, windows: Windows) -> pd.DataFrame:
    """Shares of the contacts with force, and with a CIT officer on scene, with officer-clustered 95 % intervals.

    A contact whose outcome is not known counts in no share. Columns in the contract of `models/situation`.
    """
    rows: list[dict[str, Any]] = []
    for outcome, term in ASKED:
        window = windows.usable if term == EXPOSURE else windows.all
        if window is not None:
            rows += _risks(outcome, term, features, agency, window)
    return conform(rows, "models/situation")


def _risks(outcome: str, term: str, features: Features, agency: str, window: Window) -> list[dict[str, Any]]:
    level = f"cast(r.{term} as varchar)" if term else "''"
    sql = (
        f"select {level} as level, {OFFICER} as officer, r.officer_key is not null as is_named, count(*) as n,\n"
        f"  sum(r.{outcome}) as events\n"
        f"from features.contacts r\nwhere r.reported_date between $first and $last and r.{outcome} is not null\n"
        "group by all\norder by all"
    )
    counted = pd.DataFrame(features.select(sql, {"first": window[0], "last": window[1]}))
    common = {"agency": agency, "outcome": outcome, "term": term, "window_start": window[0], "window_end": window[1]}
    levels = [level for level in sorted(counted["level"].unique()) if level != UNMAPPED]
    return [{**common, "level": level, **_risk(counted[counted["level"] == level])} for level in levels]


def _risk(counted: pd.DataFrame) -> dict[str, Any]:
    risk = proportion(counted["events"].to_numpy(dtype=np.float64), counted["n"].to_numpy(dtype=np.float64))
    return {
        "risk": risk.estimate,
        "risk_conf_low": risk.low,
        "risk_conf_high": risk.high,
        "n_contacts": risk.n_rows,
        "n_officers": int(counted["is_named"].sum()),
        "n_events": risk.n_events,
    }
