"""Contract of models/call_detail."""

from cit_platform.contracts.models.columns import NUMBER_COLUMNS, PRIMARY_COLUMNS, interval_columns
from cit_platform.contracts.table import Column, Table

CALL_DETAIL = Table(
    schema="models",
    name="call_detail",
    grain="one row per outcome and class of calls, group of calls, pair of groups, and for all classes together",
    meaning="Certification by what the call was about: classes drawn together in part, and three groups named before.",
    columns=(
        *PRIMARY_COLUMNS,
        Column(
            "part",
            "string",
            "class (of calls), all_classes, group (violent, suicide, other) or difference (of two groups).",
            nullable=False,
        ),
        Column("level", "string", "Class or group; of a difference both; empty for all_classes.", nullable=False),
        Column("window_start", "date", "First reported date analysed.", nullable=False),
        Column("window_end", "date", "Last reported date analysed.", nullable=False),
        Column("odds_ratio", "double", "Of certification in the class; of all_classes the mean class."),
        Column("conf_low", "double", "Lower 95 % limit of odds_ratio."),
        Column("conf_high", "double", "Upper 95 % limit of odds_ratio."),
        *interval_columns("shrunken_odds_ratio", "The class's odds ratio drawn towards the mean class."),
        *interval_columns("spread", "Standard deviation of the classes beyond chance, in log odds (all_classes)."),
        Column("heterogeneity", "double", "Q: weighted squared deviations of the classes from their mean."),
        Column("degrees", "int32", "Degrees of freedom of heterogeneity: classes less one."),
        Column("i_squared", "double", "Share of heterogeneity beyond chance, 0 to 1."),
        Column("predicted_low", "double", "Lower 95 % limit of the odds ratio of another class of calls."),
        Column("predicted_high", "double", "Upper 95 % limit of the odds ratio of another class of calls."),
        *interval_columns("risk_difference", "Of a group; of a difference the first group's less the second's."),
        Column("smallest_detectable_difference", "double", "Risk difference found with 80 % power at 5 %."),
        Column("n_contacts", "int64", "Contacts of the class or group; of a difference those of both."),
        Column("n_officers", "int64", "Named reporting officers; of a difference of all groups together."),
        Column("n_events", "int64", "Contacts with the outcome."),
        *NUMBER_COLUMNS,
    ),
    key=("agency", "outcome", "part", "level"),
)
