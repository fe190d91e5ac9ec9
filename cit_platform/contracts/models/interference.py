"""Contract of models/interference."""

from cit_platform.contracts.models.columns import NUMBER_COLUMNS, interval_columns
from cit_platform.contracts.table import Column, Table

INTERFERENCE = Table(
    schema="models",
    name="interference",
    grain="one row per question about who else was there",
    meaning="How the arms differ in a CIT officer's presence, what that is for an odds ratio; colleagues' training.",
    columns=(
        Column("agency", "string", "Police department.", nullable=False),
        Column(
            "measure",
            "string",
            "presence (share), presence_contrast, scene (odds ratio), own (odds ratio of own certification), others "
            "(of colleagues' certification) or ratio (of two odds ratios of own certification).",
            nullable=False,
        ),
        Column(
            "group",
            "string",
            "certified or not_certified; as_recorded or always_present; squad or beat, with the share of others.",
            nullable=False,
        ),
        Column("window_start", "date", "First reported date analysed."),
        Column("window_end", "date", "Last reported date analysed."),
        *interval_columns("share", "Share with a CIT officer on scene, or a difference of such shares."),
        Column("odds_ratio", "double", "Odds ratio of force, or ratio of two."),
        Column("conf_low", "double", "Lower 95 % limit of the odds ratio."),
        Column("conf_high", "double", "Upper 95 % limit of the odds ratio."),
        Column("n_contacts", "int64", "Contacts that entered."),
        Column("n_officers", "int64", "Named reporting officers."),
        Column("n_events", "int64", "Contacts with force; of shares with a CIT officer on scene."),
        *NUMBER_COLUMNS,
    ),
    key=("agency", "measure", "group"),
)
