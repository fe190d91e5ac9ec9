"""What the estimate would be without each cluster, by one Newton step."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from cit_platform.inference.covariance import cluster_scores, fitted_information, present_clusters
from cit_platform.inference.design import Design, FloatArray, IntArray
from cit_platform.inference.effective_clusters import effective_clusters
from cit_platform.inference.fit import Fit, failed_fit, named_direction
from cit_platform.inference.likelihood import probabilities
from cit_platform.inference.patterns import ClusterCounts
from cit_platform.inference.verdict import Kind, Verdict

# Share of the information about any contrast below which nothing is left of it but rounding.
SMALLEST_SHARE = 1e-8
# So that what is computed at once stays in a few tens of megabytes.
CELLS_AT_ONCE = 4096


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
    for clusters, known in _known_by_cluster(fit, design, cells, whitening):
        whitened[clusters], unknown = _steps(known, scores[clusters])
        directions += [whitening.T @ direction * np.sqrt(np.diag(root @ root.T)) for direction in unknown]
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


def _known_by_cluster(
    fit: Fit, design: Design, cells: ClusterCounts, whitening: FloatArray
) -> Iterator[tuple[IntArray, FloatArray]]:
    """Some clusters (b,) at a time, with A (b, r, p (J - 1)) whose A'A is their information as a share of that of all.

    Clusters of like size go together; the smaller ones are filled up with rows of zeros, which know nothing.
    """
    roots = _covariance_roots(probabilities(design.matrix, fit.coefficients))
    whitened = whitening.reshape(len(whitening), len(fit.outcomes) - 1, -1).transpose(2, 1, 0)
    for clusters, chosen, rows in _batches(cells):
        pattern = cells.pattern[chosen]
        weights = np.sqrt(rows)[..., None, None] * roots[pattern]
        moved = np.tensordot(design.matrix[pattern], whitened, axes=1)
        yield clusters, (weights @ moved).reshape(len(clusters), -1, len(whitening))


def _covariance_roots(probability: FloatArray) -> FloatArray:
    """R (m, J - 1, J - 1), upper triangular, with R'R the covariance of one row's outcomes, diag(q) - qq'.

    Source: Tanabe and Sagae (1992), Journal of the Royal Statistical Society B 54, 211-219.
    """
    expected = probability[:, 1:]
    # What is left of 1 after each outcome, summed from the small end.
    left = np.cumsum(np.column_stack([probability[:, :1], expected[:, ::-1]]), axis=1)[:, ::-1]
    before, after = left[:, :-1], left[:, 1:]
    scale = np.sqrt(expected / (before * after))
    beside = np.triu(-scale[:, :, None] * expected[:, None, :], 1)
    return beside + (scale * after)[:, :, None] * np.eye(expected.shape[1])


def _batches(cells: ClusterCounts) -> Iterator[tuple[IntArray, IntArray, FloatArray]]:
    """Clusters (b,) from small to large, the places of their cells (b, r) and the rows in these, 0 to fill up."""
    occupied = np.flatnonzero(cells.rows)
    order = occupied[np.argsort(cells.clusters[occupied, 0], kind="stable")]
    present, start, size = np.unique(cells.clusters[order, 0], return_index=True, return_counts=True)
    by_size = np.argsort(size, kind="stable")
    while len(by_size):
        fitting = size[by_size] * np.arange(1, len(by_size) + 1) <= CELLS_AT_ONCE
        batch, by_size = np.split(by_size, [max(1, int(fitting.sum()))])
        place = np.arange(size[batch].max())
        within = place < size[batch][:, None]
        chosen = order[np.where(within, start[batch][:, None] + place, 0)]
        yield present[batch], chosen, np.where(within, cells.rows[chosen], 0.0)


def _steps(known: FloatArray, scores: FloatArray) -> tuple[FloatArray, list[FloatArray]]:
    """The steps (b, q) without each cluster, that knows A'A of all, A (b, r, q), from its scores (b, q).

    NaN, and a direction, where no other cluster knows one. What the others know, I - A'A, is solved in as many
    dimensions as A has, by the identity of Woodbury.
    """
    transposed, few = known.transpose(0, 2, 1), known.shape[1] < known.shape[2]
    shares = np.eye(min(known.shape[1:])) - (known @ transposed if few else transposed @ known)
    # The smallest eigenvalue is at least the trace less the others, each at most 1: most need no more.
    doubtful = np.flatnonzero(np.trace(shares, axis1=1, axis2=2) - (shares.shape[1] - 1) <= SMALLEST_SHARE)
    values, vectors = np.linalg.eigh(shares[doubtful])
    unknown = doubtful[values[:, 0] <= SMALLEST_SHARE]
    directions = vectors[values[:, 0] <= SMALLEST_SHARE, :, 0]
    if few:
        directions = np.einsum("bqr,br->bq", transposed[unknown], directions)
    shares[unknown] = np.eye(shares.shape[1])
    seen = (known @ scores[:, :, None]) if few else scores[:, :, None]
    solved = np.linalg.solve(shares, seen)
    steps = np.negative(scores + (transposed @ solved)[:, :, 0] if few else solved[:, :, 0])
    steps[unknown] = np.nan
    return steps, list(directions)
