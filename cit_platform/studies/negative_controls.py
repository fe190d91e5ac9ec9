"""Does certification go with what it cannot bring about? Negative controls, and the primary answers calibrated by them.

For: seeing how far such an analysis strays from no association where there is none.
Not for: proof that nothing strays: each control sees only the errors that it shares with the question.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from cit_platform.inference.design import Term
from cit_platform.inference.empirical_calibration import EmpiricalNull, calibrate, fit_null
from cit_platform.modelling.estimation import estimate
from cit_platform.modelling.features import Features
from cit_platform.modelling.specification import (
    CALL_RISK,
    CIT_CERTIFIED,
    EXPOSURE,
    Outcome,
    Specification,
)
from cit_platform.modelling.tidy import conform, tidy_rows
from cit_platform.modelling.windows import Windows
from cit_platform.studies import disposition
from cit_platform.studies.force import PRIMARY

ANSWER = "answer"
FUTURE = Term("certified_within_a_year", "indicator", "not certified within a year")
_ON_VIEW = "c.call_received in ('ONVIEW', 'PROACTIVE (OFFICER INITIATED)')"
# What the reporting officer records, or what came before the officer: nothing that training could bring about.
_RECORDED = f"""(
    select
      c.*,
      case when c.missing_call_fields > 0 then 1 else 0 end as call_fields_missing,
      case when c.call_received = 'unknown' then null when {_ON_VIEW} then 1 else 0 end as on_view,
      case when c.call_received = 'unknown' or {_ON_VIEW} then null when c.call_received = '911' then 1 else 0 end
        as emergency_call
    from features.contacts c
  )"""
# Contacts of officers who are not certified yet and are still in service a year on; the exposure lies in the future.
_NOT_YET = """(
    select
      *,
      case when date_diff('day', reported_date, first_certified) <= 365 then 1 else 0 end as certified_within_a_year
    from (
      select
        c.*,
        min(case when c.cit_certified = 1 then c.reported_date end) over officer as first_certified,
        max(c.reported_date) over officer as last_report
      from features.contacts c
      where c.officer_key is not null
      window officer as (partition by c.officer_key)
    )
    where (first_certified is null or reported_date < first_certified)
      and cit_certified = 0
      and date_diff('day', reported_date, last_report) >= 365
  )"""


@dataclass(frozen=True)
class Control:
    """A question whose answer is known to be no association."""

    name: str
    kind: str
    column: str
    terms: tuple[Term, ...] = PRIMARY.terms
    relation: str = _RECORDED
    exposure: str = EXPOSURE

    @property
    def specification(self) -> Specification:
        """A primary specification, asked of this outcome or exposure."""
        return replace(
            PRIMARY,
            model="negative_controls",
            variant=self.name,
            role="sensitivity",
            step=None,
            column=self.column,
            reference_outcome=Outcome(f"no_{self.column}", 0),
            outcomes=(Outcome(self.column, 1),),
            terms=self.terms,
            relation=self.relation,
            exposure=self.exposure,
        )


def _future(column: str, controls: tuple[Term, ...]) -> Control:
    terms = tuple(FUTURE if term is CIT_CERTIFIED else term for term in controls)
    return Control(f"future_{column}", "future_certification", column, terms, _NOT_YET, FUTURE.name)


CONTROLS = (
    Control("veteran", "outcome", "veteran"),
    # Where the call fields are missing, so is the kind of call.
    Control(
        "call_fields_missing",
        "outcome",
        "call_fields_missing",
        tuple(term for term in PRIMARY.terms if term is not CALL_RISK),
    ),
    Control("on_view", "outcome", "on_view"),
    Control("emergency_call", "outcome", "emergency_call"),
    _future("force", PRIMARY.terms),
    *(_future(f"any_{group}", disposition.PRIMARY.terms) for group in disposition.GROUPS),
)


def negative_controls(features: Features, agency: str, windows: Windows, estimates: pd.DataFrame) -> pd.DataFrame:
    """Odds ratios of the controls, and of the primary outcomes as they are and calibrated.

    The controls take the terms of the primary specifications, clustered by officer as they are. Those that can be
    estimated make the empirical null; with under five of them there is none, and nothing is calibrated. Columns in the
    contract of `models/negative_controls`.

    Args:
        features: the feature tables.
        agency: police department.
        windows: report dates to analyse.
        estimates: `models/estimates`, whose primary variants are calibrated.
    """
    asked = [(control.name, control.kind, control.specification) for control in CONTROLS]
    rows = [
        {**_row(row), "control": name, "kind": kind}
        for name, kind, specification in asked
        for row in _of_exposure(specification, features, agency, windows)
    ]
    null = fit_null(_numbers(rows, "estimate"), _numbers(rows, "std_error"))
    answers = estimates[(estimates["variant"] == PRIMARY.variant) & (estimates["term"] == EXPOSURE)]
    rows += [
        {**_row(row), "control": str(row["outcome"]), "kind": ANSWER, **_calibrated(row, null)}
        for row in answers.to_dict("records")
    ]
    n_usable = sum(bool(row["converged"]) for row in rows if row["kind"] != ANSWER)
    return conform([{**row, "n_controls": n_usable, **_null_columns(null)} for row in rows], "models/negative_controls")


def headline_numbers(frame: pd.DataFrame) -> dict[str, float]:
    """The mean and spread of systematic error over the controls, for the UI to plot over time."""
    null = frame[["null_mean", "null_sd"]].dropna().head(1)
    return {name: float(null[name].iloc[0]) for name in null.columns if len(null)}


def _of_exposure(
    specification: Specification, features: Features, agency: str, windows: Windows
) -> list[dict[str, Any]]:
    rows = tidy_rows(estimate(specification, features, windows), agency)
    return [row for row in rows if row["term"] == specification.exposure]


def _row(row: dict[Any, Any]) -> dict[str, Any]:
    kept = (
        *("agency", "window_start", "window_end", "estimate", "std_error", "odds_ratio", "conf_low", "conf_high"),
        *("p_value", "n_contacts", "n_officers", "n_events", "converged", "note", "reason", "reason_facts"),
    )
    return {name: row[name] for name in kept}


def _numbers(rows: list[dict[str, Any]], name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([row[name] for row in rows], dtype=np.float64)


def _calibrated(row: dict[Any, Any], null: EmpiricalNull | None) -> dict[str, float]:
    """The answer less the mean error of the controls, its interval widened by their spread."""
    if null is None or not row["converged"]:
        return {}
    found = calibrate(null, row["estimate"], row["std_error"])
    return {
        "calibrated_odds_ratio": float(np.exp(found.estimate)),
        "calibrated_odds_ratio_conf_low": float(np.exp(found.low)),
        "calibrated_odds_ratio_conf_high": float(np.exp(found.high)),
        "calibrated_p_value": found.p_value,
    }


def _null_columns(null: EmpiricalNull | None) -> dict[str, float]:
    if null is None:
        return {}
    return {
        "null_mean": null.mean,
        "null_mean_std_error": null.mean_std_error,
        "null_sd": null.sd,
        "null_sd_std_error": null.sd_std_error,
        "expected_absolute_error": null.expected_absolute_error,
    }
