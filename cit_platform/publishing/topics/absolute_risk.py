"""How much is that in contacts? Adjusted risks in reports by certified officers and by others, per 1,000."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.canvas import (
    CERTIFIED,
    ROW_LIFT,
    UNCERTIFIED,
    Canvas,
    Figure,
    Point,
    escaped,
    figure_of,
    key,
    pixel_axis,
    value_axis,
    wrapped,
)
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.finding import (
    Direction,
    Finding,
    difference_words,
    direction_of,
    direction_words,
    n_words,
    not_estimated,
    power_beside_null,
    row_key,
    sizes_of,
)
from cit_platform.publishing.parts.html_table import HtmlTable, with_limits
from cit_platform.publishing.parts.rows import Row, estimated, plain_rows
from cit_platform.publishing.parts.thousand import printed_risks, thousand_contacts
from cit_platform.publishing.parts.topic import Chart, Content, Prose, Tables, topic

if TYPE_CHECKING:
    import pandas as pd

OUTCOMES = ("force", "arrest", "emergent_detention", "referral", "no_action")
QUANTITIES = (
    ("risk_certified", "certified officers", CERTIFIED, "circle"),
    ("risk_not_certified", "other officers", UNCERTIFIED, "diamond"),
)
ABSOLUTE_RISK = "models/absolute_risk"
FORCE_DIFFERENCE = "force_per_thousand"
WITH_FINDING = ("force", "arrest", "emergent_detention", "referral")
_CAPTION = (
    "The averages of the models over the same contacts: for reports by certified officers, and for reports by officers "
    "without certification. Each panel has its own scale from 0."
)
_ALTERNATIVE = "Adjusted risks per 1,000 contacts in reports by certified officers and by others, with 95 % intervals."
_LIKE_THESE = "contacts like these"
_WITH_A_DISPOSITION = "contacts with one of the four dispositions"
_THE_FOUR = (
    "The four dispositions are arrest, emergent detention, referral and no action; other contacts are left out here."
)
_ENDS = ("low", "high")
_HEADING, _ROW, _AXIS = 46, 38, 40


@topic(ABSOLUTE_RISK, chart="adjusted_risk")
def absolute_risk(tables: Tables, provenance: FigureProvenance) -> Content:
    """Adjusted risks per 1,000 contacts in reports by certified officers and by others, and their difference in words.

    For: the size of an association in contacts.
    Not for: what would happen if officers were trained: these are associations.
    """
    frame = tables[ABSOLUTE_RISK]
    by_outcome = {row["outcome"]: row for row in ordered_risks(frame)}
    chart = Chart(adjusted_risk(frame, provenance), _CAPTION, _ALTERNATIVE, risks_table(frame))
    return Content(
        findings=tuple(difference(by_outcome.get(outcome), outcome) for outcome in WITH_FINDING),
        blocks=(Prose(_THE_FOUR), chart),
        picture=thousand_contacts(by_outcome.get("force"), QUANTITIES),
    )


def ordered_risks(absolute_risk: pd.DataFrame) -> list[Row]:
    """Rows of `models/absolute_risk` that speak, force first, then the dispositions from most to least grave."""
    rows = [row for row in plain_rows(absolute_risk) if row["role"] == "headline"]
    known = {outcome: place for place, outcome in enumerate(OUTCOMES)}
    return sorted(rows, key=lambda row: (known.get(row["outcome"], len(known)), row["outcome"]))


def adjusted_risk(absolute_risk: pd.DataFrame, provenance: FigureProvenance) -> Figure:
    """One panel per outcome: risk per 1,000 contacts in reports by certified officers and by others.

    Each panel has its own scale from 0, as force is rare and dispositions are not.

    Args:
        absolute_risk: `models/absolute_risk`.
        provenance: Origin of the figure.
    """
    rows = ordered_risks(absolute_risk)
    canvas, axes = Canvas(), dict[str, Any]()
    heights = [_panel_height(row) for row in rows]
    total, top = float(sum(heights)), 0.0
    for number, (row, height) in enumerate(zip(rows, heights, strict=True), start=1):
        suffix = "" if number == 1 else str(number)
        bottom = top + height - (_AXIS if estimated(row, "risk_difference") else 0)
        domain = [1 - bottom / total, 1 - top / total]
        axes[f"yaxis{suffix}"] = pixel_axis(bottom - top) | {"domain": domain, "anchor": f"x{suffix}"}
        axes[f"xaxis{suffix}"] = _panel(canvas, row, suffix)
        top += height
    notes = [key(colour, "●◆"[index], words) for index, (_, words, colour, _) in enumerate(QUANTITIES)]
    notes += wrapped(f"{_sizes(rows)} Lines are 95 % intervals. Each panel has its own scale.")
    title = "Adjusted risk per 1,000 contacts"
    beside = {name: {"domain": [0.42, 1]} for name in axes if name.startswith("xaxis")}
    return figure_of(
        canvas, "adjusted_risk", provenance, title, notes, total, axes, wide={"axes": beside, "lift": ROW_LIFT}
    )


def _panel_height(row: Row) -> int:
    return _HEADING + 2 * _ROW + _AXIS if estimated(row, "risk_difference") else _HEADING + 16 * len(_why(row)) + 10


def _why(row: Row) -> list[str]:
    return wrapped(f"Cannot be estimated: {wording.reason(row)}.")


def _panel(canvas: Canvas, row: Row, axis: str) -> dict[str, Any]:
    words = wording.sentence_case(wording.outcome_words(row["outcome"]))
    canvas.text(12, f"<b>{escaped(words)}</b>", size=13, yref=f"y{axis}")
    if not estimated(row, "risk_difference"):
        for position, line in enumerate(_why(row)):
            canvas.text(30 + 16 * position, f"<i>{line}</i>", size=11, yref=f"y{axis}")
        canvas.traces.append(_placeholder(axis))
        return {"visible": False, "fixedrange": True, "anchor": f"y{axis}", "range": [0, 1]}
    canvas.text(30, f"difference {difference_words(row)} per 1,000", size=11, yref=f"y{axis}")
    for position, (name, label, colour, symbol) in enumerate(QUANTITIES):
        y = _HEADING + position * _ROW
        point = _point(row, name, label, y + 9 + ROW_LIFT)
        canvas.row(y + 9, point.label, yref=f"y{axis}")
        canvas.intervals([point], colour, symbol, label, axis)
    largest = 1000 * max(row[f"{name}_conf_high"] for name, _, _, _ in QUANTITIES)
    return value_axis("", range=[0, largest * 1.05], anchor=f"y{axis}", nticks=6)


def _placeholder(axis: str) -> dict[str, Any]:
    """A trace without points: Plotly draws a panel's text only if the panel has a trace."""
    return {"type": "scatter", "x": [None], "y": [None], "xaxis": f"x{axis}", "yaxis": f"y{axis}", "hoverinfo": "skip"}


