"""Contract of models/replication."""

from cit_platform.contracts.models.columns import tidy_table
from cit_platform.contracts.table import Column

REPLICATION = tidy_table(
    "replication",
    "The published windows refitted, beside the numbers that were published.",
    extra=(
        Column("published_odds_ratio", "double", "Odds ratio in the published analysis; null where it gives none."),
        Column("published_p_value", "double", "Its p-value; null where it gives none."),
        Column(
            "same_reference",
            "boolean",
            "Whether ours is compared with the published reference; where not, nothing below is said. Null beside no "
            "published number, as are the columns below.",
        ),
        Column("same_sign", "boolean", "Whether ours lies on the same side of 1."),
        Column("published_inside", "boolean", "Whether the published odds ratio lies inside our 95 % interval."),
        Column("log_difference", "double", "Ours less the published, in log odds."),
        Column(
            "log_difference_conf_low",
            "double",
            "Lower 95 % limit, both taken as independent; of ours alone where the published p-value is not known.",
        ),
        Column("log_difference_conf_high", "double", "Upper 95 % limit of the same."),
    ),
)
