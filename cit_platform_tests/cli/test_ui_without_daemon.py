"""`cit ui --no-daemon`, as the units of `deploy/` start it: the guard before the web server, and no daemon."""

import json
import subprocess
import urllib.error
import urllib.request

import pytest

from cit_platform_tests.alerts.receivers import free_port
from cit_platform_tests.conftest import Cit
from cit_platform_tests.deploy.services import command_lines, wait_until

pytestmark = pytest.mark.pipeline


def asked(url: str, **headers: str) -> int:
    body = json.dumps({"query": "{ version }"}).encode()
    request = urllib.request.Request(f"{url}/graphql", body, {"Content-Type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
    except (urllib.error.URLError, ConnectionError):
        return 0


def test_the_web_server_is_guarded_runs_no_daemon_and_ends_with_its_children(cit: Cit) -> None:
    ports = free_port(), free_port()
    url = f"http://127.0.0.1:{ports[0]}"
    address = {"CIT_SERVE_URL": f"http://127.0.0.1:{ports[1]}", "CIT_UI_URL": "https://cit.example.org"}
    process = cit.start("ui", "--no-daemon", "--port", str(ports[0]), **address)
    try:
        wait_until(lambda: asked(url), "the web server")
        assert asked(url) == 200
        # As the proxy of deploy/ hands it on.
        assert asked(url, Host="cit.example.org", Origin="https://cit.example.org") == 200
        assert asked(url, Host="evil.example") == 421
        assert asked(url, Origin="http://evil.example") == 403
        assert not [line for line in command_lines([process.pid]) if "dagster-daemon" in line]
    finally:
        process.terminate()
        said, _ = process.communicate(timeout=120)
    assert "starts the first refresh by itself" not in said
    assert subprocess.run(["kill", "-0", str(process.pid)], capture_output=True, check=False).returncode != 0
