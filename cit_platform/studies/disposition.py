"""What happens instead of nothing? Multinomial logit of the disposition against no action."""

from cit_platform.modelling.estimation import estimate_all
from cit_platform.modelling.features import Features
from cit_platform.modelling.specification import DISPOSITION_SPECIFICATIONS, Window
from cit_platform.modelling.study import Study, tidy_study


def disposition(features: Features, agency: str, window: Window) -> Study:
    """Every coefficient of every variant, in the contract of `models/disposition`."""
    return tidy_study(estimate_all(DISPOSITION_SPECIFICATIONS, features, window), agency, "models/disposition")
