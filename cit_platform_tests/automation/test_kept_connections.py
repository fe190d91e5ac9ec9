"""The history that a run writes over kept connections: the same as Dagster's own, read by others while it grows."""

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import sqlalchemy
from dagster._core.instance.ref import InstanceRef

from cit_platform.automation.kept_connections import KeptEventLog, _kept, instance_of_a_run
from cit_platform_tests.conftest import REPOSITORY

CHECKS = ("first", "second")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(REPOSITORY / "dagster.yaml", tmp_path)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def connections() -> Iterator[Counter[str]]:
    """Connections that are opened, by file."""
    opened: Counter[str] = Counter()

    def count(connection: Any, _: object) -> None:
        [(_, _, file)] = connection.execute("pragma database_list").fetchall()
        opened[Path(file).name] += 1

    sqlalchemy.event.listen(sqlalchemy.Engine, "connect", count)
    yield opened
    sqlalchemy.event.remove(sqlalchemy.Engine, "connect", count)


def materialize(instance: dg.DagsterInstance) -> tuple[str, list[str | None]]:
    """Run an asset with two checks; the run's id, and what another instance had read of it from within."""
    read: list[str | None] = []

    @dg.asset(check_specs=[dg.AssetCheckSpec(name, asset="table") for name in CHECKS])
    def table(context: dg.AssetExecutionContext) -> Iterator[Any]:
        for name in CHECKS:
            yield dg.AssetCheckResult(passed=True, check_name=name)
        with dg.DagsterInstance.get() as another:
            read.extend(kinds(another, context.run.run_id))
        yield dg.MaterializeResult()

    return dg.materialize([table], instance=instance).run_id, read


def kinds(instance: dg.DagsterInstance, run_id: str) -> list[str | None]:
    logs = instance.all_logs(run_id)
    return [entry.dagster_event.event_type_value if entry.dagster_event else None for entry in logs]


def test_the_history_is_that_of_dagsters_own_class_and_can_be_read_while_it_grows() -> None:
    with dg.DagsterInstance.get() as own:
        by_own, read_of_own = materialize(own)
    with instance_of_a_run() as kept:
        assert type(kept.event_log_storage) is KeptEventLog
        by_kept, read_of_kept = materialize(kept)
    assert read_of_kept == read_of_own
    assert "ASSET_CHECK_EVALUATION" in read_of_kept
    with dg.DagsterInstance.get() as own:
        assert kinds(own, by_kept) == kinds(own, by_own)
        for name in CHECKS:
            key = dg.AssetCheckKey(dg.AssetKey("table"), name)
            last, before = own.event_log_storage.get_asset_check_execution_history(key, limit=2)
            assert (last.run_id, before.run_id) == (by_kept, by_own)
            assert last.status == before.status
        materialized = own.fetch_materializations(dg.AssetKey("table"), limit=2).records
        assert [record.run_id for record in materialized] == [by_kept, by_own]


def test_a_run_opens_a_few_connections_writes_each_event_at_once_and_leaves_none(
    connections: Counter[str], home: Path
) -> None:
    with instance_of_a_run() as kept:
        connections.clear()
        run_id = kept.create_run_for_job(dg.job(name="some")(lambda: None)).run_id
        for _ in range(20):
            kept.report_engine_event("something", run_id=run_id, job_name="some")
        [file] = home.rglob(f"{run_id}.db")
        before = file.read_bytes()
        kept.report_engine_event("something else", run_id=run_id, job_name="some")
        assert file.read_bytes() != before, "who watches the file sees each event"
        assert connections[f"{run_id}.db"] == 1
        assert connections["index.db"] <= 1
    assert list(home.rglob("*-wal")) == [], "the last connection that is closed takes the log of its file along"


def test_a_history_that_was_wiped_can_be_written_again() -> None:
    with instance_of_a_run() as kept:
        first, _ = materialize(kept)
        kept.event_log_storage.wipe()
        assert kinds(kept, first) == []
        second, _ = materialize(kept)
    with dg.DagsterInstance.get() as own:
        assert "RUN_SUCCESS" in kinds(own, second) or "PIPELINE_SUCCESS" in kinds(own, second)


def test_another_storage_than_sqlite_stays_as_it_is(home: Path) -> None:
    shutil.copy(REPOSITORY / "deploy" / "dagster.postgres.yaml", home / "dagster.yaml")
    ref = InstanceRef.from_dir(str(home))
    assert _kept(ref) is ref


def test_the_folder_that_an_operator_names_is_kept(home: Path, tmp_path: Path) -> None:
    named = tmp_path / "elsewhere"
    (home / "dagster.yaml").write_text(f"storage:\n  sqlite:\n    base_dir: {named}\n")
    with instance_of_a_run() as kept:
        assert type(kept.event_log_storage) is KeptEventLog
        run_id, _ = materialize(kept)
    assert (named / "history" / "runs" / f"{run_id}.db").is_file()
