"""Grouped Poisson regression is that of the rows: estimates and clustered errors of statsmodels and pyfixest."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from cit_platform.inference.poisson import (
    Cells,
    effective_clusters,
    fit_poisson,
    fit_with_effects,
    without_each_cluster,
)

OFFICERS = 40


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """Rows of 40 officers in a design of 24 patterns, the counts of an officer alike."""
    draw = np.random.default_rng(4)
    n = 3_000
    officer = draw.integers(0, OFFICERS, n)
    frame = pd.DataFrame(
        {
            "officer": officer,
            "x": draw.integers(0, 2, n),
            "year": draw.integers(0, 4, n),
            "kind": draw.integers(0, 3, n),
            "exposure": draw.uniform(0.2, 3.0, n).round(2),
        }
    )
    own = draw.normal(0, 0.5, OFFICERS)[officer]
    rate = np.exp(-1.5 + 0.4 * frame["x"] - 0.2 * frame["year"] + 0.3 * frame["kind"] + own)
    return frame.assign(y=draw.poisson(frame["exposure"] * rate))


def design(frame: pd.DataFrame) -> np.ndarray:
    columns = [np.ones(len(frame)), frame["x"] == 1]
    columns += [frame["year"] == year for year in (1, 2, 3)] + [frame["kind"] == kind for kind in (1, 2)]
    return np.column_stack(columns).astype(np.float64)


def grouped(frame: pd.DataFrame) -> tuple[np.ndarray, Cells]:
    patterns = frame.groupby(["x", "year", "kind"], as_index=False).size()
    number = {key: i for i, key in enumerate(patterns[["x", "year", "kind"]].itertuples(index=False, name=None))}
    pattern = np.array([number[key] for key in frame[["x", "year", "kind"]].itertuples(index=False, name=None)])
    cells = frame.assign(pattern=pattern).groupby(["officer", "pattern"], as_index=False)[["y", "exposure"]].sum()
    found = [cells[name].to_numpy() for name in ("pattern", "officer")]
    return design(patterns), Cells(*found, *(cells[name].to_numpy(np.float64) for name in ("y", "exposure")))


def test_estimates_and_clustered_errors_are_those_of_statsmodels_on_the_rows(rows: pd.DataFrame) -> None:
    matrix, cells = grouped(rows)
    fit = fit_poisson(matrix, cells)
    model = sm.GLM(rows["y"], design(rows), family=sm.families.Poisson(), exposure=rows["exposure"])
    theirs = model.fit(
        tol=1e-13, maxiter=100, cov_type="cluster", cov_kwds={"groups": rows["officer"], "use_correction": False}
    )
    assert fit.converged
    np.testing.assert_allclose(fit.coefficients, theirs.params, rtol=1e-8)
    covariance = np.asarray(theirs.cov_params()) * OFFICERS / (OFFICERS - 1)
    np.testing.assert_allclose(fit.covariance(np.eye(7)), covariance, rtol=1e-8)
    np.testing.assert_allclose(np.linalg.inv(fit.information), np.asarray(model.fit(tol=1e-13).cov_params()), rtol=1e-8)


def test_effects_of_clusters_are_those_of_statsmodels_with_a_dummy_each(rows: pd.DataFrame) -> None:
    cells = Cells(*(rows[name].to_numpy() for name in ("x", "officer")), *_counts(rows))
    fit = fit_with_effects(design(rows)[:, 1:], cells)
    dummies = pd.get_dummies(rows["officer"]).to_numpy(np.float64)
    model = sm.GLM(
        rows["y"], np.hstack([design(rows)[:, 1:], dummies]), sm.families.Poisson(), exposure=rows["exposure"]
    )
    theirs = model.fit(
        tol=1e-13, maxiter=100, cov_type="cluster", cov_kwds={"groups": rows["officer"], "use_correction": False}
    )
    np.testing.assert_allclose(fit.coefficients, theirs.params[:6], rtol=1e-8)
    covariance = np.asarray(theirs.cov_params())[:6, :6] * OFFICERS / (OFFICERS - 1)
    np.testing.assert_allclose(fit.covariance(np.eye(6)), covariance, rtol=1e-8)


def _counts(rows: pd.DataFrame) -> list[np.ndarray]:
    return [rows[name].to_numpy(np.float64) for name in ("y", "exposure")]


# pyfixest 0.60.0: fepois(formula, vcov={"CRV1": "unit"}, ssc=ssc(k_adj=False, G_adj=True), fixef_tol=1e-12,
# iwls_tol=1e-13) of the rows below; coefficient of x and its error.
PYFIXEST = {
    "y ~ x | unit + year": (0.2129093357919862, 0.05691399420856904),
    "y ~ x | year": (0.2419311321703486, 0.06498872124808466),
}


def test_both_are_those_of_pyfixest() -> None:
    draw = np.random.default_rng(8)
    n = 900
    unit, year, x = draw.integers(0, 30, n), draw.integers(0, 5, n), draw.integers(0, 2, n)
    y = draw.poisson(np.exp(-0.2 + 0.3 * x + draw.normal(0, 0.4, 30)[unit]))
    matrix = np.column_stack([np.ones(n), x, *(year == level for level in range(1, 5))]).astype(np.float64)
    cells = Cells(np.arange(n), unit, y.astype(np.float64), np.ones(n))
    within, pooled = fit_with_effects(matrix[:, 1:], cells), fit_poisson(matrix, cells)
    ours = {
        "y ~ x | unit + year": (within.coefficients[0], within.covariance(np.eye(1, 5))[0, 0] ** 0.5),
        "y ~ x | year": (pooled.coefficients[1], pooled.covariance(np.eye(6)[[1]])[0, 0] ** 0.5),
    }
    for formula, theirs in PYFIXEST.items():
        np.testing.assert_allclose(ours[formula], theirs, rtol=0, atol=1e-8)


def test_leaving_out_a_cluster_is_nearly_a_refit(rows: pd.DataFrame) -> None:
    matrix, cells = grouped(rows)
    fit = fit_poisson(matrix, cells)
    without = without_each_cluster(fit, matrix, cells)
    for officer in (0, 17, 39):
        kept = cells.cluster != officer
        refit = fit_poisson(matrix, Cells(*(column[kept] for column in vars(cells).values())))
        shift = np.abs(refit.coefficients - fit.coefficients).max()
        assert np.abs(without[officer] - refit.coefficients).max() < 0.1 * shift


def test_effective_clusters_are_the_clusters_where_all_are_alike() -> None:
    cells = Cells(np.tile([0, 1], 10), np.repeat(np.arange(10), 2), np.full(20, 3.0), np.ones(20))
    matrix = np.array([[1.0, 0.0], [1.0, 1.0]])
    fit = fit_poisson(matrix, cells)
    np.testing.assert_allclose(effective_clusters(fit, matrix, cells, np.eye(2)), [10.0, 10.0])


def test_what_is_not_identified_is_said_and_the_rest_stays() -> None:
    cells = Cells(np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1]), np.array([3.0, 5.0, 2.0, 6.0]), np.ones(4))
    twice = np.array([[1.0, 0.0, 0.0], [1.0, 1.0, 1.0]])
    fit = fit_poisson(twice, cells)
    assert fit.converged
    assert not fit.identifies(np.array([[0.0, 1.0, 0.0]]))
    assert fit.identifies(np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]]))
    np.testing.assert_allclose(fit.coefficients[1:].sum(), np.log(11 / 5))


def test_no_events_are_refused() -> None:
    cells = Cells(np.zeros(2, dtype=np.int64), np.arange(2), np.zeros(2), np.ones(2))
    with pytest.raises(ValueError, match="needs events"):
        fit_poisson(np.ones((1, 1)), cells)
    with pytest.raises(ValueError, match="needs events"):
        fit_with_effects(np.ones((2, 1)), cells)
