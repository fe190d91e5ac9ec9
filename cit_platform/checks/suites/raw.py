"""The suites of stage raw: what the source prints, and how snapshots differ."""

from typing import TYPE_CHECKING

from cit_platform.checks import expectations as expect
from cit_platform.checks.check import ERROR, LIVE, SHARE, WARN, Check, Relation, rows_of
from cit_platform.checks.context import AuditContext
from cit_platform.checks.suites.contract import MOST_EXPERIENCE, structure, values
from cit_platform.checks.suites.source import SCIENTIFIC, SOURCE_CONTRACT
from cit_platform.codebook import codebook_tables
from cit_platform.codebook.agency import agency_of
from cit_platform.codebook.fields import ANSWERS
from cit_platform.contracts import Table, raw
from cit_platform.sources.change import LARGEST_DROP, PAGE_SIZES
from cit_platform.sources.feed import OLDEST_NEWEST_REPORT_DAYS
from cit_platform.transforms import read_sql

if TYPE_CHECKING:
    import pyarrow as pa

CODING_TOLERANCE = 0.03
LARGEST_REVISION = 0.05
# More records of a snapshot in another spelling are a change of coding.
MOST_RESPELLED = 0.01
CHANGES = ("added", "removed", "changed")
INDICATORS = (
    "use_of_force_indicator",
    "subject_veteran_indicator",
    "cit_officer_requested",
    "cit_officer_dispatched",
    "cit_officer_arrived",
    "cit_certified_indicator",
)


def _as_of(context: AuditContext) -> dict[str, object]:
    return {"as_of": context.as_of, "first_report": agency_of(context.agency).first_report}


def _fields(context: AuditContext) -> "dict[str, pa.Table]":
    """The codebook's fields, whose placeholders clean/folded reads."""
    return {"codebook.fields": codebook_tables(context.agency)["fields"]}


# Computed once, also for the tables of stage clean.
FOLDED = {"clean.folded": read_sql("clean/folded")}
# What the source prints, folded as clean reads it, in capitals; a day may lie out of range here.
SOURCE_ROWS = rows_of(
    raw.RECORDS,
    f"""select
  record_id,
  template_id,
  {", ".join(f"upper({field}) as {field}" for field in INDICATORS)},
  upper(officer_years_of_experience) as experience,
  -- Matched before it is cast: a cast alone takes other words for numbers.
  case when regexp_matches(officer_years_of_experience, '^[-+]?[0-9]+([.][0-9]*)?([eE][-+]?[0-9]+)?$')
    then nullif(try_cast(officer_years_of_experience as double), -1) end as experience_years,
  reported_date as reported,
  case when regexp_matches(reported_date, '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}([T ][0-9:.]*)?$')
    then try_cast(substr(reported_date, 1, 10) as date) end as reported_date
from clean.folded""",
    parameters=_as_of,
    tables=_fields,
    views=FOLDED,
)
# One row per report year: the smaller of the shares of missing and of negative certifications.
SOURCE_YEARS = Relation(
    "years",
    """with answers as (
  select extract(year from coalesce(report_day, event_day)) as year, upper(cit_certified_indicator) as certified
  from clean.folded
),
shares as (
  select
    year,
    avg(case when certified is null then 1 else 0 end) as missing,
    avg(case when certified in ('N', 'NO', 'FALSE', '0') then 1 else 0 end) as negative
  from answers
  where year is not null
  group by year
)
select year, case when missing < negative then missing else negative end as smaller_share from shares""",
    "year",
    ("year",),
    ("reported_date", "occured_date_time", "cit_certified_indicator"),
    _as_of,
    tables=_fields,
    views=FOLDED,
)
# One row: the newest report and its age in days; without any report, that of the source's first day.
SOURCE_TOTALS = Relation(
    "totals",
    """with newest as (select max(report_day) as day from clean.folded)
select
  date_diff('day', coalesce(day, cast($first_report as date)), cast($as_of as date)) as newest_report_age_days,
  case when day is null then 'no report has a day'
    else concat('The newest report is of ', cast(day as varchar)) end as newest_report
from newest""",
    None,
    ("newest_report",),
    ("reported_date",),
    _as_of,
    tables=_fields,
    views=FOLDED,
)
# One row: the number of records, and whether a page of the portal has just as many.
SIZE = Relation(
    "totals",
    f"""with counted as (
  select count(*) as n_records, case when count(*) in {PAGE_SIZES} then 1 else 0 end as is_page from raw.records
)
select
  is_page,
  case when is_page = 1 then concat('It has exactly ', cast(n_records as varchar), ' records') else '' end as page
from counted""",
    None,
    ("page",),
    (),
)


