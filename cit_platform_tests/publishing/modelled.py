"""Tables of the models in the columns of their contracts, made up under a chosen truth: what a page may have to read.

Numbers follow from one another as those of the studies do: a ratio, its limits, its p-value and its power from the
log ratio and its standard error.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any

import pandas as pd
from scipy.special import expit, logit, ndtr

from cit_platform.inference.simultaneous import against_margin
from cit_platform.inference.verdict import Kind, Verdict
from cit_platform.modelling.tidy import conform, reason_columns
from cit_platform.studies.protocol import protocol
from cit_platform_tests.publishing import modelled_biases, modelled_choices, modelled_detail
from cit_platform_tests.publishing.described import described

ALL, USABLE = (date(2015, 5, 15), date(2026, 10, 31)), (date(2016, 4, 1), date(2026, 10, 31))
PUBLISHED_WINDOWS = ((date(2015, 5, 15), date(2020, 12, 31)), (date(2015, 5, 15), date(2025, 12, 31)))
# Log odds ratios of certification for force, arrest, emergent detention and referral; nothing happens in the last city.
TRUTHS: dict[str, tuple[float, float, float, float] | None] = {
    "lower": (-0.4, -0.4, -0.5, -0.4),
    "higher": (0.4, 0.37, 0.3, 0.24),
    "unclear": (0.004, -0.02, 0.03, -0.01),
    "mixed": (-0.4, 0.37, 0.03, -0.4),
    "cannot": None,
}
DISPOSITIONS = ("arrest", "emergent_detention", "referral")
BASE = {"force": 0.0165, "arrest": 0.09, "emergent_detention": 0.38, "referral": 0.14, "no_action": 0.39}
ERROR = {"force": 0.062, "arrest": 0.05, "emergent_detention": 0.04, "referral": 0.045}
CONTACTS = {"force": 86_254, "disposition": 83_086}
OFFICERS = 1_021
Z, DETECTABLE = 1.959963984540054, 2.801585

_PUBLISHED_CALLS = {"suicide": 0.2, "disturbance": 0.9, "violent": 1.9, "other": 0.5, "unknown": 0.3}
CALLS = {"crisis": 0.0, "welfare": -0.1, **_PUBLISHED_CALLS}
_PRECINCTS = {"West": 0.2, "East": 0.1, "South": -0.1, "Southwest": -0.2, "Unknown": 0.3}
_RACES = {"Asian": -0.1, "Black or African American": 0.1, "Unknown": 0.2}
_GENDERS = {"F": -0.2, "Unknown": 0.1}
Term = tuple[str, str, dict[str, float]]
_TIME: tuple[Term, ...] = (
    ("year", "2016", {str(year): 0.01 * (year - 2016) for year in range(2017, 2027)}),
    ("records_system", "mark43", {"legacy": 0.1}),
    ("watch", "day", {"night": 0.4, "evening": 0.1, "unknown": 0.0}),
    ("weekend", "weekday", {"": 0.05}),
)
_CALL: Term = ("call_risk", "crisis", {name: value for name, value in CALLS.items() if name != "crisis"})
_PUBLISHED_CALL: Term = ("call_risk", "welfare", _PUBLISHED_CALLS)
_PRECINCT: Term = ("precinct", "North", _PRECINCTS)
_EXPERIENCE: Term = ("experience", "5-9", {"0-4": 0.1, "10-14": -0.1, "15-19": -0.2, "20+": -0.3, "unknown": 0.0})
_YEARS: Term = ("experience_years", "", {"": -0.01})
_OFFICER: tuple[Term, ...] = (("officer_race", "White", _RACES), ("officer_gender", "M", _GENDERS))
PRIMARY = (*_TIME, _CALL, _PRECINCT, _EXPERIENCE)
# Variant: role, step, unit, covariance, correction, window, terms; force has the officer's attributes too.
VARIANTS: dict[str, tuple[str, int | None, str, str, str, tuple[date, date], tuple[Term, ...]]] = {
    "published": ("published", 0, "record", "model", "", ALL, (_YEARS, _PUBLISHED_CALL, _PRECINCT)),
    "contact_level": ("ladder", 1, "contact", "model", "", ALL, (_YEARS, _CALL, _PRECINCT)),
    "officer_clustered": ("ladder", 2, "contact", "officer", "CR1", ALL, (_YEARS, _CALL, _PRECINCT)),
    "usable_exposure": ("ladder", 3, "contact", "officer", "CR1", USABLE, (_YEARS, _CALL, _PRECINCT)),
    "primary": ("headline", 4, "contact", "officer", "CV3", USABLE, PRIMARY),
    "all_quarters": ("sensitivity", None, "contact", "officer", "CV3", ALL, PRIMARY),
    "contradictory_certified": ("sensitivity", None, "contact", "officer", "CV3", USABLE, PRIMARY),
    "contradictory_not_certified": ("sensitivity", None, "contact", "officer", "CV3", USABLE, PRIMARY),
}
ANY_OF = ("sensitivity", None, "contact", "officer", "CV3", USABLE, PRIMARY)
WIDTH = {"published": 0.8, "contact_level": 0.93, "officer_clustered": 0.99, "usable_exposure": 1.02}
Rows = list[dict[str, Any]]


def models(truth: str) -> dict[str, pd.DataFrame]:
    """Every table of the stage models under one truth, to be changed at will."""
    return {path: frame.copy() for path, frame in _models(truth).items()}


@cache
def _models(truth: str) -> dict[str, pd.DataFrame]:
    effects = TRUTHS[truth]
    of = dict(zip(("force", *DISPOSITIONS), effects, strict=True)) if effects else None
    force, disposition = list(_fits("force", ("force",), of)), list(_fits("disposition", DISPOSITIONS, of))
    replicated = list(_replication(of))
    tables: dict[str, Rows] = {
        "models/force": force,
        "models/disposition": disposition,
        "models/replication": replicated,
        "models/estimates": [_with_standing(row) for row in (*force, *disposition, *replicated)],
        "models/absolute_risk": list(_risks(of)),
        "models/choices": list(_choices(of)),
        "models/primary_outcomes": list(_primary_outcomes(of)),
        "models/diagnostics": list(_diagnostics(of)),
        "models/ladder": [_with_standing(row) for row in _ladder([*force, *disposition], of)],
        "models/interventionist_effect": list(_claim(of)),
        "models/disposition_shares": list(_shares(of)),
        "models/term_tests": list(_term_tests(of)),
        "models/situation": list(_situation(of)),
        "models/feasibility": list(_feasibility(of)),
        "models/dispatch_balance": list(_dispatch_balance(of)),
        "models/certification_change": list(_changes(("force_per_month", "force_per_contact"), of)),
        "models/recording": list(_changes(("templates_per_month",), of)),
        "models/era": list(modelled_detail.era(of)),
        "models/dependence": list(modelled_detail.dependence(of)),
        "models/call_detail": list(modelled_detail.call_detail(of)),
        "models/prospective": list(modelled_detail.prospective(of)),
        **described(of is not None),
        # No topic speaks of these.
        "models/fit_matrices": [],
        "models/risk_gradients": [],
    }
    certified, other = _both_risks("force", of) if of else (0.0, 0.0)
    choices = modelled_choices.tables(certified - other if of else None)
    return {path: conform(rows, path) for path, rows in tables.items()} | modelled_biases.tables(of) | choices


def _with_standing(row: dict[str, Any]) -> dict[str, Any]:
    """A row with what its specification is in the protocol."""
    known = {"standardised": "primary", "any_of": "primary"} | dict.fromkeys(VARIANTS, "not_in_protocol")
    known |= dict.fromkeys(("all_quarters", "contradictory_certified", "contradictory_not_certified"), "fork")
    known["primary"] = known["standardised"] = "primary" if row["model"] == "force" else "secondary"
    return row | {"standing": "not_in_protocol" if row["model"] == "replication" else known[row["variant"]]}


# Log ratio of each quantity over that of the outcome, and its standard error.
CHANGES = {
    **{"average": (1.0, 0.12), "since_0_1": (1.3, 0.2), "since_1_3": (1.0, 0.2), "since_3": (0.7, 0.25)},
    **{"fading": (-0.6, 0.3), "lead_1": (0.1, 0.3), "lead_2": (-0.1, 0.3), "trend": (0.1, 0.2)},
    **{"average_trend_low": (0.5, 0.3), "average_trend_high": (1.5, 0.3)},
}
CHANGE_VARIANTS = {"still_to_be_certified": "headline", "two_way_fixed_effects": "sensitivity"}


def _changes(outcomes: tuple[str, ...], of: dict[str, float] | None) -> Iterator[dict[str, Any]]:
    for outcome in outcomes:
        for variant, role in CHANGE_VARIANTS.items():
            for quantity, (factor, error) in CHANGES.items() if role == "headline" else [("average", (0.8, 0.1))]:
                common = {
                    **{"agency": "seattle", "outcome": outcome, "variant": variant, "role": role},
                    **{"quantity": quantity, "window_start": USABLE[0], "window_end": USABLE[1]},
                    **{"covariance": "officer", "correction": "CV3", "estimator": "poisson_cohort_year"},
                }
                if of is None:
                    why = reason_columns(Verdict(Kind.TOO_FEW_CHANGES, {"minimum": 10}))
                    yield common | {"converged": False, **why}
                    continue
                value = of["force"] * factor
                numbers = {"estimate": value, "ratio": math.exp(value), **ratio_columns(value, error)}
                numbers |= {"n_rows": 9_000, "n_contacts": 12_507, "n_officers": 190, "n_events": 222}
                numbers |= {"power": 0.31} if quantity == "fading" else {}
                counts = {"observed": 82.0, "expected": 82.0 / math.exp(value)} if quantity[:2] in ("av", "si") else {}
                yield common | numbers | counts | {"converged": True, **reason_columns(None)}


def nothing(outcome: str) -> dict[str, Any]:
    """Why there is no number in a city where nothing happens."""
    reference = "no_force" if outcome == "force" else "no_action"
    return {"converged": False, **reason_columns(Verdict(Kind.NO_CONTRAST, {"n_rows": 4_000, "outcome": reference}))}


def ratio_columns(value: float, error: float) -> dict[str, float]:
    """A log ratio with its standard error in the columns that ratios share."""
    return {
        "std_error": error,
        "p_value": float(2 * ndtr(-abs(value / error))),
        "conf_low": math.exp(value - Z * error),
        "conf_high": math.exp(value + Z * error),
        "smallest_detectable": math.exp(DETECTABLE * error * 1.02),
        "smallest_detectable_below": math.exp(-DETECTABLE * error * 0.98),
    }


def _fits(model: str, outcomes: tuple[str, ...], of: dict[str, float] | None) -> Iterator[dict[str, Any]]:
    variants = VARIANTS | ({"any_of": ANY_OF} if model == "disposition" else {})
    for variant, parts in variants.items():
        for outcome in outcomes:
            yield from _fit(model, variant, parts, outcome, of)


def _fit(model: str, variant: str, parts: Any, outcome: str, of: dict[str, float] | None) -> Iterator[dict[str, Any]]:
    role, step, unit, covariance, correction, window, terms = parts
    reference = {"force": "no_force", "disposition": "no_action"}[_model_of(outcome)]
    common = {
        **{"agency": "seattle", "model": model, "variant": variant, "role": role, "unit": unit, "step": step},
        **{"window_start": window[0], "window_end": window[1], "outcome": outcome},
        "reference_outcome": f"no_{outcome}" if variant == "any_of" else reference,
        **{"covariance": covariance, "correction": correction, "estimator": "mle", **sizes(outcome, unit)},
    }
    exposure: Term = ("cit_certified", "not certified", {"": of[outcome] if of else 0.0})
    officer = _OFFICER if outcome == "force" else ()
    for term, level_of_reference, levels in (("intercept", "", {"": -4.0}), exposure, *terms, *officer):
        for level, value in levels.items():
            row = common | {"term": term, "level": level, "reference_level": level_of_reference}
            yield row | (_numbers(term, variant, value, outcome, covariance) if of else nothing(outcome))


def _model_of(outcome: str) -> str:
    return "force" if outcome == "force" else "disposition"


def sizes(outcome: str, unit: str = "contact") -> dict[str, int]:
    """What entered a fit."""
    contacts = CONTACTS[_model_of(outcome)]
    return {
        "n_rows": round(contacts * 1.23) if unit == "record" else contacts,
        "n_contacts": contacts,
        "n_officers": OFFICERS,
        "n_events": round(BASE[outcome] * contacts),
    }


def _numbers(term: str, variant: str, value: float, outcome: str, covariance: str) -> dict[str, Any]:
    error = ERROR[outcome] * WIDTH.get(variant, 1.05) * (1 if term == "cit_certified" else 1.6)
    numbers = {"estimate": value, "statistic": value / error, "odds_ratio": math.exp(value)}
    clustered = covariance != "model"
    numbers |= ratio_columns(value, error) | {"design_effect": 1.27 if clustered else 1.0}
    if clustered:
        numbers |= {"effective_clusters": 412.5, "std_error_cr1": error * 0.98}
    return {**numbers, "converged": True, **reason_columns(None)}


def _replication(of: dict[str, float] | None) -> Iterator[dict[str, Any]]:
    published = {"force": (1.13, 0.027), "arrest": (1.45, None), "referral": (1.27, None)}
    names = {"published": VARIANTS["published"], "officer_clustered": ("headline", *VARIANTS["officer_clustered"][1:])}
    for window in PUBLISHED_WINDOWS:
        for variant, parts in names.items():
            for outcome in ("force", *DISPOSITIONS):
                whole = (*parts[:5], window, parts[6])
                for row in _fit("replication", variant, whole, outcome, of):
                    beside = row["term"] == "cit_certified" and outcome in published and window == PUBLISHED_WINDOWS[1]
                    yield row | (beside_published(row, *published[outcome]) if beside else {})


def beside_published(row: dict[str, Any], odds_ratio: float, p_value: float | None) -> dict[str, Any]:
    """The columns that compare a row with a published odds ratio."""
    beside = {"published_odds_ratio": odds_ratio, "published_p_value": p_value, "same_reference": True}
    if not row["converged"]:
        return beside
    difference, error = row["estimate"] - math.log(odds_ratio), row["std_error"]
    return beside | {
        "same_sign": (row["estimate"] > 0) == (odds_ratio > 1),
        "published_inside": row["conf_low"] <= odds_ratio <= row["conf_high"],
        "log_difference": difference,
        "log_difference_conf_low": difference - Z * error,
        "log_difference_conf_high": difference + Z * error,
    }


def _interval(name: str, value: float, error: float, low: float = -1.0) -> dict[str, float]:
    return {name: value, f"{name}_conf_low": max(low, value - Z * error), f"{name}_conf_high": value + Z * error}


def _both_risks(outcome: str, of: dict[str, float]) -> tuple[float, float]:
    """Adjusted risks with and without certification; of no action, what the other three leave."""
    if outcome == "no_action":
        risks = [_both_risks(name, of) for name in DISPOSITIONS]
        return 1 - sum(certified for certified, _ in risks), 1 - sum(other for _, other in risks)
    return float(expit(logit(BASE[outcome]) + of[outcome])), BASE[outcome]


def _risks(of: dict[str, float] | None) -> Iterator[dict[str, Any]]:
    for outcome in ("force", *DISPOSITIONS, "no_action"):
        common = {
            **{"agency": "seattle", "model": _model_of(outcome), "variant": "primary", "role": "headline"},
            **{"unit": "contact", "window_start": USABLE[0], "window_end": USABLE[1], "outcome": outcome},
            **{"covariance": "officer", **sizes(outcome)},
        }
        if of is None:
            yield common | nothing(outcome)
            continue
        certified, other = _both_risks(outcome, of)
        error = ERROR.get(outcome, 0.04) * other * (1 - other)
        yield {
            **common,
            **_interval("risk_certified", certified, error, 0.0),
            **_interval("risk_not_certified", other, error, 0.0),
            **_interval("risk_difference", certified - other, error),
            "risk_ratio": certified / other,
            "risk_ratio_conf_low": certified / other * 0.9,
            "risk_ratio_conf_high": certified / other * 1.1,
            "smallest_detectable_difference": DETECTABLE * error,
            "converged": True,
            **reason_columns(None),
        }


# Of each way: variant and role, and what it chooses.
WAYS = {
    ("primary", "headline"): ("contact", "usable", "primary", "situation", "left_out", "officer"),
    ("all_quarters", "sensitivity"): ("contact", "all", "primary", "situation", "left_out", "officer"),
    ("contradictory_certified", "sensitivity"): ("contact", "usable", "primary", "situation", "certified", "officer"),
    ("by_record", "sensitivity"): ("record", "usable", "primary", "situation", "left_out", "officer"),
    ("published", "published"): ("record", "all", "published", "published", "left_out", "model"),
}
CHOSEN = ("unit", "quarters", "controls", "calls", "contradictory", "covariance")


def _choices(of: dict[str, float] | None) -> Iterator[dict[str, Any]]:
    """Force by every way, its risks a little higher from one way to the next."""
    [force] = [row for row in _risks(of) if row["outcome"] == "force"]
    for place, ((variant, role), chosen) in enumerate(WAYS.items()):
        row = force | dict(zip(CHOSEN, chosen, strict=True)) | {"variant": variant, "role": role}
        row |= sizes("force", chosen[0]) | {"standing": "primary" if role == "headline" else "not_in_protocol"}
        if of:
            moved = {name: 1 + 0.05 * place for name in row if name.startswith("risk_") and "ratio" not in name}
            row |= {name: row[name] * times for name, times in moved.items()}
            odds = ratio_columns(of["force"], ERROR["force"])
            row |= {"odds_ratio": math.exp(of["force"]), "odds_ratio_conf_low": odds["conf_low"]}
            row |= {"odds_ratio_conf_high": odds["conf_high"]}
        yield row


def _primary_outcomes(of: dict[str, float] | None) -> Iterator[dict[str, Any]]:
    """The rows of force and of any disposition, judged against the margins of the protocol."""
    rows = {row["outcome"]: row for row in _risks(of)}
    for outcome, margin in protocol().margins.items():
        row = rows[outcome] | {"standing": "primary", "margin": margin, "size": ""}
        if outcome != "force":
            row |= {"variant": "any_of"}
        if of:
            certified, other = _both_risks(outcome, of)
            difference, error = certified - other, ERROR[outcome] * other * (1 - other)
            found = against_margin(difference, error, margin)
            p_value = float(2 * ndtr(-abs(difference / error)))
            row |= {"simultaneous_low": difference - 2.49 * error, "simultaneous_high": difference + 2.49 * error}
            row |= {"p_value": p_value, "p_value_holm": min(1.0, 4 * p_value), "size": found.size.value}
            row |= {"equivalence_low": found.low, "equivalence_high": found.high, "effective_clusters": 412.5}
            odds = ratio_columns(of[outcome], ERROR[outcome])
            row |= {"odds_ratio": math.exp(of[outcome]), "odds_ratio_conf_low": odds["conf_low"]}
            row |= {"odds_ratio_conf_high": odds["conf_high"]}
        yield row


# Value and lower limit of each diagnostic, all of which pass; of balance by covariate, the year's warns.
_DIAGNOSED = {
    **{("balance", "year"): (0.41, 0.33), ("balance", "call_risk"): (0.06, 0.01), ("overlap", ""): (0.71, None)},
    **{("effective_n", ""): (31_204.0, None), ("left_out", ""): (0.0, None), ("effective_clusters", ""): (412.5, None)},
    **{("detectable_above", ""): (1.19, None), ("detectable_below", ""): (0.84, None)},
    **{("calibration", ""): (0.02, None), ("systematic_error", ""): (None, None)},
}


def _diagnostics(of: dict[str, float] | None) -> Iterator[dict[str, Any]]:
    estimates = [("force", "primary", "force", "primary")]
    estimates += [("disposition", "any_of", outcome, "primary") for outcome in DISPOSITIONS]
    estimates += [("disposition", "primary", outcome, "secondary") for outcome in DISPOSITIONS]
    for model, variant, outcome, standing in estimates:
        counts = sizes(outcome)
        counts.pop("n_rows")
        for (name, term), (value, low) in _DIAGNOSED.items():
            threshold = protocol().thresholds[name]
            row = {"agency": "seattle", "model": model, "variant": variant, "outcome": outcome, "standing": standing}
            row |= {"diagnostic": name, "term": term if of else "", "bound": threshold.bound, "gate": threshold.gate}
            row |= {"threshold": threshold.value, **counts}
            if of is None:
                if term != "call_risk":
                    yield row | {key: cell for key, cell in nothing(outcome).items() if key != "converged"}
            elif value is None:
                yield row | reason_columns(Verdict(Kind.NOT_CALIBRATED, {"minimum": 5}))
            else:
                limits = {} if low is None else {"value_conf_low": low, "value_conf_high": 2 * value - low}
                passes = threshold.passes(value if low is None else low)
                yield row | limits | {"value": value, "passes": passes} | reason_columns(None)


def _ladder(rows: Rows, of: dict[str, float] | None) -> Iterator[dict[str, Any]]:
    steps = [row for row in rows if row["term"] == "cit_certified" and row["step"] is not None]
    for row in steps:
        step = row | {"measure": "odds_ratio", "ratio": row.get("odds_ratio")}
        if row["converged"] and row["covariance"] == "model":
            step["design_effect"] = 1.62 if row["role"] == "published" else 1.11
        if row["role"] == "published" and row["outcome"] == "force":
            step |= {"published_p_value": 0.027, "published_p_value_corrected": 0.082 if of else None}
        yield step
    for row in [row for row in steps if row["role"] == "headline"]:
        last = row | {"step": 5, "variant": "standardised", "role": "ladder", "measure": "risk_ratio"}
        last["design_effect"] = None
        if of:
            certified, other = _both_risks(row["outcome"], of)
            error = ERROR[row["outcome"]]
            last |= ratio_columns(math.log(certified / other), error) | {"ratio": certified / other}
            last |= _interval("risk_difference", certified - other, error * other)
        yield last


def _claim(of: dict[str, float] | None) -> Iterator[dict[str, Any]]:
    for measure in ("odds_ratio", "risk_difference"):
        parts: Rows = []
        for outcome in DISPOSITIONS:
            row = {"agency": "seattle", "measure": measure, "outcome": outcome}
            row |= {"power": 0.83} if measure == "odds_ratio" and of else {}
            counts = sizes(outcome)
            counts.pop("n_rows")
            parts.append(row | counts | (_part(measure, outcome, of) if of else {"part": "cannot_be_estimated"}))
            if of is None:
                parts[-1] |= {name: value for name, value in nothing(outcome).items() if name != "converged"}
        decided = verdict_of([part["part"] for part in parts])
        yield from (part | {"verdict": decided} for part in parts)


def _part(measure: str, outcome: str, of: dict[str, float]) -> dict[str, Any]:
    certified, other = _both_risks(outcome, of)
    odds = ratio_columns(of[outcome], ERROR[outcome]) | {"estimate": math.exp(of[outcome])}
    error = ERROR[outcome] * other * (1 - other)
    difference = _interval("estimate", certified - other, error)
    limits = {"conf_low": difference["estimate_conf_low"], "conf_high": difference["estimate_conf_high"]}
    row = odds if measure == "odds_ratio" else {"estimate": difference["estimate"], **limits}
    return {
        **{name: row[name] for name in ("estimate", "conf_low", "conf_high")},
        "part": part_of(row["conf_low"], row["conf_high"], 1.0 if measure == "odds_ratio" else 0.0),
        **reason_columns(None),
    }


def part_of(low: float, high: float, neutral: float) -> str:
    """Where an interval lies."""
    return "above" if low > neutral else "below" if high < neutral else "undecided"


def verdict_of(parts: list[str]) -> str:
    """What three parts say of the claim."""
    if "cannot_be_estimated" in parts:
        return "cannot_be_estimated"
    if "below" in parts:
        return "contradicted"
    return "supported" if set(parts) == {"above"} else "undecided"


def _shares(of: dict[str, float] | None) -> Iterator[dict[str, Any]]:
    groups = {"arrest": 0.09, "emergent_detention": 0.37, "referral": 0.13, "no_action": 0.38, "other": 0.03}
    for certified, contacts in ((0, 40_000), (1, 46_254)):
        for group, share in (groups if of else {"no_action": 1.0}).items():
            moved = share * math.exp((of or {}).get(group, 0.0) * certified * 0.3)
            yield {
                **{"agency": "seattle", "cit_certified": certified, "disposition_group": group},
                **_interval("share", moved, 0.006, 0.0),
                **{"n_contacts": contacts, "n_officers": 700, "n_events": round(moved * contacts)},
            }


def _term_tests(of: dict[str, float] | None) -> Iterator[dict[str, Any]]:
    spread = {
        **{"call_risk": 0.71, "cit_certified": abs(of["force"]) / 2 if of else 0.0, "precinct": 0.16, "year": 0.05},
        **{"records_system": 0.04, "watch": 0.19, "weekend": 0.02, "experience": 0.13},
        **{"officer_race": 0.08, "officer_gender": 0.07},
    }
    ordered = sorted(spread, key=lambda term: -spread[term])
    for term, sd in spread.items():
        rank = ordered.index(term) + 1
        row = {
            **{"agency": "seattle", "model": "force", "variant": "primary", "role": "headline", "term": term},
            "n_contacts": CONTACTS["force"],
        }
        numbers = {
            **{"lr_chi2": 700 * sd, "df": 3, "lr_chi2_per_df": 700 * sd / 3, "p_value": 0.0001},
            **_interval("log_odds_sd", sd, 0.03, 0.0),
            **{"rank": rank, "rank_low": max(1, rank - (rank > 1)), "rank_high": rank + (rank > 1)},
        }
        why = {name: value for name, value in nothing("force").items() if name != "converged"}
        yield row | (numbers | reason_columns(None) if of else why)


def _situation(of: dict[str, float] | None) -> Iterator[dict[str, Any]]:
    groups: list[tuple[str, str, str, int, float]] = []
    if of:
        groups.append(("force", "", "", 86_254, 0.0163))
        for number, (level, value) in enumerate(CALLS.items()):
            groups.append(("force", "call_risk", level, 9_000 + 1_000 * number, float(expit(-5.05 + value))))
    for level, share in (("1", 0.81), ("0", 0.64)):
        groups.append(("cit_arrived", "cit_certified", level, 41_000, share))
    for outcome, term, level, contacts, risk in groups:
        events = round(risk * contacts)
        yield {
            **{"agency": "seattle", "outcome": outcome, "term": term, "level": level},
            **{"window_start": ALL[0], "window_end": ALL[1]},
            **_interval("risk", risk, math.sqrt(1.3 * risk * (1 - risk) / contacts), 0.0),
            **{"n_contacts": contacts, "n_officers": 900, "n_events": events},
        }


def _feasibility(of: dict[str, float] | None) -> Iterator[dict[str, Any]]:
    """A month that holds too many, and incidents of one reporter; where nothing happens no officer changes."""
    asked: list[tuple[str, str, str, float | None, str, float | None, bool | None, str]] = [
        ("certified_share", "2016-Q1", "share", 0.45, "contacts", 0.15, True, ""),
        ("usable_quarters", "", "quarters", 44.0, "quarters", 1.0, True, ""),
        ("cohorts", "2016-01", "officers", 90.0, "officers", 0.15, not of, ""),
        ("switchers", "", "officers", 480.0, "officers", 50.0, True, ""),
        ("constant_force", "", "share", 1.0, "contacts", 0.99, True, ""),
        ("several_reporters", "", "share", 0.01, "incidents", 0.05, False, "two_way;within_scene"),
        ("revised_certification", "", "share", None, "contacts", None, None, ""),
    ]
    for question, level, unit, value, n_of, threshold, passes, off in asked:
        numbers = (
            _interval("value", value, 0.01 * value, 0.0) if value is not None and unit == "share" else {"value": value}
        )
        why = None if value is not None else Verdict(Kind.NOTHING_TO_COMPARE)
        yield {
            **{"agency": "seattle", "question": question, "level": level, "unit": unit, "n": 480, "n_of": n_of},
            **{"threshold": threshold, "passes": passes, "switches_off": off},
            **numbers,
            **reason_columns(why),
        }


def _dispatch_balance(of: dict[str, float] | None) -> Iterator[dict[str, Any]]:
    """Calls that are harder or easier as force is, by a tenth of it; without force nothing can be scored."""
    named = {"agency": "seattle", "window_start": USABLE[0], "window_end": USABLE[1], "verdict": ""}
    sizes = {"n_contacts": 80_000, "n_officers": 700, "n_events": 900}
    plain = named | sizes | reason_columns(None)
    for question in ("published", "sent"):
        for level, share in (("", 0.55), ("violent", 0.56), ("crisis", 0.54)):
            key = {"question": question, "population": "all", "term": "call_risk", "level": level}
            yield plain | key | _interval("share", share, 0.01, 0.0)
    too_few = {"exposure": "cit_certified", "minimum": 5, "cases": []}
    for question, size in (("wrote", 0.002), ("overlap", 0.01)):
        key = {"question": question, "population": "all", "term": "", "level": ""}
        if not of:
            yield named | key | reason_columns(Verdict(Kind.TOO_FEW_EVENTS, too_few))
            continue
        difference = _interval("risk_difference", size * of["force"], size * 0.2)
        more: dict[str, Any] = {"smallest_detectable_difference": 2.8 * size * 0.2}
        if question == "wrote":
            low, high = difference["risk_difference_conf_low"], difference["risk_difference_conf_high"]
            open_ = low < 0.0005 and high > -0.0005
            more |= {"margin": 0.0005, "verdict": "undecided" if open_ else "beyond"}
        yield plain | key | difference | more
    for level in ("", "assault"):
        key = {
            "question": "shuffled",
            "population": "without_crisis_response_squad",
            "term": "call_class",
            "level": level,
        }
        shares = {"share": 0.56} | _interval("expected", 0.55, 0.01, 0.0) if level else {}
        yield plain | key | shares | {"p_value": 0.31}
    key = {"question": "officers", "population": "all", "term": "night", "level": ""}
    yield plain | key | _interval("standardised_difference", -0.1, 0.07)
    key = {"question": "balance", "population": "all", "term": "call_risk", "level": "violent"}
    yield plain | key | {"standardised_difference": 0.02, "weighted_difference": 0.0}
