-- What the publisher changed, by night, kind of change and field. Withheld: the numbers of an officer's field in
-- under 10 templates. Reads raw.revisions and raw.comparisons.
with changes as (
  select
    sequence,
    cast(cast(seen_at as date) as varchar) as night,
    change,
    coalesce(field, '') as field,
    record_id,
    coalesce(template_id, '') as template,
    date_diff('day', reported_date, cast(seen_at as date)) as age
  from raw.revisions
),
counted as (
  select * from changes
  union all
  -- A record changed in several fields is one changed record.
  select distinct sequence, night, change, '' as field, record_id, template, age
  from changes
  where change = 'changed'
),
summed as (
  select * from counted
  union all
  select sequence, 'all' as night, change, field, record_id, template, age from counted
),
revisions as (
  select
    night,
    change,
    field,
    count(*) as n_records,
    count(distinct template) as n_templates,
    count(case when age <= 30 then 1 end) as n_within_month,
    count(case when age between 31 and 365 then 1 end) as n_within_year,
    count(case when age > 365 then 1 end) as n_later,
    median(age) as median_age_days,
    field not like 'officer%' or count(distinct template) >= 10 as shown
  from summed
  group by night, change, field
),
comparisons as (
  select *, cast(cast(seen_at as date) as varchar) as night
  from raw.comparisons
),
unrevised as (
  -- What differs without a revision: one line per night and field.
  select sequence, night, 'respelled' as change, field, n_respelled as n_records from comparisons
  union all
  select sequence, night, 'absent' as change, field, n_absent as n_records from comparisons
  union all
  -- The same at every field.
  select distinct sequence, night, 'collapsed' as change, '' as field, n_collapsed as n_records from comparisons
),
unrevised_by_night as (
  select night, change, field, n_records from unrevised
  union all
  select 'all' as night, change, field, n_records from unrevised
),
otherwise as (
  select
    night,
    change,
    field,
    sum(n_records) as n_records,
    field not like 'officer%' or sum(n_records) >= 10 as shown
  from unrevised_by_night
  where n_records > 0
  group by night, change, field
)
select
  night,
  change,
  field,
  case when shown then n_records end as n_records,
  case when shown then n_templates end as n_templates,
  case when shown then n_within_month end as n_within_month,
  case when shown then n_within_year end as n_within_year,
  case when shown then n_later end as n_later,
  case when shown then median_age_days end as median_age_days,
  shown
from revisions
union all
select
  night,
  change,
  field,
  case when shown then n_records end as n_records,
  null as n_templates,
  null as n_within_month,
  null as n_within_year,
  null as n_later,
  null as median_age_days,
  shown
from otherwise
union all
select
  night,
  case when from_snapshot is null then 'first' else 'compared' end as change,
  '' as field,
  max(n_records) as n_records,
  null as n_templates,
  null as n_within_month,
  null as n_within_year,
  null as n_later,
  null as median_age_days,
  true as shown
from comparisons
group by night, case when from_snapshot is null then 'first' else 'compared' end
