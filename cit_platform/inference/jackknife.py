"""What the estimate would be without each cluster, by one Newton step."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from cit_platform.inference.covariance import cluster_scores, fitted_information, present_clusters
from cit_platform.inference.design import Design, FloatArray
from cit_platform.inference.effective_clusters import effective_clusters
from cit_platform.inference.fit import Fit, failed_fit, named_direction
from cit_platform.inference.likelihood import probabilities
from cit_platform.inference.patterns import ClusterCounts
from cit_platform.inference.verdict import Kind, Verdict

# Share of the information about any contrast below which nothing is left of it but rounding.
SMALLEST_SHARE = 1e-8


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
    for cluster, known in _known_by_cluster(fit, design, cells, whitening):
        whitened[cluster], direction = _step(known, scores[cluster])
        if direction is not None:
            directions.append(whitening.T @ direction * np.sqrt(np.diag(root @ root.T)))
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
) -> Iterator[tuple[int, FloatArray]]:
    """Each cluster with rows A (r, p (J - 1)) whose A'A is its information as a share of what all know.

    A row of data with probabilities q of its J outcomes knows the sum over outcomes of q_j (e_j - q)(e_j - q)'.
    """
    probability, n_outcomes = probabilities(design.matrix, fit.coefficients), len(fit.outcomes)
    whitened = whitening.reshape(len(whitening), n_outcomes - 1, -1).transpose(2, 1, 0)
    of_outcome = np.eye(n_outcomes)[:, 1:]
    occupied = np.flatnonzero(cells.rows)
    order = occupied[np.argsort(cells.clusters[occupied, 0], kind="stable")]
    present, start = np.unique(cells.clusters[order, 0], return_index=True)
    for cluster, chosen in zip(present.tolist(), np.split(order, start[1:]), strict=True):
        pattern = cells.pattern[chosen]
        expected = probability[pattern]
        weights = np.sqrt(cells.rows[chosen, None] * expected)[:, :, None] * (of_outcome - expected[:, None, 1:])
        moved = np.tensordot(design.matrix[pattern], whitened, axes=1)
        yield cluster, (weights @ moved).reshape(-1, len(whitening))


def _step(known: FloatArray, score: FloatArray) -> tuple[FloatArray, FloatArray | None]:
    """The step (q,) without a cluster that knows A'A of all, A (r, q); NaN, and a direction, where no other knows it.

    What the others know, I - A'A, is solved in as many dimensions as A has, by the identity of Woodbury.
    """
    few = len(known) < known.shape[1]
    share = np.eye(min(known.shape)) - (known @ known.T if few else known.T @ known)
    # The smallest eigenvalue is at least the trace less the others, each at most 1: most need no more.
    if np.trace(share) - (len(share) - 1) <= SMALLEST_SHARE:
        values, vectors = np.linalg.eigh(share)
        if values[0] <= SMALLEST_SHARE:
            return np.full(score.shape, np.nan), known.T @ vectors[:, 0] if few else vectors[:, 0]
    step = score + known.T @ np.linalg.solve(share, known @ score) if few else np.linalg.solve(share, score)
    return np.asarray(-step, dtype=np.float64), None
