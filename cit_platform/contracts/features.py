"""Tables of the stage features: the columns that models read, at record and at contact grain."""

from cit_platform.contracts.table import Column, Table

CONTACT = Column("contact_id", "string", "Contact: the crisis template.", nullable=False, public=False)

MODELLING_COLUMNS: tuple[Column, ...] = (
    Column("incident_id", "string", "Contacts of one event.", nullable=False, public=False),
    Column("officer_key", "string", "Keyed hash of the reporting officer; null if none was named.", public=False),
    Column("reported_date", "date", "Date that orders the contact in time.", nullable=False),
    Column("year", "int32", "Calendar year of reported_date.", nullable=False),
    Column("month", "date", "First day of the month of reported_date.", nullable=False),
    Column("period", "string", "Policy period of reported_date, from the codebook.", nullable=False),
    Column("records_system", "string", "legacy or mark43, by the size of the template number.", nullable=False),
    Column("force", "int32", "1 if reportable force was used, else 0.", nullable=False),
    Column(
        "disposition_group",
        "string",
        "arrest, emergent_detention, referral, no_action, no_contact (records only), other, unmapped or missing.",
        nullable=False,
    ),
    Column("cit_certified", "int32", "1 if the reporting officer was CIT certified, else 0.", nullable=False),
    Column("cit_arrived", "int32", "1 if a CIT officer arrived, else 0; null if unknown."),
    Column("cit_requested", "int32", "1 if a CIT officer was requested, else 0; null if unknown."),
    Column("cit_dispatched", "int32", "1 if a CIT officer was dispatched, else 0; null if unknown."),
    Column("veteran", "int32", "1 if the officer identified a veteran, 0 if not, null if unknown.", public=False),
    Column(
        "experience_years",
        "int32",
        "Reporting officer's experience in years, 0 to 45; null if unknown or impossible.",
        public=False,
    ),
    Column(
        "experience_status",
        "string",
        "known, unknown or impossible, as the source says it.",
        nullable=False,
        public=False,
    ),
    Column("experience", "string", "0-4, 5-9, 10-14, 15-19, 20+ years, or unknown.", nullable=False, public=False),
    Column(
        "hour",
        "int32",
        "Hour, 0 to 23, of the event where its time is trusted, else of the report; null without either.",
        public=False,
    ),
    Column(
        "watch",
        "string",
        "night (hours 0 to 7), day (8 to 15) or evening (16 to 23), of the event where its time is trusted, else of "
        "the report; unknown without either.",
        nullable=False,
    ),
    Column(
        "weekend",
        "int32",
        "1 on Saturday and Sunday, else 0; of the event where its day is trusted, else of the report.",
        nullable=False,
    ),
    Column(
        "call_risk",
        "string",
        "crisis, welfare, suicide, disturbance, violent, other, unknown (no call type) or unmapped.",
        nullable=False,
    ),
    Column(
        "call_risk_published",
        "string",
        "call_risk as the published groups are understood: a person in crisis is welfare.",
        nullable=False,
    ),
    Column(
        "call_class",
        "string",
        "Finer class of the initial call type; unknown or unmapped as call_risk.",
        nullable=False,
    ),
    Column(
        "call_received",
        "string",
        "How the call was received, folded; unknown if missing.",
        nullable=False,
        public=False,
    ),
    Column(
        "missing_call_fields",
        "int32",
        "How many of call type, initial and final call type are missing.",
        nullable=False,
        public=False,
    ),
    Column("precinct", "string", "North, West, East, South, Southwest, Unknown or unmapped.", nullable=False),
    Column("beat", "string", "Beat of the call, folded; Unknown if missing.", nullable=False, public=False),
    Column("officer_squad", "string", "Reporting officer's squad; Unknown if missing.", nullable=False, public=False),
    Column(
        "officer_race",
        "string",
        "Reporting officer's race; Unknown where not given, or given by few officers; or unmapped.",
        nullable=False,
        public=False,
    ),
    Column(
        "officer_gender",
        "string",
        "M, F, Unknown (not given, or given by few officers) or unmapped.",
        nullable=False,
        public=False,
    ),
)

RECORDS = Table(
    schema="features",
    name="records",
    grain="one row per clean record: one template and one disposition, the published author's unit",
    meaning="The modelling columns at record grain. Force repeats over the dispositions of one contact.",
    columns=(
        Column("record_id", "string", "Record of clean/records.", nullable=False, public=False),
        CONTACT,
        *MODELLING_COLUMNS,
    ),
    key=("record_id",),
    warnings=("use_caution_when_counting",),
)

CONTACT_COLUMNS: tuple[Column, ...] = (
    CONTACT,
    *MODELLING_COLUMNS,
    Column("any_arrest", "int32", "1 if any disposition of the contact is an arrest.", nullable=False),
    Column("any_emergent_detention", "int32", "1 if any disposition is an emergent detention.", nullable=False),
    Column("any_referral", "int32", "1 if any disposition is a referral.", nullable=False),
    Column("n_records", "int32", "Records of the contact.", nullable=False),
    Column(
        "conflicting_fields",
        "int32",
        "Fields other than the disposition in which the contact's records disagree.",
        nullable=False,
    ),
)

CONTACTS = Table(
    schema="features",
    name="contacts",
    grain="one row per contact: one officer's report on one person in crisis",
    meaning="The modelling columns at contact grain: any force, the highest disposition by the codebook's rank.",
    columns=CONTACT_COLUMNS,
    key=("contact_id",),
)

CONTRADICTORY = Table(
    schema="features",
    name="contradictory",
    grain="one row per contact whose records contradict each other on certification alone",
    meaning="As features/contacts, but what cit_certified says is one of two answers and is read by nobody.",
    columns=CONTACT_COLUMNS,
    key=("contact_id",),
    may_be_empty=True,
)

OFFICER_LEVELS = Table(
    schema="features",
    name="officer_levels",
    grain="one row per level of an officer attribute, as the codebook maps it",
    meaning="What a level becomes before anything is fitted, so that none rests on few officers. Never published.",
    columns=(
        Column("term", "string", "officer_race or officer_gender.", nullable=False),
        Column("stated_level", "string", "Level of the codebook.", nullable=False, public=False),
        Column("becomes", "string", "Level under which it stands in features.", nullable=False, public=False),
    ),
    key=("term", "stated_level"),
)

TABLES = (OFFICER_LEVELS, RECORDS, CONTACTS, CONTRADICTORY)
