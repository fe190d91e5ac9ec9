"""Odds ratios of a misclassified exposure: published digits, the plain case, errors that cannot be."""

import numpy as np
import pytest

from cit_platform.inference.intervals import Z
from cit_platform.inference.misclassification import corrected_odds_ratio


def limits(table: list[list[float]], sensitivity: float, specificity: float) -> list[float]:
    found = corrected_odds_ratio(np.array(table, dtype=float), sensitivity, specificity)
    return np.exp(found.estimate + np.array([0.0, -Z, Z]) * found.std_error).round(4).tolist()


def test_the_printed_examples() -> None:
    """Chu et al. (2006), on smoking; Fink and Lash (2003), on smoking and breast cancer: as episensr::misclass prints.

    Both in Lash, Fox and Fink (2009), Applying Quantitative Bias Analysis to Epidemiologic Data, ch. 6.
    """
    assert limits([[126, 92], [71, 224]], 0.94, 0.97)[1:] == [3.2825, 7.6909]
    assert limits([[215, 1449], [668, 4296]], 0.78, 0.99) == [0.9491, 0.7896, 1.1408]


def test_without_errors_it_is_the_plain_odds_ratio() -> None:
    found = corrected_odds_ratio(np.array([[30.0, 20.0], [100.0, 150.0]]), 1.0, 1.0)
    assert found.estimate == pytest.approx(np.log(30 * 150 / (20 * 100)))
    assert found.std_error == pytest.approx((1 / 30 + 1 / 20 + 1 / 100 + 1 / 150) ** 0.5)


def test_it_undoes_the_errors_that_were_made() -> None:
    true = np.array([[300.0, 200.0], [4000.0, 6000.0]])
    errors = np.array([[0.8, 0.2], [0.05, 0.95]])
    found = corrected_odds_ratio(true @ errors, 0.8, 0.95)
    assert found.estimate == pytest.approx(np.log(300 * 6000 / (200 * 4000)))


def test_errors_that_cannot_have_given_the_table_have_no_answer() -> None:
    table = np.array([[2.0, 98.0], [300.0, 700.0]])
    assert np.isnan(corrected_odds_ratio(table, 0.9, 0.9).estimate)
    with pytest.raises(ValueError, match="add up to more than 1"):
        corrected_odds_ratio(table, 0.5, 0.5)
    with pytest.raises(ValueError, match="shape"):
        corrected_odds_ratio(table[:1], 0.9, 0.9)
