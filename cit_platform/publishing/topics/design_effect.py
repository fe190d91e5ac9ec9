"""What does dependence between rows do to the interval, and to the published p-value?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.finding import NO_COMPARISON, Finding, not_estimated, row_key, rows_of
from cit_platform.publishing.parts.rows import Row, plain_rows
from cit_platform.publishing.parts.topic import Content, Tables, topic

if TYPE_CHECKING:
    import pandas as pd

LADDER = "models/ladder"
DESIGN_EFFECT = "design_effect"


@topic(LADDER)
def design_effect(tables: Tables, provenance: FigureProvenance) -> Content:
    """How many independent rows the rows of the published counting are worth.

    For: judging what an interval that takes rows as independent leaves out.
    Not for: the size of the association.
    """
    return Content(findings=(dependence(tables[LADDER], provenance.demonstration),))


def dependence(frame: pd.DataFrame, demonstration: bool) -> Finding:
    """What dependence between rows does to the information, and what the published p-value would then be."""
    key, what = DESIGN_EFFECT, "Design effect of the published way of counting"
    steps = [row for row in plain_rows(frame) if row["outcome"] == "force"]
    row = next((row for row in steps if row["role"] == "published"), None)
    if row is None or row["design_effect"] is None:
        estimand = "What dependence between rows does to the published p-value"
        # The published fit may have numbers and no clusters to compare with: then a later step says why.
        return not_estimated(key, what, estimand, "design effect", LADDER, next(filter(_says_why, steps), row))
    parts = (_worth(row), NO_COMPARISON if demonstration else _published_p_value(row))
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


def _says_why(row: Row) -> bool:
    return bool(row["reason"])


def _worth(row: Row) -> str:
    """How many independent rows tell as much; two digits, for it is a rough number."""
    effect, rows = row["design_effect"], wording.count(row["n_rows"])
    counted, in_brackets = f"The published way counts {rows} rows", f"(design effect {effect:.2f})"
    if effect <= 1:
        return f"{counted}, which tell as much as independent ones {in_brackets}."
    worth = wording.count(float(f"{row['n_rows'] / effect:.2g}"))
    return (
        f"{counted} that carry the information of about {worth} independent ones, because contacts are repeated and "
        f"officers have habits {in_brackets}."
    )


def _published_p_value(row: Row) -> str:
    if row["published_p_value_corrected"] is None:
        return ""
    corrected = wording.p_value(row["published_p_value_corrected"])
    return (
        f"If rows in the author’s data depended on each other as much as in ours, all quarters to date, "  # noqa: RUF001
        f"{wording.p_value(row['published_p_value'])} would be {corrected}; we do not have his data."
    )
