-- How many records carry a value in each source field, by report year.
-- Reads clean.folded.
with cells as (
  select
    case when report_day is null then 'unknown' else cast(extract(year from report_day) as varchar) end as year,
    field,
    value
  from clean.folded
  unpivot include nulls (
    value for field in (
      template_id, reported_date, reported_time, occured_date_time, call_type, initial_call_type, final_call_type,
      disposition, use_of_force_indicator, subject_veteran_indicator, cit_officer_requested, cit_officer_dispatched,
      cit_officer_arrived, officer_id, officer_gender, officer_race, officer_year_of_birth, officer_years_of_experience,
      cit_certified_indicator, officer_bureau_desc, officer_precinct_desc, officer_squad_desc, precinct, sector, beat
    )
  )
)
select
  field,
  year,
  count(*) as n_records,
  count(value) as n_present,
  cast(count(value) as double) / count(*) as share_present
from cells
group by field, year
