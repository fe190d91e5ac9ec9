"""Made-up tables of the studies of years, calls, clusters and later contacts, under a chosen truth."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from typing import Any

from cit_platform.inference.verdict import Kind, Verdict
from cit_platform.modelling.tidy import reason_columns

Effects = dict[str, float] | None
Row = dict[str, Any]
Z = 1.959963984540054
BASE = {"force": 0.0165, "arrest": 0.09, "emergent_detention": 0.38, "referral": 0.14}
USABLE = (date(2016, 4, 1), date(2026, 10, 31))
WINDOW = {"window_start": USABLE[0], "window_end": USABLE[1]}
AGENCY = {"agency": "seattle"}
NOTHING = {"converged": False, **reason_columns(Verdict(Kind.NO_CONTRAST, {"n_rows": 4_000, "outcome": "no_force"}))}
KNOWN = {"converged": True, **reason_columns(None)}
STARTS = {
    **{"baseline": date(2015, 5, 15), "mark43": date(2019, 5, 15), "pandemic": date(2020, 3, 1)},
    **{"hb1310": date(2021, 7, 25), "hb1735": date(2022, 3, 4), "care": date(2023, 10, 1)},
}
YEARS = [(str(year), "legacy" if year < 2019 else "mark43") for year in (*range(2015, 2020), *range(2020, 2027))]


def _limits(name: str, value: float, error: float) -> Row:
    return {name: value, f"{name}_conf_low": value - Z * error, f"{name}_conf_high": value + Z * error}


def _counts(outcome: str, contacts: int, officers: int = 640) -> Row:
    return {"n_contacts": contacts, "n_officers": officers, "n_events": round(BASE[outcome] * contacts)}


def _difference(outcome: str, of: dict[str, float]) -> float:
    return BASE[outcome] * (1 - BASE[outcome]) * of[outcome]


def era(of: Effects) -> Iterator[Row]:
    """Rows of `models/era`."""
    for outcome, base in BASE.items():
        common = {**AGENCY, "outcome": outcome, "records_system": ""}
        risk = base if of else 0.0 if outcome == "force" else base
        for level, system in [*YEARS, ("2019", "legacy")]:
            row = common | {"part": "year", "level": level, "records_system": system}
            yield row | _limits("risk", risk, 0.0012) | _counts(outcome, 8_000) | KNOWN
        for level, starts in STARTS.items():
            row = common | {"part": "period", "level": level, "starts": starts}
            yield row | _limits("risk", risk, 0.0012) | _counts(outcome, 14_000) | KNOWN
        part = common | {"part": "certification"}
        if of is None:
            yield part | {"level": ""} | NOTHING
            continue
        for place, year in enumerate(range(2016, 2026)):
            value = _difference(outcome, of) + 0.0004 * (place % 3 - 1)
            numbers = _limits("risk_difference", value, 0.003) | _counts(outcome, 8_000) | KNOWN
            yield part | {"level": str(year)} | numbers
        few = Verdict(Kind.FEW_OFFICERS, {"minimum": 10})
        yield part | {"level": "2026", "converged": False, **reason_columns(few)}


def dependence(of: Effects) -> Iterator[Row]:
    """Rows of `models/dependence`."""
    clusters = {
        "officer": ("CV3", 1_021, 412.5, 1.0, 1.27),
        "squad": ("CV3", 151, 38.2, 1.21, 1.74),
        "incident": ("CR1", 77_000, 28_000.0, 0.94, 1.02),
        "officer+incident": ("CR1", 1_021, 412.5, 1.01, 1.29),
    }
    for outcome in BASE:
        for clustering, (correction, n, effective, ratio, deff) in clusters.items():
            row = {**AGENCY, **WINDOW, "outcome": outcome, "clustering": clustering, "correction": correction}
            row |= _counts(outcome, 86_254, 1_021) | {"n_rows": 86_254}
            if of is None:
                yield row | NOTHING
                continue
            value, error = of[outcome], 0.06 * ratio
            yield {
                **row,
                **{"estimate": value, "std_error": error, "std_error_cr1": error * 0.98},
                "odds_ratio": math.exp(value),
                "conf_low": math.exp(value - Z * error),
                "conf_high": math.exp(value + Z * error),
                **{"n_clusters": n, "effective_clusters": effective, "design_effect": deff, "interval_ratio": ratio},
                **KNOWN,
            }


def call_detail(of: Effects) -> Iterator[Row]:
    """Rows of `models/call_detail`."""
    force = {**AGENCY, **WINDOW, "outcome": "force"}
    whole = force | {"part": "all_classes", "level": ""}
    if of is None:
        yield whole | NOTHING
        return
    classes = {"behavioral_crisis": 30_000, "suicide": 18_000, "assault": 9_000, "weapon": 2_500}
    yield (
        whole
        | _counts("force", 59_500, 990)
        | _ratio("odds_ratio", of["force"], 0.07)
        | KNOWN
        | {
            **_limits("spread", 0.05, 0.0),
            **{"spread_conf_low": 0.0, "spread_conf_high": 0.14, "heterogeneity": 2.1, "degrees": 3, "i_squared": 0.0},
            **{"predicted_low": math.exp(of["force"] - 0.2), "predicted_high": math.exp(of["force"] + 0.2)},
        }
    )
    for place, (level, contacts) in enumerate(classes.items()):
        alone = _ratio("odds_ratio", of["force"] + 0.1 * (place % 2), 0.15)
        drawn = _ratio("shrunken_odds_ratio", of["force"] + 0.02 * (place % 2), 0.08)
        yield force | {"part": "class", "level": level} | _counts("force", contacts) | alone | drawn | KNOWN
    few = Verdict(Kind.FEW_OFFICERS, {"minimum": 10})
    yield force | {"part": "class", "level": "public_order", "converged": False, **reason_columns(few)}
    for outcome in BASE:
        yield from _groups(outcome, of)


def _groups(outcome: str, of: dict[str, float]) -> Iterator[Row]:
    common = {**AGENCY, **WINDOW, "outcome": outcome}
    value = {"violent": 3.0, "suicide": 0.4, "other": 0.8}
    of_group = {name: times * _difference(outcome, of) for name, times in value.items()}
    for name, difference in of_group.items():
        row = common | {"part": "group", "level": name, "smallest_detectable_difference": 0.004}
        yield row | _counts(outcome, 20_000) | _limits("risk_difference", difference, 0.0015) | KNOWN
    for one, other in (("violent", "suicide"), ("violent", "other"), ("suicide", "other")):
        row = common | {"part": "difference", "level": f"{one} less {other}", "smallest_detectable_difference": 0.006}
        apart = _limits("risk_difference", of_group[one] - of_group[other], 0.002)
        yield row | _counts(outcome, 40_000) | apart | KNOWN


def _ratio(name: str, value: float, error: float) -> Row:
    ends = ("conf_low", "conf_high") if name == "odds_ratio" else (f"{name}_conf_low", f"{name}_conf_high")
    return {
        name: math.exp(value),
        ends[0]: math.exp(value - Z * error),
        ends[1]: math.exp(value + Z * error),
    }


def prospective(of: Effects) -> Iterator[Row]:
    """Rows of `models/prospective`: with no truth, none yet."""
    for outcome in BASE:
        for measure in ("crude", "stratified"):
            row = {**AGENCY, "outcome": outcome, "measure": measure, "protocol_date": date(2026, 11, 27)}
            if of is None:
                none = Verdict(Kind.NONE_YET, {"day": "2026-11-27"})
                yield row | {"n_contacts": 0, "converged": False, **reason_columns(none)}
                continue
            difference = _difference(outcome, of)
            yield {
                **row,
                **{"last_date": date(2027, 11, 30), "n_certified": 5_900, **_counts(outcome, 9_000, 600)},
                **_limits("risk_difference", difference, 0.0028),
                **{"one_look_low": difference - 0.0033, "one_look_high": difference + 0.0033, "narrowest_at": 0.002},
                **{"smallest_detectable_difference": 0.0045, "effective_clusters": 210.0},
                **KNOWN,
            }
