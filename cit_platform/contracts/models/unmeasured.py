"""Contract of models/unmeasured."""

from cit_platform.contracts.models.columns import NUMBER_COLUMNS, interval_columns
from cit_platform.contracts.table import Column, Table

UNMEASURED = Table(
    schema="models",
    name="unmeasured",
    grain="one row per assumption about what the records do not hold",
    meaning="The primary odds ratio of force under stated biases: unrecorded traits, wrong exposure, missing records.",
    columns=(
        Column("agency", "string", "Police department.", nullable=False),
        Column("outcome", "string", "Outcome.", nullable=False),
        Column(
            "bias",
            "string",
            "none, confounder, needed, benchmark, misclassified, quarters, selection, unrecorded or e_value.",
            nullable=False,
        ),
        Column("setting", "string", "The assumption: numbers, or term and level of a benchmark.", nullable=False),
        Column("strength", "double", "Odds ratio of the outcome with the trait; of a selection bound both its ratios."),
        Column("share_certified", "double", "Share with the trait, or not recorded, among contacts of certified."),
        Column("share_not_certified", "double", "The same among those of officers without certification."),
        Column("share_needed", "double", "Share among certified that gives the whole association; null where none."),
        Column("share_needed_for_limit", "double", "Share that brings the nearer limit to 1; null where none."),
        Column("sensitivity", "double", "Share recorded as certified among the truly certified."),
        Column("specificity", "double", "Share recorded as not certified among the truly not certified."),
        Column("factor", "double", "By what the odds ratio is divided, or a bound is widened on either side."),
        Column("odds_ratio", "double", "Odds ratio of certification under the assumption; null for a bound."),
        Column("conf_low", "double", "Lower 95 % limit; of a bound that of its lower end."),
        Column("conf_high", "double", "Upper 95 % limit; of a bound that of its upper end."),
        Column("bound_low", "double", "Lower end of a bound."),
        Column("bound_high", "double", "Upper end of a bound."),
        *interval_columns("risk_ratio", "Adjusted risk ratio of models/absolute_risk, behind the E-value."),
        Column("e_value", "double", "Strength with both certification and outcome that gives the whole risk ratio."),
        Column("e_value_of_limit", "double", "The same for the limit nearer to 1; 1 where the interval holds 1."),
        Column("n_contacts", "int64", "Contacts that entered the fit."),
        Column("n_officers", "int64", "Named reporting officers that entered the fit."),
        Column("n_events", "int64", "Contacts with the outcome."),
        *NUMBER_COLUMNS,
    ),
    key=("agency", "outcome", "bias", "setting"),
)
