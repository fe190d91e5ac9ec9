"""Does certification go with more of everything? The verdict on the published claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.finding import (
    Direction,
    Finding,
    Sizes,
    difference_words,
    listed,
    n_words,
    row_key,
    sizes_of,
)
from cit_platform.publishing.parts.rows import Row, estimated, plain_rows
from cit_platform.publishing.parts.topic import Content, Tables, topic

if TYPE_CHECKING:
    import pandas as pd

INTERVENTIONIST_EFFECT = "models/interventionist_effect"
_WHAT = "“The interventionist effect”"
_CLAIM = "The published claim of “the interventionist effect” (arrest, emergent detention and referral all higher)"


@topic(INTERVENTIONIST_EFFECT)
def interventionist_effect(tables: Tables, provenance: FigureProvenance) -> Content:
    """The verdict on the published claim that arrest, emergent detention and referral are all higher.

    For: one answer from three adjusted differences, each of which must have its interval above 0.
    Not for: the size of any of them: see the topic of the absolute risks.
    """
    return Content(findings=(verdict(tables[INTERVENTIONIST_EFFECT]),))


def verdict(frame: pd.DataFrame) -> Finding:
    """The verdict on the published claim, an intersection-union test over three adjusted differences."""
    rows = plain_rows(frame)
    decided = rows[0]["verdict"] if rows else "cannot_be_estimated"
    if decided == "cannot_be_estimated":
        notes = sorted({wording.reason(row) for row in rows if not estimated(row, "risk_difference")})
        why = "; ".join(notes) or "the disposition model could not be fitted"
        sentence = f"{_CLAIM} cannot be estimated from these data: {why}."
        return _finding("cannot be estimated", f"cannot be estimated: {why}", sentence)
    parts = [f"{wording.outcome_words(row['outcome'])} {difference_words(row)}" for row in rows]
    differences = (
        f"adjusted differences per 1,000 contacts, with 95 % intervals: {', '.join(parts)}; "
        f"{n_words(sizes_of(rows[0]))}"
    )
    if decided == "supported":
        sentence = f"{_CLAIM} is supported by these data: every interval lies above 0 ({differences})."
        return _finding("higher", "supported", sentence, rows[0])
    below = [wording.outcome_words(row["outcome"]) for row in rows if not row["above_zero"]]
    sentence = f"{_CLAIM} is not supported by these data: not above 0 for {listed(below)} ({differences})."
    return _finding("note", "not supported", sentence, rows[0])


def _finding(direction: Direction, words: str, sentence: str, row: Row | None = None) -> Finding:
    return Finding(
        key="interventionist_effect",
        what=_WHAT,
        direction=direction,
        words=words,
        sentence=sentence,
        unit="verdict",
        sizes=sizes_of(row) if row else Sizes(),
        reference="no reporting officer certified" if row else "",
        row=row_key(INTERVENTIONIST_EFFECT, row) if row else None,
    )
