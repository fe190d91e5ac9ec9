"""Does certification go with more of everything? The published claim as it was made, and in contacts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.finding import (
    Direction,
    Finding,
    Sizes,
    listed,
    n_words,
    row_key,
    sizes_of,
)
from cit_platform.publishing.parts.html_table import HtmlTable
from cit_platform.publishing.parts.rows import Row, estimated, plain_rows
from cit_platform.publishing.parts.topic import Content, FindingSentence, Numbers, Prose, Tables, topic

if TYPE_CHECKING:
    import pandas as pd

INTERVENTIONIST_EFFECT = "models/interventionist_effect"
KEYS = {"odds_ratio": "interventionist_effect", "risk_difference": "interventionist_effect_in_contacts"}
_HEADING = "“The interventionist effect”"
_READINGS = {"odds_ratio": "as claimed, in odds against no action", "risk_difference": "in contacts"}
_WHAT_ENDS = {"odds_ratio": "odds of", "risk_difference": "contacts ending in"}
_NEUTRAL = {"odds_ratio": "1", "risk_difference": "0"}
_DIRECTIONS: dict[str, Direction] = {"supported": "higher", "contradicted": "lower"}
_PARTS = {
    "above": "above",
    "below": "below",
    "undecided": "undecided",
    "cannot_be_estimated": "cannot be estimated",
}
_CLAIM = Prose(
    "The published claim of “the interventionist effect” is that arrest, emergent detention and referral are all "
    "higher in reports by certified officers. It is supported where all three intervals lie above no difference, "
    "contradicted where one lies wholly below, and undecided otherwise."
)


@topic(INTERVENTIONIST_EFFECT)
def interventionist_effect(tables: Tables, provenance: FigureProvenance) -> Content:
    """The verdicts on the published claim that arrest, emergent detention and referral are all higher.

    For: one answer to the claim as it was made, and one in contacts, each from three intervals.
    Not for: the size of any of them: see the topic of the absolute risks.
    """
    frame = tables[INTERVENTIONIST_EFFECT]
    return Content(
        findings=tuple(verdict(frame, measure) for measure in KEYS),
        blocks=(
            _CLAIM,
            *(FindingSentence(key) for key in KEYS.values()),
            Numbers(parts_table(frame), summary="The three intervals of each reading"),
        ),
    )


def verdict(frame: pd.DataFrame, measure: str) -> Finding:
    """The verdict on one reading of the published claim, an intersection-union test over three intervals."""
    rows = [row for row in plain_rows(frame) if row["measure"] == measure]
    decided = rows[0]["verdict"] if rows else "cannot_be_estimated"
    if decided == "cannot_be_estimated":
        notes = sorted({wording.reason(row) for row in rows if not estimated(row, "estimate")})
        why = "; ".join(notes) or "the disposition model could not be fitted"
        sentence = f"{_reading(measure)}, the published claim cannot be estimated from these data: {why}."
        return _finding(measure, "cannot be estimated", f"cannot be estimated: {why}", sentence)
    sentence = f"{_reading(measure)}: {_SENTENCES[decided](rows, measure)} ({n_words(sizes_of(rows[0]))})."
    if decided != "contradicted":
        sentence += _power(rows[0])
    return _finding(measure, _DIRECTIONS.get(decided, "note"), decided, sentence, rows[0])


def _reading(measure: str) -> str:
    return wording.sentence_case(_READINGS[measure])


def _supported(rows: Sequence[Row], measure: str) -> str:
    more = "higher" if measure == "odds_ratio" else "more, not fewer"
    return (
        f"these data support the published claim: {_WHAT_ENDS[measure]} {_numbers(rows, measure)} were all {more}, "
        f"each interval above {_NEUTRAL[measure]}"
    )


def _contradicted(rows: Sequence[Row], measure: str) -> str:
    below = [row for row in rows if row["part"] == "below"]
    fewer = "lower, not higher" if measure == "odds_ratio" else "fewer, not more"
    return f"these data contradict the published claim: {_WHAT_ENDS[measure]} {_numbers(below, measure)} were {fewer}"


def _undecided(rows: Sequence[Row], measure: str) -> str:
    open_ = [wording.outcome_words(row["outcome"]) for row in rows if row["part"] == "undecided"]
    verb = "interval for {} includes" if len(open_) == 1 else "intervals for {} include"
    return f"these data leave the published claim undecided: the {verb.format(listed(open_))} {_NEUTRAL[measure]}"


_SENTENCES = {"supported": _supported, "contradicted": _contradicted, "undecided": _undecided}


def _numbers(rows: Sequence[Row], measure: str) -> str:
    return listed([f"{wording.outcome_words(row['outcome'])} ({_printed(row, measure)})" for row in rows])


def _printed(row: Row, measure: str) -> str:
    value, interval, _ = _cells(row)
    return f"odds ratio {value}, {interval}" if measure == "odds_ratio" else f"{value} per 1,000, {interval}"


def _power(row: Row) -> str:
    """How often a study of this size would find the claim supported, if what was published were true."""
    if row["power"] is None:
        return ""
    return (
        " Were the published odds ratios true, about "
        f"{100 * row['power']:.0f} of 100 studies of this size would find it supported."
    )


def parts_table(frame: pd.DataFrame) -> HtmlTable:
    """The three numbers of each reading with their intervals, and where these lie."""
    rows = plain_rows(frame)
    listed_rows = sorted(rows, key=lambda row: list(KEYS).index(row["measure"]))
    cells = tuple(
        (
            wording.sentence_case(wording.outcome_words(row["outcome"])),
            _READINGS[row["measure"]],
            *_cells(row),
            wording.count(row["n_events"]),
            wording.count(row["n_contacts"]),
        )
        for row in listed_rows
    )
    header = ("Disposition", "Reading", "Estimate", "95 % interval", "Lies", "Contacts with it", "of contacts")
    return HtmlTable("The published claim, part by part", header, cells, (2, 3, 5, 6))


def _cells(row: Row) -> tuple[str, str, str]:
    if not estimated(row, "estimate"):
        return (wording.NO_NUMBER, wording.short_reason(row), _PARTS["cannot_be_estimated"])
    printed = wording.ratio if row["measure"] == "odds_ratio" else wording.signed_per_thousand
    numbers = [printed(row[name]) for name in ("estimate", "conf_low", "conf_high")]
    return (numbers[0], wording.interval(*numbers[1:]), _PARTS[row["part"]])


def _finding(measure: str, direction: Direction, words: str, sentence: str, row: Row | None = None) -> Finding:
    return Finding(
        key=KEYS[measure],
        what=f"{_HEADING}, {_READINGS[measure]}",
        direction=direction,
        words=words,
        sentence=sentence,
        unit="verdict",
        sizes=sizes_of(row) if row else Sizes(),
        reference=wording.NOT_CERTIFIED if row else "",
        row=row_key(INTERVENTIONIST_EFFECT, row) if row else None,
        heading=_HEADING,
    )
