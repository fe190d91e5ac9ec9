"""Firth's penalised likelihood for the binary logit on counts: finite where an outcome is separated or rare."""

from dataclasses import dataclass

import numpy as np

from cit_platform.inference.counts import fit_counts
from cit_platform.inference.design import Design, FloatArray
from cit_platform.inference.fit import Fit, failed_fit
from cit_platform.inference.likelihood import information, log_probabilities
from cit_platform.inference.verdict import Kind, Verdict

MAXIMUM_STEPS = 100
MAXIMUM_HALVINGS = 30
# The last step, in standard errors.
STEP_TOLERANCE = 1e-9
# A step more than half as long as the one before is slow.
SLOW = 0.5
# Smallest curvature, as a share of that of the likelihood, that a step reckons with.
SMALLEST_CURVATURE = 0.02
# Of the root of the information on a coefficient; below it lies nothing but underflow.
SMALLEST_SCALE = 1e-30
# Share of a column's information that others leave; below it lies rounding.
ROUNDING = 1e-7


@dataclass(frozen=True, eq=False)
class _State:
    """A point of the penalised likelihood.

    `probability` (m, 2); `unit` (m, p) patterns in units in which the information is one; `leverage` (m,) summed over
    the rows of a pattern; `gradient` (p,); `information` (p, p).
    """

    coefficients: FloatArray
    log_likelihood: float
    probability: FloatArray
    unit: FloatArray
    leverage: FloatArray
    gradient: FloatArray
    information: FloatArray


def fit_firth(design: Design, counts: FloatArray, outcomes: tuple[str, ...]) -> Fit:
    """Fit a binary logit by maximising the likelihood times the root of the determinant of its information.

    The estimates are finite for every design of full rank, even under complete separation. Predicted risks are pulled
    towards one half, so absolute risks are not taken from this fit.

    Args:
        design: (m, p) one row per pattern, of full column rank over the patterns that have rows.
        counts: (m, 2) rows by pattern and outcome, not negative; the reference outcome first.
        outcomes: two names.

    Returns:
        A fit whose covariance is the inverse information at the estimate, as in R's brglm2 (logistf now prints smaller
        errors, with the rows that the penalty amounts to counted in), and whose log-likelihood is the penalised one;
        without numbers and with a verdict where an outcome does not occur, the design is not of full rank, or
        the steps did not converge.

    Raises:
        ValueError: there are not two outcomes, or `fit_counts` refuses the counts.

    Source: Firth (1993), Biometrika 80, 27-38; Heinze and Schemper (2002), Statistics in Medicine 21, 2409-2419;
    Kosmidis and Firth (2021), Biometrika 108, 71-82 (finiteness).
    """
    if len(outcomes) != 2:
        raise ValueError(f"Firth's fit is for two outcomes, not for {len(outcomes)}.")
    maximum = fit_counts(design, counts, outcomes)
    if not counts.sum(axis=0).all():
        return maximum
    # With half a row more of each outcome in each pattern nothing is separated: what fails then is the rank.
    softened = counts + 0.5 * (counts.sum(axis=1, keepdims=True) > 0)
    start = maximum if maximum.converged else fit_counts(design, softened, outcomes)
    if not start.converged:
        return maximum
    state = _maximise(design, counts, start.coefficients[:, 0])
    if state is None:
        verdict = Verdict(Kind.NOT_CONVERGED, {"of": " of the penalised likelihood", "steps": MAXIMUM_STEPS})
        return failed_fit(design.columns, outcomes, maximum.n_rows, None, verdict)
    return Fit(
        columns=design.columns,
        outcomes=outcomes,
        coefficients=state.coefficients[:, None],
        covariance=np.asarray(np.linalg.inv(state.information), dtype=np.float64),
        n_rows=maximum.n_rows,
        n_clusters=None,
        log_likelihood=state.log_likelihood,
        converged=True,
        verdict=None,
    )