REVISIONS = rows_of(raw.REVISIONS)
# One row: the share of the records received that the newest comparison names.
NEWEST_REVISIONS = Relation(
    "totals",
    """select count(distinct record_id) / $received as share
from raw.revisions
where sequence = (select max(sequence) from raw.revisions)""",
    None,
    ("share",),
    ("sequence", "record_id"),
    lambda context: {"received": max(context.received, 1)},
)
# One row per field: the share of the newest snapshot's records that print it otherwise.
NEWEST_COMPARISON = Relation(
    "fields",
    """with shares as (
  select field, n_respelled / nullif(n_records, 0) as share
  from raw.comparisons
  where sequence = (select max(sequence) from raw.comparisons)
)
select field, share, case when share > $most_respelled then field else '' end as respelled from shares""",
    "field",
    ("field",),
    ("sequence", "field", "n_records", "n_respelled"),
    lambda _: {"most_respelled": MOST_RESPELLED},
)

IS_CHANGE = "coalesce(change = 'changed', false)"
SAME_VALUE = "coalesce(old_value = new_value, old_value is null and new_value is null)"
# Nine for every digit and x for every letter but E: of an id no more may be shown, and no more is needed.
LETTERS = "ABCDFGHIJKLMNOPQRSTUVWXYZabcdfghijklmnopqrstuvwxyz"
TEMPLATE_SHAPE = f"""concat(
  translate(template_id, '012345678{LETTERS}', '{"9" * 9}{"x" * len(LETTERS)}'),
  case when regexp_matches(template_id, '^[0-9]([.,][0-9]*)?[eE][+]?[0-9]+$') then ': {SCIENTIFIC}' else '' end
)"""
REVISIONS_REPAIR = f"repair the query of {raw.REVISIONS.path}; look up the offending records in the archive."


def _indicator(field: str) -> Check:
    return Check(
        f"{field}_values",
        SHARE,
        expect.in_set(field, lambda _: tuple(ANSWERS)),
        f"{field} is Y, N, Yes, No, 1, 0, true, false or Unknown in any case, or missing (empty, -). If it fails: the "
        "source has a new spelling; look it up in the private Data Docs, then add it to fields.csv and to the query "
        "of clean/typed, or correct the source.",
        SOURCE_ROWS,
        example=field,
        judges_source=True,
    )


def _source_field(table: Table) -> Check:
    return values(
        table,
        "field",
        lambda _: [column.name for column in raw.SOURCE_FIELDS],
        "a field of the source",
        "the query of {path} names a field that the source does not have.",
    )


