"""What does dependence between rows do to the interval, and to the published p-value?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.finding import (
    NO_COMPARISON,
    Finding,
    listed,
    n_words,
    not_estimated,
    row_key,
    rows_of,
)
from cit_platform.publishing.parts.rows import Row, plain_rows
from cit_platform.publishing.parts.topic import Content, Tables, topic

if TYPE_CHECKING:
    import pandas as pd

LADDER = "models/ladder"
DESIGN_EFFECT = "design_effect"


@topic(LADDER)
def design_effect(tables: Tables, provenance: FigureProvenance) -> Content:
    """How many times as large the variance is once the rows of one officer may be alike.

    For: judging what an interval that takes rows as independent leaves out.
    Not for: the size of the association, which dependence does not move.
    """
    return Content(findings=(dependence(tables[LADDER], provenance.demonstration),))


def dependence(frame: pd.DataFrame, demonstration: bool) -> Finding:
    """What dependence between rows does to the variance, and what the published p-value would then be."""
    key, what = DESIGN_EFFECT, "Design effect of the published way of counting"
    steps = plain_rows(frame)
    row = next((row for row in steps if row["role"] == "published"), None)
    strictest = next((row["step"] for row in steps if row["role"] == "headline"), None)
    if row is None or row["design_effect"] is None:
        estimand = "What dependence between rows does to the published p-value"
        return not_estimated(key, what, estimand, "design effect", LADDER, row)
    parts = (
        f"In these data the variance of the published counting is {row['design_effect']:.2f} times what independent "
        f"rows would give, once the rows of one officer may be alike (design effect, {n_words(rows_of(row))}, "
        f"{wording.count(row['n_officers'])} officers).",
        _at_contact_level([row for row in steps if row["step"] == strictest]),
        NO_COMPARISON if demonstration else _published_p_value(row),
    )
    return Finding(
        key=key,
        what=what,
        direction="note",
        words=f"design effect {row['design_effect']:.2f}",
        sentence=" ".join(filter(None, parts)),
        unit="design effect",
        estimate=row["design_effect"],
        sizes=rows_of(row),
        reference="rows taken as independent",
        row=row_key(LADDER, row),
    )


def _at_contact_level(rows: Sequence[Row]) -> str:
    """Design effects where each contact counts once."""
    parts = [
        f"{row['design_effect']:.2f} clustered {wording.clustering_words(row['covariance'])}"
        for row in rows
        if row["design_effect"] is not None
    ]
    return f"With one row per contact it is {listed(parts)}." if parts else ""


def _published_p_value(row: Row) -> str:
    if row["published_p_value_corrected"] is None:
        return ""
    corrected = wording.p_value(row["published_p_value_corrected"])
    return f"The published {wording.p_value(row['published_p_value'])} would then be {corrected}."
