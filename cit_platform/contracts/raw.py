"""Tables of the stage raw: the source's records in canonical text."""

from cit_platform.contracts.table import Column, Table

# Names, order and meanings follow the portal's own metadata; `occured_date_time` is the source's spelling.
SOURCE_FIELDS: tuple[Column, ...] = (
    Column("template_id", "string", "Crisis template: one officer's report on one person. Count these, not rows."),
    Column("reported_date", "string", "Day the template was reported, YYYY-MM-DD; 1900-01-01 means missing."),
    Column(
        "reported_time",
        "string",
        "Time the template was reported, HH:MM:SS; null where the clock had 12 hours without AM or PM.",
    ),
    Column(
        "occured_date_time",
        "string",
        "When the event occurred, local time, YYYY-MM-DDTHH:MM:SS; 1900-01-01 means missing.",
    ),
    Column("call_type", "string", "How the call was received."),
    Column("initial_call_type", "string", "Classification of the call by the dispatcher, before arrival."),
    Column("final_call_type", "string", "Classification of the call by the officer who closed it."),
    Column("disposition", "string", "One disposition of the template; a template can have several rows."),
    Column("use_of_force_indicator", "string", "Whether reportable force was used."),
    Column("subject_veteran_indicator", "string", "Whether the officer identified the person as a veteran."),
    Column("cit_officer_requested", "string", "Whether a CIT officer was requested."),
    Column("cit_officer_dispatched", "string", "Whether a CIT officer was dispatched."),
    Column("cit_officer_arrived", "string", "Whether a CIT officer arrived."),
    Column("officer_id", "string", "Reporting officer's number, without padding.", public=False),
    Column("officer_gender", "string", "Reporting officer's gender, self-reported.", public=False),
    Column("officer_race", "string", "Reporting officer's race, self-reported.", public=False),
    Column(
        "officer_year_of_birth",
        "string",
        "Reporting officer's year of birth; nothing else of a date is kept.",
        public=False,
    ),
    Column("officer_years_of_experience", "string", "Years of experience when reported; -1 is unknown.", public=False),
    Column("cit_certified_indicator", "string", "CIT certification of the reporting officer at the event."),
    Column("officer_bureau_desc", "string", "Reporting officer's bureau when reported.", public=False),
    Column("officer_precinct_desc", "string", "Reporting officer's precinct when reported.", public=False),
    Column("officer_squad_desc", "string", "Reporting officer's squad when reported.", public=False),
    Column("precinct", "string", "Precinct of the call."),
    Column("sector", "string", "Sector of the call."),
    Column("beat", "string", "Beat of the call."),
)

RECORDS = Table(
    schema="raw",
    name="records",
    grain="one row per row of the source: one template and one disposition",
    meaning="The current snapshot of the city's crisis data, one text for each meaning, nothing judged.",
    columns=(
        Column(
            "record_id",
            "string",
            "Hash of the 25 fields in canonical text, and a counter for equal rows.",
            nullable=False,
        ),
        *SOURCE_FIELDS,
    ),
    key=("record_id",),
    warnings=("use_caution_when_counting", "holds_personal_data"),
)

FROM_SNAPSHOT = "Content hash of the earlier snapshot, the last one before the later that became an edition"
LATER_SNAPSHOT: tuple[Column, ...] = (
    Column("to_snapshot", "string", "Content hash of the later snapshot.", nullable=False),
    Column("seen_at", "timestamp_ntz", "When the later snapshot was retrieved, UTC.", nullable=False),
)

REVISIONS = Table(
    schema="raw",
    name="revisions",
    grain="one row per changed field of a record, per added and per removed record, of each new snapshot",
    meaning="What the publisher changed in templates already published; added to by each edition.",
    columns=(
        Column("sequence", "int64", "Number of the later snapshot in the archive's log.", nullable=False),
        Column("line", "int32", "Number of the row within its comparison.", nullable=False),
        Column(
            "record_id", "string", "The record in the earlier snapshot; of an added one in the later.", nullable=False
        ),
        Column("template_id", "string", "Template as the snapshot prints it; null if missing."),
        Column("disposition", "string", "Disposition as printed, the earlier one; of an added record its own."),
        Column("change", "string", "added (a record of a template known before), removed or changed.", nullable=False),
        Column("field", "string", "Field of the source that was changed; null for added and removed records."),
        Column("old_value", "string", "Its value as the earlier snapshot prints it.", public=False),
        Column("new_value", "string", "Its value as the later snapshot prints it.", public=False),
        Column("from_snapshot", "string", f"{FROM_SNAPSHOT}.", nullable=False),
        *LATER_SNAPSHOT,
        Column("reported_date", "date", "Day on which the record was reported; null if not known."),
    ),
    key=("sequence", "line"),
    may_be_empty=True,
    warnings=("use_caution_when_counting", "holds_personal_data"),
)

COMPARISONS = Table(
    schema="raw",
    name="comparisons",
    grain="one row per compared snapshot and source field",
    meaning="Which snapshots were compared, and in how many records they differ without a revision.",
    columns=(
        Column("sequence", "int64", "Number of the later snapshot in the archive's log.", nullable=False),
        Column("field", "string", "Field of the source.", nullable=False),
        Column("from_snapshot", "string", f"{FROM_SNAPSHOT}; null for the first."),
        *LATER_SNAPSHOT,
        Column("n_records", "int64", "Records of the later snapshot.", nullable=False),
        Column(
            "n_respelled",
            "int64",
            "Records that print it otherwise and mean the same: after folding, or by a rewording learnt that night.",
            nullable=False,
        ),
        Column(
            "n_absent",
            "int64",
            "Records with a value of a field that one of the two snapshots has in none: they are not revised.",
            nullable=False,
        ),
        Column(
            "n_collapsed",
            "int64",
            "Records gone because their template is now printed in one row, an accepted change; same at every field.",
            nullable=False,
        ),
    ),
    key=("sequence", "field"),
)

TABLES = (RECORDS, REVISIONS, COMPARISONS)
