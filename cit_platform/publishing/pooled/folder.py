"""What `cit pool --to` leaves: a page that stands by itself, and the numbers as a table for programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cit_platform.inference.partial_pooling import Limits
from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.canvas import mark_words, without_head
from cit_platform.publishing.parts.still import still
from cit_platform.publishing.pooled.agencies import AgencyEstimate, Estimate, PoolError
from cit_platform.publishing.pooled.forest import TITLE, forest, forest_table, source_of
from cit_platform.publishing.pooled.report import PooledReport, has_limits, ratio_limits
from cit_platform.publishing.templating import environment
from cit_platform.storage.files import write_whole

PAGE, TABLE = "pooled.html", "pooled.csv"
COLUMNS = (
    *("part", "measure", "agency", "name", "edition", "as_of", "demonstration", "window_start", "window_end"),
    *("estimate", "conf_low", "conf_high", "reference", "n_contacts", "n_events", "n_officers", "weight"),
)


def write_folder(report: PooledReport, folder: Path) -> tuple[Path, Path]:
    """Write page and table; what stands there under their names is replaced.

    Returns:
        The page and the table.

    Raises:
        PoolError: The folder lies in one of the homes, which are only read.
    """
    folder = folder.expanduser().absolute()
    for agency in report.agencies:
        if folder.resolve().is_relative_to(agency.home.resolve()):
            raise PoolError(
                f"{folder} lies in the home {agency.home}, and homes are only read here. Give --to another folder."
            )
    folder.mkdir(parents=True, exist_ok=True)
    page, table = folder / PAGE, folder / TABLE
    write_whole(page, page_text(report))
    write_whole(table, table_text(report))
    return page, table


def page_text(report: PooledReport) -> str:
    """The page: the paragraphs, the forest plot as SVG, and its numbers; it reads no other file and runs no script."""
    figure = forest(report)
    return (
        environment()
        .get_template("pooled.html")
        .render(
            report=report,
            figure=figure["layout"]["meta"],
            picture=still(without_head(figure)),
            alternative=f"{TITLE}, with 95 % intervals. {mark_words(figure)}",
            source=source_of(report),
            table=forest_table(report),
            csv=TABLE,
        )
    )


def table_text(report: PooledReport) -> str:
    """The numbers as CSV, a row each: ISO dates, true and false, ten significant digits, nothing for what is not."""
    lines = io.StringIO()
    writer = csv.DictWriter(lines, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _printed(value) for name, value in row.items()} for row in _rows(report))
    return lines.getvalue()


def _rows(report: PooledReport) -> Iterator[dict[str, Any]]:
    odds, difference = report.odds, report.difference
    for place, agency in enumerate(report.agencies):
        yield _agency_row(agency, "odds_ratio", ratio_limits(agency.log_odds_ratio), odds.weights[place])
        if agency.risk_difference is not None:
            weight = difference.weights[place] if difference else ""
            yield _agency_row(agency, "risk_difference", agency.risk_difference, weight)
    yield _row(report, "mean", "odds_ratio", ratio_limits(odds.mean))
    if odds.predicted is not None:
        yield _row(report, "further_agency", "odds_ratio", ratio_limits(odds.predicted))
    if difference is not None:
        yield _row(report, "mean", "risk_difference", difference.mean)
        if difference.predicted is not None:
            yield _row(report, "further_agency", "risk_difference", difference.predicted)
    if has_limits(odds.spread):
        yield _row(report, "between", "log_odds_ratio_sd", odds.spread)
        yield _row(report, "between", "i_squared", odds.i_squared)


def _agency_row(agency: AgencyEstimate, measure: str, estimate: Limits | Estimate, weight: object) -> dict[str, Any]:
    return {
        "part": "agency",
        "measure": measure,
        **{name: getattr(agency, name) for name in ("agency", "name", "edition", "as_of", "demonstration")},
        "window_start": agency.window[0],
        "window_end": agency.window[1],
        **_numbers(estimate),
        "reference": wording.NOT_CERTIFIED,
        "n_contacts": agency.sizes.n,
        "n_events": agency.sizes.n_events,
        "n_officers": agency.sizes.n_officers,
        "weight": weight,
    }


def _row(report: PooledReport, part: str, measure: str, limits: Limits) -> dict[str, Any]:
    sizes = report.sizes
    return {
        "part": part,
        "measure": measure,
        "demonstration": bool(report.demonstrations),
        **_numbers(limits),
        "reference": "no difference between agencies (0)" if part == "between" else wording.NOT_CERTIFIED,
        "n_contacts": sizes.n,
        "n_events": sizes.n_events,
        "n_officers": sizes.n_officers,
    }


def _numbers(limits: Limits | Estimate) -> dict[str, float]:
    return {"estimate": limits.value, "conf_low": limits.low, "conf_high": limits.high}


def _printed(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.10g}"
    text = str(value)
    # What a spreadsheet computes instead of showing it.
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
