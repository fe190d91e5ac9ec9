-- How many contacts each level of a predictor has. Withheld: the numbers of an officer attribute with a level that
-- under 10 named officers have, or of whose contacts one of them wrote more than half, among those that a model can
-- hold: of all dates, or from the first usable quarter on. Reads features.contacts and quality.exposure.
with last_implausible as (
  select coalesce(max(case when verdict = 'implausible' then first_day end), date '1900-01-01') as quarter
  from quality.exposure
),
window_start as (
  select min(e.first_day) as first_day
  from quality.exposure e
  join last_implausible i on e.first_day > i.quarter
),
contacts as (
  select
    c.*,
    case when 'unmapped' in (c.call_risk, c.precinct) then 0 else 1 end as is_modelled,
    case when c.reported_date >= w.first_day then 1 else 0 end as in_window
  from features.contacts c
  cross join window_start w
),
plain_levels as (
  select 'call_risk' as term, call_risk as level, count(*) as n from contacts group by call_risk
  union all
  select 'precinct' as term, precinct as level, count(*) as n from contacts group by precinct
  union all
  select 'period' as term, period as level, count(*) as n from contacts group by period
),
given as (
  select
    'officer_race' as term,
    officer_race as level,
    officer_key,
    in_window,
    case when officer_gender = 'unmapped' then 0 else is_modelled end as is_modelled
  from contacts
  union all
  select
    'officer_gender' as term,
    officer_gender as level,
    officer_key,
    in_window,
    case when officer_race = 'unmapped' then 0 else is_modelled end as is_modelled
  from contacts
),
counted as (
  select
    term,
    level,
    officer_key,
    count(*) as n,
    case when officer_key is null then 0 else sum(is_modelled) end as n_modelled,
    case when officer_key is null then 0 else sum(is_modelled * in_window) end as n_window
  from given
  group by term, level, officer_key
),
sizes as (
  select
    term,
    level,
    sum(n) as n,
    count(case when n_modelled > 0 then 1 end) as n_officers,
    -- The only level of a term says nothing of anybody.
    count(*) over (partition by term) = 1
      or (
        count(case when n_modelled > 0 then 1 end) >= 10
        and 2 * max(n_modelled) <= sum(n_modelled)
        and (
          sum(n_window) = 0
          or (count(case when n_window > 0 then 1 end) >= 10 and 2 * max(n_window) <= sum(n_window))
        )
      ) as shown
  from counted
  group by term, level
),
withheld as (
  select term, max(case when shown then 0 else 1 end) as any_withheld
  from sizes
  group by term
)
select term, level, n as n_contacts, cast(null as bigint) as n_officers, true as shown
from plain_levels
union all
select
  s.term,
  s.level,
  -- With one level of a term withheld, the counts of the others would give it away by subtraction.
  case when w.any_withheld = 0 then s.n end as n_contacts,
  case when w.any_withheld = 0 then s.n_officers end as n_officers,
  s.shown
from sizes s
join withheld w on w.term = s.term
