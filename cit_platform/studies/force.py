"""Is force associated with certification? Binary logit, from the published specification to the primary one.

For: the odds ratios of the page, and how far they move once one choice is made otherwise.
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
    Quarters,
    Role,
    Specification,
    Unit,
    with_published_groups,
)
from cit_platform.modelling.study import Study, certification_numbers, tidy_study
from cit_platform.modelling.windows import Windows
from cit_platform.studies.protocol.specifications import forked, primary_specification

PUBLISHED_TERMS = (CIT_CERTIFIED, EXPERIENCE_YEARS, CALL_RISK, PRECINCT, OFFICER_RACE, OFFICER_GENDER)
FINE_CALL_TERMS = tuple(CALL_CLASS if term is CALL_RISK else term for term in PUBLISHED_TERMS)
PRIMARY = primary_specification("force", "headline", step=4)
PRIMARY_TERMS = PRIMARY.terms


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
    quarters: Quarters = "all",
) -> Specification:
    """Binary logit of force with the published terms: rows of unknown or impossible experience are left out."""
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
        quarters=quarters,
        known_experience=True,
    )


FORCE_SPECIFICATIONS = (
    with_published_groups(force_specification("published", "record", "model", "published", step=0)),
    force_specification("contact_level", "contact", "model", "ladder", step=1),
    force_specification("officer_clustered", "contact", "officer", "ladder", step=2),
    force_specification("usable_exposure", "contact", "officer", "ladder", step=3, quarters="usable"),
    PRIMARY,
    forked(PRIMARY, "all_quarters"),
    forked(PRIMARY, "contradictory_certified"),
    forked(PRIMARY, "contradictory_not_certified"),
    forked(PRIMARY, "linear_experience"),
    forked(PRIMARY, "published_calls"),
    force_specification("incident_clustered", "contact", "incident", "sensitivity"),
    force_specification("two_way", "contact", "officer+incident", "sensitivity"),
    force_specification("year_effects", "contact", "officer", "sensitivity", terms=(*PUBLISHED_TERMS, YEAR)),
    force_specification("era_adjusted", "contact", "officer", "sensitivity", terms=(*PUBLISHED_TERMS, PERIOD)),
    force_specification("fine_call_types", "contact", "officer", "sensitivity", terms=FINE_CALL_TERMS),
    force_specification("firth", "contact", "model", "sensitivity", estimator="firth"),
)


headline_numbers = certification_numbers


def force(features: Features, agency: str, windows: Windows) -> Study:
    """Every coefficient of every variant, in the contract of `models/force`."""
    return tidy_study(estimate_all(FORCE_SPECIFICATIONS, features, windows), agency, "models/force")
