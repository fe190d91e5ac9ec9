-- The meanings on both sides, the earlier ones as the rules of a change of coding put them. Reads raw.differing and
-- raw.rules.
select m.record_id, m.side, m.template, m.field, m.printed, coalesce(r.new_value, m.meaning) as meaning
from raw.differing m
left join raw.rules r on m.side = 'before' and r.field = m.field and r.old_value = m.meaning
