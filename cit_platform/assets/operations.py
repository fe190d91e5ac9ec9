"""The tables about the platform's own work in the UI: no job computes them, and nothing depends on them."""

from typing import Any

import dagster as dg

from cit_platform.assets.catalogue import source_links, table_tags
from cit_platform.assets.spd_crisis_data import DATA_VERSION_TAG
from cit_platform.assets.table_asset import asset_key, column_schema, frame_preview
from cit_platform.contracts import OPERATIONS, Table
from cit_platform.contracts.operations import HISTORY, LOOKS, STATUS
from cit_platform.contracts.table import OWNER
from cit_platform.storage.lake import Lake, TableVersion

DESCRIPTIONS = {
    STATUS.path: """Whether each asset is current and if not why, with its rows, checks, last good run and owner.

For: seeing in the morning what is of which date, and what stopped the rest.
Not for: what was before: it holds one state; quality/history keeps the runs.""",
    HISTORY.path: """What every run gave, also a blocked one: how it ended, rows, checks, headline numbers, findings.

For: following a number or a check over the nights, longer than Dagster keeps its runs.
Not for: deciding whether anything is current; that is quality/status.""",
    LOOKS.path: """Every fit to data that are no demonstration, with snapshot, protocol and what became of it.

For: counting how often results were seen, also those of blocked and held editions.
Not for: the results: they stand in the tables of models and in the editions.""",
}
SHOWN_COLUMNS = {
    STATUS.path: ["asset", "is_current", "reason", "data_date", "n_rows", "checks_warned", "checks_failed"],
    HISTORY.path: ["finished_at", "run_id", "job", "edition", "name"],
    LOOKS.path: ["looked_at", "asset", "specification", "snapshot", "protocol", "state"],
}
SHOWN_RUNS = 20


def _spec(table: Table) -> dg.AssetSpec:
    return dg.AssetSpec(
        key=asset_key(table.path),
        group_name=table.schema,
        owners=[OWNER],
        kinds={"delta"},
        tags=table_tags(table),
        description=f"{DESCRIPTIONS[table.path]}\n\n**Grain**: {table.grain}.",
        metadata={
            "dagster/column_schema": column_schema(table),
            "dagster/table_name": table.relation,
            "data_dictionary": source_links(table)["data_dictionary"],
        },
    )


def show_table(instance: dg.DagsterInstance, lake: Lake, table: Table) -> None:
    """Let the UI show the current version of such a table; nothing is noted where it shows that content already."""
    version, key = lake.version(table.path), asset_key(table.path)
    shown = instance.fetch_materializations(key, limit=1).records
    last = shown[0].asset_materialization if shown else None
    if last and last.tags and last.tags.get(DATA_VERSION_TAG) == version.provenance.content:
        return
    metadata = {
        "dagster/row_count": version.n_rows,
        "dagster/uri": lake.folder(table.path).as_uri(),
        **_content_metadata(version),
    }
    event = dg.AssetMaterialization(key, metadata=metadata, tags={DATA_VERSION_TAG: version.provenance.content})
    instance.report_runless_asset_event(event)


def _content_metadata(version: TableVersion) -> dict[str, Any]:
    """The preview, and of the status what the UI plots."""
    frame = version.frame()
    if version.path == HISTORY.path:
        frame = frame[frame["kind"] == "run"].tail(SHOWN_RUNS)[::-1]
        numbers = {}
    elif version.path == LOOKS.path:
        numbers = {"looks": len(frame)}
        frame = frame.tail(SHOWN_RUNS)[::-1]
    else:
        numbers = {
            "not_current": int((~frame["is_current"]).sum()),
            "checks_warned": int(frame["checks_warned"].sum()),
            "checks_failed": int(frame["checks_failed"].sum()),
        }
    shown = frame[SHOWN_COLUMNS[version.path]]
    return {**numbers, "preview": dg.MetadataValue.md(frame_preview(shown, rows=len(shown)))}


ASSETS = [_spec(table) for table in OPERATIONS.values()]
