"""What happens instead of nothing? Multinomial logit of the disposition against no action.

For: arrest, emergent detention and referral by certification, adjusted for call risk and precinct.
Not for: reading one odds ratio as a probability: see models/absolute_risk.
"""

from cit_platform.modelling.estimation import estimate_all
from cit_platform.modelling.features import Features
from cit_platform.modelling.specification import (
    CALL_RISK,
    CIT_CERTIFIED,
    PRECINCT,
    Covariance,
    Outcome,
    Role,
    Specification,
    Unit,
    Windows,
    with_published_groups,
)
from cit_platform.modelling.study import Study, certification_numbers, tidy_study


def disposition_specification(
    variant: str, unit: Unit, covariance: Covariance, role: Role, *, model: str = "disposition"
) -> Specification:
    """Multinomial logit of the disposition against no action; missing, other and unmapped ones are out of it."""
    return Specification(
        model=model,
        variant=variant,
        unit=unit,
        column="disposition_group",
        reference_outcome=Outcome("no_action", "no_action"),
        outcomes=tuple(Outcome(group, group) for group in ("arrest", "emergent_detention", "referral")),
        terms=(CIT_CERTIFIED, CALL_RISK, PRECINCT),
        covariance=covariance,
        role=role,
    )


DISPOSITION_SPECIFICATIONS = (
    with_published_groups(disposition_specification("published", "record", "model", "published")),
    disposition_specification("officer_clustered", "contact", "officer", "headline"),
)


headline_numbers = certification_numbers


def disposition(features: Features, agency: str, windows: Windows) -> Study:
    """Every coefficient of every variant, in the contract of `models/disposition`."""
    return tidy_study(estimate_all(DISPOSITION_SPECIFICATIONS, features, windows), agency, "models/disposition")
