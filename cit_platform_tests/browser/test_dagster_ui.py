"""The Dagster UI in a real browser: the path of the data, checks with numbers, previews, a launch through its API."""

import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cit_platform_tests.conftest import REPOSITORY, Cit, missing

pytestmark = [pytest.mark.pipeline, pytest.mark.browser]

CHROMIUM = shutil.which("chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@dataclass
class Server:
    """Dagster's web server, and the daemon that takes runs from its queue, for the home of a small city."""

    url: str
    city: Cit

    def graphql(self, query: str, **variables: Any) -> Any:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{self.url}/graphql", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as response:
            answer = json.load(response)
        assert "errors" not in answer, answer
        return answer["data"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def server(small_city_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    city = Cit(tmp_path_factory.mktemp("ui") / "home", {"CIT_DEMO_ROWS": "4000", "CIT_AS_OF": "2026-03-01"})
    shutil.copytree(small_city_home, city.home, symlinks=True)
    port = free_port()
    commands = [
        ["dagster-webserver", "-w", "workspace.yaml", "-h", "127.0.0.1", "-p", str(port)],
        ["dagster-daemon", "run", "-w", "workspace.yaml"],
    ]
    processes = [started(command, city) for command in commands]
    found = Server(f"http://127.0.0.1:{port}", city)
    try:
        wait_until_ready(found)
        yield found
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(60)


def started(command: list[str], city: Cit) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [Path(sys.executable).with_name(command[0]), *command[1:]],
        cwd=REPOSITORY,
        env=city.environment(DAGSTER_HOME=str(city.home / "dagster")),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def wait_until_ready(server: Server) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            server.graphql("{ version }")
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.3)
    pytest.fail("the web server did not start")


@pytest.fixture(scope="module")
def page(server: Server) -> Iterator[Any]:
    if CHROMIUM is None:
        missing("chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser.new_page(viewport={"width": 1600, "height": 1000})
        browser.close()


def test_the_groups_stand_from_left_to_right_in_the_order_of_the_path(server: Server, page: Any) -> None:
    page.goto(f"{server.url}/asset-groups")
    stages = ["source", "raw", "clean", "features", "models", "quality", "published"]
    places = []
    for stage in stages:
        group = page.get_by_text(stage, exact=True).first
        group.wait_for(timeout=60_000)
        places.append(group.bounding_box()["x"])
    assert places == sorted(places), dict(zip(stages, places, strict=True))


def test_a_check_shows_its_numbers(server: Server, page: Any) -> None:
    page.goto(f"{server.url}/assets/clean/records?view=checks&checkDetail=certified_share")
    page.get_by_text("observed_value").first.wait_for(timeout=60_000)
    page.get_by_text("Passed", exact=True).first.wait_for(timeout=60_000)


def test_a_table_shows_its_columns_and_a_preview(server: Server, page: Any) -> None:
    page.goto(f"{server.url}/assets/models/estimates")
    page.get_by_text("Lower 95 % limit of the odds ratio, by").first.wait_for(timeout=60_000)
    page.goto(f"{server.url}/assets/models/estimates?view=events")
    page.get_by_text("preview", exact=True).first.wait_for(timeout=60_000)


INSTIGATORS = """
query Instigators($selector: RepositorySelector!) {
  sensorsOrError(repositorySelector: $selector) { ... on Sensors { results {
    name sensorState { status ticks(limit: 1) { status skipReason error { message } } }
  } } }
  schedulesOrError(repositorySelector: $selector) { ... on Schedules { results { name scheduleState { status } } } }
}
"""


def test_the_sensor_and_the_schedule_run_and_the_first_look_is_kept(server: Server, page: Any) -> None:
    """Nobody switched them on; the daemon evaluates the sensor as soon as it is up."""
    selector = {"repositoryName": "__repository__", "repositoryLocationName": "cit_platform"}
    deadline = time.monotonic() + 120
    while True:
        found = server.graphql(INSTIGATORS, selector=selector)
        [sensor] = found["sensorsOrError"]["results"]
        if sensor["sensorState"]["ticks"] and sensor["sensorState"]["ticks"][0]["status"] != "STARTED":
            break
        assert time.monotonic() < deadline, "the sensor was not evaluated"
        time.sleep(0.5)
    assert (sensor["name"], sensor["sensorState"]["status"]) == ("source", "RUNNING")
    [tick] = sensor["sensorState"]["ticks"]
    assert tick["error"] is None, tick
    assert tick["skipReason"].startswith("nothing new: edition "), tick
    [schedule] = found["schedulesOrError"]["results"]
    assert (schedule["name"], schedule["scheduleState"]["status"]) == ("nightly", "RUNNING")
    page.goto(f"{server.url}/automation")
    for name in ("source", "nightly"):
        page.get_by_text(name, exact=True).first.wait_for(timeout=60_000)
    page.goto(f"{server.url}/assets/spd_crisis_data?view=events")
    page.get_by_text("rows_updated_at").first.wait_for(timeout=60_000)


LAUNCH = """
mutation Launch($params: ExecutionParams!) {
  launchPipelineExecution(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
  }
}
"""
RUN = """
query Run($id: ID!) {
  runOrError(runId: $id) { ... on Run {
    status stepStats { stepKey status }
    eventConnection { events { __typename ... on MessageEvent { message } ... on EngineEvent { markerStart } } }
  } }
}
"""


def test_a_materialisation_launched_through_the_api_runs_in_one_process_and_succeeds(server: Server) -> None:
    selector = {
        "repositoryName": "__repository__",
        "repositoryLocationName": "cit_platform",
        "pipelineName": "__ASSET_JOB",
        "assetSelection": [{"path": ["features", "records"]}, {"path": ["features", "contacts"]}],
    }
    launched = server.graphql(LAUNCH, params={"selector": selector, "mode": "default"})["launchPipelineExecution"]
    assert launched["__typename"] == "LaunchRunSuccess", launched
    run_id, deadline = launched["run"]["runId"], time.monotonic() + 120
    while (run := server.graphql(RUN, id=run_id)["runOrError"])["status"] not in {"SUCCESS", "FAILURE", "CANCELED"}:
        assert time.monotonic() < deadline, run["status"]
        time.sleep(0.5)
    assert run["status"] == "SUCCESS"
    assert {step["stepKey"] for step in run["stepStats"]} == {"features__records", "features__contacts"}
    messages = [event.get("message", "") for event in run["eventConnection"]["events"]]
    assert sum("Executing steps in process" in message for message in messages) == 1
    assert not any("Launching subprocess" in message for message in messages)
