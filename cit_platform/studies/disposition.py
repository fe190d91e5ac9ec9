"""What happens instead of nothing? Multinomial logit of the disposition against no action, and one logit for each.

For: arrest, emergent detention and referral by certification: the highest of a contact, and any of them.
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
    Quarters,
    Role,
    Specification,
    Unit,
    with_published_groups,
)
from cit_platform.modelling.study import Study, certification_numbers, tidy_study
from cit_platform.modelling.windows import Windows
from cit_platform.studies.protocol.specifications import forked, primary_specification, secondary_specification

GROUPS = ("arrest", "emergent_detention", "referral")
NO_ACTION = Outcome("no_action", "no_action")
OUTCOMES = tuple(Outcome(group, group) for group in GROUPS)
PRIMARY = secondary_specification("disposition", "headline", step=4)
PRIMARY_TERMS = PRIMARY.terms


def disposition_specification(
    variant: str,
    unit: Unit,
    covariance: Covariance,
    role: Role,
    *,
    step: int | None = None,
    model: str = "disposition",
    quarters: Quarters = "all",
) -> Specification:
    """Multinomial logit with the published terms; missing, other and unmapped dispositions are out of it."""
    return Specification(
        model=model,
        variant=variant,
        unit=unit,
        column="disposition_group",
        reference_outcome=NO_ACTION,
        outcomes=OUTCOMES,
        terms=(CIT_CERTIFIED, CALL_RISK, PRECINCT),
        covariance=covariance,
        role=role,
        step=step,
        quarters=quarters,
        known_experience=True,
    )


def any_of(group: str) -> Specification:
    """Binary logit of a group among all dispositions of a contact, whatever else was ticked: a primary outcome."""
    return primary_specification(group, "sensitivity")


DISPOSITION_SPECIFICATIONS = (
    with_published_groups(disposition_specification("published", "record", "model", "published", step=0)),
    disposition_specification("contact_level", "contact", "model", "ladder", step=1),
    disposition_specification("officer_clustered", "contact", "officer", "ladder", step=2),
    disposition_specification("usable_exposure", "contact", "officer", "ladder", step=3, quarters="usable"),
    PRIMARY,
    *map(any_of, GROUPS),
    forked(PRIMARY, "all_quarters"),
    forked(PRIMARY, "contradictory_certified"),
    forked(PRIMARY, "contradictory_not_certified"),
    forked(PRIMARY, "mark43_alone"),
)


headline_numbers = certification_numbers


def disposition(features: Features, agency: str, windows: Windows) -> Study:
    """Every coefficient of every variant, in the contract of `models/disposition`."""
    return tidy_study(estimate_all(DISPOSITION_SPECIFICATIONS, features, windows), agency, "models/disposition")
