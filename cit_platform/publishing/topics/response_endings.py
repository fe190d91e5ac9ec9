"""How do contacts end? Arrest and emergent detention, each by itself and never by who came."""

from __future__ import annotations

from collections.abc import Sequence

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.finding import Finding, row_key, sizes_of
from cit_platform.publishing.parts.html_table import HtmlTable, with_limits
from cit_platform.publishing.parts.rows import Row, estimated, plain_rows
from cit_platform.publishing.parts.topic import Content, FindingSentence, Heading, Numbers, Prose, Tables, topic
from cit_platform.publishing.topics.response import RESPONSE, group_words, groups, share

ENDINGS = "response_endings"
OUTCOMES = ("arrest", "emergent_detention")
_ALL = ("any",) * 3
_NOT_COMPARED = Prose(
    "How contacts end is not compared by whether a certified officer came: hard and long scenes draw a second officer, "
    "who then counts as having come, also after the force or the arrest. The records have no time of arrival. Arrest "
    "and emergent detention stand apart, for a hold against a person’s will is not the milder one by definition.",  # noqa: RUF001
    lead="What is not compared.",
)
_FORM = "Across May 2019 they are not counted alike: the form has printed all dispositions that were ticked only since."


@topic(RESPONSE)
def response_endings(tables: Tables, provenance: FigureProvenance) -> Content:
    """How many of 1,000 contacts end in arrest and in emergent detention, by group of contacts.

    For: seeing each by itself.
    Not for: comparing contacts where a certified officer came with others, and not a rate of diversion.
    """
    rows = plain_rows(tables[RESPONSE])
    return Content(
        findings=(endings(rows),),
        blocks=(
            Heading("Arrest and detention"),
            FindingSentence(ENDINGS),
            Numbers(endings_table(rows), "wide", "Arrest and detention by group of contacts"),
            _NOT_COMPARED,
        ),
    )


def endings(rows: Sequence[Row]) -> Finding:
    """How often contacts end in arrest and in emergent detention, each by itself."""
    found = [share(rows, _ALL, measure=measure) for measure in OUTCOMES]
    known = [row for row in found if row is not None and estimated(row, "share")]
    what = "Arrest and emergent detention"
    if not known:
        why = "no contacts" if found[0] is None else wording.reason(found[0])
        said = f"How contacts end cannot be estimated: {why}."
        return Finding(ENDINGS, what, "cannot be estimated", f"cannot be estimated: {why}", said, "verdict")
    each = " and ".join(
        f"{with_limits(row, 'share', wording.per_thousand)} with {wording.outcome_words(row['measure'])}"
        for row in known
    )
    return Finding(
        key=ENDINGS,
        what=what,
        direction="note",
        words=f"of 1,000 contacts {each}",
        sentence=(
            f"Of 1,000 contacts there are {each}, 95 % intervals in brackets; a contact with both counts in both "
            f"(n = {wording.count(known[0]['n_contacts'])} contacts). {_FORM}"
        ),
        unit="verdict",
        sizes=sizes_of(known[0]),
        row=row_key(RESPONSE, known[0]),
    )


def endings_table(rows: Sequence[Row]) -> HtmlTable:
    """Arrest and emergent detention per 1,000 contacts, by group of contacts."""
    listed = []
    for group in groups(rows):
        found = [share(rows, _ALL, *group, measure) for measure in OUTCOMES]
        n = next((row["n_contacts"] for row in found if row is not None), None)
        listed.append((group_words(*group), *map(_cell, found), "" if n is None else wording.count(n)))
    header = ("Contacts", *(wording.sentence_case(wording.outcome_words(measure)) for measure in OUTCOMES))
    caption = "Arrest and emergent detention per 1,000 contacts, with 95 % intervals"
    return HtmlTable(caption, (*header, "n contacts"), tuple(listed), (1, 2, 3))


def _cell(row: Row | None) -> str:
    if row is None:
        return ""
    known = estimated(row, "share")
    return with_limits(row, "share", wording.per_thousand) if known else wording.short_reason(row)
