"""The suites of stage clean: records kept and records excluded, which add up to those received."""

from datetime import date
from typing import TYPE_CHECKING

from cit_platform.checks import expectations as expect
from cit_platform.checks.check import ERROR, LIVE, WARN, Check, Relation, rows_of
from cit_platform.checks.context import AuditContext
from cit_platform.checks.suites.contract import experience, flag, officer_key, reported_date, structure, values
from cit_platform.codebook import codebook_files, codebook_rows, codebook_tables
from cit_platform.codebook.agency import agency_of
from cit_platform.codebook.fields import PRIVATE_KINDS
from cit_platform.contracts import clean, raw

if TYPE_CHECKING:
    import pyarrow as pa

FORCE_PREVALENCE = (0.005, 0.05)
CERTIFIED_SHARE = (0.10, 0.90)
RECORDS_PER_YEAR = (3_000, 40_000)
# A shorter stretch of a year says little of its pace.
SHORTEST_STRETCH = 30
LARGEST_INCIDENT = 12
EXPERIENCE_ABOVE_AGE = 0.20
# Seattle's prints had up to 3 %.
EXPERIENCE_IMPOSSIBLE = 0.20
# The city's own changes of coding moved the share by less, and each slip known moves it by more: a file with every row
# twice by half of what was kept, a column that is printed otherwise by nearly all of it.
LARGEST_RISE_EXCLUDED = 0.20

EXCLUSIONS, RECORDS = rows_of(clean.EXCLUSIONS), rows_of(clean.RECORDS)

# One row: the share of the records received that are excluded.
EXCLUDED = Relation(
    "totals",
    "select count(*) / $received as share from clean.exclusions",
    None,
    ("share",),
    (),
    lambda context: {"received": max(context.received, 1)},
)
# One row per rule and field, the most records first: how many it excludes, and the most frequent values.
EXCLUDED_BY_RULE = Relation(
    "rules",
    f"""with counted as (
  select e.rule, e.field, case when f.kind not in {PRIVATE_KINDS} then e.value end as value, count(*) as n
  from clean.exclusions e
  left join codebook.fields f on f.field = e.field
  group by e.rule, e.field, case when f.kind not in {PRIVATE_KINDS} then e.value end
),
ranked as (
  select
    rule,
    field,
    sum(n) over (partition by rule, field) as n_records,
    row_number() over (partition by rule, field order by n desc, value) as place,
    case when value is null then ''
      else concat(' `', substr(value, 1, 60), '` (', cast(n as varchar), ')') end as example
  from counted
)
select
  n_records,
  concat(
    rule, ' takes ', cast(n_records as varchar), ' records by ', field,
    max(case when place = 1 then example else '' end), max(case when place = 2 then example else '' end),
    max(case when place = 3 then example else '' end)
  ) as words
from ranked
group by rule, field, n_records""",
    "words",
    ("n_records desc", "words"),
    ("rule", "field", "value"),
    tables=lambda context: {"codebook.fields": codebook_tables(context.agency)["fields"]},
)


def excluding_rules(agency: str) -> tuple[str, ...]:
    """The rules of a codebook that remove a record from all analyses, in their order."""
    rows = codebook_rows(codebook_files(agency)["exclusion_rules"])
    return tuple(row["rule"] for row in rows if row["removes_from"] == "all")


def _stretches(context: AuditContext) -> "dict[str, pa.Table]":
    """Days of each year of the source that lie between its first day and the as-of date; short years are left out."""
    import pyarrow as pa

    first = agency_of(context.agency).first_report
    days = {
        year: (min(date(year, 12, 31), context.as_of) - max(date(year, 1, 1), first)).days + 1
        for year in range(first.year, context.as_of.year + 1)
    }
    judged = {year: n for year, n in days.items() if n >= SHORTEST_STRETCH}
    return {"session.stretches": pa.table({"year": list(judged), "days": list(judged.values())})}


# One row per year of the source, also of years without rows: rows as if all of the year were covered.
YEARS = Relation(
    "years",
    """with counts as (
  select extract(year from reported_date) as year, count(*) as n_records
  from clean.records
  where reported_date is not null
  group by extract(year from reported_date)
)
select s.year, coalesce(c.n_records, 0) * 365 / s.days as records_per_365_days
from session.stretches s
left join counts c on c.year = s.year""",
    "year",
    ("year",),
    ("reported_date",),
    tables=_stretches,
)
INCIDENTS = Relation(
    "incidents",
    """select incident_id, count(distinct contact_id) as n_contacts
from clean.records
where incident_id is not null
group by incident_id""",
    "incident_id",
    ("incident_id",),
    ("incident_id", "contact_id"),
)

