"""Is force associated with certification? Binary logit, from the published specification to ever stricter ones."""

from cit_platform.studies.estimation import estimate_all
from cit_platform.studies.features import Features
from cit_platform.studies.specification import FORCE_SPECIFICATIONS, Window
from cit_platform.studies.study import Study, tidy_study


def force(features: Features, agency: str, window: Window) -> Study:
    """Every coefficient of every variant, in the contract of `models/force`."""
    return tidy_study(estimate_all(FORCE_SPECIFICATIONS, features, window), agency, "models/force")
