"""Does force run differently in the precincts? Each precinct over time, all on one scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.canvas import Figure, wrapped
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.finding import Finding, Sizes, row_key
from cit_platform.publishing.parts.html_table import HtmlTable
from cit_platform.publishing.parts.rows import Row, plain_rows
from cit_platform.publishing.parts.time_panels import round_top, time_panels
from cit_platform.publishing.parts.topic import Chart, Content, FindingSentence, Heading, Tables, topic
from cit_platform.publishing.topics.trends import CITY, TRENDS, last_complete, of_place, printed, single, time_words

KEY = "force_by_precinct"
_CAPTION = (
    "Force per 1,000 contacts by quarter, the city first, then each precinct; all panels have one scale. With few "
    "contacts in a quarter the intervals are wide: most of what moves here is chance."
)


@topic(TRENDS, chart="trends_by_precinct")
def trends_by_precinct(tables: Tables, provenance: FigureProvenance) -> Content:
    """Force per 1,000 contacts over time in the city and in each precinct, on one scale.

    For: seeing whether a precinct runs apart from the city.
    Not for: ranking precincts: their calls differ, and nothing is adjusted here.
    """
    rows = plain_rows(tables[TRENDS].sort_values("month", kind="stable"))
    places = sorted({row["place"] for row in rows} - {CITY})
    force = {place: of_place(rows, "force", place) for place in (CITY, *places)}
    finding = apart(force)
    return Content(
        findings=(finding,),
        blocks=(
            Heading("By precinct"),
            FindingSentence(KEY),
            Chart(precinct_panels(force, provenance), _CAPTION, finding.sentence, precinct_table(force)),
        ),
    )


def apart(force: Mapping[str, Sequence[Row]]) -> Finding:
    """The precincts with surely most and surely least force in the last complete quarter, if there are such."""
    what = "Force in the precincts"
    latest = last_complete(force[CITY])
    known = (
        [] if latest is None else [row for rows in force.values() for row in rows if row["month"] == latest["month"]]
    )
    known = [row for row in known if row["place"] != CITY and row["value"] is not None]
    if latest is None or len(known) < 2:
        cannot = "cannot be estimated: no two precincts have a complete quarter with reports of 10 officers"
        return Finding(KEY, what, "cannot be estimated", cannot, f"How precincts differ {cannot}.", "verdict")
    highest, lowest = max(known, key=_low), min(known, key=_high)
    clearly = highest["conf_low"] > lowest["conf_high"]
    if not clearly:
        highest, lowest = max(known, key=_value), min(known, key=_value)
    said = "" if clearly else " The intervals overlap: the precincts do not clearly differ."
    return Finding(
        key=KEY,
        what=what,
        direction="note",
        words="precincts apart" if clearly else "precincts not clearly apart",
        sentence=(
            f"In {time_words(latest)} force was reported in {_in_words(highest)} and in {_in_words(lowest)}, per 1,000 "
            f"contacts, 95 % intervals in brackets.{said}"
        ),
        unit="verdict",
        sizes=Sizes(highest["n_contacts"], None, highest["n_officers"]),
        row=row_key(TRENDS, highest),
    )


def _value(row: Row) -> tuple[float, str]:
    return row["value"], row["place"]


def _low(row: Row) -> tuple[float, str]:
    return row["conf_low"], row["place"]


def _high(row: Row) -> tuple[float, str]:
    return row["conf_high"], row["place"]


def _in_words(row: Row) -> str:
    return f"{printed(row)} of {wording.count(row['n_contacts'])} contacts in {_name(row['place'])}"


def _name(place: str) -> str:
    return "the city" if place == CITY else wording.level_words("precinct", place)


def precinct_panels(force: Mapping[str, Sequence[Row]], provenance: FigureProvenance) -> Figure:
    """A panel for the city and for each precinct, all on the scale that holds every value."""
    ends = [row["value"] for rows in force.values() for row in rows if row["value"] is not None]
    top = round_top(1.5 * max(ends, default=0.0))
    panels = [
        single(rows, wording.per_thousand, wording.sentence_case(_name(place)), top) for place, rows in force.items()
    ]
    notes = wrapped("By quarter, as observed, not adjusted. Lines: 95 % intervals, cut at the end of the scale.")
    return time_panels(panels, "trends_by_precinct", provenance, "Force by precinct, per 1,000", notes)


def precinct_table(force: Mapping[str, Sequence[Row]]) -> HtmlTable:
    """Force per 1,000 contacts by quarter and place, the latest first."""
    by_time = {place: {row["month"]: row for row in rows} for place, rows in force.items()}
    listed = []
    for month, row in sorted(by_time[CITY].items(), reverse=True):
        cells = (printed(found[month]) if month in found else "" for found in by_time.values())
        listed.append((time_words(row) + ("" if row["complete"] else " (filling up)"), *cells))
    header = ("Quarter", *(wording.sentence_case(_name(place)) for place in force))
    caption = "Force per 1,000 contacts by quarter and precinct, 95 % intervals in brackets"
    return HtmlTable(caption, header, tuple(listed), tuple(range(1, len(header))))
