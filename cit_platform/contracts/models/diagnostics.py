"""Contract of models/diagnostics."""

from cit_platform.contracts.models.columns import REASON_COLUMNS, STANDING_COLUMN, interval_columns
from cit_platform.contracts.table import Column, Table

DIAGNOSTICS = Table(
    schema="models",
    name="diagnostics",
    grain="one row per outcome of a specification of the protocol and diagnostic; of balance per covariate",
    meaning="What the protocol asks of an estimate before it is shown, with its thresholds.",
    columns=(
        Column("agency", "string", "Police department.", nullable=False),
        Column("model", "string", "Question asked: force or disposition.", nullable=False),
        Column("variant", "string", "How it was asked.", nullable=False),
        Column("outcome", "string", "Outcome of the estimate.", nullable=False),
        STANDING_COLUMN,
        Column(
            "diagnostic", "string", "What is looked at, as diagnostics.csv of the protocol names it.", nullable=False
        ),
        Column("term", "string", "The covariate that balance is about; else empty.", nullable=False),
        *interval_columns("value", "What was found; null where it cannot be computed."),
        Column("bound", "string", "at_least or at_most: on which side of the threshold it passes.", nullable=False),
        Column("threshold", "double", "Threshold of the protocol.", nullable=False),
        Column("gate", "boolean", "Whether an estimate that does not pass is kept off the page.", nullable=False),
        Column(
            "passes", "boolean", "Balance by its lower limit; null where nothing was found, or there is no estimate."
        ),
        Column("n_contacts", "int64", "Contacts that entered the fit."),
        Column("n_officers", "int64", "Named reporting officers that entered the fit."),
        Column("n_events", "int64", "Contacts with the outcome."),
        Column("note", "string", "Why a number is missing; empty if nothing is to be said."),
        *REASON_COLUMNS,
    ),
    key=("agency", "model", "variant", "outcome", "diagnostic", "term"),
)
