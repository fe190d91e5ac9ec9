"""Contract of models/certification_change, and the columns that other tables of a change share with it."""

from cit_platform.contracts.models.columns import REASON_COLUMNS
from cit_platform.contracts.table import Column, Table

CHANGE_COLUMNS: tuple[Column, ...] = (
    Column("agency", "string", "Police department.", nullable=False),
    Column("outcome", "string", "What is counted, and per what.", nullable=False),
    Column("variant", "string", "How it was asked; role says what for.", nullable=False),
    Column("role", "string", "What it is for: headline or sensitivity.", nullable=False),
    Column(
        "quantity",
        "string",
        "average: of all months after; since_0_1, since_1_3, since_3: of the months in these years after; fading: "
        "since_3 over since_0_1; lead_1, lead_2: of the first and second year before, over earlier ones; trend: of a "
        "year of the two before; average_trend_low, average_trend_high: average if the lowest or highest trend that "
        "agrees with the data went on.",
        nullable=False,
    ),
    Column("window_start", "date", "First reported date analysed."),
    Column("window_end", "date", "Last reported date analysed."),
    Column("estimate", "double", "Natural logarithm of ratio."),
    Column("std_error", "double", "Standard error of the estimate, robust to dependence within officers."),
    Column("ratio", "double", "Of rates: observed over expected by officers still to be certified; 1 is no change."),
    Column("conf_low", "double", "Lower 95 % limit of ratio."),
    Column("conf_high", "double", "Upper 95 % limit of ratio."),
    Column("smallest_detectable", "double", "Ratio above 1 found with about 80 % power at 5 %."),
    Column("smallest_detectable_below", "double", "Ratio below 1 found so."),
    Column("power", "double", "Of fading: chance that its interval excludes 1 if all of 28 % less fades."),
    Column("effective_clusters", "double", "Officers that tell of the ratio: Kish number of what each tells."),
    Column("covariance", "string", "officer.", nullable=False),
    Column("correction", "string", "CV3 (one-step jackknife, t) or CR1 (sandwich, normal).", nullable=False),
    Column("estimator", "string", "poisson_cohort_year, or poisson_fe: two-way fixed effects.", nullable=False),
    Column("n_rows", "int64", "Officer-months analysed, rounded."),
    Column("n_contacts", "int64", "Contacts of these officer-months."),
    Column("n_officers", "int64", "Officers analysed before and after they became certified."),
    Column("n_events", "int64", "What was counted, in all officer-months."),
    Column("observed", "double", "What was counted after officers became certified."),
    Column("expected", "double", "What those still to be certified lead one to expect in the same officer-months."),
    Column("converged", "boolean", "False where the ratio cannot be estimated.", nullable=False),
    Column("note", "string", "Why a number is missing, and cohorts that were left out by name."),
    *REASON_COLUMNS,
)
CHANGE_KEY = ("agency", "outcome", "variant", "quantity")

CERTIFICATION_CHANGE = Table(
    schema="models",
    name="certification_change",
    grain="one row per outcome, variant and quantity",
    meaning="How force changed when officers became certified, per officer-month and per contact.",
    columns=CHANGE_COLUMNS,
    key=CHANGE_KEY,
)
