"""How far does the answer hang on how one asks? The ladder of each disposition, as a table."""

from __future__ import annotations

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.topic import Content, Heading, Numbers, Tables, topic
from cit_platform.publishing.topics.ladder import LADDER, ladder_table, ordered_steps

DISPOSITIONS = ("arrest", "emergent_detention", "referral")


@topic(LADDER)
def ladder_dispositions(tables: Tables, provenance: FigureProvenance) -> Content:
    """The association of certification with each disposition asked ever more strictly, step by step.

    For: seeing whether an answer about a disposition hangs on how records are counted, or on the years.
    Not for: picking one step: where the steps disagree, that is the finding.
    """
    return Content(
        blocks=(
            Heading("The same steps for each disposition"),
            *(
                Numbers(
                    ladder_table(ordered_steps(tables[LADDER], outcome), outcome),
                    "wide",
                    f"{wording.sentence_case(wording.outcome_words(outcome))}, step by step",
                )
                for outcome in DISPOSITIONS
            ),
        )
    )
