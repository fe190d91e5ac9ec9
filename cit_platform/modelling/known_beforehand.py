"""Contacts by what was known before anybody arrived, by place and time, and by who wrote them: counted once for all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from cit_platform.codebook.agency import agency_of
from cit_platform.inference.cross_fitting import folds_of
from cit_platform.inference.design import BoolArray, Design, FloatArray, IntArray, Term, design_of, predictors_of
from cit_platform.inference.patterns import ClusterCounts, group_clusters, group_rows
from cit_platform.modelling.counts import OFFICER
from cit_platform.modelling.features import Columns, Features
from cit_platform.modelling.specification import UNMAPPED
from cit_platform.modelling.windows import Window

CALL = ("call_class", "precinct", "hours", "weekend", "received", "year")
CALL_AND_OFFICER = ("call_risk", "precinct", "watch", "weekend", "year", "experience")
_SQL = f"""
with contacts as (
  select
    {OFFICER} as officer,
    case when r.officer_key is null then 0 else 1 end as named,
    r.contact_id,
    cast(r.month as varchar) as month,
    r.precinct,
    r.watch,
    r.call_risk,
    r.call_class,
    case when r.hour is null then 'unknown' else cast(r.hour // 4 as varchar) end as hours,
    cast(r.weekend as varchar) as weekend,
    case
      when contains(r.call_received, 'NOT 911') then 'other'
      when contains(r.call_received, '911') then '911'
      when contains(r.call_received, 'ONVIEW') then 'onview'
      else 'other'
    end as received,
    cast(r.year as varchar) as year,
    r.experience,
    r.cit_certified,
    coalesce(r.cit_dispatched, -1) as cit_dispatched,
    -- Of an incident one contact is asked whether a CIT officer was dispatched.
    case when row_number() over (partition by r.incident_id order by r.contact_id) = 1 then 1 else 0 end as opens,
    case when $squad <> '' and contains(r.officer_squad, $squad) then 1 else 0 end as crisis_squad,
    r.force
  from features.contacts r
  where r.reported_date between $first and $last
    and r.precinct <> $unmapped
    and r.call_class <> $unmapped
),
officers as (
  -- Numbered by their first contact and not by their key.
  select officer, row_number() over (order by min(contact_id), officer) - 1 as code
  from contacts
  group by officer
)
select o.code, c.* exclude (officer, contact_id), count(*) as n
from contacts c
join officers o on o.officer = c.officer
group by all
order by all
"""


@dataclass(frozen=True, eq=False)
class KnownBeforehand:
    """Contacts in groups of alike ones: `columns` by name and `n`, the contacts of each, (r,)."""

    columns: Columns
    n: FloatArray
    n_clusters: int

    def flag(self, name: str) -> FloatArray:
        """A column of zeros and ones; -1 where it is not known."""
        return self.columns[name].astype(np.float64)

    @cached_property
    def officer(self) -> IntArray:
        """Codes of the officers."""
        return self.columns["code"].astype(np.int64)

    @cached_property
    def stratum(self) -> IntArray:
        """Codes of precinct, watch and month together."""
        parts = (self.columns[name] for name in ("precinct", "watch", "month"))
        codes = [pd.factorize(part, sort=True)[0].astype(np.int64) for part in parts]
        sizes = [int(code.max(initial=0)) + 1 for code in codes]
        keys = (codes[0] * sizes[1] + codes[1]) * sizes[2] + codes[2]
        return np.asarray(np.unique(keys, return_inverse=True)[1], dtype=np.int64)

    @cached_property
    def fold(self) -> IntArray:
        """The fold of each officer."""
        return folds_of(self.n_clusters)

    def where(self, rows: BoolArray) -> "KnownBeforehand":
        """Some of the groups; officers keep their numbers."""
        return replace(self, columns={name: column[rows] for name, column in self.columns.items()}, n=self.n[rows])

    def total(self, rows: BoolArray | FloatArray) -> int:
        """Contacts of some of the groups, or the sum of a flag over the contacts."""
        return round(float(self.n @ rows))

    def n_officers(self, rows: BoolArray | None = None) -> int:
        """Named officers among some of the groups."""
        chosen = self.columns["named"] == 1 if rows is None else (self.columns["named"] == 1) & rows
        return int(np.unique(self.officer[chosen]).size)

    def of_officers(self, values: FloatArray) -> FloatArray:
        """Values (r,) added up by officer."""
        return np.bincount(self.officer, values, self.n_clusters).astype(np.float64)

    def cells(self, pattern: IntArray, event: FloatArray, rows: BoolArray) -> ClusterCounts:
        """Counts of an event by officer and pattern, over some of the groups."""
        outcome = event[rows].astype(np.int64)
        return group_clusters(pattern[rows], self.officer[rows], outcome, 2, self.n[rows])


@dataclass(frozen=True, eq=False)
class Coded:
    """Groups coded by terms: the `design` of the distinct patterns, the `pattern` of each group, levels by factor."""

    design: Design
    pattern: IntArray
    factors: tuple[IntArray, ...]


def known_beforehand(features: Features, agency: str, window: Window) -> KnownBeforehand:
    """Contacts reported in a window, both ends included, whose call and precinct the codebook knows."""
    parameters = {
        **{"first": window[0], "last": window[1]},
        **{"unmapped": UNMAPPED, "squad": agency_of(agency).crisis_response_squad},
    }
    columns = features.select(_SQL, parameters)
    n = columns.pop("n").astype(np.float64)
    return KnownBeforehand(columns, n, int(columns["code"].max(initial=-1)) + 1)


def coded(contacts: KnownBeforehand, names: Sequence[str]) -> Coded:
    """Patterns of categorical columns; the most frequent level of each is its reference."""
    terms = [Term(name, "categorical", _most_frequent(contacts, name)) for name in names]
    predictors = predictors_of(contacts.columns, terms)
    patterns = group_rows(predictors, np.zeros(len(contacts.n), dtype=np.int64), 1)
    factors = tuple(patterns.predictors.factors[name].codes for name in names)
    return Coded(design_of(patterns.predictors, terms), patterns.row_pattern, factors)


def _most_frequent(contacts: KnownBeforehand, name: str) -> str:
    codes, levels = pd.factorize(contacts.columns[name], sort=True)
    return str(levels[int(np.argmax(np.bincount(codes, contacts.n)))]) if len(levels) else ""
