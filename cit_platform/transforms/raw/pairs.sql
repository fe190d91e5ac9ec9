-- Which record of the later snapshot is which of the earlier, and the records that only one of them has (with a null
-- for the other). Within a template records are paired by their meaning, as multisets; what remains, if equally many
-- on both sides, by disposition, then in the order of all fields. Records of templates that the earlier snapshot does
-- not hold are left out. If $rows_accepted, a template that now has one record instead of several is collapsed: that
-- record is one of the earlier ones, and the others were not removed one by one. Reads raw.translated and raw.held.
with known as (
  select
    meaning as template,
    $rows_accepted and n_after + n_both = 1 and n_before + n_both > 1 as is_collapsed
  from raw.held
  where field = 'template_id' and n_before + n_both > 0
),
keyed as (
  select
    record_id,
    side,
    template,
    max(case when field = 'disposition' then meaning end) as disposition,
    -- The separator is below every other character, so that the key sorts as the fields do.
    concat(
      max(case when field = 'reported_date' then meaning end), chr(1),
      max(case when field = 'reported_time' then meaning end), chr(1),
      max(case when field = 'occured_date_time' then meaning end), chr(1),
      max(case when field = 'call_type' then meaning end), chr(1),
      max(case when field = 'initial_call_type' then meaning end), chr(1),
      max(case when field = 'final_call_type' then meaning end), chr(1),
      max(case when field = 'disposition' then meaning end), chr(1),
      max(case when field = 'use_of_force_indicator' then meaning end), chr(1),
      max(case when field = 'subject_veteran_indicator' then meaning end), chr(1),
      max(case when field = 'cit_officer_requested' then meaning end), chr(1),
      max(case when field = 'cit_officer_dispatched' then meaning end), chr(1),
      max(case when field = 'cit_officer_arrived' then meaning end), chr(1),
      max(case when field = 'officer_id' then meaning end), chr(1),
      max(case when field = 'officer_gender' then meaning end), chr(1),
      max(case when field = 'officer_race' then meaning end), chr(1),
      max(case when field = 'officer_year_of_birth' then meaning end), chr(1),
      max(case when field = 'officer_years_of_experience' then meaning end), chr(1),
      max(case when field = 'cit_certified_indicator' then meaning end), chr(1),
      max(case when field = 'officer_bureau_desc' then meaning end), chr(1),
      max(case when field = 'officer_precinct_desc' then meaning end), chr(1),
      max(case when field = 'officer_squad_desc' then meaning end), chr(1),
      max(case when field = 'precinct' then meaning end), chr(1),
      max(case when field = 'sector' then meaning end), chr(1),
      max(case when field = 'beat' then meaning end)
    ) as meaning
  from raw.translated
  group by record_id, side, template
),
ranked as (
  select
    *,
    row_number() over (partition by side, template, meaning order by record_id) as place
  from keyed
),
unchanged as (
  select b.template, b.record_id as before_id, a.record_id as after_id
  from ranked b
  join ranked a on a.template = b.template and a.meaning = b.meaning and a.place = b.place
  where b.side = 'before' and a.side = 'after'
),
matched as (
  select before_id as record_id from unchanged
  union all
  select after_id as record_id from unchanged
),
remaining as (
  select r.record_id, r.side, r.template, r.disposition, r.meaning
  from ranked r
  left join matched m on m.record_id = r.record_id
  where m.record_id is null
),
templates as (
  select
    r.template,
    k.is_collapsed,
    sum(case when r.side = 'before' then 1 else -1 end) = 0 as is_even
  from remaining r
  join known k on k.template = r.template
  group by r.template, k.is_collapsed
),
comparable as (
  select
    r.*,
    row_number() over (partition by r.side, r.template, r.disposition order by r.meaning, r.record_id) as place
  from remaining r
  join templates t on t.template = r.template
  where t.is_even or t.is_collapsed
),
same_disposition as (
  select b.template, b.record_id as before_id, a.record_id as after_id
  from comparable b
  join comparable a on a.template = b.template and a.disposition = b.disposition and a.place = b.place
  where b.side = 'before' and a.side = 'after'
),
left_over as (
  select
    c.record_id,
    c.side,
    c.template,
    row_number() over (partition by c.side, c.template order by c.meaning, c.record_id) as place
  from comparable c
  left join same_disposition b on b.before_id = c.record_id
  left join same_disposition a on a.after_id = c.record_id
  where b.before_id is null and a.after_id is null
),
other_disposition as (
  select b.template, b.record_id as before_id, a.record_id as after_id
  from left_over b
  join left_over a on a.template = b.template and a.place = b.place
  where b.side = 'before' and a.side = 'after'
),
changed as (
  select * from same_disposition
  union all
  select * from other_disposition
)
select template, before_id, after_id, false as is_collapsed
from unchanged
union all
select template, before_id, after_id, false as is_collapsed
from changed
union all
select
  r.template,
  case when r.side = 'before' then r.record_id end as before_id,
  case when r.side = 'after' then r.record_id end as after_id,
  t.is_collapsed
from remaining r
join templates t on t.template = r.template
left join changed b on b.before_id = r.record_id
left join changed a on a.after_id = r.record_id
where b.before_id is null and a.after_id is null
