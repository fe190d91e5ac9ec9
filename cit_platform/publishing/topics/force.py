"""Is force associated with certification? The odds ratio in words, and the situation beside it as a forest plot."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

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
    log_axis,
    wrapped,
)
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.finding import (
    Direction,
    Finding,
    direction_of,
    direction_words,
    listed,
    n_words,
    not_estimated,
    power_beside_null,
    row_key,
    sizes_of,
)
from cit_platform.publishing.parts.html_table import ODDS_HEADER, HtmlTable, coefficient_name, odds_cells
from cit_platform.publishing.parts.rows import Row, certification, estimated, fits, headline_fit
from cit_platform.publishing.parts.topic import Chart, Content, FindingSentence, Prose, Tables, topic

if TYPE_CHECKING:
    import pandas as pd

ESTIMATES = "models/estimates"
ODDS_RATIO = "force_odds_ratio"
_CAPTION = (
    "Odds ratios of force on a log scale. Left of the dotted line the odds are lower than for the reference, right of "
    "it higher. Certification stands first as counted on this page, then as published; every other row is from the fit "
    "that speaks on this page."
)
_ALTERNATIVE = "Odds ratios of force with 95 % intervals."
_CONTROLS = (
    "The records system, and the race and gender of the officer, are held constant too. Race and gender "
    "answer no question asked here: they stand in the table for download alone, groups of few officers merged."
)
# Held constant, and not drawn: a row for each year would hide the rest.
_UNDRAWN = ("intercept", "cit_certified", "year", "records_system")
_HEADING, _ROW = 42, 40


@topic(ESTIMATES, chart="force_forest")
def force(tables: Tables, provenance: FigureProvenance) -> Content:
    """The odds ratio of certification for force, and the situation on a log scale with interval and reference.

    For: seeing certification beside the kind of call, and the published way of counting beside ours.
    Not for: probabilities: an odds ratio of 2 is not twice as many contacts.
    """
    estimates = tables[ESTIMATES]
    chart = Chart(force_forest(estimates, provenance), _CAPTION, _ALTERNATIVE, forest_table(estimates))
    return Content(
        findings=(odds_ratio(headline_fit(estimates, "force")),),
        blocks=(FindingSentence("force_per_thousand"), FindingSentence(ODDS_RATIO), Prose(_CONTROLS), chart),
    )


def odds_ratio(fit: Sequence[Row]) -> Finding:
    """The odds ratio of certification for force, from the rows of the fit that speaks."""
    row, heading = certification(fit, "force"), wording.sentence_case(wording.outcome_words("force"))
    what = f"{heading}, odds ratio of certification"
    if row is None or not estimated(row):
        estimand = "How often reports by certified officers mention force, compared with others,"
        return not_estimated(ODDS_RATIO, what, estimand, "odds ratio", ESTIMATES, row, heading)
    direction = direction_of(row["conf_low"], row["conf_high"], 1.0)
    power = wording.power_of_ratio(row["smallest_detectable_below"], row["smallest_detectable"])
    return Finding(
        key=ODDS_RATIO,
        what=what,
        direction=direction,
        words=direction_words(direction),
        sentence=f"{_opening(direction, fit)}: {_numbers(row, direction)}.{power_beside_null(direction, power)}",
        unit="odds ratio",
        estimate=row["odds_ratio"],
        low=row["conf_low"],
        high=row["conf_high"],
        sizes=sizes_of(row),
        reference=wording.NOT_CERTIFIED,
        row=row_key(ESTIMATES, row),
        heading=heading,
    )


def _opening(direction: Direction, fit: Sequence[Row]) -> str:
    held = wording.alike_words(row["term"] for row in fit)
    alike = f"when {listed(held)} are alike" if len(held) > 1 else f"when {held[0]} is alike" if held else "all in all"
    if direction == "no clear association":
        return (
            "Reports by certified officers mention force neither clearly less nor clearly more often than reports by "
            f"officers without certification, {alike}"
        )
    side = "less" if direction == "lower" else "more"
    also = f", also {alike}" if held else ""
    return (
        f"Reports by certified officers mention force {side} often than reports by officers without certification{also}"
    )


def _numbers(row: Row, direction: Direction) -> str:
    closing = "which includes 1" if direction == "no clear association" else wording.p_value(row["p_value"])
    limits = wording.interval(wording.ratio(row["conf_low"]), wording.ratio(row["conf_high"]))
    return (
        f"odds ratio {wording.ratio(row['odds_ratio'])} (95 % interval {limits}, {closing}); {n_words(sizes_of(row))}, "
        f"{wording.count(row['n_events'])} of them with force, {wording.count(row['n_officers'])} officers"
    )


def force_forest(estimates: pd.DataFrame, provenance: FigureProvenance) -> Figure:
    """Odds ratios of force with 95 % intervals, one row per coefficient.

    Args:
        estimates: `models/estimates`.
        provenance: Origin of the figure.
    """
    by_variant = _drawn_fits(estimates)
    canvas, y = Canvas(), 6.0
    strictest: list[Row] = next(iter(by_variant.values()), [])
    y = _certification_block(canvas, by_variant, y)
    others = _situation(strictest)
    if others and not any(estimated(row) for row in others):
        canvas.text(y + 10, "<i>The other predictors cannot be estimated from this fit either.</i>", size=11)
        y += _ROW
    else:
        for term, group in groupby(others, key=lambda row: row["term"]):
            y = _term_block(canvas, term, list(group), y)
    shown = [row for rows in by_variant.values() for row in rows if row["term"] == "cit_certified"] + others
    return _sheet(canvas, shown, strictest, provenance, y)


def _drawn_fits(estimates: pd.DataFrame) -> dict[str, list[Row]]:
    """The fit that speaks, and the published one; the steps between them are the ladder's."""
    return fits(estimates, "force", ("headline", "published"))


