"""Marginal standardisation: average risks of a population with an exposure given to everyone and to no one."""

from dataclasses import dataclass

import numpy as np

from cit_platform.inference.design import Design, FloatArray
from cit_platform.inference.fit import Fit
from cit_platform.inference.intervals import Interval, log_interval, logit_interval, plain_interval
from cit_platform.inference.likelihood import probabilities


@dataclass(frozen=True, eq=False)
class StandardisedRisks:
    """Standardised risks per outcome; every array has J entries in the order of `outcomes`, the reference first."""

    outcomes: tuple[str, ...]
    risk_exposed: Interval
    risk_unexposed: Interval
    risk_difference: Interval
    risk_ratio: Interval


def standardise(fit: Fit, design: Design, weights: FloatArray, exposure: str) -> StandardisedRisks:
    """Average predicted probabilities over the rows of a design with the exposure set to 1 and to 0.

    Delta-method limits at 95 %: risks on the logit scale, the difference as it is, the ratio on the log scale. The
    rows are the standard population and taken as fixed; the uncertainty is that of the coefficients, by the covariance
    of `fit`. Where its limits follow t, those of a risk take the effective clusters of its gradient.

    Args:
        fit: a converged fit with p columns and J outcomes.
        design: (m, p) rows or patterns of the standard population.
        weights: (m,) rows that each row of the design represents.
        exposure: an indicator of the design.

    Returns:
        Risks as probabilities; difference exposed - unexposed; ratio exposed / unexposed.

    Raises:
        ValueError: the fit did not converge, or it has other columns than the design.

    Source: Lane and Nelder (1982), Biometrics 38, 613-621; Muller and MacLehose (2014), International Journal of
    Epidemiology 43, 962-970.
    """
    _check_fit(fit, design)
    exposed, unexposed = average_risks(fit, design, weights, exposure)
    difference = exposed.gradient - unexposed.gradient
    ratio = exposed.gradient / exposed.risk[:, None] - unexposed.gradient / unexposed.risk[:, None]
    return StandardisedRisks(
        outcomes=fit.outcomes,
        risk_exposed=logit_interval(exposed.risk, *_delta(exposed.gradient, fit)),
        risk_unexposed=logit_interval(unexposed.risk, *_delta(unexposed.gradient, fit)),
        risk_difference=plain_interval(exposed.risk - unexposed.risk, *_delta(difference, fit)),
        risk_ratio=log_interval(exposed.risk / unexposed.risk, *_delta(ratio, fit)),
    )


@dataclass(frozen=True, eq=False)
class AverageRisks:
    """Average probabilities (J,) of the outcomes, and their gradient (J, p (J - 1)) by the coefficients."""

    risk: FloatArray
    gradient: FloatArray


def average_risks(fit: Fit, design: Design, weights: FloatArray, exposure: str) -> tuple[AverageRisks, AverageRisks]:
    """Risks and gradients with the exposure set to 1, and to 0, in every row; arguments as `standardise` has them."""
    exposed, unexposed = (_average_risks(fit, design.with_value(exposure, value), weights) for value in (1.0, 0.0))
    return exposed, unexposed


def _check_fit(fit: Fit, design: Design) -> None:
    if not fit.converged:
        raise ValueError(f"Risks cannot be standardised from a fit without numbers: {fit.verdict}.")
    if fit.columns != design.columns:
        raise ValueError("The fit and the design to standardise over have different columns.")


def _average_risks(fit: Fit, matrix: FloatArray, weights: FloatArray) -> AverageRisks:
    probability = probabilities(matrix, fit.coefficients)
    share = weights / weights.sum()
    n_outcomes = probability.shape[1]
    blocks = [
        matrix.T @ (share[:, None] * probability * ((np.arange(n_outcomes) == a) - probability[:, [a]]))
        for a in range(1, n_outcomes)
    ]
    return AverageRisks(share @ probability, np.vstack(blocks).T)


def _delta(gradient: FloatArray, fit: Fit) -> tuple[FloatArray, FloatArray | None]:
    """Standard errors and effective clusters of numbers with these gradients (q, p (J - 1))."""
    variance: FloatArray = np.einsum("ij,jk,ik->i", gradient, fit.covariance, gradient)
    error = np.asarray(np.sqrt(variance), dtype=np.float64)
    return error, None if fit.clusters_of is None else fit.clusters_of(gradient)
