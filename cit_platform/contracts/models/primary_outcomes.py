"""Contract of models/primary_outcomes."""

from cit_platform.contracts.models.columns import (
    COUNT_COLUMNS,
    FIT_COLUMNS,
    REASON_COLUMNS,
    STANDING_COLUMN,
    interval_columns,
)
from cit_platform.contracts.table import Column, Table

PRIMARY_OUTCOMES = Table(
    schema="models",
    name="primary_outcomes",
    grain="one row per primary outcome of the protocol",
    meaning="The primary outcomes judged together, in risks, against the smallest difference that would matter.",
    columns=(
        *FIT_COLUMNS,
        STANDING_COLUMN,
        *interval_columns("risk_certified", "Average predicted probability with every officer certified."),
        *interval_columns("risk_not_certified", "Average predicted probability with no officer certified."),
        *interval_columns("risk_difference", "risk_certified - risk_not_certified, as a probability."),
        Column(
            "simultaneous_low", "double", "Lower limit of risk_difference; with those of all outcomes at once 95 %."
        ),
        Column("simultaneous_high", "double", "Upper limit of the same."),
        Column("p_value", "double", "Two-sided p-value of risk_difference = 0, by t on effective_clusters less one."),
        Column("p_value_holm", "double", "The same adjusted for the primary outcomes (Holm)."),
        Column("margin", "double", "Smallest effect of interest of the protocol, as a difference of probabilities."),
        Column("equivalence_low", "double", "Lower 90 % limit of risk_difference: two one-sided tests at 5 %."),
        Column("equivalence_high", "double", "Upper limit of the same."),
        Column(
            "size",
            "string",
            "Against the margin: larger (95 % interval beyond), smaller (90 % interval within), undecided, or empty.",
            nullable=False,
        ),
        Column("smallest_detectable_difference", "double", "Risk difference found with 80 % power at 5 %."),
        *interval_columns("odds_ratio", "Odds ratio of certification from the same fit."),
        Column("effective_clusters", "double", "Officers that tell of the risk difference, as a Kish number."),
        *COUNT_COLUMNS,
        Column("converged", "boolean", "False where the outcome cannot be estimated.", nullable=False),
        Column("note", "string", "Why a number is missing; empty if nothing is to be said."),
        *REASON_COLUMNS,
    ),
    key=("agency", "outcome"),
)
