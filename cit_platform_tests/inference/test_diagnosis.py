"""Degenerate tables get a verdict or a note that names term and level; sound ones get neither."""

import numpy as np
import pandas as pd
import pytest

from cit_platform.inference.design import predictors_of
from cit_platform.inference.diagnosis import Diagnosis, diagnose
from cit_platform.inference.patterns import ClusterCounts
from cit_platform_tests.inference.tables import AGE, EXPOSED, KIND, PLACE, random_table

TERMS = (EXPOSED, AGE, PLACE, KIND)
BINARY = ("none", "force")
THREE = ("nothing", "arrest", "referral")


def sound(n_outcomes: int = 2) -> pd.DataFrame:
    return random_table(3, 1200, n_outcomes)


def diagnose_rows(table: pd.DataFrame, outcomes: tuple[str, ...] = BINARY) -> Diagnosis:
    counts = (table["outcome"].to_numpy()[:, None] == np.arange(len(outcomes))[None, :]).astype(float)
    return diagnose(predictors_of(table, TERMS), counts, outcomes, TERMS, "exposed")


@pytest.mark.parametrize("outcomes", [BINARY, THREE])
def test_sound_table_is_fitted_whole(outcomes: tuple[str, ...]) -> None:
    result = diagnose_rows(sound(len(outcomes)), outcomes)
    assert (result.verdict, result.left_out, result.unidentified, result.remarks) == (None, (), (), {})
    assert result.kept.all()
    assert result.design is not None
    assert result.design.columns == result.columns


def test_no_rows() -> None:
    assert str(diagnose_rows(sound().iloc[:0]).verdict) == "no rows"


def test_all_one_outcome() -> None:
    assert str(diagnose_rows(sound().assign(outcome=0)).verdict) == "all 1200 rows are none: no contrast"


@pytest.mark.parametrize(("column", "value"), [("age", np.nan), ("age", np.inf), ("place", None), ("exposed", np.nan)])
def test_missing_and_infinite_values(column: str, value: object) -> None:
    table = sound().astype({"age": float, "exposed": float})
    table.loc[[3, 4], column] = value
    assert str(diagnose_rows(table).verdict) == f"{column} is missing or infinite in 2 rows"


def test_constant_exposure() -> None:
    assert str(diagnose_rows(sound().assign(exposed=0)).verdict) == "exposed is constant: no row has exposed = 1"


def test_complete_separation_of_the_exposure() -> None:
    table = sound()
    verdict = str(diagnose_rows(table.assign(outcome=table["exposed"])).verdict or "")
    n = int(table["exposed"].sum())
    assert f"0 of {n} rows with exposed = 1 are none, which separates the outcome" in verdict
    assert f"0 of {1200 - n} rows with exposed = 0 are force, which separates the outcome" in verdict


def test_quasi_complete_separation_of_the_exposure() -> None:
    table = sound()
    table.loc[table["exposed"] == 1, "outcome"] = 0
    verdict = str(diagnose_rows(table).verdict or "")
    assert verdict.startswith("too few events: 0 of ")
    assert "exposed = 1 are force, which separates the outcome; at least 5 are needed" in verdict


@pytest.mark.parametrize(("events", "estimable"), [(4, False), (5, True)])
def test_five_events_are_needed_in_each_arm(events: int, estimable: bool) -> None:
    table = sound()
    exposed = table.index[table["exposed"] == 1]
    table.loc[exposed, "outcome"] = 0
    table.loc[exposed[:events], "outcome"] = 1
    verdict = str(diagnose_rows(table).verdict or "")
    assert (verdict == "") == estimable
    if not estimable:
        assert verdict.startswith("too few events: 4 of ")


@pytest.mark.parametrize("outcome", [0, 1, 2])
def test_each_outcome_and_the_reference_need_five(outcome: int) -> None:
    table = sound(3)
    in_cell = table.index[(table["exposed"] == 0) & (table["outcome"] == outcome)]
    table = table.drop(in_cell[3:])
    verdict = str(diagnose_rows(table, THREE).verdict or "")
    assert "too few events: 3 of " in verdict
    assert f"rows with exposed = 0 are {THREE[outcome]}" in verdict


