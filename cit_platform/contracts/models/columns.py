"""Columns that tables of models share: whose fit, how many rows, the tidy coefficient, why a number is missing."""

from cit_platform.contracts.table import Column, Table

FIT_COLUMNS: tuple[Column, ...] = (
    Column("agency", "string", "Police department.", nullable=False),
    Column("model", "string", "Question asked: force, disposition, replication.", nullable=False),
    Column("variant", "string", "How it was asked; role says what for.", nullable=False),
    Column("role", "string", "What it is for: published, ladder, headline or sensitivity.", nullable=False),
    Column("unit", "string", "record, contact or incident.", nullable=False),
    Column("window_start", "date", "First reported date analysed.", nullable=False),
    Column("window_end", "date", "Last reported date analysed.", nullable=False),
    Column("outcome", "string", "Outcome whose log odds the row is about.", nullable=False),
)

COUNT_COLUMNS: tuple[Column, ...] = (
    Column("n_rows", "int64", "Rows of the unit that entered the fit."),
    Column("n_contacts", "int64", "Contacts that entered the fit."),
    Column("n_officers", "int64", "Named reporting officers that entered the fit."),
    Column("n_events", "int64", "Rows with this outcome."),
)

REASON_COLUMNS: tuple[Column, ...] = (
    Column("reason", "string", "Codes of why the number is missing, separated by semicolons; empty where it is not."),
    Column("reason_facts", "string", "JSON list with the facts of each code of reason; empty where it is."),
)

# Of tables about the primary outcomes: whose row it is; and at the end of a row, whether there is a number.
PRIMARY_COLUMNS: tuple[Column, ...] = (
    Column("agency", "string", "Police department.", nullable=False),
    Column("outcome", "string", "force, arrest, emergent_detention or referral (any of the contact's).", False),
)
NUMBER_COLUMNS: tuple[Column, ...] = (
    Column("converged", "boolean", "False where there is no number.", nullable=False),
    Column("note", "string", "Why a number is missing; empty if nothing is to be said."),
    *REASON_COLUMNS,
)

TIDY_COLUMNS: tuple[Column, ...] = (
    *FIT_COLUMNS,
    Column("step", "int32", "Place on the ladder of models/ladder; null where it has none."),
    Column("reference_outcome", "string", "Outcome it is compared with.", nullable=False),
    Column("term", "string", "Predictor.", nullable=False),
    Column("level", "string", "Category of the predictor; empty for numbers and indicators.", nullable=False),
    Column("reference_level", "string", "Category it is compared with; empty for numbers."),
    Column("estimate", "double", "Log odds ratio (log odds for the intercept)."),
    Column("std_error", "double", "Standard error of the estimate."),
    Column("statistic", "double", "estimate / std_error."),
    Column("p_value", "double", "Two-sided p-value: normal, for CV3 by t on effective_clusters less one."),
    Column("odds_ratio", "double", "exp(estimate)."),
    Column("conf_low", "double", "Lower 95 % limit of the odds ratio, by the quantile of the p-value."),
    Column("conf_high", "double", "Upper 95 % limit of the odds ratio, by the quantile of the p-value."),
    Column(
        "smallest_detectable",
        "double",
        "Odds ratio of the exposure above 1 found with about 80 % power at 5 %, by the standard error it would have; "
        "null if none.",
    ),
    Column(
        "smallest_detectable_below",
        "double",
        "Odds ratio of the exposure below 1 found so; null if none would be, for want of events.",
    ),
    Column("design_effect", "double", "Variance of the estimate over that by the model on the same rows."),
    Column("covariance", "string", "model, officer, incident or officer+incident.", nullable=False),
    Column(
        "correction",
        "string",
        "Allowance for few clusters: CR1 (sandwich, normal), CV3 (jackknife, t); empty for model.",
        nullable=False,
    ),
    Column(
        "effective_clusters",
        "double",
        "Clusters that tell of the coefficient: Kish number of what each tells; null but for CV3.",
    ),
    Column(
        "std_error_cr1",
        "double",
        "Clustered standard error as other software has it (CR1); null for the covariance of the model.",
    ),
    Column("estimator", "string", "mle, firth or poisson_fe.", nullable=False),
    *COUNT_COLUMNS,
    Column("converged", "boolean", "False where the coefficient cannot be estimated.", nullable=False),
    Column("note", "string", "Why a number is missing or a reference was replaced; empty if nothing is to be said."),
    *REASON_COLUMNS,
)

STANDING_COLUMN = Column(
    "standing",
    "string",
    "What its specification is in the protocol: primary, secondary, fork, or not_in_protocol.",
    nullable=False,
)

TIDY_KEY = ("agency", "model", "variant", "unit", "window_start", "window_end", "outcome", "term", "level")


def tidy_table(name: str, meaning: str, extra: tuple[Column, ...] = ()) -> Table:
    """A table of coefficients; `extra` columns come after the shared ones."""
    return Table(
        schema="models",
        name=name,
        grain="one row per coefficient of every fitted variant",
        meaning=meaning,
        columns=(*TIDY_COLUMNS, *extra),
        key=TIDY_KEY,
    )


def interval_columns(name: str, meaning: str) -> tuple[Column, ...]:
    """A number and its 95 % limits."""
    return (
        Column(name, "double", meaning),
        Column(f"{name}_conf_low", "double", f"Lower 95 % limit of {name}."),
        Column(f"{name}_conf_high", "double", f"Upper 95 % limit of {name}."),
    )