def _situation(fit: Sequence[Row]) -> list[Row]:
    return [row for row in fit if row["term"] not in _UNDRAWN]


def _certification_block(canvas: Canvas, by_variant: dict[str, list[Row]], y: float) -> float:
    y = _heading(canvas, "CIT certification of the officer", "an officer without certification", y)
    found = [(variant, certification(rows, "force")) for variant, rows in by_variant.items()]
    rows = [(_how_asked(variant, row), row) for variant, row in found if row is not None]
    if not rows:
        canvas.text(y + 10, "Cannot be estimated: no fit of the force model.")
        return y + _ROW
    return _block(canvas, rows, y, ORANGE, "diamond")


def _how_asked(variant: str, row: Row) -> str:
    return wording.with_standing(wording.variant_words(variant), row["standing"])


def _term_block(canvas: Canvas, term: str, rows: Sequence[Row], y: float) -> float:
    y = _heading(canvas, wording.term_words(term), wording.reference_words(term, rows[0]["reference_level"]), y)
    return _block(canvas, [(_label(row), row) for row in rows], y, BLUE, "circle")


def _label(row: Row) -> str:
    if not row["level"]:
        return "per additional year" if row["term"] == "experience_years" else wording.term_words(row["term"])
    return wording.level_words(row["term"], row["level"])


def _heading(canvas: Canvas, words: str, reference: str, y: float) -> float:
    canvas.text(y + 12, f"<b>{escaped(words)}</b>", size=13)
    canvas.text(y + 29, f"<i>compared with {escaped(reference)}</i>", size=11)
    return y + _HEADING


def _block(canvas: Canvas, rows: Sequence[tuple[str, Row]], y: float, colour: str, symbol: str) -> float:
    points = []
    for label, row in rows:
        y = canvas.label(y + 9, label)
        if estimated(row):
            points.append(_point(canvas, label, row, y))
            y += _ROW - 9
        else:
            why = wording.sentence_case(wording.reason(row)) + "."
            canvas.numbers_of_row(y, wording.NO_NUMBER)
            y = canvas.reason_under_row(y, why)
    canvas.intervals(points, colour, symbol, "odds ratio with 95 % interval")
    return y + 8


def _point(canvas: Canvas, label: str, row: Row, y: float) -> Point:
    limits = wording.interval(wording.ratio(row["conf_low"]), wording.ratio(row["conf_high"]))
    printed = f"{wording.ratio(row['odds_ratio'])} ({limits})"
    canvas.numbers_of_row(y, printed)
    hover = f"{escaped(label)}<br>odds ratio {printed}<br>n = {wording.count(row['n_contacts'])} contacts"
    return Point(y + ROW_LIFT, row["odds_ratio"], row["conf_low"], row["conf_high"], hover)


def _sheet(
    canvas: Canvas, shown: Sequence[Row], strictest: Sequence[Row], provenance: FigureProvenance, height: float
) -> Figure:
    known = [row for row in shown if estimated(row)]
    low, high = min([0.5, *(row["conf_low"] for row in known)]), max([2.0, *(row["conf_high"] for row in known)])
    axis = log_axis("odds ratio, log scale", low, high)
    canvas.no_difference()
    notes = [
        *_size(strictest),
        key(ORANGE, "◆", "certification") + "   " + key(BLUE, "●", "what the model holds constant"),
        *wrapped("Lines are 95 % intervals. Dotted line: no difference (1)."),
    ]
    wide = {"axes": {"xaxis": {"domain": [0.36, 0.78]}}, "lift": ROW_LIFT}
    title = "Odds ratios of force, by predictor"
    return figure_of(canvas, "force_forest", provenance, title, notes, height, {"xaxis": axis}, 48, wide)


def _size(rows: Sequence[Row]) -> list[str]:
    row = certification(rows, "force")
    if row is None:
        return []
    contacts, events, officers = (wording.count(row[name]) for name in ("n_contacts", "n_events", "n_officers"))
    return [f"n = {contacts} contacts, {events} of them with force,", f"by {officers} reporting officers."]


def forest_table(estimates: pd.DataFrame) -> HtmlTable:
    """Every number of the forest plot."""
    by_variant = _drawn_fits(estimates)
    strictest: list[Row] = next(iter(by_variant.values()), [])
    rows: list[tuple[str, ...]] = []
    for variant, fit in by_variant.items():
        row = certification(fit, "force")
        if row is not None:
            name = f"{wording.term_words(row['term'])}, {_how_asked(variant, row)}"
            rows.append((name, wording.NOT_CERTIFIED, *odds_cells(row)))
    rows += [
        (coefficient_name(row), wording.reference_words(row["term"], row["reference_level"]), *odds_cells(row))
        for row in _situation(strictest)
    ]
    header = ("Predictor", "Compared with", *ODDS_HEADER)
    return HtmlTable("Odds ratios of force", header, tuple(rows), (2, 3, 4, 5, 6))
