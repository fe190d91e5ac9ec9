"""The exact maximum-likelihood fit of binary and multinomial logit from counts by covariate pattern."""

from dataclasses import dataclass

import numpy as np
from scipy.special import log_softmax

from cit_platform.inference.design import Design, FloatArray
from cit_platform.inference.fit import Fit, failed_fit, separation_verdict

MAXIMUM_STEPS = 60
MAXIMUM_HALVINGS = 30
# In log odds per standard unit of a predictor; convergence is quadratic, so the next step would be its square.
STEP_TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class _State:
    coefficients: FloatArray
    log_likelihood: float
    probability: FloatArray


def fit_counts(design: Design, counts: FloatArray, outcomes: tuple[str, ...]) -> Fit:
    """Fit a multinomial logit to counts by Newton-Raphson with step halving; two outcomes make the binary logit.

    Coefficients, log-likelihood (without the multinomial constant) and model-based covariance equal those of the fit
    to the single rows that the counts stand for.

    Args:
        design: (m, p) one row per pattern, of full column rank over the patterns that have rows.
        counts: (m, J) rows by pattern and outcome, not negative; the reference outcome first.
        outcomes: J names.

    Returns:
        A fit with model-based covariance; without numbers and with a verdict where the likelihood has no finite
        maximum, the design is not of full rank, or the steps did not settle.

    Raises:
        ValueError: shapes do not match, or a count is negative or not finite.

    Source: McCullagh and Nelder (1989), Generalized Linear Models, 2nd ed., ch. 4-5; Agresti (2013), Categorical Data
    Analysis, 3rd ed., sec. 8.1.
    """
    _check_counts(design, counts, outcomes)
    total = counts.sum(axis=1)
    n_rows = round(total.sum())
    absent = [name for name, n in zip(outcomes, counts.sum(axis=0), strict=True) if n == 0]
    if absent:
        return failed_fit(design.columns, outcomes, n_rows, None, f"no row has the outcome {', '.join(absent)}")
    gram = design.matrix.T @ (total[:, None] * design.matrix)
    if np.linalg.matrix_rank(gram / np.sqrt(np.outer(np.diag(gram), np.diag(gram)))) < len(gram):
        return failed_fit(design.columns, outcomes, n_rows, None, "the design matrix is not of full rank")
    state, settled = _maximise(design.matrix, counts, total, np.sqrt(np.diag(gram) / total.sum()))
    information = _information(design.matrix, total, state.probability)
    verdict = separation_verdict(information, gram, design.columns, outcomes)
    if not verdict and not settled:
        verdict = f"no convergence in {MAXIMUM_STEPS} steps"
    if verdict:
        return failed_fit(design.columns, outcomes, n_rows, None, verdict)
    return Fit(
        columns=design.columns,
        outcomes=outcomes,
        coefficients=state.coefficients,
        covariance=np.asarray(np.linalg.inv(information), dtype=np.float64),
        n_rows=n_rows,
        n_clusters=None,
        log_likelihood=state.log_likelihood,
        converged=True,
        verdict="",
    )


def _check_counts(design: Design, counts: FloatArray, outcomes: tuple[str, ...]) -> None:
    if counts.shape != (len(design.matrix), len(outcomes)) or len(outcomes) < 2:
        expected = (len(design.matrix), len(outcomes))
        raise ValueError(f"Counts have shape {counts.shape}, expected {expected} with two or more outcomes.")
    if not np.isfinite(counts).all() or (counts < 0).any():
        raise ValueError("Counts must be finite and not negative.")


def _maximise(matrix: FloatArray, counts: FloatArray, total: FloatArray, scale: FloatArray) -> tuple[_State, bool]:
    """Newton steps from the marginal shares; the state reached, and whether the steps settled."""
    coefficients = np.zeros((matrix.shape[1], counts.shape[1] - 1))
    shares = counts.sum(axis=0)
    coefficients[0] = np.log(shares[1:] / shares[0])
    state = _evaluate(matrix, counts, coefficients)
    for _ in range(MAXIMUM_STEPS):
        gradient = matrix.T @ (counts - total[:, None] * state.probability)[:, 1:]
        try:
            step = np.linalg.solve(_information(matrix, total, state.probability), gradient.ravel(order="F"))
        except np.linalg.LinAlgError:
            return state, False
        move: FloatArray = np.asarray(step.reshape(coefficients.shape, order="F"), dtype=np.float64)
        state = _ascend(matrix, counts, state, move)
        if np.max(np.abs(move) * scale[:, None]) < STEP_TOLERANCE:
            return state, True
    return state, False


def _ascend(matrix: FloatArray, counts: FloatArray, state: _State, step: FloatArray) -> _State:
    """Take the step, halved until the likelihood does not fall by more than rounding."""
    floor = state.log_likelihood - 1e-12 * abs(state.log_likelihood)
    new = state
    for halving in range(MAXIMUM_HALVINGS):
        new = _evaluate(matrix, counts, state.coefficients + step * 0.5**halving)
        if new.log_likelihood >= floor:
            return new
    return new


def _evaluate(matrix: FloatArray, counts: FloatArray, coefficients: FloatArray) -> _State:
    log_probability = log_softmax(np.column_stack([np.zeros(len(matrix)), matrix @ coefficients]), axis=1)
    return _State(coefficients, float((counts * log_probability).sum()), np.exp(log_probability))


def _information(matrix: FloatArray, total: FloatArray, probability: FloatArray) -> FloatArray:
    """Expected, here also observed, information; (p (J - 1), p (J - 1)), outcome by outcome."""
    p, k = matrix.shape[1], probability.shape[1] - 1
    information = np.empty((p * k, p * k))
    for a in range(k):
        for b in range(a, k):
            weight = total * probability[:, a + 1] * ((a == b) - probability[:, b + 1])
            block = matrix.T @ (weight[:, None] * matrix)
            information[a * p : (a + 1) * p, b * p : (b + 1) * p] = block
            information[b * p : (b + 1) * p, a * p : (a + 1) * p] = block.T
    return information
