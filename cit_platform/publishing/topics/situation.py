"""How often is there force, and in which calls? Plain risks: the situation before the training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.canvas import (
    BLUE,
    GREY,
    ROW_LIFT,
    Canvas,
    Figure,
    Point,
    escaped,
    figure_of,
    value_axis,
    wrapped,
)
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.finding import Finding, row_key, sizes_of
from cit_platform.publishing.parts.html_table import HtmlTable, limits, with_limits
from cit_platform.publishing.parts.rows import Row, estimated, plain_rows
from cit_platform.publishing.parts.topic import Chart, Content, FindingSentence, Numbers, Tables, topic

if TYPE_CHECKING:
    import pandas as pd

SITUATION, TERM_TESTS = "models/situation", "models/term_tests"
FORCE = "force_by_call"
_WHAT = "Force, by kind of call"
_RARE = 0.05
_CAPTION = (
    "As observed, nothing adjusted: how often reports mention force, by what the dispatcher first called it. The line "
    "through the dots of a kind of call is its 95 % interval; where few contacts stand behind it, it is long."
)
_ALTERNATIVE = "Contacts with force per 1,000, with 95 % intervals."
_ROW = 40
_CONTROLS = "Officer race and gender are among the predictors ranked; their numbers stand in the download alone."


@topic(SITUATION, TERM_TESTS, chart="force_by_call")
def situation(tables: Tables, provenance: FigureProvenance) -> Content:
    """How many of 1,000 contacts involve force by kind of call, and how much of the difference each predictor tells.

    For: the first sentence of the page: the situation before the training.
    Not for: comparing officers: nothing is adjusted in these risks.
    """
    frame, tests = tables[SITUATION], tables[TERM_TESTS]
    return Content(
        findings=(force_by_call(frame, tests),),
        blocks=(
            FindingSentence(FORCE),
            Chart(calls_chart(frame, provenance), _CAPTION, _ALTERNATIVE, risks_table(frame)),
            Numbers(strength_table(tests), "wide", "How much each predictor tells of force"),
        ),
    )


def force_by_call(frame: pd.DataFrame, term_tests: pd.DataFrame) -> Finding:
    """How often contacts involve force, and the calls with the highest and the lowest risk."""
    rows = [row for row in plain_rows(frame) if row["outcome"] == "force"]
    overall = next((row for row in rows if not row["term"] and estimated(row, "risk")), None)
    if overall is None:
        return Finding(
            key=FORCE,
            what=_WHAT,
            direction="cannot be estimated",
            words="cannot be estimated: too few contacts with force",
            sentence="How often contacts involve force cannot be estimated: too few contacts with force.",
            unit="risk",
        )
    calls = [row for row in rows if row["term"] == "call_risk" and row["level"] != "unknown" and estimated(row, "risk")]
    apart = _furthest_apart(calls)
    return Finding(
        key=FORCE,
        what=_WHAT,
        direction="note",
        words=_range_words(apart) if apart else f"{wording.whole_per_thousand(overall['risk'])} in 1,000 contacts",
        sentence=_sentence(overall, apart, _first_by_itself(term_tests)),
        unit="risk",
        estimate=overall["risk"],
        low=overall["risk_conf_low"],
        high=overall["risk_conf_high"],
        sizes=sizes_of(overall),
        reference="nothing: a plain risk",
        row=row_key(SITUATION, overall),
        plain=_plain(overall, apart),
    )


def _plain(overall: Row, apart: tuple[Row, Row] | None) -> str:
    """The answer for the first screen: in all contacts and, where the calls clearly differ, in those with most."""
    opening = "Force is rare" if overall["risk"] < _RARE else "Force is reported often"
    answer = f"{opening}: {_in_thousand(overall, 'contacts')}"
    if apart is None:
        return f"{answer}."
    return f"{answer}, though {_in_thousand(apart[0], wording.calls_words(apart[0]['level']))}."


def _in_thousand(row: Row, of_what: str) -> str:
    [(value, *ends)] = wording.ranges_per_thousand((row["risk"], row["risk_conf_low"], row["risk_conf_high"]))
    return f"{value} in 1,000 {of_what} ({wording.interval(*ends)}, 95 %)"


def _sentence(overall: Row, apart: tuple[Row, Row] | None, first: bool) -> str:
    rare = overall["risk"] < _RARE
    interval = limits(overall, "risk", wording.per_thousand)
    risk = f"{wording.whole_per_thousand(overall['risk'])} in 1,000"
    certainty = f"95 % interval {interval}; n = {wording.count(overall['n_contacts'])} contacts"
    if apart is None:
        opening = "Force is rare" if rare else "Force is recorded"
        return f"{opening}: in {risk} contacts ({certainty}). The kinds of call do not clearly differ in it."
    opening = "Force is rare, and how rare" if rare else "How often there is force"
    return (
        f"{opening} depends {'above all ' if first else ''}on the call: {_range_words(apart)}. In all contacts it is "
        f"{risk} ({certainty})."
    )


def _range_words(apart: tuple[Row, Row]) -> str:
    highest, lowest = apart
    return (
        f"{wording.whole_per_thousand(highest['risk'])} in 1,000 {wording.calls_words(highest['level'])}, "
        f"{wording.whole_per_thousand(lowest['risk'])} in 1,000 {wording.calls_words(lowest['level'])}"
    )


def _furthest_apart(calls: Sequence[Row]) -> tuple[Row, Row] | None:
    """The calls whose risk is surely high and surely low: by their limits, so that no sparse kind wins by chance."""
    if not calls:
        return None
    highest = max(calls, key=lambda row: row["risk_conf_low"])
    lowest = min(calls, key=lambda row: row["risk_conf_high"])
    return (highest, lowest) if highest["risk_conf_low"] > lowest["risk_conf_high"] else None


def _first_by_itself(term_tests: pd.DataFrame) -> bool:
    """Whether the kind of call comes first among the predictors of force, however one draws the officers."""
    return any(row["term"] == "call_risk" and row["rank_high"] == 1 for row in _of_force(term_tests))


def _of_force(term_tests: pd.DataFrame) -> list[Row]:
    rows = [row for row in plain_rows(term_tests) if row["model"] == "force"]
    return sorted(rows, key=lambda row: (row["rank"] is None, row["rank"], row["term"]))


def _ordered(frame: pd.DataFrame) -> list[Row]:
    """Kinds of call from the highest risk of force to the lowest, all contacts last."""
    listed = [row for row in plain_rows(frame) if row["outcome"] == "force" and row["term"] in ("", "call_risk")]
    return sorted(listed, key=lambda row: (not row["term"], -(row["risk"] or 0.0), row["level"]))


def calls_chart(frame: pd.DataFrame, provenance: FigureProvenance) -> Figure:
    """Contacts with force per 1,000 of each kind of call with 95 % intervals, all contacts last.

    Args:
        frame: `models/situation`.
        provenance: Origin of the figure.
    """
    canvas, y = Canvas(), 6.0
    points: dict[str, list[Point]] = {BLUE: [], GREY: []}
    rows = _ordered(frame)
    if not rows:
        canvas.text(y + 10, "No contacts to count.")
        y += _ROW
    for row in rows:
        y = canvas.label(y + 9, _group(row))
        printed, *_ = risk_cells(row)
        if estimated(row, "risk"):
            printed = with_limits(row, "risk", wording.per_thousand)
            low, high = 1000 * row["risk_conf_low"], 1000 * row["risk_conf_high"]
            hover = f"{escaped(_group(row))}: {printed}"
            points[BLUE if row["term"] else GREY].append(Point(y + ROW_LIFT, 1000 * row["risk"], low, high, hover))
        canvas.numbers_of_row(y, printed)
        y += _ROW - 9
    for colour, drawn in points.items():
        canvas.intervals(drawn, colour, "circle", "contacts with force per 1,000")
    largest = max([1.0, *(point.high for drawn in points.values() for point in drawn)])
    axis = value_axis("contacts with force per 1,000", range=[0, 1.05 * largest], nticks=6)
    notes = wrapped("Contacts with reported force per 1,000, with 95 % intervals in brackets, clustered by officer.")
    wide = {"axes": {"xaxis": {"domain": [0.36, 0.78]}}, "lift": ROW_LIFT}
    title = "How often there is force, by kind of call"
    return figure_of(canvas, "force_by_call", provenance, title, notes, y + 8, {"xaxis": axis}, 48, wide)


def risks_table(frame: pd.DataFrame) -> HtmlTable:
    """Risk of force by kind of call and in all contacts."""
    rows = tuple((_group(row), *risk_cells(row)) for row in _ordered(frame))
    header = ("Calls", "With force per 1,000", "95 % interval", "n contacts", "with force")
    return HtmlTable("Contacts with reported force, by kind of call, as observed", header, rows, (1, 2, 3, 4))


def risk_cells(row: Row) -> tuple[str, ...]:
    """Risk per 1,000 with its interval, contacts, and those with the outcome."""
    counts = (wording.count(row["n_contacts"]), wording.count(row["n_events"]))
    if not estimated(row, "risk"):
        return (wording.NO_NUMBER, "too few contacts", *counts)
    return (wording.per_thousand(row["risk"]), limits(row, "risk", wording.per_thousand), *counts)


def _group(row: Row) -> str:
    return wording.sentence_case(wording.calls_words(row["level"])) if row["term"] else "All contacts"


def strength_table(term_tests: pd.DataFrame) -> HtmlTable:
    """How much each predictor of force tells: spread of the log odds, its rank, and likelihood-ratio chi-square."""
    rows = tuple(
        (
            wording.term_words(row["term"]),
            *_spread_cells(row),
            _chi_square(row),
            wording.count(row["df"]),
            wording.count(row["n_contacts"]),
        )
        for row in _of_force(term_tests)
    )
    header = (
        *("Predictor", "Spread of the log odds", "95 % interval", "Rank", "Rank, 95 %"),
        *("χ² as if independent", "Degrees of freedom", "n contacts"),
    )
    caption = f"How much each predictor of force tells, by the spread of its part of the log odds. {_CONTROLS}"
    return HtmlTable(caption, header, rows, (1, 2, 3, 4, 5, 6, 7))


def _spread_cells(row: Row) -> tuple[str, ...]:
    if row["log_odds_sd"] is None:
        return (wording.NO_NUMBER, wording.short_reason(row), "", "")
    interval = limits(row, "log_odds_sd", wording.two_digits) if estimated(row, "log_odds_sd") else ""
    ranks = "" if row["rank_low"] is None else wording.interval(str(row["rank_low"]), str(row["rank_high"]))
    return (wording.two_digits(row["log_odds_sd"]), interval, "" if row["rank"] is None else str(row["rank"]), ranks)


def _chi_square(row: Row) -> str:
    return wording.short_reason(row) if row["lr_chi2"] is None else wording.chi_square(row["lr_chi2"])
