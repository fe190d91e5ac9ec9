"""The mixed logit is what Laplace's approximation says cluster by cluster, and close to the integral it stands for."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.polynomial.hermite_e import hermegauss
from scipy.optimize import minimize, minimize_scalar
from scipy.special import logsumexp

from cit_platform.inference import mixed as mixed_logit
from cit_platform.inference.counts import fit_counts
from cit_platform.inference.design import Design, Term, design_matrix, design_of, predictors_of
from cit_platform.inference.mixed import MixedFit, fit_mixed
from cit_platform.inference.patterns import Cells, group_cells, group_rows
from cit_platform_tests.inference.tables import AGE, EXPOSED

TERMS = (EXPOSED, AGE)
NAMES = ("none", "force")


def city(seed: int, n_clusters: int, n: int, sd: float, intercept: float = -1.0) -> pd.DataFrame:
    """Rows whose log odds are intercept + 0.5 exposed + 0.02 age + a normal intercept of their cluster."""
    draw = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "exposed": draw.integers(0, 2, n),
            "age": draw.integers(0, 40, n),
            "cluster": draw.integers(0, n_clusters, n),
        }
    )
    own = sd * draw.standard_normal(n_clusters)
    predictor = intercept + 0.5 * table["exposed"] + 0.02 * table["age"] + own[table["cluster"]]
    return table.assign(outcome=(draw.random(n) < 1 / (1 + np.exp(-predictor))).astype(np.int64))


def problem(table: pd.DataFrame, terms: tuple[Term, ...] = TERMS) -> tuple[Design, Cells]:
    outcome = table["outcome"].to_numpy()
    patterns = group_rows(predictors_of(table, terms), outcome, 2)
    cells = group_cells(patterns.row_pattern, table["cluster"].to_numpy(), outcome, 2)
    return design_of(patterns.predictors, terms), cells


def fitted(table: pd.DataFrame) -> MixedFit:
    return fit_mixed(*problem(table), NAMES)


def row_heights(table: pd.DataFrame, parameters: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Fixed part of the predictor and outcome of the rows of each cluster."""
    fixed = design_matrix(table, TERMS).matrix @ parameters[:-1]
    outcome = table["outcome"].to_numpy()
    return [(fixed[rows], outcome[rows]) for rows in table.groupby("cluster").indices.values()]


def joint(u: float | np.ndarray, fixed: np.ndarray, outcome: np.ndarray, sd: float) -> np.ndarray:
    """Log density of a cluster's outcomes and its standardised intercept, without the normal's constant."""
    predictor = fixed + sd * np.atleast_1d(u)[:, None]
    return (outcome * predictor - np.logaddexp(0, predictor)).sum(axis=1) - np.atleast_1d(u) ** 2 / 2


def laplace_by_definition(table: pd.DataFrame, parameters: np.ndarray) -> float:
    """Height at the mode minus half the log of the curvature there, the mode found and the curvature taken by hand."""
    sd, total = float(parameters[-1]), 0.0
    for fixed, outcome in row_heights(table, parameters):
        mode = minimize_scalar(
            lambda u, f=fixed, y=outcome: -joint(u, f, y, sd)[0], bracket=(-1, 1), options={"xtol": 1e-10}
        ).x
        probability = 1 / (1 + np.exp(-(fixed + sd * mode)))
        curvature = 1 + sd**2 * (probability * (1 - probability)).sum()
        total += joint(mode, fixed, outcome, sd)[0] - np.log(curvature) / 2
    return float(total)


def integral(table: pd.DataFrame, parameters: np.ndarray) -> float:
    """The likelihood that Laplace approximates, by 80 quadrature points per cluster."""
    points, weights = hermegauss(80)
    log_weights = np.log(weights / np.sqrt(2 * np.pi)) + points**2 / 2
    sd = float(parameters[-1])
    return float(sum(logsumexp(joint(points, f, y, sd) + log_weights) for f, y in row_heights(table, parameters)))


def parameters_of(mixed: MixedFit) -> np.ndarray:
    return np.append(mixed.fit.coefficients[:, 0], mixed.sd)


