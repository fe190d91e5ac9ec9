"""The average by cohort and year is Wooldridge's, as statsmodels has it; its errors are those of leaving units out."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from cit_platform.inference.staggered import (
    NotEstimatedError,
    Staggered,
    average_effect,
    comparable,
    lead_ratios,
    trend_before,
    two_way,
)

UNITS, PERIODS = 90, 6


def rows_of(seed: int = 3, effect: float = -0.5, trend: float = 0.0, rate: float = 0.6) -> Staggered:
    """Units that begin in the third, fourth or fifth of six years, or in the year after, twelve months each."""
    draw = np.random.default_rng(seed)
    unit, month = np.repeat(np.arange(UNITS), 12 * PERIODS), np.tile(np.arange(12 * PERIODS), UNITS)
    begins = 12 * (2 + np.arange(UNITS) % 4) + draw.integers(0, 12, UNITS)
    cohort = begins // 12 - 2
    treated = month >= begins[unit]
    since = month - begins[unit]
    stratum = draw.integers(0, 3, UNITS)[unit] + (month > 40)
    log_rate = np.log(rate) + 0.1 * (month // 12) + 0.2 * cohort[unit] - 0.3 * (stratum == 2) + effect * treated
    log_rate = log_rate + trend * np.maximum(0.0, 2 + since / 12) + draw.normal(0, 0.3, UNITS)[unit]
    exposure = draw.uniform(0.5, 1.0, len(unit))
    return Staggered(
        unit=unit,
        cohort=cohort[unit],
        period=month // 12,
        stratum=stratum,
        treated=treated,
        months=since,
        begins=np.ones(len(unit), dtype=np.bool_),
        events=draw.poisson(exposure * np.exp(log_rate)).astype(np.float64),
        exposure=exposure,
    ).of(month < 12 * PERIODS - 12)


@pytest.fixture(scope="module")
def rows() -> Staggered:
    return rows_of()


def statsmodels_fit(rows: Staggered):  # type: ignore[no-untyped-def]
    """Wooldridge's regression of the single rows: dummies of cohort, year and stratum, and of treated cohort x year."""
    frame = pd.DataFrame({name: getattr(rows, name) for name in ("cohort", "period", "stratum")})
    dummies = [pd.get_dummies(frame[name], drop_first=True) for name in frame]
    plain = np.column_stack([np.ones(len(frame)), *dummies]).astype(np.float64)
    cell = np.where(rows.treated, 100 * rows.cohort + rows.period, -1)
    interacted = (cell[:, None] == np.unique(cell[cell >= 0])).astype(np.float64)
    model = sm.GLM(rows.events, np.hstack([plain, interacted]), family=sm.families.Poisson(), exposure=rows.exposure)
    robust = {"cov_type": "cluster", "cov_kwds": {"groups": rows.unit, "use_correction": False}}
    return plain, np.hstack([plain, interacted]), model.fit(tol=1e-13, maxiter=100, **robust)


def test_the_average_is_that_of_statsmodels_aggregated_by_the_delta_method(rows: Staggered) -> None:
    plain, whole, theirs = statsmodels_fit(rows)
    ratios, after, p = average_effect(rows), rows.treated, plain.shape[1]
    fitted = rows.exposure * np.exp(whole @ theirs.params)
    without = rows.exposure * np.exp(plain @ theirs.params[:p])
    np.testing.assert_allclose(ratios.observed, fitted[after].sum(), rtol=1e-8)
    np.testing.assert_allclose(ratios.expected, without[after].sum(), rtol=1e-8)
    gradient = fitted[after] @ whole[after] / fitted[after].sum()
    gradient[:p] -= without[after] @ plain[after] / without[after].sum()
    by_delta = float(np.sqrt(gradient @ theirs.cov_params() @ gradient))
    interval = ratios.contrast(np.ones(1))
    assert float(interval.std_error) == pytest.approx(by_delta, rel=0.1)
    assert float(interval.std_error) > by_delta


def test_the_average_is_that_of_pyfixest(rows: Staggered) -> None:
    """Of pyfixest 0.60.0, run apart: fepois("events ~ strata + cells | cohort + period", offset=log(exposure)).

    `cells` are indicators of treated cohort x year, `strata` of strata; observed and expected are the sums over treated
    rows of predict(type="response") with and without what the cells add, fixef_tol=1e-12, iwls_tol=1e-13.
    """
    ratios = average_effect(rows)
    assert float(ratios.observed[0]) == pytest.approx(512.0, rel=1e-9)
    assert float(ratios.expected[0]) == pytest.approx(948.7886996635, rel=1e-9)
    assert float(ratios.log_ratio[0]) == pytest.approx(-0.616861492998, abs=1e-10)


