"""The exact maximum-likelihood fit of binary and multinomial logit from counts by covariate pattern."""

from dataclasses import dataclass

import numpy as np

from cit_platform.inference.design import Design, DesignColumn, FloatArray
from cit_platform.inference.fit import Fit, failed_fit, separation_verdict
from cit_platform.inference.likelihood import information, log_probabilities, residuals
from cit_platform.inference.patterns import check_counts
from cit_platform.inference.verdict import Kind, Verdict

MAXIMUM_STEPS = 60
MAXIMUM_HALVINGS = 30
# Change of any pattern's log odds, relative to 1 + their size. Convergence is quadratic: after a last step of 1e-7 the
# error is about 1e-14.
STEP_TOLERANCE = 1e-7
# Likewise of one step: a longer one can end where all probabilities are 0 or 1 and no curvature shows the way back.
LARGEST_STEP = 1.0


@dataclass(frozen=True, eq=False)
class _State:
    """Coefficients (p, J - 1), their predictor (m, J - 1), log-likelihood, and probability (m, J)."""

    coefficients: FloatArray
    predictor: FloatArray
    log_likelihood: float
    probability: FloatArray


def fit_counts(design: Design, counts: FloatArray, outcomes: tuple[str, ...]) -> Fit:
    """Fit a multinomial logit to counts by Newton-Raphson with step halving; two outcomes make the binary logit.

    Coefficients, log-likelihood (without the multinomial constant) and model-based covariance equal those of the fit
    to the single rows that the counts represent.

    Args:
        design: (m, p) one row per pattern, of full column rank over the patterns that have rows.
        counts: (m, J) rows by pattern and outcome, not negative; the reference outcome first.
        outcomes: J names.

    Returns:
        A fit with model-based covariance; without numbers and with a verdict where the likelihood has no finite
        maximum, the design is not of full rank, or the steps did not converge.

    Raises:
        ValueError: shapes do not match, a count is negative or not finite, or a value of the design is not finite.

    Source: McCullagh and Nelder (1989), Generalized Linear Models, 2nd ed., ch. 4-5; Agresti (2013), Categorical Data
    Analysis, 3rd ed., sec. 8.1.
    """
    check_counts(counts, len(design.matrix), len(outcomes))
    _check_values(design)
    # By column: the steps below add up over patterns, one outcome after the other.
    counts = np.asfortranarray(counts)
    total = counts.sum(axis=1)
    n_rows = round(total.sum())
    gram = design.gram(total)
    verdict = _outcome_verdict(counts, outcomes) or _rank_verdict(gram, design.columns)
    if verdict:
        return failed_fit(design.columns, outcomes, n_rows, None, verdict)
    state, curvature, converged = _maximise(design, counts, total, gram)
    verdict = separation_verdict(curvature, gram, design.columns, outcomes)
    if not verdict and not converged:
        verdict = Verdict(Kind.NOT_CONVERGED, {"of": "", "steps": MAXIMUM_STEPS})
    if verdict:
        return failed_fit(design.columns, outcomes, n_rows, None, verdict)
    return Fit(
        columns=design.columns,
        outcomes=outcomes,
        coefficients=state.coefficients,
        covariance=np.asarray(np.linalg.inv(curvature), dtype=np.float64),
        n_rows=n_rows,
        n_clusters=None,
        log_likelihood=state.log_likelihood,
        converged=True,
        verdict=None,
    )


def _check_values(design: Design) -> None:
    spoiled = [design.columns[j].label for j in np.flatnonzero(~np.isfinite(design.matrix).all(axis=0))]
    if spoiled:
        raise ValueError(f"{', '.join(spoiled)} has missing or infinite values.")


def _outcome_verdict(counts: FloatArray, outcomes: tuple[str, ...]) -> Verdict | None:
    absent = [name for name, n in zip(outcomes, counts.sum(axis=0), strict=True) if n == 0]
    if len(absent) == len(outcomes):
        return Verdict(Kind.NO_ROWS)
    return Verdict(Kind.OUTCOME_ABSENT, {"outcomes": absent}) if absent else None


def _rank_verdict(gram: FloatArray, columns: tuple[DesignColumn, ...]) -> Verdict | None:
    """Name the columns that are zero or depend on each other; None where the design is of full rank."""
    length = np.sqrt(np.diag(gram))
    zero = [column.label for column, size in zip(columns, length, strict=True) if size == 0]
    if zero:
        return Verdict(Kind.ZERO_COLUMN, {"columns": zero})
    values, vectors = np.linalg.eigh(gram / np.outer(length, length))
    if values[0] > len(gram) * np.finfo(np.float64).eps * values[-1]:
        return None
    involved = np.flatnonzero(np.abs(vectors[:, 0]) > 1e-3 * np.abs(vectors[:, 0]).max())
    return Verdict(Kind.RANK_DEFICIENT, {"columns": [columns[i].label for i in involved]})


def _maximise(
    design: Design, counts: FloatArray, total: FloatArray, gram: FloatArray
) -> tuple[_State, FloatArray, bool]:
    """Newton steps from the marginal shares; the state reached, its information, and whether the steps converged."""
    matrix = design.matrix
    start = np.zeros((matrix.shape[1], counts.shape[1] - 1))
    shares = counts.sum(axis=0) / total.sum()
    start[0] = np.log(shares[1:] / shares[0])
    state = _evaluate(counts, start, matrix @ start)
    # All patterns have the same probabilities here, so their weights are one factor.
    curvature: FloatArray = np.kron(np.diag(shares[1:]) - np.outer(shares[1:], shares[1:]), gram)
    for _ in range(MAXIMUM_STEPS):
        gradient = matrix.T @ residuals(counts, state.probability)
        try:
            step = np.linalg.solve(curvature, gradient.ravel(order="F"))
        except np.linalg.LinAlgError:
            return state, curvature, False
        move: FloatArray = np.asarray(step.reshape(start.shape, order="F"), dtype=np.float64)
        state, change = _ascend(matrix, counts, state, move)
        curvature = information(design, total, state.probability)
        if change < STEP_TOLERANCE:
            return state, curvature, True
    return state, curvature, False


def _ascend(matrix: FloatArray, counts: FloatArray, state: _State, step: FloatArray) -> tuple[_State, float]:
    """Take the step, shortened until the likelihood does not fall by more than rounding; its relative size before."""
    change = matrix @ step
    size = float(np.max(np.abs(change) / (1.0 + np.abs(state.predictor))))
    share = LARGEST_STEP / max(size, LARGEST_STEP)
    # Rounding of the sum, and of the log of a probability near 1 times its rows.
    floor = state.log_likelihood - 1e-12 * abs(state.log_likelihood) - 1e-15 * counts.sum()
    new = state
    for _ in range(MAXIMUM_HALVINGS):
        new = _evaluate(counts, state.coefficients + share * step, state.predictor + share * change)
        if new.log_likelihood >= floor:
            break
        share /= 2
    return new, size


def _evaluate(counts: FloatArray, coefficients: FloatArray, predictor: FloatArray) -> _State:
    log_probability = log_probabilities(predictor)
    return _State(coefficients, predictor, float((counts * log_probability).sum()), np.exp(log_probability))
