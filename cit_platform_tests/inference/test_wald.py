"""Wald tests equal statsmodels' and closed forms, whatever the covariance."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from cit_platform.inference.counts import fit_counts
from cit_platform.inference.covariance import clustered
from cit_platform.inference.design import design_matrix
from cit_platform.inference.wald import term_contrast, wald_test
from cit_platform_tests.inference.clustered_tables import TERMS, clustered_table, fitted
from cit_platform_tests.inference.tables import EXPOSED


@pytest.mark.parametrize("n_outcomes", [2, 3])
@pytest.mark.parametrize("term", ["exposed", "kind"])
def test_clustered_test_of_a_term_equals_statsmodels(n_outcomes: int, term: str) -> None:
    problem = fitted(clustered_table(70, 1200, n_outcomes), n_outcomes)
    fit = clustered(problem.fit, problem.design, problem.cells)
    contrast = term_contrast(fit, term)
    model = sm.Logit if n_outcomes == 2 else sm.MNLogit
    options = {"cov_type": "cluster", "cov_kwds": {"groups": problem.rows["cluster"].to_numpy()}}
    matrix = design_matrix(problem.rows, TERMS).matrix
    peer = model(problem.rows["outcome"].to_numpy(), matrix).fit(method="newton", tol=1e-12, disp=0, **options)
    theirs = peer.wald_test(contrast, use_f=False, scalar=True)
    ours = wald_test(fit, contrast)
    assert ours.df == len(contrast) == (3 if term == "kind" else 1) * (n_outcomes - 1)
    assert ours.chi2 == pytest.approx(float(theirs.statistic), rel=1e-8)
    assert ours.p_value == pytest.approx(float(theirs.pvalue), rel=1e-7)


def test_one_coefficient_is_the_square_of_its_z() -> None:
    design = design_matrix(pd.DataFrame({"exposed": [0, 1]}), (EXPOSED,))
    fit = fit_counts(design, np.array([[80.0, 20.0], [60.0, 40.0]]), ("none", "force"))
    z = np.log(40 * 80 / (60 * 20)) / np.sqrt(1 / 80 + 1 / 20 + 1 / 60 + 1 / 40)
    assert wald_test(fit, term_contrast(fit, "exposed")).chi2 == pytest.approx(z**2, rel=1e-12)


def test_the_scale_of_a_predictor_plays_no_part() -> None:
    rows = clustered_table(71, 900, 2)
    plain, scaled = fitted(rows), fitted(rows.assign(age=rows["age"] * 1e6))
    contrast = np.eye(8)[[1, 2, 3]]
    assert wald_test(scaled.fit, contrast).chi2 == pytest.approx(wald_test(plain.fit, contrast).chi2, rel=1e-8)
    assert wald_test(plain.fit, 1e9 * contrast).chi2 == pytest.approx(wald_test(plain.fit, contrast).chi2, rel=1e-8)


def test_what_cannot_be_tested_is_refused() -> None:
    problem = fitted(clustered_table(72, 900, 2))
    with pytest.raises(ValueError, match="depend on each other"):
        wald_test(problem.fit, np.ones((2, 8)))
    with pytest.raises(ValueError, match=r"shape \(1, 3\), expected \(q, 8\)"):
        wald_test(problem.fit, np.ones((1, 3)))
    with pytest.raises(ValueError, match="expected"):
        wald_test(problem.fit, np.ones((0, 8)))
    with pytest.raises(ValueError, match="no term rank"):
        term_contrast(problem.fit, "rank")
    failed = fitted(problem.rows.assign(outcome=problem.rows["exposed"]))
    with pytest.raises(ValueError, match="separation"):
        wald_test(failed.fit, np.eye(8)[:1])
