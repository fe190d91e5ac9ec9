"""Contract of models/term_tests."""

from cit_platform.contracts.models.columns import REASON_COLUMNS
from cit_platform.contracts.table import Column, Table

TERM_TESTS = Table(
    schema="models",
    name="term_tests",
    grain="one row per predictor of a model",
    meaning="Strength of each predictor: likelihood-ratio chi-square, whole and per degree of freedom.",
    columns=(
        Column("agency", "string", "Police department.", nullable=False),
        Column("model", "string", "Question asked.", nullable=False),
        Column("variant", "string", "How it was asked.", nullable=False),
        Column("role", "string", "What it is for: published, ladder, headline or sensitivity.", nullable=False),
        Column("term", "string", "Predictor left out.", nullable=False),
        Column("lr_chi2", "double", "Likelihood-ratio chi-square of leaving it out."),
        Column("df", "int32", "Degrees of freedom: coefficients left out."),
        Column("lr_chi2_per_df", "double", "lr_chi2 / df: the strength that the page names."),
        Column("p_value", "double", "Chi-square p-value, as if rows were independent."),
        Column("n_contacts", "int64", "Contacts analysed."),
        Column("note", "string", "Why a number is missing; empty if nothing is to be said."),
        *REASON_COLUMNS,
    ),
    key=("agency", "model", "variant", "term"),
)
