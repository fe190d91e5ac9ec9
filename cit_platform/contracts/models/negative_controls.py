"""Contract of models/negative_controls."""

from cit_platform.contracts.models.columns import REASON_COLUMNS, interval_columns
from cit_platform.contracts.table import Column, Table

NEGATIVE_CONTROLS = Table(
    schema="models",
    name="negative_controls",
    grain="one row per negative control, and per primary outcome",
    meaning="Odds ratios that should be 1, what they say of systematic error, and the primary answers so calibrated.",
    columns=(
        Column("agency", "string", "Police department.", nullable=False),
        Column("control", "string", "Name of the control; of an answer its outcome.", nullable=False),
        Column(
            "kind",
            "string",
            "outcome (not brought about by training), future_certification (the exposure lies ahead) or answer.",
            nullable=False,
        ),
        Column("window_start", "date", "First reported date analysed.", nullable=False),
        Column("window_end", "date", "Last reported date analysed.", nullable=False),
        Column("estimate", "double", "Log odds ratio."),
        Column("std_error", "double", "Its officer-clustered standard error (CV3)."),
        Column("odds_ratio", "double", "exp(estimate)."),
        Column("conf_low", "double", "Lower 95 % limit of the odds ratio."),
        Column("conf_high", "double", "Upper 95 % limit of the odds ratio."),
        Column("p_value", "double", "Two-sided p-value of no association."),
        *interval_columns("calibrated_odds_ratio", "Of an answer: less the mean error, with its spread."),
        Column("calibrated_p_value", "double", "Two-sided p-value under the empirical null."),
        Column("n_controls", "int64", "Controls that could be estimated.", nullable=False),
        Column("null_mean", "double", "Mean systematic error of the controls, log odds; null with under five."),
        Column("null_mean_std_error", "double", "Its standard error."),
        Column("null_sd", "double", "Standard deviation of systematic error beyond chance, log odds."),
        Column("null_sd_std_error", "double", "Its standard error; null where the deviation is 0."),
        Column("expected_absolute_error", "double", "Mean absolute systematic error, log odds."),
        Column("n_contacts", "int64", "Contacts that entered the fit."),
        Column("n_officers", "int64", "Named reporting officers that entered the fit."),
        Column("n_events", "int64", "Contacts with the outcome."),
        Column("converged", "boolean", "False where the control cannot be estimated.", nullable=False),
        Column("note", "string", "Why a number is missing; empty if nothing is to be said."),
        *REASON_COLUMNS,
    ),
    key=("agency", "kind", "control"),
)
