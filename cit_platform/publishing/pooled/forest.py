"""The forest plot of agencies, their mean and a further one, and every number of it as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cit_platform.inference.partial_pooling import Limits
from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.canvas import (
    BLUE,
    GREY,
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
from cit_platform.publishing.parts.finding import n_words
from cit_platform.publishing.parts.html_table import HtmlTable
from cit_platform.publishing.pooled.agencies import Estimate
from cit_platform.publishing.pooled.report import PooledReport, printed_limits, ratio_limits

CHART, TITLE = "pooled", "Odds ratios of force, by agency"
MEAN, FURTHER = "Mean of the agencies", "One further agency"
_HEADER = (
    "Agency",
    "Edition",
    "As of",
    "Odds ratio",
    "95 % interval",
    "Per 1,000 contacts",
    "n",
    "With force",
    "Weight",
)
_ROW, _GAP = 31, 10


@dataclass(frozen=True)
class PooledProvenance(FigureProvenance):
    """Origin of a figure about several agencies, which has a banner of its own."""

    words: str | None = None

    @property
    def banner(self) -> str | None:
        """The sentence that demonstration data carry, else None."""
        return self.words


def forest(report: PooledReport) -> Figure:
    """Odds ratios of force with 95 % intervals: a row for each agency, their mean, and a further agency's interval."""
    canvas, y = Canvas(), 15.0
    y = _rows(canvas, [(each.name, each.log_odds_ratio) for each in report.agencies], y, BLUE, "circle")
    y = _rows(canvas, [(MEAN, report.odds.mean)], y + _GAP, ORANGE, "diamond")
    shown: list[Limits | Estimate] = [*(each.log_odds_ratio for each in report.agencies), report.odds.mean]
    if report.odds.predicted is not None:
        y = _rows(canvas, [(FURTHER, report.odds.predicted)], y, GREY, "circle-open")
        shown.append(report.odds.predicted)
    drawn = [ratio_limits(each) for each in shown]
    low, high = min([0.5, *(each.low for each in drawn)]), max([2.0, *(each.high for each in drawn)])
    canvas.no_difference()
    wide = {"axes": {"xaxis": {"domain": [0.36, 0.76]}}, "lift": ROW_LIFT}
    provenance = PooledProvenance("", bool(report.demonstrations), report.banner)
    axis = {"xaxis": log_axis("odds ratio, log scale", low, high)}
    return figure_of(canvas, CHART, provenance, TITLE, _notes(report), y, axis, 48, wide)


def _rows(canvas: Canvas, rows: Sequence[tuple[str, Limits | Estimate]], y: float, colour: str, symbol: str) -> float:
    points = []
    for label, estimate in rows:
        y = canvas.label(y, label)
        ratio = ratio_limits(estimate)
        limits = printed_limits(ratio, wording.ratio)
        printed = limits if label == FURTHER else f"{wording.ratio(ratio.value)} ({limits})"
        canvas.numbers_of_row(y, printed)
        hover = f"{escaped(label)}<br>odds ratio {printed}"
        points.append(Point(y + ROW_LIFT, ratio.value, ratio.low, ratio.high, hover))
        y += _ROW
    canvas.intervals(points, colour, symbol, "odds ratio with 95 % interval")
    return y


def _notes(report: PooledReport) -> list[str]:
    further = [] if report.odds.predicted is None else [key(GREY, "○", "where one further agency would lie")]
    return [
        *wrapped(f"Compared with {wording.NOT_CERTIFIED}; {n_words(report.sizes)}."),
        key(BLUE, "●", "an agency") + "   " + key(ORANGE, "◆", "their mean"),
        *further,
        *wrapped("Lines are 95 % intervals. At 1 there is no difference."),
    ]


def source_of(report: PooledReport) -> str:
    """Of which editions the numbers are."""
    each = (f"{agency.name}, edition {agency.edition} of {agency.as_of}" for agency in report.agencies)
    return f"Source: {'; '.join(each)}."


def forest_table(report: PooledReport) -> HtmlTable:
    """Every number of the forest plot, with the differences per 1,000 contacts."""
    return HtmlTable(TITLE, _HEADER, tuple(_table_rows(report)), (3, 4, 5, 6, 7, 8))


def _table_rows(report: PooledReport) -> Iterator[tuple[str, ...]]:
    for agency, weight in zip(report.agencies, report.odds.weights, strict=True):
        yield (
            f"{agency.name}, demonstration" if agency.demonstration else agency.name,
            agency.edition,
            agency.as_of.isoformat(),
            *_ratio_cells(agency.log_odds_ratio),
            _difference_cell(agency.risk_difference),
            wording.count(agency.sizes.n),
            wording.count(agency.sizes.n_events),
            wording.whole_percent(float(weight)),
        )
    difference = report.difference
    counts = (wording.count(report.sizes.n), wording.count(report.sizes.n_events))
    mean = _difference_cell(difference.mean if difference else None)
    yield (MEAN, "", "", *_ratio_cells(report.odds.mean), mean, *counts, "")
    if report.odds.predicted is not None:
        further = ratio_limits(report.odds.predicted)
        yield (FURTHER, "", "", "", printed_limits(further, wording.ratio), "", *counts, "")


def _ratio_cells(estimate: Limits | Estimate) -> tuple[str, str]:
    ratio = ratio_limits(estimate)
    return wording.ratio(ratio.value), printed_limits(ratio, wording.ratio)


def _difference_cell(estimate: Limits | Estimate | None) -> str:
    if estimate is None:
        return wording.NO_NUMBER
    limits = printed_limits(estimate, wording.signed_per_thousand)
    return f"{wording.signed_per_thousand(estimate.value)} ({limits})"
