"""What if one chose otherwise? The finding's own sentence with the choices in it, over every way that was computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.finding import (
    Direction,
    Finding,
    difference_words,
    direction_of,
    n_words,
    not_estimated,
    power_beside_null,
    row_key,
    rows_of,
)
from cit_platform.publishing.parts.html_table import HtmlTable, with_limits
from cit_platform.publishing.parts.rows import Row, estimated, plain_rows
from cit_platform.publishing.parts.thousand import Group, Scale, groups_of, printed_risks, scale_of
from cit_platform.publishing.parts.topic import Choosing, Content, Prose, Question, Tables, topic
from cit_platform.publishing.parts.ways_of_asking import Way, changing_picture, curve, drawn
from cit_platform.publishing.topics.absolute_risk import QUANTITIES

CHOICES = "models/choices"
SPREAD = "choices"
# Column, what it is called, and the words around it in the sentence.
_SENTENCE = (
    ("unit", "What is counted", "Count", ", in"),
    ("quarters", "Which quarters", "", ". Hold"),
    ("controls", "What is held alike", "", "alike, and tell calls apart"),
    ("calls", "How finely calls are told apart", "", ". Where reports disagree on certification,"),
    ("contradictory", "Contradictory reports of certification", "", ". Let"),
    ("covariance", "What may be alike", "", "be alike."),
)
_EXPLANATION = (
    "Each choice changes how the same question is asked. Choose another, and the answer, the dots and the mark among "
    "all ways change together. Plausible quarters are those whose certification is usable. Where choices were not "
    "computed together, the page says so and offers the nearest."
)
_CAPTION = (
    "Above, the way chosen: reports with force in 1,000, by who wrote them. Below, every way that was computed, with "
    "95 % intervals; left of the dotted line is less force in reports by certified officers. Strong is the way chosen, "
    "ringed the one that speaks on this page."
)
_DOTS = "1,000 dots in each group, those with force coloured, and dots for how sure: the numbers of the answer beside."
_CHANGE = (
    "A way of asking that was not computed here, or a reason to count, group or leave out otherwise than all of these. "
    "The way that speaks was laid down before; a way chosen for its answer says little."
)
_SIDES = {"lower": "less often than", "higher": "more often than"}
_NEITHER = "neither clearly less nor clearly more often than"


@topic(CHOICES)
def choices(tables: Tables, provenance: FigureProvenance) -> Content:
    """Force by certification under a reader's own choices, each way with its interval, risks and sizes.

    For: seeing for oneself which choice moves the answer.
    Not for: choosing the way whose answer one likes.
    """
    rows = plain_rows(tables[CHOICES])
    blocks = (Prose(_EXPLANATION), _choosing(rows), Prose(_CHANGE, "What would change this answer.")) if rows else ()
    return Content((spread(rows),), blocks)


def spread(rows: Sequence[Row]) -> Finding:
    """How far the answer moves over all ways of asking."""
    what = "Force, over the ways of asking that were computed"
    spoken = next((row for row in rows if row["role"] == "headline"), None)
    known = [row for row in rows if estimated(row, "risk_difference")]
    if spoken is None or not estimated(spoken, "risk_difference"):
        estimand = "How far the difference in force moves with the way of asking"
        return not_estimated(SPREAD, what, estimand, "risk difference", CHOICES, spoken)
    ends = (
        min(row["risk_difference"] for row in known),
        max(row["risk_difference"] for row in known),
        min(row["risk_difference_conf_low"] for row in known),
        max(row["risk_difference_conf_high"] for row in known),
    )
    least, most, lowest, highest = map(wording.signed_per_thousand, ends)
    return Finding(
        key=SPREAD,
        what=what,
        direction="note",
        words=f"{wording.interval(least, most)} per 1,000 over {len(known)} ways of asking",
        sentence=(
            f"We asked in {len(known)} ways. The difference in reports with force runs from {least} to {most} in 1,000 "
            f"contacts. The 95 % intervals reach from {lowest} to {highest}. In the way that speaks on this page it is "
            f"{difference_words(spoken)}, {n_words(rows_of(spoken))}."
        ),
        unit="risk difference",
        sizes=rows_of(spoken),
        reference=wording.NOT_CERTIFIED,
        row=row_key(CHOICES, spoken),
    )


def _choosing(rows: Sequence[Row]) -> Choosing:
    spoken = next((place for place, row in enumerate(rows) if row["role"] == "headline"), 0)
    groups = [groups_of(row, QUANTITIES) if estimated(row, "risk_difference") else [] for row in rows]
    values = [value for both in groups for group in both for value in group.quantiles()]
    scale = scale_of(values) if values else (0.0, 1.0, 1.0)
    ways = tuple(_way(row, both, scale) for row, both in zip(rows, groups, strict=True))
    marks = [_mark(row) if estimated(row, "risk_difference") else None for row in rows]
    first = next((place for place in (spoken, *range(len(rows))) if groups[place]), None)
    picture = ""
    if first is not None:
        shown = drawn(groups[first], _FORCE, rows[first]["unit"], scale)
        picture = changing_picture(shown, groups[first], scale, _DOTS)
    return Choosing(
        _questions(rows),
        ways,
        spoken,
        picture,
        curve(marks, spoken, _curve_alternative(rows)) if any(marks) else "",
        _CAPTION,
        ways_table(rows, spoken),
    )


_FORCE = wording.outcome_words("force")


def _questions(rows: Sequence[Row]) -> tuple[Question, ...]:
    """The choices, each with the options that some way takes, in the order of their words."""
    words = wording.known_words("choice")
    return tuple(
        Question(
            name,
            label,
            before,
            after,
            tuple(
                (value, text)
                for key, text in words.items()
                if key.partition("/")[0] == name and (value := key.partition("/")[2]) in {row[name] for row in rows}
            ),
        )
        for name, label, before, after in _SENTENCE
    )


def _way(row: Row, groups: Sequence[Group], scale: Scale) -> dict[str, Any]:
    way: dict[str, Any] = {"choices": [row[name] for name, *_ in _SENTENCE], "row": asdict(row_key(CHOICES, row))}
    way |= {"answer": answer(row), "numbers": numbers(row)}
    return way | (asdict(drawn(groups, _FORCE, row["unit"], scale)) if groups else {})


def answer(row: Row) -> str:
    """The answer to one way of asking."""
    if not estimated(row, "risk_difference"):
        return f"Then the difference in force cannot be estimated: {wording.reason(row)}."
    (certified, *ours), (others, *theirs) = printed_risks(row, QUANTITIES)
    return (
        f"Then reports by certified officers mention force {_SIDES.get(_direction(row), _NEITHER)} other reports: "
        f"{certified} in 1,000 {row['unit']}s ({wording.interval(*ours)}, 95 %) against {others} in 1,000 "
        f"({wording.interval(*theirs)}, 95 %)."
    )


def numbers(row: Row) -> str:
    """What stands below an answer: the difference, the odds ratio, what was analysed, and what it could have found."""
    analysed = (
        f"{n_words(rows_of(row))}, {wording.count(row['n_events'])} of them with force, "
        f"{wording.count(row['n_officers'])} officers."
    )
    if not estimated(row, "risk_difference"):
        return wording.sentence_case(analysed)
    smallest = wording.power_of_difference(row["smallest_detectable_difference"])
    odds = f"odds ratio {with_limits(row, 'odds_ratio', wording.ratio)}, compared with {wording.NOT_CERTIFIED}"
    return (
        f"The difference is {difference_words(row)} in 1,000, 95 % interval in brackets; {odds}; {analysed}"
        f"{power_beside_null(_direction(row), smallest)}"
    )


def _mark(row: Row) -> Way:
    value, *ends = (1000 * row[f"risk_difference{end}"] for end in ("", "_conf_low", "_conf_high"))
    return Way(value, ends[0], ends[1], f"{_way_words(row)}: {difference_words(row)} in 1,000")


def _curve_alternative(rows: Sequence[Row]) -> str:
    known = [row for row in rows if estimated(row, "risk_difference")]
    least, most = (pick(known, key=lambda row: row["risk_difference"]) for pick in (min, max))
    return (
        f"{len(known)} ways of asking by their difference in contacts with force per 1,000, from "
        f"{difference_words(least)} to {difference_words(most)}."
    )


def _way_words(row: Row) -> str:
    return wording.with_standing(wording.sentence_case(wording.variant_words(row["variant"])), row["standing"])


def _direction(row: Row) -> Direction:
    return direction_of(row["risk_difference_conf_low"], row["risk_difference_conf_high"], 0.0)


def ways_table(rows: Sequence[Row], spoken: int) -> HtmlTable:
    """Every way of asking with its choices and numbers; the one that speaks stands first."""
    ordered = [rows[spoken], *(row for place, row in enumerate(rows) if place != spoken)]
    header = (
        *("How asked", "Choices", "Certified officers", "Other officers", "Difference per 1,000"),
        *("Odds ratio (95 % interval)", "n", "With force", "Officers"),
    )
    caption = f"Force per 1,000 by every way of asking, with 95 % intervals, compared with {wording.NOT_CERTIFIED}"
    return HtmlTable(caption, header, tuple(_cells(row) for row in ordered), tuple(range(2, len(header))))


def _cells(row: Row) -> tuple[str, ...]:
    words = wording.known_words("choice")
    chosen = "; ".join(words[f"{name}/{row[name]}"] for name, *_ in _SENTENCE)
    events, officers = (wording.count(row[name]) for name in ("n_events", "n_officers"))
    counts = (f"{wording.count(row['n_rows'])} {row['unit']}s", events, officers)
    if not estimated(row, "risk_difference"):
        missing = (wording.NO_NUMBER, wording.NO_NUMBER, wording.short_reason(row), wording.NO_NUMBER)
        return (_way_words(row), chosen, *missing, *counts)
    risks = (with_limits(row, name, wording.per_thousand) for name in ("risk_certified", "risk_not_certified"))
    odds = with_limits(row, "odds_ratio", wording.ratio)
    return (_way_words(row), chosen, *risks, difference_words(row), odds, *counts)
