"""One city after another under a switch, with certification's effects or with none: drawn, asked, estimates kept."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial

from benchmarks.measurement.questions import QUESTIONS, Estimate, Quantity, estimates, window_of
from benchmarks.measurement.switches import LARGE, N_CONTACTS, N_OFFICERS, YEARS_DRAWN, Switch
from cit_platform.demonstration.causal_values import potential_outcomes
from cit_platform.modelling.specification import Specification
from cit_platform.sources.demo.large_city import large_city, modelling_rows, whole

SEED = 20_261_126
CHUNK = 10


def simulate(
    switch: Switch,
    n_cities: int,
    executor: Executor,
    *,
    effect: bool,
    n_contacts: int = N_CONTACTS,
    questions: Sequence[Specification] = QUESTIONS,
) -> Iterator[dict[Quantity, Estimate]]:
    """Estimates of each city in turn; a city depends on the switch, its effect, its size and its number alone."""
    one = partial(city_estimates, switch, effect, n_contacts, questions)
    yield from executor.map(one, range(n_cities), chunksize=CHUNK)


def city_estimates(
    switch: Switch, effect: bool, n_contacts: int, questions: Sequence[Specification], number: int
) -> dict[Quantity, Estimate]:
    """Draw a city and ask questions of its modelling rows."""
    city = switch.city(effect=effect)
    city = replace(city, n_officers=round(N_OFFICERS * n_contacts / N_CONTACTS))
    chunk = whole(list(large_city(city, n_contacts, SEED + number, YEARS_DRAWN)))
    units = {question.unit for question in questions}
    return estimates({unit: modelling_rows(city, chunk, unit) for unit in units}, questions)


def causal_values(switch: Switch, *, effect: bool, n_contacts: int = LARGE * N_CONTACTS) -> dict[Quantity, float]:
    """What certification does under a switch: marginal log odds ratios in a large city of the same kind."""
    city = replace(switch.city(effect=effect), n_officers=round(N_OFFICERS * n_contacts / N_CONTACTS))
    potential = potential_outcomes(city, n_contacts, SEED, YEARS_DRAWN)
    return {
        Quantity(question.variant, outcome.name): potential.log_odds_ratio(question, window_of(question), outcome.name)
        for question in QUESTIONS
        for outcome in question.outcomes
    }
