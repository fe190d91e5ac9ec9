"""Contract of models/situation."""

from cit_platform.contracts.models.columns import interval_columns
from cit_platform.contracts.table import Column, Table

SITUATION = Table(
    schema="models",
    name="situation",
    grain="one row per outcome, predictor and level",
    meaning="Plain risks, nothing adjusted, with officer-clustered intervals.",
    columns=(
        Column("agency", "string", "Police department.", nullable=False),
        Column("window_start", "date", "First reported date counted.", nullable=False),
        Column("window_end", "date", "Last reported date counted.", nullable=False),
        Column("outcome", "string", "force, or cit_arrived: a CIT officer came to the scene.", nullable=False),
        Column("term", "string", "call_risk, cit_certified, or empty for all contacts.", nullable=False),
        Column("level", "string", "Its category; 1 and 0 for certified and not certified.", nullable=False),
        *interval_columns("risk", "Share of the contacts with the outcome, of those where it is known."),
        Column("n_contacts", "int64", "Contacts where the outcome is known.", nullable=False),
        Column("n_officers", "int64", "Reporting officers of these contacts.", nullable=False),
        Column("n_events", "int64", "Contacts with the outcome.", nullable=False),
    ),
    key=("agency", "outcome", "term", "level"),
)
