"""Does the right resource arrive? Requested, sent and came, as a table of all combinations."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.canvas import (
    BLUE,
    ORANGE,
    ROW_LIFT,
    Canvas,
    Figure,
    Point,
    escaped,
    figure_of,
    key,
    value_axis,
    wrapped,
)
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.finding import Finding, row_key, sizes_of
from cit_platform.publishing.parts.html_table import HtmlTable, with_limits
from cit_platform.publishing.parts.rows import Row, estimated, plain_rows
from cit_platform.publishing.parts.topic import Chart, Content, FindingSentence, Numbers, Prose, Tables, topic

RESPONSE, KEY = "models/response", "response"
FIELDS = ("requested", "dispatched", "arrived")
ARRIVED, DISPATCHED, REQUESTED = ("any", "any", "yes"), ("any", "yes", "any"), ("yes", "any", "any")
UNSENT = ("any", "no", "yes")
TERMS = ("", "precinct", "watch", "period", "call_risk")
MARKS = ((ARRIVED, "came", BLUE, "circle"), (DISPATCHED, "was sent", ORANGE, "diamond"))
_CAPTION = (
    "Contacts to which a certified officer came, and to which one was sent, as observed; officers as clusters. "
    "An officer can come without being sent as a certified one, so the second is no part of the first."
)
_NO_FUNNEL = Prose(
    "Requested, sent and came are three boxes, and no step leads from one to the next: an officer can come without "
    "having been sent as a certified one. So they stand as a table of all combinations.",
    lead="No funnel.",
)
_CHANGE = Prose(
    "A feed that states requests again, times of arrival, or a roster of who was on duty would each move it.",
    lead="What would change this answer.",
)
_ROW = 30


@topic(RESPONSE, chart="response")
def response(tables: Tables, provenance: FigureProvenance) -> Content:
    """Whether a certified officer was requested, sent and came, by group of contacts.

    For: how often a certified officer comes, and where less often.
    Not for: what their coming goes with: no outcome is compared by it.
    """
    rows = plain_rows(tables[RESPONSE])
    finding = came(rows)
    chart = Chart(response_chart(rows, provenance), _CAPTION, finding.sentence, fields_table(rows))
    combined = combinations_table(rows, FIELDS), combinations_table(rows, FIELDS[1:])
    return Content(
        findings=(finding,),
        blocks=(
            FindingSentence(KEY),
            chart,
            _NO_FUNNEL,
            Prose(requests_words(rows), lead="Requests."),
            *(Numbers(table, "wide", table.caption) for table in combined if table.rows),
            _CHANGE,
        ),
    )


def share(
    rows: Sequence[Row], states: Sequence[str], term: str = "", level: str = "", measure: str = "response"
) -> Row | None:
    """The row of one combination in one group of contacts."""
    asked = (measure, term, level, *states)
    names = ("measure", "term", "level", *FIELDS)
    return next((row for row in rows if tuple(row[name] for name in names) == asked), None)


def groups(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """All contacts and then each level of each term, periods in the order of time."""
    known = [*wording.known_words("level")]
    found = {(row["term"], row["level"]) for row in rows}

    def place(group: tuple[str, str]) -> tuple[int, int, str]:
        name = "/".join(group)
        return TERMS.index(group[0]), known.index(name) if name in known else len(known), group[1]

    return sorted(found, key=place)


def group_words(term: str, level: str) -> str:
    """A group of contacts in print."""
    if not term:
        return "All contacts"
    words = wording.calls_words(level) if term == "call_risk" else wording.level_words(term, level)
    return wording.sentence_case(f"precinct {words}" if term == "precinct" and words == "not given" else words)


def came(rows: Sequence[Row]) -> Finding:
    """How often a certified officer came, was sent, and came without having been sent."""
    arrived, dispatched, unsent = (share(rows, states) for states in (ARRIVED, DISPATCHED, UNSENT))
    what = "A certified officer on scene"
    if arrived is None or not estimated(arrived, "share"):
        why = "no contacts" if arrived is None else wording.reason(arrived)
        said = f"How often one came cannot be estimated: {why}."
        return Finding(KEY, what, "cannot be estimated", f"cannot be estimated: {why}", said, "verdict")
    low, high = (wording.percent(arrived[f"share_conf_{end}"]) for end in ("low", "high"))
    n = wording.count(arrived["n_contacts"])
    parts = [
        f"A certified officer came to {wording.percent(arrived['share'])} of the contacts (95 % interval "
        f"{wording.interval(low, high)}; n = {n} contacts)"
    ]
    if dispatched is not None and estimated(dispatched, "share"):
        parts.append(f"one was sent to {with_limits(dispatched, 'share', wording.percent)}")
    if unsent is not None and estimated(unsent, "share"):
        parts.append(f"to {with_limits(unsent, 'share', wording.percent)} one came without having been sent")
    return Finding(
        key=KEY,
        what=what,
        direction="note",
        words=f"came to {wording.percent(arrived['share'])} of the contacts",
        sentence=f"{'; '.join(parts)}.",
        unit="verdict",
        sizes=sizes_of(arrived),
        row=row_key(RESPONSE, arrived),
    )


def requests_words(rows: Sequence[Row]) -> str:
    """How often one was requested; that the feed does not state it, where it does not."""
    row, sent = share(rows, REQUESTED), share(rows, DISPATCHED)
    if row is None or not row["n_contacts"]:
        return (
            "Whether a certified officer was requested is stated in no contact of this snapshot: the field is empty or "
            "absent. The table of all three is therefore left out, and that of sent and came stands."
        )
    if not estimated(row, "share"):
        return f"How often one was requested cannot be estimated: {wording.reason(row)}."
    of_all = "" if sent is None or sent["n_contacts"] is None else f" of {wording.count(sent['n_contacts'])}"
    said = (
        f"One was requested in {with_limits(row, 'share', wording.percent)} of the contacts; it is stated in "
        f"{wording.count(row['n_contacts'])}{of_all}."
    )
    parts = [share(rows, (one, other, third)) for one, other, third in product(("yes", "no"), repeat=3) if one != other]
    if all(part is not None and part["n_events"] == 0 for part in parts):
        return f"{said} In this snapshot it is the same as sent in every contact, so the two tell one thing."
    return said


def response_chart(rows: Sequence[Row], provenance: FigureProvenance) -> Figure:
    """A line per group of contacts: to how many of them a certified officer came, and to how many one was sent."""
    canvas, y, term_before = Canvas(), 0.0, ""
    points: dict[str, list[Point]] = {words: [] for _, words, _, _ in MARKS}
    for term, level in groups(rows):
        if term != term_before:
            canvas.text(y + 12, f"<b>{escaped(wording.term_words(term))}</b>", size=13)
            y, term_before = y + 26, term
        found = [(words, share(rows, states, term, level)) for states, words, _, _ in MARKS]
        line = canvas.label(y + 8, group_words(term, level))
        for words, row in found:
            if row is not None and estimated(row, "share"):
                points[words].append(_point(row, words, line + ROW_LIFT))
            elif row is not None:
                canvas.numbers_of_row(line, f"<i>{escaped(wording.short_reason(row))}</i>", size=11)
        y = line + _ROW
    for _, words, colour, symbol in MARKS:
        canvas.intervals(points[words], colour, symbol, words)
    notes = [key(colour, "●◆"[at], f"a certified officer {words}") for at, (_, words, colour, _) in enumerate(MARKS)]
    notes += wrapped("As observed, not adjusted. Lines are 95 % intervals.")
    # A little beyond the whole, for its label to have room on the sheet.
    axis = value_axis("share of contacts", range=[0, 1.04], tickformat=".0%", nticks=6)
    wide = {"axes": {"xaxis": {"domain": [0.4, 1]}}, "lift": ROW_LIFT}
    return figure_of(
        canvas, "response", provenance, "Certified officers sent and on scene", notes, y + 8, {"xaxis": axis}, 48, wide
    )


def _point(row: Row, words: str, y: float) -> Point:
    printed = f"{words}: {with_limits(row, 'share', wording.percent)}, n = {wording.count(row['n_contacts'])}"
    return Point(y, row["share"], row["share_conf_low"], row["share_conf_high"], escaped(printed))


def share_cell(row: Row | None) -> str:
    if row is None:
        return ""
    if row["n_contacts"] == 0:
        return wording.NOT_STATED
    return with_limits(row, "share", wording.percent) if estimated(row, "share") else wording.short_reason(row)


def fields_table(rows: Sequence[Row]) -> HtmlTable:
    """Each field by itself, by group of contacts, and how often one came without having been sent."""
    asked = (REQUESTED, DISPATCHED, ARRIVED, UNSENT)
    listed = tuple(
        (group_words(*group), *(share_cell(share(rows, states, *group)) for states in asked), _n(rows, group))
        for group in groups(rows)
    )
    header = ("Contacts", "Requested", "Sent", "Came", "Came, not sent", "n contacts")
    caption = "Contacts to which a certified officer was requested, sent, and came, with 95 % intervals"
    return HtmlTable(caption, header, listed, (1, 2, 3, 4, 5))


def _n(rows: Sequence[Row], group: tuple[str, str]) -> str:
    row = share(rows, ARRIVED, *group)
    return "" if row is None or row["n_contacts"] is None else wording.count(row["n_contacts"])


def combinations_table(rows: Sequence[Row], fields: Sequence[str]) -> HtmlTable:
    """The share of each combination of some fields, by group of contacts; no row where none states them."""
    combinations = list(product(("yes", "no"), repeat=len(fields)))
    listed = []
    for group in groups(rows):
        cells = [share(rows, (*("any",) * (len(FIELDS) - len(fields)), *states), *group) for states in combinations]
        if cells[0] is not None and cells[0]["n_contacts"] != 0:
            n = "" if cells[0]["n_contacts"] is None else wording.count(cells[0]["n_contacts"])
            listed.append((group_words(*group), *map(share_cell, cells), n))
    names = {"requested": "requested", "dispatched": "sent", "arrived": "came"}
    header = [
        ", ".join(
            f"{'' if state == 'yes' else 'not '}{names[field]}" for field, state in zip(fields, states, strict=True)
        )
        for states in combinations
    ]
    caption = (
        f"Every combination of {' and '.join([', '.join(names[field] for field in fields[:-1]), names[fields[-1]]])}"
    )
    return HtmlTable(
        f"{caption}: share of the contacts where all are stated",
        ("Contacts", *header, "n contacts"),
        tuple(listed),
        tuple(range(1, len(header) + 2)),
    )
