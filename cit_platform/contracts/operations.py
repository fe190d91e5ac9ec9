"""Tables about the platform's own work: kept beside the refreshes, in no edition, and never a reason for one."""

from cit_platform.contracts.table import Column, Table

HISTORY = Table(
    schema="quality",
    name="history",
    grain="one row per run and number, check or row count that it gave, and one for the run itself",
    meaning="Headline numbers and check results of every run that ended, also of blocked ones; it outlives the runs.",
    columns=(
        Column("finished_at", "timestamp_ntz", "When the run ended, UTC.", nullable=False),
        Column("run_id", "string", "Dagster's id of the run.", nullable=False),
        Column("job", "string", "Job of the run, or Dagster's own name for assets launched by hand.", nullable=False),
        Column("edition", "string", "Edition that it published; null if none."),
        Column("snapshot", "string", "First digits of the snapshot that it worked on; null if it came to none."),
        Column(
            "kind",
            "string",
            "run (how it ended), rows (of a table that it published), check (its result), number (a headline number "
            "of an asset) or finding (of the edition).",
            nullable=False,
        ),
        Column("asset", "string", "Asset of the row count, check or number; else empty.", nullable=False),
        Column(
            "name",
            "string",
            "Of a run success, failure or canceled; rows; the check; the number; the key of the finding.",
            nullable=False,
        ),
        Column("value", "double", "The number; of a check what it observed, where that is one number."),
        Column("conf_low", "double", "Lower 95 % limit of a finding; null without one."),
        Column("conf_high", "double", "Upper 95 % limit of a finding; null without one."),
        Column("n_contacts", "int64", "Contacts that a finding analysed; null for other units."),
        Column("passed", "boolean", "Whether the check passed, or the run ended well; null for numbers."),
        Column("severity", "string", "ERROR, which blocks, or WARN; null for all but checks."),
    ),
    key=("finished_at", "run_id", "kind", "asset", "name"),
)

STATUS = Table(
    schema="quality",
    name="status",
    grain="one row per asset: the source, each table, each topic, the page and the edition",
    meaning="Whether each asset is current and if not why, with its rows, checks and last good run, as of now.",
    columns=(
        Column("place", "int32", "Order of the assets on their way from the source to the edition.", nullable=False),
        Column("asset", "string", "Asset key.", nullable=False),
        Column("stage", "string", "source, raw, clean, features, models, quality or published.", nullable=False),
        Column(
            "is_current",
            "boolean",
            "Whether it descends from the source as last seen, from the code, codebook and settings of today, and "
            "from what its inputs hold; of the source whether the last look at it was answered.",
            nullable=False,
        ),
        Column("reason", "string", "Why it is not current, and what stopped the last run; null if it is."),
        Column("data_date", "date", "As-of date of the snapshot that it is of; of the source the newest report seen."),
        Column("computed_at", "timestamp_ntz", "When it was computed, UTC; null for the source and what is not there."),
        Column("n_rows", "int64", "Rows of the version in force; null for what is no table."),
        Column("checks_passed", "int64", "Checks of its last audit that passed; null for what has none."),
        Column("checks_warned", "int64", "Checks of its last audit that warned."),
        Column(
            "checks_failed",
            "int64",
            "Checks of its last audit that block and did not pass: the rows in force are those of before, or an "
            "operator let the change through.",
        ),
        Column("last_good_run", "string", "Dagster's id of the run that computed it; its record may be gone."),
        Column("owner", "string", "Who answers for it.", nullable=False),
    ),
    key=("place",),
)

LOOKS = Table(
    schema="quality",
    name="looks",
    grain="one row per specification that a run fitted to data that are no demonstration",
    meaning="Every look at results of real data: when, of which snapshot and protocol, and what became of it.",
    columns=(
        Column("looked_at", "timestamp_ntz", "When the results were there, UTC.", nullable=False),
        Column("run_id", "string", "Dagster's id of the run.", nullable=False),
        Column("asset", "string", "Asset that fitted it.", nullable=False),
        Column(
            "specification",
            "string",
            "Model and variant, as in models/estimates; of a study without specifications its name.",
            nullable=False,
        ),
        Column("snapshot", "string", "Content hash of the snapshot.", nullable=False),
        Column("protocol", "string", "Hash of the protocol that was in force.", nullable=False),
        Column("edition", "string", "Edition that the run built; null if none."),
        Column(
            "state",
            "string",
            "What became of it: published, held (built and not in force), blocked (the run failed or was stopped) or "
            "unpublished (the run asked for no edition).",
            nullable=False,
        ),
    ),
    key=("looked_at", "run_id", "asset", "specification"),
)

TABLES = (HISTORY, STATUS, LOOKS)
