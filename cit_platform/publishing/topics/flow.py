"""From received to analysed: the ledger as a flow chart (STROBE, RECORD)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.canvas import RULE, WASH, Canvas, Figure, escaped, figure_of, wrapped
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.html_table import HtmlTable
from cit_platform.publishing.parts.rows import Row, plain_rows
from cit_platform.publishing.parts.topic import Chart, Content, Heading, Tables, topic

if TYPE_CHECKING:
    import pandas as pd

FLOW = "quality/flow"
_CAPTION = (
    "Every record received is either analysed or left out under a named rule; the counts add up. The small lines "
    "divide them by certification, and the table does so for every rule: one that takes more from one side shows there."
)
PARTS = {
    "published_model": "Of the records, for the model as published",
    "force_model": "Of the contacts, for the force model",
    "disposition_model": "Of the contacts, for the disposition model",
}
ARMS = ("certified", "not_certified", "unknown")
_BOX, _LINE, _ARROW, _PART = 46, 18, 22, 30
_STEM, _INDENT = 0.05, 0.1


@topic(FLOW, chart="exclusion_flow")
def flow(tables: Tables, provenance: FigureProvenance) -> Content:
    """From the records received to the contacts analysed, with every exclusion and its count.

    For: judging what the estimates rest on, as STROBE and RECORD ask.
    Not for: single records; those stand in clean/exclusions.
    """
    frame = tables[FLOW]
    chart = Chart(exclusion_flow(frame, provenance), _CAPTION, _alternative(frame), flow_table(frame))
    return Content(blocks=(Heading("From received to analysed"), chart))


def exclusion_flow(frame: pd.DataFrame, provenance: FigureProvenance) -> Figure:
    """Boxes from the records received down to the contacts that each model analyses.

    Args:
        frame: `quality/flow`.
        provenance: Origin of the figure.
    """
    canvas, y = Canvas(), 4.0
    for part, steps in groupby(steps_with_arms(frame), key=lambda row: row["part"]):
        y = _part(canvas, part, list(steps), y)
    axes = {"xaxis": {"visible": False, "fixedrange": True, "range": [0, 1]}}
    canvas.traces.append({"type": "scatter", "x": [None], "y": [None], "hoverinfo": "skip", "showlegend": False})
    notes = wrapped("A record is one contact and one disposition; a contact is one officer's report on one person.")
    title = "Records received, left out and analysed"
    return figure_of(canvas, "exclusion_flow", provenance, title, notes, y, axes)


def steps_with_arms(frame: pd.DataFrame) -> list[Row]:
    """The steps in their order, each with its count in total (`n`) and by arm (`arms`)."""
    rows = plain_rows(frame)
    by_arm = {(row["step"], row["arm"]): row["n"] for row in rows}
    totals = sorted((row for row in rows if not row["arm"]), key=lambda row: row["step"])
    return [row | {"arms": {arm: by_arm.get((row["step"], arm)) for arm in ARMS}} for row in totals]


def arm_words(row: Row) -> str:
    """How many of a step are of certified officers and of others; empty where that is not counted."""
    known = [(arm, row["arms"][arm]) for arm in ARMS[:2] if row["arms"][arm] is not None]
    return ", ".join(f"{wording.count(n)} {wording.flow_arm_words(arm)}" for arm, n in known)


def step_words(row: Row) -> str:
    """What a step of the flow counts, in words."""
    if row["kind"] == "received":
        return "records received"
    if row["kind"] == "analysed":
        return f"{row['unit']}s analysed"
    if row["kind"] == "kept":
        return "clean records" if row["unit"] == "record" else "contacts"
    return wording.rule_words(row["rule"])


def _alternative(frame: pd.DataFrame) -> str:
    """What the boxes show, in numbers: what was kept from step to step."""
    boxes = [row for row in steps_with_arms(frame) if row["kind"] != "excluded"]
    return "; ".join(f"{wording.count(row['n'])} {step_words(row)}" for row in boxes) + "."


def _part(canvas: Canvas, part: str, steps: Sequence[Row], y: float) -> float:
    starts_anew = part in PARTS
    if starts_anew:
        canvas.text(y + _PART / 2 + 6, f"<b>{escaped(PARTS[part])}</b>", size=12)
        y += _PART + 4
    for excluded, group in groupby(steps, key=lambda row: row["kind"] == "excluded"):
        rows = list(group)
        y = _excluded(canvas, rows, y) if excluded else _kept(canvas, rows, y, starts_anew)
        starts_anew = False
    return y


def _kept(canvas: Canvas, steps: Sequence[Row], y: float, starts_anew: bool) -> float:
    for row in steps:
        if y > _BOX / 2 and not starts_anew:
            y = _arrow(canvas, y, _ARROW)
        _rectangle(canvas, 0, y, _BOX, WASH, "solid")
        canvas.text(y + 15, f"<b>{wording.count(row['n'])}</b> {escaped(step_words(row))}", xshift=12, size=14)
        canvas.text(y + 33, escaped(arm_words(row)), xshift=12, size=11)
        y += _BOX
    return y


def _excluded(canvas: Canvas, steps: Sequence[Row], y: float) -> float:
    height = _LINE * (len(steps) + 1) + 10
    _arrow(canvas, y, height + 12, head=False)
    _rectangle(canvas, _INDENT, y + 10, height, "rgba(0,0,0,0)", "dot")
    unit = steps[0]["unit"]
    total = wording.count(sum(row["n"] for row in steps))
    canvas.text(y + 24, f"<b>{total}</b> {escaped(unit)}s left out", x=_INDENT, xshift=12)
    for position, row in enumerate(steps, start=1):
        words = f"{wording.count(row['n'])}  {escaped(step_words(row))}"
        canvas.text(y + 24 + _LINE * position, words, x=_INDENT, xshift=12, size=11)
    return y + height + 12


def _rectangle(canvas: Canvas, x0: float, y: float, height: float, fill: str, dash: str) -> None:
    box = {"type": "rect", "xref": "paper", "x0": x0, "x1": 1, "yref": "y", "y0": y, "y1": y + height}
    canvas.shapes.append(box | {"fillcolor": fill, "line": {"color": RULE, "width": 1, "dash": dash}, "layer": "below"})


def _arrow(canvas: Canvas, y: float, length: float, head: bool = True) -> float:
    stem = {"type": "line", "xref": "paper", "x0": _STEM, "x1": _STEM, "yref": "y", "y0": y, "y1": y + length}
    canvas.shapes.append(stem | {"line": {"color": RULE, "width": 1.5}, "layer": "below"})
    if head:
        canvas.text(y + length - 5, "▼", x=_STEM, xanchor="center", size=10)
    return y + length


def flow_table(frame: pd.DataFrame) -> HtmlTable:
    """Every number of the flow chart."""
    rows: tuple[tuple[str, ...], ...] = tuple(
        (
            ("left out: " if row["kind"] == "excluded" else "") + step_words(row),
            PARTS.get(row["part"], str(row["part"])),
            f"{row['unit']}s",
            wording.count(row["n"]),
            *("" if n is None else wording.count(n) for n in row["arms"].values()),
        )
        for row in steps_with_arms(frame)
    )
    arms = tuple(wording.sentence_case(wording.flow_arm_words(arm)) for arm in ARMS)
    return HtmlTable("From received to analysed", ("Step", "Where", "Counted in", "n", *arms), rows, (3, 4, 5, 6))
