"""How well predicted risks agree with what happened: ranking, and shares by tenths; limits over clusters."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from cit_platform.inference.design import BoolArray, Design, FloatArray, IntArray
from cit_platform.inference.fit import Fit
from cit_platform.inference.intervals import logit_interval
from cit_platform.inference.likelihood import probabilities
from cit_platform.inference.patterns import ClusterCounts
from cit_platform.inference.proportions import Proportion, proportion

GROUPS = 10
# Predictions that differ by less, in log odds, are the same: they differ by rounding.
DECIMALS = 10


@dataclass(frozen=True)
class Auc:
    """Area under the ROC curve with standard error and 95 % limits, NaN where `remark` says why."""

    estimate: float
    std_error: float
    low: float
    high: float
    n_rows: int
    n_events: int
    n_clusters: int
    remark: str


@dataclass(frozen=True)
class CalibrationGroup:
    """Rows of similar predicted risk: the range and mean of the prediction, and the share observed with its limits.

    `std_error` is that of observed minus expected if the prediction is right: over clusters, or by the binomial
    distribution where that is larger; NaN with one cluster.
    """

    lowest: float
    highest: float
    expected: float
    observed: Proportion
    std_error: float


@dataclass(frozen=True, eq=False)
class _Prediction:
    """Cells with rows: `score` (predicted log odds), `events`, `rows` and `cluster`, all (c,)."""

    score: FloatArray
    events: FloatArray
    rows: FloatArray
    cluster: IntArray
    n_clusters: int

    def by_cluster(self, values: FloatArray) -> FloatArray:
        return _sums(self.cluster, values, self.n_clusters)


def auc(fit: Fit, design: Design, cells: ClusterCounts, *, outcome: int = 1) -> Auc:
    """Chance that a random row with the outcome has a higher predicted risk than a random row without; ties half.

    Exact from counts. The variance allows rows of a cluster to depend on each other, and is DeLong's where every row is
    a cluster of its own; limits on the logit scale. The prediction is taken as given, though it may come from the same
    rows, which makes it look better than it is.

    Args:
        fit: a fit with numbers, of these or of other rows.
        design: (m, p) patterns of the rows to judge, columns as in the fit.
        cells: counts by cluster and pattern; of two clusterings the first counts.
        outcome: position of the outcome; all others together are its absence.

    Raises:
        ValueError: the fit has no numbers, or other columns than the design.

    Source: DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, 837-845; Obuchowski (1997), Biometrics 53, 567-578
    (clusters).
    """
    prediction = _predict(fit, design, cells, outcome)
    n_rows, n_events = round(prediction.rows.sum()), round(prediction.events.sum())
    if n_events in (0, n_rows):
        return _no_auc(prediction, f"{n_events} of {n_rows} rows have the outcome: nothing to tell apart")
    if np.ptp(prediction.score) == 0:
        return _no_auc(prediction, "all rows have the same predicted risk")
    if prediction.n_clusters == 1:
        return _no_auc(prediction, "one cluster: no interval")
    area, variance = _area(prediction)
    if variance <= 0:
        return _no_auc(prediction, "predicted risk separates the outcome: no interval")
    interval = logit_interval(np.asarray(area), np.asarray(np.sqrt(variance)))
    low, high = float(interval.low), float(interval.high)
    return Auc(area, float(np.sqrt(variance)), low, high, n_rows, n_events, prediction.n_clusters, "")


def calibration_table(
    fit: Fit, design: Design, cells: ClusterCounts, *, outcome: int = 1
) -> tuple[CalibrationGroup, ...]:
    """Observed shares by tenths of the rows, ordered by predicted risk.

    Rows of the same predicted risk stay together, so a group can be larger than a tenth and there can be fewer than
    ten. Limits of the observed share as `proportion` has them.

    Args, raises as `auc` has them.

    Source: Hosmer, Lemeshow and Sturdivant (2013), Applied Logistic Regression, 3rd ed., sec. 5.2.2 (tenths of risk).
    """
    prediction = _predict(fit, design, cells, outcome)
    distinct, position = np.unique(prediction.score, return_inverse=True)
    rows = _sums(position, prediction.rows, len(distinct))
    middle = (np.cumsum(rows) - rows / 2) / rows.sum()
    tenth = np.floor(GROUPS * middle).astype(np.int64)[position]
    return tuple(_group(prediction, tenth == each) for each in np.unique(tenth))


def _predict(fit: Fit, design: Design, cells: ClusterCounts, outcome: int) -> _Prediction:
    if not fit.converged:
        raise ValueError(f"Predictions cannot be judged without numbers: {fit.verdict}.")
    if fit.columns != design.columns:
        raise ValueError("The fit and the design have different columns.")
    score = np.round(logit(probabilities(design.matrix, fit.coefficients)[:, outcome]), DECIMALS)
    rows = cells.counts.sum(axis=1)
    kept = rows > 0
    codes, cluster = np.unique(cells.clusters[kept, 0], return_inverse=True)
    return _Prediction(score[cells.pattern[kept]], cells.counts[kept, outcome], rows[kept], cluster, len(codes))


def _sums(codes: IntArray, values: FloatArray, n_codes: int) -> FloatArray:
    return np.bincount(codes, weights=values, minlength=n_codes).astype(np.float64)


def _no_auc(prediction: _Prediction, remark: str) -> Auc:
    nan = float("nan")
    n_rows, n_events = round(prediction.rows.sum()), round(prediction.events.sum())
    return Auc(nan, nan, nan, nan, n_rows, n_events, prediction.n_clusters, remark)


def _area(prediction: _Prediction) -> tuple[float, float]:
    """The area and its variance over clusters."""
    others = prediction.rows - prediction.events
    n_events, n_others = prediction.events.sum(), others.sum()
    distinct, position = np.unique(prediction.score, return_inverse=True)
    events_at = _sums(position, prediction.events, len(distinct))
    others_at = _sums(position, others, len(distinct))
    # Shares of rows without the outcome below a row with it, and of rows with it above a row without, ties half.
    below = ((np.cumsum(others_at) - others_at / 2) / n_others)[position]
    above = ((n_events - np.cumsum(events_at) + events_at / 2) / n_events)[position]
    area = float(prediction.events @ below / n_events)
    of_events = prediction.by_cluster(prediction.events * (below - area)) / n_events
    of_others = prediction.by_cluster(others * (above - area)) / n_others
    variance = (
        _correction(prediction.by_cluster(prediction.events)) * (of_events @ of_events)
        + _correction(prediction.by_cluster(others)) * (of_others @ of_others)
        + 2.0 * _correction(prediction.by_cluster(prediction.rows)) * (of_events @ of_others)
    )
    return area, float(variance)


def _correction(by_cluster: FloatArray) -> float:
    """G / (G - 1) of the clusters that have such rows; with one, infinitely many, for its variance is not known."""
    n_clusters = np.count_nonzero(by_cluster)
    return n_clusters / (n_clusters - 1) if n_clusters > 1 else np.inf


def _group(prediction: _Prediction, chosen: BoolArray) -> CalibrationGroup:
    risk, rows, events = expit(prediction.score[chosen]), prediction.rows[chosen], prediction.events[chosen]
    codes, cluster = np.unique(prediction.cluster[chosen], return_inverse=True)
    events_in, rows_in, surplus = (
        _sums(cluster, values, len(codes)) for values in (events, rows, events - rows * risk)
    )
    robust = surplus @ surplus * _correction(rows_in)
    binomial = rows @ (risk * (1.0 - risk))
    return CalibrationGroup(
        lowest=float(risk.min()),
        highest=float(risk.max()),
        expected=float(rows @ risk / rows.sum()),
        observed=proportion(events_in, rows_in),
        std_error=float(np.sqrt(max(robust, binomial)) / rows.sum()) if len(codes) > 1 else float("nan"),
    )
