"""Row-level fits equal statsmodels' own formulas, and degenerate ones say why they have no numbers."""

import warnings

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf

from cit_platform.inference.design import Design, Term, design_matrix
from cit_platform.inference.fit import Fit
from cit_platform.inference.row_level import fit_rows, newton
from cit_platform_tests.inference.tables import AGE, EXPOSED, KIND, PLACE, random_table

TERMS = (EXPOSED, AGE, PLACE, KIND)
FORMULA = "outcome ~ exposed + age + C(place, Treatment('north')) + C(kind, Treatment('a'))"
NEWTON = {"method": "newton", "tol": 1e-12, "maxiter": 50, "disp": 0}


def fitted(table: pd.DataFrame, outcomes: tuple[str, ...], clusters: np.ndarray | None = None) -> Fit:
    return fit_rows(design_matrix(table, TERMS), table["outcome"].to_numpy(), outcomes, clusters)


@pytest.mark.parametrize("clustered", [False, True])
def test_logit_equals_statsmodels_formula(clustered: bool) -> None:
    table = random_table(10, 2000, 2)
    groups = table["cluster"].to_numpy()
    options = {"cov_type": "cluster", "cov_kwds": {"groups": groups}} if clustered else {}
    peer = smf.logit(FORMULA, table).fit(**NEWTON, **options)
    fit = fitted(table, ("none", "force"), groups if clustered else None)
    position = [peer.model.exog_names.index(name) for name in _formula_names()]
    np.testing.assert_allclose(fit.coefficients[:, 0], peer.params.to_numpy()[position], rtol=1e-8)
    np.testing.assert_allclose(fit.std_errors[:, 0], peer.bse.to_numpy()[position], rtol=1e-8)
    assert fit.log_likelihood == pytest.approx(peer.llf, rel=1e-12)
    assert (fit.converged, fit.verdict, fit.n_rows) == (True, None, 2000)
    assert fit.n_clusters == (table["cluster"].nunique() if clustered else None)


