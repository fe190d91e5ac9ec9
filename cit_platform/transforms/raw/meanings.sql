-- What each printed value means, as text that is equal where the meaning is; '' for no value. How a field is read says
-- its kind in codebook.fields. Reads raw.cells, codebook.fields and codebook.label_prefixes.
with printed as (
  select distinct c.field, c.printed, f.kind, concat('|', upper(f.placeholders), '|') as placeholders
  from raw.cells c
  join codebook.fields f on f.field = c.field
  where c.printed is not null
),
folded as (
  -- U+0001 is a blank too: it separates the fields in raw.pairs.
  select *, trim(regexp_replace(printed, '[ \t\r\n\x{01}\x{A0}]+', ' ', 'g'), ' ') as text
  from printed
),
shortened as (
  select
    field,
    printed,
    kind,
    placeholders,
    case
      when kind = 'date' and regexp_matches(text, '^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]*)?$')
        then substr(text, 1, 10)
      when kind = 'birth' and regexp_matches(text, '^[0-9]{4}') then substr(text, 1, 4)
      when kind = 'timestamp' then regexp_replace(text, '[.]0+$', '')
      when kind = 'integer' and regexp_matches(text, '^-?[0-9]{1,18}$') then cast(try_cast(text as bigint) as varchar)
      else text
    end as text,
    upper(replace(replace(text, ' /', '/'), '/ ', '/')) as label
  from folded
),
bare as (
  -- A prefix of the source says nothing of the call.
  select s.field, s.printed, coalesce(min(regexp_replace(s.label, p.pattern, '')), min(s.label)) as label
  from shortened s
  left join codebook.label_prefixes p on p.field = s.field and regexp_matches(s.label, p.pattern)
  group by s.field, s.printed
)
select
  s.field,
  s.printed,
  case
    when text = '' then ''
    when text not like '%|%' and strpos(placeholders, concat('|', upper(text), '|')) > 0 then ''
    -- A day that means none does so with any time.
    when regexp_matches(text, '^[0-9]{4}-[0-9]{2}-[0-9]{2}')
      and strpos(placeholders, concat('|', substr(text, 1, 10))) > 0 then ''
    when kind = 'integer' and text = '-1' then ''
    when kind = 'indicator' and b.label = 'UNKNOWN' then ''
    when kind = 'indicator' and b.label in ('Y', 'YES', '1', 'TRUE') then '1'
    when kind = 'indicator' and b.label in ('N', 'NO', '0', 'FALSE') then '0'
    when s.field = 'final_call_type' then regexp_replace(b.label, '^-[- ]*', '')
    when kind in ('label', 'text', 'indicator') then b.label
    else text
  end as meaning
from shortened s
join bare b on b.field = s.field and b.printed = s.printed
