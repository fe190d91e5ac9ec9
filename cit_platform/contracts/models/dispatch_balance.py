"""Contract of models/dispatch_balance."""

from cit_platform.contracts.models.columns import REASON_COLUMNS, interval_columns
from cit_platform.contracts.table import Column, Table

DISPATCH_BALANCE = Table(
    schema="models",
    name="dispatch_balance",
    grain="one row per question, population and level",
    meaning="Do certified officers write up other calls than others do? Several questions, kept apart.",
    columns=(
        Column("agency", "string", "Police department.", nullable=False),
        Column(
            "question",
            "string",
            "published (certified share by call, as the published comparison has it), sent, wrote, officers (the three "
            "that it mixes), shuffled (who on duty wrote which contact), balance and overlap (contacts that either "
            "kind of officer could have written).",
            nullable=False,
        ),
        Column(
            "population",
            "string",
            "all; no_strata (times and places mixed); without_crisis_response_squad; crisis_response_squad.",
            nullable=False,
        ),
        Column("term", "string", "What the level is of: call_risk, call_class, or a covariate; empty.", nullable=False),
        Column("level", "string", "Its level; empty for all together.", nullable=False),
        Column("window_start", "date", "First reported date analysed.", nullable=False),
        Column("window_end", "date", "Last reported date analysed.", nullable=False),
        *interval_columns("share", "Observed share of the contacts of the level; overlap: risk of other officers."),
        *interval_columns("expected", "Share when it is shuffled, within precinct, watch and month, who wrote which."),
        Column("p_value", "double", "Two-sided, of the shuffles; without a level that of all levels at once."),
        *interval_columns(
            "standardised_difference",
            "Mean of certified less that of others, over the spread; of officers, or contacts.",
        ),
        Column("weighted_difference", "double", "The same under overlap weights."),
        *interval_columns(
            "risk_difference",
            "sent, wrote: difference of prognostic scores, the risk of force had officers without certification "
            "handled the calls; overlap: certified less other, doubly robust. A probability.",
        ),
        Column(
            "smallest_detectable_difference",
            "double",
            "risk_difference found with 80 % power at 5 %: 2.8 standard errors of it, more by t.",
        ),
        Column("margin", "double", "Size under which calls count as alike: a probability."),
        Column("verdict", "string", "inside, beyond, undecided; empty without a margin."),
        Column("n_contacts", "int64", "Contacts; for sent incidents, for officers officers."),
        Column("n_officers", "int64", "Named reporting officers."),
        Column("n_events", "int64", "Contacts of the share; contacts with force where a difference in it is asked."),
        Column("n_left_out", "int64", "Contacts in groups that only one kind of officer has; for overlap."),
        Column("n_effective", "double", "Kish number of the contacts under overlap weights; for overlap."),
        Column("note", "string", "Why a number is missing; empty if nothing is to be said."),
        *REASON_COLUMNS,
    ),
    key=("agency", "question", "population", "term", "level"),
)
