"""Words and printed numbers: what terms, levels, outcomes and quantities are called on the page."""

from __future__ import annotations

from datetime import date

TERMS = {
    "intercept": "Intercept",
    "cit_certified": "CIT certification",
    "experience_years": "Experience of the officer",
    "call_risk": "Nature of the call",
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

VARIANTS = {
    "published": "one row per record, as published",
    "contact_level": "one row per contact",
    "officer_clustered": "one row per contact, clustered by officer",
}

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
    "levels_without_events": "in a group without events, or with events only",
}

# Names of the tables that reach the reader inside a study's reason.
PLAIN = {
    "rows with cit_certified = 1": "rows of certified officers",
    "rows with cit_certified = 0": "rows of officers without certification",
    "emergent_detention": "emergent detention",
    "no_action": "no action",
    "no_force": "no force",
}

NOT_CERTIFIED = "contacts reported by an officer without certification"
MINUS = "\N{MINUS SIGN}"
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


def years(start: date, end: date) -> str:
    """The years of a window, e.g. 2015 to 2020."""
    return f"{start.year} to {end.year}"


def bound(text: str) -> str:
    """Text whose numbers stay on one line with what they count."""
    for loose in ("n = ", " %", "per 1,000", " contacts", "odds ratio "):
        text = text.replace(loose, loose.replace(" ", "\N{NO-BREAK SPACE}"))
    return text


def reason(note: str | None) -> str:
    """Why a number is missing, as the study noted it."""
    told = (note or "").strip().removeprefix("cannot be estimated:").strip().rstrip(".")
    # Levels left out beside the reason are not the reason.
    parts = [part for part in told.split("; ") if ": level left out:" not in part]
    words = "; ".join(parts) or told or NO_REASON
    for name, plain in PLAIN.items():
        words = words.replace(name, plain)
    return words


def short_reason(note: str | None) -> str:
    """The first words of a reason, for a cell of a table."""
    return reason(note).partition(":")[0]


def _away_from(number: float, neutral: float, digits: int) -> str:
    text = f"{number:.{digits}f}"
    while number != neutral and float(text) == neutral and digits < 6:
        digits += 1
        text = f"{number:.{digits}f}"
    return text
