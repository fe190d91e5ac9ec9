"""Contract of models/estimates."""

from cit_platform.contracts.models.columns import STANDING_COLUMN, tidy_table

ESTIMATES = tidy_table(
    "estimates", "Every coefficient of every fitted model, in one tidy table.", extra=(STANDING_COLUMN,)
)
