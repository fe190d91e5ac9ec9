"""The suites of stage quality: whether certification can be an exposure."""

from cit_platform.checks import expectations as expect
from cit_platform.checks.check import LIVE, WARN, Check, Relation
from cit_platform.checks.suites.contract import structure
from cit_platform.contracts import quality

QUARTERS = Relation("quarters", "select * from quality.exposure", "quarter", ("quarter",))
LAST_QUARTER = Relation(
    "quarters",
    "select * from quality.exposure where first_day = (select max(first_day) from quality.exposure)",
    "quarter",
    ("quarter",),
    ("quarter", "first_day", "verdict"),
)
# Each implausible quarter with its share and its reason, and the day from which all are usable.
VERDICTS = Relation(
    "verdicts",
    """with ended as (
  select coalesce(max(case when verdict = 'implausible' then first_day end), date '1900-01-01') as last_day
  from quality.exposure
)
select
  quarter,
  concat(quarter, ' ', cast(cast(100 * certified_share as decimal(4, 1)) as varchar), ' % (', reason, ')') as words
from quality.exposure
where verdict = 'implausible'
union all
select
  'usable' as quarter,
  case when count(e.first_day) = 0 then 'usable in no quarter at the end'
    else concat('usable from ', cast(min(e.first_day) as varchar), ' on') end as words
from ended d
left join quality.exposure e on e.first_day > d.last_day""",
    None,
    ("quarter",),
    ("quarter", "first_day", "certified_share", "verdict", "reason"),
)

SUITES = {
    quality.EXPOSURE.path: (
        *structure(quality.EXPOSURE),
        Check(
            "certified_share_by_quarter",
            WARN,
            expect.in_set("verdict", lambda _: ("usable",)),
            "Certification is plausible in every report quarter; others are named with the share of certified "
            "officers' contacts. If it fails: the analysis of certification begins at the first quarter from which all "
            "are usable, and says so; ask the publisher what the field meant before.",
            QUARTERS,
            "words",
            VERDICTS,
            judges_source=True,
        ),
        Check(
            "window_remains",
            LIVE,
            expect.holds("last_is_usable", "verdict = 'usable'", ("verdict",)),
            "The last report quarter is usable, so that there is something to analyse. If it fails: the certification "
            "column has lost its meaning; the last edition stays until the publisher has mended it.",
            LAST_QUARTER,
            "words",
            VERDICTS,
            judges_source=True,
        ),
    ),
}
