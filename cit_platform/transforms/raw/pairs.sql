-- Which record of the later snapshot is which of the earlier, and the records that only one of them has (with a null
-- for the other). Within a template records are paired by their meaning, as multisets; what remains, if equally many
-- on both sides, by disposition, then in the order of all fields. Records of templates that the earlier snapshot does
-- not hold are left out. Reads raw.translated, raw.meanings and session.before.
with known as (
  select distinct coalesce(v.meaning, '') as template
  from session.before b
  left join raw.meanings v on v.field = 'template_id' and v.printed = b.template_id
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
sides as (
  select
    template,
    sum(case when side = 'before' then 1 else 0 end) = sum(case when side = 'after' then 1 else 0 end) as is_even
  from remaining
  group by template
),
even as (
  select
    r.*,
    row_number() over (partition by r.side, r.template, r.disposition order by r.meaning, r.record_id) as place
  from remaining r
  join sides s on s.template = r.template
  where s.is_even
),
same_disposition as (
  select b.template, b.record_id as before_id, a.record_id as after_id
  from even b
  join even a on a.template = b.template and a.disposition = b.disposition and a.place = b.place
  where b.side = 'before' and a.side = 'after'
),
paired as (
  select before_id as record_id from same_disposition
  union all
  select after_id as record_id from same_disposition
),
other_disposition as (
  select
    e.record_id,
    e.side,
    e.template,
    row_number() over (partition by e.side, e.template order by e.meaning, e.record_id) as place
  from even e
  left join paired p on p.record_id = e.record_id
  where p.record_id is null
)
select template, before_id, after_id
from unchanged
union all
select template, before_id, after_id
from same_disposition
union all
select b.template, b.record_id as before_id, a.record_id as after_id
from other_disposition b
join other_disposition a on a.template = b.template and a.place = b.place
where b.side = 'before' and a.side = 'after'
union all
select
  r.template,
  case when r.side = 'before' then r.record_id end as before_id,
  case when r.side = 'after' then r.record_id end as after_id
from remaining r
join sides s on s.template = r.template
left join known k on k.template = r.template
where not s.is_even and k.template is not null
