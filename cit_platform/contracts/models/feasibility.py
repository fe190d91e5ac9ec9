"""Contract of models/feasibility."""

from cit_platform.contracts.models.columns import REASON_COLUMNS, interval_columns
from cit_platform.contracts.table import Column, Table

FEASIBILITY = Table(
    schema="models",
    name="feasibility",
    grain="one row per question and level",
    meaning="What these data can answer: each question with its threshold, and the studies that it switches off.",
    columns=(
        Column("agency", "string", "Police department.", nullable=False),
        Column(
            "question",
            "string",
            "certified_share (per quarter), usable_quarters, switchers, switchers_with_force, cohorts (officers who "
            "become certified, by month), reversals, revised_certification, several_dispositions (by records system), "
            "constant_force, several_reporters, templates_ratio.",
            nullable=False,
        ),
        Column("level", "string", "Quarter, month or months, records system; empty for all.", nullable=False),
        *interval_columns("value", "The answer, in the unit of the row; null where it is of under 10 officers."),
        Column("unit", "string", "What value counts: officers, quarters, share or ratio.", nullable=False),
        Column("n", "int64", "What the value is of: contacts, records, officers or incidents."),
        Column("n_of", "string", "Which of these n counts.", nullable=False),
        Column("threshold", "double", "Limit that was stated beforehand (thresholds.csv); null where there is none."),
        Column("passes", "boolean", "Whether the value keeps to it; null where it cannot be said, or has no limit."),
        Column(
            "switches_off",
            "string",
            "Studies, or parts of them, that are not to be asked because of this row, separated by semicolons.",
            nullable=False,
        ),
        Column("note", "string", "Why a number is missing; empty if nothing is to be said."),
        *REASON_COLUMNS,
    ),
    key=("agency", "question", "level"),
)
