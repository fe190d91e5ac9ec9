"""Officers by month: what each wrote and how it ended, before and after certification."""

from dataclasses import dataclass

import numpy as np

from cit_platform.codebook.agency import agency_of
from cit_platform.inference.design import BoolArray, FloatArray, IntArray
from cit_platform.modelling.features import Columns, Features
from cit_platform.modelling.windows import Windows

# First whole year of service of each bin; the last bin is of officers whose service is not known.
CAREER_YEARS = (0, 1, 2, 3, 5, 10)
STUDENT, UNKNOWN_CAREER = 0, len(CAREER_YEARS)
MONTHS = 12
NO_MONTH = -1

# Service is seen in all contacts, certification only where it is usable.
_SQL = """
with reports as (
  select
    r.officer_key,
    r.contact_id,
    r.cit_certified as certified,
    r.force,
    r.reported_date >= $usable as usable,
    cast(r.reported_date as date) as reported,
    date_diff('month', date '1970-01-01', cast(r.reported_date as date)) as month,
    cast(r.officer_squad = $field_training as integer) as training,
    date_diff('day', date '1970-01-01', cast(r.reported_date as date)) / 365.25 - r.experience_years as hired
  from features.contacts r
  where r.officer_key is not null and r.reported_date between $first and $last
),
firsts as (
  -- Field training opens a career, whatever a personnel file says of earlier years.
  select officer_key, arg_min(training, (reported, contact_id)) as recruit, min(reported) as first_report
  from reports
  group by officer_key
),
officers as (
  select
    officer_key,
    row_number() over (order by min(contact_id)) - 1 as officer,
    min(month) as first_month,
    max(month) as last_month,
    min(case when usable and certified = 1 then month end) as certified_month,
    max(case when usable and certified = 0 then month end) as uncertified_month,
    max(case when usable and certified = 0 then reported end)
      > min(case when usable and certified = 1 then reported end) as reversed,
    case
      when any_value(f.recruit) = 1 then date_diff('day', date '1970-01-01', any_value(f.first_report)) / 365.25
      else median(hired) - 0.5
    end as hired
  from reports
  join firsts f using (officer_key)
  group by officer_key
)
select
  o.officer, r.month, o.first_month, o.last_month, o.hired,
  coalesce(o.certified_month, -1) as certified_month,
  coalesce(o.uncertified_month, -1) as uncertified_month,
  cast(coalesce(o.reversed, false) as integer) as reversed,
  count(*) as contacts,
  sum(r.certified) as certified_contacts,
  sum(r.force) as force,
  sum(r.certified * r.force) as certified_force,
  max(r.training) as training
from reports r
join officers o using (officer_key)
where r.usable
group by all
order by o.officer, r.month
"""


@dataclass(frozen=True, eq=False)
class OfficerMonths:
    """A row per officer, month of service and certification in it; (n,).

    Service runs from the month after that of an officer's first contact to the month before that of the last: those two
    hold a contact by definition and are no fair sample of months. A month without a contact counts as one with none.
    An officer becomes certified halfway between the last contact without and the first with certification; a month is
    divided there.

    Attributes:
        officer: code, in the order of first contacts.
        month: months since January 1970.
        share: part of the month that the row is of; above 0.
        contacts, force: contacts, and those with force.
        career: bin of `CAREER_YEARS`, by the middle of the month.
        training: whether the officer is in the field-training squad, by the latest contact.
        certified: whether the row is after the beginning of certification.
        since: months since that beginning, negative before it; 0 where it is not seen.
        begins: month in which certification begins; `NO_MONTH` where that is not seen.
        gap: months between the two contacts that enclose the beginning; 0 where it is not seen.
        kind: `SWITCHES`, `NEVER`, `ALWAYS` or `REVERSED`, of the officer.
    """

    officer: IntArray
    month: IntArray
    share: FloatArray
    contacts: FloatArray
    force: FloatArray
    career: IntArray
    training: BoolArray
    certified: BoolArray
    since: IntArray
    begins: IntArray
    gap: IntArray
    kind: IntArray

    def of(self, kept: BoolArray) -> "OfficerMonths":
        """Some of the rows."""
        return OfficerMonths(**{name: column[kept] for name, column in vars(self).items()})

    def n_officers(self, kept: BoolArray) -> int:
        """How many officers have some of the rows."""
        return len(np.unique(self.officer[kept]))


# Seen without certification and later with it; without it only; with it only; without it after having been with it.
SWITCHES, NEVER, ALWAYS, REVERSED = range(4)


