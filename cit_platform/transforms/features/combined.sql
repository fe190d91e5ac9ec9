-- The modelling columns of every contact: force is any, the disposition is the highest by the codebook's rank, the
-- rest is that of the contact's first record in the order of the fields other than the disposition. A template of
-- nothing higher than no contact is none. Officer attributes have all their levels.
-- Reads clean.records, features.grouped and the codebook.
with ranks as (
  select "grouping", cast(rank as integer) as place
  from codebook.disposition_groups
),
outcomes as (
  select
    f.contact_id,
    max(f.force) as force,
    min(g.place) as highest,
    max(case when f.disposition_group = 'arrest' then 1 else 0 end) as any_arrest,
    max(case when f.disposition_group = 'emergent_detention' then 1 else 0 end) as any_emergent_detention,
    max(case when f.disposition_group = 'referral' then 1 else 0 end) as any_referral,
    count(*) as n_records
  from features.grouped f
  join ranks g on g."grouping" = f.disposition_group
  group by f.contact_id
),
repeated as (
  -- Only contacts of several records can disagree, and only they need an order.
  select c.*
  from clean.records c
  join outcomes o on o.contact_id = c.contact_id
  where o.n_records > 1
),
disagreements as (
  -- Values that differ, or that are given and missing. Officer and certification are judged in clean.
  select
    r.contact_id,
    case when min(r.reported_date) <> max(r.reported_date) or count(r.reported_date) % count(*) <> 0
        then 1 else 0 end
      + case when min(r.reported_hour) <> max(r.reported_hour) or count(r.reported_hour) % count(*) <> 0
        then 1 else 0 end
      + case when min(r.occurred_at) <> max(r.occurred_at) or count(r.occurred_at) % count(*) <> 0
        then 1 else 0 end
      + case when min(r.call_type) <> max(r.call_type) or count(r.call_type) % count(*) <> 0
        then 1 else 0 end
      + case when min(r.initial_call_type) <> max(r.initial_call_type) or count(r.initial_call_type) % count(*) <> 0
        then 1 else 0 end
      + case when min(r.final_call_type) <> max(r.final_call_type) or count(r.final_call_type) % count(*) <> 0
        then 1 else 0 end
      + case when min(r.force) <> max(r.force) or count(r.force) % count(*) <> 0
        then 1 else 0 end
      + case when min(r.veteran) <> max(r.veteran) or count(r.veteran) % count(*) <> 0
        then 1 else 0 end
      + case when min(r.cit_requested) <> max(r.cit_requested) or count(r.cit_requested) % count(*) <> 0
        then 1 else 0 end
      + case when min(r.cit_dispatched) <> max(r.cit_dispatched) or count(r.cit_dispatched) % count(*) <> 0
        then 1 else 0 end
      + case when min(r.cit_arrived) <> max(r.cit_arrived) or count(r.cit_arrived) % count(*) <> 0
        then 1 else 0 end
      + case when min(r.experience_years) <> max(r.experience_years) or count(r.experience_years) % count(*) <> 0
        then 1 else 0 end
      + case when min(r.officer_birth_year) <> max(r.officer_birth_year) or count(r.officer_birth_year) % count(*) <> 0
        then 1 else 0 end
      + case when min(r.officer_gender) <> max(r.officer_gender) or count(r.officer_gender) % count(*) <> 0
        then 1 else 0 end
      + case when min(r.officer_race) <> max(r.officer_race) or count(r.officer_race) % count(*) <> 0
        then 1 else 0 end
      + case when min(r.officer_bureau) <> max(r.officer_bureau) or count(r.officer_bureau) % count(*) <> 0
        then 1 else 0 end
      + case when min(r.officer_precinct) <> max(r.officer_precinct) or count(r.officer_precinct) % count(*) <> 0
        then 1 else 0 end
      + case when min(r.officer_squad) <> max(r.officer_squad) or count(r.officer_squad) % count(*) <> 0
        then 1 else 0 end
      + case when min(r.precinct) <> max(r.precinct) or count(r.precinct) % count(*) <> 0
        then 1 else 0 end
      + case when min(r.sector) <> max(r.sector) or count(r.sector) % count(*) <> 0
        then 1 else 0 end
      + case when min(r.beat) <> max(r.beat) or count(r.beat) % count(*) <> 0
        then 1 else 0 end
      as conflicting_fields
  from repeated r
  group by r.contact_id
),
ordered as (
  select
    c.record_id,
    row_number() over (
      partition by c.contact_id
      order by
        c.reported_date nulls last,
        c.reported_hour nulls last,
        c.occurred_at nulls last,
        c.call_type nulls last,
        c.initial_call_type nulls last,
        c.final_call_type nulls last,
        c.force nulls last,
        c.veteran nulls last,
        c.cit_requested nulls last,
        c.cit_dispatched nulls last,
        c.cit_arrived nulls last,
        c.experience_years nulls last,
        c.officer_birth_year nulls last,
        c.officer_gender nulls last,
        c.officer_race nulls last,
        c.officer_bureau nulls last,
        c.officer_precinct nulls last,
        c.officer_squad nulls last,
        c.precinct nulls last,
        c.sector nulls last,
        c.beat nulls last,
        -- Of contradictory records only: one order on every engine.
        c.cit_certified
    ) as place
  from repeated c
)
select
  f.contact_id,
  f.incident_id,
  f.officer_key,
  f.reported_date,
  f.year,
  f.month,
  f.period,
  f.records_system,
  o.force,
  g."grouping" as disposition_group,
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
  f.officer_race,
  f.officer_gender,
  o.any_arrest,
  o.any_emergent_detention,
  o.any_referral,
  o.n_records,
  coalesce(d.conflicting_fields, 0) as conflicting_fields
from features.grouped f
join outcomes o on o.contact_id = f.contact_id
join ranks g on g.place = o.highest
left join disagreements d on d.contact_id = f.contact_id
left join ordered n on n.record_id = f.record_id
where coalesce(n.place, 1) = 1 and g."grouping" <> 'no_contact'