def test_its_error_is_that_of_leaving_out_each_unit_and_fitting_again(rows: Staggered) -> None:
    ratios = average_effect(rows)
    for unit in (0, 31, 89):
        refit = average_effect(rows.of(rows.unit != unit)).log_ratio[0]
        shift = refit - ratios.log_ratio[0]
        assert ratios.without[unit, 0] - ratios.log_ratio[0] == pytest.approx(shift, rel=0.15, abs=1e-4)


@pytest.mark.parametrize("effect", [-0.5, 0.0, 0.4])
def test_a_constant_ratio_is_found(effect: float) -> None:
    interval = average_effect(rows_of(seed=5, effect=effect, rate=3.0)).contrast(np.ones(1))
    assert abs(float(interval.estimate) - effect) < 3 * float(interval.std_error) < 0.5


def test_parts_add_up_to_the_whole(rows: Staggered) -> None:
    parts = average_effect(rows, np.minimum(np.maximum(rows.months, 0) // 12, 1))
    assert parts.observed.sum() == rows.events[rows.treated].sum()
    assert parts.log_ratio.shape == (2,)


def test_treated_cells_without_events_count_as_expected_and_not_seen(rows: Staggered) -> None:
    cell = rows.treated & (rows.cohort == 0) & (rows.period == 4)
    emptied = replace(rows, events=np.where(cell, 0.0, rows.events))
    kept, whole = average_effect(emptied), average_effect(rows)
    assert kept.observed[0] == rows.events[rows.treated & ~cell].sum()
    assert kept.expected[0] == pytest.approx(whole.expected[0], rel=0.02)


def test_a_trend_before_is_found_and_taken_out() -> None:
    rows = rows_of(seed=8, effect=0.0, trend=0.3, rate=5.0)
    slope = trend_before(rows).contrast(np.ones(1))
    assert abs(float(slope.estimate) - 0.3) < 3 * float(slope.std_error) < 0.3
    naive, adjusted = (average_effect(rows, trend=of).contrast(np.ones(1)) for of in (0.0, 0.3))
    assert float(naive.low) > 0
    assert abs(float(adjusted.estimate)) < 3 * float(adjusted.std_error)


def test_leads_are_nothing_where_nothing_happens_before() -> None:
    leads = lead_ratios(rows_of(seed=9, rate=3.0))
    for weights in np.eye(2):
        interval = leads.contrast(weights)
        assert abs(float(interval.estimate)) < 3 * float(interval.std_error)


def test_the_two_way_factor_is_that_of_a_dummy_per_unit(rows: Staggered) -> None:
    frame = pd.DataFrame({"unit": rows.unit, "period": rows.period, "stratum": rows.stratum})
    dummies = [pd.get_dummies(frame["unit"])]
    dummies += [pd.get_dummies(frame[name], drop_first=True) for name in ("period", "stratum")]
    matrix = np.column_stack([rows.treated, *dummies]).astype(np.float64)
    theirs = sm.GLM(rows.events, matrix, family=sm.families.Poisson(), exposure=rows.exposure).fit(tol=1e-13)
    np.testing.assert_allclose(two_way(rows).estimate, theirs.params[0], rtol=1e-8)


def test_years_without_comparison_leave_and_small_cohorts_are_joined(rows: Staggered) -> None:
    late = rows.of((rows.period < 4) | rows.treated)
    kept, cohort = comparable(late)
    assert set(late.period[~kept]) == {4}
    rare = replace(rows, exposure=np.where((rows.cohort == 1) & ~rows.treated, 1e-3 * rows.exposure, rows.exposure))
    _, cohort = comparable(rare)
    assert len(np.unique(cohort)) == len(np.unique(rows.cohort)) - 1
    assert (cohort[rows.cohort == 1] == cohort[rows.cohort == 2][0]).all()


def test_what_one_unit_alone_tells_is_refused(rows: Staggered) -> None:
    events = np.where(rows.treated & (rows.unit != 0), 0.0, rows.events + rows.treated)
    with pytest.raises(NotEstimatedError, match="a single cluster"):
        average_effect(replace(rows, events=events))
