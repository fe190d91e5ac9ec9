"""When? Force and dispositions by year, records system and policy period, and certification within each year.

For: seeing what changed over time for everyone, and whether the association is of one time only. Shown, not tested.
Not for: what a law or a service did: nothing here is compared with a place where it did not come.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from cit_platform.codebook import codebook_files, codebook_rows
from cit_platform.inference.by_group import risk_differences
from cit_platform.inference.proportions import proportion
from cit_platform.inference.verdict import Kind, Verdict
from cit_platform.modelling.by_group import FEWEST_OFFICERS, ByGroup, GroupSizes, estimate_by_group
from cit_platform.modelling.counts import OFFICER
from cit_platform.modelling.features import Features
from cit_platform.modelling.specification import YEAR
from cit_platform.modelling.tidy import conform, reason_columns
from cit_platform.modelling.windows import Windows
from cit_platform.studies.primary_outcomes import PRIMARY_OUTCOMES

COLUMN_OF = {specification.outcomes[0].name: specification.column for specification in PRIMARY_OUTCOMES}
FEW_OFFICERS = Verdict(Kind.FEW_OFFICERS, {"minimum": FEWEST_OFFICERS})


def era(features: Features, agency: str, windows: Windows) -> pd.DataFrame:
    """Risks by year and period in all quarters, and differences by year where certification is usable.

    In the contract of `models/era`. The differences are those of one fit of the primary specification per outcome, with
    certification split by year; nothing tests whether they are equal.
    """
    starts = {
        row["period"]: date.fromisoformat(row["start"]) for row in codebook_rows(codebook_files(agency)["periods"])
    }
    rows = [*_by_year(features, windows), *_by_period(features, windows, starts)]
    for specification in PRIMARY_OUTCOMES:
        outcome = specification.outcomes[0].name
        found = estimate_by_group(specification, features, windows, YEAR)
        rows += [{"outcome": outcome, "records_system": "", **row} for row in _certification(found)]
    return conform([{"agency": agency, **row} for row in rows], "models/era")


def _by_year(features: Features, windows: Windows) -> Iterator[dict[str, Any]]:
    counted = _counted(features, windows, "cast(r.year as varchar)", "r.records_system")
    for (level, system), part in counted.groupby(["level", "records_system"]):
        yield from _risks(part, {"part": "year", "level": level, "records_system": system})


def _by_period(features: Features, windows: Windows, starts: dict[str, date]) -> Iterator[dict[str, Any]]:
    counted = _counted(features, windows, "r.period", "''")
    for level, part in counted.groupby("level"):
        named = {"part": "period", "level": level, "records_system": "", "starts": starts.get(str(level))}
        yield from _risks(part, named)


def _counted(features: Features, windows: Windows, level: str, system: str) -> pd.DataFrame:
    """Contacts and events of each outcome by level and officer."""
    sums = ", ".join(f"sum(r.{column}) as {outcome}" for outcome, column in COLUMN_OF.items())
    sql = (
        f"select {level} as level, {system} as records_system, {OFFICER} as officer,\n"
        f"  r.officer_key is not null as is_named, count(*) as n, {sums}\n"
        "from features.contacts r\nwhere r.reported_date between $first and $last\ngroup by all\norder by all"
    )
    return pd.DataFrame(features.select(sql, {"first": windows.all[0], "last": windows.all[1]}))


def _risks(counted: pd.DataFrame, named: dict[str, Any]) -> Iterator[dict[str, Any]]:
    n_officers = int(counted["is_named"].sum())
    contacts = counted["n"].to_numpy(dtype=np.float64)
    for outcome in COLUMN_OF:
        if n_officers < FEWEST_OFFICERS:
            yield {**named, "outcome": outcome, "converged": False, **reason_columns(FEW_OFFICERS)}
            continue
        risk = proportion(counted[outcome].to_numpy(dtype=np.float64), contacts)
        yield {
            **named,
            "outcome": outcome,
            **_limits("risk", (risk.estimate, risk.low, risk.high)),
            **{"n_contacts": risk.n_rows, "n_officers": n_officers, "n_events": risk.n_events},
            "converged": True,
            **reason_columns(None),
        }


def _certification(found: ByGroup) -> Iterator[dict[str, Any]]:
    """The difference of each year; a single row without a year where there is none at all."""
    part = {"part": "certification"}
    if found.fit is None or found.design is None:
        yield {**part, "level": "", "converged": False, **reason_columns(found.verdict)}
        return
    exposure = found.data.specification.exposure
    interval = risk_differences(found.fit, found.design, found.weights, exposure, found.group, found.names)
    for place, name in enumerate(found.names):
        values = (float(each[place]) for each in (interval.estimate, interval.low, interval.high))
        row = {**part, "level": name, **_limits("risk_difference", tuple(values)), **_sizes(found.sizes[name])}
        yield {**row, "converged": True, **reason_columns(None)}
    for name, verdict in found.refused.items():
        counted = name in found.sizes and verdict.kind is not Kind.FEW_OFFICERS
        sizes = _sizes(found.sizes[name]) if counted else {}
        yield {**part, "level": name, **sizes, "converged": False, **reason_columns(verdict)}


def _sizes(size: GroupSizes) -> dict[str, int]:
    return {"n_contacts": size.contacts, "n_officers": size.officers, "n_events": size.events}


def _limits(column: str, values: tuple[float, ...]) -> dict[str, float]:
    return dict(zip((column, f"{column}_conf_low", f"{column}_conf_high"), values, strict=True))
