"""Does the published result hold? The published windows refitted beside the published numbers.

For: comparing like with like; 'holds' asks for the same sign and an officer-clustered interval that excludes 1.
Not for: demonstration data, whose truth differs from the published finding on purpose.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd

from cit_platform.codebook.published_results import PublishedResult, published_results
from cit_platform.inference.verdict import Kind, Verdict
from cit_platform.modelling.estimation import estimate_all
from cit_platform.modelling.features import Features
from cit_platform.modelling.specification import Window, Windows, with_published_groups
from cit_platform.modelling.tidy import conform, tidy_rows
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
# Data that begin later than this after the window's start do not cover it.
START_GRACE = timedelta(days=31)


def replication(features: Features, agency: str, windows: Windows) -> pd.DataFrame:
    """Both published windows, force and disposition, as published and clustered by officer.

    `holds` is judged on the headline estimate and stands on both variants of a coefficient: the same side of
    1 as published, and an interval that excludes 1. Columns in the contract of `models/replication`.

    Args:
        features: the feature tables.
        agency: police department.
        windows: dates of all data at hand; rows outside it are not used.
    """
    rows = []
    for published in WINDOWS:
        shared = (max(published[0], windows.all[0]), min(published[1], windows.all[1]))
        remarks = _coverage(features, published, shared)
        for estimation in estimate_all(REPLICATION_SPECIFICATIONS, features, Windows(shared, shared)):
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
        frame.loc[same, "published_odds_ratio"] = result.odds_ratio
        frame.loc[same, "published_p_value"] = np.nan if result.p_value is None else result.p_value
        headline = frame[same & (frame["role"] == "headline")]
        for low, high in zip(headline["conf_low"], headline["conf_high"], strict=True):
            frame.loc[same, "holds"] = _holds(result, low, high)
    return frame


def _holds(result: PublishedResult, low: float, high: float) -> bool | None:
    if np.isnan(low):
        return None
    return bool(low > 1.0) if result.odds_ratio > 1.0 else bool(high < 1.0)