def _point(row: Row, name: str, label: str, y: float) -> Point:
    value, low, high = (row[column] for column in (name, f"{name}_conf_low", f"{name}_conf_high"))
    limits = wording.interval(wording.per_thousand(low), wording.per_thousand(high))
    printed = f"{escaped(label)}: {wording.per_thousand(value)} ({limits})"
    return Point(y, 1000 * value, 1000 * low, 1000 * high, printed)


def _sizes(rows: Sequence[Row]) -> str:
    sizes = {row["model"]: wording.count(row["n_contacts"]) for row in rows if row["n_contacts"] is not None}
    parts = [f"n = {size} contacts ({model} model)" for model, size in sorted(sizes.items(), reverse=True)]
    return "; ".join(parts) + "." if parts else ""


def risks_table(absolute_risk: pd.DataFrame) -> HtmlTable:
    """Every number of the adjusted risks, per 1,000 contacts."""
    rows: list[tuple[str, ...]] = []
    for row in ordered_risks(absolute_risk):
        name = wording.sentence_case(wording.outcome_words(row["outcome"]))
        n = wording.count(row["n_contacts"])
        if not estimated(row, "risk_difference"):
            why = wording.short_reason(row)
            rows.append((name, wording.NO_NUMBER, wording.NO_NUMBER, f"cannot be estimated: {why}", "", "", n))
            continue
        both = [with_limits(row, name, wording.per_thousand) for name in ("risk_certified", "risk_not_certified")]
        ratio = with_limits(row, "risk_ratio", wording.ratio) if estimated(row, "risk_ratio") else wording.NO_NUMBER
        rows.append((name, *both, difference_words(row), _detectable_difference(row), ratio, n))
    header = (
        *("Outcome", "Certified officers", "Other officers", "Difference", "Smallest detectable"),
        *("Risk ratio", "n contacts"),
    )
    caption = "Adjusted risks per 1,000 contacts by the reporting officer, with 95 % intervals in brackets"
    return HtmlTable(caption, header, tuple(rows), (1, 2, 3, 4, 5, 6))


