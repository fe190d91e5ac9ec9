"""Words and printed numbers: what stands in print for a name of a table (`words.csv`) and for a quantity."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from cit_platform.codebook.words import words_of
from cit_platform.inference.verdict import Names, short_words, verdicts_of, words
from cit_platform.settings import chosen_agency

NOT_CERTIFIED = "contacts reported by an officer without certification"
MINUS = "\N{MINUS SIGN}"
NO_NUMBER = "not estimated"
NO_REASON = "no reason was recorded"
NOT_STATED = "not stated"
_WHOLE = 10
_FRACTIONS = (
    (0.05, "a twentieth"),
    (0.1, "a tenth"),
    (0.2, "a fifth"),
    (0.25, "a quarter"),
    (1 / 3, "a third"),
    (0.5, "a half"),
)


def known_words(kind: str) -> Mapping[str, str]:
    """Words of one kind by key."""
    return words_of(chosen_agency())[kind]


def term_words(term: str) -> str:
    """Name of a predictor, e.g. `call_risk` is "Nature of the call"."""
    return known_words("term").get(term, term)


def level_words(term: str, level: str) -> str:
    """Name of a category of a predictor."""
    return known_words("level").get(f"{term}/{level}", level)


def calls_words(call_risk: str) -> str:
    """Calls of one kind, as the subject of a sentence."""
    return known_words("calls").get(call_risk, call_risk)


def alike_words(terms: Iterable[str]) -> list[str]:
    """What a model holds constant, as a sentence lists it; what has no such words is left out."""
    known = known_words("alike")
    return list(dict.fromkeys(known[term] for term in terms if term in known))


def exposure_reason_words(code: str) -> str:
    """Why certification in a quarter is implausible."""
    return known_words("exposure_reason").get(code, code.replace("_", " "))


def outcome_words(outcome: str) -> str:
    """Name of an outcome or disposition group."""
    return known_words("outcome").get(outcome, outcome)


def variant_words(variant: str) -> str:
    """How a model was asked, in words."""
    return known_words("variant").get(variant, variant)


def with_standing(words: str, standing: str | None) -> str:
    """How a model was asked, labelled where the protocol does not lay it down."""
    label = known_words("standing").get(standing or "")
    return f"{words} ({label})" if label else words


def ladder_words(variant: str) -> str:
    """What a step of the ladder changes, in words."""
    return known_words("ladder_step").get(variant, variant)


def clustering_words(covariance: str) -> str:
    """What may be alike under a clustered covariance, in words."""
    return known_words("clustering").get(covariance, covariance)


def measure_words(measure: str) -> str:
    """Name of a measure of association."""
    return known_words("measure").get(measure, measure)


def rule_words(rule: str) -> str:
    """Name of an exclusion rule or of a step of the flow."""
    return known_words("rule").get(rule, rule.replace("_", " "))


def flow_arm_words(arm: str) -> str:
    """The reporting officer's certification, as the flow counts by it."""
    return known_words("arm").get(arm, arm)


def change_words(change: str) -> str:
    """What the publisher did to records."""
    return known_words("change").get(change, change)


def warning_words(table: str, check: str) -> str:
    """What a check warns of."""
    return known_words("warning").get(check, f"{table}, {check.replace('_', ' ')}")


def accepted_words(code: str) -> str:
    """A change of the source by the code under which it is let through."""
    return known_words("accepted").get(code, code)


def study_words(study: str) -> str:
    """What a study, or a part of one, asks."""
    return known_words("study").get(study, study.replace("_", " "))


def feasibility_words(question: str) -> str:
    """A question about the records themselves."""
    return known_words("feasibility").get(question, question.replace("_", " "))


def covariate_words(covariate: str) -> str:
    """What officers are compared by, an officer counting once."""
    return known_words("covariate").get(covariate, covariate.replace("_", " "))


def field_words(field: str) -> str:
    """Name of a field of the source."""
    return field.replace("_", " ").replace("cit ", "CIT ")


