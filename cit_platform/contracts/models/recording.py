"""Contract of models/recording."""

from cit_platform.contracts.models.certification_change import CHANGE_COLUMNS, CHANGE_KEY
from cit_platform.contracts.table import Table

RECORDING = Table(
    schema="models",
    name="recording",
    grain="one row per outcome, variant and quantity",
    meaning="How many templates officers wrote per month, and how that changed when they became certified.",
    columns=CHANGE_COLUMNS,
    key=CHANGE_KEY,
)