def officer_months(features: Features, agency: str, windows: Windows) -> OfficerMonths | None:
    """Count the contacts of named officers by month of report; None where certification is usable in no quarter."""
    if windows.usable is None:
        return None
    squad = agency_of(agency).field_training_squad
    window = {"first": windows.all[0], "usable": windows.usable[0], "last": windows.usable[1]}
    counted = features.select(_SQL, {"field_training": squad, **window})
    return months_of(counted, 12 * (windows.usable[0].year - 1970) + windows.usable[0].month - 1)


def months_of(counted: Columns, first_usable: int) -> OfficerMonths:
    """Every month of service of every officer from the months with contacts.

    Args:
        counted: a row per officer and month with contacts, in this order: `officer, month, first_month, last_month,
            certified_month, uncertified_month, reversed, hired, contacts, certified_contacts, force, certified_force,
            training`; `NO_MONTH` for no such month, `hired` in years since 1970, NaN if not known.
        first_usable: month from which certification is usable; the months with contacts begin with it.
    """
    whole = {name: column.astype(np.int64) for name, column in counted.items() if name != "hired"}
    _, start = np.unique(whole["officer"], return_index=True)
    of = {name: column[start] for name, column in whole.items()}
    begin = np.maximum(of["first_month"], first_usable)
    length = of["last_month"] - begin + 1
    offset = np.cumsum(length) - length
    place = np.repeat(np.arange(len(start)), length)
    month = begin[place] + np.arange(len(place)) - offset[place]
    row = np.searchsorted(start, np.arange(len(whole["month"])), "right") - 1
    at = offset[row] + whole["month"] - begin[row]
    latest = np.zeros(len(place), dtype=np.int64)
    latest[at] = np.arange(len(at))
    latest = np.maximum.accumulate(latest)

    def spread(name: str) -> FloatArray:
        values = np.zeros(len(place))
        values[at] = whole[name]
        return values

    kind = _kind(of)
    between = of["certified_month"] - of["uncertified_month"]
    halfway = of["uncertified_month"] + (between + 1) / 2
    begins = np.select([kind == SWITCHES, kind == ALWAYS], [halfway, -np.inf], np.inf)[place]
    inside = (month > of["first_month"][place]) & (month < of["last_month"][place])
    of_both = {
        "officer": of["officer"][place],
        "month": month,
        "career": _career(month, counted["hired"].astype(np.float64)[start][place]),
        "training": whole["training"][latest] == 1,
        "begins": np.where(np.isfinite(begins), np.floor(begins), NO_MONTH).astype(np.int64),
        "gap": np.where(kind == SWITCHES, between, 0)[place],
        "kind": kind[place],
    }
    certified = {name: spread(f"certified_{name}") for name in ("contacts", "force")}
    uncertified = {name: spread(name) - certified[name] for name in certified}
    before = np.clip(begins - month, 0.0, 1.0)
    sides = [
        {**uncertified, "share": before, "since": _months_since(month, np.ceil(begins))},
        {**certified, "share": 1.0 - before, "since": _months_since(month, np.floor(begins))},
    ]
    rows = [
        OfficerMonths(certified=np.full(len(month), bool(side)), **of_both, **columns)
        for side, columns in enumerate(sides)
    ]
    kept = [of_side.of(inside & (of_side.share > 0)) for of_side in rows]
    return OfficerMonths(**{name: np.concatenate([getattr(side, name) for side in kept]) for name in vars(kept[0])})


def _months_since(month: IntArray, begins: FloatArray) -> IntArray:
    """Months since a beginning, 0 where that is not seen."""
    return np.where(np.isfinite(begins), month - begins, 0.0).astype(np.int64)


def _kind(of: Columns) -> IntArray:
    seen_with, seen_without = of["certified_month"] != NO_MONTH, of["uncertified_month"] != NO_MONTH
    found = np.where(seen_with, np.where(seen_without, SWITCHES, ALWAYS), NEVER)
    return np.where(of["reversed"] == 1, REVERSED, found)


def _career(month: IntArray, hired: FloatArray) -> IntArray:
    """Bin of the service at the middle of each month; `hired` in years since 1970, NaN where it is not known."""
    years = (month + 0.5) / MONTHS - hired
    bins = np.searchsorted(CAREER_YEARS, years, "right") - 1
    return np.where(np.isnan(hired), UNKNOWN_CAREER, np.maximum(bins, STUDENT))
