"""Faults of what the platform is joined to: each is named in a line with its way out, and the way out works."""

import os
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cit_platform.cli import app
from cit_platform_tests.alerts.receivers import MailServer, WebhookServer, silent_port
from cit_platform_tests.cli.test_alerts import SILENCE, titles
from cit_platform_tests.cli.test_health import facts
from cit_platform_tests.conftest import Cit

AGAIN = "It is tried again at the next evaluation"


def by_mail(home: Path, port: int) -> Cit:
    return Cit(
        home,
        {
            "CIT_ALERT_SMTP": f"plain://127.0.0.1:{port}",
            "CIT_ALERT_FROM": "cit@example.org",
            "CIT_ALERT_TO": "oncall@example.org",
        },
    )


def test_a_webhook_that_hangs_is_left_behind_and_the_next_evaluation_sends_the_alert(
    tmp_path: Path, hook: WebhookServer
) -> None:
    hook.status = None
    cit = Cit(tmp_path, {"CIT_ALERT_WEBHOOK": hook.url})
    hung = cit("alive")
    assert f"could not be sent to CIT_ALERT_WEBHOOK: no answer within 5 s. {AGAIN}" in hung.stdout
    assert titles(hook) == []
    hook.status = 200
    assert "could not be sent" not in cit("alive").stdout
    assert titles(hook) == [SILENCE]


def test_a_mail_server_that_refuses_is_named_and_the_next_evaluation_sends_the_alert(
    tmp_path: Path, mails: MailServer
) -> None:
    mails.refuses = True
    cit = by_mail(tmp_path, mails.port)
    refused = cit("alive")
    assert f"by mail through plain://127.0.0.1:{mails.port}: the server answered 554" in refused.stdout
    assert AGAIN in refused.stdout
    mails.refuses = False
    assert "could not be sent" not in cit("alive").stdout
    assert [mail["Subject"] for mail in mails.mails] == [SILENCE]


def test_one_channel_that_hangs_keeps_no_alert_from_the_other(tmp_path: Path, mails: MailServer) -> None:
    with silent_port() as port:
        cit = by_mail(tmp_path, mails.port)
        cit.env["CIT_ALERT_WEBHOOK"] = f"http://127.0.0.1:{port}/x"
        said = cit("alive")
    assert said.returncode == 1
    assert "CIT_ALERT_WEBHOOK" in said.stdout
    assert [mail["Subject"] for mail in mails.mails] == [SILENCE]


@pytest.mark.pipeline
def test_a_clock_that_is_behind_is_named_and_a_home_is_healthy_once_it_is_set(
    small_city: Cit, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in small_city.environment().items():
        if name.startswith("CIT_"):
            monkeypatch.setenv(name, value)
    record = small_city.home / "home.json"
    tomorrow = time.time() + 86400
    # A clock that is a day behind sees a file of tomorrow.
    os.utime(record, (tomorrow, tomorrow))
    code, _, found = facts()
    assert code == 3
    assert "ahead of the system clock" in found["clock"][0]["words"]
    assert "set the clock (timedatectl)" in found["clock"][0]["words"]
    # It still computes and publishes: no decision is made by a file's time.
    assert "Skipped" in CliRunner().invoke(app, ["refresh"]).output
    os.utime(record)
    assert facts()[0] == 0
