-- How many contacts each level of a predictor has. Withheld: the number of an officer attribute's level with under 10
-- contacts, or with under 10 that a model can hold.
-- Reads features.contacts.
with contacts as (
  select
    *,
    case when 'unmapped' in (call_risk, precinct, officer_race, officer_gender) then 0 else 1 end as is_modelled
  from features.contacts
),
levels as (
  select 'call_risk' as term, call_risk as level, count(*) as n, sum(is_modelled) as n_modelled, false as is_officer
  from contacts
  group by call_risk
  union all
  select 'precinct' as term, precinct as level, count(*) as n, sum(is_modelled) as n_modelled, false as is_officer
  from contacts
  group by precinct
  union all
  select 'officer_race' as term, officer_race as level, count(*) as n, sum(is_modelled) as n_modelled,
    true as is_officer
  from contacts
  group by officer_race
  union all
  select 'officer_gender' as term, officer_gender as level, count(*) as n, sum(is_modelled) as n_modelled,
    true as is_officer
  from contacts
  group by officer_gender
  union all
  select 'period' as term, period as level, count(*) as n, sum(is_modelled) as n_modelled, false as is_officer
  from contacts
  group by period
)
select
  term,
  level,
  -- With one level of a term withheld, the counts of the others would give it away by subtraction.
  case when min(n_modelled) over (partition by term) >= 10 or not is_officer then n end as n_contacts,
  n_modelled >= 10 or not is_officer as shown
from levels
