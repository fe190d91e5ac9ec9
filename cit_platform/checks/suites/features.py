"""The suites of stage features: the columns that models read, and labels that the codebook does not know."""

from cit_platform.checks import expectations as expect
from cit_platform.checks.check import ERROR, WARN, Check, Relation, Rule, rows_of
from cit_platform.checks.suites.contract import codes, experience, flag, officer_key, reported_date, structure, values
from cit_platform.contracts import Table, clean, features

RECORDS_SYSTEMS = ("legacy", "mark43")
WATCHES = ("night", "day", "evening", "unknown")
FLAGS = ("force", "cit_certified", "cit_arrived", "cit_requested", "cit_dispatched", "veteran", "weekend")
EXPERIENCE = ("0-4", "5-9", "10-14", "15-19", "20+", "unknown")
# Levels that no codebook row spells out: they stand where a label is missing, or not in the codebook.
UNKNOWN = "Unknown"
NO_CALL_TYPE = "unknown"
NO_DISPOSITION = "missing"
UNMAPPED = "unmapped"
# Shares of unmapped labels from which on a check warns, and blocks.
UNMAPPED_WARN = 0.01
UNMAPPED_ERROR = 0.05
# Largest share of the records that may be of templates that are no contact.
NO_CONTACT = 0.10

# The column, its labels that are given, the level of a missing one, the file of the codebook.
DISPOSITIONS = ("disposition_group", "disposition_given", NO_DISPOSITION, "dispositions")
CALL_TYPES = ("call_risk", "call_type_given", NO_CALL_TYPE, "call_types")

RECORDS, CONTACTS = rows_of(features.RECORDS), rows_of(features.CONTACTS)
# The records with the labels that they were given.
LABELLED = rows_of(
    features.RECORDS,
    """select f.*, c.disposition as dispositions_label, c.call_type as call_types_label
from features.records f
left join clean.records c on c.record_id = f.record_id""",
    inputs=(clean.RECORDS.path,),
)

# The fewest named officers of a level of an officer attribute; none of them writes more than half of its contacts.
FEWEST_OFFICERS = 10
# One row per level of an officer attribute that models know, where it has several: how its named officers share it.
OFFICER_LEVELS = Relation(
    "levels",
    """with given as (
  select 'officer_race' as term, officer_race as level, officer_key from features.contacts
  union all
  select 'officer_gender' as term, officer_gender as level, officer_key from features.contacts
),
counted as (
  select term, level, officer_key, case when officer_key is null then 0 else count(*) end as n
  from given
  where level <> 'unmapped'
  group by term, level, officer_key
),
sizes as (
  select term, level, count(officer_key) as n_officers, sum(n) as n, max(n) as most
  from counted
  group by term, level
)
select term, n_officers, n, most, count(*) over (partition by term) as n_levels
from sizes""",
    "term",
    ("term", "n_officers"),
    ("officer_race", "officer_gender", "officer_key"),
)

# The highest disposition whose flag is set; without any flag, one that has none.
HIGHEST_DISPOSITION = """case when any_arrest = 1 then coalesce(disposition_group, '') = 'arrest'
    when any_emergent_detention = 1 then coalesce(disposition_group, '') = 'emergent_detention'
    when any_referral = 1 then coalesce(disposition_group, '') = 'referral'
    else coalesce(disposition_group, '') not in ('arrest', 'emergent_detention', 'referral') end"""
DISPOSITION_FLAGS = ("any_arrest", "any_emergent_detention", "any_referral")


def _modelling_columns(table: Table) -> tuple[Check, ...]:
    """Checks of the columns that features/records and features/contacts share."""
    return (
        officer_key(table),
        reported_date(table),
        Check(
            "year_of_reported_date",
            ERROR,
            expect.holds("year_agrees", "year = extract(year from reported_date)", ("year", "reported_date")),
            f"year is the year of reported_date. If it fails: repair the query of {table.path}.",
            rows_of(table),
        ),
        *experience(table),
        values(table, "experience", lambda _: EXPERIENCE, " or ".join(EXPERIENCE)),
        values(table, "watch", lambda _: WATCHES, " or ".join(WATCHES)),
        *(flag(table, column) for column in FLAGS),
        codes(table, "period", "periods"),
        values(table, "records_system", lambda _: RECORDS_SYSTEMS, " or ".join(RECORDS_SYSTEMS)),
        codes(table, "disposition_group", "disposition_groups", "grouping"),
        codes(table, "call_risk", "call_types", extra=(NO_CALL_TYPE, UNMAPPED)),
        codes(table, "call_risk_published", "call_types", "call_risk", (NO_CALL_TYPE, UNMAPPED)),
        codes(table, "call_class", "call_types", extra=(NO_CALL_TYPE, UNMAPPED)),
        codes(table, "precinct", "precincts", "value", (UNKNOWN, UNMAPPED)),
        codes(table, "officer_race", "officer_races", "value", (UNKNOWN, UNMAPPED)),
        codes(table, "officer_gender", "officer_genders", "value", (UNKNOWN, UNMAPPED)),
    )


