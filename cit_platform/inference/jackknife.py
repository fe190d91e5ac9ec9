"""What the estimate would be without one cluster: for all by one Newton step, for some by an exact refit.

The step serves the check of influence; the exact refits are for the CV3 limits of the coming studies.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cit_platform.inference.covariance import cluster_information, cluster_scores, fitted_information, present_clusters
from cit_platform.inference.design import Design, FloatArray
from cit_platform.inference.fit import Fit, named_direction
from cit_platform.inference.patterns import ClusterCounts
from cit_platform.inference.refits import SMALLEST_SHARE, Refits, refit
from cit_platform.inference.verdict import Kind, Verdict


@dataclass(frozen=True, eq=False)
class Jackknife:
    """Shifts (G, p (J - 1)) of the coefficients when a cluster leaves, and their covariance, outcome by outcome.

    Where a cluster cannot leave, its shift and the covariance are NaN and `verdict` says why; otherwise it is None.
    """

    shifts: FloatArray
    covariance: FloatArray
    verdict: Verdict | None


def one_step_jackknife(fit: Fit, design: Design, cells: ClusterCounts) -> Jackknife:
    """Leave out each cluster by one Newton step from the estimate, with the information of the other clusters.

    The covariance is (G - 1) / G times the sum of squared shifts from the estimate (CV3, in its linearised form).

    Args:
        fit: a converged maximum-likelihood fit of the cells.
        design: (m, p) patterns.
        cells: counts by cluster and pattern; of two clusterings the first counts.

    Raises:
        ValueError: the fit has no numbers, or the cells cannot be its rows.

    Source: Pregibon (1981), Annals of Statistics 9, 705-724 (one step); MacKinnon, Nielsen and Webb (2023), Journal of
    Applied Econometrics 38, 671-694 (CV3).
    """
    root = np.linalg.cholesky(fitted_information(fit, design, cells))
    codes = cells.clusters[:, 0]
    information = cluster_information(fit, design, cells, codes)
    scores = np.linalg.solve(root, cluster_scores(fit, design, cells, codes).T).T
    # What the others know, as a share of what all know.
    share = np.eye(len(root)) - np.linalg.solve(root, np.linalg.solve(root, information).transpose(0, 2, 1))
    values, vectors = np.linalg.eigh(share)
    kept = values[:, 0] > SMALLEST_SHARE
    shifts = np.full(scores.shape, np.nan)
    shifts[kept] = np.linalg.solve(root.T, -np.linalg.solve(share[kept], scores[kept][:, :, None])[:, :, 0].T).T
    n_clusters = present_clusters(cells, codes)
    covariance = (n_clusters - 1) / n_clusters * shifts.T @ shifts
    if kept.all():
        return Jackknife(shifts, covariance, None)
    scale = np.sqrt(np.diag(root @ root.T))
    directions = [np.linalg.solve(root.T, vectors[g, :, 0]) * scale for g in np.flatnonzero(~kept)]
    named = [named_direction(direction, fit.columns, fit.outcomes) for direction in directions]
    return Jackknife(shifts, covariance, Verdict(Kind.INDISPENSABLE_CLUSTER, {"directions": named}))


def leave_out(fit: Fit, design: Design, cells: ClusterCounts, clusters: Sequence[int]) -> Refits:
    """Refit exactly without each of some clusters, one at a time.

    Args:
        fit: a converged maximum-likelihood fit of the cells.
        design: (m, p) patterns.
        cells: counts by cluster and pattern; of two clusterings the first counts.
        clusters: B codes of clusters.

    Returns:
        B refits, in the order of `clusters`.

    Raises:
        ValueError: the fit has no numbers, or the cells cannot be its rows.
    """
    codes = cells.clusters[:, 0]
    weights = np.ones((len(clusters), int(codes.max(initial=-1)) + 1))
    weights[np.arange(len(clusters)), list(clusters)] = 0.0
    return refit(fit, design, cells, codes, weights)
