"""Does it depend on the call? Certification by class of calls, and in three groups that were named beforehand.

For: how far the association differs between calls, and how much of that is chance.
Not for: picking out one class of calls: many are looked at, so that the most extreme one is mostly chance.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from cit_platform.inference.by_group import even_covariance, pairs_of, risk_differences
from cit_platform.inference.design import FloatArray
from cit_platform.inference.intervals import Interval, log_interval
from cit_platform.inference.partial_pooling import FEWEST_GROUPS, Limits, PartialPooling, partial_pooling
from cit_platform.inference.power import detectable_std_errors
from cit_platform.inference.verdict import Kind, Verdict
from cit_platform.modelling.by_group import ByGroup, GroupSizes, estimate_by_group
from cit_platform.modelling.features import Features
from cit_platform.modelling.specification import CALL_CLASS, CALL_RISK, Specification
from cit_platform.modelling.tidy import conform, reason_columns
from cit_platform.modelling.windows import Windows
from cit_platform.studies.force import PRIMARY
from cit_platform.studies.primary_outcomes import PRIMARY_OUTCOMES

# The groups in which certification is compared, named beforehand: calls of any other kind are one group.
GROUPS = ("violent", "suicide", "other")
GROUP_OF = dict.fromkeys(("crisis", "welfare", "disturbance", "unknown"), "other")


def call_detail(features: Features, agency: str, windows: Windows) -> pd.DataFrame:
    """The primary specification with certification split by the call, in the contract of `models/call_detail`.

    By class of calls the log odds ratios of force are pooled in part; by group the risk differences of each outcome
    stand, and those between groups. Both have a joint officer-clustered covariance.
    """
    classes = _classes(estimate_by_group(_with_classes(PRIMARY), features, windows, CALL_CLASS))
    rows = [_named(row, agency, PRIMARY) for row in classes]
    for specification in PRIMARY_OUTCOMES:
        groups = _groups(estimate_by_group(specification, features, windows, CALL_RISK, GROUP_OF))
        rows += [_named(row, agency, specification) for row in groups]
    return conform(rows, "models/call_detail")


def _named(row: dict[str, Any], agency: str, specification: Specification) -> dict[str, Any]:
    return {"agency": agency, "outcome": specification.outcomes[0].name, **row}


def _with_classes(specification: Specification) -> Specification:
    terms = tuple(CALL_CLASS if term is CALL_RISK else term for term in specification.terms)
    return replace(specification, terms=terms)


def _classes(found: ByGroup) -> Iterator[dict[str, Any]]:
    """The classes and, first, what they have in common."""
    window = _window(found)
    pooling = None
    if found.fit is not None and len(found.names) >= FEWEST_GROUPS:
        positions = found.positions()
        pooling = partial_pooling(found.fit.coefficients[positions, 0], _even(found))
    why = found.verdict or Verdict(Kind.FEW_GROUPS, {"n_groups": len(found.names), "minimum": FEWEST_GROUPS})
    whole = {"part": "all_classes", "level": "", **window, **_sizes_of_all(found)}
    yield whole | (_unknown(why) if pooling is None else _pooled(pooling))
    for place, name in enumerate(found.names):
        yield {"part": "class", "level": name, **window, **_sizes(found.sizes[name]), **_class(found, place, pooling)}
    yield from _refused(found, "class")


def _even(found: ByGroup) -> FloatArray:
    """The covariance by which the classes are weighed."""
    whole = found.data.diagnosis.design
    assert found.fit is not None
    assert found.design is not None
    assert whole is not None
    return even_covariance(found.fit, found.design, found.data.counts, whole, found.data.specification.exposure)


def _class(found: ByGroup, place: int, pooling: PartialPooling | None) -> dict[str, Any]:
    assert found.fit is not None
    at = found.positions()[place]
    contrast = np.eye(found.fit.coefficients.size)[[at]]
    clusters = None if found.fit.clusters_of is None else found.fit.clusters_of(contrast)
    interval = log_interval(np.exp(found.fit.coefficients[at]), found.fit.std_errors[at], clusters)
    row: dict[str, Any] = _ratio("odds_ratio", interval.estimate[0], interval.low[0], interval.high[0])
    if pooling is not None:
        shrunken = (np.exp(values[place]) for values in (pooling.shrunken, pooling.low, pooling.high))
        row |= dict(zip(_names("shrunken_odds_ratio"), map(float, shrunken), strict=True))
    return {**row, "converged": True, **reason_columns(None)}


def _pooled(pooling: PartialPooling) -> dict[str, Any]:
    mean, predicted = (_exponentiated(limits) for limits in (pooling.mean, pooling.predicted))
    return {
        **_ratio("odds_ratio", mean.value, mean.low, mean.high),
        **dict(zip(_names("spread"), (pooling.spread.value, pooling.spread.low, pooling.spread.high), strict=True)),
        "heterogeneity": pooling.q,
        "degrees": pooling.degrees,
        "i_squared": pooling.i_squared,
        "predicted_low": predicted.low,
        "predicted_high": predicted.high,
        "converged": True,
        **reason_columns(None),
    }


def _groups(found: ByGroup) -> Iterator[dict[str, Any]]:
    """The risk difference of each group, then those between groups, in the order in which the groups are named."""
    window, names = _window(found), [name for name in GROUPS if name in found.names]
    if found.fit is not None and found.design is not None:
        group = np.array([names.index(name) for name in found.names])[found.group]
        exposure = found.data.specification.exposure
        interval = risk_differences(found.fit, found.design, found.weights, exposure, group, names)
        for place, name in enumerate(names):
            row = {"part": "group", "level": name, **window, **_sizes(found.sizes[name])}
            yield row | _difference(interval, place)
        for place, pair in enumerate(pairs_of(len(names)), start=len(names)):
            one, other = (names[position] for position in pair)
            both = {"part": "difference", "level": f"{one} less {other}", **window}
            yield both | _sizes_of_two(found, one, other) | _difference(interval, place)
    yield from _refused(found, "group")


def _difference(interval: Interval, place: int) -> dict[str, Any]:
    clusters = None if interval.effective_clusters is None else interval.effective_clusters[place]
    values = (interval.estimate, interval.low, interval.high)
    return {
        **dict(zip(_names("risk_difference"), (float(each[place]) for each in values), strict=True)),
        "smallest_detectable_difference": float(detectable_std_errors(clusters) * interval.std_error[place]),
        "converged": True,
        **reason_columns(None),
    }


def _refused(found: ByGroup, part: str) -> Iterator[dict[str, Any]]:
    """Groups without a number; of few officers nothing is counted."""
    for name, verdict in found.refused.items():
        counted = name in found.sizes and verdict.kind is not Kind.FEW_OFFICERS
        sizes = _sizes(found.sizes[name]) if counted else {}
        yield {"part": part, "level": name, **_window(found), **sizes, **_unknown(verdict)}


def _unknown(verdict: Verdict) -> dict[str, Any]:
    return {"converged": False, **reason_columns(verdict)}


def _window(found: ByGroup) -> dict[str, Any]:
    return {"window_start": found.data.window[0], "window_end": found.data.window[1]}


def _sizes(size: GroupSizes) -> dict[str, int]:
    return {"n_contacts": size.contacts, "n_officers": size.officers, "n_events": size.events}


def _sizes_of_all(found: ByGroup) -> dict[str, int]:
    counted = [found.sizes[name] for name in found.names]
    if not counted:
        return {}
    return {"n_contacts": sum(size.contacts for size in counted), "n_events": sum(size.events for size in counted)}


def _sizes_of_two(found: ByGroup, one: str, other: str) -> dict[str, int]:
    sizes = [found.sizes[name] for name in (one, other)]
    return {"n_contacts": sum(size.contacts for size in sizes), "n_events": sum(size.events for size in sizes)}


def _names(column: str) -> tuple[str, str, str]:
    return column, f"{column}_conf_low", f"{column}_conf_high"


def _ratio(column: str, value: float, low: float, high: float) -> dict[str, float]:
    return {column: float(value), "conf_low": float(low), "conf_high": float(high)}


def _exponentiated(limits: Limits) -> Limits:
    return Limits(*(float(np.exp(value)) for value in (limits.value, limits.low, limits.high)))
