"""What could the contacts that cleaning left out have done to the difference in force? Worst-case bounds by arm.

For: seeing what the exclusions could hide, as they fall on the arms unequally.
Not for: an adjusted difference: nothing is held constant here.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from cit_platform.inference.design import FloatArray
from cit_platform.inference.selection import Bounds, LostRows, bounds_of_difference
from cit_platform.inference.verdict import Kind, Verdict
from cit_platform.modelling.counts import OFFICER
from cit_platform.modelling.features import Features
from cit_platform.modelling.specification import EXPOSURE
from cit_platform.modelling.tidy import conform, reason_columns
from cit_platform.modelling.windows import Window, Windows

FEWEST, FEWEST_EVENTS = 10, 5
GROUPS = ("contact_conflict", "other_rules")
NOTHING_LOST = LostRows(np.zeros((3, 3)))
_YES, _NO = "('Y', 'YES', '1', 'TRUE')", "('N', 'NO', '0', 'FALSE')"


def _flag(column: str) -> str:
    return f"case when upper(p.{column}) in {_YES} then 1 when upper(p.{column}) in {_NO} then 0 end"


# Contacts none of whose records is clean, by rule, arm and force; an arm on which their records disagree is unknown.
_LOST = f"""
with records as (
  select
    coalesce(x.template_id, x.record_id) as contact,
    x.rule,
    {_flag("cit_certified_indicator")} as certified,
    {_flag("use_of_force_indicator")} as force,
    coalesce(try_cast(p.reported_date as date), try_cast(substr(p.occured_date_time, 1, 10) as date)) as day
  from clean.exclusions x
  join raw.records p on p.record_id = x.record_id
  where x.rule <> 'exact_duplicate'
    and coalesce(x.template_id, '') not in (select contact_id from features.records)
),
contacts as (
  select
    contact,
    case when max(case when rule = 'contact_conflict' then 1 else 0 end) = 1 then 'contact_conflict'
      else 'other_rules' end as rule,
    case when count(certified) = count(*) and min(certified) = max(certified) then min(certified) else 2 end as arm,
    case when max(force) = 1 then 0 when count(force) = count(*) then 1 else 2 end as outcome,
    max(case when rule = 'date_missing' or day is null then 1 else 0 end) as undated,
    min(day) as day
  from records
  group by contact
)
select rule, case arm when 2 then 2 else 1 - arm end as arm, outcome, count(*) as n
from contacts
where undated = 1 or day between $first and $last
group by all
order by all
"""


def bounds(features: Features, agency: str, windows: Windows) -> pd.DataFrame:
    """The plain difference in force as analysed, and its bounds had the contacts left out been analysed.

    In the usable window; a contact without a date may belong to it. Columns in the contract of `models/bounds`.
    """
    if windows.usable is None:
        why = reason_columns(Verdict(Kind.NO_USABLE_EXPOSURE, {"exposure": EXPOSURE}))
        return conform(
            [{"agency": agency, "rule": "none", "assumption": "none", "converged": False, **why}], "models/bounds"
        )
    events, rows, n_officers, fewest = _analysed(features, windows.usable)
    common = {
        "agency": agency,
        "window_start": windows.usable[0],
        "window_end": windows.usable[1],
        "n_contacts": round(rows.sum()),
        "n_officers": n_officers,
        "n_events": round(events.sum()),
    }
    few = _few(events, rows, fewest)
    if few:
        why = reason_columns(few)
        return conform([{**common, "rule": "none", "assumption": "none", "converged": False, **why}], "models/bounds")
    found = _rows(events, rows, _groups(features, windows.usable))
    return conform([{**common, **row} for row in found], "models/bounds")


def _analysed(features: Features, window: Window) -> tuple[FloatArray, FloatArray, int, int]:
    """Contacts with force and all contacts, (G, 2) by officer, certified first; named officers; fewest of an arm.

    The last counts a contact without an officer as one.
    """
    sql = (
        f"select {OFFICER} as officer, r.officer_key is not null as is_named, r.{EXPOSURE} as certified,\n"
        "  count(*) as n, sum(r.force) as events\nfrom features.contacts r\n"
        "where r.reported_date between $first and $last\ngroup by all\norder by all"
    )
    counted = pd.DataFrame(features.select(sql, {"first": window[0], "last": window[1]}))
    officers, code = np.unique(counted["officer"].to_numpy(dtype=str), return_inverse=True)
    events, rows = np.zeros((len(officers), 2)), np.zeros((len(officers), 2))
    place = (code, 1 - counted["certified"].to_numpy(dtype=np.int64))
    np.add.at(events, place, counted["events"].to_numpy(dtype=np.float64))
    np.add.at(rows, place, counted["n"].to_numpy(dtype=np.float64))
    n_named = int(counted.loc[counted["is_named"].astype(bool), "officer"].nunique())
    return events, rows, n_named, int((rows > 0).sum(axis=0).min())


def _few(events: FloatArray, rows: FloatArray, fewest: int) -> Verdict | None:
    """Why an arm, of which there are some, tells too little of itself for an interval by officer."""
    if not fewest:
        return None
    if fewest < FEWEST:
        return Verdict(Kind.FEW_OFFICERS, {"minimum": FEWEST})
    cases = [
        {"value": 1 - arm, "n_rows": round(rows[:, arm].sum()), "n_events": round(found), "outcome": outcome}
        for arm in (0, 1)
        for outcome, found in (("force", events[:, arm].sum()), ("no_force", (rows - events)[:, arm].sum()))
        if found < FEWEST_EVENTS
    ]
    facts = {"exposure": EXPOSURE, "minimum": FEWEST_EVENTS, "cases": cases}
    return Verdict(Kind.TOO_FEW_EVENTS, facts) if cases else None


def _groups(features: Features, window: Window) -> dict[str, LostRows]:
    """The contacts left out by group of rules, and all; groups alone only where none of them is small."""
    counted = features.select(_LOST, {"first": window[0], "last": window[1]})
    groups = {}
    for group in GROUPS:
        counts, mine = np.zeros((3, 3)), counted["rule"] == group
        np.add.at(counts, (counted["arm"][mine].astype(int), counted["outcome"][mine].astype(int)), counted["n"][mine])
        groups[group] = LostRows(counts)
    sizes = [group.counts.sum() for group in groups.values()]
    shown = groups if all(size >= FEWEST for size in sizes) else {}
    return {**shown, "all": LostRows(np.sum([group.counts for group in groups.values()], axis=0))}


def _rows(events: FloatArray, rows: FloatArray, groups: dict[str, LostRows]) -> Iterator[dict[str, Any]]:
    analysed = bounds_of_difference(events, rows, NOTHING_LOST)
    plain = _row("none", "none", NOTHING_LOST, analysed)
    yield plain | {"risk_difference": analysed.low, "bound_low": None, "bound_high": None}
    for rule, lost in groups.items():
        for assumption, assumed in (("worst_case", lost.of_unknown_outcome()), ("as_recorded", lost)):
            yield _row(rule, assumption, lost, bounds_of_difference(events, rows, assumed))


def _row(rule: str, assumption: str, lost: LostRows, found: Bounds) -> dict[str, Any]:
    by_arm = lost.counts.sum(axis=1)
    known = np.isfinite(found.low)
    verdict = None if known else Verdict(Kind.ONE_ARM_ALONE)
    return {
        "rule": rule,
        "assumption": assumption,
        "bound_low": found.low,
        "bound_high": found.high,
        "conf_low": found.conf_low,
        "conf_high": found.conf_high,
        "n_lost": round(by_arm.sum()),
        "n_lost_certified": round(by_arm[0]),
        "n_lost_not_certified": round(by_arm[1]),
        "n_lost_unknown": round(by_arm[2]),
        "converged": bool(known),
        **reason_columns(verdict),
    }
