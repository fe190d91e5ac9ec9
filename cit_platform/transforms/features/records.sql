-- The modelling columns of every clean record: labels grouped by the codebook, dates placed in their policy period.
-- Reads clean.records and the codebook.
with call_labels as (
  select distinct initial_call_type as label
  from clean.records
  where initial_call_type is not null
),
exact_calls as (
  select label, call_risk, call_class
  from codebook.call_types
  where kind = 'exact'
),
call_patterns as (
  select cast("order" as integer) as place, label as pattern, call_risk, call_class
  from codebook.call_types
  where kind = 'pattern'
),
first_patterns as (
  -- Exact labels come first; of the patterns the first that matches.
  select l.label, min(p.place) as place
  from call_labels l
  left join exact_calls e on e.label = l.label
  join call_patterns p on regexp_matches(l.label, p.pattern)
  where e.label is null
  group by l.label
),
calls as (
  select label, call_risk, call_class
  from exact_calls
  union all
  select f.label, p.call_risk, p.call_class
  from first_patterns f
  join call_patterns p on p.place = f.place
),
dated_periods as (
  select
    period,
    cast("start" as date) as first_day,
    coalesce(try_cast("end" as date), date '9999-12-31') as last_day
  from codebook.periods
)
select
  r.record_id,
  r.contact_id,
  r.incident_id,
  r.officer_key,
  r.reported_date,
  extract(year from r.reported_date) as year,
  p.period,
  -- Mark43 numbers exceed 2147483647: a number too long to be cast does so.
  case
    when regexp_matches(r.contact_id, '^[0-9]+$')
      and coalesce(try_cast(r.contact_id as bigint), 2147483648) > 2147483647 then 'mark43'
    else 'legacy'
  end as records_system,
  r.force,
  case when r.disposition is null then 'missing' else coalesce(d."grouping", 'unmapped') end as disposition_group,
  r.cit_certified,
  r.cit_arrived,
  r.cit_requested,
  r.experience_years,
  case when r.initial_call_type is null then 'unknown' else coalesce(c.call_risk, 'unmapped') end as call_risk,
  case when r.initial_call_type is null then 'unknown' else coalesce(c.call_class, 'unmapped') end as call_class,
  coalesce(place.value, 'Unknown') as precinct,
  coalesce(race.value, 'Unknown') as officer_race,
  coalesce(gender.value, 'Unknown') as officer_gender
from clean.records r
left join dated_periods p on r.reported_date between p.first_day and p.last_day
left join codebook.dispositions d on d.label = r.disposition
left join calls c on c.label = r.initial_call_type
left join codebook.precincts place on place.label = r.precinct
left join codebook.officer_races race on race.label = upper(r.officer_race)
left join codebook.officer_genders gender on gender.label = r.officer_gender
