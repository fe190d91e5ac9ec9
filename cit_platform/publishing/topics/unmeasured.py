"""What if the records leave something out? The odds ratio of force under stated traits, errors and gaps."""

from __future__ import annotations

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.assumptions import TABLES, assumption_table, estimated_bound, recorded_trait
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.finding import Finding, n_words, not_estimated, ratio_and_interval, row_key, sizes_of
from cit_platform.publishing.parts.html_table import AGAINST
from cit_platform.publishing.parts.rows import Row, estimated, plain_rows
from cit_platform.publishing.parts.topic import Content, FindingSentence, Heading, Numbers, Prose, Tables, topic

UNMEASURED = "models/unmeasured"
TRAIT, GAPS = "unrecorded_trait", "unrecorded_contacts"
_WHAT = {TRAIT: "An unrecorded trait behind the odds ratio of force", GAPS: "Contacts that were never written up"}
# The trait and the gap of the sentences; all others stand in the tables.
_STRENGTH, _SHARE, _GAP = 3.0, 0.3, 0.1
_QUESTION = Prose(
    "These models hold constant what is recorded. A weapon, a person known to the officers, a family that helps are "
    "not recorded. No method can rule such things out; what can be said is how strong and how unequal they would have "
    "to be, beside what is recorded.",
    lead="Could something that nobody recorded be behind it?",
)
_ASSUMED = Prose(
    "Each row below is an assumption and the odds ratio of force under it. None is more true than its assumption. The "
    "quarters whose certification is implausible are a worked case: if it was as frequent in them as in the year "
    "after, and only not printed, the corrected odds ratio is the one given. E-values stand in a table alone: "
    "a single number "
    "without anything beside it is easily misread.",
)
_WOULD_CHANGE = Prose(
    "A dated roster of who was certified; the call data of the department, for the calls that ended without a report; "
    "and anything about the person or the scene that was known before the officers came.",
    lead="What would change this answer?",
)


@topic(UNMEASURED)
def unmeasured(tables: Tables, provenance: FigureProvenance) -> Content:
    """The primary odds ratio of force under stated unrecorded traits, errors of certification and missing records.

    For: how strong and how unequal something unrecorded would have to be.
    Not for: a corrected estimate.
    """
    by_bias: dict[str, list[Row]] = {}
    for row in sorted(plain_rows(tables[UNMEASURED]), key=_order):
        by_bias.setdefault(row["bias"], []).append(row)
    answer = next(iter(by_bias.get("none", [])), None)
    if answer is not None and not estimated(answer):
        by_bias = {name: rows for name, rows in by_bias.items() if name in ("none", "e_value")}
    return Content(
        findings=(trait(answer, by_bias), gaps(answer, by_bias)),
        blocks=(
            Heading("Something that nobody recorded"),
            _QUESTION,
            FindingSentence(TRAIT),
            FindingSentence(GAPS),
            _ASSUMED,
            *(Numbers(assumption_table(name, by_bias), "wide", summary) for name, (summary, *_) in TABLES.items()),
            _WOULD_CHANGE,
        ),
    )


def _order(row: Row) -> tuple[float, ...]:
    names = ("strength", "share_not_certified", "share_certified", "sensitivity", "specificity")
    return tuple(row[name] if row[name] is not None else -1.0 for name in names)


def trait(answer: Row | None, by_bias: dict[str, list[Row]]) -> Finding:
    """What an unrecorded trait would have to be like, beside the recorded one that would move the answer furthest."""
    if answer is None or not estimated(answer):
        return _without_answer(TRAIT, "What an unrecorded trait would have to be like", answer)
    clear = answer["conf_high"] < 1 or answer["conf_low"] > 1
    words, said = _needed(answer, by_bias) if clear else _hidden(by_bias)
    return _finding(TRAIT, words, f"{said} {_benchmark(by_bias)}", answer)


def _without_answer(key: str, estimand: str, answer: Row | None) -> Finding:
    return not_estimated(key, _WHAT[key], estimand, "verdict", UNMEASURED, answer)


def _finding(key: str, words: str, sentence: str, answer: Row) -> Finding:
    return Finding(
        key=key,
        what=_WHAT[key],
        direction="note",
        words=words,
        sentence=sentence,
        unit="verdict",
        sizes=sizes_of(answer),
        row=row_key(UNMEASURED, answer),
    )


