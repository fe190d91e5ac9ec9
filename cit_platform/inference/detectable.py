"""The smallest effects that a study could have found, above and below 1, each by the standard error at that effect."""

from dataclasses import dataclass

import numpy as np

from cit_platform.inference.design import Design, FloatArray
from cit_platform.inference.fit import Fit
from cit_platform.inference.power import detectable_std_errors

# Log odds beyond which nothing is called detectable: a ratio of a thousand.
LARGEST_EFFECT = float(np.log(1000.0))
STEPS = 200
TOLERANCE = 1e-10


@dataclass(frozen=True, eq=False)
class DetectableRatios:
    """Smallest odds ratios that a two-sided 5 % test finds with a chance of 80 %, (p, J - 1) above and below 1.

    NaN where none would be found (below 1 events become too few), and for the columns of other terms.
    """

    above: FloatArray
    below: FloatArray


def detectable_ratios(fit: Fit, design: Design, rows: FloatArray, term: str) -> DetectableRatios:
    """Solve, for each column of a term and side of 1, for the effect of 2.8 of the standard errors it would have.

    At an effect the other coefficients are as fitted, so that the level that is compared has more events, or fewer. Its
    variance is that of the fit times the ratio of what the rows of the level and of its reference tell of their
    contrast as fitted and at the effect. So what clustering adds (the design effect) is taken as the same. 2.8 is the
    sum of two quantiles, of t where the fit's limits follow t.

    Args:
        fit: a converged fit with p columns and J outcomes.
        design: (m, p) patterns.
        rows: (m,) rows that each pattern represents.
        term: whose columns are asked, the exposure as a rule: each takes a search over all patterns.

    Raises:
        ValueError: the fit has no numbers.

    Source: Bloom (1995), Evaluation Review 19, 547-556 (multiples of the standard error, quantiles of t); Whittemore
    (1981), Journal of the American Statistical Association 76, 27-32 (information at the alternative).
    """
    if not fit.converged:
        raise ValueError(f"A fit without numbers could have found nothing: {fit.verdict}.")
    shape, clusters = fit.coefficients.shape, fit.effective_clusters
    errors_needed = np.broadcast_to(detectable_std_errors(clusters), shape)
    odds = np.exp(design.matrix @ fit.coefficients)
    above, below = np.full(shape, np.nan), np.full(shape, np.nan)
    for i in design.positions(term):
        compared = _compared(design, i)
        for j in range(shape[1]):
            contrast = _Contrast(
                design.matrix[compared, i], odds[compared], j, rows[compared], float(fit.coefficients[i, j])
            )
            scale = float(errors_needed[i, j] * fit.std_errors[i, j])
            above[i, j], below[i, j] = (_smallest(contrast, scale, side) for side in (1.0, -1.0))
    return DetectableRatios(above, below)


@dataclass(frozen=True, eq=False)
class _Contrast:
    """A column: its values (c,), odds (c, J - 1) against the reference outcome, outcome asked, rows, coefficient."""

    values: FloatArray
    odds: FloatArray
    outcome: int
    rows: FloatArray
    coefficient: float

    def information(self, effect: float) -> float:
        """What the rows tell of the column's coefficient beside an intercept, were it the effect."""
        own = self.odds[:, self.outcome] * np.exp(self.values * (effect - self.coefficient))
        others = self.odds.sum(axis=1) - self.odds[:, self.outcome]
        # As of the outcome asked against the reference alone: π_a π_0 / (π_a + π_0).
        weight = self.rows * own / (1.0 + own) / (1.0 + own + others)
        mean = weight @ self.values / weight.sum()
        return float(weight @ (self.values - mean) ** 2)


def _compared(design: Design, position: int) -> FloatArray:
    """Mask (m,) of the rows that a column compares: all but those of other levels of its term."""
    others = [j for j in design.positions(design.columns[position].term) if j != position]
    return np.asarray(~design.matrix[:, others].any(axis=1))


def _smallest(contrast: _Contrast, scale: float, side: float) -> float:
    """The odds ratio of the smallest effect on one side that is `scale` times its relative standard error.

    From no effect, step by step: where the error grows with the effect the steps come from below to the first effect
    that is large enough, and where there is none they leave the range.
    """
    as_fitted, effect = contrast.information(contrast.coefficient), 0.0
    for _ in range(STEPS):
        found = contrast.information(side * effect)
        following = scale * np.sqrt(as_fitted / found) if found > 0.0 else np.inf
        if not following < LARGEST_EFFECT:
            break
        if abs(following - effect) < TOLERANCE:
            return float(np.exp(side * following))
        effect = following
    return float("nan")
