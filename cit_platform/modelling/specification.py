"""What a model asks, as data: one specification drives rows, fit, labels and words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from cit_platform.inference.design import Term

Window = tuple[date, date]

EXPOSURE = "cit_certified"
UNMAPPED = "unmapped"

CIT_CERTIFIED = Term(EXPOSURE, "indicator", "not certified")
EXPERIENCE_YEARS = Term("experience_years", "number")
CALL_RISK = Term("call_risk", "categorical", "welfare")
PRECINCT = Term("precinct", "categorical", "North")
OFFICER_RACE = Term("officer_race", "categorical", "White")
OFFICER_GENDER = Term("officer_gender", "categorical", "M")
CALL_CLASS = Term("call_class", "categorical", "welfare_check")
YEAR = Term("year", "categorical", "2016")
PERIOD = Term("period", "categorical", "baseline")

Unit = Literal["record", "contact"]
Covariance = Literal["model", "officer", "incident", "officer+incident"]
Estimator = Literal["mle", "firth"]


@dataclass(frozen=True)
class Outcome:
    """One outcome: its name in every table, and the value that says it in the outcome column."""

    name: str
    value: str | int


@dataclass(frozen=True)
class Specification:
    """One way to ask one question.

    `column` of the features holds the outcome; `outcomes` are compared with `reference_outcome`, and rows with any
    other value are out of the model, as are rows whose call risk awaits its mapping. `covariance` says what the
    standard errors allow for.
    """

    model: str
    variant: str
    unit: Unit
    column: str
    reference_outcome: Outcome
    outcomes: tuple[Outcome, ...]
    terms: tuple[Term, ...]
    covariance: Covariance
    exposure: str = EXPOSURE
    estimator: Estimator = "mle"

    @property
    def all_outcomes(self) -> tuple[Outcome, ...]:
        """Outcomes with the reference first, in the order of the fit's codes."""
        return (self.reference_outcome, *self.outcomes)

    @property
    def outcome_names(self) -> tuple[str, ...]:
        """Names of all outcomes, the reference first."""
        return tuple(outcome.name for outcome in self.all_outcomes)

    @property
    def term_names(self) -> tuple[str, ...]:
        """Names of the predictors."""
        return tuple(term.name for term in self.terms)

    @property
    def clusterings(self) -> tuple[str, ...]:
        """What the covariance allows to be alike: nothing, the rows of an officer, of an incident, or of either."""
        return () if self.covariance == "model" else tuple(self.covariance.split("+"))

    def __str__(self) -> str:
        """The specification in one line, for people."""
        outcomes = " | ".join(outcome.name for outcome in self.outcomes)
        terms = " + ".join(f"{t.name} (vs {t.reference})" if t.reference else t.name for t in self.terms)
        return (
            f"{self.model}/{self.variant}: {outcomes} against {self.reference_outcome.name} ~ {terms}; "
            f"one row per {self.unit}, {self.covariance} covariance"
        )


PUBLISHED_TERMS = (CIT_CERTIFIED, EXPERIENCE_YEARS, CALL_RISK, PRECINCT, OFFICER_RACE, OFFICER_GENDER)
FINE_CALL_TERMS = tuple(CALL_CLASS if term is CALL_RISK else term for term in PUBLISHED_TERMS)


def force_specification(
    variant: str,
    unit: Unit,
    covariance: Covariance,
    *,
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
        estimator=estimator,
    )


def disposition_specification(
    variant: str, unit: Unit, covariance: Covariance, *, model: str = "disposition"
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
    )


FORCE_SPECIFICATIONS = (
    force_specification("published", "record", "model"),
    force_specification("contact_level", "contact", "model"),
    force_specification("officer_clustered", "contact", "officer"),
    force_specification("incident_clustered", "contact", "incident"),
    force_specification("two_way", "contact", "officer+incident"),
    force_specification("year_effects", "contact", "officer", terms=(*PUBLISHED_TERMS, YEAR)),
    force_specification("era_adjusted", "contact", "officer", terms=(*PUBLISHED_TERMS, PERIOD)),
    force_specification("fine_call_types", "contact", "officer", terms=FINE_CALL_TERMS),
    force_specification("firth", "contact", "model", estimator="firth"),
)

DISPOSITION_SPECIFICATIONS = (
    disposition_specification("published", "record", "model"),
    disposition_specification("officer_clustered", "contact", "officer"),
)

REPLICATION_SPECIFICATIONS = (
    force_specification("published", "record", "model", model="replication"),
    force_specification("officer_clustered", "contact", "officer", model="replication"),
    disposition_specification("published", "record", "model", model="replication"),
    disposition_specification("officer_clustered", "contact", "officer", model="replication"),
)


def variant_of(specifications: Sequence[Specification], variant: str) -> Specification:
    """The specification of that variant."""
    return next(specification for specification in specifications if specification.variant == variant)
