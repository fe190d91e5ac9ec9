"""Words and printed numbers: what terms, levels, outcomes and quantities are called on the page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from cit_platform.inference.verdict import Names, short_words, verdicts_of, words

TERMS = {
    "intercept": "Intercept",
    "cit_certified": "CIT certification",
    "experience_years": "Experience of the officer",
    "call_risk": "Nature of the call",
    "call_class": "Nature of the call, in finer classes",
    "precinct": "Precinct",
    "officer_race": "Race of the officer",
    "officer_gender": "Gender of the officer",
    "period": "Policy period",
    "year": "Year",
}

LEVELS = {
    ("call_risk", "welfare"): "general welfare check",
    ("call_risk", "suicide"): "suicidal person",
    ("call_risk", "disturbance"): "disturbance",
    ("call_risk", "violent"): "violent or high-risk call",
    ("call_risk", "other"): "other call",
    ("call_risk", "unknown"): "no call type given",
    ("call_class", "welfare_check"): "welfare check",
    ("call_class", "behavioral_crisis"): "person in behavioral crisis",
    ("call_class", "suicide"): "suicidal person",
    ("call_class", "disturbance"): "disturbance",
    ("call_class", "domestic_disturbance"): "domestic disturbance",
    ("call_class", "assault"): "assault or fight",
    ("call_class", "weapon"): "weapon",
    ("call_class", "threat"): "threats",
    ("call_class", "trespass_suspicious"): "trespass or suspicion",
    ("call_class", "property"): "theft, burglary or damage",
    ("call_class", "assist_medical"): "assistance or medical call",
    ("call_class", "vulnerable_person"): "missing, found or vulnerable person",
    ("call_class", "public_order"): "public order",
    ("call_class", "nature_unknown"): "nature unknown to the caller",
    ("call_class", "traffic_other"): "traffic, warrant or other",
    ("call_class", "unknown"): "no call type given",
    ("period", "baseline"): "before the pandemic",
    ("period", "pandemic"): "pandemic",
    ("period", "hb1310"): "House Bill 1310 in force",
    ("period", "hb1735"): "House Bill 1735 in force",
    ("period", "care"): "civilian responders sent along",
    ("officer_gender", "M"): "male",
    ("officer_gender", "F"): "female",
    ("officer_gender", "Unknown"): "not given",
    ("officer_race", "Unknown"): "not given",
    ("precinct", "Unknown"): "not given",
}

OUTCOMES = {
    "force": "force",
    "no_force": "no force",
    "arrest": "arrest",
    "emergent_detention": "emergent detention",
    "referral": "referral",
    "no_action": "no action",
    "other": "other disposition",
    "unmapped": "label not in the codebook",
    "missing": "no disposition given",
}

# In the order in which a reader meets them.
VARIANTS = {
    "published": "one row per record, as published",
    "contact_level": "one row per contact",
    "officer_clustered": "one row per contact, clustered by officer",
    "two_way": "one row per contact, clustered by officer and by incident",
    "incident_clustered": "one row per contact, clustered by incident",
    "year_effects": "one row per contact, clustered by officer, adjusted for the year",
    "era_adjusted": "one row per contact, clustered by officer, adjusted for the policy period",
    "fine_call_types": "one row per contact, clustered by officer, calls in finer classes",
    "standardised": "one row per contact, clustered by officer, adjusted for the year, as risks",
    "firth": "one row per contact as independent, Firth penalty for sparse groups",
}

# Steps of the ladder: what each changes against the one before.
LADDER_STEPS = {
    "published": "As published: one row per record",
    "contact_level": "One row per contact",
    "officer_clustered": "Clustered by officer",
    "two_way": "Clustered by officer and by incident",
    "year_effects": "Adjusted for the year",
    "standardised": "In risks, not in odds",
}

MEASURES = {"odds_ratio": "odds ratio", "risk_ratio": "risk ratio"}

CLUSTERINGS = {"officer": "by officer", "incident": "by incident", "officer+incident": "by officer and incident"}

RULES = {
    "exact_duplicate": "exact duplicate of another record",
    "template_missing": "no template number",
    "experience_unknown": "officer experience unknown",
    "experience_impossible": "officer experience impossible",
    "indicator_missing": "force or certification missing",
    "contact_conflict": "records of one contact disagree",
    "date_missing": "no usable date",
    "call_type_unmapped": "call type not in the codebook",
    "disposition_missing": "no disposition given",
    "disposition_other": "other disposition",
    "disposition_unmapped": "disposition not in the codebook",
    "levels_without_events": "in a group with no events, or only events",
}

ARMS = {
    ("cit_certified", 1): "rows of certified officers",
    ("cit_certified", 0): "rows of officers without certification",
}

NOT_CERTIFIED = "contacts reported by an officer without certification"
MINUS = "\N{MINUS SIGN}"
POWER = "80 % power"
NO_NUMBER = "not estimated"
NO_REASON = "no reason was recorded"


def term_words(term: str) -> str:
    """Name of a predictor, e.g. `call_risk` is "Nature of the call"."""
    return TERMS.get(term, term)


def level_words(term: str, level: str) -> str:
    """Name of a category of a predictor."""
    return LEVELS.get((term, level), level)


def outcome_words(outcome: str) -> str:
    """Name of an outcome or disposition group."""
    return OUTCOMES.get(outcome, outcome)


def variant_words(variant: str) -> str:
    """How a model was asked, in words."""
    return VARIANTS.get(variant, variant)


def ladder_words(variant: str) -> str:
    """What a step of the ladder changes, in words."""
    return LADDER_STEPS.get(variant, variant)


def clustering_words(covariance: str) -> str:
    """What may be alike under a clustered covariance, in words."""
    return CLUSTERINGS.get(covariance, covariance)


def measure_words(measure: str) -> str:
    """Name of a measure of association."""
    return MEASURES.get(measure, measure)


def rule_words(rule: str) -> str:
    """Name of an exclusion rule or of a step of the flow."""
    return RULES.get(rule, rule.replace("_", " "))


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


def percent(share: float) -> str:
    """A share in percent."""
    return f"{_away_from(100 * share, 0.0, digits=1)} %"


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


def interval(low: str, high: str) -> str:
    """A 95 % interval from two printed limits."""
    return f"{low} to {high}"


def detectable_ratios(above: float) -> tuple[str, str]:
    """The smallest detectable ratios below and above 1, printed."""
    return ratio(1 / above), ratio(above)


def power_of_ratio(measure: str, above: float | None) -> str:
    """What stands beside a ratio without clear association; empty where no power is known."""
    if above is None:
        return ""
    low, high = detectable_ratios(above)
    name = measure_words(measure)
    article = "An" if name[0] in "aeiou" else "A"
    return f"{article} {name} below {low} or above {high} would have been found with {POWER}."


def power_of_difference(smallest: float | None) -> str:
    """What stands beside a difference per 1,000 contacts without clear association; empty where no power is known."""
    if smallest is None:
        return ""
    least = per_thousand(smallest)
    return f"A difference of at least {least} per 1,000 contacts, fewer or more, would have been found with {POWER}."


def years(start: date, end: date) -> str:
    """The years of a window, e.g. 2015 to 2020."""
    return f"{start.year} to {end.year}"


def bound(text: str) -> str:
    """Text whose numbers stay on one line with what they count."""
    for loose in ("n = ", " %", "per 1,000", " contacts", "odds ratio "):
        text = text.replace(loose, loose.replace(" ", "\N{NO-BREAK SPACE}"))
    return text


class _OnThePage(Names):
    """What outcomes and arms are called inside a reason."""

    def outcome(self, name: str) -> str:
        return OUTCOMES.get(name, name)

    def arm(self, exposure: str, value: int) -> str:
        return ARMS.get((exposure, value)) or super().arm(exposure, value)


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
