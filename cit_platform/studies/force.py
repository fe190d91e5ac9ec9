"""Is force associated with certification? Binary logit, from the published specification to ever stricter ones."""

from cit_platform.modelling.estimation import estimate_all
from cit_platform.modelling.features import Features
from cit_platform.modelling.specification import FORCE_SPECIFICATIONS, Window
from cit_platform.modelling.study import Study, tidy_study


def force(features: Features, agency: str, window: Window) -> Study:
    """Every coefficient of every variant, in the contract of `models/force`."""
    return tidy_study(estimate_all(FORCE_SPECIFICATIONS, features, window), agency, "models/force")
