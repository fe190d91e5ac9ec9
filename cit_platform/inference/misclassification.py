"""The odds ratio of an exposure that is recorded with errors, corrected for stated errors."""

from dataclasses import dataclass

import numpy as np

from cit_platform.inference.design import FloatArray


@dataclass(frozen=True)
class LogRatio:
    """A log odds ratio and its standard error; both NaN where the errors stated cannot have given the table."""

    estimate: float
    std_error: float


def corrected_odds_ratio(table: FloatArray, sensitivity: float, specificity: float) -> LogRatio:
    """Log odds ratio of the true exposure from a table of the recorded one, errors alike with and without the outcome.

    The share truly exposed among rows with the outcome, and among rows without it, is (share recorded + specificity -
    1) / (sensitivity + specificity - 1); the variance is that of the recorded shares, by the delta method. Sensitivity
    and specificity are taken as known. With both 1 it is the plain odds ratio with Woolf's standard error.

    Args:
        table: (2, 2) rows; the first row has the outcome, the first column is recorded as exposed.
        sensitivity: share recorded as exposed among the truly exposed.
        specificity: share recorded as not exposed among the truly not exposed.

    Raises:
        ValueError: the shape is another, or sensitivity and specificity add up to 1 or less: the record says nothing.

    Source: Barron (1977), Biometrics 33, 414-418; Chu, Wang, Cole and Greenland (2006), Annals of Epidemiology 16,
    834-841 (variance).
    """
    if table.shape != (2, 2):
        raise ValueError(f"A table of outcome by exposure has the shape (2, 2), not {table.shape}.")
    youden = sensitivity + specificity - 1.0
    if youden <= 0:
        raise ValueError("Sensitivity and specificity must add up to more than 1.")
    n = table.sum(axis=1)
    if (n == 0).any():
        return LogRatio(np.nan, np.nan)
    recorded = table[:, 0] / n
    true = (recorded + specificity - 1.0) / youden
    if (true <= 0).any() or (true >= 1).any():
        return LogRatio(np.nan, np.nan)
    odds = true / (1.0 - true)
    variance = recorded * (1.0 - recorded) / n / (youden * true * (1.0 - true)) ** 2
    return LogRatio(float(np.log(odds[0] / odds[1])), float(np.sqrt(variance.sum())))
