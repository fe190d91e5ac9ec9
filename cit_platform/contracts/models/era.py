"""Contract of models/era."""

from cit_platform.contracts.models.columns import NUMBER_COLUMNS, PRIMARY_COLUMNS, interval_columns
from cit_platform.contracts.table import Column, Table

ERA = Table(
    schema="models",
    name="era",
    grain="one row per outcome and year (a year of two records systems: two rows), policy period, and year compared",
    meaning="Outcomes by year and policy period as observed, and certification within each year: shown, not tested.",
    columns=(
        *PRIMARY_COLUMNS,
        Column(
            "part",
            "string",
            "year or period (risk as observed), or certification (adjusted difference within the year).",
            nullable=False,
        ),
        Column("level", "string", "Year, or period of the codebook.", nullable=False),
        Column("records_system", "string", "legacy or mark43; empty but for part year.", nullable=False),
        Column("starts", "date", "First day of a period; null but for part period."),
        *interval_columns("risk", "Share of contacts with the outcome, officer-clustered."),
        *interval_columns("risk_difference", "By the primary model with certification split by year, over that year."),
        Column("n_contacts", "int64", "Contacts."),
        Column("n_officers", "int64", "Named reporting officers."),
        Column("n_events", "int64", "Contacts with the outcome."),
        *NUMBER_COLUMNS,
    ),
    key=("agency", "outcome", "part", "level", "records_system"),
)
