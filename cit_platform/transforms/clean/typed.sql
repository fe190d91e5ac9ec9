-- Every record of raw.records, typed, with the first exclusion rule that it breaks, and what that makes of it: clean,
-- contradictory (its contact contradicts itself on certification alone) or excluded. Reads clean.folded, and for values
-- as they stand there raw.records. Canonical text is matched by a regular expression before it is cast, for what could
-- not be read is still as printed, and a cast alone accepts 12.7, 1e1, 0x1F and inf.
with parsed as (
  select
    record_id,
    template_id as contact_id,
    officer_id,
    report_day,
    event_day,
    -- Without a reported day the occurred one stands in.
    coalesce(report_day, event_day) as ordering_day,
    case when regexp_matches(reported_time, '^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$')
      then try_cast(substr(reported_time, 1, 2) as integer) end as report_hour,
    case when regexp_matches(occured_date_time,
        '^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$')
      then try_cast(replace(occured_date_time, 'T', ' ') as timestamp) end as event_time,
    -- Blanks round a slash are folded away: spellings differ in them.
    upper(replace(replace(call_type, ' /', '/'), '/ ', '/')) as call_type,
    upper(replace(replace(initial_call_type, ' /', '/'), '/ ', '/')) as initial_call_type,
    -- Most closing labels start with dashes; a lone dash is null already.
    nullif(regexp_replace(upper(replace(replace(final_call_type, ' /', '/'), '/ ', '/')), '^-[- ]*', ''), '')
      as final_call_type,
    upper(replace(replace(disposition, ' /', '/'), '/ ', '/')) as disposition,
    case when upper(use_of_force_indicator) in ('Y', 'YES', '1', 'TRUE') then 1
      when upper(use_of_force_indicator) in ('N', 'NO', '0', 'FALSE') then 0 end as force,
    case when upper(subject_veteran_indicator) in ('Y', 'YES', '1', 'TRUE') then 1
      when upper(subject_veteran_indicator) in ('N', 'NO', '0', 'FALSE') then 0 end as veteran,
    case when upper(cit_officer_requested) in ('Y', 'YES', '1', 'TRUE') then 1
      when upper(cit_officer_requested) in ('N', 'NO', '0', 'FALSE') then 0 end as cit_requested,
    case when upper(cit_officer_dispatched) in ('Y', 'YES', '1', 'TRUE') then 1
      when upper(cit_officer_dispatched) in ('N', 'NO', '0', 'FALSE') then 0 end as cit_dispatched,
    case when upper(cit_officer_arrived) in ('Y', 'YES', '1', 'TRUE') then 1
      when upper(cit_officer_arrived) in ('N', 'NO', '0', 'FALSE') then 0 end as cit_arrived,
    case when upper(cit_certified_indicator) in ('Y', 'YES', '1', 'TRUE') then 1
      when upper(cit_certified_indicator) in ('N', 'NO', '0', 'FALSE') then 0 end as cit_certified,
    cit_certified_indicator is null as certified_absent,
    upper(officer_gender) as officer_gender,
    replace(replace(officer_race, ' /', '/'), '/ ', '/') as officer_race,
    case when regexp_matches(officer_year_of_birth, '^[0-9]{4}$')
      then try_cast(officer_year_of_birth as integer) end as officer_birth_year,
    officer_years_of_experience is null as experience_absent,
    -- More digits than an integer holds are null here, and so impossible below.
    case when regexp_matches(officer_years_of_experience, '^-?[0-9]+$')
      then try_cast(officer_years_of_experience as integer) end as experience_stated,
    officer_bureau_desc as officer_bureau,
    officer_precinct_desc as officer_precinct,
    officer_squad_desc as officer_squad,
    upper(precinct) as precinct,
    upper(sector) as sector,
    upper(beat) as beat
  from clean.folded
),
codings as (
  -- In the coding of 2018-19 certification is Y or nothing: a year with under 1 % N is taken to be of that coding.
  select extract(year from ordering_day) as coding_year
  from parsed
  where ordering_day is not null
  group by extract(year from ordering_day)
  having 100 * sum(case when cit_certified = 0 then 1 else 0 end) < count(*)
),
decoded as (
  select
    p.*,
    case when p.certified_absent and c.coding_year is not null then 0 else p.cit_certified end as certified,
    case
      when p.experience_absent or p.experience_stated = -1 then 'unknown'
      when p.experience_stated between 0 and 45 then 'known'
      else 'impossible'
    end as experience_status
  from parsed p
  left join codings c on c.coding_year = extract(year from p.ordering_day)
),
judged as (
  -- The rules that look at one record; equal records differ in the counter that ends their record_id.
  select
    d.*,
    case
      when d.record_id not like '%-1' then 'exact_duplicate'
      when d.contact_id is null then 'template_missing'
      when d.force is null or d.certified is null then 'indicator_missing'
    end as own_rule
  from decoded d
),
conflicts as (
  -- Templates whose records, as far as they are left, disagree; no named officer against a named one disagrees too.
  select
    contact_id,
    min(coalesce(officer_id, '')) <> max(coalesce(officer_id, '')) as on_officer
  from judged
  where own_rule is null
  group by contact_id
  having min(coalesce(officer_id, '')) <> max(coalesce(officer_id, '')) or min(certified) <> max(certified)
),
ruled as (
  select
    j.*,
    k.on_officer,
    case
      when j.own_rule is not null then j.own_rule
      when k.contact_id is not null then 'contact_conflict'
      when j.ordering_day is null then 'date_missing'
    end as rule
  from judged j
  left join conflicts k on k.contact_id = j.contact_id
)
select
  r.record_id,
  case when r.contact_id is not null then p.template_id end as template_id_printed,
  r.rule,
  case
    when r.rule is null then 'clean'
    when r.rule = 'contact_conflict' and not r.on_officer and r.ordering_day is not null then 'contradictory'
    else 'excluded'
  end as standing,
  case
    when r.rule in ('exact_duplicate', 'template_missing') then 'template_id'
    when r.rule = 'indicator_missing' and r.force is null then 'use_of_force_indicator'
    when r.rule = 'indicator_missing' then 'cit_certified_indicator'
    when r.rule = 'contact_conflict' and r.on_officer then 'officer_id'
    when r.rule = 'contact_conflict' then 'cit_certified_indicator'
    when r.rule = 'date_missing' then 'reported_date'
  end as rule_field,
  -- As the source prints it, but never an officer number.
  case
    when r.rule in ('exact_duplicate', 'template_missing') then p.template_id
    when r.rule = 'indicator_missing' and r.force is null then p.use_of_force_indicator
    when r.rule = 'indicator_missing' then p.cit_certified_indicator
    when r.rule = 'contact_conflict' and not r.on_officer then p.cit_certified_indicator
    when r.rule = 'date_missing' then p.reported_date
  end as rule_value,
  r.contact_id,
  case when r.officer_id is not null then p.officer_id end as officer_id_printed,
  r.ordering_day as reported_date,
  -- The time of a report whose day is missing is a placeholder too.
  case when r.report_day is not null then r.report_hour end as reported_hour,
  case when r.event_day is not null then r.event_time end as occurred_at,
  -- Days from event to report; unknown without a reported day of its own.
  date_diff('day', r.event_day, r.report_day) as days_to_report,
  r.call_type,
  r.initial_call_type,
  r.final_call_type,
  r.disposition,
  r.force,
  r.veteran,
  r.cit_requested,
  r.cit_dispatched,
  r.cit_arrived,
  r.certified as cit_certified,
  case when r.experience_status = 'known' then r.experience_stated end as experience_years,
  r.experience_status,
  case when r.experience_status = 'known'
    then r.experience_stated > extract(year from r.ordering_day) - r.officer_birth_year - 18
    end as experience_above_age,
  r.officer_birth_year,
  r.officer_gender,
  r.officer_race,
  r.officer_bureau,
  r.officer_precinct,
  r.officer_squad,
  r.precinct,
  r.sector,
  r.beat
from ruled r
join raw.records p on p.record_id = r.record_id
