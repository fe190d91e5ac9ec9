"""Contract of models/replication."""

from cit_platform.contracts.models.columns import tidy_table
from cit_platform.contracts.table import Column

REPLICATION = tidy_table(
    "replication",
    "The published windows refitted, beside the numbers that were published.",
    extra=(
        Column("published_odds_ratio", "double", "Odds ratio in the published analysis; null where it gives none."),
        Column("published_p_value", "double", "Its p-value; null where it gives none."),
        Column("same_reference", "boolean", "Whether both have the same reference; nothing is compared if not."),
        Column("same_sign", "boolean", "Whether both lie on the same side of 1; null if not comparable."),
        Column("published_inside", "boolean", "Whether the published value lies in our interval; null likewise."),
        Column("log_difference", "double", "Our log odds ratio less the published one."),
        Column("log_difference_conf_low", "double", "Lower 95 % limit of log_difference."),
        Column("log_difference_conf_high", "double", "Upper 95 % limit of log_difference."),
    ),
)
