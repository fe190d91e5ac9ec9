-- What quality/exposure is judged from: by report quarter, officer and quarter of the officer's contact before the
-- contacts, those with a certified officer, and whether certification came or went since the contact before; by quarter
-- how many records the publisher changed in it afterwards. A contact without an officer stands alone.
-- Reads features.contacts and raw.revisions.
with contacts as (
  select
    concat(cast(year as varchar), '-Q', cast(extract(quarter from reported_date) as varchar)) as quarter,
    coalesce(officer_key, concat('contact ', contact_id)) as officer,
    contact_id,
    reported_date,
    cit_certified
  from features.contacts
),
followed as (
  select
    *,
    lag(cit_certified) over (partition by officer order by reported_date, contact_id) as certified_before,
    lag(quarter) over (partition by officer order by reported_date, contact_id) as quarter_before
  from contacts
),
revised as (
  select
    concat(
      cast(extract(year from reported_date) as varchar), '-Q', cast(extract(quarter from reported_date) as varchar)
    ) as quarter,
    count(*) as n
  from raw.revisions
  where change = 'changed' and field = 'cit_certified_indicator' and reported_date is not null
  group by concat(
    cast(extract(year from reported_date) as varchar), '-Q', cast(extract(quarter from reported_date) as varchar)
  )
)
select
  f.quarter,
  f.officer,
  coalesce(f.quarter_before, f.quarter) as quarter_before,
  count(*) as contacts,
  sum(f.cit_certified) as certified,
  max(case when f.certified_before = 0 and f.cit_certified = 1 then 1 else 0 end) as to_certified,
  max(case when f.certified_before = 1 and f.cit_certified = 0 then 1 else 0 end) as to_uncertified,
  coalesce(max(r.n), 0) as revised
from followed f
left join revised r on r.quarter = f.quarter
group by f.quarter, f.officer, coalesce(f.quarter_before, f.quarter)
