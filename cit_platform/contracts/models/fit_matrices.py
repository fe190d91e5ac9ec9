"""Contract of models/fit_matrices."""

from cit_platform.contracts.table import Column, Table

FIT_MATRICES = Table(
    schema="models",
    name="fit_matrices",
    grain="one row per pair of coefficients of a fit, the pair of a coefficient with itself among them",
    meaning="Information, officer-score cross-products and covariance of the published and the headline fits.",
    columns=(
        Column("agency", "string", "Police department.", nullable=False),
        Column("model", "string", "Question asked: force or disposition.", nullable=False),
        Column("variant", "string", "How it was asked.", nullable=False),
        Column("outcome", "string", "Outcome of the first coefficient.", nullable=False),
        Column("term", "string", "Its predictor.", nullable=False),
        Column("level", "string", "Its category; empty for numbers and indicators.", nullable=False),
        Column("other_outcome", "string", "Outcome of the second coefficient, not before the first.", nullable=False),
        Column("other_term", "string", "Its predictor.", nullable=False),
        Column("other_level", "string", "Its category; empty for numbers and indicators.", nullable=False),
        Column("information", "double", "Entry of the information of all rows, in log odds.", nullable=False),
        Column(
            "score_cross_product",
            "double",
            "Sum over officers of products of their scores, times G / (G - 1) x (n - 1) / (n - k); between two "
            "inverses of the information it gives std_error_cr1. Null for the covariance of the model.",
        ),
        Column("covariance", "double", "Entry of the covariance of the fit, in log odds.", nullable=False),
    ),
    may_be_empty=True,
    packed=True,
    key=(
        "agency",
        "model",
        "variant",
        "outcome",
        "term",
        "level",
        "other_outcome",
        "other_term",
        "other_level",
    ),
)
