"""What certification does in a city, from the same contacts with every officer certified and with none."""

import dataclasses
from datetime import date

import numpy as np
import pytest

from cit_platform.demonstration.causal_values import PotentialOutcomes, potential_outcomes
from cit_platform.modelling.specification import Specification, variant_of
from cit_platform.sources.demo.city import OUTCOMES, CityParameters
from cit_platform.sources.demo.large_city import CALENDAR
from cit_platform.studies.disposition import DISPOSITION_SPECIFICATIONS
from cit_platform.studies.force import FORCE_SPECIFICATIONS
from cit_platform_tests.sources.demo.cities import clean_city

WINDOW = (date(2015, 5, 15), date(2025, 12, 31))
FORCE = variant_of(FORCE_SPECIFICATIONS, "primary")
DISPOSITION = variant_of(DISPOSITION_SPECIFICATIONS, "primary")
ANY_OF = {each.outcomes[0].name: each for each in DISPOSITION_SPECIFICATIONS if each.variant == "any_of"}
ASKED: list[tuple[Specification, str]] = [
    (FORCE, "force"),
    *((DISPOSITION, outcome) for outcome in OUTCOMES[1:]),
    *((ANY_OF[outcome], outcome) for outcome in OUTCOMES[1:]),
]


def potential(city: CityParameters, contacts: int = 60_000) -> PotentialOutcomes:
    return potential_outcomes(dataclasses.replace(city, n_officers=1_000), contacts, seed=4)


def without_effect(city: CityParameters) -> CityParameters:
    none = {outcome: dataclasses.replace(city.effects(outcome), cit_certified=1.0) for outcome in OUTCOMES}
    return dataclasses.replace(city, **none)


def test_where_certification_does_nothing_every_causal_value_is_0() -> None:
    """Whatever else is wrong with the records or confounds the estimates."""
    city = without_effect(
        CityParameters(
            confounding_shift=True,
            recording_by_certification=True,
            defects_by_certification=True,
            officer_selection=1.0,
            call_selection=2.0,
        )
    )
    found = potential(city)
    assert [found.log_odds_ratio(asked, WINDOW, outcome) for asked, outcome in ASKED] == [0.0] * 7


def test_without_anything_unseen_the_causal_value_is_nearly_the_conditional_one() -> None:
    """Averaging over calls and precincts pulls an odds ratio of a common outcome a little towards 1."""
    city = clean_city()
    found = potential(city, 400_000)
    force = np.log(city.force.cit_certified)
    assert found.log_odds_ratio(FORCE, WINDOW, "force") == pytest.approx(force, abs=0.03)
    for outcome in OUTCOMES[1:]:
        value = found.log_odds_ratio(DISPOSITION, WINDOW, outcome)
        assert value == pytest.approx(np.log(city.effects(outcome).cit_certified), abs=0.02), outcome
    # Nothing ranks above an arrest, and what it is compared with is all else.
    assert found.log_odds_ratio(ANY_OF["arrest"], WINDOW, "arrest") < -0.15


def test_a_shift_that_meets_everyone_alike_does_not_move_the_causal_value() -> None:
    """It moves the estimate of the same contacts that has no term for time."""
    calm, shifted = (potential(clean_city(confounding_shift=shift), 400_000) for shift in (False, True))
    values = [found.log_odds_ratio(FORCE, WINDOW, "force") for found in (calm, shifted)]
    assert values[1] == pytest.approx(values[0], abs=0.03)


def test_an_effect_by_way_of_who_arrives_belongs_to_it() -> None:
    found = potential(without_effect(clean_city(on_scene_effect=True)), 200_000)
    assert found.log_odds_ratio(FORCE, WINDOW, "force") < -0.05


def test_contacts_that_are_not_recorded_count() -> None:
    plain, recorded = (potential(clean_city(recording_by_certification=switch)) for switch in (False, True))
    for specification, outcome in ASKED:
        values = [found.log_odds_ratio(specification, WINDOW, outcome) for found in (plain, recorded)]
        assert values[0] == values[1]


def test_the_value_is_that_of_the_report_dates_and_the_records_system() -> None:
    found = potential(clean_city())
    at = {block.start: arms for block, *arms in found.by_block}

    def by_hand(days: dict[date, slice]) -> float:
        met, force = (
            [sum(getattr(at[start][arm], name)[days_of].sum() for start, days_of in days.items()) for arm in (0, 1)]
            for name in ("met", "force")
        )
        odds = [force[arm] / (met[arm] - force[arm]) for arm in (0, 1)]
        return float(np.log(odds[0] / odds[1]))

    window = (date(2016, 2, 1), date(2018, 1, 31))
    expected = by_hand(
        {date(2016, 1, 1): slice(31, None), date(2017, 1, 1): slice(None), date(2018, 1, 1): slice(0, 31)}
    )
    assert found.log_odds_ratio(FORCE, window, "force") == pytest.approx(expected)
    mark43 = dataclasses.replace(FORCE, only=("records_system", "mark43"))
    expected = by_hand({block.start: slice(None) for block in CALENDAR if block.start >= date(2019, 5, 15)})
    assert found.log_odds_ratio(mark43, WINDOW, "force") == pytest.approx(expected)


def test_nobody_counts_who_was_not_met() -> None:
    found = potential(clean_city())
    for _, *arms in found.by_block:
        for arm in arms:
            assert (arm.force <= arm.met).all()
            assert (arm.highest.sum(axis=1) == arm.met).all()
            assert (arm.among >= arm.highest).all()
