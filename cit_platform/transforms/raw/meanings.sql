-- What each printed value means, as text that is equal where the meaning is; '' for no value. How a field is read says
-- its kind in codebook.fields. Reads raw.cells, session.before and codebook.fields.
with printed as (
  select field, printed
  from raw.cells
  union
  select 'template_id' as field, template_id as printed
  from session.before
),
folded as (
  select
    p.field,
    f.kind,
    concat('|', upper(f.placeholders), '|') as placeholders,
    p.printed,
    -- U+0001 is a blank too: it separates the fields in raw.pairs.
    trim(regexp_replace(p.printed, '[ \t\r\n\x{01}\x{A0}]+', ' ', 'g')) as text
  from printed p
  join codebook.fields f on f.field = p.field
  where p.printed is not null
),
given as (
  -- A placeholder that ends with a star is a day of ten letters, with any time.
  select
    field,
    kind,
    printed,
    case
      when text like '%|%' then text
      when strpos(placeholders, concat('|', upper(text), '|')) > 0 then ''
      when strpos(placeholders, concat('|', substr(text, 1, 10), '*|')) > 0 then ''
      else text
    end as text,
    upper(replace(replace(text, ' /', '/'), '/ ', '/')) as label
  from folded
)
select
  field,
  printed,
  coalesce(
    case
      when text = '' then ''
      when field = 'final_call_type' then regexp_replace(label, '^-[- ]*', '')
      when kind in ('label', 'text') then label
      when kind = 'indicator' and label in ('Y', 'YES', '1', 'TRUE') then '1'
      when kind = 'indicator' and label in ('N', 'NO', '0', 'FALSE') then '0'
      when kind = 'indicator' then nullif(upper(text), 'UNKNOWN')
      when kind = 'date' and regexp_matches(text, '^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]*)?$')
        then substr(text, 1, 10)
      when kind = 'birth' and regexp_matches(text, '^[0-9]{4}') then substr(text, 1, 4)
      when kind = 'integer' and regexp_matches(text, '^-?[0-9]{1,18}$')
        then nullif(cast(try_cast(text as bigint) as varchar), '-1')
      else text
    end,
    ''
  ) as meaning
from given
