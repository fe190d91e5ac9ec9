"""The code location: complete, quick to load, and open to Dagster's own command line."""

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from cit_platform.assets.spd_crisis_data import spd_crisis_data
from cit_platform.contracts import TABLES
from cit_platform.definitions import defs
from cit_platform.transforms import VIEWS, read_sql
from cit_platform_tests.conftest import REPOSITORY

SOURCE = spd_crisis_data.key
ALL = [asset for asset in defs.assets or [] if isinstance(asset, dg.AssetsDefinition)]
LOADED = [asset for asset in ALL if asset.key != SOURCE]
each_asset = pytest.mark.parametrize("asset", LOADED, ids=lambda asset: asset.key.to_user_string())


def spec(asset: dg.AssetsDefinition) -> dg.AssetSpec:
    return next(iter(asset.specs))


@each_asset
def test_every_asset_says_what_it_is_for_and_what_not(asset: dg.AssetsDefinition) -> None:
    description = spec(asset).description or ""
    assert len(description.splitlines()[0]) > 40
    assert "For:" in description
    assert "Not for:" in description


@each_asset
def test_every_asset_has_group_owner_kinds_and_code_version(asset: dg.AssetsDefinition) -> None:
    found = spec(asset)
    assert found.group_name == found.key.path[0]
    assert found.owners == ["team:cit-platform"]
    assert found.kinds
    assert re.fullmatch(r"[0-9a-f]{12}", found.code_version or "")


def test_the_source_is_observed_under_its_group_owner_and_kind_and_no_job_computes_it() -> None:
    [found] = [spec(asset) for asset in ALL if asset.key == SOURCE]
    assert (found.group_name, found.owners, found.kinds) == ("source", ["team:cit-platform"], {"socrata"})
    graph = defs.resolve_asset_graph()
    assert SOURCE in graph.observable_asset_keys
    assert SOURCE not in defs.resolve_job_def("refresh").asset_layer.executable_asset_keys


@each_asset
def test_every_asset_function_declares_what_it_returns(asset: dg.AssetsDefinition) -> None:
    function = asset.op.compute_fn.decorated_fn  # type: ignore[union-attr]
    assert inspect.signature(function).return_annotation is not inspect.Signature.empty


@pytest.mark.parametrize("path", TABLES)
def test_every_table_is_an_asset_with_the_columns_of_its_contract(path: str) -> None:
    asset = next(asset for asset in LOADED if asset.key.to_user_string() == path)
    schema: Any = spec(asset).metadata["dagster/column_schema"]
    columns = {column.name: column.description for column in schema.columns}
    assert columns == {column.name: column.meaning for column in TABLES[path].columns}


def test_data_flow_one_way_through_the_stages() -> None:
    order = ["spd_crisis_data", "raw", "clean", "features", "models", "quality", "published"]

    def place(key: dg.AssetKey) -> int:
        # Whether certification is usable is judged before anything is fitted.
        return order.index("features" if key.path == ["quality", "exposure"] else key.path[0])

    for asset in LOADED:
        for parent in spec(asset).deps:
            assert place(parent.asset_key) <= place(asset.key), asset.key


def test_published_assets_read_models_and_quality_only() -> None:
    for asset in LOADED:
        if asset.key.path[0] == "published" and asset.key.path[1] not in {"page", "edition"}:
            assert {parent.asset_key.path[0] for parent in spec(asset).deps} <= {"models", "quality", "published"}


def tables_read(statement: str) -> set[str]:
    """The tables that a statement reads, itself or through views."""
    text = re.sub(r"--.*", "", statement)
    named = {f"{stage}/{name}" for stage, name in re.findall(r"\b(raw|clean|features|models|quality)\.(\w+)", text)}
    views = {view for listed in VIEWS.values() for view in listed} & named
    # Those of raw read two snapshots, not tables.
    through = ({"raw/records"} if view.startswith("raw/") else tables_read(read_sql(view)) for view in views)
    return (named - views).union(*through)


def test_every_transform_reads_exactly_what_its_asset_depends_on() -> None:
    for asset in LOADED:
        sql = REPOSITORY / "cit_platform" / "transforms" / f"{asset.key.to_user_string()}.sql"
        if not sql.exists():
            continue
        named = tables_read(sql.read_text())
        # The audit of clean/records counts the exclusions: clean + excluded = received.
        audited = {"clean/exclusions"} if asset.key.path == ["clean", "records"] else set()
        assert named | audited == {parent.asset_key.to_user_string() for parent in spec(asset).deps}, asset.key


def test_a_job_per_stage_and_one_for_everything() -> None:
    assert {job.name for job in defs.jobs or []} >= {
        "refresh",
        "raw",
        "clean",
        "features",
        "models",
        "quality",
        "published",
    }


def test_assets_run_in_one_process() -> None:
    assert defs.executor is dg.in_process_executor


def run(*command: str, home: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "CIT_HOME": str(home), "DAGSTER_HOME": str(home), "CIT_SOURCE": "demo"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, cwd=REPOSITORY, timeout=200)


def test_the_code_location_loads_in_a_fresh_interpreter_without_the_heavy_libraries(tmp_path: Path) -> None:
    heavy = ["great_expectations", "statsmodels", "plotly", "pandas", "scipy", "sqlglot", "deltalake"]
    code = f"import sys, cit_platform.definitions; print([name for name in {heavy} if name in sys.modules])"
    done = run(sys.executable, "-W", "error::DeprecationWarning:cit_platform", "-c", code, home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("arguments", [["check", "defs"], ["list", "defs", "--json"]])
def test_dagsters_own_command_line_works(arguments: list[str], tmp_path: Path) -> None:
    done = run(str(Path(sys.executable).with_name("dg")), *arguments, home=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    if "list" in arguments:
        assert '"raw/records"' in done.stdout
