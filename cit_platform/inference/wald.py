"""Wald test of linear hypotheses about coefficients, under whatever covariance the fit has."""

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from cit_platform.inference.design import FloatArray
from cit_platform.inference.fit import Fit


@dataclass(frozen=True)
class WaldTest:
    """Chi-square, its degrees of freedom, and p-value."""

    chi2: float
    df: int
    p_value: float


def wald_test(fit: Fit, contrast: FloatArray) -> WaldTest:
    """Test that linear combinations of the coefficients are all zero.

    Args:
        fit: a converged fit; its covariance decides what the test is robust to.
        contrast: (q, p (J - 1)), one combination a row, outcome by outcome; `term_contrast` makes that of a term.

    Raises:
        ValueError: the fit has no numbers, shapes do not match, or combinations depend on each other.

    Source: Wald (1943), Transactions of the American Mathematical Society 54, 426-482; Agresti (2013), Categorical
    Data Analysis, 3rd ed., sec. 1.3.3.
    """
    if not fit.converged:
        raise ValueError(f"A fit without numbers cannot be tested: {fit.verdict}.")
    if contrast.ndim != 2 or contrast.shape[1] != fit.coefficients.size or len(contrast) == 0:
        raise ValueError(f"The contrast has shape {contrast.shape}, expected (q, {fit.coefficients.size}), q > 0.")
    # In standard errors: the scale of a predictor then plays no part in what counts as dependent.
    errors = fit.std_errors.ravel(order="F")
    scaled = contrast * errors
    correlation = fit.covariance / np.outer(errors, errors)
    if np.linalg.matrix_rank(scaled) < len(scaled):
        raise ValueError("The combinations of coefficients to be tested depend on each other.")
    distance = scaled @ (fit.coefficients.ravel(order="F") / errors)
    chi2 = float(distance @ np.linalg.solve(scaled @ correlation @ scaled.T, distance))
    return WaldTest(chi2, len(contrast), float(chdtrc(len(contrast), chi2)))


def term_contrast(fit: Fit, term: str) -> FloatArray:
    """The contrast of all coefficients of a term, for every outcome; (q, p (J - 1)).

    Raises:
        ValueError: the fit has no such term.
    """
    p, k = fit.coefficients.shape
    positions = [j for j, column in enumerate(fit.columns) if column.term == term]
    if not positions:
        raise ValueError(f"The fit has no term {term}.")
    return np.eye(p * k)[[outcome * p + j for outcome in range(k) for j in positions]]
