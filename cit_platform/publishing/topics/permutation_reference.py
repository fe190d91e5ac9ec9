"""Would dates of certification that mean nothing do as much? The difference beside dates exchanged at random."""

from __future__ import annotations

from collections.abc import Sequence

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.finding import Finding, Sizes, n_words, not_estimated, row_key
from cit_platform.publishing.parts.html_table import AGAINST
from cit_platform.publishing.parts.rows import Row, plain_rows
from cit_platform.publishing.parts.topic import Content, FindingSentence, Prose, Tables, topic

REFERENCE = "models/permutation_reference"
_CHANCE = "beside_exchanged_dates"
_EXCHANGE = (
    "Officers hired in the same half-year exchanged the days on which they became certified, where both served on both "
    "days. Careers, calls and contacts stayed as they are. Who takes the course, and when, is not drawn by lot: a "
    "difference that comes from choosing survives this."
)
_CHANGE = "a course that is given by lot, which alone would rule out choosing."


@topic(REFERENCE)
def permutation_reference(tables: Tables, provenance: FigureProvenance) -> Content:
    """The difference in force beside those of dates of certification that were exchanged at random.

    For: telling the association from chance that keeps careers and calls as they were.
    Not for: telling it from selection.
    """
    finding = beside_chance(plain_rows(tables[REFERENCE]))
    return Content(
        findings=(finding,),
        blocks=(
            FindingSentence(_CHANCE),
            Prose(_EXCHANGE),
            Prose(_CHANGE, lead="What would change this answer:"),
        ),
    )


def beside_chance(rows: Sequence[Row]) -> Finding:
    """Where the difference lies among those of dates exchanged at random."""
    what = "Force: beside dates of certification exchanged at random"
    row = next(iter(rows), None)
    if row is None or row["p_value"] is None:
        return not_estimated(_CHANCE, what, "How dates exchanged at random would do", "verdict", REFERENCE, row)
    inside = row["drawn_low"] <= row["statistic"] <= row["drawn_high"]
    says = "as chance alone would have it" if inside else "beyond what chance alone would have it"
    drawn = wording.interval(wording.two_digits(row["drawn_low"]), wording.two_digits(row["drawn_high"]))
    sizes = Sizes(row["n_contacts"], row["n_events"])
    return Finding(
        key=_CHANCE,
        what=what,
        direction="note",
        words=says,
        sentence=(
            f"We exchanged dates among {wording.count(row['n_movable'])} officers {wording.count(row['n_draws'])} "
            f"times. The difference in force lies {says} ({wording.p_value(row['p_value'])}). It is "
            f"{wording.two_digits(row['statistic'])} of its standard errors from 0. Of the exchanges 95 % "
            f"gave {drawn} ({AGAINST}; {n_words(sizes)})."
        ),
        unit="verdict",
        sizes=sizes,
        reference=wording.NOT_CERTIFIED,
        row=row_key(REFERENCE, row),
    )
