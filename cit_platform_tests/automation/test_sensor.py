"""The look at the source, by sensor and schedule: what it keeps, what it asks for, and what it skips in words."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa
import pytest
from dagster._grpc.client import DEFAULT_SENSOR_GRPC_TIMEOUT

from cit_platform import codebook
from cit_platform.assets.source_answers import source_answers
from cit_platform.assets.spd_crisis_data import newest_report, spd_crisis_data
from cit_platform.automation.decision import decide
from cit_platform.automation.schedules import nightly
from cit_platform.automation.sensors import source
from cit_platform.definitions import defs
from cit_platform.resources.run_tags import FINGERPRINT_TAG
from cit_platform.settings import load_settings
from cit_platform.sources.socrata import source as socrata
from cit_platform.sources.socrata.limits import PROBE_LIMITS, Limits
from cit_platform.storage.home_folder import prepare_home
from cit_platform.storage.source_looks import Outcome, read_looks
from cit_platform_tests.portal.dataset import Dataset
from cit_platform_tests.portal.server import DATASET_ID, FakePortal
from cit_platform_tests.sources.socrata.test_faults import closed_port
from cit_platform_tests.sources.spellings import generated_rows, text_table

TODAY = date(2015, 7, 29)
PATIENCE = Limits(attempts=2, first_wait_seconds=0.01, longest_wait_seconds=0.02)
TOKEN = "secret-App-Token-42"


@dataclass
class Watched:
    """A portal, an empty home that reads it, and a Dagster instance that keeps what a tick saw."""

    portal: FakePortal
    instance: dg.DagsterInstance
    monkeypatch: pytest.MonkeyPatch

    def tick(self) -> Any:
        """Evaluate the sensor as the daemon does, and keep its events as the daemon does."""
        with dg.build_sensor_context(instance=self.instance, definitions=defs) as context:
            evaluated = source.evaluate_tick(context)
        for event in evaluated.asset_events:
            self.instance.report_runless_asset_event(event)
        return evaluated

    def night(self) -> Any:
        with dg.build_schedule_context(instance=self.instance) as context:
            return nightly(context)

    def observation(self) -> dg.AssetObservation:
        """The last one."""
        [record] = self.instance.fetch_observations(spd_crisis_data.key, limit=1).records
        assert record.asset_observation is not None
        return record.asset_observation

    def said(self) -> dict[str, Any]:
        return {name: value.value for name, value in self.observation().metadata.items()}

    def evaluation(self) -> dg.AssetCheckEvaluation:
        """The last one of the check of the feed."""
        key = newest_report.check_key
        [record] = self.instance.event_log_storage.get_asset_check_execution_history(key, limit=1)
        assert record.evaluation is not None
        return record.evaluation

    def unreachable(self) -> None:
        self.monkeypatch.setenv("CIT_SOCRATA_URL", f"http://127.0.0.1:{closed_port()}")

    def relabel(self, field: str, old: str, new: str) -> None:
        """Publish the records anew with one label for another."""
        table = self.portal.dataset.table
        values = [new if value == old else value for value in table.column(field).to_pylist()]
        place = table.schema.get_field_index(field)
        replaced = table.set_column(place, field, pa.array(values, pa.string()))
        self.portal.dataset = self.portal.dataset.replaced(replaced)


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, instance: dg.DagsterInstance) -> Iterator[Watched]:
    with FakePortal(Dataset(text_table(generated_rows(60))), tokens=(TOKEN,)) as portal:
        chosen = {
            "CIT_HOME": str(tmp_path / "home"),
            "DAGSTER_HOME": str(tmp_path / "home" / "dagster"),
            "CIT_SOURCE": "socrata",
            "CIT_SOCRATA_URL": portal.url,
            "CIT_SOCRATA_DATASET": DATASET_ID,
            "CIT_AS_OF": TODAY.isoformat(),
            "SOCRATA_APP_TOKEN": TOKEN,
        }
        for name, value in chosen.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(socrata, "Limits", lambda: PATIENCE)
        prepare_home(load_settings())
        yield Watched(portal, instance, monkeypatch)


def test_a_look_keeps_what_the_portal_says_of_its_rows(watched: Watched) -> None:
    watched.tick()
    said = watched.said()
    dataset = watched.portal.dataset
    assert said["rows"] == dataset.n_rows == 63
    assert said["templates"] == len(set(dataset.table.column("template_id").to_pylist()))
    assert said["rows_updated_at"] == dataset.updated_at
    assert said["newest_report"] == "2015-07-28"
    assert watched.observation().tags["dagster/data_version"] == decide(load_settings()).observation.fingerprint[:16]


def test_another_state_of_the_source_is_another_data_version_and_the_same_state_is_not(watched: Watched) -> None:
    versions = []
    for again in range(3):
        if again == 2:
            watched.portal.dataset = watched.portal.dataset.replaced()
        watched.tick()
        versions.append(watched.observation().tags["dagster/data_version"])
    assert versions[0] == versions[1] != versions[2]


def test_labels_that_come_and_go_are_named_and_so_are_those_that_the_codebook_lacks(watched: Watched) -> None:
    watched.tick()
    assert watched.said()["labels_come"] == {}
    before = watched.said()["labels"]["disposition"]
    watched.relabel("disposition", "disposition 3", "Shelter Transport")
    watched.tick()
    said = watched.said()
    assert said["labels_come"] == {"disposition": ["SHELTER TRANSPORT"]}
    assert said["labels_gone"] == {"disposition": ["DISPOSITION 3"]}
    assert "DISPOSITION 4" in said["labels_unknown"]["disposition"]
    assert "SHELTER TRANSPORT" not in said["labels_unknown"]["disposition"]
    assert set(said["labels"]["disposition"]) == {*before, "SHELTER TRANSPORT"} - {"DISPOSITION 3"}
    watched.tick()
    assert watched.said()["labels_come"] == watched.said()["labels_gone"] == {}


def test_a_look_without_labels_does_not_forget_the_last_ones(watched: Watched) -> None:
    watched.tick()
    watched.portal.aggregates = False
    watched.tick()
    assert "labels" not in watched.said()
    watched.portal.aggregates = True
    watched.relabel("disposition", "disposition 3", "Shelter Transport")
    watched.tick()
    assert watched.said()["labels_come"] == {"disposition": ["SHELTER TRANSPORT"]}


def test_a_home_without_an_edition_asks_for_a_run_tagged_with_its_state(watched: Watched) -> None:
    [request] = watched.tick().run_requests
    assert request.tags[FINGERPRINT_TAG] == str(decide(load_settings()).fingerprint)
    assert request.run_key is None


def test_the_schedule_asks_the_same_question_and_keeps_the_same_look(watched: Watched) -> None:
    [by_day] = watched.tick().run_requests
    seen_by_day = watched.observation()
    watched.portal.asked.clear()
    at_night = watched.night()
    assert watched.portal.asked, "the schedule did not ask the source"
    assert at_night.tags == decide(load_settings()).tags("schedule nightly")
    assert at_night.tags[FINGERPRINT_TAG] == by_day.tags[FINGERPRINT_TAG]
    assert at_night.tags["cit/reason"] == by_day.tags["cit/reason"] == "no edition yet"
    assert by_day.tags["cit/launched_by"] == "sensor source"
    assert len(watched.instance.fetch_observations(spd_crisis_data.key, limit=9).records) == 2
    assert watched.observation() == seen_by_day
    assert watched.evaluation().passed


@pytest.mark.parametrize("status", ["NOT_STARTED", "STARTING"])
def test_a_run_that_waits_for_the_same_state_is_not_launched_twice(watched: Watched, status: str) -> None:
    tags = {FINGERPRINT_TAG: str(decide(load_settings()).fingerprint)}
    waiting = dg.DagsterRun(job_name="refresh", status=dg.DagsterRunStatus[status], tags=tags)
    watched.instance.add_run(waiting)
    evaluated = watched.tick()
    assert not evaluated.run_requests
    assert watched.said()["rows"] == 63, "a skip keeps what was seen too"
    assert evaluated.skip_message == watched.night().skip_message
    assert evaluated.skip_message == f"run {waiting.run_id} is already refreshing to this state"
    watched.portal.dataset = watched.portal.dataset.replaced()
    assert watched.tick().run_requests, "that run refreshes to an older state"


@pytest.mark.parametrize("status", ["FAILURE", "CANCELED", "SUCCESS"])
def test_a_run_that_ended_without_an_edition_is_tried_again(watched: Watched, status: str) -> None:
    tags = {FINGERPRINT_TAG: str(decide(load_settings()).fingerprint)}
    watched.instance.add_run(dg.DagsterRun(job_name="refresh", status=dg.DagsterRunStatus[status], tags=tags))
    assert watched.tick().run_requests
    assert watched.tick().run_requests


def test_a_portal_that_does_not_answer_is_a_skip_in_plain_words(watched: Watched) -> None:
    watched.unreachable()
    messages = (watched.tick().skip_message, watched.night().skip_message)
    for message in messages:
        assert "could not be read from any address of CIT_SOCRATA_URL" in message
        assert "Traceback" not in message
    assert messages[0].startswith("NO ANSWER of the source: ")
    assert messages[1].startswith("NO ANSWER of the source, look 2 in a row: ")
    assert watched.instance.fetch_observations(spd_crisis_data.key, limit=1).records == []


def test_silence_turns_a_check_amber_until_the_next_answer(watched: Watched) -> None:
    """Dagster shows a tick without an answer like one with nothing new."""

    def answers() -> tuple[bool, dg.AssetCheckSeverity]:
        key = source_answers.check_key
        [record] = watched.instance.event_log_storage.get_asset_check_execution_history(key, limit=1)
        assert record.evaluation is not None
        return record.evaluation.passed, record.evaluation.severity

    url = os.environ["CIT_SOCRATA_URL"]
    watched.unreachable()
    watched.night()
    assert answers() == (False, dg.AssetCheckSeverity.WARN)
    on_demand = source_answers()
    assert isinstance(on_demand, dg.AssetCheckResult)
    assert not on_demand.passed
    watched.monkeypatch.setenv("CIT_SOCRATA_URL", url)
    watched.tick()
    assert answers() == (True, dg.AssetCheckSeverity.WARN)
    on_demand = source_answers()
    assert isinstance(on_demand, dg.AssetCheckResult)
    assert on_demand.passed


def test_what_comes_of_each_look_is_kept_in_the_home(watched: Watched) -> None:
    home = load_settings().home
    watched.tick()
    watched.portal.dataset = watched.portal.dataset.renamed("disposition", "outcome")
    watched.night()
    watched.unreachable()
    watched.tick()
    watched.monkeypatch.setenv("CIT_SOCRATA_DATASET", "nonsense")
    watched.tick()
    looks = read_looks(home)
    assert [look.outcome for look in looks] == [
        Outcome.REFUSED,
        Outcome.SILENT,
        Outcome.CHANGED,
        Outcome.REFRESH_DUE,
    ]
    assert looks[3].newest_report == "2015-07-28"
    assert "missing: `disposition`; unknown: `outcome`" in looks[2].words


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("SOCRATA_APP_TOKEN", "another-Secret-Token", "Correct SOCRATA_APP_TOKEN, or unset it"),
        ("CIT_SOCRATA_DATASET", "nonsense", "CIT_SOCRATA_DATASET is `nonsense`"),
        ("CIT_AS_OF", "yesterday", "CIT_AS_OF=yesterday"),
    ],
)
def test_what_an_operator_can_mend_is_a_skip_in_plain_words(
    watched: Watched, variable: str, value: str, words: str
) -> None:
    watched.monkeypatch.setenv(variable, value)
    message = watched.tick().skip_message
    assert words in message
    assert "another-Secret-Token" not in message


def test_a_column_that_was_renamed_is_a_skip_that_names_it(watched: Watched) -> None:
    watched.portal.dataset = watched.portal.dataset.renamed("disposition", "outcome")
    evaluated = watched.tick()
    assert not evaluated.run_requests
    assert "missing: `disposition`; unknown: `outcome`" in evaluated.skip_message


@pytest.mark.parametrize(("age", "moves"), [(-1, True), (0, True), (6, True), (7, False), (30, False)])
def test_a_feed_that_stalls_for_a_week_is_a_warning_with_since_when(watched: Watched, age: int, moves: bool) -> None:
    today = date(2015, 7, 28) + timedelta(days=age)
    watched.monkeypatch.setenv("CIT_AS_OF", today.isoformat())
    watched.tick()
    found = watched.evaluation()
    assert (found.passed, found.severity) == (moves, dg.AssetCheckSeverity.WARN)
    assert "2015-07-28" in (found.description or "")
    stalled = f"the feed has stalled: no report after 2015-07-28, {age} days ago, although the source answers"
    assert (stalled in (found.description or "")) is not moves
    on_demand = newest_report()
    assert isinstance(on_demand, dg.AssetCheckResult)
    assert (on_demand.passed, on_demand.description) == (found.passed, found.description)


def test_a_source_that_does_not_say_its_newest_report_is_not_judged_by_it(watched: Watched) -> None:
    watched.portal.aggregates = False
    watched.tick()
    assert "newest_report" not in watched.said()
    key = newest_report.check_key
    assert watched.instance.event_log_storage.get_asset_check_execution_history(key, limit=1) == []


def test_the_demonstration_and_a_file_are_looked_at_too(watched: Watched, tmp_path: Path) -> None:
    file = tmp_path / "records.csv"
    file.write_text("not read by a look")
    for name, value in {"CIT_SOURCE": "file", "CIT_SOURCE_PATH": str(file), "CIT_HOME": str(tmp_path / "f")}.items():
        watched.monkeypatch.setenv(name, value)
    watched.tick()
    assert watched.said() == {"rows_updated_at": pytest.approx(file.stat().st_mtime, abs=0.001)}
    versions = [watched.observation().tags]
    watched.monkeypatch.setenv("CIT_SOURCE", "demo")
    watched.monkeypatch.setenv("CIT_HOME", str(tmp_path / "d"))
    watched.tick()
    assert set(watched.said()) == {"rows_updated_at"}
    assert watched.observation().tags not in versions


def test_a_tick_ends_before_dagster_ends_it() -> None:
    """The last question may begin as the time ends: then it waits for a connection and for the first byte."""
    assert (
        PROBE_LIMITS.total_seconds + PROBE_LIMITS.connect_seconds + PROBE_LIMITS.silent_seconds
        < DEFAULT_SENSOR_GRPC_TIMEOUT
    )


def test_both_run_from_the_start_without_being_switched_on() -> None:
    assert source.default_status == dg.DefaultSensorStatus.RUNNING
    assert nightly.default_status == dg.DefaultScheduleStatus.RUNNING
    assert source.minimum_interval_seconds == 6 * 3600
    assert source.job.name == nightly.job.name == "refresh"


def test_a_codebook_that_cannot_be_read_is_a_skip_too(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = shutil.copytree(codebook.ROOT, tmp_path / "codebook")
    (broken / "seattle" / "source_labels.csv").write_text("field,label\none cell\n")
    monkeypatch.setattr(codebook, "ROOT", broken)
    skipped = watched.tick()
    assert "source_labels.csv has 1 cells" in str(skipped.skip_message)
