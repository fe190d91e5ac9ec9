-- How many records carry a value in each source field, by report year.
-- Reads clean.folded and codebook.fields.
with years as (
  select
    case when report_day is null then 'unknown' else cast(extract(year from report_day) as varchar) end as year,
    count(*) as n_records,
    count(template_id) as template_id,
    count(reported_date) as reported_date,
    count(reported_time) as reported_time,
    count(occured_date_time) as occured_date_time,
    count(call_type) as call_type,
    count(initial_call_type) as initial_call_type,
    count(final_call_type) as final_call_type,
    count(disposition) as disposition,
    count(use_of_force_indicator) as use_of_force_indicator,
    count(subject_veteran_indicator) as subject_veteran_indicator,
    count(cit_officer_requested) as cit_officer_requested,
    count(cit_officer_dispatched) as cit_officer_dispatched,
    count(cit_officer_arrived) as cit_officer_arrived,
    count(officer_id) as officer_id,
    count(officer_gender) as officer_gender,
    count(officer_race) as officer_race,
    count(officer_year_of_birth) as officer_year_of_birth,
    count(officer_years_of_experience) as officer_years_of_experience,
    count(cit_certified_indicator) as cit_certified_indicator,
    count(officer_bureau_desc) as officer_bureau_desc,
    count(officer_precinct_desc) as officer_precinct_desc,
    count(officer_squad_desc) as officer_squad_desc,
    count(precinct) as precinct,
    count(sector) as sector,
    count(beat) as beat
  from clean.folded
  group by case when report_day is null then 'unknown' else cast(extract(year from report_day) as varchar) end
),
fields as (
  select
    f.field,
    y.year,
    y.n_records,
    case f.field
      when 'template_id' then y.template_id
      when 'reported_date' then y.reported_date
      when 'reported_time' then y.reported_time
      when 'occured_date_time' then y.occured_date_time
      when 'call_type' then y.call_type
      when 'initial_call_type' then y.initial_call_type
      when 'final_call_type' then y.final_call_type
      when 'disposition' then y.disposition
      when 'use_of_force_indicator' then y.use_of_force_indicator
      when 'subject_veteran_indicator' then y.subject_veteran_indicator
      when 'cit_officer_requested' then y.cit_officer_requested
      when 'cit_officer_dispatched' then y.cit_officer_dispatched
      when 'cit_officer_arrived' then y.cit_officer_arrived
      when 'officer_id' then y.officer_id
      when 'officer_gender' then y.officer_gender
      when 'officer_race' then y.officer_race
      when 'officer_year_of_birth' then y.officer_year_of_birth
      when 'officer_years_of_experience' then y.officer_years_of_experience
      when 'cit_certified_indicator' then y.cit_certified_indicator
      when 'officer_bureau_desc' then y.officer_bureau_desc
      when 'officer_precinct_desc' then y.officer_precinct_desc
      when 'officer_squad_desc' then y.officer_squad_desc
      when 'precinct' then y.precinct
      when 'sector' then y.sector
      when 'beat' then y.beat
    end as n_present
  from years y
  cross join codebook.fields f
)
select
  field,
  year,
  n_records,
  n_present,
  1.0 * n_present / n_records as share_present
from fields
