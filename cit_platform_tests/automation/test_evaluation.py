"""Alerts of a real Dagster instance: a bad night, still bad, a good night, and what Dagster knows of its own errors."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.scheduler.instigation import TickData, TickStatus

from cit_platform.assets.table_asset import asset_key
from cit_platform.automation.evaluation import evaluate_alerts
from cit_platform.automation.sensors import alerts
from cit_platform.settings import load_settings
from cit_platform.storage.source_looks import Outcome, note_look
from cit_platform_tests.alerts.receivers import WebhookServer, webhook_server

KEY = asset_key("clean/records")
BLOCKED = "clean/records keeps its last version, because a blocking check did not pass: force_values (`<!here>`)."


@dataclass
class Night:
    """A home with a webhook, a Dagster instance, and what happens in its nights."""

    instance: dg.DagsterInstance
    hook: WebhookServer
    home: Path

    def run(self, trouble: str = "", select: bool = False) -> None:
        """A run of a job of the refresh's name, which ends as the platform's own do."""

        @dg.asset(key=KEY, check_specs=[dg.AssetCheckSpec("force_values", asset=KEY, blocking=True)])
        def records() -> Iterator[Any]:
            yield dg.AssetCheckResult(passed=trouble != "blocked", asset_key=KEY, check_name="force_values")
            if trouble == "blocked":
                raise dg.Failure(description=BLOCKED, allow_retries=False)
            if trouble == "defect":
                raise ValueError("badge 1234 in clear")
            yield dg.MaterializeResult(asset_key=KEY)

        job = dg.define_asset_job("refresh", dg.AssetSelection.all())
        made = dg.Definitions([records], jobs=[job]).resolve_job_def("refresh")
        asked = [KEY] if select else None
        made.execute_in_process(instance=self.instance, raise_on_error=False, asset_selection=asked)

    def sensor(self) -> str:
        """What the sensor says."""
        with dg.build_sensor_context(instance=self.instance) as context:
            said = alerts(context)
        assert isinstance(said, dg.SkipReason)
        return str(said.skip_message)

    @property
    def titles(self) -> list[str]:
        return [post["text"].splitlines()[0] for post in self.hook.posts]


@pytest.fixture
def night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, instance: dg.DagsterInstance) -> Iterator[Night]:
    with webhook_server() as hook:
        monkeypatch.setenv("CIT_HOME", str(tmp_path))
        monkeypatch.setenv("CIT_ALERT_WEBHOOK", hook.url)
        yield Night(instance, hook, tmp_path)


ALERT, RECOVERED = "[CIT] Alert: blocking check: clean/records", "[CIT] Recovered: blocking check: clean/records"


def test_a_bad_night_alerts_once_and_the_good_one_says_once_that_it_is_over(night: Night) -> None:
    assert night.sensor() == "no alert is due"
    for _ in range(2):
        night.run("blocked")
        night.sensor()
        night.sensor()
    assert night.titles == [ALERT]
    said = night.hook.posts[0]["text"]
    assert "force_values ('&lt;!here&gt;')" in said
    assert "team:cit-platform" in said
    night.run()
    assert night.sensor() == f"{RECOVERED} (webhook)"
    assert night.sensor() == "no alert is due"
    assert night.titles == [ALERT, RECOVERED]


def test_deleting_the_runs_neither_repeats_nor_ends_an_alert(night: Night) -> None:
    night.run("blocked")
    night.run("blocked")
    night.sensor()
    [last, first] = night.instance.get_runs()
    night.instance.delete_run(first.run_id)
    night.sensor()
    night.instance.delete_run(last.run_id)
    night.sensor()
    assert night.titles == [ALERT]
    night.run()
    night.sensor()
    assert night.titles == [ALERT, RECOVERED]


def test_a_defect_is_named_by_its_class_and_not_by_its_words(night: Night) -> None:
    night.run("defect")
    night.sensor()
    assert night.titles == ["[CIT] Alert: failed run: clean/records"]
    assert "ValueError" in night.hook.posts[0]["text"]
    assert "1234" not in night.hook.posts[0]["text"]


def test_a_run_that_was_killed_is_a_failed_run(night: Night) -> None:
    run = night.instance.create_run_for_job(dg.job(name="refresh")(lambda: None))
    night.instance.report_run_failed(run)
    night.sensor()
    assert night.titles == ["[CIT] Alert: failed run: refresh"]
    assert "it was killed, or could not begin" in night.hook.posts[0]["text"]


def test_who_materialises_a_part_by_hand_is_not_alerted(night: Night) -> None:
    night.run("blocked", select=True)
    night.sensor()
    assert night.titles == []


def tick(night: Night, name: str, status: TickStatus, at: float) -> None:
    """A tick of a sensor that is on, as the daemon records it."""
    from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteInstigatorOrigin, RemoteRepositoryOrigin
    from dagster._core.scheduler.instigation import (
        InstigatorState,
        InstigatorStatus,
        InstigatorType,
        SensorInstigatorData,
    )
    from dagster._utils.error import SerializableErrorInfo

    origin = RemoteInstigatorOrigin(RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("cit"), "__repository__"), name)
    state = InstigatorState(
        origin, InstigatorType.SENSOR, InstigatorStatus.DECLARED_IN_CODE, SensorInstigatorData(min_interval=30)
    )
    if not night.instance.get_instigator_state(state.instigator_origin_id, state.selector_id):
        night.instance.add_instigator_state(state)
    error = SerializableErrorInfo("badge 1234", [], "KeyError") if status is TickStatus.FAILURE else None
    wrapped = SerializableErrorInfo("around", [], "SensorExecutionError", cause=error) if error else None
    night.instance.create_tick(
        TickData(
            instigator_origin_id=state.instigator_origin_id,
            instigator_name=name,
            instigator_type=InstigatorType.SENSOR,
            status=status,
            timestamp=at,
            error=wrapped,
            selector_id=state.selector_id,
        )
    )


def test_a_sensor_that_errors_is_alerted_and_its_next_good_tick_recovers(night: Night) -> None:
    import time

    now = time.time()
    tick(night, "source", TickStatus.SKIPPED, now - 300)
    tick(night, "source", TickStatus.FAILURE, now - 200)
    tick(night, "source", TickStatus.STARTED, now - 100)
    night.sensor()
    assert night.titles == ["[CIT] Alert: sensor or schedule in error: source"]
    assert "KeyError" in night.hook.posts[0]["text"]
    assert "1234" not in night.hook.posts[0]["text"]
    tick(night, "source", TickStatus.SKIPPED, now - 50)
    night.sensor()
    assert night.titles[1:] == ["[CIT] Recovered: sensor or schedule in error: source"]


def test_a_silent_portal_is_alerted_after_as_many_looks_as_are_set(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CIT_ALERT_AFTER", "3")
    for looks in range(1, 6):
        note_look(night.home, Outcome.SILENT, "could not be read from any address")
        night.sensor()
        assert len(night.titles) == (looks >= 3)
    note_look(night.home, Outcome.NOTHING_NEW, "nothing new")
    night.sensor()
    assert night.titles[1:] == ["[CIT] Recovered: silent source: spd_crisis_data"]


def test_a_webhook_that_fails_is_a_reason_of_the_tick_and_tried_again(night: Night) -> None:
    night.hook.status = 500
    night.run("blocked")
    assert "CIT_ALERT_WEBHOOK: it answered 500" in night.sensor()
    night.hook.status = 200
    night.sensor()
    assert night.titles == [ALERT]


def test_settings_that_cannot_be_read_are_a_reason_of_the_tick(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CIT_ALERT_AFTER", "often")
    assert "CIT_ALERT_AFTER=often" in night.sensor()


def test_nothing_is_asked_where_no_channel_is_set(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CIT_ALERT_WEBHOOK")
    night.run("blocked")
    assert night.sensor() == "no alert is due"
    assert list(night.home.glob("alerts*")) == []


def test_where_dagsters_storage_is_broken_the_home_is_judged_all_the_same(
    night: Night, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "dagster.yaml").write_text("storage: nonsense\n")
    monkeypatch.setenv("DAGSTER_HOME", str(broken))
    note_look(night.home, Outcome.SILENT, "no answer")
    with caplog.at_level(logging.CRITICAL):
        lines = evaluate_alerts(load_settings())
    assert lines[0].startswith("Dagster's storage does not answer")
    assert night.titles == ["[CIT] Alert: silent source: spd_crisis_data"]


def test_nothing_is_raised_out_of_an_evaluation(night: Night) -> None:
    (night.home / "run.lock").mkdir()
    [line] = evaluate_alerts(load_settings(), night.instance)
    assert "could not be evaluated (IsADirectoryError)" in line
