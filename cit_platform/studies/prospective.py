"""What came after the question was laid down? Contacts reported since the protocol's date, estimated on their own.

For: the only evidence that nobody could have seen when the question was asked; the officers are partly the same.
Not for: replacing the main estimate, which rests on far more contacts.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from cit_platform.inference.confidence_sequence import confidence_sequence
from cit_platform.inference.design import FloatArray
from cit_platform.inference.diagnosis import MINIMUM_EVENTS
from cit_platform.inference.intervals import Interval
from cit_platform.inference.power import detectable_std_errors
from cit_platform.inference.stratified_difference import RiskCells, stratified_difference
from cit_platform.inference.verdict import Kind, Verdict
from cit_platform.modelling.by_group import FEWEST_OFFICERS
from cit_platform.modelling.counts import OFFICER
from cit_platform.modelling.features import Features
from cit_platform.modelling.specification import EXPOSURE, UNMAPPED
from cit_platform.modelling.tidy import conform, reason_columns
from cit_platform.modelling.windows import Windows
from cit_platform.studies.primary_outcomes import PRIMARY_OUTCOMES
from cit_platform.studies.protocol import protocol

PROTOCOL_DATE = protocol().date
COLUMN_OF = {specification.outcomes[0].name: specification.column for specification in PRIMARY_OUTCOMES}
# What a row is compared within.
STRATA = {"crude": "''", "stratified": "concat_ws('|', r.call_risk, r.precinct, r.month)"}


def prospective(features: Features, agency: str, windows: Windows, protocol_date: date = PROTOCOL_DATE) -> pd.DataFrame:
    """Crude and stratified risk differences of the contacts after a date, in the contract of `models/prospective`.

    The limits of one look are those of the jackknife over officers. Those of the sequence hold at every look, however
    often one looks; they are narrowest for a standard error as large as the smallest difference of interest.
    """
    rows: list[dict[str, Any]] = []
    for measure, stratum in STRATA.items():
        counted = _counted(features, windows, protocol_date, stratum)
        named = {"agency": agency, "measure": measure, "protocol_date": protocol_date}
        rows += [named | row for row in _outcomes(counted, protocol_date)]
    return conform(rows, "models/prospective")


def _counted(features: Features, windows: Windows, after: date, stratum: str) -> pd.DataFrame:
    """Contacts and events by officer, stratum and certification, of the reports after a date."""
    sums = ", ".join(f"sum(r.{column}) as {outcome}" for outcome, column in COLUMN_OF.items())
    sql = (
        f"select {OFFICER} as officer, r.officer_key is not null as is_named, {stratum} as stratum,\n"
        f"  r.{EXPOSURE} as exposed, count(*) as n, max(r.reported_date) as last_date, {sums}\n"
        "from features.contacts r\n"
        "where r.reported_date > $after and r.reported_date <= $last and r.call_risk <> $unmapped\n"
        "  and r.precinct <> $unmapped\n"
        "group by all\norder by all"
    )
    parameters = {"after": after, "last": windows.all[1], "unmapped": UNMAPPED}
    return pd.DataFrame(features.select(sql, parameters))


def _outcomes(counted: pd.DataFrame, after: date) -> Iterator[dict[str, Any]]:
    for outcome in COLUMN_OF:
        common = {"outcome": outcome, **_sizes(counted, outcome)}
        verdict = _verdict(counted, outcome, after)
        interval = None if verdict else stratified_difference(_cells(counted, outcome))
        if interval is None:
            verdict = verdict or Verdict(Kind.NO_STRATUM)
            yield common | {"converged": False, **reason_columns(verdict)}
        else:
            yield common | _numbers(interval, protocol().margins[outcome])


def _sizes(counted: pd.DataFrame, outcome: str) -> dict[str, Any]:
    """What there is; of few officers nothing is counted but the contacts."""
    if counted.empty:
        return {"n_contacts": 0}
    officers = counted.loc[counted["is_named"], "officer"].nunique()
    sizes: dict[str, Any] = {"n_contacts": int(counted["n"].sum())}
    if officers < FEWEST_OFFICERS:
        return sizes
    return {
        **sizes,
        "last_date": pd.Timestamp(counted["last_date"].max()).date(),
        "n_certified": int(counted.loc[counted["exposed"] == 1, "n"].sum()),
        "n_officers": int(officers),
        "n_events": int(counted[outcome].sum()),
    }


def _verdict(counted: pd.DataFrame, outcome: str, after: date) -> Verdict | None:
    """Why there is nothing to compare yet; None if there is."""
    if counted.empty:
        return Verdict(Kind.NONE_YET, {"day": after.isoformat()})
    arms = {value: counted[counted["exposed"] == value] for value in (0, 1)}
    officers = [arm.loc[arm["is_named"], "officer"].nunique() for arm in arms.values()]
    if min(officers) < FEWEST_OFFICERS:
        return Verdict(Kind.FEW_OFFICERS, {"minimum": FEWEST_OFFICERS})
    cases = [
        {"value": value, "outcome": name, "n_events": int(n), "n_rows": int(arm["n"].sum())}
        for value, arm in arms.items()
        for name, n in ((f"no_{outcome}", arm["n"].sum() - arm[outcome].sum()), (outcome, arm[outcome].sum()))
        if n < MINIMUM_EVENTS
    ]
    facts = {"exposure": EXPOSURE, "minimum": MINIMUM_EVENTS, "cases": cases}
    return Verdict(Kind.TOO_FEW_EVENTS, facts) if cases else None


def _cells(counted: pd.DataFrame, outcome: str) -> RiskCells:
    """Cells of officer and stratum, each arm a column."""
    cluster, stratum = (pd.factorize(counted[name])[0].astype(np.int64) for name in ("officer", "stratum"))
    key, place = np.unique(stratum * (cluster.max() + 1) + cluster, return_inverse=True)
    exposed = counted["exposed"].to_numpy(dtype=np.int64)

    def by_arm(values: FloatArray) -> FloatArray:
        return np.bincount(2 * place + exposed, values, 2 * len(key)).reshape(-1, 2).astype(np.float64)

    events, rows = (by_arm(counted[name].to_numpy(dtype=np.float64)) for name in (outcome, "n"))
    return RiskCells(key // (cluster.max() + 1), key % (cluster.max() + 1), events, rows)


def _numbers(interval: Interval, of_interest: float) -> dict[str, Any]:
    low, high = confidence_sequence(interval.estimate, interval.std_error, of_interest)
    detectable = detectable_std_errors(interval.effective_clusters) * interval.std_error
    assert interval.effective_clusters is not None
    return {
        "risk_difference": float(interval.estimate),
        "risk_difference_conf_low": float(low),
        "risk_difference_conf_high": float(high),
        "one_look_low": float(interval.low),
        "one_look_high": float(interval.high),
        "narrowest_at": of_interest,
        "smallest_detectable_difference": float(detectable),
        "effective_clusters": float(interval.effective_clusters),
        "converged": True,
        **reason_columns(None),
    }