SUITES = {
    clean.EXCLUSIONS.path: (
        *structure(clean.EXCLUSIONS),
        values(
            clean.EXCLUSIONS,
            "rule",
            lambda context: excluding_rules(context.agency),
            "a rule of exclusion_rules.csv that removes a record from all",
            "the query of {path} and the codebook name different rules; change the one that is wrong.",
        ),
        values(
            clean.EXCLUSIONS,
            "field",
            lambda _: raw.RECORDS.column_names,
            "a column of raw/records",
            "the query of {path} names a field that the source does not have.",
        ),
        Check(
            "private_values_hidden",
            ERROR,
            expect.never(
                "shows_private_value",
                "field in ('officer_id', 'officer_year_of_birth') and value is not null",
                ("field", "value"),
            ),
            "value is missing where field is officer_id or officer_year_of_birth. If it fails: publish nothing; "
            "officer numbers or birth dates stand in clean/exclusions. Repair its query.",
            EXCLUSIONS,
        ),
        Check(
            "records_remain",
            ERROR,
            expect.holds("some_remain", "share < 1", ()),
            "Not every record is excluded; each rule is named with its records and the most frequent values. If it "
            "fails: the field of the first rule is printed in a way that is not read, or it is wrong in the source.",
            EXCLUDED,
            "words",
            EXCLUDED_BY_RULE,
            judges_source=True,
        ),
        Check(
            "excluded_share",
            ERROR,
            expect.share_not_jumped("share", LARGEST_RISE_EXCLUDED),
            f"The share excluded is at most {100 * LARGEST_RISE_EXCLUDED:.0f} percentage points larger than that of "
            "the last version; each rule is named with its records and the most frequent values. If it fails: rows "
            "are repeated, or a column is printed otherwise; look at the field of the first rule.",
            EXCLUDED,
            "words",
            EXCLUDED_BY_RULE,
            judges_source=True,
            accepted_by="exclusions",
        ),
    ),
    clean.CONTRADICTORY.path: (*structure(clean.CONTRADICTORY), officer_key(clean.CONTRADICTORY)),
    clean.RECORDS.path: (
        *structure(clean.RECORDS),
        Check(
            "rows_reconcile",
            ERROR,
            expect.rows_equal_clean(),
            "Records received are records kept and records excluded, exactly. If it fails: the queries of "
            "clean/records and clean/exclusions overlap or leave a gap; both must read the rules from the same view.",
            RECORDS,
        ),
        officer_key(clean.RECORDS),
        reported_date(clean.RECORDS),
        *(
            Check(
                f"{column}_range",
                ERROR,
                expect.between(column, 0, 23),
                f"{column} lies in 0 to 23, or is missing. If it fails: the query of clean/typed reads times wrongly; "
                "look up the offending keys.",
                RECORDS,
            )
            for column in ("reported_hour", "occurred_hour")
        ),
        *experience(clean.RECORDS),
        Check(
            "experience_mostly_possible",
            ERROR,
            expect.not_in_set("experience_status", "impossible", EXPERIENCE_IMPOSSIBLE),
            f"At most {EXPERIENCE_IMPOSSIBLE:.0%} of the records state an experience that cannot be right. If it "
            "fails: officer_years_of_experience is printed in a way that is not read, or it is wrong in the source.",
            RECORDS,
            judges_source=True,
            accepted_by="exclusions",
        ),
        Check(
            "experience_above_age",
            WARN,
            expect.not_in_set(
                "experience_above_age",
                1,
                EXPERIENCE_ABOVE_AGE,
                "cast(experience_above_age as integer)",
            ),
            f"At most {EXPERIENCE_ABOVE_AGE:.0%} of the records state more experience than the officer's age allows "
            "(report year - birth year - 18). If it fails: the source's experience column has become less credible; "
            "read the multiverse's experience rules before quoting it.",
            RECORDS,
        ),
        *(
            flag(clean.RECORDS, column)
            for column in ("force", "veteran", "cit_requested", "cit_dispatched", "cit_arrived", "cit_certified")
        ),
        Check(
            "force_prevalence",
            LIVE,
            expect.mean_between("force", *FORCE_PREVALENCE),
            f"Force is used in {FORCE_PREVALENCE[0]:.1%} to {FORCE_PREVALENCE[1]:.0%} of the records. If it fails on "
            "the whole live set: the force column has changed its meaning or coding; compare years before you go on.",
            RECORDS,
        ),
        Check(
            "certified_share",
            LIVE,
            expect.mean_between("cit_certified", *CERTIFIED_SHARE),
            f"Certified officers report {CERTIFIED_SHARE[0]:.0%} to {CERTIFIED_SHARE[1]:.0%} of the records. If it "
            "fails on the whole live set: the certification column has changed its coding, or the feed lost one side.",
            RECORDS,
        ),
        Check(
            "rows_per_year",
            LIVE,
            expect.between("records_per_365_days", *RECORDS_PER_YEAR),
            f"Each year since the first report has {RECORDS_PER_YEAR[0]:,} to {RECORDS_PER_YEAR[1]:,} "
            "records per 365 days; a year without any counts as 0. If it fails on the whole live set: a year is "
            "missing or double; compare with quality/coverage and with the portal.",
            YEARS,
        ),
        Check(
            "incident_size",
            WARN,
            expect.between("n_contacts", None, LARGEST_INCIDENT),
            f"No incident has more than {LARGEST_INCIDENT} contacts. If it fails: a default time or place probably "
            "glues unrelated contacts together; look up the incidents that are named.",
            INCIDENTS,
        ),
    ),
}
