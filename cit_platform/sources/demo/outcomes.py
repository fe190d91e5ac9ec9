"""What comes of a contact in the synthetic city: force, disposition, who arrives, by the city's true effects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cit_platform.sources.demo.blocks import Block
from cit_platform.sources.demo.calibration import CALL_RISKS, DISPOSITION_GROUPS, PRECINCTS, Calibration
from cit_platform.sources.demo.city import OUTCOMES, CityParameters, Outcome
from cit_platform.sources.demo.incidents import NO_PRECINCT, WATCHES, Incidents, pick
from cit_platform.sources.demo.officers import DAYS_PER_YEAR, Roster, day_number

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Predictors:
    """What the log odds of a contact depend on."""

    incidents: Incidents
    incident: NDArray[np.int32]
    officer: NDArray[np.int32]
    day: NDArray[np.int32]
    certified_years: NDArray[np.float64]
    experience: NDArray[np.int16]
    arrived: NDArray[np.bool_]
    roster: Roster


def log_odds_of(
    rng: np.random.Generator,
    city: CityParameters,
    rates: Calibration,
    block: Block,
    predictors: Predictors,
    outcome: Outcome,
) -> NDArray[np.float64]:
    """Linear predictor of one outcome for each contact."""
    effects = city.effects(outcome)
    roster, officer, incident, incidents = (
        predictors.roster,
        predictors.officer,
        predictors.incident,
        predictors.incidents,
    )
    by_incident = _table(CALL_RISKS, effects.call_risk)[incidents.risk]
    by_incident += _table((*PRECINCTS, *NO_PRECINCT), effects.precinct)[incidents.precinct]
    by_incident += effects.incident_sd * rng.standard_normal(len(by_incident))
    if outcome == "force":
        by_incident += np.where(incidents.hidden, np.log(city.confounder_force), 0.0)
        by_incident += _of_watch(city, rates, block)[incidents.watch]
    by_officer = _table(rates.vocabulary("officer_race", ""), effects.officer_race)[roster.race]
    by_officer += _table(rates.vocabulary("officer_gender", ""), effects.officer_gender)[roster.gender]
    by_officer += roster.tendency[:, OUTCOMES.index(outcome)]
    log_odds = _intercept(rates, block, outcome) + by_incident[incident] + by_officer[officer]
    effect = np.log(effects.cit_certified) + _by_call(city, rates, block, outcome)[incidents.risk[incident]]
    log_odds += effect * _training(city, predictors.certified_years)
    log_odds += _on_scene(city, rates, block, outcome) * predictors.arrived
    if outcome == "force":
        log_odds += _of_career(city, rates, block, predictors)
    log_odds += np.log(effects.experience_year) * predictors.experience
    if city.confounding_shift:
        log_odds += _log_ratio(rates, block, "confounding_shift", outcome)
    return log_odds + _period_shift(city, outcome, predictors.day)


def _log_ratio(rates: Calibration, block: Block, switch: str, value: str, among: str = "odds ratio") -> float:
    """Log of an odds ratio of the calibration; 0 where it has none."""
    return float(np.log(rates.draw(switch, value, block.start, among) or 1.0))


def _of_watch(city: CityParameters, rates: Calibration, block: Block) -> NDArray[np.float64]:
    ratios = [_log_ratio(rates, block, "force_by_watch", watch) for watch in WATCHES]
    return np.array(ratios) * city.force_by_watch


def _by_call(city: CityParameters, rates: Calibration, block: Block, outcome: Outcome) -> NDArray[np.float64]:
    """What is added to the log odds ratio of certification, by code of `CALL_RISKS`."""
    added = [_log_ratio(rates, block, "effect_by_call", risk, f"odds ratio of {outcome}") for risk in CALL_RISKS]
    return np.array(added) * city.effect_by_call


def _on_scene(city: CityParameters, rates: Calibration, block: Block, outcome: Outcome) -> float:
    return _log_ratio(rates, block, "on_scene_effect", outcome) * city.on_scene_effect


def _of_career(
    city: CityParameters, rates: Calibration, block: Block, predictors: Predictors
) -> NDArray[np.float64] | float:
    """Log odds of force in the first and second year of service against later ones."""
    if not city.career_curve:
        return 0.0
    hired = predictors.roster.hired[predictors.officer]
    year = ((predictors.day - hired) // DAYS_PER_YEAR).clip(0, 2).astype(np.int64)
    ratios = [_log_ratio(rates, block, "career_curve", value) for value in ("first year", "second year")]
    return np.array([*ratios, 0.0])[year]


def _intercept(rates: Calibration, block: Block, outcome: Outcome) -> float:
    if outcome == "force":
        return rates.draw("use_of_force_indicator", "Y", block.start)
    return rates.draw("disposition_group", outcome, block.start, "contacts")


def _table(levels: tuple[str, ...], odds_ratios: Mapping[str, float]) -> NDArray[np.float64]:
    return np.log([odds_ratios.get(level, 1.0) for level in levels])


def _training(city: CityParameters, certified_years: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the training's effect that is left: 0 before certification, then 1 or fading."""
    certified = certified_years >= 0
    if city.decay_years is None:
        return certified.astype(np.float64)
    return np.where(certified, np.exp(-certified_years.clip(min=0) / city.decay_years), 0.0)


