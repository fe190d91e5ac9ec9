"""Contract of models/disposition_shares."""

from cit_platform.contracts.models.columns import interval_columns
from cit_platform.contracts.table import Column, Table

DISPOSITION_SHARES = Table(
    schema="models",
    name="disposition_shares",
    grain="one row per certification and disposition group",
    meaning="Share of contacts by disposition and certification, unadjusted, with officer-clustered intervals.",
    columns=(
        Column("agency", "string", "Police department.", nullable=False),
        Column("cit_certified", "int32", "1 if the reporting officer was certified, else 0.", nullable=False),
        Column("disposition_group", "string", "Disposition of the contact.", nullable=False),
        *interval_columns("share", "Share of the contacts of that certification."),
        Column("n_contacts", "int64", "Contacts of that certification.", nullable=False),
        Column("n_officers", "int64", "Reporting officers of those contacts.", nullable=False),
        Column("n_events", "int64", "Contacts with that disposition.", nullable=False),
    ),
    key=("agency", "cit_certified", "disposition_group"),
)
