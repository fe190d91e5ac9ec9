"""Do the same officers use force less often once they are certified? Before and after, beside those still to be.

For: a comparison that differences between officers who do and do not seek certification cannot make.
Not for: officers who were certified before their first report here, or never; and not for time since training.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from cit_platform.codebook.thresholds import thresholds
from cit_platform.inference.design import BoolArray, FloatArray
from cit_platform.inference.intervals import Interval
from cit_platform.inference.power import detectable_std_errors, power_of_all
from cit_platform.inference.staggered import (
    LEAD_YEARS,
    NotEstimatedError,
    Ratios,
    Staggered,
    average_effect,
    comparable,
    lead_ratios,
    trend_before,
    two_way,
)
from cit_platform.inference.verdict import Kind, Verdict
from cit_platform.modelling.features import Features
from cit_platform.modelling.officer_months import (
    ALWAYS,
    MONTHS,
    NEVER,
    STUDENT,
    SWITCHES,
    OfficerMonths,
    officer_months,
)
from cit_platform.modelling.specification import EXPOSURE
from cit_platform.modelling.tidy import conform, reason_columns
from cit_platform.modelling.windows import Windows
from cit_platform.studies.feasibility import refusal

PER_MONTH, PER_CONTACT = "force_per_month", "force_per_contact"
FEWEST_OFFICERS, FEWEST_EVENTS = 10, 5
# Longer between the two contacts that enclose it, and the date of a change is not known.
MOST_GAP = 12
# Years since certification at which its parts begin, and what the last over the first is asked to find: that 28 % less
# force (Engel et al. 2022, Criminology & Public Policy 21, 199-233: the size for ICAT in Louisville) has gone.
SINCE = {"since_0_1": 0, "since_1_3": 1, "since_3": 3}
FADED = -float(np.log(1 - 0.28))


@dataclass(frozen=True)
class Variant:
    """One way to ask: which officers are compared beside those still to be certified, and who is left out."""

    name: str
    beside: tuple[int, ...] = ()
    students: bool = False
    without: str = ""
    two_way: bool = False


MAIN = Variant("still_to_be_certified")
VARIANTS = (
    MAIN,
    Variant("two_way_fixed_effects", two_way=True),
    Variant("with_never_certified", beside=(NEVER,)),
    Variant("with_always_certified", beside=(ALWAYS,)),
    Variant("with_students", students=True),
    Variant("without_first_cohort", without="first"),
    Variant("without_largest_cohort", without="largest"),
)


@dataclass(frozen=True)
class Counted:
    """What is counted of officer-months, and per what; the sizes of a sample follow force, whatever is counted."""

    outcome: str
    event: str
    events: Callable[[OfficerMonths], FloatArray]
    exposure: Callable[[OfficerMonths], FloatArray]


COUNTED = (
    Counted(PER_MONTH, "force", lambda months: months.force, lambda months: months.share),
    Counted(PER_CONTACT, "force", lambda months: months.force, lambda months: months.contacts),
)


def certification_change(features: Features, agency: str, windows: Windows, feasibility: pd.DataFrame) -> pd.DataFrame:
    """Force per officer-month and per contact, in the contract of `models/certification_change`.

    What `models/feasibility` switches off, all or the ratio per contact alone, has that as its reason.
    """
    rows = change_rows(features, agency, windows, COUNTED, feasibility, "certification_change")
    return conform(rows, "models/certification_change")


def headline_numbers(frame: pd.DataFrame) -> dict[str, float]:
    """The average ratio of each outcome with its limits, for the UI to plot over time."""
    rows = frame[(frame["variant"] == MAIN.name) & (frame["quantity"] == "average") & frame["converged"]]
    names = ("ratio", "conf_low", "conf_high")
    return {f"{row['outcome']} {name}": float(row[name]) for row in rows.to_dict("records") for name in names}


def change_rows(
    features: Features,
    agency: str,
    windows: Windows,
    counted: tuple[Counted, ...],
    feasibility: pd.DataFrame,
    study: str,
) -> list[dict[str, Any]]:
    """Every variant and quantity of some outcomes, in the columns of a table of a change."""
    largest = thresholds(agency)["largest_cohort"]
    months = officer_months(features, agency, windows)
    first, last = windows.usable or (None, None)
    common = {"agency": agency, "window_start": first, "window_end": last, "covariance": "officer"}
    rows: list[dict[str, Any]] = []
    for variant in VARIANTS:
        found = _sampled(months, variant, largest)
        for of in counted:
            off = refusal(feasibility, study) or refusal(feasibility, f"{study}_{of.outcome.removeprefix('force_')}")
            asked = off if off and isinstance(found, Sample) else found
            rows += [common | _identity(of, variant) | row for row in _rows(asked, of, variant)]
    return rows


def _identity(of: Counted, variant: Variant) -> dict[str, Any]:
    return {
        "outcome": of.outcome,
        "variant": variant.name,
        "role": "headline" if variant is MAIN else "sensitivity",
        "correction": "CR1" if variant.two_way else "CV3",
        "estimator": "poisson_fe" if variant.two_way else "poisson_cohort_year",
    }


@dataclass(frozen=True, eq=False)
class Sample:
    """Officer-months of a variant, rows in common with cohorts and periods; and the cohorts refused by name."""

    months: OfficerMonths
    rows: Staggered
    refused: tuple[Verdict, ...]

    @property
    def n_officers(self) -> int:
        """Officers with months after they became certified, of those who are seen before."""
        return self.months.n_officers(self.rows.treated)


def _sampled(months: OfficerMonths | None, variant: Variant, largest_cohort: float) -> Sample | Verdict:
    if months is None:
        return Verdict(Kind.NO_USABLE_EXPOSURE, {"exposure": EXPOSURE})
    return sample_of(months, largest_cohort, variant)


def sample_of(months: OfficerMonths, largest_cohort: float, variant: Variant = MAIN) -> Sample | Verdict:
    """The officer-months that a variant compares, or why there are not enough.

    Args:
        months: of all officers.
        largest_cohort: a quarter with a larger share of all changes is taken for a change of the records.
        variant: which officers.
    """
    refused = refused_cohorts(months, largest_cohort)
    quarters = [quarter for quarter, _ in refused]
    switches = (months.kind == SWITCHES) & (months.gap <= MOST_GAP) & ~np.isin(months.begins // 3, quarters)
    if not variant.students:
        months, switches = _seasoned(months, switches)
    switches = switches & _on_both_sides(months, switches)
    switches &= months.begins // MONTHS != _year_without(months, switches, variant.without)
    few = Verdict(Kind.TOO_FEW_CHANGES, {"minimum": FEWEST_OFFICERS})
    verdicts = tuple(verdict for _, verdict in refused)
    if months.n_officers(switches) < FEWEST_OFFICERS:
        return verdicts[0] if verdicts else few
    months = months.of(switches | np.isin(months.kind, variant.beside))
    rows = _staggered(months)
    kept, cohort = comparable(rows)
    if not kept.any():
        return Verdict(Kind.NO_COMPARISON)
    sample = Sample(months.of(kept), replace(rows, cohort=cohort).of(kept), verdicts)
    before = months.n_officers(kept & rows.begins & ~rows.treated)
    return few if min(sample.n_officers, before) < FEWEST_OFFICERS else sample


def _seasoned(months: OfficerMonths, switches: BoolArray) -> tuple[OfficerMonths, BoolArray]:
    """Without the first year of service and without field training."""
    kept = (months.career != STUDENT) & ~months.training
    return months.of(kept), switches[kept]


def refused_cohorts(months: OfficerMonths, largest: float) -> list[tuple[int, Verdict]]:
    """Quarters (since 1970) in which too many of all changes fall, each with its name and share."""
    changed = (months.kind == SWITCHES) & (months.gap <= MOST_GAP)
    _, first = np.unique(months.officer[changed], return_index=True)
    quarters, n = np.unique(months.begins[changed][first] // 3, return_counts=True)
    found = []
    for quarter, share in zip(quarters.tolist(), (n / max(n.sum(), 1)).tolist(), strict=True):
        if share > largest and share * n.sum() >= FEWEST_OFFICERS:
            facts = {"cohort": f"{1970 + quarter // 4}-Q{quarter % 4 + 1}", "percent": round(100 * share)}
            found.append((quarter, Verdict(Kind.COHORT_REFUSED, facts)))
    return found


def _on_both_sides(months: OfficerMonths, switches: BoolArray) -> BoolArray:
    before, after = (np.unique(months.officer[switches & (months.certified == side)]) for side in (False, True))
    return np.isin(months.officer, np.intersect1d(before, after))


def _year_without(months: OfficerMonths, switches: BoolArray, which: str) -> int:
    """The year of certification that leaves, -1 for none."""
    if not which or not switches.any():
        return -1
    _, first = np.unique(months.officer[switches], return_index=True)
    years, n = np.unique(months.begins[switches][first] // MONTHS, return_counts=True)
    return int(years[0] if which == "first" else years[n.argmax()])


def _staggered(months: OfficerMonths) -> Staggered:
    """Cohorts by year of certification; who never becomes certified, or was at first, is a cohort of its own."""
    begins = months.kind == SWITCHES
    year = months.begins // MONTHS
    own = np.where(months.kind == NEVER, year.max() + 1, year.max() + 2)
    return Staggered(
        unit=months.officer,
        cohort=np.where(begins, year, own) - year[begins].min(),
        period=months.month // MONTHS - (months.month // MONTHS).min(),
        stratum=months.career,
        treated=begins & months.certified,
        months=months.since,
        begins=begins,
        events=months.force,
        exposure=months.share,
    )


def _rows(found: Sample | Verdict, of: Counted, variant: Variant) -> Iterator[dict[str, Any]]:
    """One row per quantity: its numbers, or why there are none."""
    questions = _QUESTIONS if variant is MAIN else ((("average",), _two_way if variant.two_way else _average),)
    if isinstance(found, Verdict):
        for quantity in (name for names, _ in questions for name in names):
            yield {"quantity": quantity, "converged": False, **reason_columns(found)}
        return
    rows = replace(found.rows, events=of.events(found.months), exposure=of.exposure(found.months))
    common = _sizes(found, rows)
    for names, ask in questions:
        answers = _answers(ask, names, found, rows, of)
        for name, answer in answers.items():
            estimated = not isinstance(answer, Verdict)
            numbers = {} if isinstance(answer, Verdict) else answer
            why = reason_columns(answer if isinstance(answer, Verdict) else None, found.refused)
            yield {"quantity": name, **common, **numbers, "converged": estimated, **why}


def _answers(ask: "Ask", names: tuple[str, ...], found: Sample, rows: Staggered, of: Counted) -> "Answers":
    arms = [(value, rows.begins & (rows.treated == bool(value))) for value in (0, 1)]
    few = [case for value, arm in arms if (case := _few_events(found, rows, of, arm, value))]
    if few:
        return dict.fromkeys(names, _too_few_events(few))
    try:
        return ask(found, rows, of)
    except NotEstimatedError as error:
        return dict.fromkeys(names, error.verdict)


def _sizes(found: Sample, rows: Staggered) -> dict[str, int]:
    return {
        "n_rows": round(found.months.share.sum()),
        "n_contacts": round(found.months.contacts.sum()),
        "n_officers": found.n_officers,
        "n_events": round(rows.events.sum()),
    }


def _few_events(found: Sample, rows: Staggered, of: Counted, arm: BoolArray, value: int) -> dict[str, Any]:
    """The case of an arm with too few events, empty where there are enough."""
    n_events = round(rows.events[arm].sum())
    if n_events >= FEWEST_EVENTS:
        return {}
    return {
        "value": value,
        "n_rows": round(found.months.contacts[arm].sum()),
        "n_events": n_events,
        "outcome": of.event,
    }


def _too_few_events(cases: list[dict[str, Any]]) -> Verdict:
    return Verdict(Kind.TOO_FEW_EVENTS, {"exposure": EXPOSURE, "minimum": FEWEST_EVENTS, "cases": cases})


Numbers = dict[str, float]
Answers = dict[str, Numbers | Verdict]
Ask = Callable[[Sample, Staggered, Counted], Answers]


def _average(_found: Sample, rows: Staggered, _of: Counted) -> Answers:
    return _named(["average"], average_effect(rows))


def _two_way(_found: Sample, rows: Staggered, _of: Counted) -> Answers:
    return {"average": _ratio_columns(two_way(rows))}


def _by_time_since(found: Sample, rows: Staggered, of: Counted) -> Answers:
    """Parts by time since certification, and the last over the first with its power; parts of few are left out."""
    part = np.searchsorted([MONTHS * years for years in SINCE.values()], rows.months, "right") - 1
    refused: dict[str, Verdict] = {}
    for number, name in enumerate(SINCE):
        arm = rows.treated & (part == number)
        if len(np.unique(rows.unit[arm])) < FEWEST_OFFICERS:
            refused[name] = Verdict(Kind.WITHHELD)
        elif few := _few_events(found, rows, of, arm, 1):
            refused[name] = _too_few_events([few])
    known = [name for name in SINCE if name not in refused]
    number_of = np.array([known.index(name) if name in known else -1 for name in SINCE])
    kept = ~rows.treated | (number_of[part] >= 0)
    ratios = average_effect(rows.of(kept), number_of[np.maximum(part, 0)][kept])
    answers: Answers = {**_named(known, ratios), **refused}
    if refused:
        return answers | {"fading": next(iter(refused.values()))}
    fading = ratios.contrast(np.array([-1.0, 0.0, 1.0]))
    clusters = None if fading.effective_clusters is None else fading.effective_clusters[None]
    power = power_of_all(np.array([FADED]), np.array([[float(fading.std_error) ** 2]]), clusters)
    return answers | {"fading": _ratio_columns(fading) | {"power": power}}


def _leads(_found: Sample, rows: Staggered, _of: Counted) -> Answers:
    return _named([f"lead_{year + 1}" for year in range(LEAD_YEARS)], lead_ratios(rows))


def _trend(_found: Sample, rows: Staggered, _of: Counted) -> Answers:
    """The trend before, and the average if either end of its interval went on."""
    trend = trend_before(rows).contrast(np.ones(1))
    found: Answers = {"trend": _ratio_columns(trend)}
    for name, slope in (("average_trend_low", trend.low), ("average_trend_high", trend.high)):
        found |= _named([name], average_effect(rows, trend=float(slope)))
    return found


_QUESTIONS: tuple[tuple[tuple[str, ...], Ask], ...] = (
    (("average",), _average),
    ((*SINCE, "fading"), _by_time_since),
    (("lead_1", "lead_2"), _leads),
    (("trend", "average_trend_low", "average_trend_high"), _trend),
)


def _named(names: list[str], ratios: Ratios) -> Answers:
    one = np.eye(len(names))
    return {
        name: _ratio_columns(ratios.contrast(one[k]))
        | {"observed": float(ratios.observed[k]), "expected": float(ratios.expected[k])}
        for k, name in enumerate(names)
    }


def _ratio_columns(interval: Interval) -> Numbers:
    clusters = interval.effective_clusters
    detectable = float(detectable_std_errors(clusters) * interval.std_error)
    return {
        "estimate": float(interval.estimate),
        "std_error": float(interval.std_error),
        "ratio": float(np.exp(interval.estimate)),
        "conf_low": float(np.exp(interval.low)),
        "conf_high": float(np.exp(interval.high)),
        "smallest_detectable": float(np.exp(detectable)),
        "smallest_detectable_below": float(np.exp(-detectable)),
        "effective_clusters": np.nan if clusters is None else float(clusters),
    }
