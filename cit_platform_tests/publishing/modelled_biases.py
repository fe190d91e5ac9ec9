"""Tables about what else could be behind an association, made up under a chosen truth, in their contracts."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from cit_platform.inference.selection import log_odds_with_unrecorded
from cit_platform.inference.verdict import Kind, Verdict
from cit_platform.modelling.tidy import conform, reason_columns
from cit_platform.studies.unmeasured import (
    UNRECORDED,
    Answer,
    bias_row,
    confounder_rows,
    given_trait,
    needed_rows,
    selection_rows,
)

Rows = Iterator[dict[str, Any]]
Effects = dict[str, float] | None
WINDOW = {"window_start": date(2016, 4, 1), "window_end": date(2026, 10, 31)}
SIZES = {"n_contacts": 86_254, "n_officers": 1_021, "n_events": 1_406}
SEATTLE = {"agency": "seattle"}


def tables(of: Effects) -> dict[str, pd.DataFrame]:
    """The tables by path under effects on force and dispositions; None for a city in which nothing happens."""
    made = {"models/negative_controls": _negative_controls(of), "models/unmeasured": _unmeasured(of)}
    made |= {"models/interference": _interference(of), "models/bounds": _bounds(of)}
    return {path: conform(list(rows), path) for path, rows in made.items()}


def _nothing() -> dict[str, Any]:
    return {"converged": False, **reason_columns(Verdict(Kind.NO_CONTRAST, {"n_rows": 4_000, "outcome": "no_force"}))}


def _ratio(value: float, error: float) -> dict[str, Any]:
    """A log ratio in the columns of a fit."""
    return {
        **{"estimate": value, "std_error": error, "odds_ratio": math.exp(value), "p_value": 0.04},
        **{"conf_low": math.exp(value - 1.96 * error), "conf_high": math.exp(value + 1.96 * error)},
        **{"converged": True, **reason_columns(None)},
    }


def _negative_controls(of: Effects) -> Rows:
    controls = {"veteran": -0.02, "call_fields_missing": 0.14, "on_view": -0.01, "emergency_call": 0.0}
    futures = {"force": -0.03, "any_arrest": 0.01, "any_emergent_detention": 0.02, "any_referral": -0.01}
    null = {"null_mean": 0.01, "null_mean_std_error": 0.02, "null_sd": 0.05, "null_sd_std_error": 0.03}
    shared = {**SEATTLE, **WINDOW, **SIZES, "n_controls": 8 if of else 4}
    shared |= null | {"expected_absolute_error": 0.04} if of else {}
    for name, value in controls.items():
        yield {**shared, "control": name, "kind": "outcome", **_ratio(value, 0.05)}
    for name, value in futures.items():
        numbers = _ratio(value, 0.06) if of else _nothing()
        yield {**shared, "control": f"future_{name}", "kind": "future_certification", **numbers}
    for outcome in ("force", "arrest", "emergent_detention", "referral"):
        answer = {**shared, "control": outcome, "kind": "answer"}
        if of is None:
            yield answer | _nothing()
            continue
        value, error = of[outcome] - 0.01, math.hypot(0.06, 0.05)
        yield (
            answer
            | _ratio(of[outcome], 0.06)
            | {
                "calibrated_odds_ratio": math.exp(value),
                "calibrated_odds_ratio_conf_low": math.exp(value - 1.96 * error),
                "calibrated_odds_ratio_conf_high": math.exp(value + 1.96 * error),
                "calibrated_p_value": 0.2,
            }
        )


def _unmeasured(of: Effects) -> Rows:
    """The rows that the study makes of an odds ratio of force with a standard error of 0.06."""
    force = {**SEATTLE, **SIZES, "outcome": "force"}
    for outcome in ("force", "arrest"):
        row = {**SEATTLE, **SIZES, "outcome": outcome, "bias": "e_value", "setting": ""}
        numbers = {"risk_ratio": 0.7, "risk_ratio_conf_low": 0.6, "risk_ratio_conf_high": 0.81, "e_value": 2.2}
        yield row | (
            numbers | {"e_value_of_limit": 1.7, "converged": True, **reason_columns(None)} if of else _nothing()
        )
    if of is None:
        yield {**force, "bias": "none", "setting": "", **_nothing()}
        return
    answer, risk = Answer(of["force"], 0.06, None), 0.016
    for row in (*confounder_rows(answer), *needed_rows(answer), *selection_rows(answer)):
        yield force | row
    for setting, strength, certified, others in (
        ("call_risk/violent", 3.3, 0.10, 0.12),
        ("weekend/yes", 1.1, 0.29, 0.28),
    ):
        trait = given_trait(answer, strength, certified, others)
        yield force | bias_row("benchmark", setting, **trait)
    for arm in ("certified", "not_certified"):
        for share in UNRECORDED:
            fall = float(log_odds_with_unrecorded(np.asarray(risk), np.asarray(share)))
            ends = answer.between(*((-fall, 0.0) if arm == "certified" else (0.0, fall)))
            yield force | bias_row("unrecorded", f"{100 * share:g} % of {arm}", **{f"share_{arm}": share, **ends})
    yield force | bias_row(
        "misclassified", "90 % and 100 % right", sensitivity=0.9, specificity=1.0, **answer.shifted(0.1)
    )
    impossible = reason_columns(Verdict(Kind.IMPOSSIBLE_ERRORS))
    yield force | {"bias": "misclassified", "setting": "80 % and 100 % right", "converged": False, **impossible}
    yield force | bias_row("quarters", "corrected", sensitivity=0.95, specificity=1.0, **answer.shifted(0.05))


def _interference(of: Effects) -> Rows:
    shares = {"certified": 0.95, "not_certified": 0.60, "as_recorded": 0.35, "always_present": 0.40}
    for name, share in shares.items():
        measure = "presence" if name in ("certified", "not_certified") else "presence_contrast"
        ends = {"share": share, "share_conf_low": share - 0.01, "share_conf_high": share + 0.01}
        yield {**SEATTLE, **SIZES, "measure": measure, "group": name, **ends, "converged": True, **reason_columns(None)}
    effect = (of or {}).get("force", 0.0)
    ratios = {("scene", name): effect / shares[name] for name in ("as_recorded", "always_present")}
    ratios |= {
        ("own", f"squad, {band}"): effect for band in ("three quarters or more", "under three quarters or not known")
    }
    ratios |= {("others", "squad, under half"): 0.02, ("ratio", "squad, three quarters or more, over less"): -0.1}
    for (measure, group), value in ratios.items():
        row = {**SEATTLE, **WINDOW, **SIZES, "measure": measure, "group": group}
        fitted = {name: number for name, number in _ratio(value, 0.1).items() if name not in _ONLY_OF_CONTROLS}
        yield row | (fitted if of else _nothing())


_ONLY_OF_CONTROLS = ("estimate", "std_error", "p_value")


def _bounds(of: Effects) -> Rows:
    """A plain difference of about 16 per 1,000 times the log odds ratio, and 1,100 contacts left out."""
    difference = 0.016 * (of or {}).get("force", 0.0)
    lost = {"n_lost": 1_100, "n_lost_certified": 300, "n_lost_not_certified": 200, "n_lost_unknown": 600}
    wide = {"worst_case": 0.015, "as_recorded": 0.0004}
    plain = {"risk_difference": difference, "conf_low": difference - 0.0018, "conf_high": difference + 0.0018}
    nothing = dict.fromkeys(lost, 0)
    yield {**SEATTLE, **WINDOW, **SIZES, "rule": "none", "assumption": "none", **nothing, **plain, **_said(of)}
    for rule, share in (("contact_conflict", 0.6), ("other_rules", 0.4), ("all", 1.0)):
        for assumption, width in wide.items():
            low, high = difference - share * width, difference + share * width
            ends = {"bound_low": low, "bound_high": high, "conf_low": low - 0.0015, "conf_high": high + 0.0015}
            counts = {name: round(share * n) for name, n in lost.items()}
            yield {**SEATTLE, **WINDOW, **SIZES, "rule": rule, "assumption": assumption, **counts, **ends, **_said(of)}


def _said(of: Effects) -> dict[str, Any]:
    numbers = ("risk_difference", "bound_low", "bound_high", "conf_low", "conf_high")
    return {"converged": True, **reason_columns(None)} if of else {**_nothing(), **dict.fromkeys(numbers)}
