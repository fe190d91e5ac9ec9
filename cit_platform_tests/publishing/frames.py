"""Frames of the contracts for opposite truths: higher, lower, no clear association, cannot be estimated."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from cit_platform.contracts import TABLES
from cit_platform.inference.verdict import Kind, Verdict
from cit_platform.modelling.tidy import reason_columns

WINDOW = (date(2015, 5, 15), date(2025, 12, 31))
SNAPSHOT = "5a" * 32
TRUTHS: dict[str, float | None] = {"lower": -0.36, "higher": 0.36, "unclear": 0.01, "cannot": None}
REASON = Verdict(
    Kind.TOO_FEW_EVENTS,
    {
        "exposure": "cit_certified",
        "cases": [{"value": 1, "outcome": "force", "n_events": 3, "n_rows": 465}],
        "minimum": 5,
    },
)
_WHY = reason_columns(REASON)
_Z = 1.959963985
_DETECTABLE = 2.801585219
FORCE_VARIANTS = {
    "published": ("model", 0.055),
    "contact_level": ("model", 0.058),
    "officer_clustered": ("officer", 0.066),
    "incident_clustered": ("incident", 0.059),
    "two_way": ("officer+incident", 0.067),
    "year_effects": ("officer", 0.068),
    "era_adjusted": ("officer", 0.0675),
    "fine_call_types": ("officer", 0.0665),
    "firth": ("model", 0.0579),
}
ROLES = {"published": "published", "contact_level": "ladder", "officer_clustered": "headline"}
STEPS = {"published": 0, "contact_level": 1, "officer_clustered": 2, "two_way": 2, "year_effects": 3}
# Variance clustered by officer over that of independent rows: per record, and per contact.
DESIGN_EFFECTS = {"published": 1.78, "contact_level": (0.066 / 0.058) ** 2}


def tables(truth: str, **text: str) -> dict[str, pd.DataFrame]:
    """Every models and quality table under one truth about certification."""
    effect = TRUTHS[truth]
    force = [row for variant in FORCE_VARIANTS for row in _force(effect, variant)]
    disposition = [row for variant in ("published", "officer_clustered") for row in _disposition(effect, variant)]
    replication = _replication(effect)
    return {
        "models/force": _frame("models/force", force),
        "models/disposition": _frame("models/disposition", disposition),
        "models/replication": _frame("models/replication", replication),
        "models/estimates": _frame("models/estimates", force + disposition + replication),
        "models/absolute_risk": _frame("models/absolute_risk", _risks(effect)),
        "models/ladder": _frame("models/ladder", _ladder(force, effect)),
        "models/interventionist_effect": _frame("models/interventionist_effect", _verdict(effect)),
        "models/disposition_shares": _frame("models/disposition_shares", _shares(effect)),
        "models/term_tests": _frame("models/term_tests", _term_tests(effect)),
        "quality/flow": _frame("quality/flow", _flow()),
        "quality/coverage": _frame("quality/coverage", _coverage()),
        "quality/levels": _frame("quality/levels", _levels()),
        "quality/revisions": _frame("quality/revisions", _revisions()),
        "quality/labels": _frame("quality/labels", _labels(text.get("label", "NO ACTION POSSIBLE / NECESSARY"))),
    }


def _frame(path: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(TABLES[path].column_names))


def _fit(model: str, variant: str, outcome: str) -> dict[str, Any]:
    record = variant == "published"
    return {
        "agency": "seattle",
        "model": model,
        "variant": variant,
        "role": ROLES.get(variant, "sensitivity"),
        "step": STEPS.get(variant) if model == "force" else None,
        "unit": "record" if record else "contact",
        "window_start": WINDOW[0],
        "window_end": WINDOW[1],
        "outcome": outcome,
        "n_rows": 101_234 if record else 88_765,
        "n_contacts": 88_765,
        "n_officers": 1_017,
        "n_events": {"force": 1_391}.get(outcome, 9_120),
        "covariance": FORCE_VARIANTS[variant][0],
        "converged": True,
        **reason_columns(None),
    }


def _tidy(
    fit: Mapping[str, Any], term: str, level: str, reference: str, estimate: float | None, se: float
) -> dict[str, Any]:
    against = "no_force" if fit["outcome"] == "force" else "no_action"
    row = {**fit, "reference_outcome": against, "term": term, "level": level, "reference_level": reference}
    row |= {"estimator": "mle"}
    if estimate is None:
        return row | {"converged": False, **_WHY}
    statistic = estimate / se
    return row | {
        "estimate": estimate,
        "std_error": se,
        "statistic": statistic,
        "p_value": math.erfc(abs(statistic) / math.sqrt(2)),
        "odds_ratio": math.exp(estimate),
        "conf_low": math.exp(estimate - _Z * se),
        "conf_high": math.exp(estimate + _Z * se),
        "smallest_detectable": math.exp(_DETECTABLE * se),
        "design_effect": 1.0 if fit["covariance"] == "model" else (se / FORCE_VARIANTS["contact_level"][1]) ** 2,
    }


def _force(effect: float | None, variant: str) -> list[dict[str, Any]]:
    fit = _fit("force", variant, "force")
    se = FORCE_VARIANTS[variant][1]
    rows = [
        _tidy(fit, "intercept", "", "", -5.1, se),
        _tidy(fit, "cit_certified", "", "not certified", effect, se),
        _tidy(fit, "experience_years", "", "", -0.013, se / 15),
    ]
    for level, estimate in (
        ("suicide", 0.2),
        ("disturbance", 0.9),
        ("violent", 1.87),
        ("other", 0.4),
        ("unknown", None),
    ):
        rows.append(_tidy(fit, "call_risk", level, "welfare", estimate, 1.3 * se))
    for level, estimate in (("West", 0.15), ("East", 0.1), ("South", -0.05), ("Southwest", -0.12), ("Unknown", 0.6)):
        rows.append(_tidy(fit, "precinct", level, "North", estimate, 3 * se if level == "Unknown" else se))
    races = ("ASIAN", "BLACK OR AFRICAN AMERICAN", "HISPANIC OR LATINO", "NAT HAWAIIAN/OTH PAC ISLANDER", "Unknown")
    rows += [_tidy(fit, "officer_race", race, "WHITE", 0.05 * n - 0.1, 2 * se) for n, race in enumerate(races)]
    return [*rows, _tidy(fit, "officer_gender", "F", "M", -0.2, 1.5 * se)]


def _disposition(effect: float | None, variant: str) -> list[dict[str, Any]]:
    rows = []
    for scale, outcome in ((0.6, "arrest"), (0.3, "emergent_detention"), (0.5, "referral")):
        fit = _fit("disposition", variant, outcome)
        rows.append(_tidy(fit, "cit_certified", "", "not certified", None if effect is None else scale * effect, 0.03))
        rows.append(_tidy(fit, "call_risk", "violent", "welfare", 0.8, 0.03))
    return rows


def _replication(effect: float | None) -> list[dict[str, Any]]:
    rows = []
    for end in (date(2020, 12, 31), date(2025, 12, 31)):
        for variant in ("published", "officer_clustered"):
            fit = _fit("replication", variant, "force") | {"window_end": end}
            row = _tidy(fit, "cit_certified", "", "not certified", effect, 0.07)
            holds = None if effect is None else bool(row["conf_low"] > 1)
            rows.append(row | {"published_odds_ratio": 1.13, "published_p_value": 0.027, "holds": holds})
    return rows


def _spread(name: str, value: float | None, se: float) -> dict[str, float | None]:
    if value is None:
        return {name: None, f"{name}_conf_low": None, f"{name}_conf_high": None}
    return {name: value, f"{name}_conf_low": value - _Z * se, f"{name}_conf_high": value + _Z * se}


def _risks(effect: float | None) -> list[dict[str, Any]]:
    rows = []
    for outcome, base in (
        ("arrest", 0.08),
        ("emergent_detention", 0.31),
        ("force", 0.0151),
        ("no_action", 0.34),
        ("referral", 0.27),
    ):
        row = _fit("force" if outcome == "force" else "disposition", "officer_clustered", outcome)
        with_cit = None if effect is None else base * math.exp(effect)
        row |= _spread("risk_certified", with_cit, 0.05 * base)
        row |= _spread("risk_not_certified", None if effect is None else base, 0.05 * base)
        row |= _spread("risk_difference", None if with_cit is None else with_cit - base, 0.06 * base)
        row |= {"smallest_detectable_difference": None if effect is None else _DETECTABLE * 0.06 * base}
        row |= _spread("risk_ratio", None if with_cit is None else with_cit / base, 0.06)
        rows.append(row | ({"converged": False, **_WHY} if effect is None else {}))
    return rows


def _ladder(force: list[dict[str, Any]], effect: float | None) -> list[dict[str, Any]]:
    found = {row["variant"]: row for row in force if row["term"] == "cit_certified"}
    rows = [found[variant] | {"measure": "odds_ratio", "ratio": found[variant].get("odds_ratio")} for variant in STEPS]
    if effect is not None:
        for row in rows:
            row["design_effect"] = DESIGN_EFFECTS.get(row["variant"], row["design_effect"])
    corrected = None if effect is None else 0.097
    rows[0] |= {"published_p_value": 0.027, "published_p_value_corrected": corrected}
    return [*rows, _standardised(found["year_effects"], effect)]


def _standardised(fit: Mapping[str, Any], effect: float | None) -> dict[str, Any]:
    """Risks of 15.1 per 1,000 without certification, by the odds ratio of the fit."""
    names = ("agency", "model", "unit", "window_start", "window_end", "outcome", "covariance", "converged", *_WHY)
    row = {name: fit[name] for name in (*names, "n_rows", "n_contacts", "n_officers", "n_events")}
    row |= {"step": 4, "variant": "standardised", "role": "ladder", "measure": "risk_ratio"}
    if effect is None:
        return row
    odds = 0.0151 / (1 - 0.0151) * math.exp(effect)
    difference, error = odds / (1 + odds) - 0.0151, 0.067
    ratio = 1 + difference / 0.0151
    return row | {
        "ratio": ratio,
        "conf_low": ratio * math.exp(-_Z * error),
        "conf_high": ratio * math.exp(_Z * error),
        "std_error": error,
        "p_value": math.erfc(abs(math.log(ratio)) / error / math.sqrt(2)),
        **_spread("risk_difference", difference, error * 0.0151 * ratio),
        "smallest_detectable": math.exp(_DETECTABLE * error),
    }


def _verdict(effect: float | None) -> list[dict[str, Any]]:
    rows = []
    for row in _risks(effect):
        if row["outcome"] not in ("arrest", "emergent_detention", "referral"):
            continue
        above = None if effect is None else bool(row["risk_difference_conf_low"] > 0)
        verdict = "cannot_be_estimated" if above is None else "supported" if above else "not_supported"
        rows.append(row | {"above_zero": above, "verdict": verdict})
    return rows


def _shares(effect: float | None) -> list[dict[str, Any]]:
    rows = []
    groups = {
        "arrest": 0.08,
        "emergent_detention": 0.3,
        "referral": 0.25,
        "no_action": 0.32,
        "other": 0.03,
        "missing": 0.02,
    }
    for arm in (0, 1):
        for group, share in groups.items():
            tilted = share * math.exp((effect or 0.0) * arm * 0.5)
            cell: dict[str, Any] = {"agency": "seattle", "cit_certified": arm, "disposition_group": group}
            counts = {
                "n_contacts": 41_200 + 6_365 * arm,
                "n_officers": 640 - 30 * arm,
                "n_events": int(40_000 * tilted),
            }
            rows.append(cell | _spread("share", tilted, 0.012 * math.sqrt(tilted)) | counts)
    return rows


def _term_tests(effect: float | None) -> list[dict[str, Any]]:
    rows = []
    strengths = {"cit_certified": (None if effect is None else 300 * effect**2, 1), "experience_years": (9.5, 1)}
    strengths |= {
        "call_risk": (1610.0, 4),
        "precinct": (31.0, 5),
        "officer_race": (12.0, 5),
        "officer_gender": (4.1, 1),
    }
    for variant in ("contact_level", "published"):
        for term, (chi2, df) in strengths.items():
            row: dict[str, Any] = {
                "agency": "seattle",
                "model": "force",
                "variant": variant,
                "role": ROLES[variant],
                "term": term,
                "n_contacts": 88_765,
            }
            row |= {"lr_chi2": chi2, "df": df, "lr_chi2_per_df": None if chi2 is None else chi2 / df, "p_value": 0.001}
            rows.append(row | reason_columns(REASON if chi2 is None else None))
    return rows


def _flow() -> list[dict[str, Any]]:
    steps = [
        ("records", "record", "received", "received", 110_000),
        ("records", "record", "excluded", "exact_duplicate", 1_234),
        ("records", "record", "excluded", "template_missing", 0),
        ("records", "record", "excluded", "experience_unknown", 6_120),
        ("records", "record", "excluded", "experience_impossible", 1_310),
        ("records", "record", "excluded", "indicator_missing", 12),
        ("records", "record", "excluded", "contact_conflict", 85),
        ("records", "record", "excluded", "date_missing", 5),
        ("records", "record", "kept", "clean", 101_234),
        ("contacts", "contact", "kept", "contacts", 90_111),
        ("force_model", "contact", "excluded", "call type not in the codebook", 1_346),
        ("force_model", "contact", "analysed", "analysed", 88_765),
        ("disposition_model", "contact", "excluded", "disposition missing", 2_222),
        ("disposition_model", "contact", "excluded", "other disposition", 2_300),
        ("disposition_model", "contact", "analysed", "analysed", 85_589),
    ]
    names = ("step", "part", "unit", "kind", "rule", "n")
    return [dict(zip(names, (number, *step), strict=True)) for number, step in enumerate(steps, start=1)]


def _coverage() -> list[dict[str, Any]]:
    fields = ("call_type", "cit_certified_indicator", "disposition", "initial_call_type", "officer_id", "precinct")
    return [
        {
            "field": field,
            "year": str(year),
            "n_records": 9_000,
            "n_present": 9_000 - 40 * n,
            "share_present": 1 - 40 * n / 9_000,
        }
        for n, field in enumerate(fields)
        for year in range(2015, 2026)
    ]


def _levels() -> list[dict[str, Any]]:
    cells = (("officer_race", "ASIAN", None), ("officer_race", "WHITE", 60_000), ("precinct", "North", 20_000))
    return [{"term": term, "level": level, "n_contacts": n, "shown": n is not None} for term, level, n in cells]


def _revisions() -> list[dict[str, Any]]:
    rows = [
        ("2026-11-19", "first", "", 109_940, None, None, None, None, None, True),
        ("2026-11-20", "compared", "", 109_965, None, None, None, None, None, True),
        ("2026-11-22", "compared", "", 110_000, None, None, None, None, None, True),
        ("2026-11-20", "respelled", "precinct", 109_900, None, None, None, None, None, True),
        ("all", "respelled", "precinct", 109_900, None, None, None, None, None, True),
    ]
    for night in ("2026-11-22", "all"):
        rows += [
            (night, "added", "", 4, 3, 1, 2, 1, 60.0, True),
            (night, "changed", "", 31, 25, 3, 20, 7, 151.5, True),
            (night, "changed", "initial_call_type", 9, 8, 1, 5, 3, 180.0, True),
            (night, "changed", "officer_race", None, None, None, None, None, None, False),
            (night, "changed", "officer_years_of_experience", 20, 16, 2, 14, 3, 140.0, True),
        ]
    names = TABLES["quality/revisions"].column_names
    return [dict(zip(names, row, strict=True)) for row in rows]


def _labels(label: str) -> list[dict[str, Any]]:
    rows = [
        ("disposition", label, "no_action", 31_000),
        ("disposition", "EMERGENT DETENTION / ITA", "emergent_detention", 29_000),
        ("disposition", "BEAMED UP <b>", "unmapped", 17),
        ("initial_call_type", "SERVICE - WELFARE CHECK", "welfare", 20_000),
    ]
    return [dict(zip(("field", "label", "grouping", "n_records"), row, strict=True)) for row in rows]


def write_features(directory: Path, rows: int = 240, template: str = "T") -> dict[str, list[Path]]:
    """Parquet files of `features/contacts` and `features/records`, identifiers prefixed with `template`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    contacts = [_contact(number, template) for number in range(rows)]
    records = []
    for number, contact in enumerate(contacts):
        for extra in range(1 + number % 2):
            group = contact["disposition_group"] if extra == 0 else "referral"
            records.append(
                contact | {"record_id": f"secret-record-{template}{number}-{extra}", "disposition_group": group}
            )
    found = {}
    for path, listed in (("features/contacts", contacts), ("features/records", records)):
        columns = TABLES[path].column_names
        table = pa.table({name: [row[name] for row in listed] for name in columns})
        half = len(listed) // 2
        files = [directory / f"{path.split('/')[1]}-{part}.parquet" for part in (0, 1)]
        for file, piece in zip(files, (table.slice(0, half), table.slice(half)), strict=True):
            pq.write_table(piece, file)
        found[path] = files
    return found


