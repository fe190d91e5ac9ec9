"""How many clusters tell of a coefficient or contrast, whatever their number: the Kish number of what each tells."""

from dataclasses import dataclass

import numpy as np

from cit_platform.inference.design import FloatArray, IntArray
from cit_platform.inference.likelihood import probabilities
from cit_platform.inference.patterns import ClusterCounts


@dataclass(frozen=True, eq=False)
class EffectiveClusters:
    """What each cluster tells of any linear combination of the coefficients of one fit.

    `matrix` (m, p) are the patterns, `probability` (m, J) their outcomes by the fit, `covariance` (p (J - 1),
    p (J - 1)) that of the model; `pattern`, `rows` and `codes` (c,) are the cells.
    """

    matrix: FloatArray
    probability: FloatArray
    covariance: FloatArray
    pattern: IntArray
    rows: FloatArray
    codes: IntArray

    def __call__(self, contrasts: FloatArray) -> FloatArray:
        """The effective number of clusters of each contrast.

        With c a contrast, I the information and I_g that of the rows of cluster g, cluster g tells
        t_g = c' inv(I) I_g inv(I) c; the number is (sum of t_g)² / sum of t_g². It is the number of clusters where all
        tell the same, and nears 1 where one tells nearly all.

        Args:
            contrasts: (q, p (J - 1)), outcome by outcome.

        Returns:
            (q,), at least 1.

        Source: Carter, Schnepel and Steigerwald (2017), Review of Economics and Statistics 99, 698-709, with
        errors taken as independent (their gamma at rho = 0); Kish (1965), Survey Sampling, sec. 11.7.
        """
        return np.array([self._number(direction) for direction in contrasts @ self.covariance])

    def _number(self, direction: FloatArray) -> float:
        """For a direction inv(I) c, (p (J - 1),): what a row adds depends on its pattern alone."""
        moved = self.matrix @ direction.reshape(-1, self.matrix.shape[1]).T
        share = self.probability[:, 1:]
        tells = (share * moved**2).sum(axis=1) - (share * moved).sum(axis=1) ** 2
        by_cluster = np.bincount(self.codes, weights=self.rows * np.maximum(tells, 0.0)[self.pattern])
        return float(by_cluster.sum() ** 2 / (by_cluster @ by_cluster))


def effective_clusters(
    matrix: FloatArray, coefficients: FloatArray, covariance: FloatArray, cells: ClusterCounts
) -> EffectiveClusters:
    """Of a fit with coefficients (p, J - 1) and the covariance of the model; of two clusterings the first counts."""
    return EffectiveClusters(
        matrix, probabilities(matrix, coefficients), covariance, cells.pattern, cells.rows, cells.clusters[:, 0]
    )
