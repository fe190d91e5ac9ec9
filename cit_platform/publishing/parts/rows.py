"""Rows of a table as plain Python values, and the choice of the fit that speaks for a model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from cit_platform.printable import printable
from cit_platform.publishing.parts import wording

if TYPE_CHECKING:
    import pandas as pd

Row = dict[str, Any]

# The first of these roles that a model has speaks for it; the others stand beside it.
SPEAKING_ROLES = ("headline", "ladder", "published")
# Asked in other ways, to see whether the answer moves; none of them speaks for the model.
OTHER_ROLES = ("sensitivity",)


def plain_rows(frame: pd.DataFrame) -> list[Row]:
    """Rows of `frame` in its order as dictionaries, every missing value None."""
    names = [str(name) for name in frame.columns]
    columns = (plain_values(frame[name]) for name in frame.columns)
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def plain_values(series: pd.Series[Any]) -> list[Any]:
    """Values of a column as plain Python values, every missing one None; text is printable, whoever wrote it."""
    values, gone = series.tolist(), series.isna().tolist()
    # Few texts of a column differ, and most columns hold none.
    texts = {value: printable(value) for value in set(values) if isinstance(value, str)}
    if texts:
        values = [texts.get(value, value) for value in values]
    return [None if is_gone else value for value, is_gone in zip(values, gone, strict=True)] if any(gone) else values


def fits(estimates: pd.DataFrame, model: str, roles: Sequence[str] = SPEAKING_ROLES) -> dict[str, list[Row]]:
    """Rows of one model by variant, those of `roles` in their order; of several windows the longest one."""
    rows = plain_rows(estimates[estimates["model"] == model])
    return {variant: _longest(rows, variant) for variant in variants_of(rows, roles)}


def headline_fit(estimates: pd.DataFrame, model: str) -> list[Row]:
    """Rows of the variant that speaks for one model; empty if the model has no rows."""
    return next(iter(fits(estimates, model).values()), [])


def variants_of(rows: Iterable[Row], roles: Sequence[str] = SPEAKING_ROLES) -> list[str]:
    """Variants that have one of `roles`, in the order of these; within a role as their words are listed."""
    role_of = {row["variant"]: row["role"] for row in rows}
    listed = [*wording.known_words("variant"), *role_of]
    chosen = [variant for variant, role in role_of.items() if role in roles]
    return sorted(chosen, key=lambda variant: (roles.index(role_of[variant]), listed.index(variant)))


def speaking(rows: Sequence[Row]) -> list[Row]:
    """Rows of the variant that speaks among those given; empty where none does."""
    first = next(iter(variants_of(rows)), None)
    return [row for row in rows if row["variant"] == first]


def certification(rows: Iterable[Row], outcome: str) -> Row | None:
    """The certification row of one outcome, None if there is none."""
    return next((row for row in rows if row["term"] == "cit_certified" and row["outcome"] == outcome), None)


def estimated(row: Row | None, value: str = "odds_ratio") -> bool:
    """Whether `row` holds a number with both limits of its interval."""
    if row is None or not row.get("converged", True):
        return False
    plain = value in ("odds_ratio", "ratio", "estimate")
    low, high = ("conf_low", "conf_high") if plain else (f"{value}_conf_low", f"{value}_conf_high")
    return all(row[name] is not None for name in (value, low, high))


def _longest(rows: Sequence[Row], variant: str) -> list[Row]:
    mine = [row for row in rows if row["variant"] == variant]
    windows = {(row["window_start"], row["window_end"]) for row in mine}
    chosen = max(windows, key=lambda window: (window[1] - window[0], window))
    return [row for row in mine if (row["window_start"], row["window_end"]) == chosen]