def _contact(number: int, template: str) -> dict[str, Any]:
    day = WINDOW[0] + timedelta(days=(number * 37) % 90)
    group = ("arrest", "emergent_detention", "referral", "no_action")[number % 4]
    return {
        "contact_id": f"secret-contact-{template}{number}",
        "incident_id": f"secret-incident-{template}{number // 2}",
        "officer_key": f"secret-officer-{template}{number % 31}",
        "reported_date": day,
        "year": day.year,
        "period": "before",
        "records_system": "legacy",
        "force": int(number % 29 == 0),
        "disposition_group": group,
        "cit_certified": number % 2,
        "cit_arrived": None if number % 7 == 0 else 1,
        "cit_requested": number % 3 % 2,
        "experience_years": number % 30,
        "call_risk": ("welfare", "violent", "suicide")[number % 3],
        "call_class": "welfare",
        "precinct": ("North", "South")[number % 2],
        "officer_race": "ASIAN" if number < 6 else "WHITE",
        "officer_gender": ("M", "F")[number % 2],
        "any_arrest": int(group == "arrest"),
        "any_emergent_detention": int(group == "emergent_detention"),
        "any_referral": int(group == "referral" or number % 2),
        "n_records": 1 + number % 2,
        "conflicting_fields": 0,
    }