def _detectable_difference(row: Row) -> str:
    smallest = row["smallest_detectable_difference"]
    return "" if smallest is None else f"± {wording.per_thousand(smallest)}"


def difference(row: Row | None, outcome: str) -> Finding:
    """The adjusted difference per 1,000 contacts between reports by certified officers and by others."""
    heading = wording.sentence_case(wording.outcome_words(outcome))
    key, what = f"{outcome}_per_thousand", f"{heading}, difference per 1,000 contacts"
    if row is None or not estimated(row, "risk_difference"):
        estimand = f"How contacts with {wording.outcome_words(outcome)} differ by certification"
        return not_estimated(key, what, estimand, "risk difference", ABSOLUTE_RISK, row, heading)
    low, high = row["risk_difference_conf_low"], row["risk_difference_conf_high"]
    direction = direction_of(low, high, 0.0)
    power = power_beside_null(direction, wording.power_of_difference(row["smallest_detectable_difference"]))
    return Finding(
        key=key,
        what=what,
        direction=direction,
        words=direction_words(direction),
        sentence=f"{_both_risks(row, outcome)}: {_difference_words(row, direction)}; {n_words(sizes_of(row))}.{power}",
        unit="risk difference",
        estimate=row["risk_difference"],
        low=low,
        high=high,
        sizes=sizes_of(row),
        reference=wording.NOT_CERTIFIED,
        row=row_key(ABSOLUTE_RISK, row),
        heading=heading,
        plain=_plain(row, direction) if outcome == "force" else "",
    )


def _plain(row: Row, direction: Direction) -> str:
    """The answer for the first screen."""
    side = {"lower": "less often than", "higher": "more often than"}.get(
        direction, "neither clearly less nor clearly more often than"
    )
    (certified, *ours), (others, *theirs) = printed_risks(row, QUANTITIES)
    return (
        f"Reports by certified officers mention force {side} other reports of contacts like theirs: "
        f"{certified} in 1,000 contacts ({wording.interval(*ours)}, 95 %) against {others} in 1,000 "
        f"({wording.interval(*theirs)}, 95 %)."
    )


def _both_risks(row: Row, outcome: str) -> str:
    certified, others = wording.per_thousand_pair(row["risk_certified"], row["risk_not_certified"])
    among, verb = (_LIKE_THESE, "involve") if outcome == "force" else (_WITH_A_DISPOSITION, "end in")
    return (
        f"Among 1,000 {among}, about {certified} written up by certified officers and {others} by others would {verb} "
        f"{wording.outcome_words(outcome)}"
    )


def _difference_words(row: Row, direction: Direction) -> str:
    if direction == "no clear association":
        interval = wording.interval(*(wording.signed_per_thousand(row[f"risk_difference_conf_{end}"]) for end in _ENDS))
        shown = wording.signed_per_thousand(row["risk_difference"])
        return f"no clear difference ({shown}; the 95 % interval, {interval}, includes 0)"
    value, *ends = (abs(row[f"risk_difference{end}"]) for end in ("", "_conf_low", "_conf_high"))
    near, far = (wording.per_thousand(end) for end in sorted(ends))
    return f"a difference of {wording.per_thousand(value)} (95 % interval {wording.interval(near, far)})"
