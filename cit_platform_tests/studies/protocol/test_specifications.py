"""A specification is in the protocol by what it asks, not by what it is called."""

from dataclasses import replace

import pandas as pd
import pytest

from cit_platform.modelling.specification import YEAR, variant_of
from cit_platform.studies.disposition import DISPOSITION_SPECIFICATIONS, any_of
from cit_platform.studies.disposition import PRIMARY as OF_DISPOSITION
from cit_platform.studies.estimates import estimates
from cit_platform.studies.force import FORCE_SPECIFICATIONS, PRIMARY
from cit_platform.studies.protocol import ProtocolError, protocol
from cit_platform.studies.protocol.specifications import forked, primary_specification, specifications_of, standing


def test_the_headlines_of_the_studies_are_those_of_the_protocol() -> None:
    laid_down = specifications_of(protocol())
    assert [standing(each) for each in laid_down] == ["primary"] * 4 + ["secondary"]
    assert [each.outcomes[0].name for each in laid_down[:4]] == list(protocol().primary_outcomes)
    assert [replace(each, role="headline", step=4) for each in (laid_down[0], laid_down[4])] == [
        PRIMARY,
        OF_DISPOSITION,
    ]
    assert laid_down[1:4] == tuple(any_of(group) for group in protocol().primary_outcomes[1:])


def test_the_primary_specification_is_at_contact_level_time_adjusted_and_clustered_by_officer() -> None:
    for outcome in protocol().primary_outcomes:
        found = primary_specification(outcome, "headline")
        assert (found.unit, found.covariance, found.correction) == ("contact", "officer", "CV3")
        assert {"cit_certified", "year", "records_system", "watch", "weekend"} <= set(found.term_names)


def test_every_fork_is_a_fork_and_the_steps_to_the_published_way_are_not_in_it() -> None:
    forks = {row["fork"] for row in protocol().forks if "force" in row["models"]}
    assert {standing(forked(PRIMARY, fork)) for fork in forks} == {"fork"}
    out = {each.variant for each in FORCE_SPECIFICATIONS if standing(each) == "not_in_protocol"}
    assert out == {
        *("published", "contact_level", "officer_clustered", "usable_exposure", "year_effects", "era_adjusted"),
        *("incident_clustered", "two_way", "fine_call_types", "firth"),
    }
    assert standing(variant_of(DISPOSITION_SPECIFICATIONS, "mark43_alone")) == "fork"


@pytest.mark.parametrize(
    "change",
    [
        {"terms": tuple(term for term in PRIMARY.terms if term != YEAR)},
        {"covariance": "incident"},
        {"correction": "CR1"},
        {"quarters": "all", "contradictory": "certified"},
        {"unit": "record", "quarters": "all"},
        {"terms": tuple(reversed(PRIMARY.terms))},
    ],
)
def test_who_asks_otherwise_under_the_same_name_is_not_in_the_protocol(change: dict[str, object]) -> None:
    assert standing(replace(PRIMARY, **change)) == "not_in_protocol"  # type: ignore[arg-type]


def test_another_name_for_the_same_question_changes_nothing() -> None:
    assert standing(replace(PRIMARY, variant="mine", role="sensitivity", step=None)) == "primary"


def test_a_fork_that_nobody_named_is_refused() -> None:
    with pytest.raises(ProtocolError, match="by_moonlight"):
        forked(PRIMARY, "by_moonlight")
    with pytest.raises(ProtocolError, match="linear_experience"):
        forked(OF_DISPOSITION, "linear_experience")


def test_estimates_say_of_each_row_what_it_is_in_the_protocol(forces: pd.DataFrame, replications: pd.DataFrame) -> None:
    found = estimates(forces, replications)
    by_variant = found[found["model"] == "force"].groupby("variant")["standing"].unique()
    assert by_variant["primary"].tolist() == ["primary"]
    assert by_variant["published"].tolist() == ["not_in_protocol"]
    assert by_variant["all_quarters"].tolist() == ["fork"]
    assert set(found.loc[found["model"] == "replication", "standing"]) == {"not_in_protocol"}
