"""Standardised risks equal statsmodels' margins, closed forms, and numerical derivatives."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.special import expit, logit

from cit_platform.inference.counts import fit_counts
from cit_platform.inference.design import Design, design_matrix, design_of, predictors_of
from cit_platform.inference.fit import Fit
from cit_platform.inference.patterns import group_rows
from cit_platform.inference.row_level import fit_rows
from cit_platform.inference.standardisation import StandardisedRisks, standardise
from cit_platform_tests.inference.tables import AGE, EXPOSED, KIND, PLACE, random_table

TERMS = (EXPOSED, AGE, PLACE, KIND)


def problem(n_outcomes: int) -> tuple[Design, np.ndarray, Fit]:
    table = random_table(40, 2500, n_outcomes)
    design, outcome = design_matrix(table, TERMS), table["outcome"].to_numpy()
    return design, outcome, fit_rows(design, outcome, ("a", "b", "c", "d")[:n_outcomes], table["cluster"].to_numpy())


def test_risk_difference_equals_statsmodels_margins() -> None:
    design, outcome, fit = problem(2)
    clusters = random_table(40, 2500, 2)["cluster"].to_numpy()
    peer = sm.Logit(outcome, design.matrix).fit(
        method="newton", tol=1e-12, disp=0, cov_type="cluster", cov_kwds={"groups": clusters}
    )
    margins = peer.get_margeff(dummy=True)
    risks = standardise(fit, design, np.ones(2500), "exposed")
    assert risks.risk_difference.estimate[1] == pytest.approx(margins.margeff[0], rel=1e-8)
    assert risks.risk_difference.std_error[1] == pytest.approx(margins.margeff_se[0], rel=1e-7)
    assert risks.risk_difference.low[1] == pytest.approx(margins.conf_int()[0, 0], rel=1e-7)


@pytest.mark.parametrize("n_outcomes", [2, 4])
def test_errors_equal_a_numerically_differentiated_delta(n_outcomes: int) -> None:
    design, _, fit = problem(n_outcomes)
    weights = np.random.default_rng(1).uniform(0.5, 2.0, 2500)
    risks = standardise(fit, design, weights, "exposed")

    def quantities(flat: np.ndarray) -> np.ndarray:
        moved = replace(fit, coefficients=flat.reshape(fit.coefficients.shape, order="F"))
        result = standardise(moved, design, weights, "exposed")
        one, zero = result.risk_exposed.estimate, result.risk_unexposed.estimate
        return np.concatenate([logit(one), logit(zero), one - zero, np.log(one / zero)])

    flat = fit.coefficients.ravel(order="F")
    steps = np.eye(flat.size) * 1e-5
    jacobian = np.array([(quantities(flat + step) - quantities(flat - step)) / 2e-5 for step in steps]).T
    errors = np.sqrt(np.diag(jacobian @ fit.covariance @ jacobian.T)).reshape(4, n_outcomes)
    z = 1.959963984540054
    one, zero = risks.risk_exposed, risks.risk_unexposed
    np.testing.assert_allclose(one.high, expit(logit(one.estimate) + z * errors[0]), rtol=1e-7)
    np.testing.assert_allclose(zero.low, expit(logit(zero.estimate) - z * errors[1]), rtol=1e-7)
    np.testing.assert_allclose(risks.risk_difference.std_error, errors[2], rtol=1e-6)
    np.testing.assert_allclose(risks.risk_ratio.high, risks.risk_ratio.estimate * np.exp(z * errors[3]), rtol=1e-6)


def test_risks_of_all_outcomes_add_up_to_one_and_differences_to_zero() -> None:
    design, _, fit = problem(4)
    risks = standardise(fit, design, np.ones(2500), "exposed")
    assert risks.outcomes == ("a", "b", "c", "d")
    assert risks.risk_exposed.estimate.sum() == pytest.approx(1.0)
    assert risks.risk_difference.estimate.sum() == pytest.approx(0.0, abs=1e-12)
    assert (risks.risk_ratio.estimate == risks.risk_exposed.estimate / risks.risk_unexposed.estimate).all()


def test_without_controls_the_risks_are_the_raw_shares() -> None:
    design = design_matrix(pd.DataFrame({"exposed": [0, 1]}), (EXPOSED,))
    counts = np.array([[80.0, 20.0], [60.0, 40.0]])
    risks = standardise(fit_counts(design, counts, ("none", "force")), design, counts.sum(axis=1), "exposed")
    assert risks.risk_exposed.estimate[1] == pytest.approx(0.4)
    assert risks.risk_unexposed.estimate[1] == pytest.approx(0.2)
    assert risks.risk_difference.std_error[1] == pytest.approx(np.sqrt(0.4 * 0.6 / 100 + 0.2 * 0.8 / 100))
    ratio_error = np.log(risks.risk_ratio.high[1] / risks.risk_ratio.estimate[1]) / 1.959963984540054
    assert ratio_error == pytest.approx(np.sqrt(0.6 / 40 + 0.8 / 20))


def test_patterns_with_weights_equal_their_rows() -> None:
    table = random_table(40, 2500, 4)
    design, outcome, fit = problem(4)
    patterns = group_rows(predictors_of(table, TERMS), outcome, 4)
    by_rows = standardise(fit, design, np.ones(2500), "exposed")
    weights = patterns.counts.sum(axis=1)
    by_patterns = standardise(fit, design_of(patterns.predictors, TERMS), weights, "exposed")
    for name in ("risk_exposed", "risk_unexposed", "risk_difference", "risk_ratio"):
        rows, grouped = getattr(by_rows, name), getattr(by_patterns, name)
        np.testing.assert_allclose(grouped.low, rows.low, rtol=1e-9)
        np.testing.assert_allclose(grouped.high, rows.high, rtol=1e-9)


def test_a_fit_without_numbers_is_refused() -> None:
    design = design_matrix(pd.DataFrame({"exposed": [0, 1]}), (EXPOSED,))
    counts = np.array([[50.0, 0.0], [30.0, 20.0]])
    failed = fit_counts(design, counts, ("none", "force"))
    with pytest.raises(ValueError, match="separation"):
        standardise(failed, design, counts.sum(axis=1), "exposed")


def test_another_design_is_refused() -> None:
    design, _, fit = problem(2)
    with pytest.raises(ValueError, match="different columns"):
        standardise(fit, design.without([2]), np.ones(2500), "exposed")


def test_limits_stay_inside_zero_and_one() -> None:
    design = design_matrix(pd.DataFrame({"exposed": [0, 1]}), (EXPOSED,))
    counts = np.array([[998.0, 2.0], [999.0, 1.0]])
    risks: StandardisedRisks = standardise(
        fit_counts(design, counts, ("n", "f")), design, counts.sum(axis=1), "exposed"
    )
    assert (risks.risk_exposed.low > 0).all()
    assert (risks.risk_exposed.high < 1).all()
