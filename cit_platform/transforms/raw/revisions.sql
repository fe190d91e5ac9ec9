-- What the publisher changed between two snapshots: a line per changed field, added record or removed record, with
-- the values as the snapshots print them. Reads raw.pairs, raw.compared, raw.translated and raw.records (for which
-- raw/unequal stands); $sequence, $from_snapshot, $to_snapshot and $seen_at name the comparison.
with changes as (
  select template, before_id as record_id, 'changed' as change, field, old_value, new_value
  from raw.compared
  where not means_the_same
  union all
  select template, before_id as record_id, 'removed' as change, null as field, null as old_value, null as new_value
  from raw.pairs
  where after_id is null
  union all
  select template, after_id as record_id, 'added' as change, null as field, null as old_value, null as new_value
  from raw.pairs
  where before_id is null
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
  t.report_day as reported_date
from changes c
join raw.records r on r.record_id = c.record_id
join raw.translated t on t.record_id = c.record_id
