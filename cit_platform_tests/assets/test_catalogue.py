"""What the UI's catalogue shows of every asset, and that its column lineage is that of the statements."""

from pathlib import Path

import dagster as dg
import pytest

from cit_platform.assets.catalogue import lineage_metadata
from cit_platform.contracts import TABLES, clean
from cit_platform.definitions import defs
from cit_platform.engine.lineage import (
    FILE,
    PAGE,
    computed_by_sql,
    kept_lineage,
    lineage_of,
    lineage_page,
    statement_hash,
)

GRAPH = defs.resolve_asset_graph()
STAGES = {"raw", "clean", "features", "models", "quality", "published"}


@pytest.mark.parametrize("path", TABLES)
def test_every_table_names_its_code_its_entry_in_the_dictionary_and_its_stage(path: str) -> None:
    node = GRAPH.get(dg.AssetKey(path.split("/")))
    links = {name: str(node.metadata[name].value) for name in ("code", "data_dictionary")}
    assert links["code"].endswith((".sql", ".py"))
    page, anchor = links["data_dictionary"].split("#")
    headings = [line for line in Path(page).read_text(encoding="utf-8").splitlines() if line.startswith("## ")]
    assert anchor in [heading[3:].strip().replace("/", "") for heading in headings]
    assert node.tags["stage"] == path.split("/")[0]


def test_what_holds_people_is_marked_and_aggregates_are_not() -> None:
    marked = {path for path in TABLES if GRAPH.get(dg.AssetKey(path.split("/"))).tags.get("pii") == "true"}
    assert {"raw/records", "raw/revisions", "clean/records", "features/contacts"} <= marked
    assert not {path for path in marked if path.startswith("models/")}
    assert "quality/coverage" not in marked


def test_freshness_is_watched_where_data_enter_and_where_they_leave() -> None:
    watched = {key.path[0] for key in GRAPH.materializable_asset_keys if GRAPH.get(key).freshness_policy}
    assert watched == {"raw", "published"}
    assert {key.path[0] for key in GRAPH.materializable_asset_keys} == STAGES


def test_the_kept_lineage_is_of_the_statements_of_today() -> None:
    kept = kept_lineage()
    assert list(kept) == [table.path for table in computed_by_sql()], f"make docs writes {FILE.name}"
    stale = [
        path
        for path, lineage in kept.items()
        if lineage["statement"] != statement_hash(path) or tuple(lineage["columns"]) != TABLES[path].column_names
    ]
    assert not stale, f"make docs writes {FILE.name}"


def test_the_page_of_the_lineage_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == lineage_page(), "run make docs"


def test_lineage_is_read_out_of_the_sql_through_its_views() -> None:
    found = lineage_of(clean.EXCLUSIONS)
    assert found == kept_lineage()["clean/exclusions"]["columns"]
    assert found["record_id"] == ["raw.records.record_id"]
    assert "raw.records.use_of_force_indicator" in found["rule"]


def test_the_lineage_that_dagster_gets_names_assets_and_their_columns() -> None:
    metadata = lineage_metadata(clean.RECORDS)["dagster/column_lineage"]
    assert metadata.deps_by_column["officer_key"] == [
        dg.TableColumnDep(asset_key=dg.AssetKey(["raw", "records"]), column_name="officer_id")
    ]
    for table in TABLES.values():
        for deps in (
            lineage_metadata(table).get("dagster/column_lineage", dg.TableColumnLineage({})).deps_by_column.values()
        ):
            for dep in deps:
                assert dep.column_name in TABLES["/".join(dep.asset_key.path)].column_names
