-- What the publisher changed between two snapshots: a line per changed field, added record or removed record, with
-- the values as the snapshots print them; records of collapsed templates are none, raw/comparisons counts them. Reads
-- raw.pairs, raw.compared and raw.differing; $sequence, $from_snapshot, $to_snapshot and $seen_at name the comparison,
-- $first_report and $as_of bound the days.
with changes as (
  select template, before_id as record_id, 'changed' as change, field, old_value, new_value
  from raw.compared
  where not means_the_same
  union all
  select template, before_id as record_id, 'removed' as change, null as field, null as old_value, null as new_value
  from raw.pairs
  where after_id is null and not is_collapsed
  union all
  select template, after_id as record_id, 'added' as change, null as field, null as old_value, null as new_value
  from raw.pairs
  where before_id is null
),
records as (
  select
    record_id,
    max(case when field = 'template_id' then printed end) as template_id,
    max(case when field = 'disposition' then printed end) as disposition,
    -- Matched before it is cast: a cast alone takes other spellings for dates.
    max(case when field = 'reported_date' and regexp_matches(meaning, '^[0-9]{4}-[0-9]{2}-[0-9]{2}$')
      then try_cast(meaning as date) end) as report_day
  from raw.differing
  group by record_id
)
select
  $sequence as sequence,
  row_number() over (order by c.template, c.change, c.record_id, c.field) as line,
  -- Without its side.
  concat(split_part(c.record_id, '-', 2), '-', split_part(c.record_id, '-', 3)) as record_id,
  r.template_id,
  r.disposition,
  c.change,
  c.field,
  c.old_value,
  c.new_value,
  $from_snapshot as from_snapshot,
  $to_snapshot as to_snapshot,
  $seen_at as seen_at,
  -- A day before the first template or after tomorrow is no day.
  case when r.report_day between $first_report and cast($as_of as date) + interval 1 day
    then r.report_day end as reported_date
from changes c
join records r on r.record_id = c.record_id
