"""What can these data answer? Each question with a limit that was stated beforehand, and what fails switches off.

For: knowing before any estimate which studies these records bear, and why not the others.
Not for: what certification is associated with: nothing is compared here.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd

from cit_platform.codebook.thresholds import thresholds
from cit_platform.inference.design import FloatArray
from cit_platform.inference.intervals import Interval, log_interval
from cit_platform.inference.proportions import proportion
from cit_platform.inference.verdict import Kind, Verdict
from cit_platform.modelling.counts import OFFICER
from cit_platform.modelling.exposure import FEWEST_OFFICERS, SMALLEST_SHARE
from cit_platform.modelling.features import Features
from cit_platform.modelling.tidy import conform, reason_columns
from cit_platform.modelling.windows import Window, Windows, first_day

# What a failed question takes with it. Parts of studies have names of their own.
ASKS_CERTIFICATION = (
    *("certification_change", "recording", "dispatch_balance", "call_detail", "unmeasured", "interference"),
    "negative_controls",
)
SWITCHES_OFF = {
    "usable_quarters": ASKS_CERTIFICATION,
    "switchers": ("certification_change", "recording"),
    "switchers_with_force": ("certification_change",),
    "reversals": ("certification_change", "recording"),
    "revised_certification": ("certification_change", "recording"),
    "several_reporters": ("two_way", "within_scene"),
    "templates_ratio": ("certification_change_per_contact",),
}
MONTHS_AROUND = 6
Row = dict[str, Any]
# Officers with their contacts in order, and the month in which the first certified contact follows one without.
_SWITCHERS = f"""
with followed as (
  select
    {OFFICER} as officer,
    r.month,
    r.force,
    r.cit_certified,
    lag(r.cit_certified) over (partition by r.officer_key order by r.reported_date, r.contact_id) as before
  from features.contacts r
  where r.officer_key is not null and r.reported_date between $first and $last
),
officers as (
  select
    officer,
    min(case when before = 0 and cit_certified = 1 then month end) as switched,
    max(case when before = 1 and cit_certified = 0 then 1 else 0 end) as reversed,
    max(force) as with_force,
    min(month) as first_month,
    max(month) as last_month
  from followed
  group by officer
)
select
  o.officer,
  strftime(o.switched, '%Y-%m') as cohort,
  o.reversed,
  o.with_force,
  least({MONTHS_AROUND}, date_diff('month', o.first_month, o.switched)) as months_before,
  least({MONTHS_AROUND}, date_diff('month', o.switched, o.last_month)) as months_after,
  sum(case when date_diff('month', f.month, o.switched) between 1 and {MONTHS_AROUND} then 1 else 0 end) as n_before,
  sum(case when date_diff('month', o.switched, f.month) between 1 and {MONTHS_AROUND} then 1 else 0 end) as n_after
from officers o
join followed f on f.officer = o.officer
where o.switched is not null
group by all
order by all
"""


def feasibility(features: Features, agency: str, windows: Windows) -> pd.DataFrame:
    """Rows in the contract of `models/feasibility`; officers' histories where certification is usable."""
    limits = thresholds(agency)
    rows = [
        *_quarters(features, windows),
        *_histories(features, windows.usable, limits),
        _revised(features, limits["most_revised"]),
        *_dispositions(features, windows.all, limits["least_constant_force"]),
        _reporters(features, windows.all, limits["several_reporters"]),
    ]
    return conform([{"agency": agency} | row for row in rows], "models/feasibility")


def switched_off(feasibility: pd.DataFrame, study: str) -> tuple[str, ...]:
    """The questions that switch a study, or a part of one, off; none where it may be asked.

    Args:
        feasibility: `models/feasibility` of one agency.
        study: name of a study, or of a part as `SWITCHES_OFF` has it.
    """
    named = [study in text.split(";") for text in feasibility["switches_off"]]
    return tuple(dict.fromkeys(feasibility["question"][named]))


def refusal(feasibility: pd.DataFrame, study: str) -> Verdict | None:
    """Why a study, or a part of one, is not asked; None where it may be."""
    questions = switched_off(feasibility, study)
    return Verdict(Kind.SWITCHED_OFF, {"questions": list(questions)}) if questions else None


