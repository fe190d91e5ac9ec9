"""The second opinion agrees with what is right, and names what is not."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd
import pytest

from cit_platform.inference.verdict import Kind, Verdict
from cit_platform.modelling import second_opinion
from cit_platform.modelling.counts import rows_statement
from cit_platform.modelling.estimation import GroupedData, prepare
from cit_platform.modelling.features import Columns, Features, feature_frames
from cit_platform.modelling.second_opinion import compare
from cit_platform.modelling.specification import Specification, variant_of
from cit_platform.modelling.tidy import reason_columns
from cit_platform.studies.disposition import DISPOSITION_SPECIFICATIONS, disposition
from cit_platform.studies.force import FORCE_SPECIFICATIONS, force
from cit_platform_tests.studies.city import WINDOW, WINDOWS, Truth, contacts_of

CLUSTERED = variant_of(FORCE_SPECIFICATIONS, "officer_clustered")
CONFIRMED = [
    *(variant_of(FORCE_SPECIFICATIONS, variant) for variant in ("published", "officer_clustered")),
    *(variant_of(DISPOSITION_SPECIFICATIONS, v) for v in ("published", "officer_clustered", "primary", "any_of")),
]


def asked(specification: Specification, features: Features) -> GroupedData:
    return prepare(specification, features, WINDOWS)


@dataclass(frozen=True)
class Watched(Features):
    """Feature tables that remember what they were asked."""

    statements: list[str] = field(default_factory=list)

    def select(self, sql: str, parameters: Mapping[str, object]) -> Columns:
        self.statements.append(sql)
        return super().select(sql, parameters)


@pytest.fixture(params=["rows", "counts"])
def kept(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the second opinion may hold of the small city."""
    if request.param == "counts":
        monkeypatch.setattr(second_opinion, "LARGEST_NUMBER_OF_ROWS", 100)
    return str(request.param)


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("specification", CONFIRMED, ids=lambda s: f"{s.model}/{s.variant}")
def test_agreement(
    specification: Specification, features: Features, forces: pd.DataFrame, dispositions: pd.DataFrame
) -> None:
    agreement = compare(pd.concat([forces, dispositions]), asked(specification, features), features)
    assert agreement.disagreements == ()
    assert agreement.largest_difference < 1e-6
    table = pd.concat([forces, dispositions])
    named = (table["model"] == specification.model) & (table["variant"] == specification.variant)
    known = table[named & table["converged"] & table["outcome"].isin(specification.outcome_names)]
    assert agreement.n_numbers == 2 * len(known) > 20


