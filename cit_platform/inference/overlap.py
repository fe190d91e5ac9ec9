"""Whether two arms can be compared: who could have been in either, and how many rows that leaves."""

from dataclasses import dataclass

import numpy as np
from scipy.special import logit

from cit_platform.inference.design import Design, FloatArray
from cit_platform.inference.firth import fit_firth
from cit_platform.inference.likelihood import probabilities
from cit_platform.inference.verdict import Verdict

ARMS = ("unexposed", "exposed")
# Bounds of the preference score within which either arm may well have been.
EQUIPOISE = (0.3, 0.7)


@dataclass(frozen=True)
class Overlap:
    """The share of rows in equipoise, and the rows of the smaller arm that overlap weights leave; else a verdict."""

    equipoise: float
    effective_rows: float
    verdict: Verdict | None


def overlap(controls: Design, arms: FloatArray) -> Overlap:
    """Fit the propensity of the exposure by the controls, and say how far the arms overlap.

    The preference score is the propensity on the logit scale less the log odds of the exposure in all rows, so that it
    does not depend on which arm is more common. Overlap weights are the chance of the other arm; of their Kish numbers
    the smaller counts. Firth's penalty keeps the propensity finite where a level is of one arm only: its rows then lie
    outside.

    Args:
        controls: (m, p) patterns without the exposure.
        arms: (m, 2) rows by pattern, unexposed first.

    Source: Walker et al. (2013), Comparative Effectiveness Research 3, 11-20 (preference score, 0.3 to 0.7); Li, Morgan
    and Zaslavsky (2018), Journal of the American Statistical Association 113, 390-400 (overlap weights).
    """
    fit = fit_firth(controls, arms, ARMS)
    if not fit.converged:
        return Overlap(np.nan, np.nan, fit.verdict)
    propensity = probabilities(controls.matrix, fit.coefficients)[:, 1]
    total = arms.sum(axis=0)
    preference = logit(propensity) - np.log(total[1] / total[0])
    low, high = (float(logit(bound)) for bound in EQUIPOISE)
    within = (preference >= low) & (preference <= high)
    return Overlap(
        equipoise=float(arms[within].sum() / arms.sum()),
        effective_rows=min(_kish(arms[:, 0], propensity), _kish(arms[:, 1], 1.0 - propensity)),
        verdict=None,
    )


def _kish(rows: FloatArray, weight: FloatArray) -> float:
    return float((rows @ weight) ** 2 / (rows @ weight**2))
