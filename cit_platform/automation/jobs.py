"""The jobs: everything, and each stage alone."""

from typing import Any

import dagster as dg

from cit_platform.automation.job_names import MAINTENANCE, REFRESH

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


@dg.op(out=dg.Out(dg.Nothing), description="Remove what is past CIT_RETENTION_…, and say how much room that gave.")
def remove_what_is_past_retention(context: dg.OpExecutionContext) -> None:
    from cit_platform.automation.maintenance import maintain
    from cit_platform.errors import UserError
    from cit_platform.resources.failures import user_errors_as_failures
    from cit_platform.settings import load_settings

    with user_errors_as_failures():
        done = maintain(load_settings(), context.instance, context.log.info)
        context.add_output_metadata(
            {
                **{f"{name}_bytes_before": n for name, n in done.before.items()},
                **{f"{name}_bytes_after": n for name, n in done.after.items()},
                **{f"{name.replace(' ', '_')}_removed": n for name, n in done.removed.items()},
            }
        )
        if done.left:
            raise UserError(" ".join(done.left))


@dg.job(
    name=MAINTENANCE,
    description="Old files of tables, editions, snapshots, runs with their logs, and ticks go once they are past "
    "CIT_RETENTION_…; what is in force, monthly or needed stays.",
)
def maintenance() -> None:
    remove_what_is_past_retention()


JOBS: list[Any] = [refresh, *stage_jobs, maintenance]
