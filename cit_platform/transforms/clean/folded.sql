-- Every record of raw.records with its 25 fields folded: blanks, the non-breaking one too, are trimmed and reduced to
-- one; what stands for "no value" is null. Reads raw.records; $as_of bounds the dates.
with folded as (
  -- Few values need folding: they are looked for first, for replacing costs twice as much as looking.
  select
    record_id,
    case when regexp_matches(template_id, '^ | $|  |[\t\r\n\x{A0}]')
      then trim(regexp_replace(template_id, '[ \t\r\n\x{A0}]+', ' ', 'g'))
      else template_id end as template_id,
    case when regexp_matches(reported_date, '^ | $|  |[\t\r\n\x{A0}]')
      then trim(regexp_replace(reported_date, '[ \t\r\n\x{A0}]+', ' ', 'g'))
      else reported_date end as reported_date,
    case when regexp_matches(reported_time, '^ | $|  |[\t\r\n\x{A0}]')
      then trim(regexp_replace(reported_time, '[ \t\r\n\x{A0}]+', ' ', 'g'))
      else reported_time end as reported_time,
    case when regexp_matches(occured_date_time, '^ | $|  |[\t\r\n\x{A0}]')
      then trim(regexp_replace(occured_date_time, '[ \t\r\n\x{A0}]+', ' ', 'g'))
      else occured_date_time end as occured_date_time,
    case when regexp_matches(call_type, '^ | $|  |[\t\r\n\x{A0}]')
      then trim(regexp_replace(call_type, '[ \t\r\n\x{A0}]+', ' ', 'g'))
      else call_type end as call_type,
    case when regexp_matches(initial_call_type, '^ | $|  |[\t\r\n\x{A0}]')
      then trim(regexp_replace(initial_call_type, '[ \t\r\n\x{A0}]+', ' ', 'g'))
      else initial_call_type end as initial_call_type,
    case when regexp_matches(final_call_type, '^ | $|  |[\t\r\n\x{A0}]')
      then trim(regexp_replace(final_call_type, '[ \t\r\n\x{A0}]+', ' ', 'g'))
      else final_call_type end as final_call_type,
    case when regexp_matches(disposition, '^ | $|  |[\t\r\n\x{A0}]')
      then trim(regexp_replace(disposition, '[ \t\r\n\x{A0}]+', ' ', 'g'))
      else disposition end as disposition,
    case when regexp_matches(use_of_force_indicator, '^ | $|  |[\t\r\n\x{A0}]')
      then trim(regexp_replace(use_of_force_indicator, '[ \t\r\n\x{A0}]+', ' ', 'g'))
      else use_of_force_indicator end as use_of_force_indicator,
    case when regexp_matches(subject_veteran_indicator, '^ | $|  |[\t\r\n\x{A0}]')
      then trim(regexp_replace(subject_veteran_indicator, '[ \t\r\n\x{A0}]+', ' ', 'g'))
      else subject_veteran_indicator end as subject_veteran_indicator,
    case when regexp_matches(cit_officer_requested, '^ | $|  |[\t\r\n\x{A0}]')
      then trim(regexp_replace(cit_officer_requested, '[ \t\r\n\x{A0}]+', ' ', 'g'))
      else cit_officer_requested end as cit_officer_requested,
    case when regexp_matches(cit_officer_dispatched, '^ | $|  |[\t\r\n\x{A0}]')
      then trim(regexp_replace(cit_officer_dispatched, '[ \t\r\n\x{A0}]+', ' ', 'g'))
      else cit_officer_dispatched end as cit_officer_dispatched,
    case when regexp_matches(cit_officer_arrived, '^ | $|  |[\t\r\n\x{A0}]')
      then trim(regexp_replace(cit_officer_arrived, '[ \t\r\n\x{A0}]+', ' ', 'g'))
      else cit_officer_arrived end as cit_officer_arrived,
    case when regexp_matches(officer_id, '^ | $|  |[\t\r\n\x{A0}]')
      then trim(regexp_replace(officer_id, '[ \t\r\n\x{A0}]+', ' ', 'g'))
      else officer_id end as officer_id,
    case when regexp_matches(officer_gender, '^ | $|  |[\t\r\n\x{A0}]')
      then trim(regexp_replace(officer_gender, '[ \t\r\n\x{A0}]+', ' ', 'g'))
      else officer_gender end as officer_gender,
    case when regexp_matches(officer_race, '^ | $|  |[\t\r\n\x{A0}]')
      then trim(regexp_replace(officer_race, '[ \t\r\n\x{A0}]+', ' ', 'g'))
      else officer_race end as officer_race,
    case when regexp_matches(officer_year_of_birth, '^ | $|  |[\t\r\n\x{A0}]')
      then trim(regexp_replace(officer_year_of_birth, '[ \t\r\n\x{A0}]+', ' ', 'g'))
      else officer_year_of_birth end as officer_year_of_birth,
    case when regexp_matches(officer_years_of_experience, '^ | $|  |[\t\r\n\x{A0}]')
      then trim(regexp_replace(officer_years_of_experience, '[ \t\r\n\x{A0}]+', ' ', 'g'))
      else officer_years_of_experience end as officer_years_of_experience,
    case when regexp_matches(cit_certified_indicator, '^ | $|  |[\t\r\n\x{A0}]')
      then trim(regexp_replace(cit_certified_indicator, '[ \t\r\n\x{A0}]+', ' ', 'g'))
      else cit_certified_indicator end as cit_certified_indicator,
    case when regexp_matches(officer_bureau_desc, '^ | $|  |[\t\r\n\x{A0}]')
      then trim(regexp_replace(officer_bureau_desc, '[ \t\r\n\x{A0}]+', ' ', 'g'))
      else officer_bureau_desc end as officer_bureau_desc,
    case when regexp_matches(officer_precinct_desc, '^ | $|  |[\t\r\n\x{A0}]')
      then trim(regexp_replace(officer_precinct_desc, '[ \t\r\n\x{A0}]+', ' ', 'g'))
      else officer_precinct_desc end as officer_precinct_desc,
    case when regexp_matches(officer_squad_desc, '^ | $|  |[\t\r\n\x{A0}]')
      then trim(regexp_replace(officer_squad_desc, '[ \t\r\n\x{A0}]+', ' ', 'g'))
      else officer_squad_desc end as officer_squad_desc,
    case when regexp_matches(precinct, '^ | $|  |[\t\r\n\x{A0}]')
      then trim(regexp_replace(precinct, '[ \t\r\n\x{A0}]+', ' ', 'g'))
      else precinct end as precinct,
    case when regexp_matches(sector, '^ | $|  |[\t\r\n\x{A0}]')
      then trim(regexp_replace(sector, '[ \t\r\n\x{A0}]+', ' ', 'g'))
      else sector end as sector,
    case when regexp_matches(beat, '^ | $|  |[\t\r\n\x{A0}]')
      then trim(regexp_replace(beat, '[ \t\r\n\x{A0}]+', ' ', 'g'))
      else beat end as beat
  from raw.records
),
given as (
  select
    record_id,
    case when not regexp_matches(template_id, '^(-|(?i:FK ERROR)|1900-01-01.*)?$') then template_id end as template_id,
    case when not regexp_matches(reported_date, '^(-|(?i:FK ERROR)|1900-01-01.*)?$')
      then reported_date end as reported_date,
    case when not regexp_matches(reported_time, '^(-|(?i:FK ERROR)|1900-01-01.*)?$')
      then reported_time end as reported_time,
    case when not regexp_matches(occured_date_time, '^(-|(?i:FK ERROR)|1900-01-01.*)?$')
      then occured_date_time end as occured_date_time,
    case when not regexp_matches(call_type, '^(-|(?i:FK ERROR)|1900-01-01.*)?$') then call_type end as call_type,
    case when not regexp_matches(initial_call_type, '^(-|(?i:FK ERROR)|1900-01-01.*)?$')
      then initial_call_type end as initial_call_type,
    case when not regexp_matches(final_call_type, '^(-|(?i:FK ERROR)|1900-01-01.*)?$')
      then final_call_type end as final_call_type,
    case when not regexp_matches(disposition, '^(-|(?i:FK ERROR)|1900-01-01.*)?$') then disposition end as disposition,
    case when not regexp_matches(use_of_force_indicator, '^(-|(?i:FK ERROR)|1900-01-01.*)?$')
      then use_of_force_indicator end as use_of_force_indicator,
    case when not regexp_matches(subject_veteran_indicator, '^(-|(?i:FK ERROR)|1900-01-01.*)?$')
      then subject_veteran_indicator end as subject_veteran_indicator,
    case when not regexp_matches(cit_officer_requested, '^(-|(?i:FK ERROR)|1900-01-01.*)?$')
      then cit_officer_requested end as cit_officer_requested,
    case when not regexp_matches(cit_officer_dispatched, '^(-|(?i:FK ERROR)|1900-01-01.*)?$')
      then cit_officer_dispatched end as cit_officer_dispatched,
    case when not regexp_matches(cit_officer_arrived, '^(-|(?i:FK ERROR)|1900-01-01.*)?$')
      then cit_officer_arrived end as cit_officer_arrived,
    case when not regexp_matches(officer_id, '^(-|(?i:FK ERROR)|1900-01-01.*)?$') then officer_id end as officer_id,
    case when not regexp_matches(officer_gender, '^(-|(?i:FK ERROR)|1900-01-01.*)?$')
      then officer_gender end as officer_gender,
    case when not regexp_matches(officer_race, '^(-|(?i:FK ERROR)|1900-01-01.*)?$')
      then officer_race end as officer_race,
    -- 1900 is the year of the placeholder date, from the time when the feed printed years only.
    case when not regexp_matches(officer_year_of_birth, '^(-|(?i:FK ERROR)|1900(-01-01.*)?)?$')
      then officer_year_of_birth end as officer_year_of_birth,
    case when not regexp_matches(officer_years_of_experience, '^(-|(?i:FK ERROR)|1900-01-01.*)?$')
      then officer_years_of_experience end as officer_years_of_experience,
    case when not regexp_matches(cit_certified_indicator, '^(-|(?i:FK ERROR)|1900-01-01.*)?$')
      then cit_certified_indicator end as cit_certified_indicator,
    case when not regexp_matches(officer_bureau_desc, '^(-|(?i:FK ERROR)|1900-01-01.*)?$')
      then officer_bureau_desc end as officer_bureau_desc,
    case when not regexp_matches(officer_precinct_desc, '^(-|(?i:FK ERROR)|1900-01-01.*)?$')
      then officer_precinct_desc end as officer_precinct_desc,
    case when not regexp_matches(officer_squad_desc, '^(-|(?i:FK ERROR)|1900-01-01.*)?$')
      then officer_squad_desc end as officer_squad_desc,
    case when not regexp_matches(precinct, '^(-|(?i:FK ERROR)|1900-01-01.*)?$') then precinct end as precinct,
    case when not regexp_matches(sector, '^(-|(?i:FK ERROR)|1900-01-01.*)?$') then sector end as sector,
    case when not regexp_matches(beat, '^(-|(?i:FK ERROR)|1900-01-01.*)?$') then beat end as beat
  from folded
),
days as (
  -- Matched before it is cast: a cast alone takes other spellings for dates.
  select
    *,
    case when regexp_matches(reported_date, '^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]*)?$')
      then try_cast(substr(reported_date, 1, 10) as date) end as any_report_day,
    case when regexp_matches(occured_date_time, '^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]*)?$')
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
  case when any_report_day between date '2015-05-15' and cast($as_of as date) + interval 1 day
    then any_report_day end as report_day,
  case when any_event_day between date '2015-05-15' and cast($as_of as date) + interval 1 day
    then any_event_day end as event_day
from days
