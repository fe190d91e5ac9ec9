"""Contract of models/multiverse_summary."""

from cit_platform.contracts.models.columns import NUMBER_COLUMNS
from cit_platform.contracts.table import Column, Table

MULTIVERSE_SUMMARY = Table(
    schema="models",
    name="multiverse_summary",
    grain="one row per choice and way to make it, the choice as a whole, and all, among these",
    meaning="models/multiverse summed up: ends, median, and what each choice explains.",
    columns=(
        Column("agency", "string", "Police department.", nullable=False),
        Column("outcome", "string", "force.", nullable=False),
        Column("choice", "string", "all, or a choice of models/multiverse.", nullable=False),
        Column("way", "string", "How it is made; empty in rows of the choice as a whole.", nullable=False),
        Column("n_combinations", "int64", "Combinations.", nullable=False),
        Column("n_shown", "int64", "Of these, with a number that no gate refuses.", nullable=False),
        Column("refused_share", "double", "Share refused by a gate or without a number.", nullable=False),
        Column("lowest", "double", "Smallest standardised difference shown, as a probability."),
        Column("median", "double", "Median of those shown."),
        Column("highest", "double", "Largest of those shown."),
        Column("lowest_conf_low", "double", "Smallest lower 95 % limit of those shown."),
        Column("highest_conf_high", "double", "Largest upper 95 % limit of those shown."),
        Column(
            "explained", "double", "Share of the variance among those shown that lies between the ways of a choice."
        ),
        Column("n_contacts", "int64", "Contacts that each is averaged over, where they are fewest."),
        *NUMBER_COLUMNS,
    ),
    key=("agency", "outcome", "choice", "way"),
)
