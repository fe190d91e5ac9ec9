"""What if one asks in other ways? Odds ratios of force by models and intervals that do not speak on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.html_table import AGAINST, ODDS_HEADER, HtmlTable, design_effect_cell, odds_cells
from cit_platform.publishing.parts.rows import OTHER_ROLES, certification, fits
from cit_platform.publishing.parts.topic import Content, Heading, Numbers, Prose, Tables, topic

if TYPE_CHECKING:
    import pandas as pd

ESTIMATES = "models/estimates"
_EXPLANATION = (
    "Each row changes the model or its interval against the one that speaks on this page: one row per contact, "
    "clustered by officer."
)


@topic(ESTIMATES)
def other_ways(tables: Tables, provenance: FigureProvenance) -> Content:
    """The odds ratio of certification for force by every way of asking that does not speak for the model.

    For: seeing whether the answer hangs on one choice of the model or of its interval.
    Not for: choosing the way whose answer one likes.
    """
    table = other_ways_table(tables[ESTIMATES])
    return Content(blocks=(Heading("Other ways to ask"), Prose(_EXPLANATION), Numbers(table, "wide")))


def other_ways_table(estimates: pd.DataFrame) -> HtmlTable:
    """Odds ratios of certification for force, asked in the ways that do not speak for the model."""
    found = [
        (variant, row)
        for variant, listed in fits(estimates, "force", OTHER_ROLES).items()
        if (row := certification(listed, "force")) is not None
    ]
    rows = tuple(
        (wording.sentence_case(wording.variant_words(variant)), *odds_cells(row), design_effect_cell(row))
        for variant, row in found
    )
    header = ("How asked", *ODDS_HEADER, "Design effect")
    return HtmlTable(f"Odds ratios of force, {AGAINST}", header, rows, (1, 2, 3, 4, 5, 6))
