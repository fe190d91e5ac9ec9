-- The records in which two snapshots differ, with the meaning of each value, '' for none, and the template of the
-- record. Reads raw.cells and raw.meanings.
with meant as (
  select c.record_id, c.side, c.field, c.printed, coalesce(m.meaning, '') as meaning
  from raw.cells c
  left join raw.meanings m on m.field = c.field and m.printed = c.printed
  where c.side <> 'both'
)
select m.record_id, m.side, t.meaning as template, m.field, m.printed, m.meaning
from meant m
join meant t on t.record_id = m.record_id
where t.field = 'template_id'
