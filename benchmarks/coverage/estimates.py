"""What is estimated from one fit: the coefficients and the standardised risk differences of certification."""

from dataclasses import dataclass

from benchmarks.coverage.models import EXPOSURE, Model
from cit_platform.inference.design import INTERCEPT, FloatArray
from cit_platform.inference.fit import Fit
from cit_platform.inference.standardisation import standardise

RISK_DIFFERENCE = "risk difference"


@dataclass(frozen=True)
class Estimand:
    """A log odds ratio (`quantity` names its column), or the risk difference of certification; of one outcome."""

    model: str
    outcome: str
    quantity: str

    @property
    def of_certification(self) -> bool:
        """Whether it says what certification is associated with."""
        return self.quantity in (EXPOSURE, RISK_DIFFERENCE)


@dataclass(frozen=True)
class Estimate:
    """A value and its standard error."""

    value: float
    std_error: float


def estimates(model: Model, fit: Fit, weights: FloatArray) -> dict[Estimand, Estimate]:
    """All estimates of a fit but its intercepts.

    Args:
        model: the model fitted.
        fit: a fit to it.
        weights: (m,) rows by pattern: the standard population of the risk difference.

    Raises:
        RuntimeError: the fit has no numbers. A city without estimates must not leave the count silently.
    """
    if not fit.converged:
        raise RuntimeError(f"The {model.name} model has no estimates: {fit.verdict}.")
    std_errors = fit.std_errors
    found = {
        Estimand(model.name, outcome, column.label): Estimate(float(fit.coefficients[i, j]), float(std_errors[i, j]))
        for j, outcome in enumerate(model.outcomes[1:])
        for i, column in enumerate(fit.columns)
        if column.term != INTERCEPT
    }
    difference = standardise(fit, model.design, weights, EXPOSURE).risk_difference
    # Of two outcomes the reference's difference is the other's with the sign turned.
    first = 1 if len(model.outcomes) == 2 else 0
    for j, outcome in list(enumerate(model.outcomes))[first:]:
        found[Estimand(model.name, outcome, RISK_DIFFERENCE)] = Estimate(
            float(difference.estimate[j]), float(difference.std_error[j])
        )
    return found
