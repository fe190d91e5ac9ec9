"""A crossed fit has the numbers of the fit to patterns, with the clustered error of its risk difference."""

import numpy as np
import pytest
from numpy.typing import NDArray

from cit_platform.inference.counts import fit_counts
from cit_platform.inference.covariance import clustered
from cit_platform.inference.crossed_logit import Rows, fit_crossed
from cit_platform.inference.crossing import Crossed, crossed, half_of
from cit_platform.inference.design import Predictors, Term, design_of, factor_of
from cit_platform.inference.effective_clusters import effective_clusters
from cit_platform.inference.patterns import group_clusters, group_rows
from cit_platform.inference.standardisation import average_risks, standardise
from cit_platform.inference.verdict import Kind

EXPOSURE = Term("exposed", "indicator")
FIRST = (Term("place", "categorical", "a"), Term("years", "number"))
SECOND = (Term("season", "categorical", "dry"), Term("weekend", "indicator"))
Columns = dict[str, NDArray[np.generic]]


def drawn(n: int, seed: int) -> Columns:
    draw = np.random.default_rng(seed)
    cluster = draw.integers(0, 40, n)
    place = np.asarray(["a", "b", "c"])[draw.integers(0, 3, n)]
    season = np.asarray(["dry", "wet"])[draw.integers(0, 2, n)]
    years, weekend = draw.integers(0, 9, n).astype(float), draw.integers(0, 2, n).astype(float)
    exposed = (draw.random(n) < 0.3 + 0.04 * years).astype(float)
    own = draw.normal(0, 0.4, 40)[cluster]
    odds = np.exp(-2 - 0.5 * exposed + 0.05 * years + 0.4 * (place == "b") + 0.3 * weekend + own)
    event = draw.random(n) < odds / (1 + odds)
    columns = {"place": place, "season": season, "years": years, "weekend": weekend, "exposed": exposed}
    return {**columns, "event": event, "cluster": cluster}


def predictors(columns: Columns) -> Predictors:
    factors = {name: factor_of(columns[name]) for name in ("place", "season")}
    numbers = {name: columns[name].astype(float) for name in ("years", "weekend", "exposed")}
    return Predictors(len(columns["event"]), factors, numbers)


def crossing(columns: Columns) -> tuple[Crossed, Rows]:
    found = predictors(columns)
    table = crossed(half_of(found, FIRST), half_of(found, SECOND))
    n = len(columns["event"])
    rows = Rows(np.arange(n), columns["exposed"] == 1, columns["event"] == 1, columns["cluster"], np.ones(n))
    return table, rows


def population(table: Crossed, rows: Rows) -> NDArray[np.float64]:
    return np.bincount(table.cell[rows.place], rows.weight, len(table.first)).astype(np.float64)


def test_it_has_the_numbers_of_the_fit_to_patterns() -> None:
    columns = drawn(4000, 1)
    table, rows = crossing(columns)
    found = fit_crossed(table, rows, population(table, rows))
    terms, event = (EXPOSURE, *FIRST, *SECOND), columns["event"].astype(np.int64)
    patterns = group_rows(predictors(columns), event, 2)
    cells = group_clusters(patterns.row_pattern, columns["cluster"].astype(np.int64), event, 2)
    design = design_of(patterns.predictors, terms)
    plain = fit_counts(design, patterns.counts, ("no", "yes"))
    fit = clustered(plain, design, cells)
    risks = standardise(fit, design, patterns.counts.sum(axis=1), "exposed")
    exposed, unexposed = average_risks(fit, design, patterns.counts.sum(axis=1), "exposed")
    informative = effective_clusters(design.matrix, fit.coefficients, plain.covariance, cells)
    assert found.risk_difference is not None
    assert found.log_odds == pytest.approx(fit.coefficients[design.positions("exposed")[0], 0], abs=1e-9)
    assert found.risk_difference.estimate[0] == pytest.approx(risks.risk_difference.estimate[1], abs=1e-11)
    assert found.risk_difference.std_error[0] == pytest.approx(risks.risk_difference.std_error[1], rel=1e-6)
    assert found.effective_clusters == pytest.approx(informative(exposed.gradient - unexposed.gradient)[1], rel=1e-6)
    assert (found.n_rows, found.n_events) == (4000, columns["event"].sum())


def test_where_it_begins_does_not_matter() -> None:
    columns = drawn(2000, 2)
    table, rows = crossing(columns)
    first = fit_crossed(table, rows, population(table, rows))
    assert first.coefficients is not None
    far = {column: value + 3.0 for column, value in first.coefficients.items()}
    again = fit_crossed(table, rows, population(table, rows), far)
    assert again.log_odds == pytest.approx(first.log_odds, abs=1e-9)


