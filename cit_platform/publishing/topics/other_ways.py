"""What if one asks in other ways? Odds ratios by models and intervals that do not speak on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.html_table import AGAINST, ODDS_HEADER, HtmlTable, design_effect_cell, odds_cells
from cit_platform.publishing.parts.rows import OTHER_ROLES, certification, fits
from cit_platform.publishing.parts.topic import Content, Heading, Numbers, Prose, Tables, topic
from cit_platform.publishing.parts.years_asked import years_asked

if TYPE_CHECKING:
    import pandas as pd

ESTIMATES = "models/estimates"
OUTCOMES = {"force": ("force",), "disposition": ("arrest", "emergent_detention", "referral")}
_EXPLANATION = (
    "A row that is “like the one that speaks” changes one thing in the model that speaks on this page: the quarters, "
    "the reading of contradictory records, the groups of calls, the form; or it counts every disposition of a contact "
    "instead of the gravest. The other rows ask with the published predictors, once per contact, and change one thing "
    "there; the protocol does not name them, and the table says so."
)


@topic(ESTIMATES)
def other_ways(tables: Tables, provenance: FigureProvenance) -> Content:
    """The odds ratios of certification by every way of asking that does not speak for the model.

    For: seeing whether the answer hangs on one choice of the model, of its interval, or of what is counted.
    Not for: choosing the way whose answer one likes.
    """
    estimates = tables[ESTIMATES]
    return Content(
        blocks=(
            Heading("Other ways to ask"),
            Prose(_EXPLANATION),
            Numbers(other_ways_table(estimates, "force"), "wide", "Force, asked in other ways"),
            Numbers(other_ways_table(estimates, "disposition"), "wide", "Dispositions, asked in other ways"),
        )
    )


def other_ways_table(estimates: pd.DataFrame, model: str) -> HtmlTable:
    """Odds ratios of certification, asked in the ways that speak neither for the model nor on its ladder."""
    rows = tuple(
        (
            wording.with_standing(wording.sentence_case(wording.variant_words(variant)), row["standing"]),
            f"{wording.outcome_words(outcome)}, {years_asked(row)}",
            *odds_cells(row),
            design_effect_cell(row),
        )
        for variant, listed in fits(estimates, model, OTHER_ROLES).items()
        for outcome in OUTCOMES[model]
        if (row := certification(listed, outcome)) is not None
    )
    header = ("How asked", "Outcome, years", *ODDS_HEADER, "Design effect")
    return HtmlTable(f"Other ways to ask: odds ratios of certification, {AGAINST}", header, rows, (2, 3, 4, 5, 6, 7))