def _mapped(name: str, rule: Rule, column: str, given: str, missing: str, codebook: str, largest_share: float) -> Check:
    return Check(
        name,
        rule,
        expect.not_in_set(given, UNMAPPED, largest_share, f"nullif({column}, ${given})", column, **{given: missing}),
        f"At most {largest_share:.0%} of the labels given are unknown to {codebook}.csv. If it fails: quality/labels "
        f"lists them as unmapped, and `cit doctor --labels` writes lines for {codebook}.csv; map each with its reason.",
        LABELLED,
        example=f"{codebook}_label",
    )


SUITES = {
    features.RECORDS.path: (
        *structure(features.RECORDS),
        Check(
            "rows_reconcile",
            ERROR,
            expect.rows_equal_clean(),
            "Every clean record has one row here. If it fails: a join in the query of features/records loses or "
            "multiplies rows, most likely that with the codebook or the periods.",
            RECORDS,
        ),
        *_modelling_columns(features.RECORDS),
        _mapped("dispositions_mapped", WARN, *DISPOSITIONS, UNMAPPED_WARN),
        _mapped("dispositions_mostly_mapped", ERROR, *DISPOSITIONS, UNMAPPED_ERROR),
        _mapped("call_types_mapped", WARN, *CALL_TYPES, UNMAPPED_WARN),
        _mapped("call_types_mostly_mapped", ERROR, *CALL_TYPES, UNMAPPED_ERROR),
    ),
    features.OFFICER_LEVELS.path: structure(features.OFFICER_LEVELS),
    features.CONTRADICTORY.path: (*structure(features.CONTRADICTORY), officer_key(features.CONTRADICTORY)),
    features.CONTACTS.path: (
        *structure(features.CONTACTS),
        Check(
            "officer_levels_shared",
            ERROR,
            expect.holds(
                "is_shared",
                f"n_levels = 1 or (n_officers >= {FEWEST_OFFICERS} and 2 * most <= n)",
                ("officer_race", "officer_gender", "officer_key"),
            ),
            f"Each level of an officer attribute has at least {FEWEST_OFFICERS} officers, and none with more than half "
            "of its contacts, or is the only one; the attribute is named, and no level. If it fails: publish nothing; "
            "features/officer_levels does not merge what it should.",
            OFFICER_LEVELS,
        ),
        Check(
            "not_more_than_records",
            ERROR,
            expect.rows_at_most_clean(),
            "There are not more contacts than clean records. If it fails: the query of features/contacts does not "
            "group by contact.",
            CONTACTS,
        ),
        Check(
            "records_reconcile",
            ERROR,
            expect.sum_of_clean("n_records", NO_CONTACT),
            f"n_records adds up to the clean records, less those of templates that are no contact, {NO_CONTACT:.0%} at "
            "most. If it fails: the query of features/contacts loses or multiplies records.",
            CONTACTS,
        ),
        *_modelling_columns(features.CONTACTS),
        *(flag(features.CONTACTS, column) for column in DISPOSITION_FLAGS),
        Check(
            "n_records_range",
            ERROR,
            expect.between("n_records", 1, None),
            "Each contact has at least one record. If it fails: repair the query of features/contacts.",
            CONTACTS,
        ),
        Check(
            "highest_disposition",
            ERROR,
            expect.holds("highest_agrees", HIGHEST_DISPOSITION, ("disposition_group", *DISPOSITION_FLAGS)),
            "disposition_group is the highest of the dispositions that the flags name (arrest, emergent_detention, "
            "referral), and none of them where no flag is set. If it fails: the ranks in the codebook and the query of "
            "features/contacts have drifted apart.",
            CONTACTS,
        ),
        Check(
            "records_agree",
            WARN,
            expect.between("conflicting_fields", None, 0),
            "The records of a contact differ in nothing but the disposition; where they do, the first one is read. If "
            "the share grows: look up the offending contacts in clean/records, and ask the publisher.",
            CONTACTS,
        ),
    ),
}
