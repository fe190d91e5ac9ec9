"""Contract of models/situation."""

from cit_platform.contracts.models.columns import interval_columns
from cit_platform.contracts.table import Column, Table

SITUATION = Table(
    schema="models",
    name="situation",
    grain="one row per outcome and group of contacts",
    meaning="Plain risks by kind of call and by certification, unadjusted, with officer-clustered intervals.",
    columns=(
        Column("agency", "string", "Police department.", nullable=False),
        Column("outcome", "string", "force, a disposition, or cit_arrived.", nullable=False),
        Column("term", "string", "call_risk or cit_certified; empty for all contacts.", nullable=False),
        Column("level", "string", "Its level (certified, not_certified); empty for all contacts.", nullable=False),
        *interval_columns("risk", "Share of the contacts with the outcome."),
        Column("n_contacts", "int64", "Contacts of the group.", nullable=False),
        Column("n_officers", "int64", "Reporting officers of those contacts.", nullable=False),
        Column("n_events", "int64", "Contacts with the outcome.", nullable=False),
    ),
    key=("agency", "outcome", "term", "level"),
)
