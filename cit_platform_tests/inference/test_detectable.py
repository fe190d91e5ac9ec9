"""Smallest detectable ratios, each side by simulation; about the same with many events, none below with few."""

import numpy as np
import pytest

from cit_platform.inference.counts import fit_counts
from cit_platform.inference.design import Design, DesignColumn
from cit_platform.inference.detectable import detectable_ratios
from cit_platform.inference.diagnosis import MINIMUM_EVENTS
from cit_platform.inference.fit import Fit
from cit_platform_tests.inference.clustered_tables import clustered_table, fitted

DESIGN = Design((DesignColumn("intercept"), DesignColumn("exposed")), np.array([[1.0, 0.0], [1.0, 1.0]]))


def two_arms(n: int, risk: float, odds_ratio: float = 1.0) -> tuple[Fit, np.ndarray]:
    """Two arms of n / 2 rows as they are expected."""
    exposed = risk * odds_ratio / (1 - risk + risk * odds_ratio)
    counts = np.array([[n / 2 * (1 - p), n / 2 * p] for p in (risk, exposed)])
    return fit_counts(DESIGN, counts, ("none", "force")), counts.sum(axis=1)


def found_in(n: int, risk: float, odds_ratio: float) -> float:
    """Share of 20,000 studies whose two-sided 5 % test finds an odds ratio; fewer than five events are refused."""
    draw, m = np.random.default_rng(5), n // 2
    exposed = risk * odds_ratio / (1 - risk + risk * odds_ratio)
    a, b = (draw.binomial(m, p, 20_000).astype(float) for p in (exposed, risk))
    judged = np.minimum(a, b) >= MINIMUM_EVENTS
    a, b = np.maximum(a, 1.0), np.maximum(b, 1.0)
    statistic = np.log(a / (m - a) / (b / (m - b))) / np.sqrt(1 / a + 1 / (m - a) + 1 / b + 1 / (m - b))
    return float(((np.abs(statistic) > 1.959964) & judged).mean())


@pytest.mark.parametrize("n", [6_000, 20_000, 86_000])
def test_both_sides_are_found_in_about_four_of_five_studies(n: int) -> None:
    """The rule of 2.8 standard errors of the estimate gave 68 and 90 % at 90 events, 76 and 84 % at 1,290."""
    ratios = detectable_ratios(two_arms(n, 0.015)[0], DESIGN, two_arms(n, 0.015)[1], "exposed")
    for ratio in (ratios.above[1, 0], ratios.below[1, 0]):
        assert found_in(n, 0.015, float(ratio)) == pytest.approx(0.80, abs=0.03)
    assert np.isnan([ratios.above[0, 0], ratios.below[0, 0]]).all()


def test_what_is_estimated_moves_neither_side() -> None:
    """What could have been found does not depend on what was, but for the risk of the arm without exposure."""
    arms = [two_arms(20_000, 0.015, odds_ratio) for odds_ratio in (0.7, 1)]
    found = [detectable_ratios(fit, DESIGN, rows, "exposed") for fit, rows in arms]
    assert found[0].above[1, 0] == pytest.approx(found[1].above[1, 0], rel=1e-6)
    assert found[0].below[1, 0] == pytest.approx(found[1].below[1, 0], rel=1e-6)


def test_with_few_events_nothing_below_one_would_be_found() -> None:
    fit, rows = two_arms(2_000, 0.015)
    ratios = detectable_ratios(fit, DESIGN, rows, "exposed")
    assert np.isnan(ratios.below[1, 0])
    assert max(found_in(2_000, 0.015, ratio) for ratio in np.linspace(0.05, 0.95, 19)) < 0.8
    assert found_in(2_000, 0.015, float(ratios.above[1, 0])) == pytest.approx(0.80, abs=0.05)


@pytest.mark.parametrize("n_outcomes", [2, 3])
def test_with_many_events_both_sides_are_two_point_eight_standard_errors(n_outcomes: int) -> None:
    problem = fitted(clustered_table(120, 30_000, n_outcomes), n_outcomes)
    rows = problem.cells.pattern_counts(len(problem.design.matrix)).sum(1)
    for term in {column.term for column in problem.design.columns} - {"intercept"}:
        ratios, asked = detectable_ratios(problem.fit, problem.design, rows, term), problem.design.positions(term)
        expected = 2.801585 * problem.fit.std_errors[asked]
        np.testing.assert_allclose(np.log(ratios.above[asked]), expected, rtol=0.2)
        np.testing.assert_allclose(-np.log(ratios.below[asked]), expected, rtol=0.2)
        others = np.setdiff1d(np.arange(len(problem.design.columns)), asked)
        assert np.isnan(ratios.above[others]).all()


def test_a_fit_without_numbers_is_refused() -> None:
    fit = fit_counts(DESIGN, np.array([[10.0, 0.0], [10.0, 5.0]]), ("none", "force"))
    with pytest.raises(ValueError, match="could have found nothing"):
        detectable_ratios(fit, DESIGN, np.array([10.0, 15.0]), "exposed")
