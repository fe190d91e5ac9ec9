"""The jobs: everything, and each stage alone."""

import dagster as dg

REFRESH = "refresh"
MAINTENANCE = "maintenance"
STAGES = ("raw", "clean", "features", "models", "quality", "published")

refresh = dg.define_asset_job(
    REFRESH, selection=dg.AssetSelection.all(), description="Everything, from the source to a new edition."
)

stage_jobs = [
    dg.define_asset_job(
        stage,
        selection=dg.AssetSelection.groups(stage),
        description=f"All assets of the stage {stage}, from what is there.",
    )
    for stage in STAGES
]

JOBS = [refresh, *stage_jobs]
