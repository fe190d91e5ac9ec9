-- The differing records with the meaning of each value, '' for none, and the template of the record. Reads raw.cells
-- and raw.meanings.
with meant as (
  select c.record_id, c.side, c.field, c.printed, coalesce(v.meaning, '') as meaning
  from raw.cells c
  left join raw.meanings v on v.field = c.field and v.printed = c.printed
)
select m.record_id, m.side, t.meaning as template, m.field, m.printed, m.meaning
from meant m
join meant t on t.record_id = m.record_id
where t.field = 'template_id'
