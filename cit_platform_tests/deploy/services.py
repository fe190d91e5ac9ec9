"""Dagster's web server and daemon as a production server runs them, and what can be asked of them by GraphQL."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cit_platform_tests.conftest import REPOSITORY, Cit

BINARIES = Path(sys.executable).parent
REPOSITORY_SELECTOR = {"repositoryName": "__repository__", "repositoryLocationName": "cit_platform"}
ENDED = {"SUCCESS", "FAILURE", "CANCELED"}
LAUNCH = """
mutation Launch($params: ExecutionParams!) {
  launchPipelineExecution(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
  }
}
"""
TERMINATE = """
mutation Terminate($id: String!) {
  terminateRun(runId: $id, terminatePolicy: MARK_AS_CANCELED_IMMEDIATELY) { __typename }
}
"""
RUN = "query Run($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"
RUNS = "{ runsOrError { ... on Runs { results { runId jobName status tags { key value } } } } }"
HISTORY = """
{ assetNodes {
  assetKey { path } isMaterializable
  assetMaterializations(limit: 1) { runId }
  assetChecksOrError { ... on AssetChecks { checks {
    name executionForLatestMaterialization { status runId evaluation { severity } }
  } } }
} }
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def command_lines(processes: Iterable[int]) -> set[str]:
    """What the list of processes shows of these and of all that they started."""
    lines: set[str] = set()
    for process in processes:
        folder = Path(f"/proc/{process}")
        # It may end meanwhile.
        with suppress(OSError):
            lines.add((folder / "cmdline").read_text().replace("\0", " "))
            children = [child for file in folder.glob("task/*/children") for child in file.read_text().split()]
            lines |= command_lines(map(int, children))
    return lines


def wait_until(is_so: Callable[[], Any], what: str, seconds: float = 150) -> Any:
    """Ask until the answer is true, and give it."""
    deadline = time.monotonic() + seconds
    while not (answer := is_so()):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.3)
    return answer


@dataclass
class Services:
    """The two services of a home; `revive` does what systemd's `Restart=always` does."""

    cit: Cit
    port: int = field(default_factory=free_port)
    workspace: str = "workspace.yaml"
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def revive(self) -> list[str]:
        """Start each service that does not run; their names."""
        commands = {
            "dagster-webserver": ["-h", "127.0.0.1", "-p", str(self.port), "-w", self.workspace],
            "dagster-daemon": ["run", "-w", self.workspace],
        }
        gone = [name for name in commands if name not in self.processes or self.processes[name].poll() is not None]
        for name in gone:
            self.processes[name] = self._started(name, *commands[name])
        wait_until(self._answers, "the web server")
        return gone

    def stop(self) -> None:
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.wait(60)

    def end_record(self, run_id: str) -> None:
        """End the record of a run whose process died with the storage, as an operator does who does not wait for it."""
        if self.status(run_id) not in ENDED:
            self.graphql(TERMINATE, id=run_id)

    def graphql(self, query: str, **variables: Any) -> Any:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{self.url}/graphql", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as response:
            answer = json.load(response)
        assert "errors" not in answer, answer
        return answer["data"]

    def launch(self, *assets: str) -> str:
        """Launch the job `refresh`, or these assets alone, as the web page does; the run's id."""
        chosen = {
            "pipelineName": "__ASSET_JOB" if assets else "refresh",
            "assetSelection": [{"path": asset.split("/")} for asset in assets] or None,
        }
        params = {"selector": {**REPOSITORY_SELECTOR, **chosen}, "mode": "default"}
        launched = self.graphql(LAUNCH, params=params)["launchPipelineExecution"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        run_id: str = launched["run"]["runId"]
        return run_id

    def status(self, run_id: str) -> str:
        status: str = self.graphql(RUN, id=run_id)["runOrError"]["status"]
        return status

    def runs(self) -> list[dict[str, Any]]:
        """All runs, the last one first."""
        runs: list[dict[str, Any]] = self.graphql(RUNS)["runsOrError"]["results"]
        return runs

    def ended(self, run_id: str, seconds: float = 150) -> str:
        """Wait for the end of a run; its status."""
        wait_until(lambda: self.status(run_id) in ENDED, f"the end of run {run_id}", seconds)
        return self.status(run_id)

    def history(self) -> list[dict[str, Any]]:
        """Of each computed asset: the run of its last materialisation, and how its checks went."""
        nodes = self.graphql(HISTORY)["assetNodes"]
        return [node for node in nodes if node["isMaterializable"]]

    def _answers(self) -> bool:
        try:
            # Of the storage too: after it was away, the first answer may fail on a connection that died with it.
            self.runs()
            return bool(self.history())
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def _started(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.cit.home.parent / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [str(BINARIES / name), *arguments],
                cwd=REPOSITORY,
                env=self.cit.environment(),
                stdout=log,
                stderr=log,
            )


@contextmanager
def services_of(cit: Cit) -> Iterator[Services]:
    """Both services of a home, stopped at the end."""
    services = Services(cit)
    try:
        services.revive()
        yield services
    finally:
        services.stop()
