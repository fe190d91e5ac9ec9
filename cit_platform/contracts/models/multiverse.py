"""Contract of models/multiverse."""

from cit_platform.contracts.models.columns import NUMBER_COLUMNS
from cit_platform.contracts.table import Column, Table

MULTIVERSE = Table(
    schema="models",
    name="multiverse",
    grain="one row per combination of the choices that the protocol leaves open",
    meaning="Force by certification under every combination of choices, standardised over the same contacts.",
    columns=(
        Column("agency", "string", "Police department.", nullable=False),
        Column("outcome", "string", "force.", nullable=False),
        Column("unit", "string", "laid_down (contact) or by_record.", nullable=False),
        Column("window", "string", "laid_down, all_quarters, from_2017 or mark43_alone.", nullable=False),
        Column(
            "contradictory",
            "string",
            "laid_down (left out), contradictory_certified or contradictory_not_certified.",
            nullable=False,
        ),
        Column("time", "string", "laid_down (year, records system), by_period or without_time.", nullable=False),
        Column("hour", "string", "laid_down (watch, weekend) or without_hour.", nullable=False),
        Column("calls", "string", "laid_down (situation), published_calls or fine_calls.", nullable=False),
        Column(
            "experience",
            "string",
            "laid_down (groups), linear_experience, known_experience or without_experience.",
            nullable=False,
        ),
        Column(
            "officers",
            "string",
            "laid_down (race and gender of the officer held constant) or without_officer_attributes.",
            nullable=False,
        ),
        Column(
            "risk_difference",
            "double",
            "Standardised risk with every officer certified less with none, as a probability.",
        ),
        Column("conf_low", "double", "Lower 95 % limit, clustered by officer (CR1, t on effective_clusters less one)."),
        Column("conf_high", "double", "Upper 95 % limit."),
        Column("effective_clusters", "double", "Officers that tell of the difference, as a Kish number."),
        Column("n_contacts", "int64", "Contacts that the difference is averaged over, of the fixed population."),
        Column("n_rows", "int64", "Rows of the unit that entered the fit.", nullable=False),
        Column("n_events", "int64", "Rows with force.", nullable=False),
        Column("left_out", "double", "Share of the rows that left with levels that cannot be fitted.", nullable=False),
        Column("refused", "boolean", "Whether a gate of the protocol refuses it; null where there is no number."),
        Column("refused_by", "string", "The diagnostics beyond their thresholds, separated by semicolons."),
        *NUMBER_COLUMNS,
    ),
    packed=True,
    key=("agency", "outcome", "unit", "window", "contradictory", "time", "hour", "calls", "experience", "officers"),
)
