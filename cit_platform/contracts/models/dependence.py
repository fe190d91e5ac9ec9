"""Contract of models/dependence."""

from cit_platform.contracts.models.columns import COUNT_COLUMNS, PRIMARY_COLUMNS, REASON_COLUMNS
from cit_platform.contracts.table import Column, Table

DEPENDENCE = Table(
    schema="models",
    name="dependence",
    grain="one row per outcome and clustering",
    meaning="Certification in the primary specification, its interval by what contacts may share.",
    columns=(
        *PRIMARY_COLUMNS,
        Column(
            "clustering",
            "string",
            "What contacts may share: officer, squad, incident, or officer+incident (either).",
            nullable=False,
        ),
        Column("window_start", "date", "First reported date analysed.", nullable=False),
        Column("window_end", "date", "Last reported date analysed.", nullable=False),
        Column("estimate", "double", "Log odds ratio of certification; the same for each clustering."),
        Column("std_error", "double", "Standard error by the correction of the row."),
        Column("odds_ratio", "double", "exp(estimate)."),
        Column("conf_low", "double", "Lower 95 % limit of the odds ratio."),
        Column("conf_high", "double", "Upper 95 % limit of the odds ratio."),
        Column(
            "correction",
            "string",
            "CV3 (jackknife, t) for officers and squads; CR1 (sandwich, normal) where clusters are too many for it.",
            nullable=False,
        ),
        Column("std_error_cr1", "double", "Standard error by CR1, which every clustering has."),
        Column("n_clusters", "int64", "Clusters; of two ways the smaller number."),
        Column("effective_clusters", "double", "Clusters that tell of the estimate; of two ways the smaller number."),
        Column("design_effect", "double", "Variance by CR1 over that of the model."),
        Column("interval_ratio", "double", "Width of the log interval over that by officer with the same correction."),
        *COUNT_COLUMNS,
        Column("converged", "boolean", "False where there is no interval.", nullable=False),
        Column("note", "string", "Why a number is missing, or how a covariance was mended; else empty."),
        *REASON_COLUMNS,
    ),
    key=("agency", "outcome", "clustering"),
)
