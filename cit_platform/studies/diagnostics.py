"""Can the estimates of the protocol be shown? Balance, overlap, clusters, detectable sizes and calibration of each.

For: the gates of the protocol: an estimate that does not pass one is kept off the page, which says so.
Not for: hidden differences between the arms: no diagnostic here sees what is not recorded.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cit_platform.inference.balance import Balance, balance
from cit_platform.inference.calibration import calibration_table
from cit_platform.inference.design import FloatArray
from cit_platform.inference.detectable import DetectableRatios, detectable_ratios
from cit_platform.inference.intervals import Z
from cit_platform.inference.overlap import Overlap, overlap
from cit_platform.inference.verdict import Kind, Verdict
from cit_platform.modelling.estimation import Estimation, estimate, estimate_all
from cit_platform.modelling.features import Features
from cit_platform.modelling.specification import Specification
from cit_platform.modelling.tidy import conform, count_columns, reason_columns
from cit_platform.modelling.windows import Windows
from cit_platform.studies.protocol import Threshold, protocol
from cit_platform.studies.protocol.specifications import specifications_of, standing

FEWEST_CONTROLS = 5
EVENTS_PER_COEFFICIENT = 10


@dataclass(frozen=True)
class Found:
    """What one diagnostic shows; `term` is the covariate of a balance, `judged` what is held against the threshold."""

    diagnostic: str
    value: float
    term: str = ""
    low: float = np.nan
    high: float = np.nan
    judged: float | None = None
    verdict: Verdict | None = None


def diagnostics(
    features: Features, agency: str, windows: Windows, negative_controls: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Every diagnostic of every specification that the protocol lays down, in the contract of `models/diagnostics`.

    Where there is no estimate, the reason stands in place of its diagnostics, and nothing passes or fails.

    Args:
        features: the feature tables.
        agency: police department.
        windows: report dates to analyse.
        negative_controls: a table whose `expected_absolute_error`, in log odds, is that of all its rows; null, or no
            table, where too few controls give none.
    """
    systematic_error = _systematic_error(negative_controls)
    rows: list[dict[str, Any]] = []
    for estimation in estimate_all(specifications_of(protocol()), features, windows):
        shared = None if _without_numbers(estimation) else _Shared.of(estimation)
        for outcome in estimation.specification.outcomes:
            found = (
                _nothing(estimation)
                if shared is None
                else [*shared.found, systematic_error, *_of_outcome(shared, outcome.name)]
            )
            rows += [_row(estimation, outcome.name, each, agency) for each in found]
    return conform(rows, "models/diagnostics")


def headline_numbers(frame: pd.DataFrame) -> dict[str, float]:
    """How many estimates are kept off the page, for the UI to plot over time."""
    failed = frame[frame["gate"] & (frame["passes"] == False)]  # noqa: E712 - a column with nulls
    return {"estimates beyond a gate": float(len(failed[["model", "variant", "outcome"]].drop_duplicates()))}


def reason_against_variants(
    specification: Specification, features: Features, windows: Windows, diagnostics: pd.DataFrame
) -> Verdict | None:
    """Why an estimate is not asked in hundreds of other ways: it has no number, a gate fails, or events are too few.

    Ten events per coefficient are asked for: with fewer, what choices do is not told from what separation does.

    Source: Peduzzi et al. (1996), Journal of Clinical Epidemiology 49, 1373-1379 (events per variable).
    """
    gates = gates_of(diagnostics, specification)
    if gates:
        return Verdict(Kind.BEYOND_A_GATE, {"gates": gates})
    estimation = estimate(specification, features, windows)
    if estimation.fit is None or estimation.verdict:
        return estimation.verdict
    events = int(estimation.data.counts.sum(axis=0).min())
    asked = EVENTS_PER_COEFFICIENT * len(estimation.fit.columns)
    return Verdict(Kind.FEW_EVENTS_PER_COEFFICIENT, {"n_events": events, "minimum": asked}) if events < asked else None


def gates_of(diagnostics: pd.DataFrame, specification: Specification) -> list[str]:
    """The gates that the specification's estimate fails, by the table of this study."""
    [outcome] = specification.outcomes
    asked = diagnostics[["model", "variant", "outcome"]] == [specification.model, specification.variant, outcome.name]
    failed = asked.all(axis=1) & diagnostics["gate"] & (diagnostics["passes"] == False)  # noqa: E712 - has nulls
    return [str(name) for name in diagnostics.loc[failed.fillna(value=False), "diagnostic"]]


def _systematic_error(negative_controls: pd.DataFrame | None) -> Found:
    known = [] if negative_controls is None else negative_controls["expected_absolute_error"].dropna().tolist()
    if known:
        return Found("systematic_error", float(known[0]))
    return Found("systematic_error", np.nan, verdict=Verdict(Kind.NOT_CALIBRATED, {"minimum": FEWEST_CONTROLS}))


