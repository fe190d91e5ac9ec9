"""Contract of models/permutation_reference."""

from cit_platform.contracts.models.columns import NUMBER_COLUMNS
from cit_platform.contracts.table import Column, Table

PERMUTATION_REFERENCE = Table(
    schema="models",
    name="permutation_reference",
    grain="one row per outcome",
    meaning="Certification in the primary specification against dates of certification exchanged at random.",
    columns=(
        Column("agency", "string", "Police department.", nullable=False),
        Column("outcome", "string", "force.", nullable=False),
        Column(
            "risk_difference",
            "double",
            "Standardised risk with every officer certified less with none, as a probability.",
        ),
        Column("conf_low", "double", "Lower 95 % limit, clustered by officer (CR1, t)."),
        Column("conf_high", "double", "Upper 95 % limit."),
        Column("statistic", "double", "risk_difference in its clustered standard errors."),
        Column("drawn_low", "double", "2.5 % of the draws have a smaller statistic."),
        Column("drawn_high", "double", "2.5 % of the draws have a larger statistic."),
        Column(
            "p_value",
            "double",
            "Twice the smaller share of draws on a side of the statistic, what happened among them.",
        ),
        Column("n_draws", "int64", "Draws that could be estimated."),
        Column("n_movable", "int64", "Officers with somebody to exchange another date with."),
        Column("n_contacts", "int64", "Contacts that entered the fit."),
        Column("n_events", "int64", "Contacts with force."),
        *NUMBER_COLUMNS,
    ),
    key=("agency", "outcome"),
)
