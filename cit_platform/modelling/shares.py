"""Plain shares of the contacts in many cells, counted in one statement, with officer-clustered intervals."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cit_platform.inference.proportions import ClusterSums, shares_of_cells
from cit_platform.modelling.counts import OFFICER
from cit_platform.modelling.features import Columns, Features
from cit_platform.modelling.windows import Window


def shares(features: Features, keys: Mapping[str, str], outcomes: Mapping[str, str], window: Window) -> pd.DataFrame:
    """The share of each outcome in each cell; a contact whose outcome is null counts in neither part of it.

    Args:
        features: the feature tables.
        keys: the columns that make the cells, each by its expression over a contact `r`.
        outcomes: the outcomes, each by an expression over `r` that is 1, 0 or null.
        window: first and last report date.

    Returns:
        A row per cell and outcome: the keys, `outcome, value, conf_low, conf_high, n_contacts, n_officers, n_events`,
        `n_officers` being the named ones; the numbers are NaN where no contact has the outcome known.
    """
    columns = features.select(_statement(keys, outcomes), {"first": window[0], "last": window[1]})
    parts = [_of_outcome(columns, list(keys), name, number) for number, name in enumerate(outcomes)]
    return pd.concat(parts, ignore_index=True)


def _statement(keys: Mapping[str, str], outcomes: Mapping[str, str]) -> str:
    cells = ", ".join(f"{expression} as {name}" for name, expression in keys.items())
    counted = ",\n".join(
        f"  coalesce(sum({outcome}), 0) as e{i}, count({outcome}) as n{i}"
        for i, outcome in enumerate(outcomes.values())
    )
    sums = ",\n".join(
        f"  sum(e{i}) as events{i}, sum(n{i}) as rows{i}, sum(e{i} * e{i}) as events_squared{i}, "
        f"sum(e{i} * n{i}) as events_by_rows{i}, sum(n{i} * n{i}) as rows_squared{i}, "
        f"count(*) filter (n{i} > 0) as clusters{i}, count(*) filter (n{i} > 0 and is_named) as officers{i}"
        for i in range(len(outcomes))
    )
    return (
        f"with by_officer as (\n  select {cells}, {OFFICER} as officer, r.officer_key is not null as is_named,\n"
        f"{counted}\n  from features.contacts r\n  where r.reported_date between $first and $last\n  group by all\n)\n"
        f"select {', '.join(keys)},\n{sums}\nfrom by_officer\ngroup by {', '.join(keys)}\norder by {', '.join(keys)}"
    )


def _of_outcome(columns: Columns, keys: list[str], outcome: str, number: int) -> pd.DataFrame:
    names = ("events", "rows", "events_squared", "events_by_rows", "rows_squared", "clusters")
    sums = ClusterSums(*(columns[f"{name}{number}"].astype(np.float64) for name in names))
    found = shares_of_cells(sums)
    return pd.DataFrame(
        {key: columns[key] for key in keys}
        | {
            "outcome": outcome,
            "value": found.estimate,
            "conf_low": found.low,
            "conf_high": found.high,
            "n_contacts": sums.rows.astype(np.int64),
            "n_officers": columns[f"officers{number}"].astype(np.int64),
            "n_events": sums.events.astype(np.int64),
        }
    )
