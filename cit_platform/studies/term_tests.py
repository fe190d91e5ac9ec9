"""How much does each predictor tell? Its spread in the log odds with its rank, and its likelihood-ratio chi-square.

For: setting certification beside the nature of the call, on a scale that does not know how a predictor is cut.
Not for: significance: the chi-square takes contacts as independent, and per degree of freedom it falls with each cut.
"""

from typing import Any

import numpy as np
import pandas as pd

from cit_platform.inference.counts import fit_counts
from cit_platform.inference.likelihood_ratio import likelihood_ratio_test
from cit_platform.inference.term_importance import TermImportance, term_importance
from cit_platform.inference.verdict import Verdict
from cit_platform.modelling.estimation import Estimation, GroupedData, estimate
from cit_platform.modelling.features import Features
from cit_platform.modelling.specification import headline_of
from cit_platform.modelling.tidy import conform, reason_columns
from cit_platform.modelling.windows import Windows
from cit_platform.studies.disposition import DISPOSITION_SPECIFICATIONS
from cit_platform.studies.force import FORCE_SPECIFICATIONS


def term_tests(features: Features, agency: str, windows: Windows) -> pd.DataFrame:
    """The terms of the headline fits, each measured and left out in turn, on the same contacts.

    Columns in the contract of `models/term_tests`; null numbers and a note where a term or its model cannot be
    estimated.
    """
    headlines = map(headline_of, (FORCE_SPECIFICATIONS, DISPOSITION_SPECIFICATIONS))
    rows = [row for headline in headlines for row in _rows(estimate(headline, features, windows), agency)]
    return conform(rows, "models/term_tests")


def _rows(estimation: Estimation, agency: str) -> list[dict[str, Any]]:
    specification = estimation.specification
    common = {
        "agency": agency,
        "model": specification.model,
        "variant": specification.variant,
        "role": specification.role,
        "n_contacts": round(estimation.data.counts.sum()),
    }
    spread = _importance(estimation)
    return [{**common, "term": term, **spread.get(term, {}), **test} for term, test in _tests(estimation.data).items()]


def _importance(estimation: Estimation) -> dict[str, dict[str, float]]:
    fit, design = estimation.fit, estimation.design
    if fit is None or design is None or estimation.verdict:
        return {}
    found = term_importance(fit, design, estimation.data.counts.sum(axis=1))
    return {term: _spread(importance) for term, importance in found.items()}


def _spread(importance: TermImportance) -> dict[str, float]:
    return {
        "log_odds_sd": importance.log_odds_sd,
        "log_odds_sd_conf_low": importance.low,
        "log_odds_sd_conf_high": importance.high,
        "rank": importance.rank,
        "rank_low": importance.rank_low,
        "rank_high": importance.rank_high,
    }


def _tests(data: GroupedData) -> dict[str, dict[str, Any]]:
    """Result of leaving out each term, by term."""
    names, design = data.specification.term_names, data.diagnosis.design
    remarks = data.diagnosis.remarks
    if design is None:
        return {term: _nothing(data.diagnosis.verdict) for term in names}
    outcomes = data.specification.outcome_names
    full = fit_counts(design, data.counts, outcomes)
    if not full.converged:
        return {term: _nothing(full.verdict) for term in names}
    results: dict[str, dict[str, Any]] = {}
    for term in names:
        positions = design.positions(term)
        if not positions:
            results[term] = _nothing(*_why_absent(data, term))
            continue
        restricted = fit_counts(design.without(positions), data.counts, outcomes)
        if not restricted.converged:
            results[term] = _nothing(restricted.verdict)
            continue
        df = len(positions) * (len(outcomes) - 1)
        test = likelihood_ratio_test(full.log_likelihood, restricted.log_likelihood, df)
        results[term] = {
            "lr_chi2": test.chi2,
            "df": test.df,
            "lr_chi2_per_df": test.chi2_per_df,
            "p_value": test.p_value,
            **reason_columns(None, [remarks[term]] if term in remarks else []),
        }
    return results


def _why_absent(data: GroupedData, term: str) -> list[Verdict]:
    remark = data.diagnosis.remarks.get(term)
    return [remark] if remark else [o.verdict for o in data.diagnosis.unidentified if o.column.term == term]


def _nothing(verdict: Verdict | None, *more: Verdict) -> dict[str, Any]:
    return {"lr_chi2": np.nan, "lr_chi2_per_df": np.nan, "p_value": np.nan, **reason_columns(verdict, more)}
