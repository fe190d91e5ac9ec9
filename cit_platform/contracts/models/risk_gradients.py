"""Contract of models/risk_gradients."""

from cit_platform.contracts.table import Column, Table

RISK_GRADIENTS = Table(
    schema="models",
    name="risk_gradients",
    grain="one row per standardised risk and coefficient of its fit",
    meaning="By how much each coefficient moves each risk of models/absolute_risk.",
    columns=(
        Column("agency", "string", "Police department.", nullable=False),
        Column("model", "string", "Question asked: force or disposition.", nullable=False),
        Column("variant", "string", "How it was asked.", nullable=False),
        Column("outcome", "string", "Outcome of the risk.", nullable=False),
        Column("coefficient_outcome", "string", "Outcome of the coefficient.", nullable=False),
        Column("term", "string", "Its predictor.", nullable=False),
        Column("level", "string", "Its category; empty for numbers and indicators.", nullable=False),
        Column("gradient_certified", "double", "Derivative of the risk with every officer certified.", nullable=False),
        Column("gradient_not_certified", "double", "Derivative of the risk with no officer certified.", nullable=False),
        Column(
            "effective_clusters",
            "double",
            "Clusters that tell of the risk difference, the same for each coefficient; null where limits are normal.",
        ),
    ),
    may_be_empty=True,
    key=("agency", "model", "variant", "outcome", "coefficient_outcome", "term", "level"),
)
