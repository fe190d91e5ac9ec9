-- Every disposition and initial call type seen, with its group and count; what the codebook does not know is unmapped.
-- Reads clean.records and features.records.
select
  'disposition' as field,
  coalesce(c.disposition, '') as label,
  f.disposition_group as "grouping",
  count(*) as n_records
from clean.records c
join features.records f on f.record_id = c.record_id
group by coalesce(c.disposition, ''), f.disposition_group
union all
select
  'initial_call_type' as field,
  coalesce(c.initial_call_type, '') as label,
  case when c.initial_call_type is null then 'missing' else f.call_risk end as "grouping",
  count(*) as n_records
from clean.records c
join features.records f on f.record_id = c.record_id
group by coalesce(c.initial_call_type, ''), case when c.initial_call_type is null then 'missing' else f.call_risk end
