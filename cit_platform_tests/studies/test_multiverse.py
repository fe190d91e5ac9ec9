"""Every combination is fitted to the rows that its own query counts, and the same contacts are behind each number."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cit_platform.contracts.models import DIAGNOSTICS
from cit_platform.inference.crossing import crossed
from cit_platform.modelling.cube import Cube, cube_of, halves_of
from cit_platform.modelling.estimation import estimate, prepare
from cit_platform.modelling.features import Features, feature_frames
from cit_platform.modelling.specification import Specification
from cit_platform.modelling.windows import Windows
from cit_platform.studies.force import PRIMARY
from cit_platform.studies.multiverse import combination_rows, fit_all, multiverse, population_of
from cit_platform.studies.multiverse_summary import multiverse_summary
from cit_platform.studies.protocol.specifications import LAID_DOWN, choices_of, combined
from cit_platform_tests.studies.city import WINDOW, WINDOWS, Truth, contacts_of, records_of

NO_GATE = pd.DataFrame(columns=list(DIAGNOSTICS.column_names))
USABLE = Windows(WINDOW, (pd.Timestamp("2016-07-01").date(), WINDOW[1]))
SEED = 14


def city(n: int = 6000, truth: Truth | None = None) -> Features:
    """Contacts, some of them contradictory, and records; some experience is unknown."""
    drawn = contacts_of(n + 200, truth or Truth(officers=200), seed=SEED)
    unknown = np.random.default_rng(SEED).random(len(drawn)) < 0.05
    drawn["experience_years"] = drawn["experience_years"].astype("Int32").mask(unknown)
    drawn.loc[unknown, "experience"] = "unknown"
    contacts, contradictory = drawn.iloc[:n], drawn.iloc[n:]
    return feature_frames(records_of(contacts, seed=SEED), contacts, contradictory)


def some(k: int) -> list[Specification]:
    """The first combination, and others at random; each time the same."""
    asked = [specification for _, specification in combined(PRIMARY)]
    chosen = np.random.default_rng(SEED).choice(np.arange(1, len(asked)), k - 1, replace=False)
    return [asked[0], *(asked[place] for place in sorted(chosen.tolist()))]


def test_there_are_two_thousand_combinations_each_of_another_question() -> None:
    asked = list(combined(PRIMARY))
    assert len(asked) >= 2000
    assert len({(each.unit, each.terms, each.quarters, each.contradictory, each.only, each.first_year,
                 each.known_experience) for _, each in asked}) == len(asked)  # fmt: skip
    assert set(asked[0][0].values()) == {LAID_DOWN}
    assert {tuple(chosen) for chosen, _ in asked} == {tuple(choices_of("force"))}


def test_a_roll_up_counts_what_the_query_of_the_specification_counts() -> None:
    features = city()
    asked = some(30)
    for unit in ("contact", "record"):
        of_unit = [each for each in asked if each.unit == unit]
        cube = cube_of(of_unit, features, USABLE)
        for each in of_unit:
            assert rolled_up(cube, each) == counted(each, features), each


def rolled_up(cube: Cube, specification: Specification) -> dict[tuple[object, ...], float]:
    table = crossed(*(cube.half(terms) for terms in halves_of(specification.terms, specification.exposure)))
    rows, found = cube.rows_of(specification), dict[tuple[object, ...], float]()
    cell = table.cell[rows.place]
    named = [
        {column: half.matrix[pattern][cell, place] for place, column in enumerate(half.columns)}
        for half, pattern in zip(table.halves, (table.first, table.second), strict=True)
    ]
    values = {}
    for term in specification.terms:
        of_term = {column.level: v for half in named for column, v in half.items() if column.term == term.name}
        if term.categorical:
            levels = np.array(list(of_term))
            values[term.name] = levels[np.argmax(np.column_stack(list(of_term.values())), axis=1)]
        elif of_term:
            values[term.name] = of_term.get("1", of_term.get(""))
    values[specification.exposure] = rows.exposed.astype(float)
    keys = zip(*(values[name].tolist() for name in specification.term_names), rows.event.tolist(), strict=True)
    for key, n in zip(keys, rows.weight.tolist(), strict=True):
        found[key] = found.get(key, 0.0) + n
    return found


def counted(specification: Specification, features: Features) -> dict[tuple[object, ...], float]:
    patterns = prepare(specification, features, USABLE).patterns
    predictors = patterns.predictors
    values = [
        np.array(predictors.factors[term.name].levels)[predictors.factors[term.name].codes].tolist()
        if term.categorical
        else predictors.numbers[term.name].tolist()
        for term in specification.terms
    ]
    found = {}
    for *key, others, events in zip(*values, *patterns.counts.T.tolist(), strict=True):
        found |= {(*key, value): n for value, n in ((False, others), (True, events)) if n}
    return found


def test_every_fit_is_that_of_its_specification_averaged_over_the_same_contacts() -> None:
    features = city()
    asked = some(24)
    fits = fit_all(asked, features, USABLE)
    cube = cube_of([each for each in asked if each.unit == "contact"], features, USABLE, ["records_system"])
    population = population_of(cube, asked)
    for each, found in zip(asked, fits, strict=True):
        expected = estimate(by_sandwich(each), features, USABLE)
        assert (found.risk_difference is None) == bool(expected.verdict), each
        if found.risk_difference is None or expected.fit is None:
            continue
        place = expected.fit.columns.index(next(c for c in expected.fit.columns if c.term == each.exposure))
        assert found.log_odds == pytest.approx(expected.fit.coefficients[place, 0], abs=1e-7), each
        assert found.n_population == pytest.approx(population.sum()), each


def by_sandwich(specification: Specification) -> Specification:
    return replace(specification, correction="CR1")


def test_the_population_is_in_every_set_of_rows() -> None:
    features = city()
    asked = [specification for _, specification in combined(PRIMARY)]
    cube = cube_of([each for each in asked if each.unit == "contact"], features, USABLE, ["records_system"])
    inside = population_of(cube, asked) > 0
    assert (cube.conditions["records_system"][inside] == "mark43").all()
    assert not np.isnan(cube.conditions["experience_years"][inside].astype(float)).any()
    assert cube.usable[inside].all()
    assert (cube.table[inside] == 0).all()


def test_the_median_lies_near_the_truth_of_a_city_and_its_gates_refuse_nothing() -> None:
    truth = Truth(force=float(np.log(0.6)), officers=300, force_intercept=-1.8)
    found = multiverse(city(5_000, truth), "seattle", USABLE, NO_GATE)
    summary = multiverse_summary(found).set_index(["choice", "way"])
    whole = summary.loc[("all", "")]
    assert whole["n_combinations"] == len(found) >= 2000
    assert whole["refused_share"] == 0.0
    assert -0.11 < whole["lowest"] <= whole["median"] <= whole["highest"] < -0.04
    explained = summary["explained"].dropna()
    assert set(explained.index.get_level_values("choice")) == set(choices_of("force"))
    assert 0.5 < explained.sum() < 1.0001
    chosen = summary.loc[("unit", "by_record")]
    assert chosen["n_combinations"] < whole["n_combinations"]


def test_a_city_where_nothing_happens_says_so_in_every_row() -> None:
    contacts = contacts_of(1500, Truth(), seed=3).assign(force=0)
    features = feature_frames(records_of(contacts, seed=4), contacts)
    found = combination_rows(list(combined(PRIMARY))[::47], features, "seattle", WINDOWS)
    assert not found["converged"].any()
    assert (found["reason"] != "").all()
    whole = multiverse_summary(found).set_index(["choice", "way"]).loc[("all", "")]
    assert (whole["n_shown"], whole["refused_share"]) == (0, 1.0)
    assert pd.isna(whole["median"])


@pytest.mark.parametrize(
    ("windows", "events", "reason"),
    [
        (Windows(WINDOW, None), 1.0, "no_usable_exposure"),
        (USABLE, 0.0, "no_contrast"),
        (USABLE, 0.1, "few_events_per_coefficient"),
    ],
)
def test_no_other_is_asked_where_the_one_that_speaks_has_too_little(
    windows: Windows, events: float, reason: str
) -> None:
    contacts = contacts_of(3_000, Truth(force_intercept=-1.8), seed=3)
    contacts["force"] *= np.random.default_rng(3).random(len(contacts)) < events
    features = feature_frames(records_of(contacts, seed=4), contacts)
    found = multiverse(features, "seattle", windows, NO_GATE)
    assert len(found) >= 2000
    assert set(found["reason"]) == {reason}
    assert not found["converged"].any()


def test_nothing_is_asked_where_a_gate_keeps_back_the_one_that_speaks() -> None:
    gate = {"model": "force", "variant": "primary", "outcome": "force", "diagnostic": "overlap"}
    failed = pd.DataFrame([gate | {"gate": True, "passes": False}])
    found = multiverse(city(300), "seattle", USABLE, failed)
    assert len(found) >= 2000
    assert set(found["reason"]) == {"beyond_a_gate"}
    assert not found["converged"].any()
    assert found["risk_difference"].isna().all()