def _period_shift(city: CityParameters, outcome: Outcome, day: NDArray[np.int32]) -> NDArray[np.float64]:
    starts = [day_number(shift.start) for shift in city.period_shifts]
    shifts = np.log([1.0, *(getattr(shift, outcome) for shift in city.period_shifts)])
    return shifts[np.searchsorted(starts, day, "right")]


def expit(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1.0 / (1.0 + np.exp(-log_odds))


def draw_disposition_groups(
    rng: np.random.Generator, city: CityParameters, rates: Calibration, block: Block, predictors: Predictors
) -> NDArray[np.int8]:
    """Highest disposition of each contact; `no_contact`, `other` and `missing` come by chance alone."""
    odds = [np.exp(log_odds_of(rng, city, rates, block, predictors, outcome)) for outcome in OUTCOMES[1:]]
    total = 1.0 + odds[0] + odds[1] + odds[2]
    uniform = rng.random(len(total)) * total
    group = np.full(len(total), DISPOSITION_GROUPS.index("no_action"), dtype=np.int8)
    for code in (2, 1, 0):
        group[uniform < sum(odds[: code + 1])] = code
    chance = rng.random(len(total))
    missing = rates.draw("disposition", "missing", block.start) * city.defects
    other, no_contact = (
        rates.draw("disposition_group", name, block.start, "contacts") for name in ("other", "no_contact")
    )
    group[chance < missing + no_contact + other] = DISPOSITION_GROUPS.index("other")
    group[chance < missing + no_contact] = DISPOSITION_GROUPS.index("no_contact")
    group[chance < missing] = DISPOSITION_GROUPS.index("missing")
    return group


def draw_n_dispositions(
    rng: np.random.Generator, city: CityParameters, rates: Calibration, block: Block, n: int
) -> NDArray[np.int8]:
    if not city.duplicated_dispositions:
        return np.ones(n, dtype=np.int8)
    return (1 + pick(rng, rates.weights("dispositions_per_contact", block.start, ""), n)).astype(np.int8)


def draw_arrived(
    rng: np.random.Generator, rates: Calibration, block: Block, certified: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """A certified reporter is on scene as a rule; the others have a certified colleague there as often as the rest."""
    with_certified = rates.draw("cit_officer_arrived", "Y", block.start, "certified")
    share = rates.draw("cit_certified_indicator", "Y", block.start)
    overall = rates.draw("cit_officer_arrived", "Y", block.start)
    without = (overall - with_certified * share) / (1 - share)
    return rng.random(len(certified)) < np.where(certified, with_certified, without)
