-- What a change of coding made of labels, indicators and officer numbers, beyond what folding sees: by field, the old
-- meaning and the new. Empty unless at least 90 % of the templates differ. Learnt from templates in which a field has
-- one value before and one after: at least 90 % of those with the old value must have the new one, and be 30 or more;
-- in a column of which at least 90 % changed, most of them must. Dates and numbers have no rules: another is a change.
-- Reads raw.meanings, session.before and codebook.fields.
with extent as (
  select
    (select count(distinct template) from raw.meanings where side = 'before') as n_differing,
    (select count(distinct coalesce(template_id, '')) from session.before) as n_known
),
recoded as (
  select m.*
  from raw.meanings m
  cross join extent e
  where 10 * e.n_differing >= 9 * e.n_known
),
held as (
  select
    r.template,
    r.side,
    f.field,
    case f.field
      when 'call_type' then r.call_type
      when 'initial_call_type' then r.initial_call_type
      when 'final_call_type' then r.final_call_type
      when 'disposition' then r.disposition
      when 'use_of_force_indicator' then r.use_of_force_indicator
      when 'subject_veteran_indicator' then r.subject_veteran_indicator
      when 'cit_officer_requested' then r.cit_officer_requested
      when 'cit_officer_dispatched' then r.cit_officer_dispatched
      when 'cit_officer_arrived' then r.cit_officer_arrived
      when 'officer_id' then r.officer_id
      when 'officer_gender' then r.officer_gender
      when 'officer_race' then r.officer_race
      when 'cit_certified_indicator' then r.cit_certified_indicator
      when 'officer_bureau_desc' then r.officer_bureau_desc
      when 'officer_precinct_desc' then r.officer_precinct_desc
      when 'officer_squad_desc' then r.officer_squad_desc
      when 'precinct' then r.precinct
      when 'sector' then r.sector
      when 'beat' then r.beat
    end as value
  from recoded r
  cross join codebook.fields f
),
cells as (
  select
    template,
    field,
    min(case when side = 'before' then value end) as old_value,
    min(case when side = 'after' then value end) as new_value
  from held
  where value is not null
  group by template, field
  having min(case when side = 'before' then value end) = max(case when side = 'before' then value end)
    and min(case when side = 'after' then value end) = max(case when side = 'after' then value end)
),
outcomes as (
  select
    field,
    old_value,
    new_value,
    count(*) as n,
    sum(count(*)) over (partition by field, old_value) as n_old
  from cells
  group by field, old_value, new_value
),
shares as (
  select
    field,
    old_value,
    new_value,
    n,
    n_old,
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
