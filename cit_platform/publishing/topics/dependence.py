"""How far does the interval move with what reports are allowed to have in common?"""

from __future__ import annotations

from collections.abc import Sequence

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.finding import (
    Finding,
    direction_of,
    listed,
    n_words,
    not_estimated,
    row_key,
    rows_of,
)
from cit_platform.publishing.parts.html_table import AGAINST, HtmlTable, ratio_limits
from cit_platform.publishing.parts.rows import Row, estimated, plain_rows
from cit_platform.publishing.parts.topic import Content, FindingSentence, Numbers, Prose, Tables, topic

DEPENDENCE = "models/dependence"
OUTCOMES = ("force", "arrest", "emergent_detention", "referral")
CLUSTERINGS = ("officer", "squad", "incident", "officer+incident")
_KEY = "what_may_be_alike"
# A change of width that is not worth a word.
_HARDLY = 0.05
_MEANING = (
    "Reports of one officer, of officers who share a supervisor and a beat, or on one incident may be alike. The "
    "estimate is the same in each row; what moves is its interval. Widths are compared under the same correction for "
    "few clusters."
)
_CHANGE = (
    "reports that are alike in a way the records do not show, such as one supervisor over several squads. With "
    "few clusters that count, such as squads, the width is itself uncertain."
)


@topic(DEPENDENCE)
def dependence(tables: Tables, provenance: FigureProvenance) -> Content:
    """The interval of certification when reports of an officer, a squad or an incident may be alike.

    For: seeing whether the interval by officer leaves out what else reports share.
    Not for: choosing the narrowest.
    """
    rows = plain_rows(tables[DEPENDENCE])
    return Content(
        findings=(what_may_be_alike(rows),),
        blocks=(
            FindingSentence(_KEY),
            Prose(_MEANING),
            Numbers(clusterings_table(rows)),
            Prose(_CHANGE, lead="What would change this answer:"),
        ),
    )


def what_may_be_alike(rows: Sequence[Row]) -> Finding:
    """How many times as wide the interval of force is under each clustering as by officer."""
    what = "Force: the interval when reports share more than the officer"
    of_force = {row["clustering"]: row for row in rows if row["outcome"] == "force"}
    officer = of_force.get("officer")
    if officer is None or not estimated(officer):
        estimand = "How far the interval of force moves with what reports share"
        return not_estimated(_KEY, what, estimand, "verdict", DEPENDENCE, officer)
    others = [of_force[name] for name in CLUSTERINGS[1:] if name in of_force]
    known = [row for row in others if row["interval_ratio"] is not None]
    unknown = [row for row in others if row["interval_ratio"] is None]
    said = [f"{_words(row)} {_times(row['interval_ratio'])}" for row in known]
    parts = [
        f"Clustered by officer, the odds ratio of force is {wording.ratio(officer['odds_ratio'])} (95 % interval "
        f"{ratio_limits(officer)}; {n_words(rows_of(officer | {'unit': 'contact'}))}), as if from "
        f"{wording.count(round(officer['effective_clusters']))} of the {wording.count(officer['n_clusters'])} officers",
    ]
    if said:
        parts.append(f"Compared with that, the interval is {listed(said)}")
    parts += [f"{wording.sentence_case(_words(row))} it cannot be computed: {wording.reason(row)}" for row in unknown]
    return Finding(
        key=_KEY,
        what=what,
        direction="note",
        words=_in_short(known),
        sentence=f"{'. '.join(parts)}. {_sides(officer, known)}",
        unit="verdict",
        sizes=rows_of(officer | {"unit": "contact"}),
        reference=wording.NOT_CERTIFIED,
        row=row_key(DEPENDENCE, officer),
    )


def _words(row: Row) -> str:
    return wording.clustering_words(row["clustering"])


def _times(ratio: float) -> str:
    return "about as wide" if abs(ratio - 1) < _HARDLY else f"{ratio:.2f} times as wide"


def _in_short(known: Sequence[Row]) -> str:
    if not known:
        return "by officer alone"
    widest = max(known, key=lambda row: row["interval_ratio"])
    if widest["interval_ratio"] < 1 + _HARDLY:
        return "no wider than by officer"
    return f"up to {widest['interval_ratio']:.2f} times as wide, {_words(widest)}"


def _sides(officer: Row, known: Sequence[Row]) -> str:
    """Whether the side of no difference depends on the clustering."""
    side = direction_of(officer["conf_low"], officer["conf_high"], 1.0)
    moved = [_words(row) for row in known if direction_of(row["conf_low"], row["conf_high"], 1.0) != side]
    if not known:
        return "There is nothing to compare it with."
    if moved:
        return f"The answer depends on it: {listed(moved)} the interval lies otherwise to no difference (1)."
    return "The side of no difference (1) on which it lies, or that 1 lies in it, stays the same."


def clusterings_table(rows: Sequence[Row]) -> HtmlTable:
    """Each outcome under each clustering."""
    ordered = sorted(rows, key=lambda row: (OUTCOMES.index(row["outcome"]), CLUSTERINGS.index(row["clustering"])))
    header = (
        *("Outcome", "Alike", "Odds ratio", "Width", "Clusters", "Effective clusters", "Design effect"),
        *("Correction", "n contacts"),
    )
    cells = tuple(
        (
            wording.sentence_case(wording.outcome_words(row["outcome"])),
            _words(row),
            *_cells(row),
            row["correction"],
            "" if row["n_contacts"] is None else wording.count(row["n_contacts"]),
        )
        for row in ordered
    )
    caption = f"Certification with intervals by what reports may share, {AGAINST}; of dispositions any of a contact's"
    return HtmlTable(caption, header, cells, (2, 3, 4, 5, 6, 8))


def _cells(row: Row) -> tuple[str, ...]:
    if not estimated(row):
        return wording.short_reason(row), "", "", "", ""
    return (
        f"{wording.ratio(row['odds_ratio'])} ({ratio_limits(row)})",
        "" if row["interval_ratio"] is None else f"{row['interval_ratio']:.2f}",
        wording.count(row["n_clusters"]),
        wording.count(round(row["effective_clusters"])),
        f"{row['design_effect']:.2f}",
    )
