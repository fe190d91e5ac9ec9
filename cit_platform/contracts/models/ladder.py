"""Contract of models/ladder."""

from cit_platform.contracts.models.columns import (
    COUNT_COLUMNS,
    FIT_COLUMNS,
    REASON_COLUMNS,
    STANDING_COLUMN,
    interval_columns,
)
from cit_platform.contracts.table import Column, Table

LADDER = Table(
    schema="models",
    name="ladder",
    grain="one row per outcome and step",
    meaning="Force and each disposition by certification, asked ever more strictly, from the published way on.",
    columns=(
        *FIT_COLUMNS[:1],
        Column("step", "int32", "Order: 0 as published, 4 primary, 5 the same as a risk ratio.", nullable=False),
        *FIT_COLUMNS[1:],
        Column("measure", "string", "odds_ratio or risk_ratio.", nullable=False),
        Column(
            "ratio", "double", "Odds ratio (of a disposition: against no action) or risk ratio, certified against not."
        ),
        Column("conf_low", "double", "Lower 95 % limit of ratio."),
        Column("conf_high", "double", "Upper 95 % limit of ratio."),
        Column("std_error", "double", "Standard error of log(ratio)."),
        Column("p_value", "double", "Two-sided normal p-value of log(ratio) = 0."),
        *interval_columns("risk_difference", "Adjusted risk difference, as a probability; step 5 only."),
        Column("smallest_detectable", "double", "Odds ratio above 1 found with about 80 % power at 5 %."),
        Column("smallest_detectable_below", "double", "Odds ratio below 1 found with about 80 % power at 5 %."),
        Column(
            "design_effect",
            "double",
            "Variance of the log odds ratio clustered (by officer, or both ways) over that by the model, same rows.",
        ),
        Column("published_p_value", "double", "p-value in the published analysis; step 0 only."),
        Column(
            "published_p_value_corrected",
            "double",
            "What the published p-value would be with its variance multiplied by design_effect; step 0 only.",
        ),
        Column("covariance", "string", "What the interval allows for.", nullable=False),
        *COUNT_COLUMNS,
        Column("converged", "boolean", "False where the step cannot be estimated.", nullable=False),
        Column("note", "string", "Why a number is missing; empty if nothing is to be said."),
        *REASON_COLUMNS,
        STANDING_COLUMN,
    ),
    key=("agency", "model", "outcome", "step"),
)