def _without_numbers(estimation: Estimation) -> bool:
    return bool(estimation.verdict) or estimation.fit is None or estimation.design is None


def _nothing(estimation: Estimation) -> list[Found]:
    return [Found(name, np.nan, verdict=estimation.verdict) for name in protocol().thresholds]


def _row(estimation: Estimation, outcome: str, found: Found, agency: str) -> dict[str, Any]:
    specification, threshold = estimation.specification, protocol().thresholds[found.diagnostic]
    counts = count_columns(estimation, outcome)
    return {
        "agency": agency,
        "model": specification.model,
        "variant": specification.variant,
        "outcome": outcome,
        "standing": standing(specification),
        "diagnostic": found.diagnostic,
        "term": found.term,
        "value": found.value,
        "value_conf_low": found.low,
        "value_conf_high": found.high,
        "bound": threshold.bound,
        "threshold": threshold.value,
        "gate": threshold.gate,
        "passes": _passes(found, threshold),
        **{name: counts[name] for name in ("n_contacts", "n_officers", "n_events")},
        **reason_columns(found.verdict),
    }


def _passes(found: Found, threshold: Threshold) -> bool | None:
    if found.verdict is not None:
        return None
    return threshold.passes(found.value if found.judged is None else found.judged)


@dataclass(frozen=True, eq=False)
class _Shared:
    """What all outcomes of a fit have in common: the diagnostics of its arms, and what it could have found."""

    estimation: Estimation
    found: tuple[Found, ...]
    detectable: DetectableRatios

    @classmethod
    def of(cls, estimation: Estimation) -> "_Shared":
        fit, design, data = estimation.fit, estimation.design, estimation.data
        assert fit is not None
        assert design is not None
        exposure, rows = data.specification.exposure, data.counts.sum(axis=1)
        exposed = design.matrix[:, design.positions(exposure)[0]] == 1
        arms = overlap(design.without(design.positions(exposure)), np.column_stack([rows * ~exposed, rows * exposed]))
        whole = data.patterns.counts.sum()
        found = (
            *_balances(estimation, exposed),
            *_overlaps(arms),
            Found("left_out", float(1.0 - rows.sum() / whole)),
        )
        return cls(estimation, found, detectable_ratios(fit, design, rows, exposure))


def _overlaps(arms: Overlap) -> Iterator[Found]:
    yield Found("overlap", arms.equipoise, verdict=arms.verdict)
    yield Found("effective_n", arms.effective_rows, verdict=arms.verdict)


def _balances(estimation: Estimation, exposed: Any) -> Iterator[Found]:
    """The balance of every categorical covariate and indicator, counted by officer, arm and level."""
    data, cells = estimation.data, estimation.data.kept_cells
    predictors = data.patterns.predictors.of_rows(data.diagnosis.kept)
    officer, arm, rows = cells.clusters[:, 0], exposed[cells.pattern].astype(np.int64), cells.rows
    for term in data.specification.terms:
        if term.name == data.specification.exposure or term.kind == "number":
            continue
        if term.categorical:
            codes, n_levels = predictors.factors[term.name].codes, len(predictors.factors[term.name].levels)
        else:
            codes, n_levels = predictors.numbers[term.name].astype(np.int64), 2
        shape = (int(officer.max()) + 1, 2, n_levels)
        place = np.ravel_multi_index((officer, arm, codes[cells.pattern]), shape)
        counts = np.bincount(place, rows, int(np.prod(shape))).reshape(shape)
        yield _balance(term.name, balance(counts.astype(np.float64)))


def _balance(term: str, found: Balance) -> Found:
    return Found("balance", found.estimate, term, found.low, found.high, judged=found.low)


def _of_outcome(shared: _Shared, outcome: str) -> Iterator[Found]:
    fit, design, data = shared.estimation.fit, shared.estimation.design, shared.estimation.data
    assert fit is not None
    assert design is not None
    place = fit.outcomes.index(outcome)
    at = (design.positions(data.specification.exposure)[0], place - 1)
    clusters = fit.effective_clusters
    yield Found("effective_clusters", np.nan if clusters is None else float(clusters[at]))
    yield Found("detectable_above", float(shared.detectable.above[at]))
    yield Found("detectable_below", float(shared.detectable.below[at]))
    tenths = calibration_table(fit, design, data.kept_cells, outcome=place)
    apart = np.array([abs(tenth.observed.estimate - tenth.expected) for tenth in tenths])
    chance = np.array([Z * tenth.std_error for tenth in tenths])
    yield Found("calibration", _beyond_chance(apart, chance) / float(data.counts[:, place].sum() / data.counts.sum()))


def _beyond_chance(apart: FloatArray, chance: FloatArray) -> float:
    """The largest part of a difference that its standard error does not explain; 0 where none is known."""
    return float(np.nan_to_num(np.maximum(apart - chance, 0.0)).max())