def test_likelihood_peak_and_covariance_by_definition() -> None:
    table = city(1, 8, 200, 0.8)
    mixed = fitted(table)
    peak = parameters_of(mixed)
    assert mixed.fit.log_likelihood == pytest.approx(laplace_by_definition(table, peak), abs=1e-7)
    steps = np.diag(0.02 * np.sqrt(np.diag(mixed.covariance)))
    curvature = np.empty((4, 4))
    for i, a in enumerate(steps):
        assert laplace_by_definition(table, peak + a) < mixed.fit.log_likelihood
        assert laplace_by_definition(table, peak - a) < mixed.fit.log_likelihood
        for j, b in enumerate(steps):
            corners = [laplace_by_definition(table, peak + s * a + t * b) * s * t for s in (1, -1) for t in (1, -1)]
            curvature[i, j] = -sum(corners) / (4 * a.sum() * b.sum())
    errors = np.sqrt(np.diag(mixed.covariance))
    np.testing.assert_allclose(
        np.linalg.inv(curvature) / np.outer(errors, errors), mixed.covariance / np.outer(errors, errors), atol=2e-3
    )
    np.testing.assert_array_equal(mixed.fit.covariance, mixed.covariance[:-1, :-1])
    assert mixed.sd_std_error == pytest.approx(errors[-1])
    # Flat at the peak, in log-likelihood per standard error.
    for step in np.diag(0.002 * errors):
        rise = laplace_by_definition(table, peak + step) - laplace_by_definition(table, peak - step)
        assert abs(rise / 0.004) < 3e-6


def test_limits_of_the_standard_deviation_lie_where_the_likelihood_has_fallen() -> None:
    table = city(1, 8, 200, 0.8)
    mixed = fitted(table)
    for limit in (mixed.sd_low, mixed.sd_high):
        errors = mixed.fit.std_errors[:, 0]
        held = minimize(
            lambda x, sd=limit, e=errors: -laplace_by_definition(table, np.append(x * e, sd)),
            mixed.fit.coefficients[:, 0] / errors,
            method="Nelder-Mead",
            options={"xatol": 1e-2, "fatol": 1e-5},
        )
        assert 2 * (mixed.fit.log_likelihood + held.fun) == pytest.approx(3.8414588, abs=1e-3)


def test_close_to_the_integral_where_clusters_are_large() -> None:
    table = city(2, 12, 1200, 0.7)
    mixed = fitted(table)
    exact = minimize(lambda x: -integral(table, x), parameters_of(mixed), method="Nelder-Mead", options={"xatol": 1e-4})
    np.testing.assert_allclose(parameters_of(mixed), exact.x, atol=0.01)
    assert mixed.fit.log_likelihood == pytest.approx(integral(table, parameters_of(mixed)), abs=0.1)


def test_known_truth_is_recovered() -> None:
    mixed = fitted(city(3, 300, 15_000, 0.5))
    for position, truth in enumerate([-1.0, 0.5, 0.02]):
        assert abs(mixed.fit.coefficients[position, 0] - truth) < 3.5 * mixed.fit.std_errors[position, 0]
    assert mixed.sd_low < 0.5 < mixed.sd_high
    assert (mixed.fit.converged, mixed.fit.n_rows, mixed.fit.n_clusters) == (True, 15_000, 300)


def test_conditional_odds_ratios_are_larger_and_their_errors_wider_than_plain_ones() -> None:
    table = city(4, 60, 6000, 1.5)
    table["exposed"] = (table["cluster"] % 2).to_numpy()
    design, cells = problem(table)
    mixed = fit_mixed(design, cells, NAMES)
    plain = fit_counts(design, cells.pattern_counts(len(design.matrix)), NAMES)
    assert mixed.fit.std_errors[1, 0] > 3 * plain.std_errors[1, 0]
    assert mixed.fit.log_likelihood > plain.log_likelihood + 100
    assert abs(mixed.fit.coefficients[2, 0]) > abs(plain.coefficients[2, 0])


def test_without_variation_it_is_the_plain_fit_and_says_so() -> None:
    table = city(5, 40, 4000, 0.0)
    # Dealt out in the order of the outcome, clusters differ less than chance would have them.
    order = np.lexsort(table[["age", "exposed", "outcome"]].to_numpy().T)
    table.loc[order, "cluster"] = np.arange(4000) % 40
    design, cells = problem(table)
    mixed = fit_mixed(design, cells, NAMES)
    plain = fit_counts(design, cells.pattern_counts(len(design.matrix)), NAMES)
    assert (mixed.at_boundary, mixed.sd, mixed.sd_low, mixed.fit.verdict) == (True, 0.0, 0.0, "")
    assert np.isnan(mixed.sd_std_error)
    assert 0.0 < mixed.sd_high < 0.2
    np.testing.assert_array_equal(mixed.fit.coefficients, plain.coefficients)
    np.testing.assert_array_equal(mixed.fit.covariance, plain.covariance)
    assert mixed.fit.n_clusters == 40


def test_the_sign_at_which_the_search_arrives_does_not_matter() -> None:
    """In this table it crosses zero: the likelihood is the same on both sides."""
    mixed = fitted(city(296, 6, 400, 0.2, intercept=-2.0))
    assert mixed.sd == pytest.approx(0.1264, abs=1e-3)
    assert mixed.sd_low == 0.0 < mixed.sd < mixed.sd_high < 1.0


