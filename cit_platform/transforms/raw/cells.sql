-- The records in which two snapshots differ to the letter, one row per record and field; the record_id begins with the
-- side, before- or after-. Reads session.before and session.after, two snapshots as raw/records has them.
with differing as (
  select 'before' as side, b.*
  from session.before b
  left join session.after a on a.record_id = b.record_id
  where a.record_id is null
  union all
  select 'after' as side, a.*
  from session.after a
  left join session.before b on b.record_id = a.record_id
  where b.record_id is null
)
select concat(side, '-', record_id) as record_id, side, field, printed
from differing
unpivot include nulls (
  printed for field in (
    template_id, reported_date, reported_time, occured_date_time, call_type, initial_call_type, final_call_type,
    disposition, use_of_force_indicator, subject_veteran_indicator, cit_officer_requested, cit_officer_dispatched,
    cit_officer_arrived, officer_id, officer_gender, officer_race, officer_year_of_birth, officer_years_of_experience,
    cit_certified_indicator, officer_bureau_desc, officer_precinct_desc, officer_squad_desc, precinct, sector, beat
  )
)
