"""Contract of models/response."""

from cit_platform.contracts.models.columns import REASON_COLUMNS, interval_columns
from cit_platform.contracts.table import Column, Table

_STATES = "yes, no, or any (not asked)"

RESPONSE = Table(
    schema="models",
    name="response",
    grain="one row per measure, group of contacts, and combination of requested, dispatched and arrived",
    meaning="Whether a certified officer was requested, dispatched and arrived, and how often contacts end in arrest "
    "or detention; never one by the other.",
    columns=(
        Column("agency", "string", "Police department.", nullable=False),
        Column("window_start", "date", "First reported date counted.", nullable=False),
        Column("window_end", "date", "Last reported date counted.", nullable=False),
        Column("measure", "string", "response, arrest or emergent_detention (any disposition).", nullable=False),
        Column("term", "string", "precinct, watch, period, call_risk, or empty for all contacts.", nullable=False),
        Column("level", "string", "Its category.", nullable=False),
        Column("requested", "string", f"A certified officer was requested: {_STATES}.", nullable=False),
        Column("dispatched", "string", f"One was dispatched: {_STATES}.", nullable=False),
        Column("arrived", "string", f"One arrived: {_STATES}.", nullable=False),
        *interval_columns("share", "Share of the contacts where all that is asked is stated."),
        Column("n_contacts", "int64", "Contacts where all that is asked is stated; null where withheld."),
        Column("n_officers", "int64", "Named reporting officers of these contacts; null where withheld."),
        Column("n_events", "int64", "Contacts counted in the share; null where withheld."),
        Column("note", "string", "Why a number is missing; empty if nothing is to be said."),
        *REASON_COLUMNS,
    ),
    key=("agency", "measure", "term", "level", "requested", "dispatched", "arrived"),
)
