"""`cit ui` in a real browser: the path of the data, checks with numbers, previews, a launch, and whom it refuses."""

import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from cit_platform_tests.conftest import Cit, missing
from cit_platform_tests.deploy.services import LAUNCH

pytestmark = [pytest.mark.pipeline, pytest.mark.browser]

CHROMIUM = shutil.which("chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@dataclass
class Server:
    """Dagster's web server, and the daemon that takes runs from its queue, for the home of a small city."""

    url: str
    page: str
    city: Cit
    log: Path

    def graphql(self, query: str, **variables: Any) -> Any:
        body = json.dumps({"query": query, "variables": variables}).encode()
        headers = {"Content-Type": "application/json", "Origin": self.url}
        request = urllib.request.Request(f"{self.url}/graphql", body, headers)
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
    ports = free_port(), free_port()
    log = city.home.with_name("ui.log")
    found = Server(f"http://127.0.0.1:{ports[0]}", f"http://127.0.0.1:{ports[1]}", city, log)
    with log.open("w") as written:
        process = subprocess.Popen(
            city.command("ui", "--port", str(ports[0])),
            env=city.environment(CIT_SERVE_URL=found.page),
            stdout=written,
            stderr=subprocess.STDOUT,
        )
    children = []
    try:
        wait_until_ready(found)
        children = [
            int(child) for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        ]
        yield found
    finally:
        process.terminate()
        process.wait(120)
    assert children
    # The code server lets a call end that it is answering.
    deadline = time.monotonic() + 90
    while [child for child in children if Path(f"/proc/{child}").exists()]:
        assert time.monotonic() < deadline, "a child outlives the server"
        time.sleep(0.2)


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
        sensor = {each["name"]: each for each in found["sensorsOrError"]["results"]}["source"]
        if sensor["sensorState"]["ticks"] and sensor["sensorState"]["ticks"][0]["status"] != "STARTED":
            break
        assert time.monotonic() < deadline, "the sensor was not evaluated"
        time.sleep(0.5)
    assert (sensor["name"], sensor["sensorState"]["status"]) == ("source", "RUNNING")
    [tick] = sensor["sensorState"]["ticks"]
    assert tick["error"] is None, tick
    assert tick["skipReason"].startswith("nothing new: edition "), tick
    schedules = {each["name"]: each["scheduleState"]["status"] for each in found["schedulesOrError"]["results"]}
    assert schedules == {"nightly": "RUNNING", "weekly": "RUNNING"}
    page.goto(f"{server.url}/automation")
    for name in ("source", "nightly"):
        page.get_by_text(name, exact=True).first.wait_for(timeout=60_000)
    page.goto(f"{server.url}/assets/spd_crisis_data?view=events")
    page.get_by_text("rows_updated_at").first.wait_for(timeout=60_000)


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


FOREIGN = "http://evil.test:9988"
MUTATION = 'mutation { stopRunningSchedule(id: "x") { __typename } }'


def asked(url: str, body: bytes | None = None, method: str | None = None, **headers: str) -> tuple[int, str, Message]:
    request = urllib.request.Request(url, body, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, response.read().decode(), response.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), error.headers


def test_a_name_that_others_let_point_to_this_machine_is_refused(server: Server) -> None:
    port = server.url.rpartition(":")[2]
    body = json.dumps({"query": "{ version }"}).encode()
    for host in (f"evil.test:{port}", "127.0.0.1", f"127.0.0.1.evil.test:{port}", "127.0.0.1:1"):
        assert asked(f"{server.url}/server_info", Host=host)[0] == 421, host
        assert asked(f"{server.url}/graphql", body, Host=host, **{"Content-Type": "application/json"})[0] == 421, host
    assert asked(f"{server.url}/server_info", Host=f"localhost:{port}")[0] == 200


def test_no_page_of_another_address_is_answered(server: Server) -> None:
    body = json.dumps({"query": "{ version }"}).encode()
    for origin in (FOREIGN, "null", server.url.replace("http:", "https:"), server.page):
        for kind in ("application/json", "text/plain"):
            assert asked(f"{server.url}/graphql", body, Origin=origin, **{"Content-Type": kind})[0] == 403, origin


def test_a_subscription_of_another_page_is_refused_and_one_of_the_own_page_is_not(server: Server) -> None:
    address = f"{server.url.replace('http', 'ws')}/graphql"
    for origin in (FOREIGN, "null"):
        with pytest.raises(InvalidStatus) as refused:
            connect(address, origin=origin, subprotocols=["graphql-ws"])  # type: ignore[arg-type,list-item]
        assert refused.value.response.status_code == 403
    with connect(address, origin=server.url, subprotocols=["graphql-ws"]) as socket:  # type: ignore[arg-type,list-item]
        socket.send(json.dumps({"type": "connection_init"}))
        assert json.loads(socket.recv())["type"] == "connection_ack"


def test_nothing_is_done_by_get(server: Server) -> None:
    for query in (MUTATION, "{ version }"):
        for path in ("/graphql", "/%67raphql", "/graphql/"):
            for method in ("GET", "HEAD"):
                url = f"{server.url}{path}?{urllib.parse.urlencode({'query': query})}"
                assert asked(url, method=method)[0] == 405, (path, method)


def test_the_page_cannot_be_framed_and_loads_no_image_from_elsewhere(server: Server, page: Any) -> None:
    for address in (server.url, f"{server.url}/runs"):
        headers = asked(address)[2]
        assert headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'; img-src 'self' data:" in headers.get_all("Content-Security-Policy", [])
    page.goto(f"{server.url}/runs")
    script = (
        "src => new Promise(done => { const i = new Image(); i.onerror = i.onload = e => done(e.type); i.src = src })"
    )
    assert page.evaluate(script, f"{server.url}/favicon.png") == "load"
    assert page.evaluate(script, f"{server.page}/latest/figures/x.png") == "error"


def test_the_start_says_where_everything_is_and_warns_of_nothing(server: Server) -> None:
    said = server.log.read_text()
    assert f"Dagster: {server.url}" in said
    assert f"The page: {server.page}/latest/" in said
    assert "warning" not in said.lower()


def test_the_link_of_the_edition_leads_to_its_page(server: Server, page: Any) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"{server.page}/latest/")
    edition = server.city.latest.resolve().name
    assert page.url == f"{server.page}/editions/{edition}/"
    page.locator(".js-plotly-plot .main-svg").first.wait_for(timeout=60_000)
    assert [text for text in complaints if "Content Security Policy" in text] == []
