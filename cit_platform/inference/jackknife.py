"""What the estimate would be without one cluster: for all by one Newton step, for some by an exact refit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cit_platform.inference.covariance import cluster_information, cluster_scores, fitted_information, present_clusters
from cit_platform.inference.design import Design, FloatArray, IntArray
from cit_platform.inference.effective_clusters import effective_clusters
from cit_platform.inference.fit import Fit, failed_fit, named_direction
from cit_platform.inference.patterns import ClusterCounts
from cit_platform.inference.refits import SMALLEST_SHARE, Refits, refit
from cit_platform.inference.verdict import Kind, Verdict

# Numbers of the information of all clusters that are held at once.
LARGEST_BLOCK = 4_000_000


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
    whitening, codes = np.linalg.inv(root), cells.clusters[:, 0]
    scores = cluster_scores(fit, design, cells, codes) @ whitening.T
    whitened, directions = np.zeros_like(scores), []
    for clusters, information in _information_in_blocks(fit, design, cells):
        # What the others know, as a share of what all know.
        share = np.eye(len(root)) - whitening @ information @ whitening.T
        whitened[clusters], flat = _steps(share, scores[clusters])
        directions += [whitening.T @ direction * np.sqrt(np.diag(root @ root.T)) for direction in flat]
    shifts = whitened @ whitening
    n_clusters = present_clusters(cells, codes)
    covariance = (n_clusters - 1) / n_clusters * shifts.T @ shifts
    if not directions:
        return Jackknife(shifts, covariance, None)
    named = [named_direction(direction, fit.columns, fit.outcomes) for direction in directions]
    return Jackknife(shifts, covariance, Verdict(Kind.INDISPENSABLE_CLUSTER, {"directions": named}))


def jackknifed(fit: Fit, design: Design, cells: ClusterCounts, jackknife: Jackknife) -> Fit:
    """Replace the covariance by that of the jackknife, and the limits by those of t on the effective clusters.

    Args:
        fit: a converged maximum-likelihood fit of the cells, with the covariance of the model.
        design: (m, p) patterns.
        cells: counts by cluster and pattern; of two clusterings the first counts.
        jackknife: of the same.

    Returns:
        The fit with another covariance, the number of clusters and `clusters_of`; without numbers where some cluster
        cannot leave.

    Source: MacKinnon, Nielsen and Webb (2023), Journal of Applied Econometrics 38, 671-694 (CV3 rests on fewer
    assumptions than CV1, and errs towards wide); Carter, Schnepel and Steigerwald (2017), Review of Economics and
    Statistics 99, 698-709 (effective clusters).
    """
    n_clusters = present_clusters(cells, cells.clusters[:, 0])
    if jackknife.verdict:
        return failed_fit(fit.columns, fit.outcomes, fit.n_rows, n_clusters, jackknife.verdict)
    clusters_of = effective_clusters(design.matrix, fit.coefficients, fit.covariance, cells)
    return replace(fit, covariance=jackknife.covariance, n_clusters=n_clusters, clusters_of=clusters_of)


def _information_in_blocks(fit: Fit, design: Design, cells: ClusterCounts) -> Iterator[tuple[IntArray, FloatArray]]:
    """Codes (b,) and information (b, p (J - 1), p (J - 1)) of some clusters that have cells, in turn."""
    codes = cells.clusters[:, 0]
    order = np.argsort(codes, kind="stable")
    present, start = np.unique(codes[order], return_index=True)
    bounds, at_once = [*start.tolist(), len(order)], max(1, LARGEST_BLOCK // fit.coefficients.size**2)
    for first in range(0, len(present), at_once):
        clusters = present[first : first + at_once]
        chosen = order[bounds[first] : bounds[first + len(clusters)]]
        patterns, pattern = np.unique(cells.pattern[chosen], return_inverse=True)
        number = np.searchsorted(clusters, codes[chosen])
        block = ClusterCounts(pattern, cells.counts[chosen], number[:, None])
        yield clusters, cluster_information(fit, Design(design.columns, design.matrix[patterns]), block, number)


def _steps(share: FloatArray, scores: FloatArray) -> tuple[FloatArray, list[FloatArray]]:
    """Steps (b, q) of b clusters whose others know a share (b, q, q); NaN, and the direction, where that is nothing."""
    # The smallest eigenvalue is at least the trace less the others, each at most 1: most need no more.
    kept, directions = np.trace(share, axis1=1, axis2=2) - (share.shape[1] - 1) > SMALLEST_SHARE, list[FloatArray]()
    doubtful = np.flatnonzero(~kept)
    if len(doubtful):
        values, vectors = np.linalg.eigh(share[doubtful])
        kept[doubtful] = values[:, 0] > SMALLEST_SHARE
        directions = list(vectors[~kept[doubtful], :, 0])
    steps = np.full(scores.shape, np.nan)
    steps[kept] = -np.linalg.solve(share[kept], scores[kept][:, :, None])[:, :, 0]
    return steps, directions


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