def records(number: int) -> str:
    """A count of records."""
    return f"{count(number)} record{'' if number == 1 else 's'}"


def days(number: float) -> str:
    """An age in days."""
    return f"{count(round(number))} day{'' if round(number) == 1 else 's'}"


def reference_words(term: str, reference_level: str | None) -> str:
    """What a coefficient is compared with, in words."""
    if term == "cit_certified":
        return NOT_CERTIFIED
    if term == "experience_years":
        return "one year less of experience"
    return level_words(term, reference_level or "")


def sentence_case(words: str) -> str:
    """First letter in capitals, the rest as it is."""
    return words[:1].upper() + words[1:]


def count(number: int | float | None) -> str:
    """A count with thousands separated, e.g. 12,345."""
    return NO_NUMBER if number is None else f"{int(number):,}"


def ratio(number: float) -> str:
    """An odds ratio or risk ratio; never printed as 1.00 when it is not 1."""
    if number >= 100:
        return f"{number:,.0f}"
    if number < 0.01:
        return f"{number:.1g}"
    return _away_from(number, 1.0, digits=2)


def per_thousand(probability: float) -> str:
    """A probability or difference of probabilities per 1,000 contacts; never 0.0 when it is not 0."""
    return _away_from(1000 * probability, 0.0, digits=1).replace("-", MINUS)


def signed_per_thousand(probability: float) -> str:
    """A difference of probabilities per 1,000 contacts, with its sign."""
    return ("+" if probability > 0 else "") + per_thousand(probability)


def percent(share: float) -> str:
    """A share in percent."""
    return f"{_away_from(100 * share, 0.0, digits=1)} %"


def whole_percent(share: float) -> str:
    """A share in whole percent; with one decimal near either end."""
    return percent(share) if min(share, 1 - share) < 0.01 else f"{100 * share:.0f} %"


def p_value(number: float | None) -> str:
    """A p-value as journals print it."""
    if number is None:
        return NO_NUMBER
    bare = bare_p_value(number)
    return f"p {bare}" if bare[0] in "<>" else f"p = {bare}"


def bare_p_value(number: float) -> str:
    """A p-value for a column headed p."""
    if number < 0.001:
        return "< 0.001"
    return f"{number:.3f}" if number < 0.9995 else "> 0.999"


def chi_square(number: float) -> str:
    """A chi-square with one decimal; never 0.0 when it is not 0."""
    return f"{number:,.1f}" if number >= 0.05 else _away_from(number, 0.0, digits=2)


def two_digits(number: float) -> str:
    """A number on the log scale; never 0.00 when it is not 0."""
    return _away_from(number, 0.0, digits=2).replace("-", MINUS)


def interval(low: str, high: str) -> str:
    """A 95 % interval from two printed limits."""
    return f"{low} to {high}"


def per_thousand_pair(one: float, other: float) -> tuple[str, str]:
    """Two probabilities per 1,000, whole where rounding hides nothing of their difference, else with one decimal."""
    if 1000 * min(one, other) >= _WHOLE and 1000 * abs(one - other) >= 2:
        return f"{1000 * one:,.0f}", f"{1000 * other:,.0f}"
    return per_thousand(one), per_thousand(other)


def ranges_per_thousand(*risks: tuple[float, float, float]) -> list[tuple[str, str, str]]:
    """Risks with their limits per 1,000 in print; all whole if they and their limits stay apart so, else with decimals.

    Args:
        risks: Value, lower and upper limit as probabilities.
    """
    whole = [tuple(round(1000 * number) for number in risk) for risk in risks]
    apart = all(0 < low < value < high for value, low, high in whole) and len({v for v, _, _ in whole}) == len(whole)
    printed = (lambda number: f"{1000 * number:,.0f}") if apart else per_thousand
    return [(printed(value), printed(low), printed(high)) for value, low, high in risks]


