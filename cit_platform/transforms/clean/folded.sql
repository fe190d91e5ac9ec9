-- Every record of raw.records with its 25 fields; what means "no value" in the codebook is null. Blanks, dates,
-- times and numbers are canonical in raw.records. Reads raw.records and codebook.fields; $first_report and $as_of bound
-- the dates.
with listed as (
  select field, concat('|', placeholders, '|') as words
  from codebook.fields
),
placeholders as (
  -- One row: for each field its placeholders between bars, |-|FK ERROR|.
  select
    max(case when field = 'template_id' then words end) as template_id,
    max(case when field = 'reported_date' then words end) as reported_date,
    max(case when field = 'reported_time' then words end) as reported_time,
    max(case when field = 'occured_date_time' then words end) as occured_date_time,
    max(case when field = 'call_type' then words end) as call_type,
    max(case when field = 'initial_call_type' then words end) as initial_call_type,
    max(case when field = 'final_call_type' then words end) as final_call_type,
    max(case when field = 'disposition' then words end) as disposition,
    max(case when field = 'use_of_force_indicator' then words end) as use_of_force_indicator,
    max(case when field = 'subject_veteran_indicator' then words end) as subject_veteran_indicator,
    max(case when field = 'cit_officer_requested' then words end) as cit_officer_requested,
    max(case when field = 'cit_officer_dispatched' then words end) as cit_officer_dispatched,
    max(case when field = 'cit_officer_arrived' then words end) as cit_officer_arrived,
    max(case when field = 'officer_id' then words end) as officer_id,
    max(case when field = 'officer_gender' then words end) as officer_gender,
    max(case when field = 'officer_race' then words end) as officer_race,
    max(case when field = 'officer_year_of_birth' then words end) as officer_year_of_birth,
    max(case when field = 'officer_years_of_experience' then words end) as officer_years_of_experience,
    max(case when field = 'cit_certified_indicator' then words end) as cit_certified_indicator,
    max(case when field = 'officer_bureau_desc' then words end) as officer_bureau_desc,
    max(case when field = 'officer_precinct_desc' then words end) as officer_precinct_desc,
    max(case when field = 'officer_squad_desc' then words end) as officer_squad_desc,
    max(case when field = 'precinct' then words end) as precinct,
    max(case when field = 'sector' then words end) as sector,
    max(case when field = 'beat' then words end) as beat
  from listed
),
given as (
  select
    r.record_id,
    case when position(concat('|', upper(r.template_id), '|') in p.template_id) = 0
      then r.template_id end as template_id,
    case when position(concat('|', upper(r.reported_date), '|') in p.reported_date) = 0
      then r.reported_date end as reported_date,
    case when position(concat('|', upper(r.reported_time), '|') in p.reported_time) = 0
      then r.reported_time end as reported_time,
    case when position(concat('|', upper(r.occured_date_time), '|') in p.occured_date_time) = 0
      then r.occured_date_time end as occured_date_time,
    case when position(concat('|', upper(r.call_type), '|') in p.call_type) = 0 then r.call_type end as call_type,
    case when position(concat('|', upper(r.initial_call_type), '|') in p.initial_call_type) = 0
      then r.initial_call_type end as initial_call_type,
    case when position(concat('|', upper(r.final_call_type), '|') in p.final_call_type) = 0
      then r.final_call_type end as final_call_type,
    case when position(concat('|', upper(r.disposition), '|') in p.disposition) = 0
      then r.disposition end as disposition,
    case when position(concat('|', upper(r.use_of_force_indicator), '|') in p.use_of_force_indicator) = 0
      then r.use_of_force_indicator end as use_of_force_indicator,
    case when position(concat('|', upper(r.subject_veteran_indicator), '|') in p.subject_veteran_indicator) = 0
      then r.subject_veteran_indicator end as subject_veteran_indicator,
    case when position(concat('|', upper(r.cit_officer_requested), '|') in p.cit_officer_requested) = 0
      then r.cit_officer_requested end as cit_officer_requested,
    case when position(concat('|', upper(r.cit_officer_dispatched), '|') in p.cit_officer_dispatched) = 0
      then r.cit_officer_dispatched end as cit_officer_dispatched,
    case when position(concat('|', upper(r.cit_officer_arrived), '|') in p.cit_officer_arrived) = 0
      then r.cit_officer_arrived end as cit_officer_arrived,
    case when position(concat('|', upper(r.officer_id), '|') in p.officer_id) = 0 then r.officer_id end as officer_id,
    case when position(concat('|', upper(r.officer_gender), '|') in p.officer_gender) = 0
      then r.officer_gender end as officer_gender,
    case when position(concat('|', upper(r.officer_race), '|') in p.officer_race) = 0
      then r.officer_race end as officer_race,
    case when position(concat('|', upper(r.officer_year_of_birth), '|') in p.officer_year_of_birth) = 0
      then r.officer_year_of_birth end as officer_year_of_birth,
    case when position(concat('|', upper(r.officer_years_of_experience), '|') in p.officer_years_of_experience) = 0
      then r.officer_years_of_experience end as officer_years_of_experience,
    case when position(concat('|', upper(r.cit_certified_indicator), '|') in p.cit_certified_indicator) = 0
      then r.cit_certified_indicator end as cit_certified_indicator,
    case when position(concat('|', upper(r.officer_bureau_desc), '|') in p.officer_bureau_desc) = 0
      then r.officer_bureau_desc end as officer_bureau_desc,
    case when position(concat('|', upper(r.officer_precinct_desc), '|') in p.officer_precinct_desc) = 0
      then r.officer_precinct_desc end as officer_precinct_desc,
    case when position(concat('|', upper(r.officer_squad_desc), '|') in p.officer_squad_desc) = 0
      then r.officer_squad_desc end as officer_squad_desc,
    case when position(concat('|', upper(r.precinct), '|') in p.precinct) = 0 then r.precinct end as precinct,
    case when position(concat('|', upper(r.sector), '|') in p.sector) = 0 then r.sector end as sector,
    case when position(concat('|', upper(r.beat), '|') in p.beat) = 0 then r.beat end as beat
  from raw.records r
  cross join placeholders p
),
days as (
  -- Matched before it is cast: what could not be read stays as it was printed, and a cast alone takes other spellings.
  select
    *,
    case when regexp_matches(reported_date, '^[0-9]{4}-[0-9]{2}-[0-9]{2}$')
      then try_cast(reported_date as date) end as any_report_day,
    case when regexp_matches(occured_date_time, '^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:]{8})?$')
      then try_cast(substr(occured_date_time, 1, 10) as date) end as any_event_day
  from given
)
select
  record_id,
  template_id,
  reported_date,
  reported_time,
  occured_date_time,
  call_type,
  initial_call_type,
  final_call_type,
  disposition,
  use_of_force_indicator,
  subject_veteran_indicator,
  cit_officer_requested,
  cit_officer_dispatched,
  cit_officer_arrived,
  officer_id,
  officer_gender,
  officer_race,
  officer_year_of_birth,
  officer_years_of_experience,
  cit_certified_indicator,
  officer_bureau_desc,
  officer_precinct_desc,
  officer_squad_desc,
  precinct,
  sector,
  beat,
  -- A day before the first template or after tomorrow is no day.
  case when any_report_day between $first_report and cast($as_of as date) + interval 1 day
    then any_report_day end as report_day,
  case when any_event_day between $first_report and cast($as_of as date) + interval 1 day
    then any_event_day end as event_day
from days
