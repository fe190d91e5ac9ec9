"""Over the years: what happened in how many contacts, which breaks there were, and certification year by year."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.canvas import (
    BLUE,
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
from cit_platform.publishing.parts.finding import Finding, Sizes, difference_words, not_estimated, row_key
from cit_platform.publishing.parts.html_table import AGAINST, HtmlTable, count_cells, with_limits
from cit_platform.publishing.parts.rows import Row, estimated, plain_rows
from cit_platform.publishing.parts.topic import Chart, Content, FindingSentence, Numbers, Prose, Tables, topic

ERA = "models/era"
OUTCOMES = ("force", "arrest", "emergent_detention", "referral")
_RATES, _BY_YEAR = "force_over_the_years", "certification_by_year"
# The period with which the form of the reports changed.
FORM = "mark43"
_CAPTION = (
    "Adjusted difference in force per 1,000 contacts between reports by certified officers and by others, in each year "
    "for itself. Shown, not tested: of so many years some lie apart by chance."
)
_ALTERNATIVE = "Adjusted difference in force by year with 95 % intervals, and the dated breaks between the years."
_CHANGE = (
    "a place where a law, a service or a form came at another time: these records are of one city, so that what "
    "changed for all at once cannot be kept apart."
)
_ROW, _BREAK = 44, 20
_SIZES = ("n_contacts", "n_officers")


@topic(ERA, chart="era")
def era(tables: Tables, provenance: FigureProvenance) -> Content:
    """Force and dispositions by year and policy period, and the adjusted difference by certification in each year.

    For: seeing what changed over time for everyone, and whether an association is of one time only.
    Not for: what a law or a service did.
    """
    rows = plain_rows(tables[ERA])
    chart = Chart(year_chart(rows, provenance), _CAPTION, _ALTERNATIVE, differences_table(rows))
    return Content(
        findings=(over_the_years(rows), by_year(rows)),
        blocks=(
            FindingSentence(_RATES),
            Numbers(rates_table(rows, "year"), "wide", "By year and records system"),
            Numbers(rates_table(rows, "period"), "wide", "By policy period"),
            FindingSentence(_BY_YEAR),
            chart,
            Prose(_CHANGE, lead="What would change this answer:"),
        ),
    )


def _of(rows: Sequence[Row], part: str, outcome: str | None = None) -> list[Row]:
    """Rows of one part in the order of time, legacy before mark43 within a year."""
    wanted = [row for row in rows if row["part"] == part and outcome in (None, row["outcome"])]
    return sorted(
        wanted,
        key=lambda row: (
            OUTCOMES.index(row["outcome"]),
            row["starts"] or date.min,
            row["level"],
            row["records_system"],
        ),
    )


def over_the_years(rows: Sequence[Row]) -> Finding:
    """How frequent force was in the first and in the last year, and when the form changed."""
    what = "Force over the years"
    years = [row for row in _of(rows, "year", "force") if estimated(row, "risk")]
    if not years:
        missing = next(iter(_of(rows, "year", "force")), None)
        return not_estimated(_RATES, what, "How force changed over the years", "verdict", ERA, missing)
    ends = years if len(years) == 1 else [years[0], years[-1]]
    rates = " and ".join(f"in {row['level']} {with_limits(row, 'risk', wording.per_thousand)}" for row in ends)
    n = sum(row["n_contacts"] for row in years)
    return Finding(
        key=_RATES,
        what=what,
        direction="note",
        words=" and ".join(f"{with_limits(row, 'risk', wording.per_thousand)} in {row['level']}" for row in ends),
        sentence=(
            f"Of 1,000 contacts {rates} involved force, 95 % intervals in brackets; n = {wording.count(n)} contacts in "
            f"{_years(years)}. {_form(rows)}"
        ),
        unit="verdict",
        sizes=Sizes(n, sum(row["n_events"] for row in years)),
        row=row_key(ERA, years[-1]),
    )


def _years(rows: Sequence[Row]) -> str:
    n = len({row["level"] for row in rows})
    return f"{n} year{'' if n == 1 else 's'}"


def _form(rows: Sequence[Row]) -> str:
    """When the form changed, and what follows for dispositions."""
    systems = {row["records_system"] for row in _of(rows, "year")}
    changed = next((row["starts"] for row in _of(rows, "period") if row["level"] == FORM), None)
    if len(systems) < 2 or changed is None:
        return "All these reports were written in one records system."
    return (
        f"On {wording.day_words(changed)} the records system and its form changed: before, one disposition of a "
        "contact is printed, since then all that were ticked, so that dispositions before and after cannot be compared."
    )


def by_year(rows: Sequence[Row]) -> Finding:
    """The range of the adjusted differences in force over the years, and whether one value lies in all intervals."""
    what = "Force and certification, year by year"
    listed = _of(rows, "certification", "force")
    known = [row for row in listed if estimated(row, "risk_difference")]
    if not known:
        estimand = "How force differs by certification in each year"
        return not_estimated(_BY_YEAR, what, estimand, "verdict", ERA, next(iter(listed), None))
    n, (words, said) = sum(row["n_contacts"] for row in known), _differences(known)
    return Finding(
        key=_BY_YEAR,
        what=what,
        direction="note",
        words=words,
        sentence=(
            f"{said} This is shown, not tested: so few contacts of a year involve force that years lie apart by "
            f"chance; n = {wording.count(n)} contacts in {_years(known)}.{_left_out(listed)}"
        ),
        unit="verdict",
        sizes=Sizes(n, sum(row["n_events"] for row in known)),
        reference=wording.NOT_CERTIFIED,
        row=row_key(ERA, known[0]),
    )


def _differences(known: Sequence[Row]) -> tuple[str, str]:
    """The lowest and the highest difference, and what all intervals hold: in a few words, and in a sentence."""
    lowest, highest = (choose(known, key=lambda row: row["risk_difference"]) for choose in (min, max))
    low = max(row["risk_difference_conf_low"] for row in known)
    high = min(row["risk_difference_conf_high"] for row in known)
    opening = "The adjusted difference in force by certification per 1,000 contacts is"
    if len(known) == 1:
        return "a single year", f"{opening} {difference_words(lowest)} in {lowest['level']}, the only year that tells."
    ranges = f"{opening} {difference_words(lowest)} in {lowest['level']} and {difference_words(highest)} in "
    ranges += f"{highest['level']}, and in between in the other years, 95 % intervals in brackets."
    if low > high:
        return "no value lies in all intervals", f"{ranges} No single value lies in the intervals of all years."
    common = wording.interval(wording.signed_per_thousand(low), wording.signed_per_thousand(high))
    return "one value lies in all intervals", f"{ranges} All intervals hold the values from {common}."


def _left_out(listed: Sequence[Row]) -> str:
    refused = [row["level"] for row in listed if not estimated(row, "risk_difference")]
    return f" Too little is known of {', '.join(refused)}." if refused else ""


def rates_table(rows: Sequence[Row], part: str) -> HtmlTable:
    """Risks per 1,000 contacts, an outcome in each column."""
    by_level: dict[tuple[str, str], dict[str, Row]] = {}
    for row in _of(rows, part):
        by_level.setdefault((row["level"], row["records_system"]), {})[row["outcome"]] = row
    first = {"year": "Year, records system", "period": "Policy period, from"}[part]
    names = [wording.sentence_case(wording.outcome_words(outcome)) for outcome in OUTCOMES]
    cells = tuple(
        (_when(found["force"]), *(_rate(found[outcome]) for outcome in OUTCOMES), *count_cells(found["force"], *_SIZES))
        for found in by_level.values()
    )
    caption = (
        f"Contacts per 1,000 as observed by {'year' if part == 'year' else 'policy period'}, 95 % intervals clustered "
        "by officer in brackets; of dispositions any of a contact's counts"
    )
    return HtmlTable(caption, (first, *names, "n contacts", "Officers"), cells, (1, 2, 3, 4, 5, 6))


def _when(row: Row) -> str:
    if row["part"] == "year":
        return f"{row['level']}, {wording.level_words('records_system', row['records_system'])}"
    words = wording.sentence_case(wording.level_words("period", row["level"]))
    return words if row["starts"] is None else f"{words} ({wording.day_words(row['starts'])})"


def _rate(row: Row) -> str:
    return with_limits(row, "risk", wording.per_thousand) if estimated(row, "risk") else wording.short_reason(row)


def differences_table(rows: Sequence[Row]) -> HtmlTable:
    """The adjusted difference of each outcome in each year."""
    cells = tuple(
        (
            wording.sentence_case(wording.outcome_words(row["outcome"])),
            row["level"] or "All years",
            difference_words(row) if estimated(row, "risk_difference") else wording.short_reason(row),
            *count_cells(row, *_SIZES),
        )
        for row in _of(rows, "certification")
    )
    header = ("Outcome", "Year", "Difference per 1,000", "n contacts", "Officers")
    return HtmlTable(f"Adjusted differences by year, {AGAINST}; shown, not tested", header, cells, (2, 3, 4))


def year_chart(rows: Sequence[Row], provenance: FigureProvenance) -> Figure:
    """The adjusted difference in force of each year, and the breaks where they fall."""
    canvas, y = Canvas(), 4.0
    points = list[Point]()
    years = _of(rows, "certification", "force")
    breaks = [row["starts"] for row in _of(rows, "period", "force")]
    names = {row["starts"]: wording.known_words("break").get(row["level"], "") for row in _of(rows, "period", "force")}
    for row in years:
        if estimated(row, "risk_difference"):
            canvas.row(y + 9, row["level"])
            canvas.numbers_of_row(y + 9, difference_words(row))
            points.append(_point(row, y + 9 + ROW_LIFT))
            y += _ROW
        else:
            canvas.row(y + 9, row["level"] or "All years")
            y = canvas.reason_under_row(y + 9, wording.sentence_case(wording.reason(row)) + ".")
        for day in sorted(day for day in breaks if day is not None and str(day.year) == row["level"] and names[day]):
            canvas.text(y + 6, f"<i>{escaped(f'{wording.day_words(day)}: {names[day]}')}</i>", size=11)
            y += _BREAK
    canvas.intervals(points, BLUE, "circle", "difference with 95 % interval")
    if not points:
        canvas.no_point()
    canvas.no_difference(0)
    notes = wrapped(
        "Lines are 95 % intervals. Dotted line: no difference (0). Breaks stand under the year they fall in."
    )
    ends = [0.0, *(point.low for point in points), *(point.high for point in points)]
    span = max(ends) - min(ends) or 1.0
    axis = value_axis("difference per 1,000 contacts", range=[min(ends) - span / 20, max(ends) + span / 20], nticks=6)
    wide = {"axes": {"xaxis": {"domain": [0.3, 0.7]}}, "lift": ROW_LIFT}
    title = "Force and certification, year by year"
    return figure_of(canvas, "era", provenance, title, notes, max(y, _ROW), {"xaxis": axis}, 48, wide)


def _point(row: Row, y: float) -> Point:
    value, low, high = (1000 * row[f"risk_difference{end}"] for end in ("", "_conf_low", "_conf_high"))
    return Point(y, value, low, high, f"{row['level']}: {difference_words(row)} per 1,000")
