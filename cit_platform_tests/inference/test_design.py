"""Design matrices have stable columns and refuse what they cannot code."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cit_platform.inference.design import (
    DesignColumn,
    Term,
    WeightedGram,
    design_columns,
    design_matrix,
    factor_of,
    predictors_of,
)

PLACE = Term("place", "categorical", "west")
FRAME = pd.DataFrame({"place": ["west", "east", "south", "west"], "age": [1, 2, 3, 4], "exposed": [0, 1, 1, 0]})
TERMS = (Term("exposed", "indicator"), PLACE, Term("age", "number"))


def test_columns_are_intercept_then_terms_with_levels_in_order_and_without_reference() -> None:
    design = design_matrix(FRAME, TERMS)
    assert [column.label for column in design.columns] == ["intercept", "exposed", "place east", "place south", "age"]
    expected = [[1, 0, 0, 0, 1], [1, 1, 1, 0, 2], [1, 1, 0, 1, 3], [1, 0, 0, 0, 4]]
    assert design.matrix.tolist() == expected
    assert design.positions("place") == [2, 3]


def test_columns_named_without_a_matrix_are_those_of_the_matrix() -> None:
    assert design_columns(predictors_of(FRAME, TERMS), TERMS) == design_matrix(FRAME, TERMS).columns


@given(st.permutations(list(range(4))))
@settings(max_examples=10, deadline=None)
def test_order_of_rows_does_not_change_columns(order: list[int]) -> None:
    shuffled = design_matrix(FRAME.iloc[order], TERMS)
    assert shuffled.columns == design_matrix(FRAME, TERMS).columns
    assert (shuffled.matrix == design_matrix(FRAME, TERMS).matrix[order]).all()


def test_without_drops_columns_and_their_names() -> None:
    design = design_matrix(FRAME, TERMS).without([2, 3])
    assert design.columns == (DesignColumn("intercept"), DesignColumn("exposed"), DesignColumn("age"))
    assert design.matrix.shape == (4, 3)


def test_with_value_leaves_the_design_as_it_was() -> None:
    design = design_matrix(FRAME, TERMS)
    assert design.with_value("exposed", 1.0)[:, 1].tolist() == [1, 1, 1, 1]
    assert design.matrix[:, 1].tolist() == [0, 1, 1, 0]


def test_with_value_refuses_a_term_of_several_columns() -> None:
    with pytest.raises(ValueError, match="place has 2 columns"):
        design_matrix(FRAME, TERMS).with_value("place", 1.0)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("age", np.nan, "age has missing or infinite"),
        ("age", np.inf, "age has missing or infinite"),
        ("place", None, "place has missing"),
    ],
)
def test_missing_and_infinite_values_are_refused_by_name(column: str, value: object, message: str) -> None:
    frame = FRAME.astype({"age": float})
    frame.loc[1, column] = value
    with pytest.raises(ValueError, match=message):
        design_matrix(frame, TERMS)


def test_absent_reference_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="place has no row of its reference 'north'"):
        design_matrix(FRAME, (Term("place", "categorical", "north"),))


def test_categories_make_the_factor_that_their_text_makes() -> None:
    text = pd.Series(["west", None, "east", "west"])
    for categories in (["east", "west"], ["west", "south", "east"]):
        factor, of_text = factor_of(text.astype(pd.CategoricalDtype(categories))), factor_of(text)
        assert factor.codes.tolist() == of_text.codes.tolist() == [1, -1, 0, 1]
        assert factor.levels == of_text.levels


def test_a_category_without_rows_is_no_level_that_occurs() -> None:
    factor = factor_of(pd.Series(pd.Categorical(["b", None, "b"], categories=["a", "b", "c"])))
    assert [factor.levels[code] for code in factor.present] == ["b"]


@pytest.mark.parametrize("n_indicators", [0, 5, 70])
@pytest.mark.parametrize("n_numbers", [0, 1, 3])
def test_gram_is_that_of_the_whole_matrix(n_indicators: int, n_numbers: int) -> None:
    draw = np.random.default_rng(n_indicators + n_numbers)
    indicators = draw.random((400, n_indicators)) < 0.1
    columns = np.column_stack([np.ones(400), indicators, draw.normal(0, 20, (400, n_numbers))])
    matrix = columns[:, draw.permutation(columns.shape[1])]
    gram = WeightedGram(matrix)
    for weights in (draw.random(400), draw.integers(0, 3, 400).astype(float)):
        np.testing.assert_allclose(gram(weights), matrix.T @ (weights[:, None] * matrix), rtol=1e-12, atol=1e-10)


def test_gram_tells_rows_apart_whose_indicators_are_many_keys() -> None:
    """Each of 64 kinds in the first indicators, with each of 64 in the last."""
    bits = (np.arange(64)[:, None] >> np.arange(6)) % 2
    matrix = np.zeros((64 * 64, 70))
    matrix[:, :6], matrix[:, 40:46] = np.repeat(bits, 64, axis=0), np.tile(bits, (64, 1))
    weights = np.random.default_rng(3).random(64 * 64)
    np.testing.assert_allclose(WeightedGram(matrix)(weights), matrix.T @ (weights[:, None] * matrix), rtol=1e-12)


def test_gram_of_no_rows_is_zero() -> None:
    assert WeightedGram(np.zeros((0, 3)))(np.zeros(0)).tolist() == [[0.0] * 3] * 3
