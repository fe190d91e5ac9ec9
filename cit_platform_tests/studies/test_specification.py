"""A specification is data: hashable, readable, with the references that the design fixes."""

import pytest

from cit_platform.studies.specification import (
    DISPOSITION_SPECIFICATIONS,
    FORCE_SPECIFICATIONS,
    REPLICATION_SPECIFICATIONS,
    Specification,
    force_specification,
    variant_of,
)

ALL = (*FORCE_SPECIFICATIONS, *DISPOSITION_SPECIFICATIONS, *REPLICATION_SPECIFICATIONS)


def test_equal_specifications_are_one_key_and_different_ones_are_not() -> None:
    assert len(set(ALL)) == len(ALL) == 9
    assert force_specification("published", "record", "model") in set(ALL)


def test_references_are_those_of_the_design() -> None:
    references = {term.name: term.reference for term in FORCE_SPECIFICATIONS[0].terms}
    assert references == {
        "cit_certified": "not certified",
        "experience_years": "",
        "call_risk": "welfare",
        "precinct": "North",
        "officer_race": "White",
        "officer_gender": "M",
    }
    assert DISPOSITION_SPECIFICATIONS[0].term_names == ("cit_certified", "call_risk", "precinct")
    assert DISPOSITION_SPECIFICATIONS[0].outcome_names == ("no_action", "arrest", "emergent_detention", "referral")


@pytest.mark.parametrize("specification", ALL, ids=lambda s: f"{s.model}/{s.variant}/{s.outcomes[0].name}")
def test_published_is_by_record_with_model_covariance_and_clustered_by_contact(specification: Specification) -> None:
    expected = {
        "published": ("record", "model"),
        "contact_level": ("contact", "model"),
        "officer_clustered": ("contact", "officer"),
    }
    assert (specification.unit, specification.covariance) == expected[specification.variant]


def test_one_line_for_people() -> None:
    assert str(variant_of(DISPOSITION_SPECIFICATIONS, "officer_clustered")) == (
        "disposition/officer_clustered: arrest | emergent_detention | referral against no_action ~ "
        "cit_certified (vs not certified) + call_risk (vs welfare) + precinct (vs North); "
        "one row per contact, officer covariance"
    )
