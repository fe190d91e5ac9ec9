"""What has come since the questions were laid down? Later contacts on their own, with limits for every look."""

from __future__ import annotations

from collections.abc import Sequence

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.finding import (
    Direction,
    Finding,
    direction_of,
    direction_words,
    n_words,
    not_estimated,
    power_beside_null,
    row_key,
    sizes_of,
)
from cit_platform.publishing.parts.html_table import AGAINST, HtmlTable, count_cells, difference_cells, limits
from cit_platform.publishing.parts.rows import Row, estimated, plain_rows
from cit_platform.publishing.parts.topic import Content, FindingSentence, Numbers, Prose, Tables, topic

PROSPECTIVE = "models/prospective"
OUTCOMES = ("force", "arrest", "emergent_detention", "referral")
MEASURES = ("crude", "stratified")
_KEY = "force_since_the_protocol"
_WHAT = "Force in contacts reported since the questions were laid down, difference per 1,000"
_MEANING = (
    "Everything else on this page rests on contacts that were there when the questions were asked. These were not, "
    "though the officers are partly the same. The numbers are looked at every night, so the "
    "limits that count are those that hold at all looks at once; those of a single look are narrower."
)
_CHANGE = "time: few contacts involve force, so that years pass before a small difference shows."


@topic(PROSPECTIVE)
def prospective(tables: Tables, provenance: FigureProvenance) -> Content:
    """Certification and force in the contacts that were reported after the protocol's date, on their own.

    For: the only evidence that nobody could have seen beforehand.
    Not for: replacing the main estimate.
    """
    rows = plain_rows(tables[PROSPECTIVE])
    return Content(
        findings=(since(rows),),
        blocks=(
            FindingSentence(_KEY),
            Prose(_MEANING),
            Numbers(since_table(rows)),
            Prose(_CHANGE, lead="What would change this answer:"),
        ),
    )


def since(rows: Sequence[Row]) -> Finding:
    """The stratified difference in force of the later contacts; said by the limits that hold at every look."""
    row = next((row for row in rows if (row["outcome"], row["measure"]) == ("force", "stratified")), None)
    if row is not None and row["n_contacts"] == 0:
        return _none_yet(row)
    if row is None or not estimated(row, "risk_difference"):
        estimand = "The difference in force among contacts reported since the questions were laid down"
        return not_estimated(_KEY, _WHAT, estimand, "risk difference", PROSPECTIVE, row)
    low, high = row["risk_difference_conf_low"], row["risk_difference_conf_high"]
    direction = direction_of(low, high, 0.0)
    power = power_beside_null(direction, wording.power_of_difference(row["smallest_detectable_difference"]))
    return Finding(
        key=_KEY,
        what=_WHAT,
        direction=direction,
        words=direction_words(direction),
        sentence=(
            f"In contacts reported after {wording.day_words(row['protocol_date'])}, force per 1,000 contacts of "
            f"reports by certified officers {_side(row, direction)}; {n_words(sizes_of(row))}, "
            f"{wording.count(row['n_events'])} with force.{power}"
        ),
        unit="risk difference",
        estimate=row["risk_difference"],
        low=low,
        high=high,
        sizes=sizes_of(row),
        reference=f"{wording.NOT_CERTIFIED}, of the same kind of call, precinct and month",
        row=row_key(PROSPECTIVE, row),
    )


def _none_yet(row: Row) -> Finding:
    day = wording.day_words(row["protocol_date"])
    return Finding(
        key=_KEY,
        what=_WHAT,
        direction="cannot be estimated",
        words="none yet",
        sentence=(
            f"None yet: no contact in these data was reported after {day}, the day on which the questions were laid "
            "down, and so the difference cannot be estimated."
        ),
        unit="risk difference",
        sizes=sizes_of(row),
        row=row_key(PROSPECTIVE, row),
    )


def _side(row: Row, direction: Direction) -> str:
    """The difference with the limits that hold at every look, and those of one look."""
    interval = limits(row, "risk_difference", wording.signed_per_thousand)
    value = f"{wording.signed_per_thousand(row['risk_difference'])}; 95 % interval at every look {interval}"
    one_look = f"of one look {_one_look(row)}"
    if direction == "no clear association":
        return f"shows no clear difference from others ({value}, includes 0; {one_look})"
    return f"is {direction} than of others ({value}; {one_look})"


def _one_look(row: Row) -> str:
    return wording.interval(*(wording.signed_per_thousand(row[f"one_look_{end}"]) for end in ("low", "high")))


def since_table(rows: Sequence[Row]) -> HtmlTable:
    """Each outcome, crude and stratified."""
    ordered = sorted(rows, key=lambda row: (OUTCOMES.index(row["outcome"]), MEASURES.index(row["measure"])))
    header = (
        *("Outcome", "Compared", "Difference per 1,000, every look", "Limits of one look", "Detectable at one look"),
        *("n contacts", "by certified officers", "With it", "Officers"),
    )
    cells = tuple(
        (
            wording.sentence_case(wording.outcome_words(row["outcome"])),
            "as observed" if row["measure"] == "crude" else "within kind of call, precinct and month",
            *_cells(row),
            *count_cells(row, "n_contacts", "n_certified", "n_events", "n_officers"),
        )
        for row in ordered
    )
    return HtmlTable(
        f"Contacts reported since the questions were laid down, {AGAINST}", header, cells, tuple(range(2, 9))
    )


def _cells(row: Row) -> tuple[str, str, str]:
    difference, detectable = difference_cells(row)
    return difference, _one_look(row) if estimated(row, "risk_difference") else "", detectable
