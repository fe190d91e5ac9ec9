"""Cross-fitted risks are those of statsmodels without the fold, and a level without events has a finite one."""

import numpy as np
import pytest
import statsmodels.api as sm

from cit_platform.inference.cross_fitting import FOLDS, CrossFit, cross_fit, folds_of
from cit_platform.inference.verdict import Kind, Verdict
from cit_platform_tests.inference.selection_city import city


def test_risks_are_those_of_statsmodels_on_the_other_folds_and_the_rows_of_the_prior() -> None:
    town = city(1)
    found, matrix, others = town.score(), town.design.matrix, town.certified == 0
    prior = np.vstack([np.eye(matrix.shape[1])[1:]] * 2)
    half = np.concatenate([np.ones(len(prior) // 2), np.zeros(len(prior) // 2)])
    for k in range(FOLDS):
        kept = others & (found.fold[town.officer] != k)
        rows, weights = np.vstack([matrix[town.pattern[kept]], prior]), np.ones(kept.sum() + len(prior))
        weights[kept.sum() :] = 0.5
        event = np.concatenate([town.force[kept], half])
        peer = sm.GLM(event, rows, family=sm.families.Binomial(), var_weights=weights).fit(tol=1e-13)
        assert found.probability[:, k] == pytest.approx(peer.predict(matrix), rel=1e-8)


def test_the_prediction_for_an_officer_does_not_move_with_the_officer_s_own_rows() -> None:
    town = city(2)
    one = int(town.officer[town.certified == 0][0])
    changed = np.where(town.officer == one, 1.0 - town.force, town.force)
    before, others = town.score(), town.certified == 0
    after = cross_fit(town.design, town.cells(changed, others), before.fold)
    assert isinstance(after, CrossFit)
    mine = town.officer == one
    both = [score.of_rows(town.pattern[mine], town.officer[mine]) for score in (before, after)]
    assert both[0] == pytest.approx(both[1], rel=1e-12)
    assert not np.allclose(before.probability, after.probability)


def test_a_level_without_events_has_a_finite_risk() -> None:
    town = city(3)
    quiet = np.where(town.violent == 1, 0.0, town.force)
    found = cross_fit(town.design, town.cells(quiet, town.certified == 0), folds_of(120))
    assert isinstance(found, CrossFit)
    assert 0 < found.probability[1::2].max() < found.probability[::2].min()


def test_without_any_event_there_is_a_verdict() -> None:
    town = city(4)
    found = cross_fit(town.design, town.cells(0 * town.force, town.certified == 0), folds_of(120))
    assert isinstance(found, Verdict)
    assert found.kind is Kind.SEPARATION
