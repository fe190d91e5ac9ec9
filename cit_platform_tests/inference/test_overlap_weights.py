"""Overlap weights balance exactly; the doubly robust difference is that of other implementations."""

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm

from cit_platform.inference.cross_fitting import FOLDS, CrossFit, cross_fit, folds_of
from cit_platform.inference.overlap_weights import (
    Arms,
    Balance,
    Nuisances,
    OverlapEffect,
    overlap_balance,
    overlap_difference,
    rows_with_both,
)
from cit_platform.inference.verdict import Kind, Verdict
from cit_platform_tests.inference.selection_city import City, city


def counts_of(town: City) -> np.ndarray:
    m = len(town.design.matrix)
    return np.column_stack([np.bincount(town.pattern, town.certified == arm, m) for arm in (0, 1)])


def effect_of(town: City) -> tuple[Nuisances, OverlapEffect]:
    fold, everyone = folds_of(int(town.officer.max()) + 1), np.ones(len(town.force), dtype=bool)
    fits = [
        cross_fit(town.design, town.cells(event, rows), fold)
        for event, rows in (
            (town.certified, everyone),
            (town.force, town.certified == 0),
            (town.force, town.certified == 1),
        )
    ]
    nuisances = Nuisances(*[fit for fit in fits if isinstance(fit, CrossFit)])
    arms = Arms(town.pattern, town.officer, town.certified, town.force, np.ones(len(town.force)))
    return nuisances, overlap_difference(nuisances, arms)


def test_weights_balance_every_column_exactly_and_equal_those_of_statsmodels() -> None:
    town = city(1, calls=2.0)
    found = overlap_balance(town.design, counts_of(town))
    assert isinstance(found, Balance)
    assert np.abs(found.before).max() > 0.2
    assert found.after == pytest.approx(np.zeros(len(found.after)), abs=1e-10)
    rows, arm = town.design.matrix[town.pattern], town.certified
    chance = sm.GLM(arm, rows, family=sm.families.Binomial()).fit(tol=1e-13).predict(rows)
    weight = np.where(arm == 1, 1 - chance, chance)
    kish = [weight[arm == a].sum() ** 2 / (weight[arm == a] ** 2).sum() for a in (0, 1)]
    assert found.effective == pytest.approx(kish, rel=1e-8)
    spread = np.sqrt((rows[arm == 1].var(axis=0) + rows[arm == 0].var(axis=0)) / 2)[1:]
    smd = (rows[arm == 1].mean(axis=0) - rows[arm == 0].mean(axis=0))[1:] / spread
    assert found.before[1:] == pytest.approx(smd, rel=1e-10)


def test_other_weights_do_not_balance_exactly() -> None:
    """Inverse probability weights of the same logit leave differences, so that the test above can fail."""
    town = city(1, calls=2.0)
    rows, arm = town.design.matrix[town.pattern], town.certified
    chance = sm.GLM(arm, rows, family=sm.families.Binomial()).fit().predict(rows)
    inverse = np.where(arm == 1, 1 / chance, 1 / (1 - chance))
    means = [np.average(rows[arm == a], axis=0, weights=inverse[arm == a]) for a in (0, 1)]
    assert np.abs(means[1] - means[0]).max() > 1e-5


