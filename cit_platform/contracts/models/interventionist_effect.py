"""Contract of models/interventionist_effect."""

from cit_platform.contracts.models.columns import REASON_COLUMNS
from cit_platform.contracts.table import Column, Table

INTERVENTIONIST_EFFECT = Table(
    schema="models",
    name="interventionist_effect",
    grain="one row per reading of the claim and disposition that is not no_action",
    meaning="Verdict on 'more of everything, and less of nothing': intersection-union in each of two readings.",
    columns=(
        Column("agency", "string", "Police department.", nullable=False),
        Column(
            "measure",
            "string",
            "Reading of the claim: odds_ratio (as it was made) or risk_difference (in contacts).",
            nullable=False,
        ),
        Column("outcome", "string", "arrest, emergent_detention or referral.", nullable=False),
        Column("estimate", "double", "Odds ratio against no action, or adjusted risk difference as a probability."),
        Column("conf_low", "double", "Lower 95 % limit of the estimate."),
        Column("conf_high", "double", "Upper 95 % limit of the estimate."),
        Column(
            "part",
            "string",
            "Where the interval lies: above or below no association, undecided, or cannot_be_estimated.",
            nullable=False,
        ),
        Column(
            "verdict",
            "string",
            "supported (all above), contradicted (one below), undecided or cannot_be_estimated; one for a reading.",
            nullable=False,
        ),
        Column(
            "power",
            "double",
            "Chance of supported if the published odds ratios were true; null for risk differences.",
        ),
        Column("n_contacts", "int64", "Contacts analysed."),
        Column("n_officers", "int64", "Reporting officers of these contacts."),
        Column("n_events", "int64", "Contacts with this disposition."),
        Column("note", "string", "Why a number is missing; empty if nothing is to be said."),
        *REASON_COLUMNS,
    ),
    key=("agency", "measure", "outcome"),
)