def refused_cohorts(feasibility: pd.DataFrame) -> tuple[str, ...]:
    """Months, such as 2016-01, that hold too many of the officers who become certified to be a class."""
    cohorts = feasibility[feasibility["question"] == "cohorts"]
    return tuple(cohorts["level"][cohorts["passes"].eq(False).fillna(False)])


def headline_numbers(frame: pd.DataFrame) -> dict[str, float]:
    """How many officers become certified, and how many questions fail, for the UI to plot over time."""
    switchers = frame[(frame["question"] == "switchers") & frame["value"].notna()]
    failed = float(frame["passes"].eq(False).fillna(False).sum())
    numbers = {"questions failed": failed}
    if len(switchers):
        numbers["officers who become certified"] = float(switchers["value"].iloc[0])
    return numbers


def _row(question: str, unit: str, n_of: str, n: int | None, level: str = "") -> Row:
    named = {"question": question, "level": level, "unit": unit, "n_of": n_of, "n": n, "switches_off": ""}
    return named | reason_columns(None)


def _judged(row: Row, threshold: float, passes: bool | None) -> Row:
    failed = SWITCHES_OFF.get(row["question"], ()) if passes is False else ()
    return row | {"threshold": threshold, "passes": passes, "switches_off": ";".join(failed)}


def _share(events: FloatArray, rows: FloatArray) -> Row:
    """A share over officers, who may differ, with its limits."""
    found = proportion(events, rows)
    return {"value": found.estimate, "value_conf_low": found.low, "value_conf_high": found.high}


def _quarters(features: Features, windows: Windows) -> Iterator[Row]:
    """The certified share per quarter, and whether the quarter is usable by quality/exposure."""
    sql = (
        "select concat(cast(r.year as varchar), '-Q', cast(extract(quarter from r.reported_date) as varchar))\n"
        f"    as quarter, {OFFICER} as officer, count(*) as n, sum(r.cit_certified) as certified\n"
        "from features.contacts r\nwhere r.reported_date between $first and $last\ngroup by all\norder by all"
    )
    counted = pd.DataFrame(features.select(sql, {"first": windows.all[0], "last": windows.all[1]}))
    usable = 0
    for quarter, part in counted.groupby("quarter", sort=True):
        row = _row("certified_share", "share", "contacts", int(part["n"].sum()), str(quarter))
        passes = windows.usable is not None and first_day(str(quarter)) >= _first_of_quarter(windows.usable[0])
        usable += passes
        if len(part) < FEWEST_OFFICERS:
            yield row | reason_columns(Verdict(Kind.WITHHELD))
            continue
        share = _share(part["certified"].to_numpy(np.float64), part["n"].to_numpy(np.float64))
        yield _judged(row | share, SMALLEST_SHARE, passes)
    whole = _row("usable_quarters", "quarters", "quarters", int(counted["quarter"].nunique()))
    yield _judged(whole | {"value": float(usable)}, 1.0, usable > 0)


