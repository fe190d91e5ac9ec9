"""The decision and the schedule: run when something changed, skip with the reason otherwise."""

from pathlib import Path

import dagster as dg
import pytest

from cit_platform.automation.decision import Decision, decide
from cit_platform.automation.schedules import FINGERPRINT_TAG, nightly
from cit_platform.settings import load_settings
from cit_platform_tests.conftest import Cit

pytestmark = pytest.mark.pipeline


@pytest.fixture
def decided(small_city: Cit, monkeypatch: pytest.MonkeyPatch) -> Cit:
    """A refreshed small city that this process's environment names."""
    for name, value in small_city.environment().items():
        if name.startswith("CIT_"):
            monkeypatch.setenv(name, value)
    return small_city


def decision() -> Decision:
    return decide(load_settings())


def test_nothing_new_is_skipped_with_the_edition_named(decided: Cit) -> None:
    found = decision()
    assert not found.run
    assert decided.latest.resolve().name in found.reason


@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        ("CIT_DEMO_SEED", "7", "the source has other records"),
        ("CIT_AS_OF", "2026-03-02", "the source has other records"),
    ],
)
def test_another_source_or_setting_is_a_reason(
    decided: Cit, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, reason: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert decision().run
    assert reason in decision().reason


def test_a_table_of_another_refresh_is_a_reason(decided: Cit) -> None:
    decided.refreshed("--select", 'key:"raw/records"', CIT_AS_OF="2026-03-02")
    assert decision().run
    assert "raw/records is of another refresh" in decision().reason


def test_the_schedule_skips_in_the_same_words(decided: Cit) -> None:
    with dg.instance_for_test() as instance, dg.build_schedule_context(instance=instance) as context:
        assert nightly(context) == dg.SkipReason(decision().reason)


def tick(instance: dg.DagsterInstance) -> object:
    with dg.build_schedule_context(instance=instance) as context:
        return nightly(context)


def add_run(instance: dg.DagsterInstance, status: dg.DagsterRunStatus) -> str:
    tags = {FINGERPRINT_TAG: decision().fingerprint}
    return instance.add_run(dg.DagsterRun(job_name="refresh", status=status, tags=tags)).run_id


def test_the_schedule_does_not_launch_what_already_waits_or_works(
    decided: Cit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CIT_DEMO_SEED", "7")
    with dg.instance_for_test() as instance:
        request = tick(instance)
        assert isinstance(request, dg.RunRequest)
        assert request.tags == {FINGERPRINT_TAG: decision().fingerprint}
        starting = add_run(instance, dg.DagsterRunStatus.STARTING)
        skipped = tick(instance)
        assert isinstance(skipped, dg.SkipReason)
        assert starting in (skipped.skip_message or "")


def test_a_killed_run_does_not_stop_the_next_night(decided: Cit, monkeypatch: pytest.MonkeyPatch) -> None:
    """It still counts as started, but nobody holds the lock."""
    monkeypatch.setenv("CIT_DEMO_SEED", "7")
    with dg.instance_for_test() as instance:
        add_run(instance, dg.DagsterRunStatus.STARTED)
        assert isinstance(tick(instance), dg.RunRequest)


def test_a_table_computed_from_an_older_version_of_another_is_a_reason(decided: Cit) -> None:
    decided.refreshed("--select", 'key:"features/records"')
    assert decision().run
    assert "was computed from an older version of features/records" in decision().reason


def test_an_empty_home_has_no_edition_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CIT_HOME", str(tmp_path))
    assert decision().reason == "no edition yet"
