"""How do contacts, certification, force, dispositions and responses run over time? The city quarter by quarter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.canvas import BLUE, GREY, ORANGE, Figure, escaped, key, wrapped
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.finding import Finding, Sizes, row_key
from cit_platform.publishing.parts.html_table import HtmlTable
from cit_platform.publishing.parts.rows import Row, plain_rows
from cit_platform.publishing.parts.time_panels import Moment, Panel, Series, round_top, time_panels, year_of
from cit_platform.publishing.parts.topic import Chart, Content, FindingSentence, Numbers, Prose, Tables, topic

if TYPE_CHECKING:
    import pandas as pd

TRENDS, REVISIONS = "models/trends", "quality/revisions"
CITY, KEY = "city", "over_time"
_RESPONSES = (("requested", GREY), ("dispatched", ORANGE), ("arrived", BLUE))
_DISPOSITIONS = ("arrest", "emergent_detention", "referral", "no_action")
MEASURES = ("contacts", "certified", "force", *_DISPOSITIONS, "other_or_none", *(name for name, _ in _RESPONSES))
_MONTHLY = ("contacts", "certified", "force", "arrest", "emergent_detention", "arrived")
_LAST_MONTHS = 24
_CAPTION = (
    "Each mark is a quarter, each line its 95 % interval, officers as clusters. Hollow marks are of quarters that are "
    "still filling up, or in whose midst the records begin. A contact counts under its gravest ending. The four "
    "endings share one scale, and so do all shares from 0 to 100 %."
)
_FORM = (
    "The form of May 2019 prints all dispositions that were ticked, the one before it a single one. So arrests, "
    "detentions and referrals on its two sides are not counted alike, and no step there is read as a change."
)
_CHANGE = Prose(
    "A form that is filled in more or less often, a new rule for what counts as force, or other calls would move "
    "these lines as much as other conduct. Nothing is adjusted here, and no other city stands beside it.",
    lead="What would change this answer.",
)
_WITHHELD = Prose(
    "A month, quarter or precinct with reports of fewer than 10 officers is withheld, and whatever would give it away "
    "by subtraction. The download holds every month and precinct, each with its officers."
)


@topic(TRENDS, REVISIONS, chart="trends")
def trends(tables: Tables, provenance: FigureProvenance) -> Content:
    """Contacts, certified share, force, dispositions and responses of the city by quarter, the dated breaks marked.

    For: seeing when something moved, and which date lies near.
    Not for: what a law or a training did: nothing is adjusted here.
    """
    rows = plain_rows(tables[TRENDS].sort_values("month", kind="stable"))
    quarters = {measure: of_place(rows, measure) for measure in MEASURES}
    table = city_table(quarters, MEASURES, "by quarter")
    months = {measure: of_place(rows, measure, unit="month")[-_LAST_MONTHS:] for measure in _MONTHLY}
    finding = latest(quarters)
    crossed = {row["period"] for row in rows if row["complete"]} > {"baseline"}
    return Content(
        findings=(finding,),
        blocks=(
            FindingSentence(KEY),
            Chart(city_panels(quarters, provenance), _CAPTION, finding.sentence, table),
            *((Prose(_FORM, lead="The records system changed."),) if crossed else ()),
            *_late(tables[REVISIONS]),
            Numbers(city_table(months, _MONTHLY, "by month, the last two years"), "wide", "Month by month"),
            _WITHHELD,
            _CHANGE,
        ),
    )


def of_place(rows: Sequence[Row], measure: str, place: str = CITY, unit: str = "quarter") -> list[Row]:
    """The rows of one measure and place in the order of time."""
    asked = (unit, place, measure)
    return [row for row in rows if (row["unit_of_time"], row["place"], row["measure"]) == asked]


def last_complete(rows: Sequence[Row]) -> Row | None:
    """The last row of a complete time that has a number."""
    return next((row for row in reversed(rows) if row["complete"] and row["value"] is not None), None)


def time_words(row: Row) -> str:
    """A month or quarter in print."""
    month = row["month"]
    return f"{month:%Y-%m}" if row["unit_of_time"] == "month" else f"{month.year}-Q{(month.month + 2) // 3}"


def printed(row: Row, with_interval: bool = True) -> str:
    """The number of a row in print: a count, force per 1,000, any other share in percent."""
    if row["value"] is None:
        return wording.NOT_STATED if row["n_contacts"] == 0 else wording.short_reason(row)
    if row["measure"] == "contacts":
        return wording.count(row["value"])
    as_words = wording.per_thousand if row["measure"] == "force" else wording.percent
    interval = wording.interval(as_words(row["conf_low"]), as_words(row["conf_high"]))
    return f"{as_words(row['value'])} ({interval})" if with_interval else as_words(row["value"])


def latest(quarters: Mapping[str, Sequence[Row]]) -> Finding:
    """The last complete quarter, beside the same quarter of the year before."""
    what = "The last complete quarter"
    row = last_complete(quarters["contacts"])
    force = None if row is None else _at(quarters["force"], row["month"])
    if row is None or force is None or force["value"] is None:
        cannot = "cannot be estimated: no complete quarter has reports of 10 officers"
        return Finding(KEY, what, "cannot be estimated", cannot, f"How contacts run over time {cannot}.", "verdict")
    before = {name: _at(rows, row["month"].replace(year=row["month"].year - 1)) for name, rows in quarters.items()}
    parts = [
        f"In {time_words(row)}, the last complete quarter, {wording.count(row['value'])} contacts were reported"
        f"{_more(row, before['contacts'])}.",
        _certified(_at(quarters["certified"], row["month"])),
        f"Force was reported in {_in_thousand(force)}{_beside(force, before['force'])}.",
    ]
    return Finding(
        key=KEY,
        what=what,
        direction="note",
        words=f"{time_words(row)}: {wording.count(row['value'])} contacts, force in {printed(force, False)} per 1,000",
        sentence=" ".join(filter(None, parts)),
        unit="verdict",
        sizes=Sizes(force["n_contacts"], None, force["n_officers"]),
        row=row_key(TRENDS, force),
    )


def _at(rows: Sequence[Row], month: date) -> Row | None:
    return next((row for row in rows if row["month"] == month), None)


def _more(row: Row, before: Row | None) -> str:
    if before is None or before["value"] is None or not before["complete"]:
        return ""
    more = row["value"] - before["value"]
    if not more:
        return ", as many as in the same quarter of the year before"
    amount, side = wording.count(abs(more)), "more" if more > 0 else "fewer"
    return f", {amount} {side} than in the same quarter of the year before"


def _certified(row: Row | None) -> str:
    if row is None or row["value"] is None:
        return ""
    interval = wording.interval(wording.percent(row["conf_low"]), wording.percent(row["conf_high"]))
    share = wording.percent(row["value"])
    return f"A certified officer wrote up {share} of them (95 % interval {interval})."


def _in_thousand(row: Row) -> str:
    low, high = wording.per_thousand(row["conf_low"]), wording.per_thousand(row["conf_high"])
    in_brackets = f"95 % interval {wording.interval(low, high)}; n = {wording.count(row['n_contacts'])} contacts"
    return f"{wording.per_thousand(row['value'])} of 1,000 contacts ({in_brackets})"


def _beside(row: Row, before: Row | None) -> str:
    if before is None or before["value"] is None or not before["complete"]:
        return ""
    apart = row["conf_low"] > before["conf_high"] or row["conf_high"] < before["conf_low"]
    said = "the two intervals do not overlap" if apart else "the two intervals overlap, so neither is clearly above"
    return f"; a year before in {printed(before)}: {said}"


def _late(revisions: pd.DataFrame) -> tuple[Prose, ...]:
    """What came to published contacts late, which is why the last months are marked."""
    summed = [row for row in plain_rows(revisions) if (row["night"], row["change"]) == ("all", "added")]
    row = next((row for row in summed if not row["field"] and row["shown"]), None)
    if row is None:
        return ()
    added, young = wording.records(row["n_records"]), wording.count(row["n_within_month"])
    text = (
        f"A month counts as filling up until 30 days after its end. Since revisions are watched, {added} came to "
        f"contacts already published, {young} of them to contacts reported up to 30 days before."
    )
    return (Prose(text, lead="Still filling up."),)


def city_panels(quarters: Mapping[str, Sequence[Row]], provenance: FigureProvenance) -> Figure:
    """The panels of the city, one under the other."""
    ends = max(
        (row["conf_high"] for name in _DISPOSITIONS for row in quarters[name] if row["value"] is not None), default=0
    )
    top = round_top(ends)
    panels = [
        single(quarters["contacts"], wording.count, "Contacts per quarter"),
        single(quarters["certified"], wording.percent, wording.trend_words("certified"), 1.0),
        single(quarters["force"], wording.per_thousand, "With force, per 1,000 contacts"),
        *(single(quarters[name], wording.percent, wording.trend_words(name), top) for name in _DISPOSITIONS),
        Panel(
            "Requested, sent, came",
            tuple(Series(wording.trend_words(name), colour, moments(quarters[name])) for name, colour in _RESPONSES),
            1.0,
            "0 to 100 %",
        ),
    ]
    notes = [key(colour, "●", wording.trend_words(name)) for name, colour in _RESPONSES]
    notes += wrapped("By quarter, as observed, not adjusted. Lines: 95 % intervals. ○ still filling up.")
    return time_panels(panels, "trends", provenance, "Crisis contacts over time", notes)


def single(rows: Sequence[Row], as_words: object, title: str, top: float | None = None) -> Panel:
    """A panel of one series, on a scale of its own unless it shares one."""
    ends = [row["value"] if row["conf_high"] is None else row["conf_high"] for row in rows if row["value"] is not None]
    top = round_top(max(ends, default=0.0)) if top is None else top
    assert callable(as_words)
    return Panel(title, (Series(title, BLUE, moments(rows)),), top, f"0 to {as_words(top).replace('.0', '')}")


def moments(rows: Sequence[Row]) -> tuple[Moment, ...]:
    """Rows with a number as places on the axis of years, each in the middle of its quarter."""
    return tuple(
        Moment(
            year_of(row["month"], 1.5),
            row["value"],
            row["conf_low"],
            row["conf_high"],
            row["complete"],
            escaped(f"{time_words(row)}: {printed(row)}{'' if row['complete'] else ', still filling up'}"),
        )
        for row in rows
        if row["value"] is not None
    )


def city_table(rows: Mapping[str, Sequence[Row]], measures: Sequence[str], unit: str) -> HtmlTable:
    """Every number of the city, the latest time first."""
    by_time = {name: {row["month"]: row for row in rows[name]} for name in measures}
    listed = []
    for month, row in sorted(by_time["contacts"].items(), reverse=True):
        cells = (printed(by_time[name][month]) if month in by_time[name] else "" for name in measures[1:])
        officers = "" if row["n_officers"] is None else wording.count(row["n_officers"])
        state = time_words(row) + ("" if row["complete"] else " (filling up)")
        listed.append((state, printed(row), officers, *cells))
    header = ("Time", "Contacts", "Officers", *(_header(name) for name in measures[1:]))
    caption = f"The city {unit}, 95 % intervals in brackets; force per 1,000 contacts, other shares in percent"
    return HtmlTable(caption, header, tuple(listed), tuple(range(1, len(header))))


def _header(measure: str) -> str:
    return wording.trend_words(measure) + (", per 1,000" if measure == "force" else "")
