-- How many records of two snapshots hold which meaning: those that only the earlier or only the later has, and those
-- that both have. Reads raw.cells and raw.meanings.
select
  c.field,
  coalesce(m.meaning, '') as meaning,
  sum(case when c.side = 'before' then c.n_records else 0 end) as n_before,
  sum(case when c.side = 'after' then c.n_records else 0 end) as n_after,
  sum(case when c.side = 'both' then c.n_records else 0 end) as n_both
from raw.cells c
left join raw.meanings m on m.field = c.field and m.printed = c.printed
group by c.field, coalesce(m.meaning, '')
