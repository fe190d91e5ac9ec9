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

TABLES = (HISTORY,)
