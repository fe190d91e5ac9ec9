-- The modelling columns of every contact, its officer's attributes in the levels that may be fitted. Of
-- features/contradictory the same, of the contacts that contradict themselves on certification alone.
-- Reads features.combined and features.officer_levels.
select
  f.contact_id,
  f.incident_id,
  f.officer_key,
  f.reported_date,
  f.year,
  f.month,
  f.period,
  f.records_system,
  f.force,
  f.disposition_group,
  f.cit_certified,
  f.cit_arrived,
  f.cit_requested,
  f.cit_dispatched,
  f.veteran,
  f.experience_years,
  f.experience_status,
  f.experience,
  f.hour,
  f.watch,
  f.weekend,
  f.call_risk,
  f.call_risk_published,
  f.call_class,
  f.call_received,
  f.missing_call_fields,
  f.precinct,
  f.beat,
  f.officer_squad,
  coalesce(race.becomes, f.officer_race) as officer_race,
  coalesce(gender.becomes, f.officer_gender) as officer_gender,
  f.any_arrest,
  f.any_emergent_detention,
  f.any_referral,
  f.n_records,
  f.conflicting_fields
from features.combined f
left join features.officer_levels race on race.term = 'officer_race' and race.stated_level = f.officer_race
left join features.officer_levels gender on gender.term = 'officer_gender' and gender.stated_level = f.officer_gender