def whole_per_thousand(probability: float) -> str:
    """A probability per 1,000, whole from 1 on."""
    return f"{1000 * probability:,.0f}" if 1000 * probability >= 1 else per_thousand(probability)


def detectable_ratios(below: float | None, above: float) -> tuple[str, str]:
    """The smallest detectable ratios below and above 1, printed; with few events no ratio below can be noticed."""
    return "none below" if below is None else ratio(below), ratio(above)


def power_of_ratio(below: float | None, above: float | None) -> str:
    """What stands beside a ratio without clear association; empty where no power is known.

    The difference named is found on either side of 1, with a chance of about 80 %.
    """
    if above is None:
        return ""
    if below is None:
        return f"With so few reports we would usually have noticed only a ratio over {ratio(above)}, and no lower one."
    needed = max(1 - below, above - 1)
    named = next((words for share, words in _FRACTIONS if needed <= share + 1e-9), None)
    if named is None:
        low, high = detectable_ratios(below, above)
        return f"With so few reports we would usually have noticed only a ratio under {low} or over {high}."
    return (
        f"With this many reports we would usually have noticed a difference of {named} or more, and often missed a "
        "smaller one."
    )


def power_of_difference(smallest: float | None) -> str:
    """What stands beside a difference per 1,000 contacts without clear association; empty where no power is known."""
    if smallest is None:
        return ""
    return (
        f"With this many reports we would usually have noticed a difference of {per_thousand(smallest)} in 1,000 or "
        "more, and often missed a smaller one."
    )


def day(one: date) -> str:
    """A day, e.g. 15 May 2019."""
    return f"{one.day} {one:%B %Y}"


def trend_words(measure: str) -> str:
    """What is shown over time."""
    return known_words("trend").get(measure, measure)


def years(start: date, end: date) -> str:
    """The years of a window, e.g. 2015 to 2020."""
    return f"{start.year} to {end.year}"


def day_words(day: date) -> str:
    """A day, e.g. 15 May 2019."""
    return f"{day.day} {day:%B %Y}"


def no_break(text: str) -> str:
    """Text whose numbers stay on one line with what they count."""
    for loose in ("n = ", " %", "per 1,000", " in 1,000", " contacts", "odds ratio "):
        text = text.replace(loose, loose.replace(" ", "\N{NO-BREAK SPACE}"))
    return re.sub(r"(?<=\d) to (?=\S?\d)", "\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}", text)


class _OnThePage(Names):
    """What outcomes, terms and arms are called inside a reason."""

    def outcome(self, name: str) -> str:
        return outcome_words(name)

    def term(self, name: str) -> str:
        # A column of a design is a term, or a term and its level.
        term, _, level = name.partition(" ")
        words = known_words("term").get(term)
        if words is None:
            return name
        called = words if words[1:2].isupper() else words[:1].lower() + words[1:]
        return f"{called} ({level_words(term, level)})" if level else called

    def arm(self, exposure: str, value: int) -> str:
        return known_words("arm").get(f"{exposure}/{value}") or super().arm(exposure, value)

    def question(self, name: str) -> str:
        words = feasibility_words(name)
        return words[:1].lower() + words[1:]


def reason(row: Mapping[str, Any]) -> str:
    """Why the number of a row is missing, from its `reason` and `reason_facts`."""
    verdicts = verdicts_of(row["reason"], row["reason_facts"])
    return "; ".join(words(verdict, _OnThePage()) for verdict in verdicts) or NO_REASON


def short_reason(row: Mapping[str, Any]) -> str:
    """A reason in a few words, for a cell of a table."""
    verdicts = verdicts_of(row["reason"], row["reason_facts"])
    return short_words(verdicts[0], _OnThePage()) if verdicts else NO_REASON


def _away_from(number: float, neutral: float, digits: int) -> str:
    text = f"{number:.{digits}f}"
    while number != neutral and float(text) == neutral and digits < 6:
        digits += 1
        text = f"{number:.{digits}f}"
    return text
