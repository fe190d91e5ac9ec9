"""The findings in words, computed from the estimates: associated with, the reference, the interval, the n."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cit_platform.publishing import wording
from cit_platform.publishing.figures.ladder import ordered_steps
from cit_platform.publishing.figures.risks import difference_words
from cit_platform.publishing.rows import (
    Row,
    certification,
    estimated,
    headline_fit,
    plain_rows,
    speaking,
)

if TYPE_CHECKING:
    import pandas as pd

Direction = Literal["lower", "higher", "no clear association", "cannot be estimated", "note"]
DISPOSITIONS = ("arrest", "emergent_detention", "referral")
HEADLINE = ("strongest_predictor", "force_per_thousand", "force_odds_ratio")
LADDER = ("ladder", "design_effect", "ladder_risk_ratio")
NO_COMPARISON = "These are demonstration data: comparisons with the published numbers mean nothing here."


@dataclass(frozen=True)
class Finding:
    """One finding: `words` in the table of the command line, `sentence` on the page."""

    key: str
    what: str
    direction: Direction
    words: str
    sentence: str
    estimate: str = wording.NO_NUMBER
    interval: str = ""
    n: str = ""


def findings(tables: Mapping[str, pd.DataFrame], demonstration: bool) -> tuple[Finding, ...]:
    """Every finding in the order of the page: situation, certification, dispositions, verdict, replication, ladder.

    Args:
        tables: Frames of the contracts under `models/`: estimates, absolute_risk, term_tests,
            interventionist_effect, replication, ladder.
        demonstration: True for synthetic data: comparisons with published numbers then say that they mean nothing.
    """
    estimates = tables["models/estimates"]
    force, disposition = headline_fit(estimates, "force"), headline_fit(estimates, "disposition")
    risks = {row["outcome"]: row for row in plain_rows(tables["models/absolute_risk"])}
    found = [
        strongest_predictor(tables["models/term_tests"], force),
        absolute(risks.get("force"), "force"),
        relative(certification(force, "force"), "force", "the odds of force"),
    ]
    for outcome in DISPOSITIONS:
        against = f"the odds of {wording.outcome_words(outcome)} rather than no action"
        found += [
            absolute(risks.get(outcome), outcome),
            relative(certification(disposition, outcome), outcome, against),
        ]
    found += [
        interventionist_effect(tables["models/interventionist_effect"]),
        *replication(tables["models/replication"], demonstration),
        ladder(tables["models/ladder"]),
        design_effect(tables["models/ladder"], demonstration),
        ladder_risk_ratio(tables["models/ladder"]),
    ]
    return tuple(found)


def in_brief(found: Sequence[Finding]) -> str:
    """The answer in two sentences without numbers: the situation first, then certification."""
    by_key = {finding.key: finding for finding in found}
    strongest, relation = by_key[HEADLINE[0]], by_key[HEADLINE[2]]
    if strongest.direction == "cannot be estimated":
        first = "What force goes together with most cannot be estimated from these data."
    else:
        first = f"Force goes together most with {_in_sentence(strongest.words)}."
    second = {
        "lower": "Officer certification is associated with lower odds of force.",
        "higher": "Officer certification is associated with higher odds of force.",
        "no clear association": "Officer certification shows no clear association with force.",
    }.get(relation.direction, "How officer certification is associated with force cannot be estimated from these data.")
    return f"{first} {second}"


def strongest_predictor(term_tests: pd.DataFrame, force: Sequence[Row]) -> Finding:
    """Which predictor of force is the strongest, by likelihood-ratio chi-square per degree of freedom."""
    key, what = HEADLINE[0], "Strongest predictor of force"
    ranked = _ranked(term_tests)
    tested = [row for row in ranked if row["lr_chi2_per_df"] is not None]
    if not tested:
        why = wording.reason(ranked[0]) if ranked else "the force model could not be fitted"
        sentence = f"Which predictor of force is the strongest cannot be estimated: {why}."
        return Finding(key, what, "cannot be estimated", f"cannot be estimated: {why}", sentence)
    best = tested[0]
    name = wording.term_words(best["term"])
    n = f"n = {wording.count(best['n_contacts'])} contacts"
    strength = f"likelihood-ratio χ² of {wording.chi_square(best['lr_chi2_per_df'])} per degree of freedom"
    parts = [
        f"Of everything in the model, the strongest predictor of force is {_in_sentence(name)} ({strength}, {n}).",
        _strongest_level(best["term"], force),
        _place_of_certification(tested),
    ]
    sentence = " ".join(part for part in parts if part)
    return Finding(key, what, "note", name, sentence, f"χ²/df {wording.chi_square(best['lr_chi2_per_df'])}", "", n)


def absolute(row: Row | None, outcome: str) -> Finding:
    """The adjusted difference per 1,000 contacts between everyone and no one certified."""
    key, what = f"{outcome}_per_thousand", f"{_outcome_title(outcome)}, difference per 1,000 contacts"
    subject = f"The adjusted difference in contacts with {wording.outcome_words(outcome)}"
    if row is None or not estimated(row, "risk_difference"):
        return _not_estimated(key, what, f"{subject} per 1,000", row)
    low, high = row["risk_difference_conf_low"], row["risk_difference_conf_high"]
    direction = _direction(low, high, 0.0)
    n = f"n = {wording.count(row['n_contacts'])} contacts"
    risks = (
        f"{wording.per_thousand(row['risk_certified'])} per 1,000 with every reporting officer certified "
        f"({_thousand_interval(row, 'risk_certified')}) and {wording.per_thousand(row['risk_not_certified'])} "
        f"with none ({_thousand_interval(row, 'risk_not_certified')})"
    )
    opening = _difference_sentence(row, outcome, direction)
    power = _power(direction, wording.power_of_difference(row["smallest_detectable_difference"]))
    sentence = f"{opening}. Adjusted for the other predictors, the risk is {risks}; {n}.{power}"
    printed = difference_words(row)
    estimate, _, limits = printed.partition(" (")
    return Finding(key, what, direction, _plain(direction), sentence, f"{estimate} per 1,000", limits.rstrip(")"), n)


def relative(row: Row | None, outcome: str, odds: str) -> Finding:
    """The odds ratio of certification for one outcome, its reference in words."""
    key, what = f"{outcome}_odds_ratio", f"{_outcome_title(outcome)}, odds ratio of certification"
    if row is None or not estimated(row):
        return _not_estimated(key, what, f"The association of certification with {odds}", row)
    direction = _direction(row["conf_low"], row["conf_high"], 1.0)
    low, high = wording.ratio(row["conf_low"]), wording.ratio(row["conf_high"])
    estimate, n = wording.ratio(row["odds_ratio"]), f"n = {wording.count(row['n_contacts'])} contacts"
    if direction == "no clear association":
        opening = f"Certification shows no clear association with {odds}"
        closing = "the interval includes 1"
    else:
        opening = f"Certification is associated with {direction} {odds.removeprefix('the ')}"
        closing = wording.p_value(row["p_value"])
    size = (
        f"{n}, {wording.count(row['n_events'])} of them with {wording.outcome_words(outcome)}, "
        f"{wording.count(row['n_officers'])} officers"
    )
    power = _power(direction, wording.power_of_ratio("odds_ratio", row["smallest_detectable"]))
    sentence = (
        f"{opening}: odds ratio {estimate} (95 % interval {low} to {high}, {closing}), "
        f"compared with {wording.NOT_CERTIFIED}; {size}.{power}"
    )
    return Finding(key, what, direction, _plain(direction), sentence, estimate, wording.interval(low, high), n)


def interventionist_effect(frame: pd.DataFrame) -> Finding:
    """The verdict on the published claim, an intersection-union test over three adjusted differences."""
    key, what = "interventionist_effect", "“The interventionist effect”"
    claim = "The published claim of “the interventionist effect” (arrest, emergent detention and referral all higher)"
    rows = plain_rows(frame)
    verdict = rows[0]["verdict"] if rows else "cannot_be_estimated"
    if verdict == "cannot_be_estimated":
        notes = sorted({wording.reason(row) for row in rows if not estimated(row, "risk_difference")})
        why = "; ".join(notes) or "the disposition model could not be fitted"
        sentence = f"{claim} cannot be estimated from these data: {why}."
        return Finding(key, what, "cannot be estimated", f"cannot be estimated: {why}", sentence)
    n = f"n = {wording.count(rows[0]['n_contacts'])} contacts"
    parts = [f"{wording.outcome_words(row['outcome'])} {difference_words(row)}" for row in rows]
    differences = f"adjusted differences per 1,000 contacts, with 95 % intervals: {', '.join(parts)}; {n}"
    if verdict == "supported":
        sentence = f"{claim} is supported by these data: every interval lies above 0 ({differences})."
        return Finding(key, what, "higher", "supported", sentence, "supported", "", n)
    below = [wording.outcome_words(row["outcome"]) for row in rows if not row["above_zero"]]
    sentence = f"{claim} is not supported by these data: not above 0 for {_listed(below)} ({differences})."
    return Finding(key, what, "note", "not supported", sentence, "not supported", "", n)


def replication(frame: pd.DataFrame, demonstration: bool) -> list[Finding]:
    """Whether the published odds ratios hold; on demonstration data, that the comparison means nothing."""
    if demonstration:
        sentence = f"{NO_COMPARISON} The replication table only shows that the comparison runs."
        words = "means nothing on demonstration data"
        return [Finding("replication", "Replication of the published result", "note", words, sentence)]
    return [_replicated(row) for row in compared(frame)]


def compared(frame: pd.DataFrame) -> list[Row]:
    """Certification rows of `models/replication` that stand beside a published odds ratio, strictest variant only."""
    rows = [row for row in plain_rows(frame) if row["term"] == "cit_certified" and row["published_odds_ratio"]]
    return speaking(rows)


def ladder(frame: pd.DataFrame) -> Finding:
    """How far the odds ratio of force and its interval move from the published way of asking to the strictest."""
    key, what = LADDER[0], "Force, from the published way of asking to the strictest"
    steps = ordered_steps(frame)
    odds = [row for row in steps if row["measure"] == "odds_ratio"]
    missing = next((row for row in (odds[:1] + odds[-1:]) if not estimated(row, "ratio")), None)
    if missing or not odds:
        return _not_estimated(key, what, "How far the odds ratio of force moves when asked more strictly", missing)
    loose, strict = odds[0], odds[-1]
    moved = f"{strict['ratio'] / loose['ratio']:.2f}"
    widths = [math.log(row["conf_high"] / row["conf_low"]) for row in (strict, loose)]
    times = f"{widths[0] / widths[1]:.2f}"
    direction = _direction(strict["conf_low"], strict["conf_high"], 1.0)
    power = _power(direction, wording.power_of_ratio("odds_ratio", strict["smallest_detectable"]))
    sentence = (
        f"From step {loose['step']} ({wording.variant_words(loose['variant'])}) to step {strict['step']} "
        f"({wording.variant_words(strict['variant'])}), the odds ratio of force goes from "
        f"{_ratio_and_interval(loose, 'ratio')}, {_size(loose)}, to {_ratio_and_interval(strict, 'ratio')}, "
        f"{_size(strict)}, both compared with {wording.NOT_CERTIFIED}. The second odds ratio is {moved} times the "
        f"first, and on the log scale its interval is {times} times as wide.{power} {_agreement(steps)}"
    )
    n = f"n = {wording.count(strict['n_contacts'])} contacts"
    return Finding(key, what, "note", f"interval {times} times as wide", sentence, f"{moved} times", "", n)


def design_effect(frame: pd.DataFrame, demonstration: bool) -> Finding:
    """What dependence between rows does to the variance, and what the published p-value would then be."""
    key, what = LADDER[1], "Design effect of the published way of counting"
    steps = ordered_steps(frame)
    row = next((row for row in steps if row["role"] == "published"), None)
    strictest = next((row["step"] for row in steps if row["role"] == "headline"), None)
    if row is None or row["design_effect"] is None:
        return _not_estimated(key, what, "What dependence between rows does to the published p-value", row)
    effect = f"{row['design_effect']:.2f}"
    parts = [
        f"In these data the variance of the published counting is {effect} times what independent rows would give, "
        f"once the rows of one officer may be alike (design effect, {_size(row)}, {wording.count(row['n_officers'])} "
        "officers).",
        _at_contact_level([row for row in steps if row["step"] == strictest]),
        NO_COMPARISON if demonstration else _published_p_value(row),
    ]
    return Finding(key, what, "note", f"design effect {effect}", " ".join(filter(None, parts)), effect, "", _size(row))


def ladder_risk_ratio(frame: pd.DataFrame) -> Finding:
    """The last step: the association as a ratio of risks and a difference per 1,000 contacts."""
    key, what = LADDER[2], "Force, standardised risk ratio of certification"
    row = next((row for row in ordered_steps(frame) if row["measure"] == "risk_ratio"), None)
    if row is None or not estimated(row, "ratio"):
        return _not_estimated(key, what, "The standardised risk ratio of force", row)
    direction = _direction(row["conf_low"], row["conf_high"], 1.0)
    if direction == "no clear association":
        opening = "certification shows no clear association with the risk of force"
    else:
        opening = f"certification is associated with {direction} risk of force"
    power = _power(direction, wording.power_of_ratio("risk_ratio", row["smallest_detectable"]))
    sentence = (
        f"In risks instead of odds (step {row['step']}), adjusted for the year too, {opening}: risk ratio "
        f"{_ratio_and_interval(row, 'ratio')}, every reporting officer certified compared with none, which is "
        f"{difference_words(row)} contacts with force per 1,000 contacts, the 95 % interval in brackets; "
        f"{_size(row)}.{power}"
    )
    limits = wording.interval(wording.ratio(row["conf_low"]), wording.ratio(row["conf_high"]))
    return Finding(key, what, direction, _plain(direction), sentence, wording.ratio(row["ratio"]), limits, _size(row))


def _at_contact_level(rows: Sequence[Row]) -> str:
    """Design effects where each contact counts once."""
    parts = [
        f"{row['design_effect']:.2f} clustered {wording.clustering_words(row['covariance'])}"
        for row in rows
        if row["design_effect"] is not None
    ]
    return f"With one row per contact it is {_listed(parts)}." if parts else ""


def _published_p_value(row: Row) -> str:
    if row["published_p_value_corrected"] is None:
        return ""
    corrected = wording.p_value(row["published_p_value_corrected"])
    return f"The published {wording.p_value(row['published_p_value'])} would then be {corrected}."


def _agreement(steps: Sequence[Row]) -> str:
    """Whether the steps say the same; where they disagree, that is the finding."""
    said: dict[str, list[str]] = {}
    for row in steps:
        if estimated(row, "ratio"):
            direction = _plain(_direction(row["conf_low"], row["conf_high"], 1.0))
            said.setdefault(direction, []).append(_step_name(row, steps))
    if len(said) == 1:
        return f"Every step says the same ({next(iter(said))})."
    parts = [f"{'step' if len(names) == 1 else 'steps'} {_listed(names)} ({words})" for words, names in said.items()]
    return f"The steps disagree, and that is the finding: {'; '.join(parts)}."


def _step_name(row: Row, steps: Sequence[Row]) -> str:
    alone = sum(other["step"] == row["step"] for other in steps) == 1
    return str(row["step"]) if alone else f"{row['step']} {wording.clustering_words(row['covariance'])}"


def _size(row: Row) -> str:
    return f"n = {wording.count(row['n_rows'])} {row['unit']}s"


def _ranked(term_tests: pd.DataFrame) -> list[Row]:
    mine = speaking([row for row in plain_rows(term_tests) if row["model"] == "force"])
    return sorted(mine, key=lambda row: (-(row["lr_chi2_per_df"] or 0.0), row["term"]))


def _place_of_certification(tested: Sequence[Row]) -> str:
    terms = [row["term"] for row in tested]
    if "cit_certified" not in terms or terms[0] == "cit_certified":
        return ""
    place = terms.index("cit_certified")
    chi2 = wording.chi_square(tested[place]["lr_chi2_per_df"])
    return f"CIT certification is number {place + 1} of {len(terms)} (χ² of {chi2} per degree of freedom)."


def _strongest_level(term: str, force: Sequence[Row]) -> str:
    rows = [row for row in force if row["term"] == term and estimated(row)]
    if not rows or term == "cit_certified":
        return ""
    row = max(rows, key=lambda candidate: abs(math.log(candidate["odds_ratio"])))
    reference = wording.reference_words(term, row["reference_level"])
    subject = f"“{wording.level_words(term, row['level'])}”" if row["level"] else "one more year of experience"
    return (
        f"Within it, {subject} compared with {_quoted(term, reference)} is associated with an odds ratio of "
        f"{_ratio_and_interval(row)} for force."
    )


def _replicated(row: Row) -> Finding:
    years = wording.years(row["window_start"], row["window_end"])
    outcome = wording.outcome_words(row["outcome"])
    key = f"replication_{row['outcome']}_{row['window_start']}_{row['window_end']}"
    what = f"Replication of {outcome}, {years}"
    published = (
        f"The published odds ratio of certification for {outcome} is {wording.ratio(row['published_odds_ratio'])}"
    )
    if row["published_p_value"] is not None:
        published += f" ({wording.p_value(row['published_p_value'])})"
    if not estimated(row) or row["holds"] is None:
        why = wording.reason(row)
        sentence = f"{published}; whether it holds in {years} cannot be estimated: {why}."
        return Finding(key, what, "cannot be estimated", f"cannot be estimated: {why}", sentence)
    words = "holds" if row["holds"] else "does not hold"
    n = f"n = {wording.count(row['n_contacts'])} contacts"
    rule = "same direction and an officer-clustered interval that excludes 1"
    direction = _direction(row["conf_low"], row["conf_high"], 1.0)
    power = _power(direction, wording.power_of_ratio("odds_ratio", row["smallest_detectable"]))
    sentence = (
        f"{published}. Refitted for {years}, compared with {wording.NOT_CERTIFIED}, it is {_ratio_and_interval(row)}, "
        f"{n}: it {words} (holding means: {rule})."
        f"{power}{_remark(row)}"
    )
    limits = wording.interval(wording.ratio(row["conf_low"]), wording.ratio(row["conf_high"]))
    return Finding(key, what, direction, words, sentence, wording.ratio(row["odds_ratio"]), limits, n)


def _remark(row: Row) -> str:
    return f" Note: {row['note']}." if row["note"] else ""


def _not_estimated(key: str, what: str, subject: str, row: Row | None) -> Finding:
    why = "it was not fitted" if row is None else wording.reason(row)
    n = f"n = {wording.count(row['n_contacts'])} contacts" if row and row["n_contacts"] is not None else ""
    sentence = f"{subject} cannot be estimated: {why}{f' ({n})' if n else ''}."
    return Finding(key, what, "cannot be estimated", f"cannot be estimated: {why}", sentence, n=n)


def _direction(low: float, high: float, neutral: float) -> Direction:
    if high < neutral:
        return "lower"
    return "higher" if low > neutral else "no clear association"


def _difference_sentence(row: Row, outcome: str, direction: Direction) -> str:
    contacts = f"contacts with {wording.outcome_words(outcome)}"
    value, low, high = (row[f"risk_difference{end}"] for end in ("", "_conf_low", "_conf_high"))
    if direction == "no clear association":
        return (
            f"In absolute terms, certification shows no clear association with {contacts}: the adjusted difference is "
            f"{difference_words(row)} per 1,000 contacts, the 95 % interval in brackets, which includes 0"
        )
    side = "fewer" if direction == "lower" else "more"
    near, far = sorted((abs(low), abs(high)))
    limits = wording.interval(wording.per_thousand(near), wording.per_thousand(far))
    return (
        f"Per 1,000 contacts, certification is associated with {wording.per_thousand(abs(value))} {side} {contacts} "
        f"(95 % interval {limits} {side})"
    )


def _plain(direction: Direction) -> str:
    return direction if direction == "no clear association" else f"certified: {direction}"


def _outcome_title(outcome: str) -> str:
    return wording.sentence_case(wording.outcome_words(outcome))


def _thousand_interval(row: Row, name: str) -> str:
    low, high = wording.per_thousand(row[f"{name}_conf_low"]), wording.per_thousand(row[f"{name}_conf_high"])
    return wording.interval(low, high)


def _ratio_and_interval(row: Row, name: str = "odds_ratio") -> str:
    low, high = wording.ratio(row["conf_low"]), wording.ratio(row["conf_high"])
    return f"{wording.ratio(row[name])} (95 % interval {low} to {high})"


def _power(direction: Direction, words: str) -> str:
    """What could have been found, beside every null."""
    return f" {words}" if words and direction == "no clear association" else ""


def _in_sentence(name: str) -> str:
    return name if name[:2].isupper() else f"the {name[:1].lower()}{name[1:]}"


def _quoted(term: str, reference: str) -> str:
    return reference if term == "experience_years" else f"“{reference}”"


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
