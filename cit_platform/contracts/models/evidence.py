"""Contract of models/evidence."""

from cit_platform.contracts.table import Column, Table

EVIDENCE = Table(
    schema="models",
    name="evidence",
    grain="one row per other study and outcome",
    meaning="What other studies of police training found, as far as it was read; not to be pooled with ours.",
    columns=(
        Column("agency", "string", "Police department whose codebook lists it.", nullable=False),
        Column("study", "string", "Its name here.", nullable=False),
        Column("outcome", "string", "What the result is about.", nullable=False),
        Column("citation", "string", "Where it was published.", nullable=False),
        Column("training", "string", "What was taught; empty where that was not read.", nullable=False),
        Column("place", "string", "Where; empty where that was not read.", nullable=False),
        Column("design", "string", "How it was found.", nullable=False),
        Column("size", "string", "Officers or encounters, in words; empty where that was not read.", nullable=False),
        Column(
            "measure",
            "string",
            "percent (a change or difference), odds_ratio or standardised_difference; empty without a number.",
            nullable=False,
        ),
        Column("estimate", "double", "In the unit of measure; null where no number was read."),
        Column("conf_low", "double", "Lower 95 % limit; null where none was read."),
        Column("conf_high", "double", "Upper 95 % limit; null where none was read."),
        Column("p_value", "double", "Its p-value; null where none was read."),
        Column("finding", "string", "What was found, in a sentence.", nullable=False),
        Column("read", "string", "Which part of it was read, and where.", nullable=False),
        Column("size_to_power", "boolean", "Whether our power is measured by its size.", nullable=False),
        Column("ratio", "double", "Such a size as a ratio; null for the others."),
        Column(
            "smallest_detectable_below",
            "double",
            "Odds ratio of force below 1 that our primary specification finds with about 80 % power, beside such a "
            "size; null where there is none.",
        ),
    ),
    key=("agency", "study", "outcome"),
)
