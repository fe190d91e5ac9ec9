"""The decision and the schedule: run when something changed, skip with the reason otherwise."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest
from deltalake import write_deltalake

from cit_platform import code_version
from cit_platform.automation import tick
from cit_platform.automation.decision import Decision, decide
from cit_platform.automation.schedules import nightly
from cit_platform.resources.run_tags import FINGERPRINT_TAG
from cit_platform.settings import load_settings
from cit_platform.storage.checksums import CHECKSUMS, checksums
from cit_platform.storage.run_lock import run_lock
from cit_platform.storage.source_looks import Outcome, read_looks
from cit_platform_tests.conftest import Cit

pytestmark = pytest.mark.pipeline


@pytest.fixture
def decided(small_city: Cit, monkeypatch: pytest.MonkeyPatch) -> Cit:
    """A refreshed small city that this process's environment names."""
    monkeypatch.setenv("DAGSTER_HOME", str(small_city.home / "dagster"))
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
        ("CIT_AS_OF", "2026-03-02", "the source has other records and a setting that changes results changed"),
    ],
)
def test_another_source_or_setting_is_a_reason(
    decided: Cit, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, reason: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert decision().run
    assert decision().reason == reason


def test_a_server_that_runs_for_weeks_sees_that_the_code_under_it_changed(
    decided: Cit, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert not decision().run
    package = shutil.copytree(code_version.PACKAGE, tmp_path / "cit_platform")
    with (package / "transforms" / "clean" / "records.sql").open("a") as file:
        file.write("-- a change\n")
    monkeypatch.setattr(code_version, "PACKAGE", package)
    try:
        assert decision().reason == "the code or the codebook changed"
    finally:
        code_version.code_version.cache_clear()


def test_a_server_whose_code_was_replaced_on_disk_launches_nothing_until_it_is_restarted(
    decided: Cit, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CIT_DEMO_SEED", "7")
    assert isinstance(night(instance), dg.RunRequest)
    package = shutil.copytree(code_version.PACKAGE, tmp_path / "cit_platform")
    (package / "transforms" / "clean" / "another.sql").write_text("select 1")
    monkeypatch.setattr(code_version, "PACKAGE", package)
    try:
        assert night(instance) == dg.SkipReason(tick.OLD_CODE)
        assert read_looks(decided.home)[0].outcome is Outcome.REFUSED
        monkeypatch.setattr(tick, "LOADED", code_version.code_version())
        assert isinstance(night(instance), dg.RunRequest)
    finally:
        code_version.code_version.cache_clear()


@pytest.mark.parametrize("variable", ["CIT_MEMORY_LIMIT", "CIT_THREADS"])
def test_a_setting_that_changes_no_result_is_no_reason(
    decided: Cit, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, {"CIT_MEMORY_LIMIT": "3GB", "CIT_THREADS": "1"}[variable])
    assert not decision().run


def without_an_edition(city: Cit) -> None:
    city.latest.unlink()


def without_a_table(city: Cit) -> None:
    shutil.rmtree(city.home / "lake" / "clean" / "records")


def without_a_log(city: Cit) -> None:
    shutil.rmtree(city.home / "lake" / "clean" / "records" / "_delta_log")
    (city.home / "lake" / "clean" / "records" / "_delta_log").mkdir()


def without_a_file(city: Cit) -> None:
    Path(city.lake.version("clean/records").files[0]).unlink()


def with_an_altered_file(city: Cit) -> None:
    file = Path(city.lake.version("models/force").files[0])
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def edition_with(name: str, text: str | None) -> Callable[[Cit], None]:
    """The latest edition with another text of a file, or without it."""

    def rewrite(city: Cit) -> None:
        file = city.latest / name
        file.unlink() if text is None else file.write_text(text)

    return rewrite


def edition_of(fingerprint: Callable[[str], str]) -> Callable[[Cit], None]:
    def rewrite(city: Cit) -> None:
        file = city.latest / "manifest.json"
        manifest = json.loads(file.read_text())
        file.write_text(json.dumps({**manifest, "fingerprint": fingerprint(manifest["fingerprint"])}))
        (city.latest / CHECKSUMS).write_text(checksums(city.latest))

    return rewrite


def other_code(fingerprint: str) -> str:
    source, _, settings = fingerprint.split(".")
    return f"{source}.0123456789ab.{settings}"


STATES: dict[str, tuple[Callable[[Cit], None], str]] = {
    "no edition": (without_an_edition, "no edition yet"),
    "a table is missing": (without_a_table, "no table clean/records yet"),
    "a table lost its log": (
        without_a_log,
        "clean/records is damaged: its log cannot be read (Generic delta kernel error: No files in log segment)",
    ),
    "a table lost a file": (without_a_file, r"clean/records is damaged: its file part-\S+\.parquet is gone"),
    "a table was altered": (with_an_altered_file, r"models/force is damaged: part-\S+\.parquet was altered"),
    "the page is gone": (edition_with("index.html", None), r"edition \S+ is damaged: index\.html is missing"),
    "a table of the edition was altered": (
        edition_with("tables/estimates.csv", "another"),
        r"edition \S+ is damaged: tables/estimates\.csv was altered",
    ),
    "the manifest is gone": (edition_with("manifest.json", None), r"edition \S+ is damaged: manifest\.json is missing"),
    "the manifest was cut": (
        edition_with("manifest.json", '{"edition": '),
        r"edition \S+ is damaged: manifest\.json was altered",
    ),
    "other code": (edition_of(other_code), "the code or the codebook changed"),
    "an older platform": (
        edition_of(lambda known: known.partition(".")[0]),
        "another version of the platform wrote it",
    ),
}


@pytest.mark.parametrize("state", STATES)
def test_every_other_state_of_the_home_is_a_reason(decided: Cit, state: str) -> None:
    bring_about, reason = STATES[state]
    bring_about(decided)
    found = decision()
    assert found.run
    assert found.reason == reason or re.fullmatch(reason, found.reason)


def test_a_table_of_another_refresh_is_a_reason(decided: Cit) -> None:
    decided.refreshed("--select", 'key:"raw/records"', CIT_AS_OF="2026-03-02")
    assert decision().run
    assert "raw/records is of another refresh" in decision().reason


def test_a_table_computed_from_other_rows_of_another_is_a_reason(decided: Cit) -> None:
    decided.lose_a_row("features/records")
    assert decision().run
    assert "was computed from an older version of features/records" in decision().reason


def test_an_empty_home_has_no_edition_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CIT_HOME", str(tmp_path))
    assert decision().reason == "no edition yet"


def night(instance: dg.DagsterInstance) -> object:
    with dg.build_schedule_context(instance=instance) as context:
        return nightly(context)


def add_run(instance: dg.DagsterInstance, status: dg.DagsterRunStatus, fingerprint: str) -> str:
    tags = {FINGERPRINT_TAG: fingerprint}
    return instance.add_run(dg.DagsterRun(job_name="refresh", status=status, tags=tags)).run_id


def test_the_schedule_skips_in_the_same_words(decided: Cit, instance: dg.DagsterInstance) -> None:
    assert night(instance) == dg.SkipReason(decision().reason)


def test_a_table_that_cannot_be_read_is_a_skip_that_names_it(decided: Cit, instance: dg.DagsterInstance) -> None:
    shutil.rmtree(decided.home / "lake" / "clean" / "records")
    foreign = pd.DataFrame({"thing": ["a"]})
    with_vectors = {"delta.enableDeletionVectors": "true"}
    write_deltalake(str(decided.home / "lake" / "clean" / "records"), foreign, configuration=with_vectors)
    skipped = night(instance)
    assert isinstance(skipped, dg.SkipReason)
    assert "clean/records" in skipped.skip_message
    assert "deletionVectors" in skipped.skip_message


def test_the_schedule_does_not_launch_what_already_waits(
    decided: Cit, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CIT_DEMO_SEED", "7")
    assert night(instance) == dg.RunRequest(tags=decision().tags("schedule nightly"))
    starting = add_run(instance, dg.DagsterRunStatus.STARTING, str(decision().fingerprint))
    assert night(instance) == dg.SkipReason(f"run {starting} is already refreshing to this state")
    monkeypatch.setenv("CIT_DEMO_SEED", "8")
    assert isinstance(night(instance), dg.RunRequest)


def test_the_schedule_does_not_launch_what_already_works_unless_it_was_killed(
    decided: Cit, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A killed run still counts as started, but nobody holds the lock."""
    monkeypatch.setenv("CIT_DEMO_SEED", "7")
    working = add_run(instance, dg.DagsterRunStatus.STARTED, str(decision().fingerprint))
    with run_lock(decided.home, working, print):
        assert night(instance) == dg.SkipReason(f"run {working} is already refreshing to this state")
    assert isinstance(night(instance), dg.RunRequest)


@pytest.mark.parametrize("status", ["FAILURE", "CANCELED"])
def test_a_run_that_failed_is_tried_again(
    decided: Cit, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    monkeypatch.setenv("CIT_DEMO_SEED", "7")
    add_run(instance, dg.DagsterRunStatus[status], str(decision().fingerprint))
    assert isinstance(night(instance), dg.RunRequest)
    assert isinstance(night(instance), dg.RunRequest)


def broken_archive_log(home: Path) -> None:
    (home / "archive" / "log.jsonl").write_text('{"sequence": 1, "content_ha')


def revisions_without_their_log(home: Path) -> None:
    shutil.rmtree(home / "lake" / "raw" / "revisions" / "_delta_log")
    (home / "lake" / "raw" / "revisions" / "_delta_log").mkdir()


def home_of_another_source(home: Path) -> None:
    (home / "home.json").write_text('{"source": "socrata"}')


MENDABLE: dict[str, tuple[Callable[[Path], None], str]] = {
    "a broken line in the archive's log": (broken_archive_log, "log.jsonl is not the log of the archive"),
    "revisions without their log": (revisions_without_their_log, "raw/revisions is damaged: its log cannot be read"),
    "a home of another source": (home_of_another_source, "holds the tables of the source 'socrata'"),
}


@pytest.mark.parametrize("fault", MENDABLE)
def test_what_an_operator_can_mend_is_a_skip_in_plain_words(
    decided: Cit, instance: dg.DagsterInstance, fault: str
) -> None:
    spoil, words = MENDABLE[fault]
    spoil(decided.home)
    skipped = night(instance)
    assert isinstance(skipped, dg.SkipReason)
    assert words in str(skipped.skip_message)
