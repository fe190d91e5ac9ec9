"""The difference of prognostic scores: by hand, against the officer bootstrap, and on cities whose truth is known."""

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm

from cit_platform.inference.cross_fitting import FOLDS, CrossFit, cross_fit
from cit_platform.inference.prognostic_score import prognostic_difference
from cit_platform_tests.inference.selection_city import City, city


def test_the_estimate_is_the_coefficient_of_a_regression_on_the_group_the_strata_and_the_folds() -> None:
    town = city(1)
    score = town.score()
    risk = score.of_rows(town.pattern, town.officer)
    dummies = (town.stratum[:, None] == np.arange(6)).astype(float)
    folds = (score.fold[town.officer][:, None] == np.arange(1, FOLDS)).astype(float)
    peer = sm.OLS(risk, np.column_stack([town.certified, dummies, folds])).fit()
    assert float(prognostic_difference(score, town.rows).estimate) == pytest.approx(peer.params[0], rel=1e-10)


def test_the_standard_error_is_that_of_an_officer_bootstrap_through_both_steps() -> None:
    town = city(2, officers=80, contacts=4_000, calls=1.8)
    found = prognostic_difference(town.score(), town.rows)
    drawn = [resampled(town, seed) for seed in range(200)]
    # The standard error of a standard deviation of 200 draws is a twentieth of it.
    assert float(found.std_error) == pytest.approx(np.std(drawn, ddof=1), rel=0.15)


def test_the_first_step_is_part_of_the_standard_error() -> None:
    town = city(2, officers=80, contacts=4_000, calls=3.0)
    whole = float(prognostic_difference(town.score(), town.rows).std_error)
    assert whole > 1.05 * _without_first_step(town.score(), town)


def _without_first_step(score: CrossFit, town: City) -> float:
    class Known(CrossFit):
        def influence(self, slopes: np.ndarray) -> np.ndarray:
            return np.zeros(len(self.fold))

    fixed = Known(score.design, score.cells, score.fold, score.probability)
    return float(prognostic_difference(fixed, town.rows).std_error)


def resampled(town: City, seed: int) -> float:
    """The estimate with officers drawn with replacement, each draw an officer in the fold of the one drawn."""
    draw = np.random.default_rng([seed, 7])
    n_officers = int(town.officer.max()) + 1
    chosen = np.bincount(draw.integers(0, n_officers, n_officers), minlength=n_officers).astype(float)
    weight, others = chosen[town.officer], town.certified == 0
    cells = town.cells(town.force, others)
    cells = replace(cells, counts=cells.counts * weight[others][:, None])
    score = cross_fit(town.design, cells, np.arange(n_officers) % FOLDS)
    assert isinstance(score, CrossFit)
    return float(prognostic_difference(score, replace(town.rows, n=weight)).estimate)


def test_without_selection_it_is_about_zero_within_strata_and_not_across_them() -> None:
    found = [estimates(city(seed)) for seed in range(12)]
    within, across = np.mean(found, axis=0)
    error = np.std(found, axis=0, ddof=1) / np.sqrt(12)
    assert abs(within) < 3 * error[0]
    assert across > 3 * error[1]


def estimates(town: City) -> tuple[float, float]:
    score, rows = town.score(), town.rows
    one = replace(rows, stratum=np.zeros_like(rows.stratum))
    return float(prognostic_difference(score, rows).estimate), float(prognostic_difference(score, one).estimate)


def test_selection_of_calls_is_found_at_its_size() -> None:
    towns = [city(seed, calls=1.8) for seed in range(12)]
    found = [float(prognostic_difference(town.score(), town.rows).estimate) for town in towns]
    truth = np.mean([true_difference(town) for town in towns])
    assert truth > 0.005
    assert np.mean(found) == pytest.approx(truth, abs=3 * np.std(found, ddof=1) / np.sqrt(12))


def true_difference(town: City) -> float:
    """The coefficient of certification in a regression of the true risk on it and the strata."""
    means = [np.bincount(town.stratum, values) / np.bincount(town.stratum) for values in (town.certified, town.risk)]
    left = town.certified - means[0][town.stratum]
    return float(left @ town.risk / (left @ left))


def test_selection_on_what_is_not_recorded_is_not_seen() -> None:
    found = [float(prognostic_difference(town.score(), town.rows).estimate) for town in map(hidden_city, range(12))]
    truth = np.mean([true_difference(hidden_city(seed)) for seed in range(12)])
    assert truth > 0.005
    assert abs(np.mean(found)) < 0.3 * truth


def hidden_city(seed: int) -> City:
    return city(seed, hidden=1.8)


def test_strata_of_one_group_alone_are_refused() -> None:
    town = city(3)
    rows = replace(town.rows, stratum=town.certified.astype(np.int64))
    with pytest.raises(ValueError, match="both groups"):
        prognostic_difference(town.score(), rows)
