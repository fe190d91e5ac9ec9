"""Is force associated with certification? Binary logit, from the published specification to ever stricter ones.

For: the odds ratios of the page and how far the interval moves once an officer's contacts count as dependent.
Not for: causes. Certification is self-selected and late non-certified officers are a group of their own.
"""

from cit_platform.inference.design import Term
from cit_platform.modelling.estimation import estimate_all
from cit_platform.modelling.features import Features
from cit_platform.modelling.specification import (
    CALL_CLASS,
    CALL_RISK,
    CIT_CERTIFIED,
    EXPERIENCE_YEARS,
    OFFICER_GENDER,
    OFFICER_RACE,
    PERIOD,
    PRECINCT,
    YEAR,
    Covariance,
    Estimator,
    Outcome,
    Role,
    Specification,
    Unit,
    Windows,
    with_published_groups,
)
from cit_platform.modelling.study import Study, certification_numbers, tidy_study

PUBLISHED_TERMS = (CIT_CERTIFIED, EXPERIENCE_YEARS, CALL_RISK, PRECINCT, OFFICER_RACE, OFFICER_GENDER)
FINE_CALL_TERMS = tuple(CALL_CLASS if term is CALL_RISK else term for term in PUBLISHED_TERMS)


def force_specification(
    variant: str,
    unit: Unit,
    covariance: Covariance,
    role: Role,
    *,
    step: int | None = None,
    model: str = "force",
    terms: tuple[Term, ...] = PUBLISHED_TERMS,
    estimator: Estimator = "mle",
) -> Specification:
    """Binary logit of force."""
    return Specification(
        model=model,
        variant=variant,
        unit=unit,
        column="force",
        reference_outcome=Outcome("no_force", 0),
        outcomes=(Outcome("force", 1),),
        terms=terms,
        covariance=covariance,
        role=role,
        step=step,
        estimator=estimator,
    )


FORCE_SPECIFICATIONS = (
    with_published_groups(force_specification("published", "record", "model", "published", step=0)),
    force_specification("contact_level", "contact", "model", "ladder", step=1),
    force_specification("officer_clustered", "contact", "officer", "headline", step=2),
    force_specification("incident_clustered", "contact", "incident", "sensitivity"),
    force_specification("two_way", "contact", "officer+incident", "sensitivity", step=2),
    force_specification("year_effects", "contact", "officer", "sensitivity", step=3, terms=(*PUBLISHED_TERMS, YEAR)),
    force_specification("era_adjusted", "contact", "officer", "sensitivity", terms=(*PUBLISHED_TERMS, PERIOD)),
    force_specification("fine_call_types", "contact", "officer", "sensitivity", terms=FINE_CALL_TERMS),
    force_specification("firth", "contact", "model", "sensitivity", estimator="firth"),
)


headline_numbers = certification_numbers


def force(features: Features, agency: str, windows: Windows) -> Study:
    """Every coefficient of every variant, in the contract of `models/force`."""
    return tidy_study(estimate_all(FORCE_SPECIFICATIONS, features, windows), agency, "models/force")
