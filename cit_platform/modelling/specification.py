"""What a model asks, as data: one specification drives rows, fit, labels and words; not which are asked: studies."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from cit_platform.inference.design import Term

EXPOSURE = "cit_certified"
UNMAPPED = "unmapped"

CIT_CERTIFIED = Term(EXPOSURE, "indicator", "not certified")
EXPERIENCE_YEARS = Term("experience_years", "number")
CALL_RISK = Term("call_risk", "categorical", "crisis")
# The published groups do not tell a person in crisis from a welfare check.
PUBLISHED_CALL_RISK = Term("call_risk", "categorical", "welfare", source="call_risk_published")
PRECINCT = Term("precinct", "categorical", "North")
OFFICER_RACE = Term("officer_race", "categorical", "White")
OFFICER_GENDER = Term("officer_gender", "categorical", "M")
CALL_CLASS = Term("call_class", "categorical", "behavioral_crisis")
YEAR = Term("year", "categorical", "2016")
RECORDS_SYSTEM = Term("records_system", "categorical", "mark43")
WATCH = Term("watch", "categorical", "day")
WEEKEND = Term("weekend", "indicator", "weekday")
EXPERIENCE = Term("experience", "categorical", "5-9")
PERIOD = Term("period", "categorical", "baseline")
# Every predictor by its column.
TERMS = {
    term.column: term
    for term in (
        *(CIT_CERTIFIED, EXPERIENCE_YEARS, CALL_RISK, PUBLISHED_CALL_RISK, PRECINCT, OFFICER_RACE, OFFICER_GENDER),
        *(CALL_CLASS, YEAR, RECORDS_SYSTEM, WATCH, WEEKEND, EXPERIENCE, PERIOD),
    )
}

Unit = Literal["record", "contact"]
# Of three clusterings each is taken alone, or the first with another.
Covariance = Literal["model", "officer", "incident", "officer+incident", "officer+squad+incident"]
Estimator = Literal["mle", "firth"]
# CR1: sandwich and normal quantile. CV3: jackknife and t on the effective number of clusters less one.
Correction = Literal["CR1", "CV3"]
Quarters = Literal["all", "usable"]
# How contacts are read whose records contradict each other on certification alone.
Contradictory = Literal["left_out", "certified", "not_certified"]
# published: as the published analysis asked; headline: speaks for the question; ladder: one step between the two, or
# beyond; sensitivity: asked in another way, to see whether the answer moves.
Role = Literal["published", "ladder", "headline", "sensitivity"]


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
    standard errors allow for, `correction` how they allow for few clusters. `role` is what the answer is for; `step`
    is its place on the ladder, where it has one. `quarters` says which report dates are analysed, `contradictory` how
    contradictory certification is read; `known_experience` leaves out rows of unknown or impossible experience,
    `first_year` those reported before it, and `only` all rows but those with one value in one column. `relation` is the
    SQL of the rows where they have more columns than the feature table of the unit: a select in brackets, without
    parameters.
    """

    model: str
    variant: str
    unit: Unit
    column: str
    reference_outcome: Outcome
    outcomes: tuple[Outcome, ...]
    terms: tuple[Term, ...]
    covariance: Covariance
    role: Role
    step: int | None = None
    exposure: str = EXPOSURE
    estimator: Estimator = "mle"
    correction: Correction = "CR1"
    quarters: Quarters = "all"
    contradictory: Contradictory = "left_out"
    known_experience: bool = False
    first_year: int | None = None
    only: tuple[str, str] | None = None
    relation: str = ""

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
        """What the covariance allows to be alike: nothing, or the rows of an officer, an incident, a squad."""
        return () if self.covariance == "model" else tuple(self.covariance.split("+"))

    def __str__(self) -> str:
        """The specification in one line, for people."""
        outcomes = " | ".join(outcome.name for outcome in self.outcomes)
        terms = " + ".join(f"{t.name} (vs {t.reference})" if t.reference else t.name for t in self.terms)
        return (
            f"{self.model}/{self.variant}: {outcomes} against {self.reference_outcome.name} ~ {terms}; "
            f"one row per {self.unit}, {self.covariance} covariance"
        )


def with_published_groups(specification: Specification) -> Specification:
    """The same question with calls grouped as published."""
    terms = tuple(PUBLISHED_CALL_RISK if term is CALL_RISK else term for term in specification.terms)
    return replace(specification, terms=terms)


def asked_otherwise(specification: Specification, variant: str, **changes: Any) -> Specification:
    """The same question with one choice made otherwise, to see whether the answer moves."""
    return replace(specification, variant=variant, role="sensitivity", step=None, **changes)


def variant_of(specifications: Sequence[Specification], variant: str) -> Specification:
    """The specification of that variant."""
    return next(specification for specification in specifications if specification.variant == variant)


def headline_of(specifications: Sequence[Specification]) -> Specification:
    """The specification that speaks for its question."""
    return next(specification for specification in specifications if specification.role == "headline")


def steps_of(specifications: Sequence[Specification]) -> tuple[tuple[int, Specification], ...]:
    """The specifications that stand on the ladder with their steps, from the published way to the strictest."""
    found = ((each.step, each) for each in specifications if each.step is not None)
    return tuple(sorted(found, key=lambda pair: pair[0]))
