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
snapshots as (
  select
    sequence,
    cast(cast(seen_at as date) as varchar) as night,
    case when from_snapshot is null then 'first' else 'compared' end as change,
    field,
    n_records,
    n_respelled
  from raw.comparisons
),
respelled as (
  select night, field, sum(n_respelled) as n_records from snapshots where n_respelled > 0 group by night, field
  union all
  select 'all' as night, field, sum(n_respelled) as n_records from snapshots where n_respelled > 0 group by field
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
  'respelled' as change,
  field,
  case when field not like 'officer%' or n_records >= 10 then n_records end as n_records,
  null as n_templates,
  null as n_within_month,
  null as n_within_year,
  null as n_later,
  null as median_age_days,
  field not like 'officer%' or n_records >= 10 as shown
from respelled
union all
select
  night,
  change,
  '' as field,
  max(n_records) as n_records,
  null as n_templates,
  null as n_within_month,
  null as n_within_year,
  null as n_later,
  null as median_age_days,
  true as shown
from snapshots
group by night, change
