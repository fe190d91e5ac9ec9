"""A refresh that is asked to end, as by Ctrl-C or by the stop of its service, says so and leaves what was there."""

import os
import signal
import time

import pytest

from cit_platform_tests.alerts.receivers import WebhookServer
from cit_platform_tests.conftest import Cit


@pytest.mark.pipeline
@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM], ids=lambda asked: asked.name)
def test_an_interrupted_refresh_says_that_it_was_stopped_and_calls_nothing_a_defect(
    cit: Cit, hook: WebhookServer, asked: signal.Signals
) -> None:
    running = cit.begin("refresh", CIT_ALERT_WEBHOOK=hook.url)
    deadline = time.monotonic() + 120
    while "raw/records " not in running.said:
        assert time.monotonic() < deadline, running.said
        time.sleep(0.1)
    os.kill(running.pid, asked)
    assert running.ended(120) == 1, running.said
    assert "Stopped from outside before it was done" in running.said
    assert not any(word in running.said for word in ("Traceback", "defect", "Dagster"))
    assert not cit.latest.exists()
    [alert] = [post["text"] for post in hook.posts if "failed" in post["text"]]
    assert "Stopped from outside" in alert
    assert "defect" not in alert
