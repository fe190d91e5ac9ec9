"""Overlap of two arms: all of it where a lot was drawn, none where a covariate decides."""

import numpy as np
import pandas as pd
import pytest

from cit_platform.inference.design import Term, design_matrix
from cit_platform.inference.overlap import overlap

TERMS = (Term("level", "categorical", "a"),)
CONTROLS = design_matrix(pd.DataFrame({"level": ["a", "b", "c"]}), TERMS)


def test_where_a_lot_was_drawn_everybody_is_in_equipoise_whatever_the_share() -> None:
    arms = np.array([[900.0, 100.0], [1800.0, 200.0], [450.0, 50.0]])
    found = overlap(CONTROLS, arms)
    assert found.equipoise == 1.0
    assert found.effective_rows == pytest.approx(350, rel=1e-6)


def test_where_a_level_decides_its_rows_are_outside() -> None:
    arms = np.array([[500.0, 500.0], [990.0, 10.0], [0.0, 400.0]])
    found = overlap(CONTROLS, arms)
    assert found.equipoise == pytest.approx(1000 / 2400)
    # Weights near 0 for the rows of the other levels leave about those of the first.
    assert 480 < found.effective_rows < 560


def test_the_effective_rows_are_the_kish_number_of_the_overlap_weights() -> None:
    arms = np.array([[60.0, 40.0], [30.0, 70.0], [50.0, 50.0]])
    found = overlap(CONTROLS, arms)
    # The model is saturated; Firth's penalty moves its shares little.
    share = arms[:, 1] / arms.sum(axis=1)
    weights = [np.repeat(share, arms[:, 0].astype(int)), np.repeat(1 - share, arms[:, 1].astype(int))]
    assert found.effective_rows == pytest.approx(min(w.sum() ** 2 / (w**2).sum() for w in weights), rel=0.01)
