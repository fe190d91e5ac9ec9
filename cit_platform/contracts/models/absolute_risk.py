"""Contract of models/absolute_risk."""

from cit_platform.contracts.models.columns import COUNT_COLUMNS, FIT_COLUMNS, REASON_COLUMNS, interval_columns
from cit_platform.contracts.table import Column, Table

ABSOLUTE_RISK = Table(
    schema="models",
    name="absolute_risk",
    grain="one row per model and outcome",
    meaning="Adjusted risks with everyone and with no one certified, standardised over the contacts analysed.",
    columns=(
        *FIT_COLUMNS,
        *interval_columns("risk_certified", "Average predicted probability with every officer certified."),
        *interval_columns("risk_not_certified", "Average predicted probability with no officer certified."),
        *interval_columns("risk_difference", "risk_certified - risk_not_certified, as a probability."),
        *interval_columns("risk_ratio", "risk_certified / risk_not_certified."),
        Column(
            "smallest_detectable_difference",
            "double",
            "Risk difference found with 80 % power at 5 %: 2.8 standard errors of it, more by t.",
        ),
        Column("covariance", "string", "Covariance of the fit behind it.", nullable=False),
        *COUNT_COLUMNS,
        Column("converged", "boolean", "False where the risk cannot be estimated.", nullable=False),
        Column("note", "string", "Why a number is missing; empty if nothing is to be said."),
        *REASON_COLUMNS,
    ),
    key=("agency", "model", "variant", "unit", "window_start", "window_end", "outcome"),
)
