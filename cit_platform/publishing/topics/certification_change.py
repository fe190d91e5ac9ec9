"""Do the same officers use force less often once they are certified? Before and after, with what could mislead."""

from __future__ import annotations

from cit_platform.publishing.parts.before_and_after import (
    average_finding,
    before_words,
    course_table,
    fading_finding,
    left_out_words,
    variants_table,
)
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.topic import Content, FindingSentence, Heading, Numbers, Prose, Tables, topic

CHANGE = "models/certification_change"
PER_MONTH, PER_CONTACT = "force_per_month", "force_per_contact"
_HOW = (
    "Officers who choose the course may differ from those who do not. Here officers are compared with themselves "
    "before certification, and with officers of the same years and length of service who were certified later. "
    "Counted are contacts with force per month of service, whether or not the officer wrote any report in it; "
    "and, to take that apart, per contact. Left out are the first year of service and field training, months in "
    "years with too few left to compare with, and officers who were certified when first seen, or are never seen "
    "to be."
)
_NOT = (
    "It says nothing of officers who are never certified, or were before these records begin. Whoever decides on "
    "the course may do so at a turn of the career that changes the work as well: a new assignment, say. Length of "
    "service and time since certification can be told apart only if service counts the same for officers "
    "certified and not yet. And time since certification is not time since training: all officers are trained "
    "again every year. A dated list of certificates would show when each officer was certified; the records show "
    "it only to between two reports."
)


@topic(CHANGE)
def certification_change(tables: Tables, provenance: FigureProvenance) -> Content:
    """How force per officer-month and per contact changed when officers became certified.

    For: an answer that differences between officers do not explain.
    Not for: officers who never certify, and for time since training.
    """
    frame = tables[CHANGE]
    left_out = left_out_words(frame, PER_MONTH)
    return Content(
        findings=(
            average_finding(CHANGE, frame, PER_MONTH, "reported", "contacts with force", "per month"),
            average_finding(CHANGE, frame, PER_CONTACT, "reported", "contacts with force", "per contact"),
            fading_finding(CHANGE, frame, PER_MONTH),
        ),
        blocks=(
            Heading("Then: how often force is among them"),
            Prose(_HOW),
            *((Prose(left_out),) if left_out else ()),
            FindingSentence(PER_MONTH),
            FindingSentence(PER_CONTACT),
            FindingSentence(f"{PER_MONTH}_fading"),
            Prose(before_words(frame, PER_MONTH), lead="Before certification."),
            Numbers(variants_table(frame, (PER_MONTH, PER_CONTACT)), summary="Compared in other ways"),
            Numbers(course_table(frame, (PER_MONTH, PER_CONTACT)), summary="By time before and after certification"),
            Prose(_NOT, lead="What this cannot answer, and what would change the answer."),
        ),
    )
