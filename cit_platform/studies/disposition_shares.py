"""Unadjusted shares of contacts by disposition and certification."""

from typing import Any

import numpy as np
import pandas as pd

from cit_platform.inference.clusters import cluster_codes
from cit_platform.inference.proportions import proportion
from cit_platform.studies.specification import DISPOSITION_SPECIFICATIONS, EXPOSURE
from cit_platform.studies.tidy import conform


def disposition_shares(contacts: pd.DataFrame, agency: str) -> pd.DataFrame:
    """Shares within the certified and within the not certified contacts, with officer-clustered intervals.

    The four groups of the model always have a row, any other group where it occurs; the shares of one certification
    add up to 1. Columns in the contract of `models/disposition_shares`; null numbers where a certification has no
    contacts.
    """
    groups = sorted({*DISPOSITION_SPECIFICATIONS[0].outcome_names, *contacts["disposition_group"].unique()})
    rows = [row for value in (0, 1) for row in _shares(contacts[contacts[EXPOSURE] == value], value, groups, agency)]
    return conform(rows, "models/disposition_shares")


def _shares(contacts: pd.DataFrame, value: int, groups: list[str], agency: str) -> list[dict[str, Any]]:
    officers = cluster_codes(contacts["officer_key"])
    rows: list[dict[str, Any]] = []
    for group in groups:
        share = proportion((contacts["disposition_group"] == group).to_numpy(dtype=np.bool_), officers)
        rows.append(
            {
                "agency": agency,
                EXPOSURE: value,
                "disposition_group": group,
                "share": share.estimate,
                "share_conf_low": share.low,
                "share_conf_high": share.high,
                "n_contacts": share.n_rows,
                "n_officers": share.n_clusters,
                "n_events": share.n_events,
            }
        )
    return rows