@pytest.mark.parametrize("value", [0, 1])
def test_control_level_with_one_outcome_leaves_and_keeps_its_count(value: int) -> None:
    table = sound()
    table.loc[table["kind"] == "c", "outcome"] = value
    result = diagnose_rows(table)
    n = int((table["kind"] == "c").sum())
    assert result.verdict is None
    assert [(o.column.label, str(o.verdict)) for o in result.left_out] == [
        ("kind c", f"level left out: no {BINARY[1 - value]} in its {n} rows")
    ]
    assert result.kept.sum() == 1200 - n
    assert "kind c" not in [column.label for column in result.columns]


def test_multinomial_level_without_one_outcome_leaves() -> None:
    table = sound(3)
    table = table.drop(table.index[(table["kind"] == "d") & (table["outcome"] == 1)])
    result = diagnose_rows(table, THREE)
    assert [o.column.label for o in result.left_out] == ["kind d"]
    assert "no arrest in its" in str(result.left_out[0].verdict)


def test_levels_leave_again_until_none_is_left() -> None:
    table = sound()
    table.loc[table["kind"] == "c", "outcome"] = 0
    # The west has events in kind b only, and kind b leaves.
    west = table["place"] == "west"
    table.loc[west, "outcome"] = 0
    table.loc[table.index[west & (table["kind"] == "b")], "outcome"] = 1
    table.loc[table["kind"] == "b", "outcome"] = 1
    result = diagnose_rows(table)
    assert [o.column.label for o in result.left_out] == ["kind b", "kind c", "place west"]
    assert not table[result.kept]["place"].eq("west").any()


def test_reference_that_leaves_is_replaced_by_the_most_frequent_level() -> None:
    table = sound()
    table.loc[table["kind"] == "a", "outcome"] = 0
    table.loc[table.index[table["kind"] == "d"][:40], "kind"] = "b"
    result = diagnose_rows(table)
    assert [o.column.label for o in result.left_out] == ["kind a"]
    assert next(term for term in result.terms if term.name == "kind").reference == "b"
    assert {term: str(remark) for term, remark in result.remarks.items()} == {
        "kind": "reference a was left out; b, the most frequent level left, is the reference"
    }


def test_reference_that_does_not_occur_is_replaced() -> None:
    table = sound()
    result = diagnose_rows(table[table["place"] != "north"])
    assert str(result.remarks["place"]).startswith("reference north does not occur; south")


def test_nothing_left_says_which_levels_left() -> None:
    table = sound()
    table["kind"] = np.where(table["outcome"] == 1, "a", "b")
    verdict = str(diagnose_rows(table).verdict or "")
    assert verdict.startswith("no rows left: kind a: level left out: no none")
    assert "kind b: level left out: no force" in verdict


def test_constant_control_leaves_and_is_named() -> None:
    result = diagnose_rows(sound().assign(age=7))
    assert result.verdict is None
    assert [(o.column.label, str(o.verdict)) for o in result.unidentified] == [("age", "age is constant")]
    assert result.remarks == {}
    assert result.design is not None
    assert "age" not in [column.term for column in result.design.columns]


def test_control_of_zeros_leaves_and_is_named() -> None:
    unidentified = diagnose_rows(sound().assign(age=0)).unidentified
    assert [(o.column.label, str(o.verdict)) for o in unidentified] == [("age", "age is constant")]


def test_control_with_one_level_is_named() -> None:
    result = diagnose_rows(sound().assign(place="north"))
    assert result.verdict is None
    assert {term: str(remark) for term, remark in result.remarks.items()} == {
        "place": "place is constant (north) and leaves the model"
    }


def test_collinear_controls_are_named_on_both_sides() -> None:
    table = sound()
    table["kind"] = table["place"].map({"north": "a", "south": "b", "west": "c"})
    result = diagnose_rows(table)
    assert result.verdict is None
    assert {o.column.label: str(o.verdict) for o in result.unidentified} == {
        "place south": "place south is collinear with kind b",
        "place west": "place west is collinear with kind c",
        "kind b": "kind b is collinear with place south",
        "kind c": "kind c is collinear with place west",
    }
    assert result.design is not None
    assert np.linalg.matrix_rank(result.design.matrix) == len(result.design.columns)


def test_exposure_that_a_control_determines_cannot_be_estimated() -> None:
    table = sound()
    table["place"] = np.where(table["exposed"] == 1, "south", "north")
    assert str(diagnose_rows(table).verdict) == "exposed is collinear with place south"


def test_patterns_get_the_same_diagnosis_as_their_rows() -> None:
    table = sound()
    table.loc[table["kind"] == "c", "outcome"] = 0
    grouped = table.groupby(["exposed", "age", "place", "kind", "outcome"]).size().unstack(fill_value=0).reset_index()
    counts = grouped[[0, 1]].to_numpy(dtype=float)
    result = diagnose(predictors_of(grouped, TERMS), counts, BINARY, TERMS, "exposed")
    assert result.left_out == diagnose_rows(table).left_out


