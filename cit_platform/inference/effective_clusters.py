"""How many clusters tell of a coefficient or contrast, whatever their number: the Kish number of what each tells."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

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
        share = self.probability[:, 1:]
        square = np.zeros((len(self.matrix), len(contrasts)))
        mean = np.zeros_like(square)
        for outcome, directions in enumerate(np.split(contrasts @ self.covariance, share.shape[1], axis=1)):
            moved = self.matrix @ directions.T
            square += share[:, outcome, None] * moved**2
            mean += share[:, outcome, None] * moved
        by_cluster = self._rows @ np.maximum(square - mean**2, 0.0)
        return np.asarray(by_cluster.sum(axis=0) ** 2 / (by_cluster**2).sum(axis=0), dtype=np.float64)

    @cached_property
    def _rows(self) -> csr_array:
        """Rows by cluster and pattern, (G, m); what a row tells depends on its pattern alone."""
        shape = (int(self.codes.max(initial=-1)) + 1, len(self.matrix))
        return csr_array((self.rows, (self.codes, self.pattern)), shape=shape)


def effective_clusters(
    matrix: FloatArray, coefficients: FloatArray, covariance: FloatArray, cells: ClusterCounts
) -> EffectiveClusters:
    """Of a fit with coefficients (p, J - 1) and the covariance of the model; of two clusterings the first counts."""
    return EffectiveClusters(
        matrix, probabilities(matrix, coefficients), covariance, cells.pattern, cells.rows, cells.clusters[:, 0]
    )
