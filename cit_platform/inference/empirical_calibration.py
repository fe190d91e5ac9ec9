"""What estimates of associations that cannot exist say of those that may: an empirical null, and what follows."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import ndtr

from cit_platform.inference.design import FloatArray
from cit_platform.inference.intervals import Z

FEWEST_CONTROLS = 5
# Beyond this a log ratio tells of sparse data, not of bias: that of 100.
LARGEST_LOG_RATIO = float(np.log(100))


@dataclass(frozen=True)
class EmpiricalNull:
    """The normal distribution of systematic error over negative controls, on the log scale.

    `sd` is what the controls differ by beyond their own standard errors. Standard errors are those of the information
    at the estimates; of `sd` NaN where it is 0.
    """

    mean: float
    sd: float
    mean_std_error: float
    sd_std_error: float
    n_controls: int

    @property
    def expected_absolute_error(self) -> float:
        """Mean absolute systematic error, on the log scale: that of the folded normal distribution."""
        if self.sd == 0:
            return abs(self.mean)
        ratio = self.mean / self.sd
        density = float(np.exp(-(ratio**2) / 2))
        folded = self.sd * (2 / np.pi) ** 0.5 * density + self.mean * (1.0 - 2.0 * float(ndtr(-ratio)))
        return float(folded)


@dataclass(frozen=True)
class Calibrated:
    """A log ratio with its interval and p-value once systematic error is taken into account."""

    estimate: float
    low: float
    high: float
    p_value: float


def fit_null(log_ratios: FloatArray, std_errors: FloatArray) -> EmpiricalNull | None:
    """Fit the empirical null to estimates whose truth is no association, by maximum likelihood.

    A control's estimate is normal about the mean, with the variance of systematic error plus that of its own standard
    error. Estimates that are not finite, or beyond a ratio of 100, take no part.

    Args:
        log_ratios: (k,) estimates of the negative controls.
        std_errors: (k,) their standard errors.

    Returns:
        The null; None where fewer than `FEWEST_CONTROLS` take part.

    Source: Schuemie, Ryan, DuMouchel, Suchard and Madigan (2014), Statistics in Medicine 33, 209-218.
    """
    usable = np.isfinite(log_ratios) & np.isfinite(std_errors) & (np.abs(log_ratios) <= LARGEST_LOG_RATIO)
    values, variances = log_ratios[usable], std_errors[usable] ** 2
    if len(values) < FEWEST_CONTROLS:
        return None
    widest = float(np.ptp(values)) + float(np.sqrt(variances.max()))
    found = minimize_scalar(
        lambda sd: _deviance(sd, values, variances), bounds=(0.0, widest), method="bounded", options={"xatol": 1e-10}
    )
    sd = 0.0 if _deviance(0.0, values, variances) <= found.fun else float(found.x)
    weights = 1.0 / (variances + sd**2)
    return EmpiricalNull(
        mean=float(weights @ values / weights.sum()),
        sd=sd,
        mean_std_error=float(weights.sum() ** -0.5),
        sd_std_error=float((2.0 * sd**2 * (weights**2).sum()) ** -0.5) if sd > 0 else float("nan"),
        n_controls=len(values),
    )


def _deviance(sd: float, values: FloatArray, variances: FloatArray) -> float:
    """Minus twice the log-likelihood at the best mean for this standard deviation, up to a constant."""
    weights = 1.0 / (variances + sd**2)
    mean = weights @ values / weights.sum()
    return float(-np.log(weights).sum() + weights @ (values - mean) ** 2)


def calibrate(null: EmpiricalNull, log_ratio: float, std_error: float) -> Calibrated:
    """An estimate less the mean systematic error, with an interval and a p-value that allow for its spread too.

    Systematic error is taken to be the same whatever the truth is, and the null as known, as the R package does: with
    few controls the interval is still too short.

    Source: Schuemie et al. (2014), eq. 3 (p-value); Schuemie, Hripcsak, Ryan, Madigan and Suchard (2018), PNAS 115,
    2571-2577 (interval, with a slope of 1).
    """
    centre, error = log_ratio - null.mean, float(np.hypot(null.sd, std_error))
    return Calibrated(centre, centre - Z * error, centre + Z * error, 2.0 * float(ndtr(-abs(centre) / error)))