def test_order_of_cells_split_cells_and_names_of_clusters_change_nothing() -> None:
    design, cells = problem(city(6, 20, 800, 0.6))
    draw = np.random.default_rng(7)
    part = np.floor(cells.counts / 2)
    order = draw.permutation(2 * len(cells.pattern))
    names = draw.permutation(500)[:20]
    shuffled = Cells(
        pattern=np.tile(cells.pattern, 2)[order],
        counts=np.vstack([part, cells.counts - part])[order],
        clusters=names[np.tile(cells.clusters, (2, 1))[order]],
    )
    once, again = fit_mixed(design, cells, NAMES), fit_mixed(design, shuffled, NAMES)
    np.testing.assert_allclose(parameters_of(again), parameters_of(once), rtol=1e-6)
    np.testing.assert_allclose(again.covariance, once.covariance, rtol=1e-4, atol=1e-8)
    assert again.fit.n_clusters == 20


def test_second_clustering_is_used_when_asked_for() -> None:
    design, cells = problem(city(8, 30, 1500, 0.9))
    both = replace(cells, clusters=np.column_stack([np.zeros(len(cells.pattern), dtype=np.int64), cells.clusters]))
    assert fit_mixed(design, both, NAMES, clustering=1).sd == pytest.approx(fit_mixed(design, cells, NAMES).sd)
    assert fit_mixed(design, both, NAMES).fit.verdict.startswith("one cluster")


@pytest.mark.filterwarnings("error", "ignore::ResourceWarning")
def test_degenerate_tables_have_a_verdict_and_no_numbers() -> None:
    table = city(9, 10, 200, 0.5)
    own = table.assign(cluster=np.arange(200))
    rare = table.assign(outcome=(np.arange(200) < 6).astype(np.int64), cluster=np.arange(200) % 10)
    separated = table.assign(outcome=table["exposed"])
    told_by_cluster = table.assign(outcome=(table["cluster"] < 5).astype(np.int64))
    for broken, words in (
        (table.assign(cluster=0), "one cluster: how clusters vary cannot be estimated"),
        (own, "no cluster has two rows that are none"),
        (rare, "no cluster has two rows that are force"),
        (separated, "separation"),
        (table.assign(outcome=0), "no row has the outcome force"),
        (told_by_cluster, "no peak near the standard deviation"),
    ):
        mixed = fitted(broken)
        assert words in mixed.fit.verdict
        assert not mixed.fit.converged
        assert np.isnan(parameters_of(mixed)).all()
        assert np.isnan(mixed.covariance).all()


@pytest.mark.parametrize(
    ("limit", "words"),
    [("MAXIMUM_MODE_STEPS", "modes of the intercepts were not found"), ("MAXIMUM_NEWTON_STEPS", "in 0 Newton steps")],
)
def test_a_search_that_runs_out_of_steps_says_so(monkeypatch: pytest.MonkeyPatch, limit: str, words: str) -> None:
    monkeypatch.setattr(mixed_logit, limit, 0)
    mixed = fitted(city(9, 10, 200, 0.5))
    assert words in mixed.fit.verdict
    assert np.isnan(parameters_of(mixed)).all()


def test_what_does_not_belong_together_is_refused() -> None:
    design, cells = problem(city(10, 10, 200, 0.5))
    with pytest.raises(ValueError, match="two outcomes"):
        fit_mixed(design, cells, ("a", "b", "c"))
    for spoiled in (-1.0, np.nan):
        counts = cells.counts.copy()
        counts[0, 0] = spoiled
        with pytest.raises(ValueError, match="finite and not negative"):
            fit_mixed(design, replace(cells, counts=counts), NAMES)
    with pytest.raises(ValueError, match="shape"):
        fit_mixed(Design(design.columns, design.matrix[:5]), cells, NAMES)


@pytest.mark.filterwarnings("error", "ignore::ResourceWarning")
@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("sd", [0.0, 0.1, 0.3, 1.0, 4.0])
def test_rare_events_and_clusters_alike_or_wild_settle(sd: float, seed: int) -> None:
    """Also where the best standard deviation is nearly zero, and where the search arrives at it from below."""
    mixed = fitted(city(100 + seed, 30, 700, sd, intercept=-3.0))
    assert mixed.fit.verdict == ""
    assert 0 <= mixed.sd_low <= mixed.sd < mixed.sd_high < 3 * (mixed.sd + 0.5)
    assert mixed.at_boundary == (mixed.sd == 0)
    assert mixed.at_boundary or np.linalg.eigvalsh(mixed.covariance)[0] > 0
