"""Contract of models/trends."""

from cit_platform.contracts.models.columns import REASON_COLUMNS
from cit_platform.contracts.table import Column, Table

TRENDS = Table(
    schema="models",
    name="trends",
    grain="one row per measure, month or quarter, and place",
    meaning="Contacts and plain shares of them over time, for the city and by precinct, nothing adjusted.",
    columns=(
        Column("agency", "string", "Police department.", nullable=False),
        Column("unit_of_time", "string", "month or quarter.", nullable=False),
        Column("month", "date", "First day of the month; of a quarter, that of its first month.", nullable=False),
        Column("place", "string", "city for all contacts, or the precinct of the contact.", nullable=False),
        Column(
            "measure",
            "string",
            "contacts (a count), or a share of them: certified (who reported), force, arrest, emergent_detention, "
            "referral, no_action, other_or_none (the highest disposition; these five add up to 1), requested, "
            "dispatched, arrived (of a certified officer, of the contacts where it is stated).",
            nullable=False,
        ),
        Column("value", "double", "The count, or the share; null with its reason."),
        Column("conf_low", "double", "Lower 95 % limit of a share, officers as clusters; null for a count."),
        Column("conf_high", "double", "Upper 95 % limit of a share."),
        Column("n_contacts", "int64", "Contacts where the measure is stated; null where withheld."),
        Column("n_officers", "int64", "Named reporting officers of these contacts; null where withheld."),
        Column(
            "complete",
            "boolean",
            "False where the data begin inside it, or end less than 30 days after it: such a month is filling up.",
            nullable=False,
        ),
        Column("period", "string", "Policy period of its first day with contacts in the city.", nullable=False),
        Column("note", "string", "Why a number is missing; empty if nothing is to be said."),
        *REASON_COLUMNS,
    ),
    packed=True,
    key=("agency", "unit_of_time", "month", "place", "measure"),
)
