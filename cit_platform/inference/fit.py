"""The result of a fit, whoever computed it, and the verdict on whether its numbers mean something."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cit_platform.inference.design import DesignColumn, FloatArray
from cit_platform.inference.effective_clusters import EffectiveClusters
from cit_platform.inference.verdict import Kind, Verdict

# Information per row and unit variance of a predictor. Under separation the steps go on until probabilities round to
# 0 and 1, which leaves about 1e-16; one event in a hundred billion rows still lies above.
FLATNESS = 1e-12


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted multinomial logit; a binary logit has two outcomes.

    `outcomes` holds J names, the reference first. `coefficients` is (p, J - 1) in log odds against the reference;
    `covariance` is (p (J - 1), p (J - 1)), all columns of the first outcome before those of the second.
    A fit that did not converge holds only NaN, and its `verdict` says why; otherwise `verdict` is None.
    `n_rows` is the sum of the weights; `n_clusters` is None where the covariance knows no clusters. `clusters_of` gives
    the effective number of clusters of contrasts where limits shall follow t, and is None where they are normal.
    `remark` is what is to be said of the numbers.
    """

    columns: tuple[DesignColumn, ...]
    outcomes: tuple[str, ...]
    coefficients: FloatArray
    covariance: FloatArray
    n_rows: int
    n_clusters: int | None
    log_likelihood: float
    converged: bool
    verdict: Verdict | None
    clusters_of: EffectiveClusters | None = None
    remark: Verdict | None = None

    @property
    def std_errors(self) -> FloatArray:
        """Standard errors, (p, J - 1)."""
        diagonal = np.sqrt(np.diag(self.covariance))
        return diagonal.reshape(self.coefficients.shape, order="F")

    @cached_property
    def effective_clusters(self) -> FloatArray | None:
        """Effective number of clusters of each coefficient, (p, J - 1); None where limits are normal."""
        if self.clusters_of is None:
            return None
        return self.clusters_of(np.eye(self.coefficients.size)).reshape(self.coefficients.shape, order="F")


def failed_fit(
    columns: tuple[DesignColumn, ...], outcomes: tuple[str, ...], n_rows: int, n_clusters: int | None, verdict: Verdict
) -> Fit:
    """A fit without numbers, and the reason."""
    p, k = len(columns), len(outcomes) - 1
    return Fit(
        columns=columns,
        outcomes=outcomes,
        coefficients=np.full((p, k), np.nan),
        covariance=np.full((p * k, p * k), np.nan),
        n_rows=n_rows,
        n_clusters=n_clusters,
        log_likelihood=float("nan"),
        converged=False,
        verdict=verdict,
    )


def separation_verdict(
    information: FloatArray, gram: FloatArray, columns: tuple[DesignColumn, ...], outcomes: tuple[str, ...]
) -> Verdict | None:
    """Name the columns along which the likelihood is flat: there the outcome is separated and no maximum exists.

    Args:
        information: (p (J - 1), p (J - 1)) negative Hessian at the last step.
        gram: (p, p) weighted X'X, of full rank.
        columns: p column identities.
        outcomes: J names, the reference first.

    Returns:
        The verdict, None where the likelihood is curved in every direction.

    Source: Albert and Anderson (1984), Biometrika 71, 1-10: under separation the maximum lies at infinity.
    """
    if not np.isfinite(information).all():
        return Verdict(Kind.SEPARATION)
    k = len(outcomes) - 1
    whole = np.kron(np.eye(k), gram)
    if _is_positive_definite(information - FLATNESS * whole):
        return None
    root = np.linalg.cholesky(whole)
    whitened = np.linalg.solve(root, np.linalg.solve(root, information).T)
    _, vectors = np.linalg.eigh((whitened + whitened.T) / 2)
    direction = np.linalg.solve(root.T, vectors[:, 0]) * np.tile(np.sqrt(np.diag(gram)), k)
    return Verdict(Kind.SEPARATION, {"along": named_direction(direction, columns, outcomes)})


def _is_positive_definite(matrix: FloatArray) -> bool:
    """Whether a symmetric matrix is positive definite."""
    try:
        np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        return False
    return True


def too_few_clusters(n_clusters: int, n_coefficients: int) -> Verdict | None:
    """Why so few clusters give no covariance: their scores add up to zero, so its rank is below their number."""
    if n_clusters > n_coefficients:
        return None
    return Verdict(Kind.TOO_FEW_CLUSTERS, {"n_clusters": n_clusters, "n_coefficients": n_coefficients})


def named_direction(
    direction: FloatArray, columns: tuple[DesignColumn, ...], outcomes: tuple[str, ...]
) -> list[dict[str, str]]:
    """Column and outcome of the coefficients that make up a direction (p (J - 1),), given in comparable units."""
    size = np.abs(direction)
    named = np.flatnonzero(size > 0.3 * size.max())
    return [{"column": columns[i % len(columns)].label, "outcome": outcomes[1 + i // len(columns)]} for i in named]
