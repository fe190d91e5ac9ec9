-- The meanings on both sides, the earlier ones as the rules of a change of coding put them. Reads raw.meanings and
-- raw.rules.
select
  m.record_id,
  m.side,
  m.template,
  m.report_day,
  m.reported_date,
  m.reported_time,
  m.occured_date_time,
  coalesce(of_call_type.new_value, m.call_type) as call_type,
  coalesce(of_initial_call_type.new_value, m.initial_call_type) as initial_call_type,
  coalesce(of_final_call_type.new_value, m.final_call_type) as final_call_type,
  coalesce(of_disposition.new_value, m.disposition) as disposition,
  coalesce(of_use_of_force_indicator.new_value, m.use_of_force_indicator) as use_of_force_indicator,
  coalesce(of_subject_veteran_indicator.new_value, m.subject_veteran_indicator) as subject_veteran_indicator,
  coalesce(of_cit_officer_requested.new_value, m.cit_officer_requested) as cit_officer_requested,
  coalesce(of_cit_officer_dispatched.new_value, m.cit_officer_dispatched) as cit_officer_dispatched,
  coalesce(of_cit_officer_arrived.new_value, m.cit_officer_arrived) as cit_officer_arrived,
  coalesce(of_officer_id.new_value, m.officer_id) as officer_id,
  coalesce(of_officer_gender.new_value, m.officer_gender) as officer_gender,
  coalesce(of_officer_race.new_value, m.officer_race) as officer_race,
  m.officer_year_of_birth,
  m.officer_years_of_experience,
  coalesce(of_cit_certified_indicator.new_value, m.cit_certified_indicator) as cit_certified_indicator,
  coalesce(of_officer_bureau_desc.new_value, m.officer_bureau_desc) as officer_bureau_desc,
  coalesce(of_officer_precinct_desc.new_value, m.officer_precinct_desc) as officer_precinct_desc,
  coalesce(of_officer_squad_desc.new_value, m.officer_squad_desc) as officer_squad_desc,
  coalesce(of_precinct.new_value, m.precinct) as precinct,
  coalesce(of_sector.new_value, m.sector) as sector,
  coalesce(of_beat.new_value, m.beat) as beat
from raw.meanings m
left join raw.rules of_call_type
  on m.side = 'before' and of_call_type.field = 'call_type'
    and of_call_type.old_value = m.call_type
left join raw.rules of_initial_call_type
  on m.side = 'before' and of_initial_call_type.field = 'initial_call_type'
    and of_initial_call_type.old_value = m.initial_call_type
left join raw.rules of_final_call_type
  on m.side = 'before' and of_final_call_type.field = 'final_call_type'
    and of_final_call_type.old_value = m.final_call_type
left join raw.rules of_disposition
  on m.side = 'before' and of_disposition.field = 'disposition'
    and of_disposition.old_value = m.disposition
left join raw.rules of_use_of_force_indicator
  on m.side = 'before' and of_use_of_force_indicator.field = 'use_of_force_indicator'
    and of_use_of_force_indicator.old_value = m.use_of_force_indicator
left join raw.rules of_subject_veteran_indicator
  on m.side = 'before' and of_subject_veteran_indicator.field = 'subject_veteran_indicator'
    and of_subject_veteran_indicator.old_value = m.subject_veteran_indicator
left join raw.rules of_cit_officer_requested
  on m.side = 'before' and of_cit_officer_requested.field = 'cit_officer_requested'
    and of_cit_officer_requested.old_value = m.cit_officer_requested
left join raw.rules of_cit_officer_dispatched
  on m.side = 'before' and of_cit_officer_dispatched.field = 'cit_officer_dispatched'
    and of_cit_officer_dispatched.old_value = m.cit_officer_dispatched
left join raw.rules of_cit_officer_arrived
  on m.side = 'before' and of_cit_officer_arrived.field = 'cit_officer_arrived'
    and of_cit_officer_arrived.old_value = m.cit_officer_arrived
left join raw.rules of_officer_id
  on m.side = 'before' and of_officer_id.field = 'officer_id'
    and of_officer_id.old_value = m.officer_id
left join raw.rules of_officer_gender
  on m.side = 'before' and of_officer_gender.field = 'officer_gender'
    and of_officer_gender.old_value = m.officer_gender
left join raw.rules of_officer_race
  on m.side = 'before' and of_officer_race.field = 'officer_race'
    and of_officer_race.old_value = m.officer_race
left join raw.rules of_cit_certified_indicator
  on m.side = 'before' and of_cit_certified_indicator.field = 'cit_certified_indicator'
    and of_cit_certified_indicator.old_value = m.cit_certified_indicator
left join raw.rules of_officer_bureau_desc
  on m.side = 'before' and of_officer_bureau_desc.field = 'officer_bureau_desc'
    and of_officer_bureau_desc.old_value = m.officer_bureau_desc
left join raw.rules of_officer_precinct_desc
  on m.side = 'before' and of_officer_precinct_desc.field = 'officer_precinct_desc'
    and of_officer_precinct_desc.old_value = m.officer_precinct_desc
left join raw.rules of_officer_squad_desc
  on m.side = 'before' and of_officer_squad_desc.field = 'officer_squad_desc'
    and of_officer_squad_desc.old_value = m.officer_squad_desc
left join raw.rules of_precinct
  on m.side = 'before' and of_precinct.field = 'precinct'
    and of_precinct.old_value = m.precinct
left join raw.rules of_sector
  on m.side = 'before' and of_sector.field = 'sector'
    and of_sector.old_value = m.sector
left join raw.rules of_beat
  on m.side = 'before' and of_beat.field = 'beat'
    and of_beat.old_value = m.beat
