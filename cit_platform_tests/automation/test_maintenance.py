"""Maintenance on a real home and a real instance with aged runs: what is past retention goes, what is needed stays."""

import json
import os
import shutil
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.data_version import CachingStaleStatusResolver
from dagster._core.loader import LoadingContextForTest
from typer.testing import CliRunner

from cit_platform.automation.decision import decide
from cit_platform.automation.maintenance import Maintained, maintain
from cit_platform.cli import app
from cit_platform.definitions import defs
from cit_platform.publishing.edition.retention import editions_past_retention
from cit_platform.settings import load_settings
from cit_platform_tests.conftest import Cit

HISTORY = "quality/history"


@pytest.fixture
def city(small_city: Cit, monkeypatch: pytest.MonkeyPatch) -> Cit:
    """A refreshed small city that this process's environment names, with its instance."""
    for name, value in small_city.environment(DAGSTER_HOME=str(small_city.home / "dagster")).items():
        if name.startswith(("CIT_", "DAGSTER_")):
            monkeypatch.setenv(name, value)
    return small_city


def age_runs(home: Path, days: int) -> None:
    """Let every run of the instance have ended so many days before."""
    then = datetime.now(UTC) - timedelta(days=days)
    with sqlite3.connect(home / "dagster" / "history" / "runs.db") as runs:
        runs.execute(
            "update runs set update_timestamp = ?, end_time = ?", (f"{then:%Y-%m-%d %H:%M:%S}", then.timestamp())
        )


def failed_run(instance: dg.DagsterInstance, job: str = "refresh") -> str:
    run = instance.create_run_for_job(dg.job(name=job)(lambda: None))
    instance.report_run_failed(run)
    logs = Path(instance.root_directory) / "storage" / run.run_id / "compute_logs"
    logs.mkdir(parents=True)
    (logs / "one.err").write_text("words")
    return run.run_id


def maintained() -> Maintained:
    with dg.DagsterInstance.get() as instance:
        return maintain(load_settings(), instance, print)


def not_fresh() -> list[str]:
    graph = defs.resolve_asset_graph()
    with dg.DagsterInstance.get() as instance:
        resolver = CachingStaleStatusResolver(instance, graph, LoadingContextForTest(instance))
        keys = graph.materializable_asset_keys | graph.observable_asset_keys
        return [key.to_user_string() for key in keys if resolver.get_status(key).name != "FRESH"]


@pytest.mark.pipeline
def test_old_runs_go_with_events_and_logs_once_their_numbers_are_kept_and_the_latest_of_each_asset_stays(
    city: Cit,
) -> None:
    with dg.DagsterInstance.get() as instance:
        good, *earlier = [run.run_id for run in instance.get_runs()]
        old = [failed_run(instance), failed_run(instance, "maintenance")]
    age_runs(city.home, 91)
    with dg.DagsterInstance.get() as instance:
        young = failed_run(instance)
    done = maintained()
    assert (done.removed["runs"], done.left) == (2 + len(earlier), ())
    left = [path.name for path in (city.home / "dagster").rglob("*") if old[0] in path.name]
    assert left == []
    with dg.DagsterInstance.get() as instance:
        assert {run.run_id for run in instance.get_runs()} == {good, young}
        assert not instance.get_records_for_run(old[0]).records
    assert done.after["dagster"] < done.before["dagster"]
    runs = city.lake.frame(HISTORY).query("kind == 'run'").set_index("run_id")["name"]
    assert dict(runs[[good, old[0], young]]) == {good: "success", old[0]: "failure", young: "failure"}
    # Neither the UI nor the platform misses anything.
    assert not_fresh() == []
    assert not decide(load_settings()).run


@pytest.mark.pipeline
def test_no_run_goes_while_the_history_cannot_keep_its_numbers(city: Cit) -> None:
    with dg.DagsterInstance.get() as instance:
        old = failed_run(instance)
    age_runs(city.home, 400)
    Path(city.lake.version(HISTORY).files[0]).unlink()
    done = maintained()
    assert "runs" not in done.removed
    assert "quality/history is damaged" in done.left[0]
    with dg.DagsterInstance.get() as instance:
        assert instance.has_run(old)


def another_edition(city: Cit, name: str, days: int, monthly: bool = False, snapshot: str = "f" * 64) -> Path:
    """A copy of the edition in force, of another day and snapshot."""
    folder = city.latest.resolve().with_name(name)
    shutil.copytree(city.latest, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    built_at = (datetime.now(UTC) - timedelta(days=days)).isoformat()
    manifest |= {"edition": name, "monthly": monthly, "snapshot": snapshot, "volatile": {"built_at": built_at}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.mark.pipeline
def test_editions_and_snapshots_past_retention_go_and_what_is_referenced_stays(
    city: Cit, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = city.lake.version("raw/records").provenance.snapshot
    old = another_edition(city, "2020-01-02T0400-ffffffff", 401)
    kept = [
        another_edition(city, "2020-01-01T0400-ffffffff", 402, monthly=True),
        another_edition(city, "2020-02-02T0400-eeeeeeee", 390, snapshot="e" * 64),
        another_edition(city, "2020-01-03T0400-aaaaaaaa", 401, snapshot=held),
        city.latest.resolve(),
    ]
    snapshot = city.home / "archive" / held
    assert snapshot.is_dir()
    done = maintained()
    assert done.removed["editions"] == 1
    assert not old.exists()
    assert all(folder.is_dir() for folder in kept)
    assert snapshot.is_dir()
    assert done.after["editions"] < done.before["editions"]
    # The one in force stays however old it is.
    monkeypatch.setenv("CIT_RETENTION_EDITION_DAYS", "1")
    future = (datetime.now(UTC) + timedelta(days=9)).date()
    assert city.latest.resolve().name not in editions_past_retention(city.home, future, future, held=())


@pytest.mark.pipeline
def test_no_edition_goes_while_the_manifest_of_one_cannot_be_read(city: Cit) -> None:
    old = another_edition(city, "2020-01-02T0400-ffffffff", 401)
    (another_edition(city, "2020-01-05T0400-dddddddd", 401) / "manifest.json").write_text("{}")
    assert maintained().removed["editions"] == 0
    assert old.is_dir()


@pytest.mark.pipeline
def test_orphans_of_killed_writes_go_and_the_tables_stay(city: Cit) -> None:
    before = city.state()
    orphan = city.lake.folder("models/force") / "part-orphan.parquet"
    orphan.write_bytes(bytes(1000))
    os.utime(orphan, (time.time() - 2 * 86400,) * 2)
    done = CliRunner().invoke(app, ["maintain"])
    assert done.exit_code == 0, done.output
    assert "Bytes before" in done.output
    assert "1 files of tables" in done.output
    assert not orphan.exists()
    assert city.state() == before


@pytest.mark.pipeline
def test_the_job_of_the_ui_does_it_and_says_the_sizes(city: Cit) -> None:
    with dg.DagsterInstance.get() as instance:
        done = defs.resolve_job_def("maintenance").execute_in_process(instance=instance)
        assert done.success
        [output] = [event for event in done.all_events if event.event_type_value == "STEP_OUTPUT"]
    metadata = output.event_specific_data.metadata  # type: ignore[union-attr]
    assert metadata["lake_bytes_before"].value > 0
    assert metadata["dagster_bytes_after"].value > 0
    assert metadata["runs_removed"].value == 0