def _needed(answer: Row, by_bias: dict[str, list[Row]]) -> tuple[str, str]:
    row = next(r for r in by_bias["needed"] if (r["strength"], r["share_not_certified"]) == (_STRENGTH, _SHARE))
    whole, limit = row["share_needed"], row["share_needed_for_limit"]
    others = wording.whole_percent(_SHARE)
    opening = (
        f"The odds ratio of force is {ratio_and_interval(answer)} {AGAINST}, {n_words(sizes_of(answer))}. Could a "
        f"trait that nobody wrote down stand behind all of it? Say it goes with {_STRENGTH:g} times the odds of force. "
        f"Say {others} of the contacts of other officers have it."
    )
    if limit is None:
        where = "in none" if answer["odds_ratio"] < 1 else "in all"
        end = f"Then it would not do, not even {where} of those of certified officers: the interval would leave out 1."
        return "no trait of this strength would do", f"{opening} {end}"
    if whole is None:
        shown = wording.whole_percent(limit)
        return (
            f"{shown} against {others}, for the interval",
            f"{opening} No share of those of certified officers would be enough; in {shown} of them the interval would "
            "include 1.",
        )
    shown, near = wording.whole_percent(whole), wording.whole_percent(limit)
    sentence = (
        f"{opening} Then it would have to be in {shown} of those of certified officers; in {near} the interval would "
        "include 1."
    )
    return f"{shown} against {others} with {_STRENGTH:g} times the odds", sentence


def _hidden(by_bias: dict[str, list[Row]]) -> tuple[str, str]:
    """No clear association as it is: how far a trait could hide one."""
    rows = [row for row in by_bias["confounder"] if row["strength"] == _STRENGTH]
    far, near = rows[0], rows[-1]
    said = (
        f"The odds ratio of force shows no clear association as it stands; a trait that goes with {_STRENGTH:g} times "
        f"the odds of force could hide one. "
        f"Found in {wording.whole_percent(far['share_certified'])} of the contacts of "
        f"certified officers and {wording.whole_percent(_SHARE)} of those of others, the odds ratio given the trait "
        f"would be {ratio_and_interval(far)}; "
        f"in {wording.whole_percent(near['share_certified'])}, {ratio_and_interval(near)}."
    )
    return "an unrecorded trait could hide an association", said


def _benchmark(by_bias: dict[str, list[Row]]) -> str:
    rows = [row for row in by_bias.get("benchmark", []) if estimated(row)]
    if not rows:
        return "No recorded trait can stand beside it."
    row = max(rows, key=lambda row: abs(row["factor"] - 1))
    shares = [wording.whole_percent(row[name]) for name in ("share_certified", "share_not_certified")]
    return (
        f"Of what is recorded, this would move it most if there were one more like it. {recorded_trait(row)}: "
        f"{shares[0]} against {shares[1]}, {wording.ratio(row['strength'])} times the odds, to "
        f"{ratio_and_interval(row)}."
    )


def gaps(answer: Row | None, by_bias: dict[str, list[Row]]) -> Finding:
    """What contacts that were never written up could do to the answer, from the arm that would bring it to 1."""
    if answer is None or not estimated(answer):
        return _without_answer(GAPS, "What contacts never written up would do to the odds ratio of force", answer)
    lower = answer["odds_ratio"] < 1
    arm, who = ("not_certified", "officers without certification") if lower else ("certified", "certified officers")
    rows = [row for row in by_bias["unrecorded"] if row["setting"].endswith(f" of {arm}")]
    rows = sorted((row for row in rows if estimated_bound(row)), key=lambda row: row[f"share_{arm}"])
    row = next(row for row in rows if row[f"share_{arm}"] == _GAP)
    far = row["bound_high"] if lower else row["bound_low"]
    limit = row["conf_high"] if lower else row["conf_low"]
    reached = next((r for r in rows if r["conf_low"] <= 1 <= r["conf_high"]), None)
    turn = (
        "The interval includes 1 as it stands"
        if answer["conf_low"] <= 1 <= answer["conf_high"]
        else f"From {wording.whole_percent(reached[f'share_{arm}'])} on the interval would include 1"
        if reached
        else f"Not even at {wording.whole_percent(rows[-1][f'share_{arm}'])} would the interval include 1"
    )
    sentence = (
        f"Say {who} wrote no report on {wording.whole_percent(_GAP)} of their contacts. Say none of these had force. "
        f"Then the odds ratio of force would be {wording.ratio(far)}, not {wording.ratio(answer['odds_ratio'])} "
        f"(outer 95 % limit {wording.ratio(limit)}). {turn}. These records do not say how many have no report."
    )
    return _finding(GAPS, f"{wording.ratio(far)} if {wording.whole_percent(_GAP)} were left out", sentence, answer)
