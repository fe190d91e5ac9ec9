"""Likelihood-ratio test of nested fits."""

from dataclasses import dataclass

from scipy.special import chdtrc


@dataclass(frozen=True)
class LikelihoodRatioTest:
    """Chi-square, its degrees of freedom, chi-square per degree of freedom, and p-value as if rows were independent."""

    chi2: float
    df: int
    chi2_per_df: float
    p_value: float


def likelihood_ratio_test(log_likelihood: float, restricted: float, df: int) -> LikelihoodRatioTest:
    """Test the coefficients that a restricted fit leaves out.

    Args:
        log_likelihood: maximum of the full model.
        restricted: maximum of the model without the coefficients, on the same rows.
        df: number of coefficients left out, at least one.

    Raises:
        ValueError: `df` is not positive, or the restricted model fits better, which nested models cannot.

    Source: Wilks (1938), Annals of Mathematical Statistics 9, 60-62.
    """
    if df < 1:
        raise ValueError("A likelihood-ratio test needs at least one coefficient that is left out.")
    chi2 = 2.0 * (log_likelihood - restricted)
    if chi2 < -1e-6 * max(1.0, abs(log_likelihood)):
        raise ValueError("The restricted model fits better than the full one: they are not nested or not converged.")
    chi2 = max(chi2, 0.0)
    return LikelihoodRatioTest(chi2, df, chi2 / df, float(chdtrc(df, chi2)))
