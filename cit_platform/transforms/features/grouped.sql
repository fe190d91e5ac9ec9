-- The modelling columns of every clean record: labels grouped by the codebook, dates placed in their policy period,
-- hours in their watch; officer attributes with all their levels.
-- Reads clean.records and the codebook; $last_legacy_template.
with call_labels as (
  select distinct initial_call_type as label
  from clean.records
  where initial_call_type is not null
),
bare_calls as (
  -- A prefix of the source says nothing of the call.
  select l.label, coalesce(min(regexp_replace(l.label, p.pattern, '')), l.label) as bare
  from call_labels l
  left join codebook.label_prefixes p on p.field = 'initial_call_type' and regexp_matches(l.label, p.pattern)
  group by l.label
),
call_types as (
  select
    cast("order" as integer) as place,
    kind,
    label,
    call_risk,
    coalesce(nullif(published_call_risk, ''), call_risk) as call_risk_published,
    call_class
  from codebook.call_types
),
places as (
  -- Exact labels come first; of the patterns the first that matches.
  select b.label, coalesce(min(e.place), min(p.place)) as place
  from bare_calls b
  left join call_types e on e.kind = 'exact' and e.label = b.bare
  left join call_types p on e.place is null and p.kind = 'pattern' and regexp_matches(b.bare, p.label)
  group by b.label
),
calls as (
  select f.label, t.call_risk, t.call_risk_published, t.call_class
  from places f
  join call_types t on t.place = f.place
),
dated_periods as (
  select
    period,
    cast("start" as date) as first_day,
    coalesce(try_cast("end" as date), date '9999-12-31') as last_day
  from codebook.periods
),
timed as (
  select
    *,
    -- Exact midnight is a time that was not recorded; its day was.
    case when occurred_at <> cast(cast(occurred_at as date) as timestamp) and occurred_hour is not null
      then occurred_hour else reported_hour end as watch_hour,
    case when occurred_hour is not null then cast(occurred_at as date) else reported_date end as watch_day
  from clean.records
)
select
  r.record_id,
  r.contact_id,
  r.incident_id,
  r.officer_key,
  r.reported_date,
  extract(year from r.reported_date) as year,
  cast(date_trunc('month', r.reported_date) as date) as month,
  p.period,
  -- Numbers of the present system are above the last of the one before it: one too long to be cast is so.
  case
    when regexp_matches(r.contact_id, '^[0-9]+$')
      and coalesce(try_cast(r.contact_id as bigint) > $last_legacy_template, true) then 'mark43'
    else 'legacy'
  end as records_system,
  r.force,
  case when r.disposition is null then 'missing' else coalesce(d."grouping", 'unmapped') end as disposition_group,
  r.cit_certified,
  r.cit_arrived,
  r.cit_requested,
  r.cit_dispatched,
  r.veteran,
  r.experience_years,
  r.experience_status,
  case
    when r.experience_years is null then 'unknown'
    when r.experience_years < 5 then '0-4'
    when r.experience_years < 10 then '5-9'
    when r.experience_years < 15 then '10-14'
    when r.experience_years < 20 then '15-19'
    else '20+'
  end as experience,
  r.watch_hour as hour,
  case
    when r.watch_hour is null then 'unknown'
    when r.watch_hour < 8 then 'night'
    when r.watch_hour < 16 then 'day'
    else 'evening'
  end as watch,
  -- 2000-01-01 was a Saturday.
  case when date_diff('day', date '2000-01-01', r.watch_day) % 7 < 2 then 1 else 0 end as weekend,
  case when r.initial_call_type is null then 'unknown' else coalesce(c.call_risk, 'unmapped') end as call_risk,
  case when r.initial_call_type is null then 'unknown'
    else coalesce(c.call_risk_published, 'unmapped') end as call_risk_published,
  case when r.initial_call_type is null then 'unknown' else coalesce(c.call_class, 'unmapped') end as call_class,
  coalesce(r.call_type, 'unknown') as call_received,
  case when r.call_type is null then 1 else 0 end
    + case when r.initial_call_type is null then 1 else 0 end
    + case when r.final_call_type is null then 1 else 0 end as missing_call_fields,
  case when r.precinct is null then 'Unknown' else coalesce(place.value, 'unmapped') end as precinct,
  coalesce(r.beat, 'Unknown') as beat,
  coalesce(r.officer_squad, 'Unknown') as officer_squad,
  case when r.officer_race is null then 'Unknown' else coalesce(race.value, 'unmapped') end as officer_race,
  case when r.officer_gender is null then 'Unknown' else coalesce(gender.value, 'unmapped') end as officer_gender
from timed r
left join dated_periods p on r.reported_date between p.first_day and p.last_day
left join codebook.dispositions d on d.label = r.disposition
left join calls c on c.label = r.initial_call_type
left join codebook.precincts place on place.label = r.precinct
left join codebook.officer_races race on race.label = upper(r.officer_race)
left join codebook.officer_genders gender on gender.label = r.officer_gender
