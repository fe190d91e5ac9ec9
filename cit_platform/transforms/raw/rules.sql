-- What a change of wording made of labels, indicators and officer numbers, beyond what folding sees: by field, the old
-- meaning and the new. Learnt from templates in which a field has one value before and one after; records that both
-- snapshots hold speak against it. An old meaning is reworded if 30 templates or more and 90 % of all that had it have
-- the same new one; or if 5 or more, and all, exchanged it for one that was not there before, and no record keeps it:
-- corrections one by one do neither. In a column of which 90 % changed the majority decides, for rare meanings move
-- with the rest. Dates and numbers have no rules: another is a change. Reads raw.differing, raw.held, raw.absent and
-- codebook.fields.
with replaced as (
  select
    d.template,
    d.field,
    min(case when d.side = 'before' then d.meaning end) as old_value,
    min(case when d.side = 'after' then d.meaning end) as new_value
  from raw.differing d
  join codebook.fields f on f.field = d.field
  left join raw.absent a on a.field = d.field
  where f.kind in ('label', 'text', 'indicator', 'officer') and a.field is null
  group by d.template, d.field
  having min(case when d.side = 'before' then d.meaning end) = max(case when d.side = 'before' then d.meaning end)
    and min(case when d.side = 'after' then d.meaning end) = max(case when d.side = 'after' then d.meaning end)
),
outcomes as (
  select
    field,
    old_value,
    new_value,
    count(*) as n,
    sum(count(*)) over (partition by field, old_value) as n_old,
    sum(count(*)) over (partition by field, new_value) as n_new
  from replaced
  group by field, old_value, new_value
),
kept as (
  select field, sum(n_both) as n_kept
  from raw.held
  group by field
),
shares as (
  select
    o.field,
    o.old_value,
    o.new_value,
    o.n,
    o.n_old + h.n_both as n_old,
    sum(o.n) over (partition by o.field) + k.n_kept as n_field,
    sum(case when o.old_value <> o.new_value then o.n else 0 end) over (partition by o.field) as n_changed,
    o.n = o.n_old and o.n = o.n_new and h.n_after + h.n_both = 0 and w.n_before + w.n_both = 0
      and o.old_value <> '' and o.new_value <> '' as is_exchange
  from outcomes o
  join kept k on k.field = o.field
  join raw.held h on h.field = o.field and h.meaning = o.old_value
  join raw.held w on w.field = o.field and w.meaning = o.new_value
)
select field, old_value, new_value
from shares
where old_value <> new_value
  and (
    (n >= 30 and 10 * n >= 9 * n_old)
    or (n >= 5 and is_exchange)
    or (2 * n > n_old and n_changed >= 30 and 10 * n_changed >= 9 * n_field)
  )
