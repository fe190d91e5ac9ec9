"""The grouping of each specification: SQL that both engines share, equal to a count in pandas."""

import numpy as np
import pandas as pd
import pytest
import sqlglot
from sqlglot import ErrorLevel, exp

from cit_platform.inference.design import DesignColumn
from cit_platform.inference.diagnosis import Omission
from cit_platform.modelling.counts import Statement, counts_statement, rows_statement, sizes_statement, with_outcomes
from cit_platform.modelling.estimation import estimate, prepare
from cit_platform.modelling.features import Features, feature_frames
from cit_platform.modelling.specification import Specification, variant_of
from cit_platform.studies.disposition import DISPOSITION_SPECIFICATIONS
from cit_platform.studies.force import FORCE_SPECIFICATIONS
from cit_platform_tests.studies.city import WINDOW, WINDOWS, Truth, contacts_of, records_of
from cit_platform_tests.transforms.test_dialect import ALLOWED, FORBIDDEN, functions

ALL = (*FORCE_SPECIFICATIONS, *DISPOSITION_SPECIFICATIONS)
LEFT_OUT = (Omission(DesignColumn("precinct", "East"), "no force"),)
TWO_WAY = variant_of(FORCE_SPECIFICATIONS, "two_way")


def statements(specification: Specification) -> list[Statement]:
    return [
        counts_statement(specification, WINDOW),
        rows_statement(specification, WINDOW),
        sizes_statement(specification, WINDOW, LEFT_OUT),
    ]


@pytest.mark.parametrize("specification", ALL, ids=lambda s: f"{s.model}/{s.variant}")
def test_a_statement_is_one_select_that_spark_understands(specification: Specification) -> None:
    for sql, parameters in statements(specification):
        [tree] = sqlglot.parse(sql, read="duckdb")
        assert isinstance(tree, exp.Query)
        assert set(functions(tree)) <= ALLOWED
        assert not list(tree.find_all(*FORBIDDEN))
        [spark] = sqlglot.transpile(sql, read="duckdb", write="spark", unsupported_level=ErrorLevel.RAISE)
        sqlglot.parse_one(spark, read="spark", error_level=ErrorLevel.RAISE)
        # Values are bound: no text of the data stands in the statement.
        assert {node.this for node in tree.find_all(exp.Literal) if node.is_string} <= {"", "contact "}
        assert {f"${name}" in sql for name in parameters} == {True}


@pytest.mark.parametrize("specification", ALL, ids=lambda s: f"{s.model}/{s.variant}")
def test_counts_equal_those_of_pandas(
    specification: Specification, features: Features, records: pd.DataFrame, contacts: pd.DataFrame
) -> None:
    table = records if specification.unit == "record" else contacts
    values = [outcome.value for outcome in specification.all_outcomes]
    rows = table[table[specification.column].isin(values)]
    if specification.only:
        rows = rows[rows[specification.only[0]] == specification.only[1]]
    data = prepare(specification, features, WINDOWS)
    assert data.patterns.counts.sum() == len(rows)
    expected = pd.crosstab([rows[term.column] for term in specification.terms], rows[specification.column])[values]
    assert sorted(map(tuple, data.patterns.counts)) == sorted(map(tuple, expected.to_numpy(dtype=float)))
    if specification.clusterings:
        keys = {"officer": rows["officer_key"].fillna(rows["contact_id"]), "incident": rows["incident_id"]}
        for position, name in enumerate(specification.clusterings):
            codes = data.cells.clusters[:, position]
            sizes = np.bincount(codes, weights=data.cells.counts.sum(axis=1))
            # A cluster whose rows all have other outcomes keeps its number and has no cell.
            assert sorted(sizes[sizes > 0]) == sorted(keys[name].value_counts().to_numpy(dtype=float))


def test_rows_with_another_value_or_none_are_out_of_the_model() -> None:
    values = np.array(["referral", "other", None, "no_action", "missing", "arrest"], dtype=object)
    disposition = DISPOSITION_SPECIFICATIONS[0]
    found = with_outcomes({"value": values, "n": np.arange(6)}, disposition)
    assert found["n"].tolist() == [0, 3, 5]
    assert [disposition.outcome_names[code] for code in found["outcome"]] == ["referral", "no_action", "arrest"]
    none = with_outcomes({"value": np.array([None, "other"], dtype=object)}, disposition)
    assert none["outcome"].tolist() == []


def test_nulls_of_an_answer_stay_nulls_of_their_kind(features: Features) -> None:
    nulls = "cast(null as varchar) as text, cast(null as integer) as number, cast(null as date) as day"
    found = features.select(f"select {nulls} union all select 'a', 1, date '2020-01-31' order by number", {})
    assert found["text"].tolist() == ["a", None]
    np.testing.assert_array_equal(found["number"], [1.0, np.nan])
    assert found["day"].astype("datetime64[D]").astype(str).tolist() == ["2020-01-31", "NaT"]


def test_clusters_are_numbered_by_their_first_contact_whatever_their_key(contacts: pd.DataFrame) -> None:
    renamed = contacts.assign(officer_key=contacts["officer_key"].str[::-1])
    both = [prepare(TWO_WAY, feature_frames(table.iloc[:0], table), WINDOWS) for table in (contacts, renamed)]
    np.testing.assert_array_equal(both[0].cells.clusters, both[1].cells.clusters)
    first = contacts.sort_values("contact_id").iloc[0]
    alone = feature_frames(contacts.iloc[:0], contacts[contacts["officer_key"] == first["officer_key"]])
    assert set(prepare(TWO_WAY, alone, WINDOWS).cells.clusters[:, 0]) == {0}


def test_a_problem_without_clusters_says_so(features: Features) -> None:
    data = prepare(variant_of(FORCE_SPECIFICATIONS, "contact_level"), features, WINDOWS)
    with pytest.raises(ValueError, match=r"force/contact_level: .* has no clusters"):
        data.kept_cells  # noqa: B018 - asking is what fails


def test_sizes_leave_out_levels_and_count_contacts_not_records() -> None:
    contacts = contacts_of(300, Truth(officers=40), seed=4)
    records = records_of(contacts, seed=5)
    published = variant_of(FORCE_SPECIFICATIONS, "published")
    found = feature_frames(records, contacts).select(*sizes_statement(published, WINDOW, LEFT_OUT))
    kept = contacts[contacts["precinct"] != "East"]
    assert found["contacts"] == len(kept)
    assert found["officers"] == kept["officer_key"].nunique() < kept["officer_key"].nunique(dropna=False)


@pytest.mark.parametrize("specification", [variant_of(FORCE_SPECIFICATIONS, "officer_clustered"), TWO_WAY])
def test_sizes_are_of_what_entered_the_fit(specification: Specification) -> None:
    """A precinct without force leaves the model with its contacts, and so do officers who have no other."""
    contacts = contacts_of(3000, Truth(officers=400, force_intercept=-2.6), seed=6)
    contacts.loc[contacts["precinct"] == "East", "force"] = 0
    features = feature_frames(contacts.iloc[:0], contacts)
    found = estimate(specification, features, WINDOWS)
    left_out = found.data.diagnosis.left_out
    assert ("precinct", "East") in {(each.column.term, each.column.level) for each in left_out}
    kept = contacts[contacts["precinct"] != "East"]
    assert (found.n_contacts, found.n_officers) == (len(kept), kept["officer_key"].nunique())
    assert found.n_contacts < len(contacts)
