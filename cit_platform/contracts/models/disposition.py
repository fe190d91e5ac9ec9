"""Contract of models/disposition."""

from cit_platform.contracts.models.columns import tidy_table

DISPOSITION = tidy_table("disposition", "What happens instead of nothing? Multinomial logit against no_action.")
