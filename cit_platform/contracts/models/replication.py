"""Contract of models/replication."""

from cit_platform.contracts.models.columns import tidy_table
from cit_platform.contracts.table import Column

REPLICATION = tidy_table(
    "replication",
    "The published windows refitted, beside the numbers that were published.",
    extra=(
        Column("published_odds_ratio", "double", "Odds ratio in the published analysis; null where it gives none."),
        Column("published_p_value", "double", "Its p-value; null where it gives none."),
        Column("holds", "boolean", "Same sign, officer-clustered interval excludes 1; null if not comparable."),
    ),
)
