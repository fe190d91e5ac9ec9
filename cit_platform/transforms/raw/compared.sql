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
-- As one key: an engine that joins the two sides by field first multiplies them.
join raw.translated a on concat(a.record_id, a.field) = concat(p.after_id, b.field)
where coalesce(b.printed, '') <> coalesce(a.printed, '')
