"""Contract of models/choices."""

from cit_platform.contracts.models.columns import (
    COUNT_COLUMNS,
    FIT_COLUMNS,
    REASON_COLUMNS,
    STANDING_COLUMN,
    interval_columns,
)
from cit_platform.contracts.table import Column, Table

CHOICES = Table(
    schema="models",
    name="choices",
    grain="one row per combination of choices",
    meaning="Force by certification under other choices of what is counted and held constant, as odds ratio and risks.",
    columns=(
        *FIT_COLUMNS,
        Column("quarters", "string", "Report dates: all, or usable (certification plausible).", nullable=False),
        Column(
            "controls",
            "string",
            "Held constant besides the call: published, with_year, with_period, primary, without_hour or "
            "linear_experience.",
            nullable=False,
        ),
        Column("calls", "string", "How finely calls are told apart: published, situation or fine.", nullable=False),
        Column(
            "contradictory",
            "string",
            "Contacts whose records contradict each other on certification: left_out, certified or not_certified.",
            nullable=False,
        ),
        Column(
            "covariance",
            "string",
            "What may be alike: model (nothing), officer, incident, officer+incident.",
            nullable=False,
        ),
        *interval_columns("odds_ratio", "Odds ratio of force, certified against not."),
        *interval_columns("risk_certified", "Average predicted probability with every officer certified."),
        *interval_columns("risk_not_certified", "Average predicted probability with no officer certified."),
        *interval_columns("risk_difference", "risk_certified - risk_not_certified, as a probability."),
        Column("smallest_detectable_difference", "double", "Risk difference found with 80 % power at 5 %."),
        *COUNT_COLUMNS,
        Column("converged", "boolean", "False where it cannot be estimated.", nullable=False),
        Column("note", "string", "Why a number is missing; empty if nothing is to be said."),
        *REASON_COLUMNS,
        STANDING_COLUMN,
    ),
    key=("agency", "model", "outcome", "unit", "quarters", "controls", "calls", "contradictory", "covariance"),
)
