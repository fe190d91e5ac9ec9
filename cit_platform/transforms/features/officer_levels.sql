-- What each level of an officer attribute becomes before anything is fitted. A level is too small if under 10 named
-- officers have it, or one of them wrote more than half of its contacts. It becomes Unknown; an Unknown that is too
-- small becomes the most frequent level; where that leaves a level too small, all are Unknown. A label that awaits its
-- mapping stays unmapped, for it is in no model. Reads features.combined and the codebook.
with given as (
  select 'officer_race' as term, officer_race as level, officer_key from features.combined
  union all
  select 'officer_gender' as term, officer_gender as level, officer_key from features.combined
),
levels as (
  -- Also levels of no contact here: those of other records become what a level of no officer becomes.
  select term, level from given where level <> 'unmapped'
  union
  select 'officer_race' as term, value as level from codebook.officer_races
  union
  select 'officer_gender' as term, value as level from codebook.officer_genders
  union
  select distinct term, 'Unknown' as level from given
),
counted as (
  select term, level, officer_key, count(*) as n
  from given
  where officer_key is not null and level <> 'unmapped'
  group by term, level, officer_key
),
sizes as (
  select term, level, count(*) as n_officers, sum(n) as n, max(n) as most
  from counted
  group by term, level
),
first_merge as (
  select l.term, l.level, case when s.n_officers >= 10 and 2 * s.most <= s.n then l.level else 'Unknown' end as becomes
  from levels l
  left join sizes s on s.term = l.term and s.level = l.level
),
first_counted as (
  select c.term, m.becomes as level, c.officer_key, sum(c.n) as n
  from counted c
  join first_merge m on m.term = c.term and m.level = c.level
  group by c.term, m.becomes, c.officer_key
),
first_sizes as (
  select term, level, count(*) as n_officers, sum(n) as n, max(n) as most
  from first_counted
  group by term, level
),
most_frequent as (
  select term, level, row_number() over (partition by term order by n desc, level) as place
  from first_sizes
  where level <> 'Unknown'
),
second_merge as (
  select
    m.term,
    m.level,
    case when m.becomes = 'Unknown' and not coalesce(s.n_officers >= 10 and 2 * s.most <= s.n, false)
      then coalesce(f.level, 'Unknown') else m.becomes end as becomes
  from first_merge m
  left join first_sizes s on s.term = m.term and s.level = m.becomes
  left join most_frequent f on f.term = m.term and f.place = 1
),
second_counted as (
  select c.term, m.becomes as level, c.officer_key, sum(c.n) as n
  from counted c
  join second_merge m on m.term = c.term and m.level = c.level
  group by c.term, m.becomes, c.officer_key
),
second_sizes as (
  select term, level, count(*) as n_officers, sum(n) as n, max(n) as most
  from second_counted
  group by term, level
),
failed as (
  select distinct term
  from second_sizes
  where n_officers < 10 or 2 * most > n
)
select m.term, m.level as stated_level, case when f.term is null then m.becomes else 'Unknown' end as becomes
from second_merge m
left join failed f on f.term = m.term