def test_exposure_must_be_an_indicator() -> None:
    with pytest.raises(ValueError, match="exposed has values other than 0 and 1"):
        diagnose_rows(sound().assign(exposed=2))
    with pytest.raises(ValueError, match="age is not an indicator"):
        diagnose(predictors_of(sound(), TERMS), np.ones((1200, 2)), BINARY, TERMS, "age")


def diagnose_clusters(table: pd.DataFrame) -> Diagnosis:
    outcome = table["outcome"].to_numpy()
    counts = (outcome[:, None] == np.arange(2)[None, :]).astype(float)
    cells = ClusterCounts(np.arange(len(table)), counts, table[["cluster"]].to_numpy())
    return diagnose(predictors_of(table, TERMS), counts, BINARY, TERMS, "exposed", cells)


def test_level_within_one_cluster_leaves_where_the_covariance_shall_be_clustered() -> None:
    table = sound()
    table.loc[table["kind"] == "c", "cluster"] = 3
    n = int((table["kind"] == "c").sum())
    result = diagnose_clusters(table)
    assert [(o.column.label, str(o.verdict)) for o in result.left_out] == [
        ("kind c", f"level left out: all its {n} rows are of one cluster")
    ]
    assert result.kept.sum() == 1200 - n
    assert diagnose_rows(table).left_out == ()
    counts = (table["outcome"].to_numpy()[:, None] == np.arange(2)[None, :]).astype(float)
    empty = np.arange(1200) + 1000
    twice = ClusterCounts(
        np.tile(np.arange(1200), 2),
        np.vstack([counts, 0 * counts]),
        np.append(table["cluster"].to_numpy(), empty)[:, None],
    )
    assert diagnose(predictors_of(table, TERMS), counts, BINARY, TERMS, "exposed", twice).left_out == result.left_out
    table.loc[table.index[table["kind"] == "c"][0], "cluster"] = 4
    assert diagnose_clusters(table).left_out == ()


def test_level_leaves_when_the_rows_of_its_other_cluster_have_left() -> None:
    table = sound()
    table.loc[table["kind"] == "c", "outcome"] = 0
    west = table["place"] == "west"
    table.loc[west, "cluster"] = np.where(table.loc[west, "kind"] == "c", 4, 3)
    assert [o.column.label for o in diagnose_clusters(table).left_out] == ["kind c", "place west"]


@pytest.mark.parametrize("value", [0, 1])
def test_arm_of_the_exposure_within_one_cluster_is_a_verdict(value: int) -> None:
    table = sound()
    arm = table["exposed"] == value
    table.loc[arm, "cluster"] = 7
    table.loc[~arm, "cluster"] %= 7
    verdict = str(diagnose_clusters(table).verdict or "")
    assert verdict == f"all {arm.sum()} rows with exposed = {value} are of one cluster"


def test_patterns_without_rows_are_not_there() -> None:
    table = sound()
    spoiled = table.iloc[:3].assign(kind=["z", None, "a"], age=[1.0, 2.0, np.nan])
    counts = (table["outcome"].to_numpy()[:, None] == np.arange(2)[None, :]).astype(float)
    padded, cells = pd.concat([spoiled, table]), np.vstack([np.zeros((3, 2)), counts])
    result = diagnose(predictors_of(padded, TERMS), cells, BINARY, TERMS, "exposed")
    plain = diagnose_rows(table)
    assert (result.verdict, result.columns) == (None, plain.columns)
    assert result.kept.tolist() == [False] * 3 + [True] * 1200
    assert result.design is not None
    assert plain.design is not None
    np.testing.assert_array_equal(result.design.matrix, plain.design.matrix)
    nothing = diagnose(predictors_of(padded, TERMS), np.zeros((1203, 2)), BINARY, TERMS, "exposed")
    assert str(nothing.verdict) == "no rows"


@pytest.mark.parametrize("spoiled", [np.nan, np.inf, -1.0])
def test_counts_that_are_no_counts_are_refused(spoiled: float) -> None:
    counts = np.ones((1200, 2))
    counts[5, 1] = spoiled
    with pytest.raises(ValueError, match="finite and not negative"):
        diagnose(predictors_of(sound(), TERMS), counts, BINARY, TERMS, "exposed")
