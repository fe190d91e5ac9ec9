-- Which record of the later snapshot is which of the earlier, and the records that only one of them has (with a null
-- for the other). Within a template records are paired by their meaning, as multisets; what remains, if equally many
-- on both sides, by disposition, then in the order of all fields. Records of templates that the earlier snapshot does
-- not hold are left out. Reads raw.translated and session.before.
with known as (
  -- Folded as clean/folded folds it.
  select distinct
    case when regexp_matches(template, '^(-|(?i:FK ERROR)|1900-01-01.*)?$') then '' else template end as template
  from (
    select coalesce(trim(regexp_replace(template_id, '[ \t\r\n\x{A0}]+', ' ', 'g')), '') as template
    from session.before
  ) printed
),
keyed as (
  select
    record_id,
    side,
    template,
    disposition,
    concat(
      replace(reported_date, '|', '||'), '|.',
      replace(reported_time, '|', '||'), '|.',
      replace(occured_date_time, '|', '||'), '|.',
      replace(call_type, '|', '||'), '|.',
      replace(initial_call_type, '|', '||'), '|.',
      replace(final_call_type, '|', '||'), '|.',
      replace(disposition, '|', '||'), '|.',
      replace(use_of_force_indicator, '|', '||'), '|.',
      replace(subject_veteran_indicator, '|', '||'), '|.',
      replace(cit_officer_requested, '|', '||'), '|.',
      replace(cit_officer_dispatched, '|', '||'), '|.',
      replace(cit_officer_arrived, '|', '||'), '|.',
      replace(officer_id, '|', '||'), '|.',
      replace(officer_gender, '|', '||'), '|.',
      replace(officer_race, '|', '||'), '|.',
      replace(officer_year_of_birth, '|', '||'), '|.',
      replace(officer_years_of_experience, '|', '||'), '|.',
      replace(cit_certified_indicator, '|', '||'), '|.',
      replace(officer_bureau_desc, '|', '||'), '|.',
      replace(officer_precinct_desc, '|', '||'), '|.',
      replace(officer_squad_desc, '|', '||'), '|.',
      replace(precinct, '|', '||'), '|.',
      replace(sector, '|', '||'), '|.',
      replace(beat, '|', '||')
    ) as meaning
  from raw.translated
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
  select r.record_id, r.side, r.template, r.disposition
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
    r.record_id,
    r.side,
    r.template,
    r.disposition,
    -- In the order of all fields.
    row_number() over (
      partition by r.side, r.template
      order by
        t.reported_date, t.reported_time, t.occured_date_time, t.call_type, t.initial_call_type,
        t.final_call_type, t.disposition, t.use_of_force_indicator, t.subject_veteran_indicator,
        t.cit_officer_requested, t.cit_officer_dispatched, t.cit_officer_arrived, t.officer_id,
        t.officer_gender, t.officer_race, t.officer_year_of_birth, t.officer_years_of_experience,
        t.cit_certified_indicator, t.officer_bureau_desc, t.officer_precinct_desc,
        t.officer_squad_desc, t.precinct, t.sector, t.beat,
        r.record_id
    ) as place
  from remaining r
  join sides s on s.template = r.template
  join raw.translated t on t.record_id = r.record_id
  where s.is_even
),
by_disposition as (
  select
    record_id,
    side,
    template,
    disposition,
    row_number() over (partition by side, template, disposition order by place) as place
  from even
),
same_disposition as (
  select b.template, b.record_id as before_id, a.record_id as after_id
  from by_disposition b
  join by_disposition a on a.template = b.template and a.disposition = b.disposition and a.place = b.place
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
    row_number() over (partition by e.side, e.template order by e.place) as place
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