def test_the_difference_equals_the_augmented_estimator_coded_apart_on_rows() -> None:
    """The efficient influence function term by term: weights h/e and h/(1 - e), and the part of the estimated h."""
    town = city(2, calls=1.8)
    arm, event, prior = town.certified, town.force, np.vstack([np.eye(7)[1:]] * 2)
    half = np.concatenate([np.ones(6), np.zeros(6)])
    rows, fold = town.design.matrix[town.pattern], town.officer % FOLDS
    predicted = np.empty((3, len(arm)))
    for k in range(FOLDS):
        for place, (what, kept) in enumerate(
            ((arm, np.ones(len(arm), dtype=bool)), (event, arm == 0), (event, arm == 1))
        ):
            used = kept & (fold != k)
            weights = np.concatenate([np.ones(used.sum()), np.full(12, 0.5)])
            model = sm.GLM(
                np.concatenate([what[used], half]),
                np.vstack([rows[used], prior]),
                family=sm.families.Binomial(),
                var_weights=weights,
            )
            predicted[place, fold == k] = model.fit(tol=1e-13).predict(rows[fold == k])
    e, m0, m1 = predicted
    h = e * (1 - e)
    known = h + (1 - 2 * e) * (arm - e)
    parts = arm * h / e * (event - m1) - (1 - arm) * h / (1 - e) * (event - m0) + known * (m1 - m0)
    estimate = parts.sum() / known.sum()
    influence = np.bincount(town.officer, parts - estimate * known) / known.sum()
    present = np.bincount(town.officer) > 0
    error = np.sqrt(present.sum() / (present.sum() - 1) * (influence**2).sum())
    _, found = effect_of(town)
    assert float(found.difference.estimate) == pytest.approx(estimate, rel=1e-7)
    assert float(found.difference.std_error) == pytest.approx(error, rel=1e-7)


def test_it_equals_doubleml_s_partialling_out_with_clusters() -> None:
    """Of DoubleML 0.11.4 (PLR, partialling out, one cluster variable, the same folds and predictions), run apart.

    Printed for `city(2, calls=1.8)`: see `benchmarks/studies/doubleml_peer.py`.
    """
    _, found = effect_of(city(2, calls=1.8))
    assert float(found.difference.estimate) == pytest.approx(PEER[0], rel=1e-6)
    # DoubleML has no factor G / (G - 1).
    assert float(found.difference.std_error) == pytest.approx(PEER[1] * np.sqrt(120 / 119), rel=1e-3)


PEER = (0.012072853232030776, 0.00903266631195568)


def test_without_selection_and_with_it_a_null_is_found() -> None:
    for calls in (1.0, 2.0):
        found = [float(effect_of(city(seed, calls=calls))[1].difference.estimate) for seed in range(10)]
        assert abs(np.mean(found)) < 3 * np.std(found, ddof=1) / np.sqrt(10)


def test_an_effect_is_found_at_its_size_where_one_of_the_two_models_is_wrong() -> None:
    """A city where force is 0.1 more frequent in certified officers' contacts; the outcome models are then spoiled."""
    found, spoiled = [], []
    for seed in range(10):
        town = city(seed, calls=2.5)
        extra = (town.certified == 1) & (np.random.default_rng([seed, 3]).random(len(town.force)) < 0.1)
        town = replace(town, force=np.maximum(town.force, extra.astype(float)))
        nuisances, whole = effect_of(town)
        constant = [
            CrossFit(fit.design, fit.cells, fit.fold, np.full_like(fit.probability, town.force.mean()))
            for fit in (nuisances.risk_0, nuisances.risk_1)
        ]
        arms = Arms(town.pattern, town.officer, town.certified, town.force, np.ones(len(town.force)))
        found.append(float(whole.difference.estimate))
        spoiled.append(float(overlap_difference(Nuisances(nuisances.propensity, *constant), arms).difference.estimate))
    truth = 0.1 * (1 - 0.09)
    for estimates in (found, spoiled):
        assert np.mean(estimates) == pytest.approx(truth, abs=0.015)


def test_levels_that_one_arm_alone_has_leave_again_and_again() -> None:
    first, second = np.array([0, 0, 1, 1, 2]), np.array([0, 1, 1, 2, 2])
    counts = np.array([[5, 5], [5, 5], [5, 0], [0, 5], [0, 5]])
    # Level 2 of the first factor leaves, then level 2 of the second has certified alone, then level 1 of the first.
    assert rows_with_both([first, second], counts).tolist() == [True, True, False, False, False]


def test_one_arm_alone_is_refused_or_has_a_verdict() -> None:
    town = city(3)
    counts = counts_of(town) * [1, 0]
    found = overlap_balance(town.design, counts)
    assert isinstance(found, Verdict)
    assert found.kind is Kind.OUTCOME_ABSENT
    nuisances, _ = effect_of(town)
    arms = Arms(town.pattern, town.officer, 0 * town.certified, town.force, np.ones(len(town.force)))
    with pytest.raises(ValueError, match="one arm"):
        overlap_difference(nuisances, arms)
