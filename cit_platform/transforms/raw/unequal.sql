-- The records in which two snapshots differ to the letter; the record_id begins with the side, before- or after-.
-- Reads session.before and session.after, two snapshots as raw/records has them.
select
  concat('before-', b.record_id) as record_id,
  b.template_id,
  b.reported_date,
  b.reported_time,
  b.occured_date_time,
  b.call_type,
  b.initial_call_type,
  b.final_call_type,
  b.disposition,
  b.use_of_force_indicator,
  b.subject_veteran_indicator,
  b.cit_officer_requested,
  b.cit_officer_dispatched,
  b.cit_officer_arrived,
  b.officer_id,
  b.officer_gender,
  b.officer_race,
  b.officer_year_of_birth,
  b.officer_years_of_experience,
  b.cit_certified_indicator,
  b.officer_bureau_desc,
  b.officer_precinct_desc,
  b.officer_squad_desc,
  b.precinct,
  b.sector,
  b.beat
from session.before b
left join session.after a on a.record_id = b.record_id
where a.record_id is null
union all
select
  concat('after-', a.record_id) as record_id,
  a.template_id,
  a.reported_date,
  a.reported_time,
  a.occured_date_time,
  a.call_type,
  a.initial_call_type,
  a.final_call_type,
  a.disposition,
  a.use_of_force_indicator,
  a.subject_veteran_indicator,
  a.cit_officer_requested,
  a.cit_officer_dispatched,
  a.cit_officer_arrived,
  a.officer_id,
  a.officer_gender,
  a.officer_race,
  a.officer_year_of_birth,
  a.officer_years_of_experience,
  a.cit_certified_indicator,
  a.officer_bureau_desc,
  a.officer_precinct_desc,
  a.officer_squad_desc,
  a.precinct,
  a.sector,
  a.beat
from session.after a
left join session.before b on b.record_id = a.record_id
where b.record_id is null
