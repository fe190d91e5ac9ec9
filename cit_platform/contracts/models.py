"""Tables of the stage models: one per study, and every coefficient in one tidy table."""

from cit_platform.contracts.table import Column, Table

FIT_COLUMNS: tuple[Column, ...] = (
    Column("agency", "string", "Police department.", nullable=False),
    Column("model", "string", "Question asked: force, disposition, replication.", nullable=False),
    Column(
        "variant", "string", "How it was asked, e.g. published, contact_level or officer_clustered.", nullable=False
    ),
    Column("role", "string", "What it is for: published, ladder, headline or sensitivity.", nullable=False),
    Column("unit", "string", "record, contact or incident.", nullable=False),
    Column("window_start", "date", "First reported date analysed.", nullable=False),
    Column("window_end", "date", "Last reported date analysed.", nullable=False),
    Column("outcome", "string", "Outcome whose log odds the row is about.", nullable=False),
)

COUNT_COLUMNS: tuple[Column, ...] = (
    Column("n_rows", "int64", "Rows of the unit that entered the fit."),
    Column("n_contacts", "int64", "Contacts that entered the fit."),
    Column("n_officers", "int64", "Reporting officers that entered the fit; a null officer counts as one each."),
    Column("n_events", "int64", "Rows with this outcome."),
)

REASON_COLUMNS: tuple[Column, ...] = (
    Column("reason", "string", "Codes of why the number is missing, separated by semicolons; empty where it is not."),
    Column("reason_facts", "string", "JSON list with the facts of each code of reason; empty where it is."),
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
    Column("p_value", "double", "Two-sided normal p-value."),
    Column("odds_ratio", "double", "exp(estimate)."),
    Column("conf_low", "double", "Lower 95 % limit of the odds ratio."),
    Column("conf_high", "double", "Upper 95 % limit of the odds ratio."),
    Column(
        "smallest_detectable",
        "double",
        "Odds ratio above 1 found with 80 % power at 5 %: exp(2.8 std_error); its inverse below 1.",
    ),
    Column("design_effect", "double", "Variance of the estimate over that by the model on the same rows."),
    Column("covariance", "string", "model, officer, incident or officer+incident.", nullable=False),
    Column("estimator", "string", "mle, firth or poisson_fe.", nullable=False),
    *COUNT_COLUMNS,
    Column("converged", "boolean", "False where the coefficient cannot be estimated.", nullable=False),
    Column("note", "string", "Why a number is missing or a reference was replaced; empty if nothing is to be said."),
    *REASON_COLUMNS,
)

TIDY_KEY = ("agency", "model", "variant", "unit", "window_start", "window_end", "outcome", "term", "level")


def _tidy_table(name: str, meaning: str, extra: tuple[Column, ...] = ()) -> Table:
    return Table(
        schema="models",
        name=name,
        grain="one row per coefficient of every fitted variant",
        meaning=meaning,
        columns=(*TIDY_COLUMNS, *extra),
        key=TIDY_KEY,
    )


def _interval(name: str, meaning: str) -> tuple[Column, ...]:
    return (
        Column(name, "double", meaning),
        Column(f"{name}_conf_low", "double", f"Lower 95 % limit of {name}."),
        Column(f"{name}_conf_high", "double", f"Upper 95 % limit of {name}."),
    )


FORCE = _tidy_table("force", "Is force associated with certification? Binary logit, every coefficient.")

DISPOSITION = _tidy_table("disposition", "What happens instead of nothing? Multinomial logit against no_action.")

REPLICATION = _tidy_table(
    "replication",
    "The published windows refitted, beside the numbers that were published.",
    extra=(
        Column("published_odds_ratio", "double", "Odds ratio in the published analysis; null where it gives none."),
        Column("published_p_value", "double", "Its p-value; null where it gives none."),
        Column("holds", "boolean", "Same sign, officer-clustered interval excludes 1; null if not comparable."),
    ),
)

ESTIMATES = _tidy_table("estimates", "Every coefficient of every fitted model, in one tidy table.")

ABSOLUTE_RISK = Table(
    schema="models",
    name="absolute_risk",
    grain="one row per model and outcome",
    meaning="Adjusted risks with everyone and with no one certified, standardised over the contacts analysed.",
    columns=(
        *FIT_COLUMNS,
        *_interval("risk_certified", "Average predicted probability with every officer certified."),
        *_interval("risk_not_certified", "Average predicted probability with no officer certified."),
        *_interval("risk_difference", "risk_certified - risk_not_certified, as a probability."),
        *_interval("risk_ratio", "risk_certified / risk_not_certified."),
        Column(
            "smallest_detectable_difference",
            "double",
            "Risk difference found with 80 % power at 5 %: 2.8 standard errors of risk_difference.",
        ),
        Column("covariance", "string", "Covariance of the fit behind it.", nullable=False),
        *COUNT_COLUMNS,
        Column("converged", "boolean", "False where the risk cannot be estimated.", nullable=False),
        Column("note", "string", "Why a number is missing; empty if nothing is to be said."),
        *REASON_COLUMNS,
    ),
    key=("agency", "model", "variant", "unit", "window_start", "window_end", "outcome"),
)

