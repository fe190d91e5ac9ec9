"""What happens instead of nothing? Multinomial logit of the disposition against no action."""

from cit_platform.studies.estimation import estimate_all
from cit_platform.studies.features import Features
from cit_platform.studies.specification import DISPOSITION_SPECIFICATIONS, Window
from cit_platform.studies.study import Study, tidy_study


def disposition(features: Features, agency: str, window: Window) -> Study:
    """Every coefficient of every variant, in the contract of `models/disposition`."""
    return tidy_study(estimate_all(DISPOSITION_SPECIFICATIONS, features, window), agency, "models/disposition")
