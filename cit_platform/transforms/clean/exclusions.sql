-- Every record that is not fit for analysis, once, under the first rule that it breaks.
-- Reads clean.typed.
select
  record_id,
  template_id_printed as template_id,
  rule,
  rule_field as field,
  rule_value as value
from clean.typed
where rule is not null