@pytest.mark.parametrize("clustered", [False, True])
def test_multinomial_equals_statsmodels_formula(clustered: bool) -> None:
    table = random_table(11, 2000, 4)
    groups = table["cluster"].to_numpy()
    options = {"cov_type": "cluster", "cov_kwds": {"groups": groups}} if clustered else {}
    peer = smf.mnlogit(FORMULA, table).fit(**NEWTON, **options)
    fit = fitted(table, ("a", "b", "c", "d"), groups if clustered else None)
    position = [peer.model.exog_names.index(name) for name in _formula_names()]
    np.testing.assert_allclose(fit.coefficients, peer.params.to_numpy()[position], rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(fit.std_errors, np.asarray(peer.bse)[position], rtol=1e-8)


@pytest.mark.parametrize("n_outcomes", [2, 4])
@pytest.mark.parametrize("decimals", [1, 2, 15])
def test_the_start_does_not_choose_the_maximum(n_outcomes: int, decimals: int) -> None:
    table = random_table(13, 2000, n_outcomes)
    design, outcome, names = design_matrix(table, TERMS), table["outcome"].to_numpy(), ("a", "b", "c", "d")[:n_outcomes]
    cold = fit_rows(design, outcome, names)
    warm = fit_rows(design, outcome, names, start=cold.coefficients.round(decimals))
    assert (warm.verdict, cold.verdict) == (None, None)
    np.testing.assert_allclose(warm.coefficients, cold.coefficients, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(warm.covariance, cold.covariance, rtol=1e-7, atol=1e-12)


def test_cluster_covariance_equals_the_sum_of_cluster_scores() -> None:
    table = random_table(12, 1500, 2)
    fit = fitted(table, ("none", "force"), table["cluster"].to_numpy())
    matrix = design_matrix(table, TERMS).matrix
    probability = 1 / (1 + np.exp(-matrix @ fit.coefficients[:, 0]))
    scores = matrix * (table["outcome"].to_numpy() - probability)[:, None]
    sums = pd.DataFrame(scores).groupby(table["cluster"]).sum().to_numpy()
    bread = np.linalg.inv(matrix.T @ (matrix * (probability * (1 - probability))[:, None]))
    g, n, k = len(sums), *matrix.shape
    expected = bread @ sums.T @ sums @ bread * g / (g - 1) * (n - 1) / (n - k)
    np.testing.assert_allclose(fit.covariance, expected, rtol=1e-8, atol=1e-12)


def test_published_logit_of_spector_and_mazzeo() -> None:
    """Greene (2003), Econometric Analysis, 5th ed., Table 21.1: logit of GRADE on GPA, TUCE and PSI."""
    data = sm.datasets.spector.load_pandas().data
    terms = (Term("GPA", "number"), Term("TUCE", "number"), Term("PSI", "indicator"))
    fit = fit_rows(design_matrix(data, terms), data["GRADE"].to_numpy().astype(int), ("no", "yes"))
    assert fit.coefficients[:, 0].round(3).tolist() == [-13.021, 2.826, 0.095, 2.379]
    assert fit.std_errors[:, 0].round(3).tolist() == [4.931, 1.263, 0.142, 1.065]
    assert round(fit.log_likelihood, 4) == -12.8896


@pytest.mark.parametrize("n_outcomes", [2, 3])
@pytest.mark.filterwarnings("error", "ignore::ResourceWarning")
def test_separation_inside_the_model_is_named_and_no_warning_escapes(n_outcomes: int) -> None:
    table = random_table(14, 800, n_outcomes)
    table.loc[(table["kind"] == "b") | (table["place"] == "west"), "outcome"] = 0
    fit = fitted(table, ("none", "force", "more")[:n_outcomes])
    assert not fit.converged
    assert "separation" in str(fit.verdict)
    assert "kind b (force)" in str(fit.verdict) or "place west (force)" in str(fit.verdict)
    assert np.isnan(fit.coefficients).all()
    assert np.isnan(fit.covariance).all()


@pytest.mark.filterwarnings("error", "ignore::ResourceWarning")
def test_complete_separation_by_a_number_is_named() -> None:
    table = random_table(15, 300, 2)
    fit = fitted(table.assign(outcome=(table["age"] > 20).astype(int)), ("none", "force"))
    assert not fit.converged
    assert "separation" in str(fit.verdict)
    assert np.isnan(fit.coefficients).all()


def test_one_cluster_and_few_clusters_have_no_covariance() -> None:
    table = random_table(16, 500, 2)
    one = fitted(table, ("none", "force"), np.zeros(500, dtype=np.int64))
    assert str(one.verdict) == "too few clusters: one cluster for 8 coefficients, so there is no clustered covariance"
    few = fitted(table, ("none", "force"), np.arange(500) % 8)
    assert str(few.verdict).startswith("too few clusters: 8 clusters for 8 coefficients")
    assert not few.converged


def test_a_file_left_open_elsewhere_says_nothing_about_the_fit() -> None:
    class Model:
        def fit(self, **_: object) -> str:
            warnings.warn("unclosed file", ResourceWarning, stacklevel=1)
            warnings.warn("overflow", RuntimeWarning, stacklevel=1)
            return "results"

    assert newton(Model(), {}) == ("results", ["overflow"])


def test_shapes_must_match() -> None:
    with pytest.raises(ValueError, match="outcome has shape"):
        fit_rows(Design((), np.ones((3, 0))), np.array([0, 1]), ("a", "b"))


def _formula_names() -> list[str]:
    place, kind = "C(place, Treatment('north'))", "C(kind, Treatment('a'))"
    factors = [f"{place}[T.south]", f"{place}[T.west]", *(f"{kind}[T.{level}]" for level in "bcd")]
    return ["Intercept", "exposed", "age", *factors]
