"""Contract of models/prospective."""

from cit_platform.contracts.models.columns import NUMBER_COLUMNS, PRIMARY_COLUMNS, interval_columns
from cit_platform.contracts.table import Column, Table

PROSPECTIVE = Table(
    schema="models",
    name="prospective",
    grain="one row per outcome and measure",
    meaning="Contacts reported after the protocol's date alone: certification, with limits that hold at every look.",
    columns=(
        *PRIMARY_COLUMNS,
        Column(
            "measure",
            "string",
            "crude, or stratified (within kind of call, precinct and month of the report).",
            nullable=False,
        ),
        Column("protocol_date", "date", "Only later reports count.", nullable=False),
        Column("last_date", "date", "Last report counted; null where there is none."),
        *interval_columns("risk_difference", "Certified less others, a probability; limits that hold at every look."),
        Column("one_look_low", "double", "Lower 95 % limit that holds at one look named beforehand."),
        Column("one_look_high", "double", "Upper 95 % limit that holds at one look named beforehand."),
        Column("narrowest_at", "double", "Standard error at which the sequence is narrowest for it, laid down."),
        Column("smallest_detectable_difference", "double", "Found with 80 % power at 5 % by one look."),
        Column("effective_clusters", "double", "Officers that tell of it."),
        Column("n_contacts", "int64", "Contacts.", nullable=False),
        Column("n_certified", "int64", "Contacts that a certified officer reported."),
        Column("n_officers", "int64", "Named reporting officers."),
        Column("n_events", "int64", "Contacts with the outcome."),
        *NUMBER_COLUMNS,
    ),
    key=("agency", "outcome", "measure"),
)