def test_the_population_need_not_be_the_rows() -> None:
    columns = drawn(3000, 3)
    table, rows = crossing(columns)
    of_weekends = population(table, rows) * (table.halves[1].belongs[table.second, 3] == 1)
    found = fit_crossed(table, rows, of_weekends)
    assert found.coefficients is not None
    assert found.risk_difference is not None
    odds_of = {column.term + column.level: value for column, value in found.coefficients.items()}
    weekend = columns["weekend"] == 1
    base = (
        odds_of["intercept"]
        + odds_of["years"] * columns["years"][weekend]
        + sum(odds_of.get(f"place{name}", 0.0) * (columns["place"][weekend] == name) for name in "abc")
        + odds_of["seasonwet"] * (columns["season"][weekend] == "wet")
        + odds_of["weekend1"]
    )
    risk = [1 / (1 + np.exp(-(base + odds_of["exposure"] * arm))) for arm in (0, 1)]
    assert found.risk_difference.estimate[0] == pytest.approx((risk[1] - risk[0]).mean(), abs=1e-10)
    assert found.n_population == weekend.sum()


def test_a_level_without_an_event_leaves_with_its_rows_and_its_population() -> None:
    columns = drawn(3000, 4)
    columns["event"] = columns["event"] & (columns["place"] != "c")
    table, rows = crossing(columns)
    found = fit_crossed(table, rows, population(table, rows))
    without = {name: values[columns["place"] != "c"] for name, values in columns.items()}
    smaller, kept = crossing(without)
    expected = fit_crossed(smaller, kept, population(smaller, kept))
    assert found.log_odds == pytest.approx(expected.log_odds, abs=1e-9)
    assert found.left_out == pytest.approx((columns["place"] == "c").mean())
    assert found.population_share == pytest.approx((columns["place"] != "c").mean())


def test_a_level_within_one_cluster_leaves() -> None:
    columns = drawn(3000, 5)
    columns["cluster"] = np.where(columns["place"] == "c", 0, columns["cluster"] + 1)
    table, rows = crossing(columns)
    found = fit_crossed(table, rows, population(table, rows))
    assert found.left_out == pytest.approx((columns["place"] == "c").mean())


def test_a_reference_that_does_not_occur_changes_no_risk() -> None:
    columns = drawn(3000, 6)
    kept = columns["place"] != "a"
    table, rows = crossing(columns)
    some = Rows(np.flatnonzero(kept), rows.exposed[kept], rows.event[kept], rows.cluster[kept], rows.weight[kept])
    found = fit_crossed(table, some, population(table, some))
    alone, alone_rows = crossing({name: values[kept] for name, values in columns.items()})
    expected = fit_crossed(alone, alone_rows, population(alone, alone_rows))
    assert found.risk_difference is not None
    assert expected.risk_difference is not None
    assert found.risk_difference.estimate[0] == pytest.approx(expected.risk_difference.estimate[0], abs=1e-11)
    assert found.risk_difference.std_error[0] == pytest.approx(expected.risk_difference.std_error[0], rel=1e-6)


def test_a_control_that_others_determine_changes_nothing() -> None:
    columns = drawn(3000, 7)
    columns["weekend"] = (columns["season"] == "wet").astype(float)
    table, rows = crossing(columns)
    found = fit_crossed(table, rows, population(table, rows))
    alone = crossed(half_of(predictors(columns), FIRST), half_of(predictors(columns), SECOND[:1]))
    expected = fit_crossed(alone, rows, population(alone, rows))
    assert found.risk_difference is not None
    assert expected.risk_difference is not None
    assert found.log_odds == pytest.approx(expected.log_odds, abs=1e-8)
    assert found.risk_difference.std_error[0] == pytest.approx(expected.risk_difference.std_error[0], rel=1e-3)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"exposed": 1.0}, Kind.CONSTANT_EXPOSURE),
        ({"event": False}, Kind.NO_ROWS_LEFT),
        ({"cluster": 0}, Kind.NO_ROWS_LEFT),
    ],
)
def test_what_cannot_be_compared_is_said(change: dict[str, float], kind: Kind) -> None:
    columns = drawn(2000, 8)
    columns |= {name: np.full_like(columns[name], value) for name, value in change.items()}
    table, rows = crossing(columns)
    found = fit_crossed(table, rows, population(table, rows))
    assert found.verdict is not None
    assert found.verdict.kind == kind
    assert found.risk_difference is None


def test_few_events_of_an_arm_are_no_comparison() -> None:
    columns = drawn(2000, 9)
    events = np.flatnonzero((columns["event"] == 1) & (columns["exposed"] == 1))
    columns["event"][events[4:]] = False
    table, rows = crossing(columns)
    found = fit_crossed(table, rows, population(table, rows))
    assert found.verdict is not None
    assert found.verdict.kind == Kind.TOO_FEW_EVENTS
