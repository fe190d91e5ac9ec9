"""Secrets are in no process list, traceback, log, table, event of Dagster or edition, whatever goes wrong."""

import re
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from cit_platform.settings import SECRETS, load_settings
from cit_platform_tests.alerts.receivers import free_port
from cit_platform_tests.conftest import Cit
from cit_platform_tests.deploy.services import command_lines
from cit_platform_tests.portal.dataset import Dataset
from cit_platform_tests.portal.server import DATASET_ID, FakePortal

TOKEN, KEY = "secret-App-Token-42", "a pseudonym key of this test, which nobody else has"
PASSWORD, HOOK = "secret-Mail-Password-9", "secret-Hook-Path-7"
HELD_BY = {
    "SOCRATA_APP_TOKEN": TOKEN,
    "CIT_PSEUDONYM_KEY": KEY,
    "CIT_ALERT_SMTP_PASSWORD": PASSWORD,
    "CIT_ALERT_WEBHOOK": HOOK,
}


@pytest.fixture
def portal() -> Iterator[FakePortal]:
    with FakePortal(Dataset.of_city(date(2026, 3, 1), 300, 20150515), tokens=(TOKEN,)) as served:
        yield served


@pytest.fixture
def city(portal: FakePortal, tmp_path: Path) -> Cit:
    """An empty home of the live source, with every secret there is, and channels of alerts that are not there."""
    gone = free_port()
    return Cit(
        tmp_path / "home",
        {
            **HELD_BY,
            "CIT_SOURCE": "socrata",
            "CIT_SOCRATA_URL": portal.url,
            "CIT_SOCRATA_DATASET": DATASET_ID,
            "CIT_AS_OF": "2026-03-01",
            "CIT_ALERT_WEBHOOK": f"http://127.0.0.1:{gone}/services/{HOOK}",
            "CIT_ALERT_SMTP": f"plain://127.0.0.1:{gone}",
            "CIT_ALERT_SMTP_USER": "cit",
            "CIT_ALERT_FROM": "cit@example.org",
            "CIT_ALERT_TO": "oncall@example.org",
        },
    )


def secrets_in(text: str | bytes) -> list[str]:
    """Which secrets a text tells."""
    content = text.encode() if isinstance(text, str) else text
    return [name for name, value in HELD_BY.items() if value.encode() in content]


def test_the_settings_know_every_secret_and_print_none(monkeypatch: pytest.MonkeyPatch) -> None:
    # An address of Spark with a token in it is refused, and never repeated.
    assert {*HELD_BY, "CIT_SPARK_REMOTE"} == SECRETS
    for name, value in HELD_BY.items():
        monkeypatch.setenv(name, f"https://hooks.example.org/{value}" if name == "CIT_ALERT_WEBHOOK" else value)
    monkeypatch.setenv("CIT_ALERT_SMTP_USER", "cit")
    for name, value in {"": "plain://localhost:25", "_FROM": "cit@example.org", "_TO": "oncall@example.org"}.items():
        monkeypatch.setenv(f"CIT_ALERT{name or '_SMTP'}", value)
    settings = load_settings()
    for printed in (repr(settings), str(settings), settings.model_dump_json(), str(settings.model_dump())):
        assert secrets_in(printed) == []


@pytest.mark.pipeline
def test_no_secret_leaves_the_environment_in_a_good_run_a_refused_one_and_its_traceback(
    city: Cit, portal: FakePortal
) -> None:
    with city.start("refresh", "--select", 'key:"raw/records"') as running:
        lines = command_lines([running.pid])
        while running.poll() is None:
            try:
                running.wait(0.5)
            except subprocess.TimeoutExpired:
                lines |= command_lines([running.pid])
        assert running.stdout is not None
        said = running.stdout.read()
    assert running.returncode == 0, said
    assert any("refresh" in line for line in lines)
    assert secrets_in("\n".join(lines)) == []
    assert any(TOKEN in request.headers.values() for request in portal.asked)

    portal.tokens = ()
    refused = city("refresh", "--debug")
    assert refused.returncode == 1
    assert "Traceback" in refused.stderr
    assert "could not be sent to CIT_ALERT_WEBHOOK" in refused.stdout
    assert "SOCRATA_APP_TOKEN" in refused.stderr
    assert secrets_in(said + refused.stdout + refused.stderr) == []

    files = [path for path in city.home.rglob("*") if path.is_file() and not path.is_symlink()]
    assert {str(path.relative_to(city.home)): found for path in files if (found := secrets_in(path.read_bytes()))} == {}
    assert any(re.search(r"history/.*\.db$", str(path)) for path in files), "Dagster's events were looked at"
