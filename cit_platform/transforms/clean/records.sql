-- Every record of one standing, keyed to its contact, incident and officer: of clean/records those that are fit for
-- analysis, of clean/contradictory those whose contact contradicts itself on certification alone.
-- Reads clean.typed and session.officers (officer number as printed, and its keyed hash); $standing.
with kept as (
  select
    *,
    -- An event that does not lie 0 to 2 days before its report has a time from somewhere else.
    occurred_at is not null and days_to_report between 0 and 2 as is_timely
  from clean.typed
  where standing = $standing
),
keyed as (
  select
    *,
    -- Exact midnight is a time that was not recorded.
    case
      when is_timely and occurred_at <> cast(cast(occurred_at as date) as timestamp)
        and beat is not null and initial_call_type is not null
        then concat('event-', md5(concat(cast(occurred_at as varchar), '|', beat, '|', initial_call_type)))
      else concat('contact-', contact_id)
    end as own_incident_id
  from kept
)
select
  k.record_id,
  k.contact_id,
  -- A contact has one incident; where its records disagree, the contact stands alone if any of them does.
  min(k.own_incident_id) over (partition by k.contact_id) as incident_id,
  o.officer_key,
  k.reported_date,
  k.reported_hour,
  k.occurred_at,
  case when k.is_timely then extract(hour from k.occurred_at) end as occurred_hour,
  k.call_type,
  k.initial_call_type,
  k.final_call_type,
  k.disposition,
  k.force,
  k.veteran,
  k.cit_requested,
  k.cit_dispatched,
  k.cit_arrived,
  k.cit_certified,
  k.experience_years,
  k.experience_status,
  k.experience_above_age,
  k.officer_birth_year,
  k.officer_gender,
  k.officer_race,
  k.officer_bureau,
  k.officer_precinct,
  k.officer_squad,
  k.precinct,
  k.sector,
  k.beat
from keyed k
left join session.officers o on o.officer_id = k.officer_id_printed
