-- The ledger as a flow: records received, excluded by rule, clean; templates that are no contact; contacts; what each
-- model leaves out and analyses; each step in all and by arm, which is what the record says of certification. Reads
-- raw.records, clean.typed, clean.exclusions, clean.records, features.records, features.contacts, models.estimates and
-- the codebook; $agency.
with arms as (
  select '' as arm
  union all
  select 'certified' as arm
  union all
  select 'not_certified' as arm
  union all
  select 'unknown' as arm
),
steps as (
  select 1 as stage, 0 as place, 'records' as part, 'record' as unit, 'received' as kind, 'received' as rule
  union all
  select 2, cast("order" as integer), 'records', 'record', 'excluded', rule
  from codebook.exclusion_rules
  where removes_from = 'all'
  union all
  select 3, 0, 'records', 'record', 'kept', 'clean'
  union all
  select 4, 0, 'contacts', 'contact', 'excluded', 'no_contact'
  union all
  select 4, 1, 'contacts', 'contact', 'kept', 'contacts'
  union all
  select 5, 0, 'force_model', 'contact', 'excluded', 'usable_exposure'
  union all
  select 5, 1, 'force_model', 'contact', 'excluded', 'call_type_unmapped'
  union all
  select 5, 2, 'force_model', 'contact', 'excluded', 'other_label_unmapped'
  union all
  select 5, 3, 'force_model', 'contact', 'excluded', 'levels_without_events'
  union all
  select 5, 4, 'force_model', 'contact', 'analysed', 'analysed'
  union all
  select 6, 0, 'disposition_model', 'contact', 'excluded', 'usable_exposure'
  union all
  select 6, 1, 'disposition_model', 'contact', 'excluded', 'disposition_missing'
  union all
  select 6, 2, 'disposition_model', 'contact', 'excluded', 'disposition_other'
  union all
  select 6, 3, 'disposition_model', 'contact', 'excluded', 'disposition_unmapped'
  union all
  select 6, 4, 'disposition_model', 'contact', 'excluded', 'call_type_unmapped'
  union all
  select 6, 5, 'disposition_model', 'contact', 'excluded', 'other_label_unmapped'
  union all
  select 6, 6, 'disposition_model', 'contact', 'excluded', 'levels_without_events'
  union all
  select 6, 7, 'disposition_model', 'contact', 'analysed', 'analysed'
  union all
  select 7, 0, 'published_model', 'record', 'excluded', 'experience_unknown'
  union all
  select 7, 1, 'published_model', 'record', 'excluded', 'experience_impossible'
  union all
  select 7, 2, 'published_model', 'record', 'excluded', 'call_type_unmapped'
  union all
  select 7, 3, 'published_model', 'record', 'excluded', 'other_label_unmapped'
  union all
  select 7, 4, 'published_model', 'record', 'excluded', 'levels_without_events'
  union all
  select 7, 5, 'published_model', 'record', 'analysed', 'analysed'
),
printed as (
  select
    record_id,
    case cit_certified when 1 then 'certified' when 0 then 'not_certified' else 'unknown' end as arm
  from clean.typed
),
fits as (
  -- What the fits over all dates that they ask for analyse; null where nothing could be estimated.
  select
    case when role = 'published' then 'published_model' else concat(model, '_model') end as part,
    max(case when role = 'published' then n_rows else n_contacts end) as n,
    min(window_start) as window_start
  from models.estimates
  where agency = $agency
    and term = 'cit_certified'
    and (role = 'headline' and model in ('force', 'disposition') or role = 'published' and model = 'force')
  group by case when role = 'published' then 'published_model' else concat(model, '_model') end
),
left_out as (
  select distinct
    case when role = 'published' then 'published_model' else concat(model, '_model') end as part,
    term,
    level
  from models.estimates
  where agency = $agency
    and reason like 'level_left_out%'
    and (role = 'headline' and model in ('force', 'disposition') or role = 'published' and model = 'force')
),
contacts as (
  select
    *,
    case cit_certified when 1 then 'certified' else 'not_certified' end as arm,
    case
      when call_risk = 'unmapped' then 'call_type_unmapped'
      when 'unmapped' in (precinct, officer_race, officer_gender) then 'other_label_unmapped'
      else 'labelled'
    end as force_label,
    case
      when disposition_group in ('missing', 'other', 'unmapped') then concat('disposition_', disposition_group)
      when call_risk = 'unmapped' then 'call_type_unmapped'
      when precinct = 'unmapped' then 'other_label_unmapped'
      else 'labelled'
    end as disposition_label
  from features.contacts
),
highest as (
  select f.contact_id, min(cast(g.rank as integer)) as place, min(f.cit_certified) as cit_certified
  from features.records f
  join codebook.disposition_groups g on g."grouping" = f.disposition_group
  group by f.contact_id
),
-- The rows that a model is asked about, each with the step at which its labels take it out.
asked as (
  select
    'force_model' as part,
    c.contact_id as row_id,
    c.arm,
    case when c.reported_date < f.window_start then 'usable_exposure' else c.force_label end as rule,
    c.call_risk,
    c.call_class,
    c.precinct,
    c.officer_race,
    c.officer_gender,
    c.year,
    c.records_system,
    c.watch,
    c.experience
  from contacts c
  left join fits f on f.part = 'force_model'
  union all
  select
    'disposition_model' as part,
    c.contact_id as row_id,
    c.arm,
    case when c.reported_date < f.window_start then 'usable_exposure' else c.disposition_label end as rule,
    c.call_risk,
    c.call_class,
    c.precinct,
    '' as officer_race,
    '' as officer_gender,
    c.year,
    c.records_system,
    c.watch,
    c.experience
  from contacts c
  left join fits f on f.part = 'disposition_model'
  union all
  select
    'published_model' as part,
    record_id as row_id,
    case cit_certified when 1 then 'certified' else 'not_certified' end as arm,
    case
      when experience_status <> 'known' then concat('experience_', experience_status)
      when call_risk_published = 'unmapped' then 'call_type_unmapped'
      when 'unmapped' in (precinct, officer_race, officer_gender) then 'other_label_unmapped'
      else 'labelled'
    end as rule,
    call_risk_published as call_risk,
    call_class,
    precinct,
    officer_race,
    officer_gender,
    year,
    records_system,
    watch,
    experience
  from features.records
),
levels as (
  select part, row_id, arm, 'call_risk' as term, call_risk as level from asked where rule = 'labelled'
  union all
  select part, row_id, arm, 'call_class' as term, call_class as level from asked where rule = 'labelled'
  union all
  select part, row_id, arm, 'precinct' as term, precinct as level from asked where rule = 'labelled'
  union all
  select part, row_id, arm, 'officer_race' as term, officer_race as level from asked where rule = 'labelled'
  union all
  select part, row_id, arm, 'officer_gender' as term, officer_gender as level from asked where rule = 'labelled'
  union all
  select part, row_id, arm, 'year' as term, cast(year as varchar) as level from asked where rule = 'labelled'
  union all
  select part, row_id, arm, 'records_system' as term, records_system as level from asked where rule = 'labelled'
  union all
  select part, row_id, arm, 'watch' as term, watch as level from asked where rule = 'labelled'
  union all
  select part, row_id, arm, 'experience' as term, experience as level from asked where rule = 'labelled'
),
lost as (
  select l.part, l.arm, count(distinct l.row_id) as n
  from levels l
  join left_out o on o.part = l.part and o.term = l.term and o.level = l.level
  group by l.part, l.arm
),
labelled as (
  select a.part, a.arm, count(*) as n
  from asked a
  where a.rule = 'labelled'
  group by a.part, a.arm
),
fitted as (
  select
    b.part,
    b.arm,
    b.n,
    coalesce(l.n, 0) as n_lost,
    sum(b.n) over (partition by b.part) as n_labelled,
    coalesce(f.n, sum(b.n) over (partition by b.part)) as n_analysed,
    -- Whether the levels that left the fit account for all that it lost.
    sum(b.n - coalesce(l.n, 0)) over (partition by b.part)
      = coalesce(f.n, sum(b.n) over (partition by b.part)) as is_accounted
  from labelled b
  left join lost l on l.part = b.part and l.arm = b.arm
  left join fits f on f.part = b.part
),
entries as (
  select 'records' as part, 'received' as rule, coalesce(p.arm, 'unknown') as arm, count(*) as n
  from raw.records r
  left join printed p on p.record_id = r.record_id
  group by coalesce(p.arm, 'unknown')
  union all
  select 'records', e.rule, coalesce(p.arm, 'unknown'), count(*)
  from clean.exclusions e
  left join printed p on p.record_id = e.record_id
  group by e.rule, coalesce(p.arm, 'unknown')
  union all
  select 'records', 'clean', case cit_certified when 1 then 'certified' else 'not_certified' end, count(*)
  from clean.records
  group by cit_certified
  union all
  select 'contacts', 'no_contact', case h.cit_certified when 1 then 'certified' else 'not_certified' end, count(*)
  from highest h
  join codebook.disposition_groups g on cast(g.rank as integer) = h.place
  where g."grouping" = 'no_contact'
  group by h.cit_certified
  union all
  select 'contacts', 'contacts', arm, count(*) from contacts group by arm
  union all
  select part, rule, arm, count(*) from asked where rule <> 'labelled' group by part, rule, arm
  union all
  select part, 'levels_without_events', arm, n_lost from fitted where is_accounted
  union all
  select part, 'analysed', arm, n - n_lost from fitted where is_accounted
  union all
  -- What a fit lost otherwise is of no known arm, and so is what it kept.
  select distinct part, 'levels_without_events', 'unknown', n_labelled - n_analysed from fitted where not is_accounted
  union all
  select distinct part, 'analysed', 'unknown', n_analysed from fitted where not is_accounted
),
counted as (
  select s.stage, s.place, a.arm, coalesce(sum(e.n), 0) as n
  from steps s
  cross join arms a
  left join entries e on e.part = s.part and e.rule = s.rule and (a.arm = '' or e.arm = a.arm)
  group by s.stage, s.place, a.arm
),
numbered as (
  select stage, place, part, unit, kind, rule, row_number() over (order by stage, place) as step
  from steps
)
select s.step, c.arm, s.part, s.unit, s.kind, s.rule, c.n
from numbered s
join counted c on c.stage = s.stage and c.place = s.place
