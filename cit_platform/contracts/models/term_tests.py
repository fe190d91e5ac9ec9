"""Contract of models/term_tests."""

from cit_platform.contracts.models.columns import REASON_COLUMNS, interval_columns
from cit_platform.contracts.table import Column, Table

TERM_TESTS = Table(
    schema="models",
    name="term_tests",
    grain="one row per predictor of a model",
    meaning="How much each predictor tells: its spread in the log odds with its rank, and its chi-square.",
    columns=(
        Column("agency", "string", "Police department.", nullable=False),
        Column("model", "string", "Question asked.", nullable=False),
        Column("variant", "string", "How it was asked.", nullable=False),
        Column("role", "string", "What it is for: published, ladder, headline or sensitivity.", nullable=False),
        Column("term", "string", "Predictor.", nullable=False),
        *interval_columns(
            "log_odds_sd",
            "Standard deviation over contacts of the predictor's part of the log odds; of several outcomes the root "
            "mean square. It does not depend on how the predictor is cut.",
        ),
        Column("rank", "int32", "Place by log_odds_sd, 1 the largest."),
        Column("rank_low", "int32", "Lower 95 % limit of the rank."),
        Column("rank_high", "int32", "Upper 95 % limit of the rank."),
        Column("lr_chi2", "double", "Likelihood-ratio chi-square of leaving it out."),
        Column("df", "int32", "Degrees of freedom: coefficients left out."),
        Column("lr_chi2_per_df", "double", "lr_chi2 / df; falls the finer a predictor is cut."),
        Column("p_value", "double", "Chi-square p-value, as if rows were independent."),
        Column("n_contacts", "int64", "Contacts analysed."),
        Column("note", "string", "Why a number is missing; empty if nothing is to be said."),
        *REASON_COLUMNS,
    ),
    key=("agency", "model", "variant", "term"),
)
