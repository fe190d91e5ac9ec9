-- The ledger as a flow: records received, excluded by rule, clean; templates that are no contact; contacts; what each
-- model leaves out and analyses. Reads raw.records, clean.exclusions, clean.records, features.records,
-- features.contacts, models.estimates and the codebook; $agency.
with rules as (
  select cast(r."order" as integer) as place, r.rule, count(e.record_id) as n
  from codebook.exclusion_rules r
  left join clean.exclusions e on e.rule = r.rule
  group by cast(r."order" as integer), r.rule
),
contacts as (
  -- Where a contact leaves each model, as far as its labels decide.
  select
    case
      when call_risk = 'unmapped' then 'call_type_unmapped'
      when 'unmapped' in (precinct, officer_race, officer_gender) then 'other_label_unmapped'
    end as force_loss,
    case
      when disposition_group in ('missing', 'other', 'unmapped') then concat('disposition_', disposition_group)
      when call_risk = 'unmapped' then 'call_type_unmapped'
      when precinct = 'unmapped' then 'other_label_unmapped'
    end as disposition_loss
  from features.contacts
),
losses as (
  select
    count(*) as contacts,
    count(case when force_loss = 'call_type_unmapped' then 1 end) as force_call_type_unmapped,
    count(case when force_loss = 'other_label_unmapped' then 1 end) as force_other_label_unmapped,
    count(case when force_loss is null then 1 end) as force_labelled,
    count(case when disposition_loss = 'disposition_missing' then 1 end) as disposition_missing,
    count(case when disposition_loss = 'disposition_other' then 1 end) as disposition_other,
    count(case when disposition_loss = 'disposition_unmapped' then 1 end) as disposition_unmapped,
    count(case when disposition_loss = 'call_type_unmapped' then 1 end) as disposition_call_type_unmapped,
    count(case when disposition_loss = 'other_label_unmapped' then 1 end) as disposition_other_label_unmapped,
    count(case when disposition_loss is null then 1 end) as disposition_labelled
  from contacts
),
fits as (
  -- Contacts of the fit over all dates; null where nothing could be estimated, which then loses no contact here.
  select
    max(case when model = 'force' then n_contacts end) as force_fit,
    max(case when model = 'disposition' then n_contacts end) as disposition_fit
  from models.estimates
  where agency = $agency and role = 'headline' and term = 'cit_certified'
),
highest as (
  select f.contact_id, min(cast(g.rank as integer)) as place
  from features.records f
  join codebook.disposition_groups g on g."grouping" = f.disposition_group
  group by f.contact_id
),
not_met as (
  select count(*) as no_contact
  from highest h
  join codebook.disposition_groups g on cast(g.rank as integer) = h.place
  where g."grouping" = 'no_contact'
),
analysed as (
  select
    l.*,
    t.no_contact,
    coalesce(f.force_fit, l.force_labelled) as force_analysed,
    coalesce(f.disposition_fit, l.disposition_labelled) as disposition_analysed
  from losses l
  cross join fits f
  cross join not_met t
),
steps as (
  select
    1 as stage, 0 as place, 'records' as part, 'record' as unit, 'received' as kind, 'received' as rule, count(*) as n
  from raw.records
  union all
  select 2, place, 'records', 'record', 'excluded', rule, n from rules
  union all
  select 3, 0, 'records', 'record', 'kept', 'clean', count(*) from clean.records
  union all
  select 4, 0, 'contacts', 'contact', 'excluded', 'no_contact', no_contact from analysed
  union all
  select 4, 1, 'contacts', 'contact', 'kept', 'contacts', contacts from analysed
  union all
  select 5, 1, 'force_model', 'contact', 'excluded', 'call_type_unmapped', force_call_type_unmapped from analysed
  union all
  select 5, 2, 'force_model', 'contact', 'excluded', 'other_label_unmapped', force_other_label_unmapped from analysed
  union all
  select 5, 3, 'force_model', 'contact', 'excluded', 'levels_without_events',
    force_labelled - force_analysed from analysed
  union all
  select 5, 4, 'force_model', 'contact', 'analysed', 'analysed', force_analysed from analysed
  union all
  select 6, 1, 'disposition_model', 'contact', 'excluded', 'disposition_missing', disposition_missing from analysed
  union all
  select 6, 2, 'disposition_model', 'contact', 'excluded', 'disposition_other', disposition_other from analysed
  union all
  select 6, 3, 'disposition_model', 'contact', 'excluded', 'disposition_unmapped', disposition_unmapped from analysed
  union all
  select 6, 4, 'disposition_model', 'contact', 'excluded', 'call_type_unmapped',
    disposition_call_type_unmapped from analysed
  union all
  select 6, 5, 'disposition_model', 'contact', 'excluded', 'other_label_unmapped',
    disposition_other_label_unmapped from analysed
  union all
  select 6, 6, 'disposition_model', 'contact', 'excluded', 'levels_without_events',
    disposition_labelled - disposition_analysed from analysed
  union all
  select 6, 7, 'disposition_model', 'contact', 'analysed', 'analysed', disposition_analysed from analysed
)
select
  row_number() over (order by stage, place) as step,
  part,
  unit,
  kind,
  rule,
  n
from steps
