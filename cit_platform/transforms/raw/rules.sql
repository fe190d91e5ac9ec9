-- What a change of coding made of labels, indicators and officer numbers, beyond what folding sees: by field, the old
-- meaning and the new. Empty unless at least 90 % of the templates differ. Learnt from templates in which a field has
-- one value before and one after: at least 90 % of those with the old value must have the new one, and be 30 or more;
-- in a column of which at least 90 % changed, most of them must. Dates and numbers have no rules: another is a change.
-- Reads raw.differing, session.before and codebook.fields.
with extent as (
  select
    (select count(distinct template) from raw.differing where side = 'before') as n_differing,
    (select count(distinct coalesce(template_id, '')) from session.before) as n_known
),
replaced as (
  select
    m.template,
    m.field,
    min(case when m.side = 'before' then m.meaning end) as old_value,
    min(case when m.side = 'after' then m.meaning end) as new_value
  from raw.differing m
  join codebook.fields f on f.field = m.field
  cross join extent e
  where f.kind in ('label', 'text', 'indicator', 'officer') and 10 * e.n_differing >= 9 * e.n_known
  group by m.template, m.field
  having min(case when m.side = 'before' then m.meaning end) = max(case when m.side = 'before' then m.meaning end)
    and min(case when m.side = 'after' then m.meaning end) = max(case when m.side = 'after' then m.meaning end)
),
outcomes as (
  select field, old_value, new_value, count(*) as n, sum(count(*)) over (partition by field, old_value) as n_old
  from replaced
  group by field, old_value, new_value
),
shares as (
  select
    *,
    sum(n) over (partition by field) as n_field,
    sum(case when old_value <> new_value then n else 0 end) over (partition by field) as n_changed
  from outcomes
)
select field, old_value, new_value
from shares
where old_value <> new_value
  and (
    (n >= 30 and 10 * n >= 9 * n_old)
    or (2 * n > n_old and n_changed >= 30 and 10 * n_changed >= 9 * n_field)
  )