def _first_of_quarter(day: Any) -> Any:
    return day.replace(month=3 * ((day.month - 1) // 3) + 1, day=1)


def _histories(features: Features, window: Window | None, limits: dict[str, float]) -> Iterator[Row]:
    """Who becomes certified, when, and whether it lasts; nothing where certification is usable in no quarter."""
    if window is None:
        return
    found = features.select(_SWITCHERS, {"first": window[0], "last": window[1]})
    n = len(found["officer"])
    yield _judged(_officers("switchers", n, n), limits["fewest_switchers"], n >= limits["fewest_switchers"])
    with_force = int(found["with_force"].sum())
    enough = limits["switchers_with_force"]
    yield _judged(_officers("switchers_with_force", with_force, n), enough, with_force >= enough)
    yield from _cohorts(found["cohort"], limits["largest_cohort"])
    yield _reversals(found["reversed"].astype(np.float64), limits["most_reversals"])
    yield _templates(found, limits["templates_ratio"])


def _reversals(reversed_: FloatArray, most: float) -> Row:
    """Of the officers who become certified, the share of those who seem to lose it; not shown of one to nine."""
    n = len(reversed_)
    row = _row("reversals", "share", "officers", n if n >= FEWEST_OFFICERS else None)
    if n < FEWEST_OFFICERS:
        return row | reason_columns(Verdict(Kind.WITHHELD))
    few = 0 < reversed_.sum() < FEWEST_OFFICERS
    share = reason_columns(Verdict(Kind.WITHHELD)) if few else _share(reversed_, np.ones(n))
    return _judged(row | share, most, bool(reversed_.mean() <= most))


def _officers(question: str, value: int, n: int) -> Row:
    """A number of officers; which one is not said of fewer than ten."""
    row = _row(question, "officers", "officers", n if n >= FEWEST_OFFICERS else None)
    if 0 < value < FEWEST_OFFICERS:
        return row | reason_columns(Verdict(Kind.WITHHELD))
    return row | {"value": float(value)}


def _cohorts(months: Any, largest: float) -> Iterator[Row]:
    """Officers who become certified by month, months put together until they hold ten; too large a month by name."""
    names, counts = np.unique(months.astype(str), return_counts=True)
    n = int(counts.sum())
    refused = {str(name) for name, count in zip(names, counts, strict=True) if count > largest * n}
    bundles = list(_merged(list(zip(names.tolist(), counts.tolist(), strict=True)), refused))
    hidden = _hidden([count for _, count in bundles])
    for place, (level, count) in enumerate(bundles):
        row = _row("cohorts", "officers", "officers", n if n >= FEWEST_OFFICERS else None, level)
        value = reason_columns(Verdict(Kind.WITHHELD)) if place in hidden else {"value": float(count)}
        yield _judged(row | value, largest, level not in refused)


def _hidden(counts: list[int]) -> set[int]:
    """Places of numbers under ten, and of the smallest others that keep them from being what is left of the sum."""
    order = sorted(range(len(counts)), key=lambda place: counts[place])
    hidden = {place for place in order if counts[place] < FEWEST_OFFICERS}
    for place in order[len(hidden) :]:
        if not hidden or sum(counts[each] for each in hidden) >= FEWEST_OFFICERS:
            break
        hidden.add(place)
    return hidden


def _merged(months: list[tuple[str, int]], refused: set[str]) -> Iterator[tuple[str, int]]:
    """Months in a row with ten officers or more together, and those that are refused apart."""
    for apart, group in groupby(months, key=lambda month: month[0] in refused):
        if apart:
            yield from group
            continue
        bundles: list[list[tuple[str, int]]] = [[]]
        for month in group:
            bundles[-1].append(month)
            if sum(count for _, count in bundles[-1]) >= FEWEST_OFFICERS:
                bundles.append([])
        # What is left at the end is too few to stand alone.
        last = bundles.pop()
        if last and bundles:
            bundles[-1] += last
        elif last:
            bundles.append(last)
        for bundle in bundles:
            first, final = bundle[0][0], bundle[-1][0]
            yield first if first == final else f"{first} to {final}", sum(count for _, count in bundle)


def _templates(found: dict[str, Any], largest: float) -> Row:
    """Templates per officer-month after becoming certified over those before, the month of it left out."""
    names = ("n_before", "months_before", "n_after", "months_after")
    counts = np.column_stack([found[name].astype(np.float64) for name in names])
    counts = counts[(counts[:, 1] > 0) & (counts[:, 3] > 0)]
    row = _row("templates_ratio", "ratio", "officers", len(counts) if len(counts) >= FEWEST_OFFICERS else None)
    total = counts.sum(axis=0)
    if len(counts) < FEWEST_OFFICERS or not total.all():
        return row | reason_columns(Verdict(Kind.WITHHELD))
    ratio = _ratio_of_rates(counts)
    low, high = float(ratio.low), float(ratio.high)
    inside, outside = low > 1 / largest and high < largest, low > largest or high < 1 / largest
    value = {"value": float(ratio.estimate), "value_conf_low": low, "value_conf_high": high}
    return _judged(row | value, largest, True if inside else False if outside else None)


def _ratio_of_rates(counts: FloatArray) -> Interval:
    """Ratio of two rates of the same officers: (n, 4) events and months before, events and months after.

    Source: Cochran (1977), Sampling Techniques, 3rd ed., sec. 6.13 (ratios of ratios), linearised over officers.
    """
    total, n = counts.sum(axis=0), len(counts)
    share = counts / total
    influence = share[:, 2] - share[:, 3] - share[:, 0] + share[:, 1]
    ratio = (total[2] / total[3]) / (total[0] / total[1])
    return log_interval(np.asarray(ratio), np.asarray(np.sqrt(n / (n - 1) * float(influence @ influence))))


def _revised(features: Features, most: float) -> Row:
    """The share of contacts whose certification the publisher has changed between archived snapshots."""
    sql = (
        "select\n"
        "  (select count(distinct sequence) from raw.comparisons where from_snapshot is not null) as compared,\n"
        "  (select count(distinct template_id) from raw.revisions\n"
        "    where change = 'changed' and field = 'cit_certified_indicator') as revised,\n"
        "  (select count(*) from features.contacts) as n"
    )
    compared, revised, n = (int(column[0]) for column in features.select(sql, {}).values())
    row = _row("revised_certification", "share", "contacts", n)
    if not compared or not n:
        return row | reason_columns(Verdict(Kind.NOTHING_TO_COMPARE))
    return _judged(row | {"value": revised / n}, most, revised / n <= most)


def _dispositions(features: Features, window: Window, least: float) -> Iterator[Row]:
    """How many contacts have several dispositions, by records system, and whether force is the same in all of one."""
    sql = (
        "with contacts as (\n"
        f"  select r.contact_id, min(r.records_system) as level, min({OFFICER}) as officer, count(*) as records,\n"
        "    case when min(r.force) = max(r.force) then 1 else 0 end as constant\n"
        "  from features.records r\n  where r.reported_date between $first and $last\n  group by r.contact_id\n)\n"
        "select level, officer, count(*) as n, sum(case when records > 1 then 1 else 0 end) as several,\n"
        "  sum(case when records > 1 then constant else 0 end) as constant\n"
        "from contacts\ngroup by all\norder by all"
    )
    counted = pd.DataFrame(features.select(sql, {"first": window[0], "last": window[1]}))
    for level, part in counted.groupby("level", sort=True):
        row = _row("several_dispositions", "share", "contacts", int(part["n"].sum()), str(level))
        if len(part) < FEWEST_OFFICERS:
            yield row | reason_columns(Verdict(Kind.WITHHELD))
        else:
            yield row | _share(part["several"].to_numpy(np.float64), part["n"].to_numpy(np.float64))
    several = counted[counted["several"] > 0].groupby("officer")[["several", "constant"]].sum()
    row = _row("constant_force", "share", "contacts", int(several["several"].sum()))
    if len(several) < FEWEST_OFFICERS:
        yield row | reason_columns(Verdict(Kind.WITHHELD))
        return
    share = _share(several["constant"].to_numpy(np.float64), several["several"].to_numpy(np.float64))
    yield _judged(row | share, least, bool(share["value"] >= least))


def _reporters(features: Features, window: Window, least: float) -> Row:
    """Of the incidents of several contacts, how many have several reporting officers."""
    sql = (
        "with incidents as (\n  select r.incident_id, count(distinct r.officer_key) as officers\n"
        "  from features.contacts r\n  where r.reported_date between $first and $last\n"
        "  group by r.incident_id\n  having count(*) > 1\n)\n"
        "select count(*) as n, coalesce(sum(case when officers > 1 then 1 else 0 end), 0) as several from incidents"
    )
    n, several = (int(column[0]) for column in features.select(sql, {"first": window[0], "last": window[1]}).values())
    row = _row("several_reporters", "share", "incidents", n)
    if not n:
        return row | reason_columns(Verdict(Kind.NO_ROWS))
    share = _share(np.array([float(several)]), np.array([float(n)]))
    return _judged(row | share, least, bool(share["value"] >= least))
