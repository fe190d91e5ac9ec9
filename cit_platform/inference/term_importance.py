"""How much of the log odds each term of a fit moves, on a scale that does not know how the term is cut."""

from dataclasses import dataclass

import numpy as np

from cit_platform.inference.design import INTERCEPT, Design, FloatArray, IntArray
from cit_platform.inference.fit import Fit

DRAWS = 1_000
SEED = 20_150_515
LIMITS = (0.025, 0.975)


@dataclass(frozen=True)
class TermImportance:
    """Standard deviation over rows of a term's part of the log odds, its 95 % limits, and the rank, 1 the largest."""

    log_odds_sd: float
    low: float
    high: float
    rank: int
    rank_low: int
    rank_high: int


def term_importance(fit: Fit, design: Design, weights: FloatArray) -> dict[str, TermImportance]:
    """Rank the terms of a fit by the standard deviation, over its rows, of their part of the log odds.

    A term's part of the log odds of row i is the sum over its columns of x_i β. With several outcomes it is the root
    mean square of the standard deviations over outcomes, each against the reference. Levels that differ in nothing may
    be cut or joined: the part stays what it is, where a chi-square by degree of freedom does not.

    The variance of estimated parts exceeds that of the true ones by trace(S V), with S the covariance of the columns
    over rows and V that of the coefficients; it is subtracted, and where nothing is left the standard deviation is 0.
    Limits and ranks are quantiles over 1,000 draws (of a fixed seed) of all coefficients from their normal
    approximation, about the estimates shrunk to the corrected size, each draw corrected in the same way.

    Args:
        fit: a converged fit with p columns and J outcomes; its covariance (clustered, say) is that of the draws.
        design: (m, p) rows or patterns.
        weights: (m,) rows that each row of the design represents.

    Returns:
        By name of each term that has columns, without the intercept.

    Raises:
        ValueError: the fit has no numbers, or other columns than the design.

    Source: Grömping (2015), WIREs Computational Statistics 7, 137-152 (dispersion importance); Andrews, Gill, Schank
    and Upward (2008), Journal of the Royal Statistical Society A 171, 673-697 (the correction); Efron and Tibshirani
    (1993), An Introduction to the Bootstrap, sec. 6.5 (parametric draws); Goldstein and Spiegelhalter (1996), Journal
    of the Royal Statistical Society A 159, 385-443 (limits of ranks).
    """
    if not fit.converged or fit.columns != design.columns:
        raise ValueError(f"Terms are ranked by a fit with numbers and the design it was fitted to: {fit.verdict}.")
    parts = _parts(fit, design, weights)
    variance = np.array([part.corrected(part.estimate[None])[0] for part in parts])
    drawn = np.column_stack([part.corrected(draws) for part, draws in zip(parts, _draws(fit, parts), strict=True)])
    low, high = np.sqrt(np.maximum(np.quantile(drawn, LIMITS, axis=0), 0.0))
    # Limits of ranks are ranks that were drawn.
    rank_low, rank_high = np.quantile(_ranks(drawn), LIMITS, axis=0, method="inverted_cdf")
    [rank] = _ranks(variance[None])
    return {
        part.term: TermImportance(
            float(np.sqrt(max(variance[t], 0.0))),
            float(low[t]),
            float(high[t]),
            int(rank[t]),
            int(rank_low[t]),
            int(rank_high[t]),
        )
        for t, part in enumerate(parts)
    }


@dataclass(frozen=True, eq=False)
class _Part:
    """A term: its coefficients (q, J - 1), the covariance of its columns over rows (q, q), and what noise adds."""

    term: str
    positions: IntArray
    estimate: FloatArray
    spread: FloatArray
    noise: float

    def corrected(self, coefficients: FloatArray) -> FloatArray:
        """Variance of the parts by coefficients (b, q, J - 1), its mean over outcomes, less the noise; (b,)."""
        return np.asarray(
            np.einsum("bij,ik,bkj->b", coefficients, self.spread, coefficients) / coefficients.shape[2] - self.noise
        )

    @property
    def shrunk(self) -> FloatArray:
        """The estimate at the size that is left once the noise is subtracted, (q, J - 1)."""
        left = float(self.corrected(self.estimate[None])[0])
        return self.estimate * np.sqrt(max(left, 0.0) / (left + self.noise)) if left + self.noise > 0 else self.estimate


def _parts(fit: Fit, design: Design, weights: FloatArray) -> list[_Part]:
    share, (p, k), result = weights / weights.sum(), fit.coefficients.shape, []
    for term in dict.fromkeys(column.term for column in fit.columns if column.term != INTERCEPT):
        positions = np.array(design.positions(term), dtype=np.int64)
        columns = design.matrix[:, positions]
        centred = columns - share @ columns
        spread = centred.T @ (share[:, None] * centred)
        blocks = [fit.covariance[np.ix_(positions + a * p, positions + a * p)] for a in range(k)]
        noise = float(np.mean([np.trace(spread @ block) for block in blocks]))
        result.append(_Part(term, positions, fit.coefficients[positions], spread, noise))
    return result


def _draws(fit: Fit, parts: list[_Part]) -> list[FloatArray]:
    """Drawn coefficients of each term, (draws, q, J - 1), all terms of a draw from one draw of all coefficients."""
    p, k = fit.coefficients.shape
    values, vectors = np.linalg.eigh(fit.covariance)
    normal = np.random.default_rng(SEED).standard_normal((DRAWS, p * k))
    noise = (normal * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    by_column = noise.reshape(DRAWS, k, p).transpose(0, 2, 1)
    return [part.shrunk + by_column[:, part.positions] for part in parts]


def _ranks(variance: FloatArray) -> IntArray:
    """Ranks (b, terms), 1 for the largest; of equals the first comes first."""
    return np.argsort(np.argsort(-variance, axis=1, kind="stable"), axis=1, kind="stable") + 1
