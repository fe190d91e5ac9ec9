"""Does the published result come out again? The published windows refitted beside the published numbers.

For: comparing like with like: the same sign, inside our interval or not, and the difference with its interval.
Not for: demonstration data, whose truth differs from the published finding on purpose.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from cit_platform.codebook.published_results import PublishedResult, published_results
from cit_platform.inference.intervals import Z
from cit_platform.inference.verdict import Kind, Verdict
from cit_platform.modelling.estimation import estimate_all
from cit_platform.modelling.features import Features
from cit_platform.modelling.specification import PUBLISHED_CALL_RISK, with_published_groups
from cit_platform.modelling.tidy import conform, tidy_rows
from cit_platform.modelling.windows import Window, Windows
from cit_platform.studies.disposition import disposition_specification
from cit_platform.studies.force import force_specification

REPLICATION_SPECIFICATIONS = tuple(
    with_published_groups(specification)
    for specification in (
        force_specification("published", "record", "model", "published", model="replication"),
        force_specification("officer_clustered", "contact", "officer", "headline", model="replication"),
        disposition_specification("published", "record", "model", "published", model="replication"),
        disposition_specification("officer_clustered", "contact", "officer", "headline", model="replication"),
    )
)

THESIS_WINDOW: Window = (date(2015, 5, 15), date(2020, 12, 31))
EXTENSION_WINDOW: Window = (date(2015, 5, 15), date(2025, 12, 31))
WINDOWS = (THESIS_WINDOW, EXTENSION_WINDOW)
# What the published coefficients are compared with, where the term has levels.
REFERENCES = {PUBLISHED_CALL_RISK.name: PUBLISHED_CALL_RISK.reference}
# Data that begin later than this after the window's start do not cover it.
START_GRACE = timedelta(days=31)


def replication(features: Features, agency: str, windows: Windows) -> pd.DataFrame:
    """Both published windows, force and disposition, as published and clustered by officer.

    Each variant is compared with the published number on its own, where it has the same reference. The published
    standard error is rebuilt from the p-value where there is one. Columns in the contract of `models/replication`.

    Args:
        features: the feature tables.
        agency: police department.
        windows: report dates of the data at hand; the published windows are cut to all of them.
    """
    rows = []
    for published in WINDOWS:
        shared = (max(published[0], windows.all[0]), min(published[1], windows.all[1]))
        remarks = _coverage(features, published, shared)
        for estimation in estimate_all(REPLICATION_SPECIFICATIONS, features, Windows(shared, None)):
            window_columns = {"window_start": published[0], "window_end": published[1]}
            rows += [row | window_columns for row in tidy_rows(estimation, agency, remarks)]
    frame = conform(rows, "models/replication")
    return _beside_published(frame, published_results(agency))


def _coverage(features: Features, published: Window, shared: Window) -> list[Verdict]:
    """Say so where the data do not reach over the window."""
    sql = "select min(reported_date) as first, max(reported_date) as last from features.contacts"
    reported = features.select(sql, {})
    if pd.isna(reported["first"][0]):
        return []
    first = max(pd.Timestamp(reported["first"][0]).date(), shared[0])
    last = min(pd.Timestamp(reported["last"][0]).date(), shared[1])
    if last < first:
        return [Verdict(Kind.OUTSIDE_WINDOW)]
    if last < published[1] or first > published[0] + START_GRACE:
        return [Verdict(Kind.WINDOW_PARTLY_COVERED, {"first": first.isoformat(), "last": last.isoformat()})]
    return []


def _beside_published(frame: pd.DataFrame, results: Sequence[PublishedResult]) -> pd.DataFrame:
    for result in results:
        same = (
            (frame["window_start"] == result.window[0])
            & (frame["window_end"] == result.window[1])
            & (frame["outcome"] == result.outcome)
            & (frame["term"] == result.term)
            & (frame["level"] == result.level)
        )
        for position in frame.index[same]:
            for name, value in _comparison(frame.loc[position], result).items():
                frame.loc[position, name] = value
    return frame


def _comparison(row: "pd.Series[Any]", result: PublishedResult) -> dict[str, Any]:
    """One of our coefficients beside a published one."""
    same_reference = row["reference_level"] == REFERENCES.get(result.term, row["reference_level"])
    stated = {
        "published_odds_ratio": result.odds_ratio,
        "published_p_value": np.nan if result.p_value is None else result.p_value,
        "same_reference": same_reference,
    }
    if not same_reference or not row["converged"]:
        return stated
    published = float(np.log(result.odds_ratio))
    difference = float(row["estimate"]) - published
    error = Z * float(np.hypot(row["std_error"], _published_std_error(published, result.p_value)))
    return stated | {
        "same_sign": bool(np.sign(row["estimate"]) == np.sign(published)),
        "published_inside": bool(row["conf_low"] <= result.odds_ratio <= row["conf_high"]),
        "log_difference": difference,
        "log_difference_conf_low": difference - error,
        "log_difference_conf_high": difference + error,
    }


def _published_std_error(published: float, p_value: float | None) -> float:
    """From a two-sided Wald test; 0 where no p-value is known, so that the interval is of our estimate alone."""
    return 0.0 if p_value is None else abs(published) / float(-ndtri(p_value / 2))
