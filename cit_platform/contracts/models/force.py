"""Contract of models/force."""

from cit_platform.contracts.models.columns import tidy_table

FORCE = tidy_table("force", "Is force associated with certification? Binary logit, every coefficient.")
