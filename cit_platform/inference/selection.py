"""What selection into the record could do to a ratio, and to a difference of risks: bounds, not corrections."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import logit, ndtr

from cit_platform.inference.design import FloatArray
from cit_platform.inference.intervals import CONFIDENCE


def bounding_factor(with_outcome: FloatArray, with_other: FloatArray) -> FloatArray:
    """The largest factor by which two associations of an unrecorded trait can shift a risk ratio.

    Against selection into the record a ratio in everybody lies within the product of one factor per arm.

    Args:
        with_outcome: largest risk ratio of the trait with the outcome, at least 1.
        with_other: largest ratio of the trait between those recorded and those not, or between the arms, at least 1.

    Raises:
        ValueError: a ratio is below 1.

    Source: Ding and VanderWeele (2016), Epidemiology 27, 368-377; Smith and VanderWeele (2019), Epidemiology 30,
    509-516, result 1A.
    """
    one, other = np.asarray(with_outcome, dtype=np.float64), np.asarray(with_other, dtype=np.float64)
    if (one < 1).any() or (other < 1).any():
        raise ValueError("The ratios of a bound are at least 1; invert those below.")
    factor: FloatArray = one * other / (one + other - 1.0)
    return factor


def log_odds_with_unrecorded(risk: FloatArray, share_unrecorded: FloatArray) -> FloatArray:
    """By how much the log odds of an outcome fall if a share of all cases, none with the outcome, was not recorded.

    The other end of the bound, unrecorded cases like those recorded, is 0.

    Args:
        risk: among those recorded, between 0 and 1.
        share_unrecorded: of all, at least 0 and below 1.

    Source: Knox, Lowe and Mummolo (2020), American Political Science Review 114, 619-637, whose bounds are likewise a
    function of the share that the record leaves out.
    """
    fall: FloatArray = logit(risk * (1.0 - np.asarray(share_unrecorded))) - logit(risk)
    return fall


@dataclass(frozen=True)
class Bounds:
    """A difference that is known to lie between two numbers, and a 95 % interval for where in between it lies."""

    low: float
    high: float
    conf_low: float
    conf_high: float


def bounds_with_interval(low: float, high: float, std_error_low: float, std_error_high: float) -> Bounds:
    """Bounds with the interval that covers the quantity, wherever it lies between them, in 95 % of samples.

    Where both bounds are one it is the usual normal interval; where they lie far apart each side takes 1.64 standard
    errors.

    Source: Imbens and Manski (2004), Econometrica 72, 1845-1857, eq. 6-7.
    """
    widest = max(std_error_low, std_error_high)
    apart = 0.0 if widest == 0 else (high - low) / widest
    quantile = float(brentq(lambda c: ndtr(c + apart) - ndtr(-c) - CONFIDENCE, 0.0, 3.0))
    return Bounds(low, high, low - quantile * std_error_low, high + quantile * std_error_high)


@dataclass(frozen=True, eq=False)
class LostRows:
    """Rows that an analysis left out, counted by arm and outcome.

    `counts` is (3, 3): exposed, not exposed, arm unknown; with the outcome, without it, outcome unknown.
    """

    counts: FloatArray

    def of_unknown_outcome(self) -> "LostRows":
        """The same rows with nothing known of their outcome."""
        total = self.counts.sum(axis=1, keepdims=True)
        return LostRows(np.concatenate([np.zeros((3, 2)), total], axis=1))


def bounds_of_difference(events: FloatArray, rows: FloatArray, lost: LostRows) -> Bounds:
    """Worst-case bounds of a risk difference, exposed less not exposed, had the lost rows been analysed.

    A lost row of unknown outcome has, or has not, the outcome, and one of unknown arm belongs to either, whichever is
    furthest; all of a kind alike. Standard errors by linearisation over clusters; a lost row is a cluster.

    Args:
        events: (G, 2) analysed rows with the outcome, by cluster; exposed first.
        rows: (G, 2) analysed rows.
        lost: rows left out.

    Returns:
        Bounds; all NaN where an arm has no row.

    Source: Manski (1990), American Economic Review Papers and Proceedings 80, 319-323; Horowitz and Manski (2000),
    Journal of the American Statistical Association 95, 77-84.
    """
    if (rows.sum(axis=0) == 0).any():
        return Bounds(np.nan, np.nan, np.nan, np.nan)
    completed = [_differences(events, rows, _added(lost.counts, highest)) for highest in (False, True)]
    (low, error_low), (high, error_high) = min(completed[0]), max(completed[1])
    return bounds_with_interval(low, high, error_low, error_high)


def _added(lost: FloatArray, highest: bool) -> list[FloatArray]:
    """Ways to add the lost rows that push the difference up, or down: (2, 2) each, exposed first; events and rows."""
    up, down = (0, 1) if highest else (1, 0)
    base = np.zeros((2, 2))
    base[:, 0] = lost[:2, 0]
    base[:, 1] = lost[:2].sum(axis=1)
    base[up, 0] += lost[up, 2]
    ways = []
    # Of unknown arm and outcome: with it in the arm to be raised, or without it in the one to be lowered.
    for arm, events in ((up, lost[2, 2]), (down, 0.0)):
        way = base.copy()
        way[up] += lost[2, 0]
        way[down, 1] += lost[2, 1]
        way[arm] += (events, lost[2, 2])
        ways.append(way)
    return ways


def _differences(events: FloatArray, rows: FloatArray, ways: list[FloatArray]) -> list[tuple[float, float]]:
    """Difference and standard error under each way."""
    return [_difference(events, rows, added) for added in ways]


def _difference(events: FloatArray, rows: FloatArray, added: FloatArray) -> tuple[float, float]:
    n = rows.sum(axis=0) + added[:, 1]
    risk = (events.sum(axis=0) + added[:, 0]) / n
    influence = ((events - risk * rows) / n) @ np.array([1.0, -1.0])
    alone = added[:, 0] * (1.0 - risk) ** 2 + (added[:, 1] - added[:, 0]) * risk**2
    n_clusters = len(rows) + float(added[:, 1].sum())
    variance = (float(influence @ influence) + float((alone / n**2).sum())) * n_clusters / max(n_clusters - 1.0, 1.0)
    return float(risk[0] - risk[1]), variance**0.5
