-- Two snapshots in long form: of the records in which they differ to the letter every value, the record_id with its
-- side, before- or after-; of the records that both hold only how many have which value, as the side both.
-- Reads session.before and session.after, two snapshots as raw/records has them.
with sided as (
  select case when a.record_id is null then 'before' else 'both' end as side, b.*
  from session.before b
  left join session.after a on a.record_id = b.record_id
  union all
  select 'after' as side, a.*
  from session.after a
  left join session.before b on b.record_id = a.record_id
  where b.record_id is null
),
cells as (
  select side, record_id, field, printed
  from sided
  unpivot include nulls (
    printed for field in (
      template_id, reported_date, reported_time, occured_date_time, call_type, initial_call_type, final_call_type,
      disposition, use_of_force_indicator, subject_veteran_indicator, cit_officer_requested, cit_officer_dispatched,
      cit_officer_arrived, officer_id, officer_gender, officer_race, officer_year_of_birth, officer_years_of_experience,
      cit_certified_indicator, officer_bureau_desc, officer_precinct_desc, officer_squad_desc, precinct, sector, beat
    )
  )
)
select concat(side, '-', record_id) as record_id, side, field, printed, 1 as n_records
from cells
where side <> 'both'
union all
select null as record_id, side, field, printed, count(*) as n_records
from cells
where side = 'both'
group by side, field, printed
