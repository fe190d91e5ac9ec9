"""A specification is data: hashable, readable, with the references that the design fixes."""

import pytest

from cit_platform.modelling.specification import Specification, headline_of, steps_of, variant_of
from cit_platform.studies.disposition import DISPOSITION_SPECIFICATIONS
from cit_platform.studies.force import FORCE_SPECIFICATIONS, force_specification
from cit_platform.studies.replication import REPLICATION_SPECIFICATIONS

ALL = (*FORCE_SPECIFICATIONS, *DISPOSITION_SPECIFICATIONS, *REPLICATION_SPECIFICATIONS)


def test_every_model_has_one_headline_and_one_published_specification() -> None:
    for specifications in (FORCE_SPECIFICATIONS, DISPOSITION_SPECIFICATIONS):
        roles = [specification.role for specification in specifications]
        assert (roles.count("headline"), roles.count("published")) == (1, 1)


def test_steps_lead_from_the_published_way_to_the_headline() -> None:
    steps = [(step, specification.variant) for step, specification in steps_of(FORCE_SPECIFICATIONS)]
    assert steps == [
        (0, "published"),
        (1, "contact_level"),
        (2, "officer_clustered"),
        (3, "usable_exposure"),
        (4, "primary"),
    ]


def test_equal_specifications_are_one_key_and_different_ones_are_not() -> None:
    assert len(set(ALL)) == len(ALL) == 32
    assert force_specification("officer_clustered", "contact", "officer", "ladder", step=2) in set(ALL)


def test_references_are_those_of_the_design() -> None:
    references = {term.name: term.reference for term in headline_of(FORCE_SPECIFICATIONS).terms}
    assert references == {
        "cit_certified": "not certified",
        "year": "2016",
        "records_system": "mark43",
        "watch": "day",
        "weekend": "weekday",
        "experience": "5-9",
        "call_risk": "crisis",
        "precinct": "North",
        "officer_race": "White",
        "officer_gender": "M",
    }
    assert DISPOSITION_SPECIFICATIONS[0].term_names == ("cit_certified", "call_risk", "precinct")
    assert DISPOSITION_SPECIFICATIONS[0].outcome_names == ("no_action", "arrest", "emergent_detention", "referral")


@pytest.mark.parametrize("specification", ALL, ids=lambda s: f"{s.model}/{s.variant}/{s.outcomes[0].name}")
def test_what_is_published_groups_calls_as_published(specification: Specification) -> None:
    as_published = specification.role == "published" or specification.model == "replication"
    as_published = as_published or specification.variant == "published_calls"
    calls = {(term.column, term.reference) for term in specification.terms if term.name == "call_risk"}
    assert calls <= {("call_risk_published", "welfare") if as_published else ("call_risk", "crisis")}
    assert bool(calls) is (specification.variant != "fine_call_types")


@pytest.mark.parametrize("specification", ALL, ids=lambda s: f"{s.model}/{s.variant}/{s.outcomes[0].name}")
def test_unit_and_covariance_are_those_of_the_design(specification: Specification) -> None:
    expected = {
        "published": ("record", "model"),
        "contact_level": ("contact", "model"),
        "officer_clustered": ("contact", "officer"),
        "incident_clustered": ("contact", "incident"),
        "two_way": ("contact", "officer+incident"),
        "year_effects": ("contact", "officer"),
        "era_adjusted": ("contact", "officer"),
        "fine_call_types": ("contact", "officer"),
        "firth": ("contact", "model"),
    }
    of_primary = ("contact", "officer")
    assert (specification.unit, specification.covariance) == expected.get(specification.variant, of_primary)
    if specification.variant not in expected:
        assert specification.correction == ("CR1" if specification.variant == "usable_exposure" else "CV3")


def test_one_line_for_people() -> None:
    assert str(variant_of(DISPOSITION_SPECIFICATIONS, "officer_clustered")) == (
        "disposition/officer_clustered: arrest | emergent_detention | referral against no_action ~ "
        "cit_certified (vs not certified) + call_risk (vs crisis) + precinct (vs North); "
        "one row per contact, officer covariance"
    )


def test_clusterings_follow_from_the_covariance() -> None:
    clusterings = {s.variant: s.clusterings for s in FORCE_SPECIFICATIONS}
    assert clusterings["published"] == ()
    assert clusterings["officer_clustered"] == ("officer",)
    assert clusterings["two_way"] == ("officer", "incident")