SUITES = {
    raw.RECORDS.path: (
        *structure(raw.RECORDS),
        *(_indicator(field) for field in INDICATORS),
        Check(
            "certification_coding",
            ERROR,
            expect.between("smaller_share", None, CODING_TOLERANCE),
            "In no report year are both missing and negative certifications more than "
            f"{CODING_TOLERANCE:.0%} of the records: else a missing one could mean no, or unknown. If it fails: look "
            "at the certification column of the years that are named; the source may mix two codings in one snapshot.",
            SOURCE_YEARS,
            judges_source=True,
        ),
        Check(
            "template_id_shape",
            SHARE,
            expect.matches("template_id", r"^[0-9]+$"),
            f"template_id is a number, or missing; {SCIENTIFIC}, are none. If it fails: ids were lost, or the source "
            "numbers templates in a new way; check that contacts and records_system are still told apart rightly.",
            SOURCE_ROWS,
            example=TEMPLATE_SHAPE,
            judges_source=True,
        ),
        Check(
            "experience_whole_number",
            WARN,
            expect.matches("experience", r"^-?[0-9]+$", reads="officer_years_of_experience"),
            "officer_years_of_experience is a whole number, or missing (-1 is). Other values are read as "
            "impossible, and leave the published analysis. If the share grows: the source has a new way of writing it.",
            SOURCE_ROWS,
        ),
        Check(
            "experience_range",
            WARN,
            expect.between("experience_years", 0, MOST_EXPERIENCE, reads="officer_years_of_experience"),
            f"officer_years_of_experience lies in 0 to {MOST_EXPERIENCE}, or is missing (-1 is). Other values are "
            "read as impossible, and leave the published analysis. If the share grows: ask the publisher.",
            SOURCE_ROWS,
        ),
        Check(
            "reported_date_parsable",
            SHARE,
            expect.in_set(
                "reported_date_parsable",
                lambda _: (1,),
                "case when reported is not null then case when reported_date is not null then 1 else 0 end end",
                ("reported_date",),
            ),
            "reported_date begins with a day as YYYY-MM-DD, or is missing. If it fails: those records have no reported "
            "date; add the new way of writing it to `sources/canonical.py`.",
            SOURCE_ROWS,
            example="reported",
            judges_source=True,
        ),
        Check(
            "reported_date_range",
            WARN,
            expect.dates_in_range("reported_date"),
            "reported_date lies between the first report of agency.toml and the day after the as-of date, or is "
            "missing. Other dates count as missing. If the share grows: ask the publisher.",
            SOURCE_ROWS,
        ),
        Check(
            "row_count_change",
            LIVE,
            expect.rows_not_dropped(LARGEST_DROP),
            f"The snapshot is not smaller than the last one by more than {LARGEST_DROP:.0%}. If it fails: the download "
            "was cut short, or the publisher removed records; compare the counts on the portal before you go on.",
            rows_of(raw.RECORDS),
            judges_source=True,
            accepted_by="rows",
        ),
        Check(
            "not_one_page",
            WARN,
            expect.in_set("is_page", lambda _: (0,)),
            f"The snapshot has not exactly {' or '.join(f'{size:,}' for size in PAGE_SIZES)} records, as a page of the "
            "portal has. If it fails: the rest may be missing; compare with the number of rows on the dataset's page.",
            SIZE,
            "page",
        ),
        Check(
            "newest_report",
            WARN,
            expect.max_at_most("newest_report_age_days", OLDEST_NEWEST_REPORT_DAYS),
            f"The newest report is at most {OLDEST_NEWEST_REPORT_DAYS} days older than the as-of date. If it fails: "
            "the feed has stalled although it still answers; ask the publisher, and say so on the page.",
            SOURCE_TOTALS,
            "newest_report",
        ),
        *SOURCE_CONTRACT,
    ),
    raw.REVISIONS.path: (
        *structure(raw.REVISIONS, only_added=True),
        values(raw.REVISIONS, "change", lambda _: CHANGES, " or ".join(CHANGES), REVISIONS_REPAIR),
        _source_field(raw.REVISIONS),
        Check(
            "field_of_a_change",
            ERROR,
            expect.holds("field_fits", f"{IS_CHANGE} = (field is not null)", ("change", "field")),
            f"A change names its field; an added or removed record names none. If it fails: {REVISIONS_REPAIR}",
            REVISIONS,
        ),
        Check(
            "values_differ",
            ERROR,
            expect.holds("values_differ", f"{IS_CHANGE} <> {SAME_VALUE}", ("change", "old_value", "new_value")),
            f"The values of a change differ; an added or removed record has none. If it fails: {REVISIONS_REPAIR}",
            REVISIONS,
        ),
        Check(
            "snapshots_differ",
            ERROR,
            expect.holds("snapshots_differ", "from_snapshot <> to_snapshot", ("from_snapshot", "to_snapshot")),
            "A snapshot is never compared with itself. If it fails: compare with the archive's log.jsonl.",
            REVISIONS,
        ),
        Check(
            "revised_share",
            WARN,
            expect.max_at_most("share", LARGEST_REVISION),
            f"The newest comparison concerns at most {LARGEST_REVISION:.0%} of the records. If it fails: the publisher "
            "changed much at once; see quality/revisions for the fields, and ask before you quote a difference.",
            NEWEST_REVISIONS,
        ),
    ),
    raw.COMPARISONS.path: (
        *structure(raw.COMPARISONS, only_added=True),
        _source_field(raw.COMPARISONS),
        Check(
            "coding_unchanged",
            WARN,
            expect.between("share", None, MOST_RESPELLED),
            f"No field is printed otherwise, with the same meaning, in over {MOST_RESPELLED:.0%} of the "
            "newest snapshot; such fields are named. If it fails: the publisher has a new coding, by which no record "
            "was revised. Check that raw/records and quality/labels read it rightly.",
            NEWEST_COMPARISON,
            "respelled",
        ),
    ),
}
