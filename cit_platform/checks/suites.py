"""The suites: for each audited table an ordered tuple of checks, as plain data."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from cit_platform.checks import expectations as expect
from cit_platform.checks import subjects
from cit_platform.checks.codebook_values import NO_CALL_TYPE, UNKNOWN, UNMAPPED, codes
from cit_platform.checks.context import AuditContext
from cit_platform.checks.severities import SEVERITIES, Rule
from cit_platform.checks.subjects import Subject
from cit_platform.contracts import Table, clean, features, raw
from cit_platform.settings import FIRST_REPORT

MOST_EXPERIENCE = 45
LARGEST_DROP = 0.20
# A feed that stands still for a week is a stalled one.
OLDEST_NEWEST_REPORT_DAYS = 6
CODING_TOLERANCE = 0.03
FORCE_PREVALENCE = (0.005, 0.05)
CERTIFIED_SHARE = (0.10, 0.90)
RECORDS_PER_YEAR = (3_000, 40_000)
LARGEST_INCIDENT = 12
EXPERIENCE_ABOVE_AGE = 0.20
LARGEST_REVISION = 0.05
CHANGES = ("added", "removed", "changed")
UNMAPPED_WARN = 0.01
UNMAPPED_ERROR = 0.05

INDICATOR_WORDS = ("Y", "YES", "1", "TRUE", "N", "NO", "0", "FALSE", "UNKNOWN")
RECORDS_SYSTEMS = ("legacy", "mark43")


@dataclass(frozen=True)
class Check:
    """One expectation of a table, which is one asset check.

    `description` says what to do when it fails. `columns` are the table's columns that it reads; `build` gives the
    expectation, which is evaluated on the frame that `subject` prepares; the words in that frame's column `told` stand
    in the message.
    """

    name: str
    description: str
    rule: Rule
    columns: tuple[str, ...]
    subject: Subject
    build: expect.Build
    told: str | None = None


@dataclass(frozen=True)
class _Maker:
    """Makes the checks of one table: looks up their rules and fills in the subject they share."""

    table: Table
    rows: Subject

    def check(
        self,
        name: str,
        columns: tuple[str, ...],
        build: expect.Build,
        description: str,
        subject: Subject | None = None,
        told: str | None = None,
    ) -> Check:
        return Check(name, description, SEVERITIES[self.table.path][name], columns, subject or self.rows, build, told)

    def structure(self, only_added: bool = False) -> tuple[Check, ...]:
        """Checks that follow from the contract: columns, rows, key, values that may not be missing.

        Rows may be `only_added`, for tables that are a history.
        """
        table, key = self.table, ", ".join(self.table.key)
        return (
            self.check(
                "columns",
                (),
                expect.columns_equal(table.column_names),
                "The columns are exactly those of the contract, in its order. If it fails: the query and the contract "
                f"of {table.path} have drifted apart; change the one that is wrong.",
                subjects.STAGED_COLUMNS,
            ),
            self._rows_only_added() if only_added else self._row_count(),
            self.check(
                "key_unique",
                table.key,
                expect.unique(table.key),
                f"Each {key} names one row. If it fails: a join in the query of {table.path} multiplies rows; look up "
                "the offending keys there.",
            ),
            self._required(),
        )

    def _rows_only_added(self) -> Check:
        return self.check(
            "row_count",
            self.table.key,
            expect.rows_only_added(0 if self.table.may_be_empty else 1),
            "The table has all rows of its last version: it is a history. If it fails: stop, the history is shrinking; "
            "restore the table from a backup of the home.",
        )

    def _row_count(self) -> Check:
        if self.table.may_be_empty:
            return self.check(
                "row_count",
                self.table.key,
                expect.rows_at_most_received(),
                "The table may be empty, and has not more rows than raw/records. If it fails: a join in the query of "
                f"{self.table.path} multiplies rows.",
            )
        return self.check(
            "row_count",
            self.table.key,
            expect.rows_at_least(1),
            "The table is not empty. If it fails: look at the stage before it; an empty one means that the source was "
            "empty, or that every record was excluded (see quality/flow).",
        )

    def _required(self) -> Check:
        required = subjects.required_columns(self.table)
        return self.check(
            "required_values_present",
            tuple(column.name for column in self.table.columns if not column.nullable),
            expect.none_missing(),
            "The columns that the contract requires have no missing value; the offending columns are named. If it "
            f"fails: the query of {self.table.path} lets rows through that the stage before it should have excluded "
            "or given a level of their own.",
            required,
        )

    def values(
        self, column: str, allowed: Callable[[AuditContext], Collection[object]], remedy: str, source: str
    ) -> Check:
        """A column holds only certain values, or null."""
        name = f"{column}_values"
        return self.check(
            name, (column,), expect.in_set(column, allowed), f"{column} is {source}. If it fails: {remedy}"
        )

    def flag(self, column: str) -> Check:
        remedy = f"the query of {self.table.path} has let an answer through unread; look up the offending keys."
        return self.values(column, lambda _: (0, 1), remedy, "0, 1 or missing")

    def codes(self, column: str, codebook: str, code: str | None = None, extra: tuple[str, ...] = ()) -> Check:
        """A column holds only codes of one codebook file, or one of a few levels besides."""

        def allowed(context: AuditContext) -> Collection[object]:
            return {*codes(context.agency, codebook, code or column), *extra}

        besides = f" or {' or '.join(extra)}" if extra else ""
        return self.values(
            column,
            allowed,
            f"the query of {self.table.path} and the codebook name different levels; change the one that is wrong.",
            f"a level of {codebook}.csv{besides}",
        )


def _indicator(make: _Maker, field: str) -> Check:
    return make.check(
        f"{field}_values",
        (field,),
        expect.in_set(field, lambda _: INDICATOR_WORDS),
        f"{field} is Y, N, Yes, No, 1, 0, true, false or Unknown in any case, or missing (empty, -). If it fails: the "
        "source has a new spelling; look it up in the private Data Docs, then add it to fields.csv and to the query "
        "of clean/typed, or correct the source.",
    )


def _officer_key(make: _Maker) -> Check:
    return make.check(
        "officer_key_shape",
        ("officer_key",),
        expect.matches("officer_key", r"^[0-9a-f]{64}$"),
        "officer_key is a keyed hash of 64 hexadecimal digits, or missing. If it fails: publish nothing; officer "
        f"numbers may stand in {make.table.path} in the clear. Repair the join with session.officers.",
    )


def _experience(make: _Maker) -> Check:
    return make.check(
        "experience_range",
        ("experience_years",),
        expect.between("experience_years", 0, MOST_EXPERIENCE),
        f"experience_years lies in 0 to {MOST_EXPERIENCE}. If it fails: the exclusion experience_impossible does not "
        "work; look up the offending keys in the query of clean/typed.",
    )


def _reported_date(make: _Maker) -> Check:
    return make.check(
        "reported_date_range",
        ("reported_date",),
        expect.dates_in_range("reported_date"),
        f"reported_date lies between {FIRST_REPORT} and the day after the as-of date. If it fails: a date out "
        "of range should have counted as missing; look up the offending keys in the query of clean/typed.",
    )


def _raw_records() -> tuple[Check, ...]:
    make = _Maker(raw.RECORDS, subjects.RAW_ROWS)
    return (
        *make.structure(),
        *(_indicator(make, field) for field in subjects.INDICATORS),
        make.check(
            "certification_coding",
            ("reported_date", "occured_date_time", "cit_certified_indicator"),
            expect.between("smaller_share", None, CODING_TOLERANCE),
            "In no report year are both missing and negative certifications more than "
            f"{CODING_TOLERANCE:.0%} of the records: else a missing one could mean no, or unknown. If it fails: look "
            "at the certification column of the years that are named; the source may mix two codings in one snapshot.",
            subjects.RAW_YEARS,
        ),
        make.check(
            "template_id_shape",
            ("template_id",),
            expect.matches("template_id", r"^[0-9]+$"),
            "template_id is a number, or missing. If it fails: the source numbers templates in a new way; check that "
            "contacts and records_system are still told apart rightly.",
        ),
        make.check(
            "experience_whole_number",
            ("officer_years_of_experience",),
            expect.matches("experience", r"^-?[0-9]+$"),
            "officer_years_of_experience is a whole number, or missing (-1 is). Other records are excluded as "
            "experience_impossible. If the share grows: the source has a new way of writing it.",
        ),
        make.check(
            "experience_range",
            ("officer_years_of_experience",),
            expect.between("experience_years", 0, MOST_EXPERIENCE),
            f"officer_years_of_experience lies in 0 to {MOST_EXPERIENCE}, or is missing (-1 is). Other records are "
            "excluded as experience_impossible. If the share grows: ask the publisher.",
        ),
        make.check(
            "reported_date_parsable",
            ("reported_date",),
            expect.in_set("reported_date_parsable", lambda _: (1,)),
            "reported_date begins with a day as YYYY-MM-DD, or is missing. If it fails: those records have no reported "
            "date; add the new way of writing it to the query of clean/typed.",
        ),
        make.check(
            "reported_date_range",
            ("reported_date",),
            expect.dates_in_range("reported_date"),
            f"reported_date lies between {FIRST_REPORT} and the day after the as-of date, or is missing. Other "
            "dates count as missing. If the share grows: ask the publisher.",
        ),
        make.check(
            "row_count_change",
            raw.RECORDS.key,
            expect.rows_not_dropped(LARGEST_DROP),
            f"The snapshot is not smaller than the last one by more than {LARGEST_DROP:.0%}. If it fails: the download "
            "was cut short, or the publisher removed records; compare the counts on the portal before you go on.",
        ),
        make.check(
            "newest_report",
            ("reported_date",),
            expect.max_at_most("newest_report_age_days", OLDEST_NEWEST_REPORT_DAYS),
            f"The newest report is at most {OLDEST_NEWEST_REPORT_DAYS} days older than the as-of date. If it fails: "
            "the feed has stalled although it still answers; ask the publisher, and say so on the page.",
            subjects.RAW_TOTALS,
            "newest_report",
        ),
        *_source_contract(make),
    )


def _source_contract(make: _Maker) -> tuple[Check, ...]:
    """What may change in the source without stopping it: its labels, and what the portal says of it."""
    return (
        make.check(
            "vocabulary_known",
            (),
            expect.in_set("unknown", lambda _: (0,)),
            "Every label of a coded field is in the codebook; unknown ones are named. If it fails: `cit doctor "
            "--labels` writes dispositions and initial call types as lines to review; labels of other fields belong "
            "into source_labels.csv, precincts.csv, officer_races.csv or officer_genders.csv.",
            subjects.VOCABULARY,
            "unknown_label",
        ),
        make.check(
            "vocabulary_change",
            (),
            expect.in_set("changed", lambda _: (0,)),
            "No label of a coded field came (+) or vanished (-) since the last snapshot. If it fails: a rare label "
            "that the codebook knows needs nothing; many at once mean a new coding, or records that were removed.",
            subjects.VOCABULARY,
            "change",
        ),
        make.check(
            "description_change",
            (),
            expect.in_set("changed", lambda _: (0,)),
            "The portal's description (name, terms, meaning, columns) is that of the last snapshot; the difference is "
            "named. If it fails: read what the publisher says now, and review the contract raw/records and the "
            "limits named on the page.",
            subjects.DESCRIPTION,
            "change",
        ),
    )


def _source_field(make: _Maker) -> Check:
    return make.values(
        "field",
        lambda _: [column.name for column in raw.SOURCE_FIELDS],
        f"the query of {make.table.path} names a field that the source does not have.",
        "a field of the source",
    )


def _raw_revisions() -> tuple[Check, ...]:
    make = _Maker(raw.REVISIONS, subjects.REVISION_ROWS)
    repair = f"repair the query of {raw.REVISIONS.path}; look up the offending records in the archive."
    return (
        *make.structure(only_added=True),
        make.values("change", lambda _: CHANGES, repair, " or ".join(CHANGES)),
        _source_field(make),
        make.check(
            "field_of_a_change",
            ("change", "field"),
            expect.in_set("field_fits", lambda _: (1,)),
            f"A change names its field; an added or removed record names none. If it fails: {repair}",
        ),
        make.check(
            "values_differ",
            ("change", "old_value", "new_value"),
            expect.in_set("values_differ", lambda _: (1,)),
            f"The values of a change differ; an added or removed record has none. If it fails: {repair}",
        ),
        make.check(
            "snapshots_differ",
            ("from_snapshot", "to_snapshot"),
            expect.in_set("snapshots_differ", lambda _: (1,)),
            "A snapshot is never compared with itself. If it fails: compare with the archive's log.jsonl.",
        ),
        make.check(
            "revised_share",
            ("sequence", "record_id"),
            expect.max_at_most("share", LARGEST_REVISION),
            f"The newest comparison concerns at most {LARGEST_REVISION:.0%} of the records. If it fails: the publisher "
            "changed much at once; see quality/revisions for the fields, and ask before you quote a difference.",
            subjects.NEWEST_REVISIONS,
        ),
    )


def _raw_comparisons() -> tuple[Check, ...]:
    make = _Maker(raw.COMPARISONS, subjects.COMPARISON_ROWS)
    return (
        *make.structure(only_added=True),
        _source_field(make),
        make.check(
            "coding_unchanged",
            ("sequence", "field", "n_records", "n_respelled"),
            expect.between("share", None, subjects.MOST_RESPELLED),
            f"No field is printed otherwise, with the same meaning, in over {subjects.MOST_RESPELLED:.0%} of the "
            "newest snapshot; such fields are named. If it fails: the publisher has a new coding, by which no record "
            "was revised. Check that raw/records and quality/labels read it rightly.",
            subjects.NEWEST_COMPARISON,
            "respelled",
        ),
    )


def _clean_exclusions() -> tuple[Check, ...]:
    make = _Maker(clean.EXCLUSIONS, subjects.EXCLUSION_ROWS)
    return (
        *make.structure(),
        make.codes("rule", "exclusion_rules"),
        make.values(
            "field",
            lambda _: raw.RECORDS.column_names,
            "the query of clean/exclusions names a field that the source does not have.",
            "a column of raw/records",
        ),
        make.check(
            "private_values_hidden",
            ("field", "value"),
            expect.in_set("shows_private_value", lambda _: (0,)),
            "value is missing where field is officer_id or officer_year_of_birth. If it fails: publish nothing; "
            "officer numbers or birth dates stand in clean/exclusions. Repair its query.",
        ),
    )


def _clean_records() -> tuple[Check, ...]:
    make = _Maker(clean.RECORDS, subjects.CLEAN_ROWS)
    flags = ("force", "veteran", "cit_requested", "cit_dispatched", "cit_arrived", "cit_certified")
    return (
        *make.structure(),
        make.check(
            "rows_reconcile",
            clean.RECORDS.key,
            expect.rows_equal_clean(),
            "Records received are records kept and records excluded, exactly. If it fails: the queries of "
            "clean/records and clean/exclusions overlap or leave a gap; both must read the rules from the same view.",
        ),
        _officer_key(make),
        _reported_date(make),
        *(
            make.check(
                f"{column}_range",
                (column,),
                expect.between(column, 0, 23),
                f"{column} lies in 0 to 23, or is missing. If it fails: the query of clean/typed reads times wrongly; "
                "look up the offending keys.",
            )
            for column in ("reported_hour", "occurred_hour")
        ),
        _experience(make),
        make.check(
            "experience_above_age",
            ("experience_above_age",),
            expect.not_in_set("experience_above_age", 1, EXPERIENCE_ABOVE_AGE),
            f"At most {EXPERIENCE_ABOVE_AGE:.0%} of the records state more experience than the officer's age allows "
            "(report year - birth year - 18). If it fails: the source's experience column has become less credible; "
            "read the multiverse's experience rules before quoting it.",
        ),
        *(make.flag(column) for column in flags),
        make.check(
            "force_prevalence",
            ("force",),
            expect.mean_between("force", *FORCE_PREVALENCE),
            f"Force is used in {FORCE_PREVALENCE[0]:.1%} to {FORCE_PREVALENCE[1]:.0%} of the records. If it fails on "
            "the whole live set: the force column has changed its meaning or coding; compare years before you go on.",
        ),
        make.check(
            "certified_share",
            ("cit_certified",),
            expect.mean_between("cit_certified", *CERTIFIED_SHARE),
            f"Certified officers report {CERTIFIED_SHARE[0]:.0%} to {CERTIFIED_SHARE[1]:.0%} of the records. If it "
            "fails on the whole live set: the certification column has changed its coding, or the feed lost one side.",
        ),
        make.check(
            "rows_per_year",
            ("reported_date",),
            expect.between("records_per_365_days", *RECORDS_PER_YEAR),
            f"Each year since {FIRST_REPORT.year} has {RECORDS_PER_YEAR[0]:,} to {RECORDS_PER_YEAR[1]:,} "
            "records per 365 days; a year without any counts as 0. If it fails on the whole live set: a year is "
            "missing or double; compare with quality/coverage and with the portal.",
            subjects.CLEAN_YEARS,
        ),
        make.check(
            "incident_size",
            ("incident_id", "contact_id"),
            expect.between("n_contacts", None, LARGEST_INCIDENT),
            f"No incident has more than {LARGEST_INCIDENT} contacts. If it fails: a default time or place probably "
            "glues unrelated contacts together; look up the incidents that are named.",
            subjects.CLEAN_INCIDENTS,
        ),
    )


def _modelling_columns(make: _Maker) -> tuple[Check, ...]:
    """Checks of the columns that features/records and features/contacts share."""
    return (
        _officer_key(make),
        _reported_date(make),
        make.check(
            "year_of_reported_date",
            ("year", "reported_date"),
            expect.in_set("year_agrees", lambda _: (1,)),
            f"year is the year of reported_date. If it fails: repair the query of {make.table.path}.",
        ),
        _experience(make),
        *(make.flag(column) for column in ("force", "cit_certified", "cit_arrived", "cit_requested")),
        make.codes("period", "periods"),
        make.values(
            "records_system",
            lambda _: RECORDS_SYSTEMS,
            f"repair the query of {make.table.path}.",
            " or ".join(RECORDS_SYSTEMS),
        ),
        make.codes("disposition_group", "disposition_groups", "grouping"),
        make.codes("call_risk", "call_types", extra=(NO_CALL_TYPE, UNMAPPED)),
        make.codes("call_class", "call_types", extra=(NO_CALL_TYPE, UNMAPPED)),
        make.codes("precinct", "precincts", "value", (UNKNOWN,)),
        make.codes("officer_race", "officer_races", "value", (UNKNOWN,)),
        make.codes("officer_gender", "officer_genders", "value", (UNKNOWN,)),
    )


def _mapped(make: _Maker, name: str, column: str, given: str, codebook: str, largest_share: float) -> Check:
    return make.check(
        name,
        (column,),
        expect.not_in_set(given, UNMAPPED, largest_share),
        f"At most {largest_share:.0%} of the labels given are unknown to {codebook}.csv. If it fails: quality/labels "
        f"lists them as unmapped; map each in {codebook}.csv with its reason.",
    )


def _feature_records() -> tuple[Check, ...]:
    make = _Maker(features.RECORDS, subjects.FEATURE_ROWS)
    dispositions = ("disposition_group", "disposition_given", "dispositions")
    call_types = ("call_risk", "call_type_given", "call_types")
    return (
        *make.structure(),
        make.check(
            "rows_reconcile",
            features.RECORDS.key,
            expect.rows_equal_clean(),
            "Every clean record has one row here. If it fails: a join in the query of features/records loses or "
            "multiplies rows, most likely that with the codebook or the periods.",
        ),
        *_modelling_columns(make),
        _mapped(make, "dispositions_mapped", *dispositions, UNMAPPED_WARN),
        _mapped(make, "dispositions_mostly_mapped", *dispositions, UNMAPPED_ERROR),
        _mapped(make, "call_types_mapped", *call_types, UNMAPPED_WARN),
        _mapped(make, "call_types_mostly_mapped", *call_types, UNMAPPED_ERROR),
    )


def _feature_contacts() -> tuple[Check, ...]:
    make = _Maker(features.CONTACTS, subjects.CONTACT_ROWS)
    return (
        *make.structure(),
        make.check(
            "not_more_than_records",
            features.CONTACTS.key,
            expect.rows_at_most_clean(),
            "There are not more contacts than clean records. If it fails: the query of features/contacts does not "
            "group by contact.",
        ),
        make.check(
            "records_reconcile",
            ("n_records",),
            expect.sum_equals_clean("n_records"),
            "n_records adds up to the clean records. If it fails: the query of features/contacts loses or multiplies "
            "records.",
        ),
        *_modelling_columns(make),
        *(make.flag(column) for column in subjects.DISPOSITION_FLAGS),
        make.check(
            "n_records_range",
            ("n_records",),
            expect.between("n_records", 1, None),
            "Each contact has at least one record. If it fails: repair the query of features/contacts.",
        ),
        make.check(
            "highest_disposition",
            ("disposition_group", *subjects.DISPOSITION_FLAGS),
            expect.in_set("highest_agrees", lambda _: (1,)),
            "disposition_group is the highest of the dispositions that the flags name (arrest, emergent_detention, "
            "referral), and none of them where no flag is set. If it fails: the ranks in the codebook and the query of "
            "features/contacts have drifted apart.",
        ),
        make.check(
            "records_agree",
            ("conflicting_fields",),
            expect.between("conflicting_fields", None, 0),
            "The records of a contact differ in nothing but the disposition; where they do, the first one is read. If "
            "the share grows: look up the offending contacts in clean/records, and ask the publisher.",
        ),
    )


SUITES: dict[str, tuple[Check, ...]] = {
    raw.RECORDS.path: _raw_records(),
    raw.REVISIONS.path: _raw_revisions(),
    raw.COMPARISONS.path: _raw_comparisons(),
    clean.EXCLUSIONS.path: _clean_exclusions(),
    clean.RECORDS.path: _clean_records(),
    features.RECORDS.path: _feature_records(),
    features.CONTACTS.path: _feature_contacts(),
}
