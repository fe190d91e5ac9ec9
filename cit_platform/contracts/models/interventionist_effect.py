"""Contract of models/interventionist_effect."""

from cit_platform.contracts.models.columns import REASON_COLUMNS
from cit_platform.contracts.table import Column, Table

INTERVENTIONIST_EFFECT = Table(
    schema="models",
    name="interventionist_effect",
    grain="one row per measure and disposition that is not no_action",
    meaning="Verdicts on 'more of everything, and less of nothing': as claimed in odds ratios, and in contacts.",
    columns=(
        Column("agency", "string", "Police department.", nullable=False),
        Column("measure", "string", "odds_ratio (as claimed) or risk_difference (in contacts).", nullable=False),
        Column("outcome", "string", "arrest, emergent_detention or referral.", nullable=False),
        Column("estimate", "double", "Odds ratio against no action, or adjusted risk difference as a probability."),
        Column("conf_low", "double", "Lower 95 % limit of estimate."),
        Column("conf_high", "double", "Upper 95 % limit of estimate."),
        Column("part", "string", "above, below, undecided or cannot_be_estimated: where the interval lies."),
        Column(
            "verdict",
            "string",
            "supported, contradicted, undecided or cannot_be_estimated; one for all rows of a measure.",
            nullable=False,
        ),
        Column("power", "double", "Chance of finding the claim supported if the published odds ratios were true."),
        Column("n_contacts", "int64", "Contacts analysed."),
        Column("n_officers", "int64", "Reporting officers analysed."),
        Column("n_events", "int64", "Contacts with that disposition."),
        Column("note", "string", "Why a number is missing; empty if nothing is to be said."),
        *REASON_COLUMNS,
    ),
    key=("agency", "measure", "outcome"),
)