LADDER = Table(
    schema="models",
    name="ladder",
    grain="one row per step and covariance",
    meaning="The association of certification with force asked ever more strictly, from the published way on.",
    columns=(
        *FIT_COLUMNS[:1],
        Column("step", "int32", "Order: 0 as published, 4 standardised risk ratio.", nullable=False),
        *FIT_COLUMNS[1:],
        Column("measure", "string", "odds_ratio or risk_ratio.", nullable=False),
        Column("ratio", "double", "Odds ratio or risk ratio of force, certified against not certified."),
        Column("conf_low", "double", "Lower 95 % limit of ratio."),
        Column("conf_high", "double", "Upper 95 % limit of ratio."),
        Column("std_error", "double", "Standard error of log(ratio)."),
        Column("p_value", "double", "Two-sided normal p-value of log(ratio) = 0."),
        *_interval("risk_difference", "Adjusted risk difference, as a probability; step 4 only."),
        Column("smallest_detectable", "double", "Ratio above 1 found with 80 % power at 5 %: exp(2.8 std_error)."),
        Column(
            "design_effect",
            "double",
            "Variance of the log odds ratio clustered (by officer, or both ways) over that by the model, same rows.",
        ),
        Column("published_p_value", "double", "p-value in the published analysis; step 0 only."),
        Column(
            "published_p_value_corrected",
            "double",
            "What the published p-value would be with its variance multiplied by design_effect; step 0 only.",
        ),
        Column("covariance", "string", "What the interval allows for.", nullable=False),
        *COUNT_COLUMNS,
        Column("converged", "boolean", "False where the step cannot be estimated.", nullable=False),
        Column("note", "string", "Why a number is missing; empty if nothing is to be said."),
        *REASON_COLUMNS,
    ),
    key=("agency", "step", "variant"),
)

INTERVENTIONIST_EFFECT = Table(
    schema="models",
    name="interventionist_effect",
    grain="one row per disposition that is not no_action",
    meaning="Verdict on 'more of everything, and less of nothing': intersection-union over three risk differences.",
    columns=(
        Column("agency", "string", "Police department.", nullable=False),
        Column("outcome", "string", "arrest, emergent_detention or referral.", nullable=False),
        *_interval("risk_difference", "Adjusted risk difference, as a probability."),
        Column("above_zero", "boolean", "Whether the lower 95 % limit lies above 0; null if not estimated."),
        Column(
            "verdict",
            "string",
            "supported, not_supported or cannot_be_estimated; one for all rows.",
            nullable=False,
        ),
        Column("n_contacts", "int64", "Contacts analysed."),
        Column("note", "string", "Why a number is missing; empty if nothing is to be said."),
        *REASON_COLUMNS,
    ),
    key=("agency", "outcome"),
)

DISPOSITION_SHARES = Table(
    schema="models",
    name="disposition_shares",
    grain="one row per certification and disposition group",
    meaning="Share of contacts by disposition and certification, unadjusted, with officer-clustered intervals.",
    columns=(
        Column("agency", "string", "Police department.", nullable=False),
        Column("cit_certified", "int32", "1 if the reporting officer was certified, else 0.", nullable=False),
        Column("disposition_group", "string", "Disposition of the contact.", nullable=False),
        *_interval("share", "Share of the contacts of that certification."),
        Column("n_contacts", "int64", "Contacts of that certification.", nullable=False),
        Column("n_officers", "int64", "Reporting officers of those contacts.", nullable=False),
        Column("n_events", "int64", "Contacts with that disposition.", nullable=False),
    ),
    key=("agency", "cit_certified", "disposition_group"),
)

TERM_TESTS = Table(
    schema="models",
    name="term_tests",
    grain="one row per predictor of a model",
    meaning="Strength of each predictor: likelihood-ratio chi-square, whole and per degree of freedom.",
    columns=(
        Column("agency", "string", "Police department.", nullable=False),
        Column("model", "string", "Question asked.", nullable=False),
        Column("variant", "string", "How it was asked.", nullable=False),
        Column("role", "string", "What it is for: published, ladder, headline or sensitivity.", nullable=False),
        Column("term", "string", "Predictor left out.", nullable=False),
        Column("lr_chi2", "double", "Likelihood-ratio chi-square of leaving it out."),
        Column("df", "int32", "Degrees of freedom: coefficients left out."),
        Column("lr_chi2_per_df", "double", "lr_chi2 / df: the strength that the page names."),
        Column("p_value", "double", "Chi-square p-value, as if rows were independent."),
        Column("n_contacts", "int64", "Contacts analysed."),
        Column("note", "string", "Why a number is missing; empty if nothing is to be said."),
        *REASON_COLUMNS,
    ),
    key=("agency", "model", "variant", "term"),
)

TABLES = (
    FORCE,
    DISPOSITION,
    REPLICATION,
    ESTIMATES,
    ABSOLUTE_RISK,
    LADDER,
    INTERVENTIONIST_EFFECT,
    DISPOSITION_SHARES,
    TERM_TESTS,
)
