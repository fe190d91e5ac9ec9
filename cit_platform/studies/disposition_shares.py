"""How do contacts end, by certification? Unadjusted shares with officer-clustered intervals.

For: the grouped bars of the page.
Not for: comparing officers on equal calls: nothing is adjusted here.
"""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from cit_platform.inference.proportions import proportion
from cit_platform.modelling.counts import OFFICER
from cit_platform.modelling.features import Features
from cit_platform.modelling.specification import EXPOSURE
from cit_platform.modelling.tidy import conform
from cit_platform.modelling.windows import Windows
from cit_platform.studies.disposition import DISPOSITION_SPECIFICATIONS


def disposition_shares(features: Features, agency: str, windows: Windows) -> pd.DataFrame:
    """Shares within the certified and within the not certified contacts, with officer-clustered intervals.

    Of the quarters where certification is usable. The four groups of the model always have a row, any other group
    where it occurs; the shares of one certification add up to 1. Columns in the contract of
    `models/disposition_shares`; null numbers where a certification has no contacts.
    """
    first, last = windows.usable or (date.max, date.min)
    sql = (
        f"select {EXPOSURE}, {OFFICER} as officer, r.officer_key is not null as is_named, disposition_group,\n"
        "  count(*) as n\n"
        "from features.contacts r\nwhere r.reported_date between $first and $last\ngroup by all\norder by all"
    )
    counted = pd.DataFrame(features.select(sql, {"first": first, "last": last}))
    groups = sorted({*DISPOSITION_SPECIFICATIONS[0].outcome_names, *counted["disposition_group"]})
    rows = [row for value in (0, 1) for row in _shares(counted[counted[EXPOSURE] == value], value, groups, agency)]
    return conform(rows, "models/disposition_shares")


def _shares(counted: pd.DataFrame, value: int, groups: list[str], agency: str) -> list[dict[str, Any]]:
    by_officer = counted.pivot_table("n", "officer", "disposition_group", "sum", fill_value=0)
    by_officer = by_officer.reindex(columns=groups, fill_value=0)
    contacts = by_officer.sum(axis=1).to_numpy(dtype=np.float64)
    n_officers = int(counted.loc[counted["is_named"].astype(bool), "officer"].nunique())
    rows: list[dict[str, Any]] = []
    for group in groups:
        share = proportion(by_officer[group].to_numpy(dtype=np.float64), contacts)
        rows.append(
            {
                "agency": agency,
                EXPOSURE: value,
                "disposition_group": group,
                "share": share.estimate,
                "share_conf_low": share.low,
                "share_conf_high": share.high,
                "n_contacts": share.n_rows,
                "n_officers": n_officers,
                "n_events": share.n_events,
            }
        )
    return rows
