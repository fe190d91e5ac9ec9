"""The change of certification in generated cities: `python -m benchmarks.studies.staggered [cities]`, ten minutes.

Mean error, coverage and size of each factor, with Monte-Carlo errors, and of a two-way Poisson without career beside
them, into `benchmarks/results/staggered.csv`.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.studies.staggered_city import FIRST, Drawn, StaggeredCity, counted, draw
from cit_platform.codebook.thresholds import thresholds
from cit_platform.inference.intervals import Interval
from cit_platform.inference.staggered import NotEstimatedError, average_effect, two_way
from cit_platform.inference.verdict import Verdict
from cit_platform.modelling.officer_months import OfficerMonths, months_of
from cit_platform.studies import certification_change, recording
from cit_platform.studies.certification_change import MAIN, Sample, Variant, sample_of

RESULT = Path(__file__).parents[1] / "results" / "staggered.csv"
N_CITIES, EACH = 1_000, 100
COUNTED = (*certification_change.COUNTED, recording.COUNTED)
LARGEST = thresholds("seattle")["largest_cohort"]
NAIVE = Variant("naive", students=True)


def log_ratio(factor: float, years: float = np.inf):  # type: ignore[no-untyped-def]
    """A log factor from certification on, that fades with this time constant."""
    return lambda since: np.log(factor) * np.exp(-since / years)


def early_career(tenure: np.ndarray) -> np.ndarray:
    """Force at 0.6 and 0.8 of the later level in the first two years."""
    return np.select([tenure < 1, tenure < 2], [np.log(0.6), np.log(0.8)], 0.0)


CITIES = {
    "none": StaggeredCity(),
    "lower": StaggeredCity(effect=log_ratio(0.6)),
    "higher": StaggeredCity(effect=log_ratio(1.5)),
    "fading": StaggeredCity(effect=log_ratio(0.7, years=2)),
    "career": StaggeredCity(career=early_career),
    "recording": StaggeredCity(on_contacts=0.2),
}


@dataclass(frozen=True)
class Answer:
    """One estimate beside its truth."""

    outcome: str
    way: str
    truth: float
    interval: Interval


def answers(city: StaggeredCity, seed: int) -> list[Answer]:
    """Every factor of one city, by cohort and year, and by two-way Poisson as it is often done."""
    drawn = draw(city, seed)
    months = months_of(counted(drawn), FIRST)
    found: list[Answer] = []
    for variant in (MAIN, NAIVE):
        sample = sample_of(months, LARGEST, variant)
        if not isinstance(sample, Verdict):
            found += _answers(city, drawn, sample, variant)
    return found


def _answers(city: StaggeredCity, drawn: Drawn, sample: Sample, variant: Variant) -> list[Answer]:
    found = []
    for of in COUNTED:
        rows = replace(sample.rows, events=of.events(sample.months), exposure=of.exposure(sample.months))
        try:
            if variant is MAIN:
                interval = average_effect(rows).contrast(np.ones(1))
            else:
                interval = two_way(replace(rows, stratum=np.zeros_like(rows.stratum)))
        except NotEstimatedError:
            continue
        found.append(Answer(of.outcome, variant.name, truth(city, drawn, sample.months, of.outcome), interval))
    return found


def truth(city: StaggeredCity, drawn: Drawn, months: OfficerMonths, outcome: str) -> float:
    """Log of what is expected with certification over without, in the officer-months after it."""
    if outcome == recording.COUNTED.outcome:
        return city.on_contacts
    after = months.of(months.certified)
    weight = drawn.rate[after.officer, after.month - FIRST] * after.share
    since = np.maximum((after.month + 0.5 - drawn.certified[after.officer]) / 12, 0.0)
    ratio = float(np.log(weight @ np.exp(city.effect(since)) / weight.sum()))
    return ratio + (city.on_contacts if outcome == certification_change.PER_MONTH else 0.0)


def summary(name: str, found: list[Answer]) -> pd.DataFrame:
    """Mean error, spread, mean standard error, coverage, and how often 1 is excluded, with Monte-Carlo errors."""
    rows = pd.DataFrame(
        {
            "outcome": [answer.outcome for answer in found],
            "way": [answer.way for answer in found],
            "truth": [answer.truth for answer in found],
            "error": [float(answer.interval.estimate) - answer.truth for answer in found],
            "std_error": [float(answer.interval.std_error) for answer in found],
            "covers": [float(a.interval.low <= a.truth <= a.interval.high) for a in found],
            "excludes_1": [float(not a.interval.low <= 0 <= a.interval.high) for a in found],
        }
    )
    by = rows.groupby(["outcome", "way"], sort=False)
    mean, n = by.mean(), by.size()
    spread = by["error"].std()
    table = mean.assign(
        spread=spread,
        mc_error=spread / n**0.5,
        mc_covers=(mean["covers"] * (1 - mean["covers"]) / n) ** 0.5,
        mc_excludes_1=(mean["excludes_1"] * (1 - mean["excludes_1"]) / n) ** 0.5,
        cities=n,
    )
    table.insert(0, "city", name)
    return table.reset_index()


def main() -> int:
    """Draw city after city of every kind, estimate, and write the table again after every hundred of each."""
    n_cities = int(sys.argv[1]) if len(sys.argv) > 1 else N_CITIES
    found: dict[str, list[Answer]] = {name: [] for name in CITIES}
    for seed in range(n_cities):
        for name, city in CITIES.items():
            found[name] += answers(city, seed)
        if (seed + 1) % EACH == 0 or seed + 1 == n_cities:
            table = pd.concat([summary(name, of) for name, of in found.items()])
            table.to_csv(RESULT, index=False, float_format="%.4g", lineterminator="\n")
    print(table.round(3).to_string())
    return 0


if __name__ == "__main__":
    sys.exit(main())
