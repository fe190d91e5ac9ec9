"""Rows of a table as plain Python values, and the choice of the fit that speaks for a model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

Row = dict[str, Any]

# The strictest variant of this release speaks for a model; the others stand beside it.
VARIANT_ORDER = ("officer_clustered", "contact_level", "published")
# Force asked in other ways; none of them speaks for the model.
OTHER_VARIANTS = ("two_way", "incident_clustered", "year_effects", "era_adjusted", "fine_call_types", "firth")


def plain_rows(frame: pd.DataFrame) -> list[Row]:
    """Rows of `frame` in its order as dictionaries, every missing value None."""
    names = [str(name) for name in frame.columns]
    columns = (plain_values(frame[name]) for name in frame.columns)
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def plain_values(series: pd.Series[Any]) -> list[Any]:
    """Values of a column as plain Python values, every missing one None."""
    return [None if gone else value for value, gone in zip(series.tolist(), series.isna().tolist(), strict=True)]


def fits(estimates: pd.DataFrame, model: str, variants: Sequence[str] = VARIANT_ORDER) -> dict[str, list[Row]]:
    """Rows of one model by variant, those of `variants` in their order; of several windows the longest one."""
    rows = [row for row in plain_rows(estimates) if row["model"] == model]
    present = {row["variant"] for row in rows}
    return {variant: _longest(rows, variant) for variant in variants if variant in present}


def headline_fit(estimates: pd.DataFrame, model: str) -> list[Row]:
    """Rows of the strictest variant of one model; empty if the model has no rows."""
    return next(iter(fits(estimates, model).values()), [])


def certification(rows: Iterable[Row], outcome: str) -> Row | None:
    """The certification row of one outcome, None if there is none."""
    return next((row for row in rows if row["term"] == "cit_certified" and row["outcome"] == outcome), None)


def estimated(row: Row | None, value: str = "odds_ratio") -> bool:
    """Whether `row` holds a number with both limits of its interval."""
    if row is None or not row.get("converged", True):
        return False
    plain = value in ("odds_ratio", "ratio")
    low, high = ("conf_low", "conf_high") if plain else (f"{value}_conf_low", f"{value}_conf_high")
    return all(row[name] is not None for name in (value, low, high))


def _longest(rows: Sequence[Row], variant: str) -> list[Row]:
    mine = [row for row in rows if row["variant"] == variant]
    windows = {(row["window_start"], row["window_end"]) for row in mine}
    chosen = max(windows, key=lambda window: (window[1] - window[0], window))
    return [row for row in mine if (row["window_start"], row["window_end"]) == chosen]
