"""Limits that hold at every look at once: for an estimate that is looked at each time something has come."""

from math import e, log

import numpy as np
from scipy.special import lambertw

from cit_platform.inference.design import FloatArray
from cit_platform.inference.intervals import CONFIDENCE


def confidence_sequence(
    estimate: FloatArray, std_error: FloatArray, narrowest_at: float
) -> tuple[FloatArray, FloatArray]:
    """Lower and upper limits that hold the value at all looks at once with a probability of 95 %, for large samples.

    The normal mixture: with information I = 1 / error² and I_0 the precision of the mixing distribution, the half-width
    is error times sqrt((1 + I_0 / I) (log(1 + I / I_0) + 2 log 20)). What comes between two looks must be about
    uncorrelated with what came before, given its information; a clustered error keeps that where the same clusters go
    on as they began.

    Args:
        estimate: at each look, any shape.
        std_error: of the same shape, above 0.
        narrowest_at: the standard error at which the limits are the narrowest for it; named beforehand.

    Raises:
        ValueError: a standard error is not above 0.

    Source: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024), Annals of Statistics 52, 2613-2640, with their n ρ²
    written as I / I_0; Robbins (1970), Annals of Mathematical Statistics 41, 1397-1409. Clustered errors and
    information that grows: Shoben and Emerson (2014), Statistics in Medicine 33, 1350-1364.
    """
    if not narrowest_at > 0.0 or not (np.asarray(std_error) > 0.0).all():
        raise ValueError("A confidence sequence needs standard errors above 0.")
    ratio = (narrowest_at / std_error) ** 2 * _best_ratio()
    half = std_error * np.sqrt((1.0 + 1.0 / ratio) * (np.log1p(ratio) - 2.0 * log(1.0 - CONFIDENCE)))
    return estimate - half, estimate + half


def _best_ratio() -> float:
    """I / I_0 at which the half-width is least in standard errors.

    The root of (1 + r) = -W(-α² / e) on the lower branch of Lambert's function.
    """
    return float(-lambertw(-((1.0 - CONFIDENCE) ** 2) / e, -1).real - 1.0)
