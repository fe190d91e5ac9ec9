-- What is printed otherwise, by pair of records and field, and whether it means the same. Reads raw.pairs,
-- raw.translated, raw.records (for which raw/unequal stands) and codebook.fields.
with cells as (
  select
    p.before_id,
    p.template,
    f.field,
    case f.field
      when 'template_id' then old.template_id
      when 'reported_date' then old.reported_date
      when 'reported_time' then old.reported_time
      when 'occured_date_time' then old.occured_date_time
      when 'call_type' then old.call_type
      when 'initial_call_type' then old.initial_call_type
      when 'final_call_type' then old.final_call_type
      when 'disposition' then old.disposition
      when 'use_of_force_indicator' then old.use_of_force_indicator
      when 'subject_veteran_indicator' then old.subject_veteran_indicator
      when 'cit_officer_requested' then old.cit_officer_requested
      when 'cit_officer_dispatched' then old.cit_officer_dispatched
      when 'cit_officer_arrived' then old.cit_officer_arrived
      when 'officer_id' then old.officer_id
      when 'officer_gender' then old.officer_gender
      when 'officer_race' then old.officer_race
      when 'officer_year_of_birth' then old.officer_year_of_birth
      when 'officer_years_of_experience' then old.officer_years_of_experience
      when 'cit_certified_indicator' then old.cit_certified_indicator
      when 'officer_bureau_desc' then old.officer_bureau_desc
      when 'officer_precinct_desc' then old.officer_precinct_desc
      when 'officer_squad_desc' then old.officer_squad_desc
      when 'precinct' then old.precinct
      when 'sector' then old.sector
      when 'beat' then old.beat
    end as old_value,
    case f.field
      when 'template_id' then new.template_id
      when 'reported_date' then new.reported_date
      when 'reported_time' then new.reported_time
      when 'occured_date_time' then new.occured_date_time
      when 'call_type' then new.call_type
      when 'initial_call_type' then new.initial_call_type
      when 'final_call_type' then new.final_call_type
      when 'disposition' then new.disposition
      when 'use_of_force_indicator' then new.use_of_force_indicator
      when 'subject_veteran_indicator' then new.subject_veteran_indicator
      when 'cit_officer_requested' then new.cit_officer_requested
      when 'cit_officer_dispatched' then new.cit_officer_dispatched
      when 'cit_officer_arrived' then new.cit_officer_arrived
      when 'officer_id' then new.officer_id
      when 'officer_gender' then new.officer_gender
      when 'officer_race' then new.officer_race
      when 'officer_year_of_birth' then new.officer_year_of_birth
      when 'officer_years_of_experience' then new.officer_years_of_experience
      when 'cit_certified_indicator' then new.cit_certified_indicator
      when 'officer_bureau_desc' then new.officer_bureau_desc
      when 'officer_precinct_desc' then new.officer_precinct_desc
      when 'officer_squad_desc' then new.officer_squad_desc
      when 'precinct' then new.precinct
      when 'sector' then new.sector
      when 'beat' then new.beat
    end as new_value,
    case f.field
      when 'reported_date' then was.reported_date
      when 'reported_time' then was.reported_time
      when 'occured_date_time' then was.occured_date_time
      when 'call_type' then was.call_type
      when 'initial_call_type' then was.initial_call_type
      when 'final_call_type' then was.final_call_type
      when 'disposition' then was.disposition
      when 'use_of_force_indicator' then was.use_of_force_indicator
      when 'subject_veteran_indicator' then was.subject_veteran_indicator
      when 'cit_officer_requested' then was.cit_officer_requested
      when 'cit_officer_dispatched' then was.cit_officer_dispatched
      when 'cit_officer_arrived' then was.cit_officer_arrived
      when 'officer_id' then was.officer_id
      when 'officer_gender' then was.officer_gender
      when 'officer_race' then was.officer_race
      when 'officer_year_of_birth' then was.officer_year_of_birth
      when 'officer_years_of_experience' then was.officer_years_of_experience
      when 'cit_certified_indicator' then was.cit_certified_indicator
      when 'officer_bureau_desc' then was.officer_bureau_desc
      when 'officer_precinct_desc' then was.officer_precinct_desc
      when 'officer_squad_desc' then was.officer_squad_desc
      when 'precinct' then was.precinct
      when 'sector' then was.sector
      when 'beat' then was.beat
    end as meant,
    case f.field
      when 'reported_date' then now.reported_date
      when 'reported_time' then now.reported_time
      when 'occured_date_time' then now.occured_date_time
      when 'call_type' then now.call_type
      when 'initial_call_type' then now.initial_call_type
      when 'final_call_type' then now.final_call_type
      when 'disposition' then now.disposition
      when 'use_of_force_indicator' then now.use_of_force_indicator
      when 'subject_veteran_indicator' then now.subject_veteran_indicator
      when 'cit_officer_requested' then now.cit_officer_requested
      when 'cit_officer_dispatched' then now.cit_officer_dispatched
      when 'cit_officer_arrived' then now.cit_officer_arrived
      when 'officer_id' then now.officer_id
      when 'officer_gender' then now.officer_gender
      when 'officer_race' then now.officer_race
      when 'officer_year_of_birth' then now.officer_year_of_birth
      when 'officer_years_of_experience' then now.officer_years_of_experience
      when 'cit_certified_indicator' then now.cit_certified_indicator
      when 'officer_bureau_desc' then now.officer_bureau_desc
      when 'officer_precinct_desc' then now.officer_precinct_desc
      when 'officer_squad_desc' then now.officer_squad_desc
      when 'precinct' then now.precinct
      when 'sector' then now.sector
      when 'beat' then now.beat
    end as means
  from raw.pairs p
  join raw.records old on old.record_id = p.before_id
  join raw.records new on new.record_id = p.after_id
  join raw.translated was on was.record_id = p.before_id
  join raw.translated now on now.record_id = p.after_id
  cross join codebook.fields f
)
select
  before_id,
  template,
  field,
  old_value,
  new_value,
  -- The template is what records are paired by: its meaning is the same.
  coalesce(meant, '') = coalesce(means, '') as means_the_same
from cells
where coalesce(old_value, '') <> coalesce(new_value, '')
