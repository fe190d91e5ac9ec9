"""What the publisher changed in records already published: a bar per kind and field, by the age of the records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cit_platform.publishing.disclosure import WITHHELD
from cit_platform.publishing.figures.canvas import GREY, Canvas, Figure, escaped, finished, key, value_axis, wrapped
from cit_platform.publishing.revisions import REVISIONS, change_words, days, records, summed, watched_since
from cit_platform.publishing.rows import Row, plain_rows
from cit_platform.publishing.stamp import Stamp

if TYPE_CHECKING:
    import pandas as pd

# The older a record was, the paler; grey is not known.
AGES = (
    ("n_within_month", "reported up to 30 days before", "rgba(58,134,200,1)"),
    ("n_within_year", "31 to 365 days before", "rgba(58,134,200,0.62)"),
    ("n_later", "earlier", "rgba(58,134,200,0.32)"),
    ("n_undated", "day of report not known", GREY),
)
_LABEL, _NUMBERS, _BAR, _GAP = 20, 15, 22, 12


def revisions(frame: pd.DataFrame, stamp: Stamp) -> Figure:
    """Records added, removed and changed, by field, since revisions are watched.

    Args:
        frame: `quality/revisions`.
        stamp: Origin of the figure.
    """
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
    return _sheet(canvas, rows, drawn, stamp, y)


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


def _numbers(row: Row) -> str:
    if not row["shown"]:
        return WITHHELD
    age = "" if row["median_age_days"] is None else f", median age {days(row['median_age_days'])}"
    return records(row["n_records"]) + age


def _traces(canvas: Canvas, drawn: Sequence[tuple[float, Row]]) -> None:
    # A chart needs a trace, or its text is not drawn.
    canvas.traces.append({"type": "scatter", "x": [None], "y": [None], "hoverinfo": "skip", "showlegend": False})
    for column, words, colour in AGES:
        counts = [_undated(row) if column == "n_undated" else row[column] for _, row in drawn]
        if any(counts):
            canvas.traces.append(
                {
                    "type": "bar",
                    "orientation": "h",
                    "name": words,
                    "x": counts,
                    "y": [y for y, _ in drawn],
                    "width": 18,
                    "text": [f"{records(count)} {words}" for count in counts],
                    "textposition": "none",
                    "hovertemplate": "%{text}<extra></extra>",
                    "marker": {"color": colour},
                    "showlegend": False,
                }
            )


def _undated(row: Row) -> int:
    return int(row["n_records"] - row["n_within_month"] - row["n_within_year"] - row["n_later"])


def _sheet(
    canvas: Canvas, rows: Sequence[Row], drawn: Sequence[tuple[float, Row]], stamp: Stamp, height: float
) -> Figure:
    largest = max([1, *(row["n_records"] for _, row in drawn)])
    axis = value_axis("records", range=[0, largest * 1.05], nticks=5) if drawn else {"visible": False}
    notes = [key(colour, "■", words) for _, words, colour in AGES if drawn]
    notes += wrapped(f"Records in contacts already published; snapshots compared since {watched_since(rows)}.")
    title = "What the city changed after publication"
    axes = {"xaxis": axis | {"fixedrange": True}, "barmode": "stack"}
    return finished(canvas, "revisions", stamp, title, notes, height, axes, 48 if drawn else 12)
