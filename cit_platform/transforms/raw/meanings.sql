-- What each field of a record means, as text that is equal where the meaning is; '' for no value. Reads clean.folded.
select
  record_id,
  split_part(record_id, '-', 1) as side,
  coalesce(template_id, '') as template,
  report_day,
  coalesce(
    case when regexp_matches(reported_date, '^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]*)?$')
      then substr(reported_date, 1, 10) else reported_date end,
    ''
  ) as reported_date,
  coalesce(reported_time, '') as reported_time,
  coalesce(occured_date_time, '') as occured_date_time,
  coalesce(upper(replace(replace(call_type, ' /', '/'), '/ ', '/')), '') as call_type,
  coalesce(upper(replace(replace(initial_call_type, ' /', '/'), '/ ', '/')), '') as initial_call_type,
  coalesce(
    nullif(regexp_replace(upper(replace(replace(final_call_type, ' /', '/'), '/ ', '/')), '^-[- ]*', ''), ''),
    ''
  ) as final_call_type,
  coalesce(upper(replace(replace(disposition, ' /', '/'), '/ ', '/')), '') as disposition,
  coalesce(
    case when upper(use_of_force_indicator) in ('Y', 'YES', '1', 'TRUE') then '1'
      when upper(use_of_force_indicator) in ('N', 'NO', '0', 'FALSE') then '0'
      when upper(use_of_force_indicator) <> 'UNKNOWN' then upper(use_of_force_indicator) end,
    ''
  ) as use_of_force_indicator,
  coalesce(
    case when upper(subject_veteran_indicator) in ('Y', 'YES', '1', 'TRUE') then '1'
      when upper(subject_veteran_indicator) in ('N', 'NO', '0', 'FALSE') then '0'
      when upper(subject_veteran_indicator) <> 'UNKNOWN' then upper(subject_veteran_indicator) end,
    ''
  ) as subject_veteran_indicator,
  coalesce(
    case when upper(cit_officer_requested) in ('Y', 'YES', '1', 'TRUE') then '1'
      when upper(cit_officer_requested) in ('N', 'NO', '0', 'FALSE') then '0'
      when upper(cit_officer_requested) <> 'UNKNOWN' then upper(cit_officer_requested) end,
    ''
  ) as cit_officer_requested,
  coalesce(
    case when upper(cit_officer_dispatched) in ('Y', 'YES', '1', 'TRUE') then '1'
      when upper(cit_officer_dispatched) in ('N', 'NO', '0', 'FALSE') then '0'
      when upper(cit_officer_dispatched) <> 'UNKNOWN' then upper(cit_officer_dispatched) end,
    ''
  ) as cit_officer_dispatched,
  coalesce(
    case when upper(cit_officer_arrived) in ('Y', 'YES', '1', 'TRUE') then '1'
      when upper(cit_officer_arrived) in ('N', 'NO', '0', 'FALSE') then '0'
      when upper(cit_officer_arrived) <> 'UNKNOWN' then upper(cit_officer_arrived) end,
    ''
  ) as cit_officer_arrived,
  coalesce(officer_id, '') as officer_id,
  coalesce(upper(replace(replace(officer_gender, ' /', '/'), '/ ', '/')), '') as officer_gender,
  coalesce(upper(replace(replace(officer_race, ' /', '/'), '/ ', '/')), '') as officer_race,
  coalesce(
    case when regexp_matches(officer_year_of_birth, '^[0-9]{4}')
      then substr(officer_year_of_birth, 1, 4) else officer_year_of_birth end,
    ''
  ) as officer_year_of_birth,
  coalesce(
    nullif(case when regexp_matches(officer_years_of_experience, '^-?[0-9]{1,18}$')
      then cast(try_cast(officer_years_of_experience as bigint) as varchar) else officer_years_of_experience end, '-1'),
    ''
  ) as officer_years_of_experience,
  coalesce(
    case when upper(cit_certified_indicator) in ('Y', 'YES', '1', 'TRUE') then '1'
      when upper(cit_certified_indicator) in ('N', 'NO', '0', 'FALSE') then '0'
      when upper(cit_certified_indicator) <> 'UNKNOWN' then upper(cit_certified_indicator) end,
    ''
  ) as cit_certified_indicator,
  coalesce(upper(replace(replace(officer_bureau_desc, ' /', '/'), '/ ', '/')), '') as officer_bureau_desc,
  coalesce(upper(replace(replace(officer_precinct_desc, ' /', '/'), '/ ', '/')), '') as officer_precinct_desc,
  coalesce(upper(replace(replace(officer_squad_desc, ' /', '/'), '/ ', '/')), '') as officer_squad_desc,
  coalesce(upper(replace(replace(precinct, ' /', '/'), '/ ', '/')), '') as precinct,
  coalesce(upper(replace(replace(sector, ' /', '/'), '/ ', '/')), '') as sector,
  coalesce(upper(replace(replace(beat, ' /', '/'), '/ ', '/')), '') as beat
from clean.folded
