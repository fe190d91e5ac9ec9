-- What is printed otherwise, by pair of records and field, and whether it means the same, or nothing because one of the
-- snapshots does not have the field. Reads raw.pairs and raw.translated.
select
  p.before_id,
  p.template,
  b.field,
  b.printed as old_value,
  a.printed as new_value,
  b.is_absent,
  -- The template is what records are paired by: its meaning is the same.
  b.field = 'template_id' or b.meaning = a.meaning as means_the_same
from raw.pairs p
join raw.translated b on b.record_id = p.before_id
join raw.translated a on a.record_id = p.after_id and a.field = b.field
where coalesce(b.printed, '') <> coalesce(a.printed, '')
