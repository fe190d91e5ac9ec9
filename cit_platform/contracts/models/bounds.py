"""Contract of models/bounds."""

from cit_platform.contracts.models.columns import NUMBER_COLUMNS
from cit_platform.contracts.table import Column, Table

BOUNDS = Table(
    schema="models",
    name="bounds",
    grain="one row per group of contacts that cleaning left out, and per assumption about them",
    meaning="Between what numbers the plain risk difference of force lies if contacts left out are counted.",
    columns=(
        Column("agency", "string", "Police department.", nullable=False),
        Column(
            "rule",
            "string",
            "contact_conflict, other_rules, all, or none for what is analysed; groups of under 10 contacts "
            "stand in all alone.",
            nullable=False,
        ),
        Column(
            "assumption",
            "string",
            "none, worst_case (force in them unknown) or as_recorded (force as their records say, where they do).",
            nullable=False,
        ),
        Column("window_start", "date", "First reported date analysed."),
        Column("window_end", "date", "Last reported date analysed."),
        Column("risk_difference", "double", "Plain risk difference of force, certified less not; null for a bound."),
        Column("bound_low", "double", "Lower end of the bound, as a probability."),
        Column("bound_high", "double", "Upper end of the bound."),
        Column("conf_low", "double", "Lower 95 % limit: of the difference, or for wherever it lies in the bound."),
        Column("conf_high", "double", "Upper 95 % limit."),
        Column("n_lost", "int64", "Contacts left out."),
        Column("n_lost_certified", "int64", "Of these by certified officers."),
        Column("n_lost_not_certified", "int64", "Of these by officers without certification."),
        Column("n_lost_unknown", "int64", "Of these without one answer on certification."),
        Column("n_contacts", "int64", "Contacts analysed."),
        Column("n_officers", "int64", "Named reporting officers of these."),
        Column("n_events", "int64", "Contacts with force among those analysed."),
        *NUMBER_COLUMNS,
    ),
    key=("agency", "rule", "assumption"),
)