@pytest.mark.parametrize("specification", CONFIRMED, ids=lambda s: f"{s.model}/{s.variant}")
def test_rows_and_their_counts_are_equally_many(
    specification: Specification, features: Features, forces: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_rows = compare(forces, asked(specification, features), features)
    monkeypatch.setattr(second_opinion, "LARGEST_NUMBER_OF_ROWS", 100)
    assert compare(forces, asked(specification, features), features).n_rows == of_rows.n_rows > 3000


@pytest.mark.parametrize(
    ("specification", "of_rows"),
    [
        (variant_of(FORCE_SPECIFICATIONS, "primary"), False),
        (variant_of(DISPOSITION_SPECIFICATIONS, "published"), False),
        (variant_of(DISPOSITION_SPECIFICATIONS, "primary"), True),
    ],
    ids=["two outcomes", "few patterns", "many patterns"],
)
def test_several_outcomes_of_many_patterns_are_refitted_to_rows(
    specification: Specification,
    of_rows: bool,
    features: Features,
    forces: pd.DataFrame,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A column per pattern would take all memory there is."""
    monkeypatch.setattr(second_opinion, "LARGEST_NUMBER_OF_ROWS", 100)
    watched = Watched(features.connection)
    compare(forces, asked(specification, features), watched)
    assert (rows_statement(specification, WINDOW)[0] in watched.statements) == of_rows


@pytest.mark.parametrize(("limit", "read"), [(4000, True), (3999, False)])
def test_rows_are_read_up_to_the_limit_only(
    limit: int, read: bool, features: Features, forces: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_opinion, "LARGEST_NUMBER_OF_ROWS", limit)
    watched = Watched(features.connection)
    assert compare(forces, asked(CLUSTERED, features), watched).n_rows == 4000
    assert (rows_statement(CLUSTERED, WINDOW)[0] in watched.statements) == read


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("column", ["estimate", "std_error"])
@pytest.mark.parametrize("factor", [1 + 3e-6, 1 - 3e-6, float("nan")])
def test_one_number_off_by_three_millionths_is_named(
    column: str, factor: float, features: Features, forces: pd.DataFrame
) -> None:
    spoiled = forces.copy()
    at = (spoiled["variant"] == "officer_clustered") & (spoiled["level"] == "South")
    spoiled.loc[at, column] *= factor
    [words] = compare(spoiled, asked(CLUSTERED, features), features).disagreements
    assert words.startswith(f"force precinct South: {column}")


@pytest.mark.usefixtures("kept")
def test_an_interval_without_clusters_is_found(features: Features, forces: pd.DataFrame) -> None:
    without = forces[forces["variant"] == "contact_level"].assign(variant="officer_clustered")
    disagreements = compare(without, asked(CLUSTERED, features), features).disagreements
    assert len(disagreements) == 19
    assert all("std_error" in words for words in disagreements)


def test_a_coefficient_that_is_missing_or_too_many_is_found(features: Features, forces: pd.DataFrame) -> None:
    found = compare(forces[forces["level"] != "violent"], asked(CLUSTERED, features), features)
    assert found.disagreements[0].startswith("force call_risk violent: no number in the table")
    row = forces[(forces["variant"] == "officer_clustered") & (forces["level"] == "violent")]
    more = pd.concat([forces, row.assign(level="unheard")])
    assert compare(more, asked(CLUSTERED, features), features).disagreements == (
        "1 coefficients have a number in the table and none on the rows",
    )


@pytest.mark.usefixtures("kept")
def test_what_cannot_be_estimated_needs_the_same_verdict() -> None:
    city = contacts_of(875, Truth(), seed=3).assign(force=0)
    city.loc[:2, "force"] = 1
    tables = feature_frames(city, city)
    found = force(tables, "seattle", WINDOWS).table
    assert compare(found, asked(CLUSTERED, tables), tables).disagreements == ()
    other = found.assign(**reason_columns(Verdict(Kind.OUTSIDE_WINDOW)))
    assert "the rows say “too few events" in compare(other, asked(CLUSTERED, tables), tables).disagreements[0]
    facts = found["reason_facts"].str.replace('"minimum": 5', '"minimum": 4')
    assert compare(found.assign(reason_facts=facts), asked(CLUSTERED, tables), tables).disagreements
    numbers = force(feature_frames(city.iloc[:0], contacts_of(4000, Truth(force_intercept=-2.6), seed=5)), "x", WINDOWS)
    assert compare(numbers.table, asked(CLUSTERED, tables), tables).disagreements


@pytest.mark.usefixtures("kept")
def test_a_likelihood_without_a_maximum_is_met_by_each_program_in_its_own_words() -> None:
    """One precinct has only arrests, but at unknown calls; these have none elsewhere: each level has every outcome."""
    city = contacts_of(6000, Truth(), seed=4)
    unknown, inside = city["call_risk"] == "unknown", city["precinct"] == "South"
    groups = city["disposition_group"].mask(inside & ~unknown, "arrest")
    groups = groups.mask(unknown & ~inside & (groups == "arrest"), "no_action")
    tables = feature_frames(city.iloc[:0], city.assign(disposition_group=groups))
    found = disposition(tables, "seattle", WINDOWS).table
    clustered = variant_of(DISPOSITION_SPECIFICATIONS, "officer_clustered")
    assert found.loc[found["variant"] == "officer_clustered", "reason"].eq("separation").all()
    assert compare(found, asked(clustered, tables), tables).disagreements == ()
    numbers = found.assign(converged=True)
    assert compare(numbers, asked(clustered, tables), tables).disagreements
