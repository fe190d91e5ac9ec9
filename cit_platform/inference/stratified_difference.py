"""The difference of two risks within strata, with limits by the jackknife over clusters."""

from dataclasses import dataclass

import numpy as np

from cit_platform.inference.design import FloatArray, IntArray
from cit_platform.inference.intervals import Interval, plain_interval


@dataclass(frozen=True, eq=False)
class RiskCells:
    """Counts by cluster and stratum: `events` and `rows` (c, 2), not exposed first; `stratum` and `cluster` (c,)."""

    stratum: IntArray
    cluster: IntArray
    events: FloatArray
    rows: FloatArray


def stratified_difference(cells: RiskCells) -> Interval | None:
    """Risk of the exposed less that of the others, averaged over strata by what each tells (Mantel and Haenszel).

    A stratum with a and b rows of the two weighs a b / (a + b); one of a single arm weighs nothing. It is what least
    squares with a constant for each stratum gives. The variance is that of the jackknife over clusters, each leaving
    exactly (CV3); limits follow t on the effective number of clusters less one.

    Returns:
        A difference of probabilities; None where no stratum has both arms, or where one cluster cannot leave.

    Source: Greenland and Robins (1985), Biometrics 41, 55-68 (difference); MacKinnon, Nielsen and Webb (2023), Journal
    of Applied Econometrics 38, 671-694 (CV3); Carter, Schnepel and Steigerwald (2017), Review of Economics and
    Statistics 99, 698-709 (effective clusters).
    """
    if not len(cells.stratum):
        return None
    events, rows = (_by_stratum(values, cells.stratum) for values in (cells.events, cells.rows))
    whole, weight = _parts(events, rows)
    if weight.sum() == 0.0:
        return None
    estimate = whole.sum() / weight.sum()
    of = cells.stratum
    without, weight_without = _parts(events[of] - cells.events, rows[of] - cells.rows)
    numerator = whole.sum() + np.bincount(cells.cluster, without - whole[of])
    denominator = weight.sum() + np.bincount(cells.cluster, weight_without - weight[of])
    present = np.bincount(cells.cluster, cells.rows.sum(axis=1)) > 0
    n_clusters = int(present.sum())
    if n_clusters < 2 or (denominator[present] <= 1e-9 * weight.sum()).any():
        return None
    shifts = numerator[present] / denominator[present] - estimate
    error = np.sqrt((n_clusters - 1) / n_clusters * (shifts @ shifts))
    if not error > 0.0:
        return None
    return plain_interval(np.asarray(estimate), np.asarray(error), np.asarray(_effective_clusters(cells, rows)))


def _by_stratum(values: FloatArray, stratum: IntArray) -> FloatArray:
    return np.column_stack([np.bincount(stratum, column) for column in values.T])


def _parts(events: FloatArray, rows: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Each stratum's weight times its difference, and its weight; 0 where an arm is empty."""
    both = np.prod(rows, axis=1) > 0
    total = np.where(both, rows.sum(axis=1), 1.0)
    crossed = events[:, 1] * rows[:, 0] - events[:, 0] * rows[:, 1]
    return np.where(both, crossed / total, 0.0), np.where(both, np.prod(rows, axis=1) / total, 0.0)


def _effective_clusters(cells: RiskCells, rows: FloatArray) -> float:
    """Kish number of what the clusters tell: their squared deviations of the exposure from its share in the stratum."""
    share = (rows[:, 1] / np.maximum(rows.sum(axis=1), 1.0))[cells.stratum]
    tells = np.bincount(cells.cluster, cells.rows[:, 1] * (1 - share) ** 2 + cells.rows[:, 0] * share**2)
    return float(tells.sum() ** 2 / (tells @ tells))
