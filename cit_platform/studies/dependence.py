"""What may be alike? The primary odds ratio with intervals by officer, squad, incident, and officer and incident.

For: seeing how far the interval moves with what contacts are allowed to share, and how many clusters tell of it.
Not for: choosing the narrowest: by officer is the one laid down; a wider one says what it leaves out.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from cit_platform.inference.covariance import clustered, two_way
from cit_platform.inference.design import Design
from cit_platform.inference.effective_clusters import effective_clusters
from cit_platform.inference.fit import Fit
from cit_platform.inference.intervals import Interval, log_interval
from cit_platform.inference.jackknife import jackknifed, one_step_jackknife
from cit_platform.inference.patterns import ClusterCounts
from cit_platform.inference.power import design_effect
from cit_platform.inference.verdict import Verdict
from cit_platform.modelling.counts import sizes_statement
from cit_platform.modelling.estimation import GroupedData, fit_model, prepare
from cit_platform.modelling.features import Features
from cit_platform.modelling.specification import EXPOSURE, Specification
from cit_platform.modelling.tidy import conform, reason_columns
from cit_platform.modelling.windows import Windows
from cit_platform.studies.feasibility import refusal
from cit_platform.studies.primary_outcomes import PRIMARY_OUTCOMES

TWO_WAY = "officer+incident"
CLUSTERINGS = ("officer", "squad", "incident", TWO_WAY)
# Incidents are too many to leave out one by one, and so many that nothing is to be corrected.
JACKKNIFED = ("officer", "squad")


@dataclass(frozen=True, eq=False)
class _Clustered:
    """The fit under one clustering: by CR1, and as it is printed; effective clusters of the exposure."""

    sandwich: Fit
    printed: Fit
    effective: float


def dependence(features: Features, agency: str, windows: Windows, feasibility: pd.DataFrame) -> pd.DataFrame:
    """The exposure of each primary outcome under each clustering, in the contract of `models/dependence`.

    All stand on the same rows: a level whose rows all share one officer, squad or incident leaves before anything is
    fitted. Widths are compared under the same correction. Where `models/feasibility` switches two ways off, they have
    that as their reason.
    """
    off = refusal(feasibility, "two_way")
    rows = [{"agency": agency, **row} for each in PRIMARY_OUTCOMES for row in _rows(each, features, windows, off)]
    return conform(rows, "models/dependence")


def _rows(
    primary: Specification, features: Features, windows: Windows, two_way_off: Verdict | None
) -> Iterator[dict[str, Any]]:
    data = prepare(replace(primary, covariance="officer+squad+incident"), features, windows)
    fit, design = fit_model(data), data.diagnosis.design
    verdict = data.diagnosis.verdict if fit is None else fit.verdict
    common = _common(data, features)
    found = {} if fit is None or design is None or verdict else dict(_clusterings(data, fit, design))
    for clustering in CLUSTERINGS:
        correction = "CV3" if clustering in JACKKNIFED else "CR1"
        row = {**common, "clustering": clustering, "correction": correction}
        each = found.get(clustering)
        why = verdict if each is None else each.printed.verdict
        why = why or (two_way_off if clustering == TWO_WAY else None)
        if why or fit is None or each is None:
            yield row | {"converged": False, **reason_columns(why)}
        else:
            yield row | _numbers(fit, each, found["officer"], correction)


def _common(data: GroupedData, features: Features) -> dict[str, Any]:
    specification = data.specification
    sizes = features.select(*sizes_statement(specification, data.window, data.diagnosis.left_out))
    counts = data.counts
    return {
        "outcome": specification.outcomes[0].name,
        "window_start": data.window[0],
        "window_end": data.window[1],
        "n_rows": round(counts.sum()),
        "n_contacts": int(sizes["contacts"][0]),
        "n_officers": int(sizes["officers"][0]),
        "n_events": round(counts[:, 1].sum()),
    }


def _clusterings(data: GroupedData, fit: Fit, design: Design) -> Iterator[tuple[str, _Clustered]]:
    """The fit under each clustering; of the cells' codes each takes its own."""
    cells, names = data.kept_cells, data.specification.clusterings
    contrast = np.eye(fit.coefficients.size)[design.positions(data.specification.exposure)]
    for clustering in CLUSTERINGS:
        parts = clustering.split("+")
        alone = [_of(cells, [names.index(part)]) for part in parts]
        numbers = [effective_clusters(design.matrix, fit.coefficients, fit.covariance, each) for each in alone]
        if len(parts) == 2:
            sandwich = two_way(fit, design, _of(cells, [names.index(part) for part in parts]))
        else:
            sandwich = clustered(fit, design, alone[0])
        printed = sandwich
        if clustering in JACKKNIFED and sandwich.converged:
            printed = jackknifed(fit, design, alone[0], one_step_jackknife(fit, design, alone[0]))
        yield clustering, _Clustered(sandwich, printed, min(float(number(contrast)[0]) for number in numbers))


def _of(cells: ClusterCounts, columns: list[int]) -> ClusterCounts:
    return ClusterCounts(cells.pattern, cells.counts, cells.clusters[:, columns])


def _numbers(fit: Fit, found: _Clustered, officer: _Clustered, correction: str) -> dict[str, Any]:
    [at] = [i for i, column in enumerate(fit.columns) if column.term == EXPOSURE]
    interval = _interval(found.printed, at, found.effective)
    beside = officer.printed if correction == "CV3" else officer.sandwich
    width = np.nan
    if beside.converged:
        width = _log_width(interval) / _log_width(_interval(beside, at, officer.effective))
    sandwich_error = float(found.sandwich.std_errors[at, 0])
    remark: tuple[Verdict, ...] = () if found.sandwich.remark is None else (found.sandwich.remark,)
    return {
        "estimate": float(fit.coefficients[at, 0]),
        "std_error": float(found.printed.std_errors[at, 0]),
        "odds_ratio": float(interval.estimate),
        "conf_low": float(interval.low),
        "conf_high": float(interval.high),
        "std_error_cr1": sandwich_error,
        "n_clusters": found.printed.n_clusters,
        "effective_clusters": found.effective,
        "design_effect": design_effect(sandwich_error, float(fit.std_errors[at, 0])),
        "interval_ratio": width,
        "converged": True,
        **reason_columns(None, remark),
    }


def _interval(fit: Fit, at: int, effective: float) -> Interval:
    """By t on the effective clusters where the fit is a jackknife's."""
    clusters = None if fit.clusters_of is None else np.asarray(effective)
    return log_interval(np.exp(fit.coefficients[at, 0]), fit.std_errors[at, 0], clusters)


def _log_width(interval: Interval) -> float:
    return float(np.log(interval.high) - np.log(interval.low))
