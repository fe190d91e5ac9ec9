"""Bias, coverage and size from the estimates of many cities, and their table."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtr

from benchmarks.measurement.questions import Estimate, Quantity
from benchmarks.measurement.switches import N_CONTACTS, Switch
from cit_platform.demonstration.known_values import CONTACTS_OF_THE_DEFAULT_CITY
from cit_platform.inference.intervals import Z

# Biases that no model of these records can remove.
UNMENDABLE = ("career curve", "recording by certification")
WAYS = {"published": "published", "officer_clustered": "by officer", "primary": "primary", "any_of": "any of"}

Cities = Sequence[Mapping[Quantity, Estimate]]


def summarise(
    switch: Switch, with_effect: Cities, without: Cities, values: Mapping[Quantity, float]
) -> list[dict[str, Any]]:
    """One line for each way of asking and outcome.

    Returns:
        `switch, way, outcome`; `causal_value` in the cities with effects; `bias`, mean estimate less that value, and
        its Monte-Carlo standard error `bias_se`; `std_dev` of the estimates; `coverage` of the 95 % intervals, of the
        value in cities with effects and of 0 in those without, together; `size`, the share of the latter in which the
        interval excludes 0 (NaN where there are none); `coverage_at_size`, what the bias alone would leave of 95 % in
        a city of the default size, whose standard error is smaller by the root of its contacts; `not_estimated` and
        `cities`, numbers over both.
    """
    return [_line(switch, quantity, value, with_effect, without) for quantity, value in values.items()]


def _line(switch: Switch, quantity: Quantity, value: float, with_effect: Cities, without: Cities) -> dict[str, Any]:
    effect, none = _columns(with_effect, quantity), _columns(without, quantity)
    found, null = effect[~np.isnan(effect[:, 0])], none[~np.isnan(none[:, 0])]
    covered = np.concatenate([_covers(found, value), _covers(null, 0.0)])
    bias, std_dev = float(found[:, 0].mean() - value), float(found[:, 0].std(ddof=1))
    return {
        "switch": switch.name,
        "way": quantity.way,
        "outcome": quantity.outcome,
        "causal_value": value,
        "bias": bias,
        "bias_se": std_dev / np.sqrt(len(found)),
        "std_dev": std_dev,
        "coverage": float(covered.mean()),
        "size": 1 - float(_covers(null, 0.0).mean()) if len(null) else np.nan,
        "coverage_at_size": _coverage_under(bias / std_dev * np.sqrt(CONTACTS_OF_THE_DEFAULT_CITY / N_CONTACTS)),
        "not_estimated": len(effect) + len(none) - len(found) - len(null),
        "cities": len(effect) + len(none),
    }


def _columns(cities: Cities, quantity: Quantity) -> np.ndarray:
    """Value and limits in all cities, (n, 3)."""
    found = [(city[quantity].value, city[quantity].low, city[quantity].high) for city in cities]
    return np.array(found, dtype=np.float64).reshape(-1, 3)


def _covers(found: np.ndarray, value: float) -> np.ndarray:
    covers: np.ndarray = (found[:, 1] <= value) & (value <= found[:, 2])
    return covers


def _coverage_under(shift: float) -> float:
    """Coverage of a 95 % interval whose centre is off by so many standard errors."""
    return float(ndtr(Z - shift) - ndtr(-Z - shift))


def table(summary: pd.DataFrame) -> str:
    """The summary as a Markdown table: a row per switch and outcome, the ways of asking side by side.

    Biases in log odds; coverage and size in per cent; ± is the Monte-Carlo standard error of the primary bias.
    """
    lines = [
        f"{summary['cities'].max():,} cities under each switch. {_in_short(summary)}",
        "",
        "| switch | outcome | causal value | bias: published | by officer | primary | any of | ± | covers: by officer "
        "| primary | any of | at size: primary | any of | size: published | by officer | primary | any of |",
        "|---|---|" + "---:|" * 15,
    ]
    for (switch, outcome), group in summary.groupby(["switch", "outcome"], sort=False):
        of = group.set_index("way")
        ways = [*WAYS] if "any_of" in of.index else [*WAYS][:-1]
        cells = [switch, outcome, f"{of.at['primary', 'causal_value']:.3f}"]
        cells += [f"{of.at[asked, 'bias']:+.3f}" if asked in ways else "" for asked in WAYS]
        cells += [f"{of.at['primary', 'bias_se']:.3f}"]
        cells += [_per_cent(of, asked, "coverage", ways) for asked in [*WAYS][1:]]
        cells += [_per_cent(of, asked, "coverage_at_size", ways) for asked in [*WAYS][2:]]
        cells += [_per_cent(of, asked, "size", ways) for asked in WAYS]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines) + "\n"


def _in_short(summary: pd.DataFrame) -> str:
    """The range of coverage and size that the primary way has where it should be right."""
    right = summary[(summary["way"] == "primary") & ~summary["switch"].isin(UNMENDABLE)]
    low, high = right[["coverage", "size"]].min() * 100, right[["coverage", "size"]].max() * 100
    covers, size = (f"{low[name]:.1f} to {high[name]:.1f} %" for name in low.index)
    return f"But for {' and '.join(f'`{name}`' for name in UNMENDABLE)}, the primary way covers {covers}, size {size}."


def _per_cent(of: pd.DataFrame, asked: str, column: str, ways: Sequence[str]) -> str:
    if asked not in ways or np.isnan(of.at[asked, column]):
        return ""
    return f"{100 * of.at[asked, column]:.1f}"
