"""Probabilities, residuals and information of the multinomial logit on grouped counts."""

import numpy as np

from cit_platform.inference.design import Design, FloatArray


def log_probabilities(predictor: FloatArray) -> FloatArray:
    """Log probability of each outcome, (m, J), the reference first; `predictor` is (m, J - 1) log odds against it."""
    top = np.maximum(predictor.max(axis=1), 0.0)
    odds = np.exp(-top)
    for column in predictor.T:
        odds += np.exp(column - top)
    result = np.empty((len(predictor), predictor.shape[1] + 1), order="F")
    result[:, 0] = -(np.log(odds) + top)
    result[:, 1:] = predictor + result[:, :1]
    return result


def probabilities(matrix: FloatArray, coefficients: FloatArray) -> FloatArray:
    """Probability of each outcome by pattern, (m, J); `matrix` is (m, p), `coefficients` (p, J - 1) log odds."""
    return np.exp(log_probabilities(matrix @ coefficients))


def residuals(counts: FloatArray, probability: FloatArray) -> FloatArray:
    """Counts minus expected counts, the reference left out, (m, J - 1); both arguments are (m, J).

    What an outcome has too much is set against what the others have too little: a difference of small numbers even
    where nearly all of a billion rows have it.
    """
    others = (1.0 - np.eye(counts.shape[1]))[:, 1:]
    missing, surplus = (counts @ others) * probability[:, 1:], counts[:, 1:] * (probability @ others)
    return np.asarray(surplus - missing, dtype=np.float64)


def information(design: Design, total: FloatArray, probability: FloatArray) -> FloatArray:
    """Expected, for this link also observed, information; (p (J - 1), p (J - 1)), outcome by outcome.

    Args:
        design: (m, p) patterns.
        total: (m,) rows by pattern.
        probability: (m, J), the reference outcome first.

    Source: McCullagh and Nelder (1989), Generalized Linear Models, 2nd ed., ch. 5.
    """
    p, k = design.matrix.shape[1], probability.shape[1] - 1
    result, others = np.empty((p * k, p * k)), probability @ (1.0 - np.eye(k + 1))
    for a in range(k):
        for b in range(a, k):
            other = others[:, a + 1] if a == b else probability[:, b + 1]
            block = design.gram(total * probability[:, a + 1] * other) * (1.0 if a == b else -1.0)
            result[a * p : (a + 1) * p, b * p : (b + 1) * p] = block
            result[b * p : (b + 1) * p, a * p : (a + 1) * p] = block.T
    return result
