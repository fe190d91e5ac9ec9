"""Coverage, its Monte-Carlo error and the size of the tests, from the estimates of many cities."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from benchmarks.coverage.cities import CityDesign
from benchmarks.coverage.estimates import RISK_DIFFERENCE, Estimate
from benchmarks.coverage.large_city import large_city_values
from benchmarks.coverage.models import EXPOSURE, MODELS
from benchmarks.coverage.simulation import ANALYSES, Covariance, Quantity
from cit_platform.inference.design import FloatArray
from cit_platform.inference.intervals import Z

LOWEST, HIGHEST = 0.934, 0.966
# What certification is associated with, and a predictor that all contacts of an incident share.
JUDGED = (EXPOSURE, RISK_DIFFERENCE, "call_risk violent")
COVARIANCES: tuple[Covariance, ...] = ("model", "officer", "officer and incident")
LINE = ["design", "model", "unit", "outcome", "quantity"]


def summarise(design: CityDesign, cities: Sequence[dict[Quantity, Estimate]]) -> pd.DataFrame:
    """Judge the intervals of a design; one line for each estimand, unit and covariance.

    Returns:
        Columns `design, model, unit, outcome, quantity, covariance`; `own`, whether the covariance is the design's;
        `value`, of the large city; `mean` of the estimates; `coverage` of their 95 % intervals and its Monte-Carlo
        standard error `coverage_se`; `width`, mean of the intervals; `se_ratio`, the mean standard error over the
        standard deviation of the estimates; `size`, the share of cities in which the 5 % test rejects that
        certification has no coefficient where it has none (NaN where not asked); `cities`, their number.
    """
    own = {(a.model.name, a.unit, a.covariances[-1]) for a in ANALYSES[design.name] if not a.null}
    truth = {estimand: v for m in MODELS for estimand, v in large_city_values(design, m, null=False).items()}
    lines = []
    for quantity in (quantity for quantity in cities[0] if not quantity.null):
        estimand, value = quantity.estimand, truth[quantity.estimand]
        estimates, std_errors = _columns(cities, quantity)
        coverage = float(np.mean(np.abs(estimates - value) <= Z * std_errors))
        lines.append(
            {
                "design": design.name,
                "model": estimand.model,
                "unit": quantity.unit,
                "outcome": estimand.outcome,
                "quantity": estimand.quantity,
                "covariance": quantity.covariance,
                "own": (estimand.model, quantity.unit, quantity.covariance) in own,
                # A zero that the fit misses by rounding differs from machine to machine; this one does not.
                "value": round(value, 9) + 0.0,
                "mean": estimates.mean(),
                "coverage": coverage,
                "coverage_se": np.sqrt(coverage * (1 - coverage) / len(cities)),
                "width": 2 * Z * std_errors.mean(),
                "se_ratio": std_errors.mean() / estimates.std(ddof=1),
                "size": _size(cities, replace(quantity, null=True)) if estimand.quantity == EXPOSURE else np.nan,
                "cities": len(cities),
            }
        )
    return pd.DataFrame(lines)


def outside(summary: pd.DataFrame) -> pd.DataFrame:
    """Lines whose coverage must lie within the limits and does not."""
    judged = summary["own"] & summary["quantity"].isin(JUDGED)
    return summary[judged & ~summary["coverage"].between(LOWEST, HIGHEST)]


def table(summary: pd.DataFrame) -> str:
    """The judged estimands as a Markdown table; covariances side by side, the design's own in bold.

    Coverage and rejections in per cent, ± the Monte-Carlo standard error; risk differences per 1,000 contacts.
    """
    lines = [
        "| design | model | unit | outcome | estimate | large-city value | covers: model | officer | officer, incident "
        "| ± | SE ratio | rejects: model | officer |",
        "|---|---|---|---|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for key, group in summary[summary["quantity"].isin(JUDGED)].groupby(LINE, sort=False):
        own = group[group["own"]].iloc[0]
        value = f"{1000 * own['value']:.2f}" if own["quantity"] == RISK_DIFFERENCE else f"{own['value']:.3f}"
        covers = [_per_cent(group, covariance, "coverage") for covariance in COVARIANCES]
        rejects = [_per_cent(group, covariance, "size") for covariance in COVARIANCES[:2]]
        accuracy = [f"{100 * own['coverage_se']:.1f}", f"{own['se_ratio']:.3f}"]
        lines.append("| " + " | ".join([*map(str, key), value, *covers, *accuracy, *rejects]) + " |")
    return "\n".join(lines) + "\n"


def overall(summary: pd.DataFrame) -> str:
    """Coverage of all estimates with their design's own covariance, controls included, in one sentence."""
    coverage = 100 * summary.loc[summary["own"], "coverage"]
    return (
        f"The {len(coverage)} estimates with their design's own covariance, controls included, are covered in "
        f"{coverage.mean():.1f} % of cities on average, {coverage.min():.2f} % at the least, {coverage.max():.2f} % at "
        "the most."
    )


def _per_cent(group: pd.DataFrame, covariance: str, column: str) -> str:
    """A share of one covariance, in bold where coverage is that of the design's own; empty where there is none."""
    found = group[(group["covariance"] == covariance) & group[column].notna()]
    if found.empty:
        return ""
    words = f"{100 * found[column].iloc[0]:.1f}"
    return f"**{words}**" if column == "coverage" and found["own"].iloc[0] else words


def _size(cities: Sequence[dict[Quantity, Estimate]], quantity: Quantity) -> float:
    if quantity not in cities[0]:
        return float("nan")
    estimates, std_errors = _columns(cities, quantity)
    return float(np.mean(np.abs(estimates) > Z * std_errors))


def _columns(cities: Sequence[dict[Quantity, Estimate]], quantity: Quantity) -> tuple[FloatArray, FloatArray]:
    """Values and standard errors of one quantity in all cities."""
    return (
        np.array([city[quantity].value for city in cities]),
        np.array([city[quantity].std_error for city in cities]),
    )
