"""Overlap weights: rows that either arm could have had, their balance, and a doubly robust difference among them."""

from dataclasses import dataclass

import numpy as np

from cit_platform.inference.counts import fit_counts
from cit_platform.inference.cross_fitting import OUTCOMES, CrossFit
from cit_platform.inference.design import BoolArray, Design, FloatArray, IntArray
from cit_platform.inference.intervals import Interval
from cit_platform.inference.likelihood import probabilities
from cit_platform.inference.prognostic_score import summed_interval
from cit_platform.inference.verdict import Verdict


@dataclass(frozen=True, eq=False)
class Balance:
    """Means of the p columns of a design in both arms, as observed and under overlap weights.

    `before` and `after` (p,) are standardised differences, arm 1 less arm 0, over the observed spread; `effective`
    (2,) the Kish number of rows of arm 0 and arm 1 under the weights.
    """

    before: FloatArray
    after: FloatArray
    effective: FloatArray


def overlap_balance(design: Design, counts: FloatArray) -> Balance | Verdict:
    """Balance before and after each row is weighted by the probability of the arm that it is not in.

    The probability is that of a logit, fitted by maximum likelihood; its score equations make the weighted means of
    every column equal, so that `after` is zero but for rounding.

    Args:
        design: (m, p) patterns, of full rank.
        counts: (m, 2) rows of arm 0 and of arm 1.

    Returns:
        The balance; a verdict where the logit has no finite maximum.

    Source: Li, Morgan and Zaslavsky (2018), Journal of the American Statistical Association 113, 390-400, theorem 3.
    """
    fit = fit_counts(design, counts, OUTCOMES)
    if fit.verdict:
        return fit.verdict
    # Of a row of arm 0 the probability of arm 1, and the reverse.
    weights = probabilities(design.matrix, fit.coefficients)[:, ::-1]
    plain = [_mean(design.matrix, counts[:, arm]) for arm in (0, 1)]
    weighted = [_mean(design.matrix, counts[:, arm] * weights[:, arm]) for arm in (0, 1)]
    variance = [_mean(design.matrix**2, counts[:, arm]) - plain[arm] ** 2 for arm in (0, 1)]
    spread = np.sqrt((variance[0] + variance[1]) / 2)
    spread = np.where(spread > 0, spread, 1.0)
    effective = (counts * weights).sum(axis=0) ** 2 / (counts * weights**2).sum(axis=0)
    return Balance((plain[1] - plain[0]) / spread, (weighted[1] - weighted[0]) / spread, effective)


def _mean(matrix: FloatArray, weights: FloatArray) -> FloatArray:
    return np.asarray(weights @ matrix / weights.sum(), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Arms:
    """Rows, or groups of alike ones: `pattern` and `cluster` (n,) codes, `arm` and `event` (n,) 0 or 1, `n` (n,)."""

    pattern: IntArray
    cluster: IntArray
    arm: FloatArray
    event: FloatArray
    n: FloatArray


@dataclass(frozen=True, eq=False)
class Nuisances:
    """Cross-fitted: the probability of arm 1, and the risk of the event in arm 0 and in arm 1."""

    propensity: CrossFit
    risk_0: CrossFit
    risk_1: CrossFit


@dataclass(frozen=True, eq=False)
class OverlapEffect:
    """The difference in risk in the overlap population, and the risk of arm 0 in it; every field is a number."""

    difference: Interval
    risk_0: float


def overlap_difference(nuisances: Nuisances, arms: Arms) -> OverlapEffect:
    """Difference in risk, arm 1 less arm 0, in the population weighted by e (1 - e), doubly robust.

    With e the probability of arm 1, m1 and m0 the risks, the estimate solves that the influence functions add up to 0:
    (A - e) (Y - m_A) + (A - e)² (m1 - m0 - difference), over the mean of (A - e)². It is the augmented inverse
    probability estimator for these weights with the part that comes from their being estimated; written otherwise,
    the regression of Y - m0 - e (m1 - m0) on A - e. It is unbiased for large n where e is right, and where the risks
    are right for weights (A - e)² in place of e (1 - e). Influence functions are added up by cluster.

    Args:
        nuisances: fitted without the clusters that they are used for.
        arms: rows whose clusters are numbered as in the nuisances.

    Raises:
        ValueError: the arm is the same in every row.

    Source: Crump, Hotz, Imbens and Mitnik (2006), NBER Technical Working Paper 330 (the efficient influence function
    under weights that are estimated); Robinson (1988), Econometrica 56, 931-954; Chernozhukov et al. (2018),
    Econometrics Journal 21, C1-C68, sec. 4.1.
    """
    if np.unique(arms.arm[arms.n > 0]).size < 2:
        raise ValueError("All rows are of one arm.")
    parts = (nuisances.propensity, nuisances.risk_0, nuisances.risk_1)
    chance, risk_0, risk_1 = (part.of_rows(arms.pattern, arms.cluster) for part in parts)
    left = arms.arm - chance
    own = np.where(arms.arm == 1, risk_1, risk_0)
    weight = arms.n * left**2
    spread = float(weight.sum())
    gained = arms.n * left * (arms.event - own) + weight * (risk_1 - risk_0)
    estimate = float(gained.sum()) / spread
    n_clusters = len(nuisances.propensity.fold)
    influence = np.bincount(arms.cluster, gained - estimate * weight, n_clusters) / spread
    tells = np.bincount(arms.cluster, weight, n_clusters).astype(np.float64)
    overlap = arms.n * chance * (1.0 - chance)
    return OverlapEffect(summed_interval(estimate, influence, tells), float(overlap @ risk_0 / overlap.sum()))


def rows_with_both(factors: list[IntArray], counts: FloatArray) -> BoolArray:
    """Which patterns (m,) stay when every level with rows of one arm alone leaves, again and again.

    Args:
        factors: codes (m,) of each categorical predictor.
        counts: (m, 2) rows of arm 0 and of arm 1.
    """
    stays = counts.sum(axis=1) > 0
    while True:
        leaves = np.zeros(len(counts), dtype=np.bool_)
        for codes in factors:
            both = np.column_stack([np.bincount(codes, counts[:, arm] * stays) for arm in (0, 1)])
            leaves |= stays & (both.min(axis=1) == 0)[codes]
        if not leaves.any():
            return np.asarray(stays, dtype=np.bool_)
        stays &= ~leaves
