-- The fields of which one of two snapshots has no value in any record and the other has values in 30 or more: the
-- publisher withdrew the field, or its values cannot be read, and no record was revised. Reads raw.held.
select field
from raw.held
where meaning <> ''
group by field
having (sum(n_before + n_both) = 0 and sum(n_after) >= 30) or (sum(n_after + n_both) = 0 and sum(n_before) >= 30)
