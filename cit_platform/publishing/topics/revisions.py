"""What does the publisher change after publication? In words, and as bars by kind, field and age of the records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.canvas import (
    GREY,
    Canvas,
    Figure,
    escaped,
    figure_of,
    key,
    value_axis,
    wrapped,
)
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.finding import RowKey, row_key
from cit_platform.publishing.parts.html_table import HtmlTable
from cit_platform.publishing.parts.rows import Row, plain_rows
from cit_platform.publishing.parts.topic import Chart, Content, Numbers, Prose, Tables, topic
from cit_platform.publishing.parts.unrevised import SUMMED, UNREVISED, unrevised_sentences

if TYPE_CHECKING:
    import pandas as pd

FRAME = "quality/revisions"
_CAPTION = (
    "Records that were added to contacts already published, removed from them or changed, counted once for each "
    "night on which that was seen; another spelling with the same meaning is no change. The counts are by field, "
    "never by a value."
)
_ALTERNATIVE = "Records added, removed and changed after publication, by field and age."
WITHHELD = "withheld: fewer than 10 contacts"
REVISIONS = ("added", "removed", "changed")

Counts = Mapping[tuple[str, str], Row]
_LAST_NIGHTS = 14
# The older, the paler; grey is not known.
AGES = (
    ("n_within_month", "reported up to 30 days before", "rgba(58,134,200,1)"),
    ("n_within_year", "31 to 365 days before", "rgba(58,134,200,0.62)"),
    ("n_later", "earlier", "rgba(58,134,200,0.32)"),
    ("n_undated", "day of report not known", GREY),
)
_LABEL, _NUMBERS, _BAR, _GAP = 20, 15, 22, 12


@topic(FRAME, chart="revisions")
def revisions(tables: Tables, provenance: FigureProvenance) -> Content:
    """What the city changed in records already published: added, removed, and changed by field, by age of the record.

    For: judging how final the data are, and how far back a difference between two editions can come from old records.
    Not for: the growth of the data, and not for single records, which never leave raw/revisions.
    """
    frame = tables[FRAME]
    return Content(
        blocks=(
            *(Prose(sentence, row=_newest(frame)) for sentence in revision_sentences(frame)),
            Chart(revision_bars(frame, provenance), _CAPTION, _ALTERNATIVE, revisions_table(frame)),
            Numbers(nights_table(frame), "wide", "Night by night"),
        )
    )


def revision_bars(frame: pd.DataFrame, provenance: FigureProvenance) -> Figure:
    """Records added, removed and changed by field, from `quality/revisions`, since revisions are watched."""
    rows = plain_rows(frame)
    bars = ordered_bars(rows)
    canvas, y = Canvas(), 4.0
    drawn: list[tuple[float, Row]] = []
    for row in bars:
        canvas.text(y + _LABEL / 2, f"<b>{escaped(change_words(row))}</b>", size=11)
        y += _LABEL + _NUMBERS
        canvas.text(y - _NUMBERS / 2, escaped(_numbers(row)), size=11)
        if row["shown"]:
            drawn.append((y + _BAR / 2, row))
            y += _BAR
        y += _GAP
    if not bars:
        for line in wrapped("Nothing was added to, removed from or changed in contacts already published."):
            canvas.text(y + 10, f"<i>{line}</i>", size=11)
            y += _LABEL
    _traces(canvas, drawn)
    return _sheet(canvas, rows, drawn, provenance, y)


def ordered_bars(rows: Sequence[Row]) -> list[Row]:
    """Sums over all nights: added, removed, changed in any field, then by field, the most frequent first."""
    revised = [row for row in summed(rows).values() if row["change"] in REVISIONS]
    return sorted(
        revised,
        key=lambda row: (
            REVISIONS.index(row["change"]),
            row["field"] != "",
            -(row["n_records"] or 0),
            row["field"],
        ),
    )


def _newest(frame: pd.DataFrame) -> RowKey:
    """The row of the last night that was compared, or of the first snapshot."""
    nights = [row for row in plain_rows(frame) if row["change"] in ("first", "compared")]
    return row_key(FRAME, max(nights, key=lambda row: (row["change"] == "compared", str(row["night"]))))


def _numbers(row: Row) -> str:
    if not row["shown"]:
        return WITHHELD
    age = "" if row["median_age_days"] is None else f", median age {wording.days(row['median_age_days'])}"
    return wording.records(row["n_records"]) + age


def _traces(canvas: Canvas, drawn: Sequence[tuple[float, Row]]) -> None:
    # A chart needs a trace, or its text is not drawn.
    canvas.traces.append({"type": "scatter", "x": [None], "y": [None], "hoverinfo": "skip", "showlegend": False})
    for column, words, colour in AGES:
        counts = [_undated(row) if column == "n_undated" else row[column] for _, row in drawn]
        if any(counts):
            labels = [f"{wording.records(count)} {words}" for count in counts]
            canvas.bars(list(zip([y for y, _ in drawn], counts, labels, strict=True)), colour, words, 18)


def _undated(row: Row) -> int:
    return int(row["n_records"] - row["n_within_month"] - row["n_within_year"] - row["n_later"])


def _sheet(
    canvas: Canvas, rows: Sequence[Row], drawn: Sequence[tuple[float, Row]], provenance: FigureProvenance, height: float
) -> Figure:
    largest = max([1, *(row["n_records"] for _, row in drawn)])
    axis = value_axis("records", range=[0, largest * 1.05], nticks=5) if drawn else {"visible": False}
    notes = [key(colour, "■", words) for _, words, colour in AGES if drawn]
    notes += wrapped(f"Records in contacts already published; snapshots compared since {watched_since(rows)}.")
    title = "What the city changed after publication"
    axes = {"xaxis": axis | {"fixedrange": True}, "barmode": "stack"}
    return figure_of(canvas, "revisions", provenance, title, notes, height, axes, 48 if drawn else 12)


def change_words(row: Row) -> str:
    """What a row counts, in words."""
    if row["field"]:
        return f"{wording.change_words(row['change'])}: {wording.field_words(row['field'])}"
    return wording.change_words(row["change"]) + (" in any field" if row["change"] == "changed" else "")


def watched_since(rows: Sequence[Row]) -> str:
    """Day of the snapshot with which the comparisons begin."""
    return min(str(row["night"]) for row in rows if row["change"] == "first")


def summed(rows: Sequence[Row]) -> Counts:
    """The rows that sum up all nights, by change and field."""
    return {(row["change"], row["field"]): row for row in rows if row["night"] == SUMMED}


def revision_sentences(frame: pd.DataFrame) -> tuple[str, ...]:
    """What the page says of `quality/revisions`; every number is computed from it."""
    rows = plain_rows(frame)
    nights = sorted(row["night"] for row in rows if row["change"] == "compared")
    if not nights:
        return (
            f"The first snapshot was kept on {watched_since(rows)}. From the next one on, each is compared with the "
            "one before it, and what differs in contacts already published is counted here.",
        )
    times = "once" if len(nights) == 1 else f"on {wording.count(len(nights))} days"
    watching = (
        f"Since {watched_since(rows)}, each new snapshot of the data has been compared with the one before it: "
        f"{times} so far, the last time on {nights[-1]}."
    )
    found = summed(rows)
    parts = (watching, _revised(found), _ages(found), _fields(found), *unrevised_sentences(rows))
    return tuple(part for part in parts if part)


def _revised(found: Counts) -> str:
    n = {change: found[change, ""]["n_records"] if (change, "") in found else 0 for change in REVISIONS}
    if not any(n.values()):
        return "So far nothing was added to, removed from or changed in contacts that had been published before."
    return (
        "In contacts that had been published before, "
        f"{_or_none(n['added'])} came in addition, {_or_none(n['removed'])} vanished and {_or_none(n['changed'])} "
        "changed in at least one field."
    )


def _or_none(number: int) -> str:
    return wording.records(number) if number else "no record"


def _ages(found: Counts) -> str:
    row = found.get(("changed", ""))
    if row is None or row["median_age_days"] is None:
        return ""
    n = wording.count(row["n_within_month"] + row["n_within_year"] + row["n_later"])
    age = wording.days(row["median_age_days"])
    return f"Half of the changed records had been reported at least {age} before (n = {n} with a known day of report)."


def _fields(found: Counts) -> str:
    changed = [row for (change, field), row in found.items() if change == "changed" and field and row["shown"]]
    if not changed:
        return ""
    most = min(changed, key=lambda row: (-row["n_records"], row["field"]))
    field, records = wording.field_words(most["field"]), wording.records(most["n_records"])
    return f"The field changed most often is “{field}”, in {records}."


def revisions_table(frame: pd.DataFrame) -> HtmlTable:
    """Every number of the revisions' chart, and what differed without a revision."""
    rows = plain_rows(frame)
    unrevised = [row for (change, _), row in sorted(summed(rows).items()) if change in UNREVISED]
    columns = ("n_records", "n_templates", "n_within_month", "n_within_year", "n_later", "median_age_days")
    cells = tuple(
        (change_words(row), *(_revision_cell(row, name) for name in columns))
        for row in (*ordered_bars(rows), *unrevised)
    )
    header = (
        *("Change", "Records", "Contacts", "Reported up to 30 days before", "31 to 365 days", "Earlier"),
        "Median age in days",
    )
    return HtmlTable("Changes after publication, all nights", header, cells, (1, 2, 3, 4, 5, 6))


def nights_table(frame: pd.DataFrame) -> HtmlTable:
    """The last nights on which snapshots were compared: records added, removed, changed, and fields respelled."""
    rows = plain_rows(frame)
    nights = sorted((row["night"] for row in rows if row["change"] == "compared"), reverse=True)[:_LAST_NIGHTS]
    counts = {(row["night"], row["change"]): row["n_records"] for row in rows if row["field"] == ""}
    respelled = [row for row in rows if row["change"] == "respelled"]
    cells = tuple(
        (
            night,
            *(wording.count(counts.get((night, change), 0)) for change in ("compared", "added", "removed", "changed")),
            ", ".join(wording.field_words(row["field"]) for row in respelled if row["night"] == night) or "none",
        )
        for night in nights
    )
    header = ("Night (UTC)", "Records of the snapshot", "Added", "Removed", "Changed", "Printed otherwise")
    return HtmlTable(f"The last {_LAST_NIGHTS} nights with a new snapshot", header, cells, (1, 2, 3, 4))


def _revision_cell(row: Row, name: str) -> str:
    if not row["shown"]:
        return WITHHELD if name == "n_records" else ""
    return "" if row[name] is None else wording.count(round(row[name]))
