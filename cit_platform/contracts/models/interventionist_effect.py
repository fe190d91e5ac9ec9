"""Contract of models/interventionist_effect."""

from cit_platform.contracts.models.columns import REASON_COLUMNS, interval_columns
from cit_platform.contracts.table import Column, Table

INTERVENTIONIST_EFFECT = Table(
    schema="models",
    name="interventionist_effect",
    grain="one row per disposition that is not no_action",
    meaning="Verdict on 'more of everything, and less of nothing': intersection-union over three risk differences.",
    columns=(
        Column("agency", "string", "Police department.", nullable=False),
        Column("outcome", "string", "arrest, emergent_detention or referral.", nullable=False),
        *interval_columns("risk_difference", "Adjusted risk difference, as a probability."),
        Column("above_zero", "boolean", "Whether the lower 95 % limit lies above 0; null if not estimated."),
        Column(
            "verdict",
            "string",
            "supported, not_supported or cannot_be_estimated; one for all rows.",
            nullable=False,
        ),
        Column("n_contacts", "int64", "Contacts analysed."),
        Column("note", "string", "Why a number is missing; empty if nothing is to be said."),
        *REASON_COLUMNS,
    ),
    key=("agency", "outcome"),
)
