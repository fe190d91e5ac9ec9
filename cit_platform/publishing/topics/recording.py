"""Do officers write more reports once they are certified? Said before anything is said per contact."""

from __future__ import annotations

from cit_platform.publishing.parts.before_and_after import average_finding, course_table, variants_table
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.topic import Content, FindingSentence, Heading, Numbers, Prose, Tables, topic

RECORDING, OUTCOME = "models/recording", "templates_per_month"
_WHY = (
    "A contact is in these records if an officer wrote a report on it. If certified officers write up more of their "
    "contacts, or are given more of them, every rate per contact moves with that and nothing else. So the number of "
    "reports is compared first: how many an officer writes per month of service, before and after certification, "
    "beside officers of the same years and length of service who were still to be certified."
)
_NOT = (
    "It cannot tell writing from meeting: an officer with more reports may meet more people in crisis, be sent to "
    "more, or write up more of them. The city’s log of calls, joined by date and beat, would tell."  # noqa: RUF001
)


@topic(RECORDING)
def recording(tables: Tables, provenance: FigureProvenance) -> Content:
    """How the number of reports per officer-month changed when officers became certified.

    For: reading rates per contact.
    Not for: how many people in crisis an officer meets.
    """
    frame = tables[RECORDING]
    return Content(
        findings=(average_finding(RECORDING, frame, OUTCOME, "wrote", "reports", "per month"),),
        blocks=(
            Heading("First: how many reports they write"),
            Prose(_WHY),
            FindingSentence(OUTCOME),
            Numbers(variants_table(frame, (OUTCOME,)), summary="Compared in other ways"),
            Numbers(course_table(frame, (OUTCOME,)), summary="By time before and after certification"),
            Prose(_NOT, lead="What this cannot answer."),
        ),
    )
