"""Who had which row among those present? The share of a group by class when labels are shuffled within strata."""

from dataclasses import dataclass

import numpy as np

from cit_platform.inference.design import FloatArray, IntArray

DRAWS = 199
SEED = 20_150_515


@dataclass(frozen=True, eq=False)
class Shuffled:
    """The rows of the group by class, observed and as shuffled; all are (C,) but the last.

    `low` and `high` hold 95 % of the shuffles, `p_value` is two-sided; `p_any` is that of the largest distance of any
    class from its mean, in standard deviations: of all classes at once.
    """

    observed: FloatArray
    expected: FloatArray
    low: FloatArray
    high: FloatArray
    p_value: FloatArray
    p_any: float


def shuffle_within(group: IntArray, others: IntArray, draws: int = DRAWS, seed: int = SEED) -> Shuffled:
    """Shuffle within each stratum which rows belong to the group, the number of its rows kept.

    Drawn on counts: the classes of the group's rows in a stratum are a multivariate hypergeometric draw. Strata without
    the group, or without others, stay out: nothing can change there.

    Args:
        group: (S, C) rows of the group by stratum and class.
        others: (S, C) the other rows.
        draws: number of shuffles.
        seed: of the random numbers.

    Raises:
        ValueError: no stratum has rows of both.

    Source: Pesarin and Salmaso (2010), Permutation Tests for Complex Data, sec. 1.9 (stratified permutation); Phipson
    and Smyth (2010), Statistical Applications in Genetics and Molecular Biology 9, 39 (p-values of random draws).
    """
    both = (group.sum(axis=1) > 0) & (others.sum(axis=1) > 0)
    if not both.any():
        raise ValueError("No stratum has rows of the group and others.")
    mine, all_rows = group[both], group[both] + others[both]
    observed = mine.sum(axis=0).astype(np.float64)
    drawn = _drawn(all_rows, mine.sum(axis=1), draws, seed)
    mean, spread = drawn.mean(axis=0), drawn.std(axis=0)
    scale = np.where(spread > 0, spread, 1.0)
    distance, of_draws = np.abs(observed - mean) / scale, np.abs(drawn - mean) / scale
    low, high = np.quantile(drawn, (0.025, 0.975), axis=0)
    beyond = (1 + (of_draws >= distance - 1e-9).sum(axis=0)) / (draws + 1)
    anywhere = (1 + (of_draws.max(axis=1) >= distance.max() - 1e-9).sum()) / (draws + 1)
    return Shuffled(observed, mean, low, high, beyond, float(anywhere))


def _drawn(all_rows: IntArray, n_group: IntArray, draws: int, seed: int) -> FloatArray:
    """Rows of the group by draw and class, (draws, C), class after class given those before."""
    random = np.random.default_rng(seed)
    left = np.tile(n_group, (draws, 1))
    below = all_rows.sum(axis=1)
    found = np.zeros((draws, all_rows.shape[1]))
    for c in range(all_rows.shape[1]):
        here = all_rows[:, c]
        below = below - here
        # Where all rows left are of this class, or none is, nothing is drawn.
        took = np.where(below == 0, np.minimum(left, here), 0)
        open_ = np.flatnonzero((here > 0) & (below > 0))
        took[:, open_] = random.hypergeometric(here[open_], below[open_], left[:, open_])
        left = left - took
        found[:, c] = took.sum(axis=1)
    return found