def _maximise(design: Design, counts: FloatArray, start: FloatArray) -> _State | None:
    """Climb the penalised likelihood; None if the steps did not converge.

    The penalty acts like so many further rows as there is leverage, half of them events. Steps treat these as given,
    which converges fast unless an outcome is separated; where it does not, they follow the penalty's own curvature.
    """
    total, size = counts.sum(axis=1), np.inf
    state = _evaluate(design, counts, start)
    for _ in range(MAXIMUM_STEPS):
        if not np.isfinite(state.log_likelihood):
            return None
        root = _inverse_root(information(design, total + state.leverage, state.probability))
        if root is None:
            return None
        slope = root @ state.gradient
        before, size = size, float(np.linalg.norm(slope))
        if size > SLOW * before:
            slope = _newton(root @ _hessian(design.matrix, total, state) @ root.T, slope)
        state = _ascend(design, counts, state, root.T @ slope)
        if size < STEP_TOLERANCE:
            return state
    return None


def _inverse_root(curvature: FloatArray) -> FloatArray | None:
    """Lower triangle L with L curvature L' = 1; None where rounding leaves no trace of some direction."""
    scale = np.sqrt(np.diag(curvature))
    if not (scale > SMALLEST_SCALE).all():
        return None
    try:
        root = np.linalg.cholesky(curvature / np.outer(scale, scale))
    except np.linalg.LinAlgError:
        return None
    return np.asarray(np.linalg.inv(root) / scale, dtype=np.float64) if np.diag(root).min() > ROUNDING else None


def _newton(hessian: FloatArray, slope: FloatArray) -> FloatArray:
    """Newton step where directions that bend upwards, or hardly at all, count as if bent downwards a little."""
    values, vectors = np.linalg.eigh(hessian)
    return np.asarray((vectors / np.maximum(np.abs(values), SMALLEST_CURVATURE)) @ vectors.T @ slope, dtype=np.float64)


def _hessian(matrix: FloatArray, total: FloatArray, state: _State) -> FloatArray:
    """Negative second derivatives of the penalised log-likelihood, (p, p)."""
    variance = state.probability[:, 0] * state.probability[:, 1]
    slope = total * variance * (state.probability[:, 0] - state.probability[:, 1])
    bend = 0.5 * state.leverage * (1.0 - 6.0 * variance)
    hessian = state.information - matrix.T @ (bend[:, None] * matrix)
    for column in state.unit.T:
        third = matrix.T @ ((slope * column)[:, None] * state.unit)
        hessian += 0.5 * third @ third.T
    return hessian


def _ascend(design: Design, counts: FloatArray, state: _State, move: FloatArray) -> _State:
    """Take the step, halved until the penalised likelihood does not fall by more than rounding."""
    rounding = max(1e-12 * abs(state.log_likelihood), 1e-15 * float(counts.sum()))
    for halving in range(MAXIMUM_HALVINGS):
        new = _evaluate(design, counts, state.coefficients + move * 0.5**halving)
        if new.log_likelihood >= state.log_likelihood - rounding:
            return new
    return state


def _evaluate(design: Design, counts: FloatArray, coefficients: FloatArray) -> _State:
    """The penalised likelihood at some coefficients; minus infinity where rounding leaves no determinant."""
    matrix = design.matrix
    log_probability = log_probabilities(matrix @ coefficients[:, None])
    probability, total = np.exp(log_probability), counts.sum(axis=1)
    plain = information(design, total, probability)
    root = _inverse_root(plain)
    if root is None:
        nothing = np.full(len(matrix), np.nan)
        return _State(coefficients, -np.inf, probability, nothing[:, None], nothing, 0.0 * coefficients, plain)
    log_determinant = -2.0 * np.log(np.diag(root)).sum()
    unit = matrix @ root.T
    leverage = total * probability[:, 0] * probability[:, 1] * (unit**2).sum(axis=1)
    residual = counts[:, 1] - total * probability[:, 1] + leverage * (0.5 - probability[:, 1])
    height = float((counts * log_probability).sum() + 0.5 * log_determinant)
    return _State(coefficients, height, probability, unit, leverage, matrix.T @ residual, plain)
