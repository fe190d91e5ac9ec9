"""Tables of the stage quality: aggregates about the data itself."""

from cit_platform.contracts.table import Column, Table

FLOW = Table(
    schema="quality",
    name="flow",
    grain="one row per step from the records received to the rows analysed, in all and by arm",
    meaning="The ledger as a flow: received, excluded by rule, clean, contacts, and what each model leaves out.",
    columns=(
        Column("step", "int32", "Order of the step.", nullable=False),
        Column(
            "arm",
            "string",
            "certified, not_certified or unknown, by what the record says of certification; empty for all together.",
            nullable=False,
        ),
        Column(
            "part", "string", "records, contacts, force_model, disposition_model or published_model.", nullable=False
        ),
        Column("unit", "string", "record or contact: what n counts.", nullable=False),
        Column("kind", "string", "received, excluded, kept or analysed.", nullable=False),
        Column(
            "rule",
            "string",
            "Rule or label; the same word as in clean/exclusions for excluded records.",
            nullable=False,
        ),
        Column("n", "int64", "Records or contacts of this step.", nullable=False),
    ),
    key=("step", "arm"),
)

COVERAGE = Table(
    schema="quality",
    name="coverage",
    grain="one row per source field and report year",
    meaning="How many records carry a value in each source field, by year; blanks and placeholders are missing.",
    columns=(
        Column("field", "string", "Field of the source.", nullable=False),
        Column("year", "string", "Report year, or 'unknown'.", nullable=False),
        Column("n_records", "int64", "Records of that year.", nullable=False),
        Column("n_present", "int64", "Records of that year with a value.", nullable=False),
        Column("share_present", "double", "n_present / n_records.", nullable=False),
    ),
    key=("field", "year"),
)

LABELS = Table(
    schema="quality",
    name="labels",
    grain="one row per label of a coded field",
    meaning="Every disposition and initial call type seen, with its group and count; group 'unmapped' awaits review.",
    columns=(
        Column("field", "string", "disposition or initial_call_type.", nullable=False),
        Column("label", "string", "Label after folding; '' for missing.", nullable=False),
        Column("grouping", "string", "Group of the codebook, or unmapped, or missing.", nullable=False),
        Column("n_records", "int64", "Clean records with that label.", nullable=False),
    ),
    key=("field", "label"),
)

LEVELS = Table(
    schema="quality",
    name="levels",
    grain="one row per level of a categorical predictor",
    meaning="How many contacts each level has; levels of officer attributes with few officers are not shown anywhere.",
    columns=(
        Column("term", "string", "Predictor.", nullable=False),
        Column("level", "string", "Its category.", nullable=False),
        Column(
            "n_contacts", "int64", "Contacts of that level; null for officer attributes of which a level is not shown."
        ),
        Column(
            "n_officers", "int64", "Named officers of an officer attribute's level, likewise; null for other terms."
        ),
        Column(
            "shown",
            "boolean",
            "False for an officer attribute's level with under 10 officers, or of whose contacts one wrote more than "
            "half, among those a model can hold: of all dates, or from the first usable quarter on.",
            nullable=False,
        ),
    ),
    key=("term", "level"),
)

EXPOSURE = Table(
    schema="quality",
    name="exposure",
    grain="one row per quarter with contacts",
    meaning="How often the reporting officer is certified, by report quarter, and whether that can be an exposure.",
    columns=(
        Column("quarter", "string", "Quarter of reported_date, such as 2016-Q1.", nullable=False),
        Column("first_day", "date", "First day of the quarter.", nullable=False),
        Column("contacts", "int64", "Contacts reported in it.", nullable=False),
        Column("officers", "int64", "Reporting officers; a contact without one counts as one.", nullable=False),
        Column("certified_share", "double", "Share of the contacts with a certified officer.", nullable=False),
        Column(
            "certified_share_conf_low",
            "double",
            "Lower 95 % limit of certified_share, officers as clusters.",
            nullable=False,
        ),
        Column("certified_share_conf_high", "double", "Upper 95 % limit of certified_share.", nullable=False),
        Column(
            "to_certified",
            "int64",
            "Officers certified in a contact of the quarter and not in their contact before, of a quarter of the same "
            "verdict.",
            nullable=False,
        ),
        Column("to_uncertified", "int64", "Officers of whom it is the other way round.", nullable=False),
        Column(
            "revised",
            "int64",
            "Changes of certification that the publisher made in records of the quarter, since revisions are watched.",
            nullable=False,
        ),
        Column("verdict", "string", "usable or implausible, by the rule of modelling/exposure.py.", nullable=False),
        Column(
            "reason",
            "string",
            "few_certified, few_uncertified, jump (to the next quarter) or quarter_before (too few officers to judge); "
            "empty if usable.",
            nullable=False,
        ),
    ),
    key=("quarter",),
)

REVISIONS = Table(
    schema="quality",
    name="revisions",
    grain="one row per night, kind of change and field; the night 'all' sums up the others",
    meaning="What the publisher changed in records already published, counted by field and never by a value.",
    columns=(
        Column(
            "night", "string", "Day (UTC) on which the later of two snapshots was retrieved, or 'all'.", nullable=False
        ),
        Column(
            "change",
            "string",
            "first (the snapshot with which it began), compared (with the one before), added, removed, changed, "
            "respelled (printed otherwise, with the same meaning), absent (one of the two snapshots has the field in "
            "no record) or collapsed (gone, because their template is now printed in one row; an accepted change).",
            nullable=False,
        ),
        Column("field", "string", "Field of the source; '' for the record as a whole.", nullable=False),
        Column("n_records", "int64", "Records: of the snapshot for first and compared, else those concerned."),
        Column("n_templates", "int64", "Templates of the records added, removed or changed."),
        Column("n_within_month", "int64", "Of the records, those reported up to 30 days before."),
        Column("n_within_year", "int64", "Those reported 31 to 365 days before."),
        Column("n_later", "int64", "Those reported more than 365 days before; the rest have no known day of report."),
        Column("median_age_days", "double", "Median of the days since the report."),
        Column(
            "shown", "boolean", "False, with no numbers, for an officer's field in under 10 templates.", nullable=False
        ),
    ),
    key=("night", "change", "field"),
)

TABLES = (FLOW, COVERAGE, LABELS, LEVELS, EXPOSURE, REVISIONS)
