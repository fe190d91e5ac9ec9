"""Runs whose process was killed: their record is closed, no other run is touched, and the queue goes on."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster._daemon.run_coordinator.queued_run_coordinator_daemon import QueuedRunCoordinatorDaemon

from cit_platform.automation import killed_runs
from cit_platform.automation.killed_runs import close_killed_runs
from cit_platform.automation.sensors import alerts
from cit_platform.resources.run_tags import lock_tag
from cit_platform.storage.run_lock import current_hold, run_lock
from cit_platform_tests.conftest import REPOSITORY, Cit

STATUS = dg.DagsterRunStatus
WORKING = ("NOT_STARTED", "STARTING", "STARTED")


def add_run(instance: dg.DagsterInstance, home: Path, hold: str, status: str = "STARTED", of_run: str = "") -> str:
    """A run that says that it took the lock of a home, or only copies that from another one."""
    run = dg.DagsterRun(job_name="refresh", status=STATUS[status])
    return instance.add_run(run.with_tags(lock_tag(home, hold, of_run or run.run_id))).run_id


def status_of(instance: dg.DagsterInstance, run_id: str) -> str:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return run.status.value


@pytest.fixture(autouse=True)
def _is_sure_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(killed_runs, "ENDING_SECONDS", 0.1)


@pytest.mark.parametrize("status", WORKING)
def test_a_run_that_no_longer_holds_the_lock_is_closed_whoever_holds_it(
    tmp_path: Path, instance: dg.DagsterInstance, status: str
) -> None:
    killed = add_run(instance, tmp_path, "earlier", status)
    assert close_killed_runs(instance, tmp_path) == [f"run {killed} was killed, and is closed now"]
    assert status_of(instance, killed) == "FAILURE"
    [said] = instance.all_logs(killed, of_type=dg.DagsterEventType.RUN_FAILURE)
    assert "no longer holds the run lock" in said.message
    killed = add_run(instance, tmp_path, "earlier", status)
    with run_lock(tmp_path, "another", print) as hold:
        working = add_run(instance, tmp_path, hold)
        assert len(close_killed_runs(instance, tmp_path)) == 1
        assert (status_of(instance, killed), status_of(instance, working)) == ("FAILURE", "STARTED")


def test_every_other_run_stays_as_it_is(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    others = {
        add_run(instance, tmp_path, "earlier", "SUCCESS"): "SUCCESS",
        add_run(instance, tmp_path / "another home", "earlier"): "STARTED",
        # A re-execution has the tags of the run that it repeats, until it takes the lock itself.
        add_run(instance, tmp_path, "earlier", of_run="the run before"): "STARTED",
        instance.add_run(dg.DagsterRun(job_name="refresh", status=STATUS.STARTED)).run_id: "STARTED",
    }
    assert close_killed_runs(instance, tmp_path) == []
    assert {run: status_of(instance, run) for run in others} == others


def test_nothing_is_closed_while_the_holder_has_not_said_who_it_is(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    with run_lock(tmp_path, "a run", print):
        (tmp_path / "run.lock").write_text("")
        assert current_hold(tmp_path) == ""
        working = add_run(instance, tmp_path, "the hold that it has")
        assert close_killed_runs(instance, tmp_path) == []
    assert status_of(instance, working) == "STARTED"


def test_a_run_that_let_go_of_the_lock_and_notes_its_end_a_moment_later_was_not_killed(
    tmp_path: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(killed_runs, "ENDING_SECONDS", 20.0)
    ending = add_run(instance, tmp_path, "earlier")
    success = dg.DagsterEvent(dg.DagsterEventType.RUN_SUCCESS.value, "refresh")
    later = threading.Timer(1, instance.report_dagster_event, [success, ending])
    later.start()
    assert close_killed_runs(instance, tmp_path) == []
    later.join()
    assert status_of(instance, ending) == "SUCCESS"


@pytest.fixture
def entered(small_city: Cit, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Cit, dg.DagsterInstance]]:
    """A refreshed small city that this process's environment names, and its instance."""
    for name, value in small_city.environment(DAGSTER_HOME=str(small_city.home / "dagster")).items():
        monkeypatch.setenv(name, value)
    with dg.DagsterInstance.get() as instance:
        yield small_city, instance


def killed_refresh(city: Cit, instance: dg.DagsterInstance) -> str:
    """The run of a `cit refresh` that is killed while it works."""
    process = city.start("refresh", "--select", "group:raw")
    deadline = time.monotonic() + 100
    while not (runs := instance.get_runs(dg.RunsFilter(statuses=[STATUS.STARTED]))):
        assert time.monotonic() < deadline
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    return runs[0].run_id


def queued(instance: dg.DagsterInstance, workspace: WorkspaceProcessContext) -> str:
    """An asset that somebody materialises in the UI: its run waits in the queue."""
    request = workspace.create_request_context()
    [location] = request.code_locations
    job = location.get_repository("__repository__").get_full_job("quality")
    run = create_run_for_test(
        instance,
        job_name=job.name,
        asset_selection=frozenset({dg.AssetKey(["quality", "coverage"])}),
        remote_job_origin=job.get_remote_origin(),
        job_code_origin=job.get_python_origin(),
    )
    instance.submit_run(run.run_id, request)
    return run.run_id


@pytest.mark.pipeline
def test_a_killed_refresh_is_closed_by_the_next_tick_and_the_queue_goes_on(
    entered: tuple[Cit, dg.DagsterInstance], monkeypatch: pytest.MonkeyPatch
) -> None:
    city, instance = entered
    monkeypatch.chdir(REPOSITORY)
    killed = killed_refresh(city, instance)
    daemon = QueuedRunCoordinatorDaemon(interval_seconds=1)
    target = WorkspaceFileTarget([str(REPOSITORY / "workspace.yaml")])
    with WorkspaceProcessContext(instance, target) as workspace:
        waiting = queued(instance, workspace)
        list(daemon.run_iteration(workspace))
        assert status_of(instance, waiting) == "QUEUED", "one run at a time, and the killed one counts as working"
        with dg.build_sensor_context(instance=instance) as context:
            assert f"run {killed} was killed" in str(alerts(context))
        list(daemon.run_iteration(workspace))
        deadline = time.monotonic() + 100
        while (status := status_of(instance, waiting)) != "SUCCESS":
            assert status in ("STARTING", "STARTED")
            assert time.monotonic() < deadline
            time.sleep(0.2)
    assert status_of(instance, killed) == "FAILURE", "and the queue does not start it"
    assert len(instance.get_runs()) == 3, "the first refresh, the killed one, the queued one"
