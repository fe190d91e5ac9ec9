"""Tables of the stage clean: every record typed and kept, or excluded under a named rule."""

from cit_platform.contracts.table import Column, Table

RECORD_COLUMNS: tuple[Column, ...] = (
    Column("record_id", "string", "Record of raw/records.", nullable=False),
    Column("contact_id", "string", "Contact: the crisis template.", nullable=False),
    Column("incident_id", "string", "Contacts that share occurred time, beat and initial call type.", nullable=False),
    Column("officer_key", "string", "Keyed hash of the reporting officer's number; null if none.", public=False),
    Column("reported_date", "date", "Reported date; the occurred date where that is missing.", nullable=False),
    Column("reported_hour", "int32", "Hour of the report, 0 to 23; null where no time was given."),
    Column("occurred_at", "timestamp_ntz", "When the event occurred, local time without zone; null if not credible."),
    Column("occurred_hour", "int32", "Hour of the event, 0 to 23, where it lies 0 to 2 days before the report."),
    Column("call_type", "string", "How the call was received, folded to capitals."),
    Column("initial_call_type", "string", "Dispatcher's classification, folded to capitals."),
    Column("final_call_type", "string", "Closing officer's classification, folded, leading dashes removed."),
    Column("disposition", "string", "Disposition, folded to capitals; null if missing."),
    Column("force", "int32", "1 if reportable force was used, else 0.", nullable=False),
    Column("veteran", "int32", "1 if the officer identified a veteran, 0 if not, null if unknown."),
    Column("cit_requested", "int32", "1 if a CIT officer was requested, else 0."),
    Column("cit_dispatched", "int32", "1 if a CIT officer was dispatched, else 0."),
    Column("cit_arrived", "int32", "1 if a CIT officer arrived, else 0."),
    Column("cit_certified", "int32", "1 if the reporting officer was CIT certified, else 0.", nullable=False),
    Column("experience_years", "int32", "Years of experience, 0 to 45; null if unknown or impossible.", public=False),
    Column(
        "experience_status",
        "string",
        "known, unknown (none, or -1) or impossible (below 0, above 45, or no whole number).",
        nullable=False,
        public=False,
    ),
    Column(
        "experience_above_age",
        "boolean",
        "Whether experience exceeds report year - birth year - 18; null where either is not known.",
        public=False,
    ),
    Column("officer_birth_year", "int32", "Reporting officer's birth year.", public=False),
    Column("officer_gender", "string", "M, F or N; null if missing.", public=False),
    Column("officer_race", "string", "Reporting officer's race as the source spells it, folded.", public=False),
    Column("officer_bureau", "string", "Reporting officer's bureau.", public=False),
    Column("officer_precinct", "string", "Reporting officer's precinct.", public=False),
    Column("officer_squad", "string", "Reporting officer's squad.", public=False),
    Column("precinct", "string", "Precinct of the call, folded to capitals; null if missing."),
    Column("sector", "string", "Sector of the call, folded to capitals."),
    Column("beat", "string", "Beat of the call, folded to capitals."),
)

RECORDS = Table(
    schema="clean",
    name="records",
    grain="one row per source record that is fit for analysis",
    meaning="Source records, typed, keyed and pseudonymised; clean and excluded together are raw, exactly.",
    columns=RECORD_COLUMNS,
    key=("record_id",),
    warnings=("use_caution_when_counting", "holds_personal_data"),
)

CONTRADICTORY = Table(
    schema="clean",
    name="contradictory",
    grain="one row per source record of a contact whose records contradict each other on certification alone",
    meaning="Excluded by contact_conflict, typed as clean/records: for reading certification one way and the other.",
    columns=RECORD_COLUMNS,
    key=("record_id",),
    may_be_empty=True,
    warnings=("use_caution_when_counting", "holds_personal_data"),
)

EXCLUSIONS = Table(
    schema="clean",
    name="exclusions",
    grain="one row per source record that is not fit for analysis",
    meaning="Every excluded record with the first rule that excludes it, in the order of the rules.",
    columns=(
        Column("record_id", "string", "Record of raw/records.", nullable=False),
        Column("template_id", "string", "Template as the source prints it; null if missing."),
        Column("rule", "string", "Name of the rule that excludes the record.", nullable=False),
        Column("field", "string", "First field that breaks the rule.", nullable=False),
        Column(
            "value",
            "string",
            "Its value as the source prints it; null for officer number and birth year.",
            public=False,
        ),
    ),
    key=("record_id",),
    may_be_empty=True,
    warnings=("use_caution_when_counting",),
)

TABLES = (EXCLUSIONS, RECORDS, CONTRADICTORY)
