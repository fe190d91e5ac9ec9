-- The differing records, the earlier ones in the wording of the later; a field that one of the snapshots does not have
-- means nothing in either. Reads raw.differing, raw.rules and raw.absent.
select
  d.record_id,
  d.side,
  d.template,
  d.field,
  d.printed,
  case when a.field is null then coalesce(r.new_value, d.meaning) else '' end as meaning,
  a.field is not null as is_absent
from raw.differing d
left join raw.rules r on d.side = 'before' and r.field = d.field and r.old_value = d.meaning
left join raw.absent a on a.field = d.field
