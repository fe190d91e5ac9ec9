"""Likelihood-ratio tests against a published example, and the refusal of models that are not nested."""

import pytest
import statsmodels.api as sm

from cit_platform.inference.design import Term, design_matrix
from cit_platform.inference.likelihood_ratio import likelihood_ratio_test
from cit_platform.inference.row_level import fit_rows


def test_published_test_of_spector_and_mazzeo() -> None:
    """Greene (2003): all three slopes of the logit of GRADE; statsmodels prints LR 15.404, p 0.001502."""
    data = sm.datasets.spector.load_pandas().data
    outcome = data["GRADE"].to_numpy().astype(int)
    design = design_matrix(data, tuple(Term(name, "number") for name in ("GPA", "TUCE", "PSI")))
    full = fit_rows(design, outcome, ("no", "yes"))
    empty = fit_rows(design.without([1, 2, 3]), outcome, ("no", "yes"))
    test = likelihood_ratio_test(full.log_likelihood, empty.log_likelihood, 3)
    assert (round(test.chi2, 3), round(test.p_value, 6), test.df) == (15.404, 0.001502, 3)
    assert test.chi2_per_df == pytest.approx(test.chi2 / 3)


def test_rounding_below_zero_is_zero() -> None:
    assert likelihood_ratio_test(-1000.0 - 1e-9, -1000.0, 1).chi2 == 0.0


def test_models_that_are_not_nested_are_refused() -> None:
    with pytest.raises(ValueError, match="not nested"):
        likelihood_ratio_test(-1000.0, -990.0, 1)
    with pytest.raises(ValueError, match="at least one coefficient"):
        likelihood_ratio_test(-990.0, -1000.0, 0)
